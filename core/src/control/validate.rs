//! What is checked of a service's spec before anything else (`manager/controlapi/service.go`
//! validateServiceSpec).

use super::data_object;
use super::error::{Code, ControlError};
use super::image::is_reference;
use crate::collections::BTreeSet;
use crate::constraint;
use crate::ids::IdTexts;
use crate::model::{
    EndpointMode, EndpointSpec, PublishMode, ResourceAmounts, Service, ServiceSpec, TaskSpec,
    UpdateConfig,
};
use crate::store::Store;
use crate::time::MILLISECOND;

const CPU_NANO_MIN: i64 = 1_000_000;
const MEMORY_BYTES_MIN: i64 = 4 << 20;
const NAME_BYTES_MAX: usize = 63;

/// Checks everything about a spec that does not depend on the rest of the cluster.
pub(super) fn spec(spec: &ServiceSpec) -> Result<(), ControlError> {
    name(&spec.annotations.name)?;
    task(&spec.task)?;
    if let Some(update) = &spec.update {
        if spec.mode.is_job() {
            return Err(ControlError::invalid("Jobs may not have an update config"));
        }
        update_config(update)?;
    }
    match &spec.endpoint {
        Some(spec) => endpoint(spec),
        None => Ok(()),
    }
}

/// Checks the name of a service or network.
pub(super) fn name(name: &str) -> Result<(), ControlError> {
    if name.is_empty() {
        return Err(ControlError::invalid("meta: name must be provided"));
    }
    // Letters and digits, hyphens and underscores only between them.
    let is_end = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !is_end(name.bytes().next()) || !is_end(name.bytes().last()) || !name.bytes().all(is_inner) {
        return Err(ControlError::invalid(
            "name must be valid as a DNS name component",
        ));
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(ControlError::invalid("name must be 63 characters or fewer"));
    }
    Ok(())
}

fn task(spec: &TaskSpec) -> Result<(), ControlError> {
    resources(&spec.resources.limits)?;
    resources(&spec.resources.reservations)?;
    // The plain error of the parser, without a code of its own.
    constraint::parse_all(&spec.placement.constraints)
        .map_err(|error| ControlError::new(Code::Unknown, error.to_string()))?;
    data_object::check_targets(spec)?;
    container(spec)
}

fn resources(amounts: &ResourceAmounts) -> Result<(), ControlError> {
    if amounts.cpu_nano != 0 && amounts.cpu_nano < CPU_NANO_MIN {
        let value = go_float(amounts.cpu_nano);
        let message = format!("invalid cpu value {value}: Must be at least 0.001");
        return Err(ControlError::invalid(message));
    }
    if amounts.memory_bytes != 0 && amounts.memory_bytes < MEMORY_BYTES_MIN {
        let value = amounts.memory_bytes;
        let message = format!("invalid memory value {value}: Must be at least 4MiB");
        return Err(ControlError::invalid(message));
    }
    Ok(())
}

/// Billionths as Go's `%g` prints the whole: `0.0005`, `1e-09`.
fn go_float(nano: i64) -> String {
    let sign = if nano < 0 { "-" } else { "" };
    let nano = nano.unsigned_abs();
    // From 1e-4 on it is written in full.
    if nano >= 100_000 || nano == 0 {
        let fraction = format!("{:09}", nano % 1_000_000_000);
        let fraction = fraction.trim_end_matches('0');
        let whole = nano / 1_000_000_000;
        let point = if fraction.is_empty() { "" } else { "." };
        return format!("{sign}{whole}{point}{fraction}");
    }
    let digits = nano.to_string();
    let exponent = 10 - digits.len();
    let digits = digits.trim_end_matches('0');
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{rest}e-{exponent:02}")
}

fn container(spec: &TaskSpec) -> Result<(), ControlError> {
    let container = &spec.container;
    if container.image.is_empty() {
        return Err(ControlError::invalid(
            "ContainerSpec: image reference must be provided",
        ));
    }
    if !is_reference(&container.image) {
        let message = format!(
            "ContainerSpec: {:?} is not a valid repository/tag",
            container.image
        );
        return Err(ControlError::invalid(message));
    }
    let mut targets = BTreeSet::new();
    for mount in &container.mounts {
        if !targets.insert(&mount.target) {
            let message = format!("ContainerSpec: duplicate mount point: {}", mount.target);
            return Err(ControlError::invalid(message));
        }
    }
    if let Some(health) = &container.healthcheck {
        for (field, duration_ns) in [
            ("Interval", health.interval_ns),
            ("Timeout", health.timeout_ns),
            ("StartPeriod", health.start_period_ns),
            ("StartInterval", health.start_interval_ns),
        ] {
            if duration_ns != 0 && duration_ns < MILLISECOND {
                return Err(ControlError::invalid(format!(
                    "ContainerSpec: {field} in HealthConfig cannot be less than 1ms"
                )));
            }
        }
    }
    Ok(())
}

fn update_config(config: &UpdateConfig) -> Result<(), ControlError> {
    if (0.0..=1.0).contains(&config.max_failure_ratio) {
        return Ok(());
    }
    let message = "TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1";
    Err(ControlError::invalid(message))
}

fn endpoint(spec: &EndpointSpec) -> Result<(), ControlError> {
    let is_ingress = |mode| mode == PublishMode::Ingress;
    let has_ingress = spec.ports.iter().any(|port| is_ingress(port.publish_mode));
    if spec.mode == EndpointMode::Dnsrr && has_ingress {
        let message =
            "EndpointSpec: port published with ingress mode can't be used with dnsrr mode";
        return Err(ControlError::invalid(message));
    }
    let mut published = BTreeSet::new();
    for port in spec.ports.iter().filter(|port| port.published_port != 0) {
        if !published.insert((port.published_port, port.protocol)) {
            return Err(ControlError::invalid(
                "EndpointSpec: duplicate published ports provided",
            ));
        }
    }
    Ok(())
}

/// Refuses ports that another service has published (`checkPortConflicts`).
pub(super) fn ports(
    store: &Store,
    ids: &IdTexts,
    spec: &ServiceSpec,
    own: Option<&Service>,
) -> Result<(), ControlError> {
    let Some(endpoint) = &spec.endpoint else {
        return Ok(());
    };
    let wanted = endpoint
        .ports
        .iter()
        .filter(|port| port.published_port != 0);
    for port in wanted {
        let others = store
            .services()
            .filter(|other| own.is_none_or(|own| own.id != other.id));
        for other in others {
            let spec_ports = other.spec.endpoint.iter().flat_map(|spec| &spec.ports);
            let allocated = other.endpoint.iter().flat_map(|endpoint| &endpoint.ports);
            let taken = spec_ports.chain(allocated).find(|taken| {
                taken.published_port == port.published_port && taken.protocol == port.protocol
            });
            let kind = match taken.map(|taken| taken.publish_mode) {
                None => continue,
                Some(PublishMode::Ingress) => "an ingress port",
                // Host against host is left to the scheduler.
                Some(PublishMode::Host) if port.publish_mode == PublishMode::Host => continue,
                Some(PublishMode::Host) => "a host-published port",
            };
            return Err(ControlError::invalid(format!(
                "port '{}' is already in use by service '{}' ({}) as {kind}",
                port.published_port,
                other.name(),
                ids.text(other.id),
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::go_float;

    #[test]
    fn small_numbers_print_like_go() {
        for (nano, want) in [
            (1, "1e-09"),
            (15, "1.5e-08"),
            (99_999, "9.9999e-05"),
            (500_000, "0.0005"),
            (-1_000_000_000, "-1"),
        ] {
            assert_eq!(go_float(nano), want);
        }
    }
}
