//! `docker service inspect --pretty` (docker/cli `cli/command/service/formatter.go`).

use std::fmt::Write;

use super::binary_size;
use super::fields::significant;
use crate::model::{
    ContainerSpec, Labels, PortConfig, ResourceAmounts, ServiceMode, ServiceSpec, UpdateConfig,
    UpdateState,
};
use crate::time::{format_duration, human_age};

/// A service as it is shown to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePretty {
    /// Whole id.
    pub id: String,
    /// What is wanted. What it leaves open is shown as the default that holds.
    pub spec: ServiceSpec,
    /// How its last update went.
    pub update_status: Option<UpdateStatusPretty>,
    /// Names of its networks.
    pub networks: Vec<String>,
    /// Its ports as they were allocated.
    pub ports: Vec<PortConfig>,
}

/// How the last update of a service went, with ages for times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateStatusPretty {
    /// Where it is.
    pub state: UpdateState,
    /// How long ago it began, in nanoseconds.
    pub started_ago_ns: Option<u64>,
    /// How long ago it ended, in nanoseconds.
    pub completed_ago_ns: Option<u64>,
    /// In words.
    pub message: String,
}

/// Prints services, each after an empty line.
pub fn service_pretty(services: &[ServicePretty]) -> String {
    let mut text = String::new();
    for service in services {
        text += &one(service);
        text += "

";
    }
    text
}

/// A service without the end of its last line. Writing to a text cannot fail.
fn one(service: &ServicePretty) -> String {
    let spec = &service.spec;
    let mut text = format!(
        "\nID:\t\t{}\nName:\t\t{}",
        service.id, spec.annotations.name
    );
    pairs(&mut text, "Labels", &spec.annotations.labels, "=");
    text += "\nService Mode:";
    match spec.mode {
        ServiceMode::Replicated { replicas } => {
            let _ = write!(text, "\tReplicated\n Replicas:\t{replicas}");
        }
        ServiceMode::Global => text += "\tGlobal",
        ServiceMode::ReplicatedJob { .. } | ServiceMode::GlobalJob => {}
    }
    if let Some(status) = &service.update_status {
        update_status(&mut text, status);
    }
    let placement = &spec.task.placement;
    text += "\nPlacement:";
    if !placement.constraints.is_empty() {
        let _ = write!(
            text,
            "\n Constraints:\t[{}]",
            placement.constraints.join(" ")
        );
    }
    if !placement.preferences.is_empty() {
        let spread: Vec<String> = placement
            .preferences
            .iter()
            .map(|descriptor| format!("spread={descriptor}"))
            .collect();
        let _ = write!(text, "\n Preferences:   [{}]", spread.join(" "));
    }
    if placement.max_replicas > 0 {
        let _ = write!(
            text,
            "\n Max Replicas Per Node:   {}",
            placement.max_replicas
        );
    }
    update_config(&mut text, "Update", &spec.update.unwrap_or_default());
    update_config(&mut text, "Rollback", &spec.rollback.unwrap_or_default());
    container(&mut text, &spec.task.container);
    if let Some(driver) = &spec.task.log_driver {
        text += "\nLog Driver:";
        if !driver.name.is_empty() {
            let _ = write!(text, "\n Name:\t\t{}", driver.name);
        }
        if !driver.options.is_empty() {
            text += "\n LogOpts:";
            for (key, value) in &driver.options {
                let _ = write!(text, "\n  {key}{}", after(":       ", value));
            }
        }
        text += "\n";
    }
    text += "\nResources:";
    resources(
        &mut text,
        "Reservations",
        &spec.task.resources.reservations,
        0,
    );
    let pids = spec.task.container.runtime.pids_limit;
    resources(&mut text, "Limits", &spec.task.resources.limits, pids);
    if !service.networks.is_empty() {
        let _ = write!(text, "\nNetworks: {} ", service.networks.join(" "));
    }
    let mode = spec
        .endpoint
        .as_deref()
        .map_or_else(Default::default, |endpoint| endpoint.mode);
    let _ = write!(text, "\nEndpoint Mode:\t{mode}");
    ports(&mut text, &service.ports);
    health(&mut text, &spec.task.container);
    text
}

fn update_status(text: &mut String, status: &UpdateStatusPretty) {
    let _ = write!(text, "\nUpdateStatus:\n State:\t\t{}", status.state);
    if let Some(ago) = status.started_ago_ns {
        let _ = write!(text, "\n Started:\t{} ago", human_age(ago));
    }
    if let (UpdateState::Completed, Some(ago)) = (status.state, status.completed_ago_ns) {
        let _ = write!(text, "\n Completed:\t{} ago", human_age(ago));
    }
    let _ = write!(text, "\n Message:\t{}", status.message);
}

fn update_config(text: &mut String, what: &str, config: &UpdateConfig) {
    let _ = write!(
        text,
        "\n{what}Config:\n Parallelism:\t{}",
        config.parallelism
    );
    if config.delay_ns > 0 {
        let _ = write!(text, "\n Delay:\t\t{}", format_duration(config.delay_ns));
    }
    let _ = write!(text, "\n On failure:\t{}", config.failure_action);
    if config.monitor_ns > 0 {
        let _ = write!(
            text,
            "\n Monitoring Period: {}",
            format_duration(config.monitor_ns)
        );
    }
    let _ = write!(text, "\n Max failure ratio: {}", config.max_failure_ratio);
    let _ = write!(text, "\n {:<18} {}", format!("{what} order:"), config.order);
}

fn container(text: &mut String, container: &ContainerSpec) {
    let runtime = &container.runtime;
    let _ = write!(text, "\nContainerSpec:\n Image:\t\t{}", container.image);
    for (name, words) in [("Args", &container.args), ("Env", &container.env)] {
        if !words.is_empty() {
            let _ = write!(text, "\n {name}:\t\t{} ", words.join(" "));
        }
    }
    if !runtime.dir.is_empty() {
        let _ = write!(text, "\n Dir:\t\t{}", runtime.dir);
    }
    if let Some(init) = runtime.init {
        let _ = write!(text, "\n Init:\t\t{init}");
    }
    if !runtime.user.is_empty() {
        let _ = write!(text, "\n User: {}", runtime.user);
    }
    let capabilities = [
        ("Add", &runtime.capability_add),
        ("Drop", &runtime.capability_drop),
    ];
    if capabilities.iter().any(|(_, names)| !names.is_empty()) {
        text.push_str("\nCapabilities:");
    }
    for (what, names) in capabilities {
        if !names.is_empty() {
            let _ = write!(text, "\n {what}: {}", names.join(", "));
        }
    }
    pairs(text, "SysCtls", &runtime.sysctls, ": ");
    let ulimits: Labels = runtime
        .ulimits
        .iter()
        .map(|ulimit| {
            (
                ulimit.name.clone(),
                format!("{}:{}", ulimit.soft, ulimit.hard),
            )
        })
        .collect();
    pairs(text, "Ulimits", &ulimits, ": ");
    if !container.mounts.is_empty() {
        text.push_str("\nMounts:");
    }
    for mount in &container.mounts {
        let _ = write!(
            text,
            "\n Target:\t{}\n  Source:\t{}\n  ReadOnly:\t{}\n  Type:\t\t{}",
            mount.target, mount.source, mount.read_only, mount.kind
        );
    }
    for (what, references) in [("Configs", &runtime.configs), ("Secrets", &runtime.secrets)] {
        if !references.is_empty() {
            let _ = write!(text, "\n{what}:");
        }
        for reference in references {
            let _ = write!(
                text,
                "\n Target:\t{}\n  Source:\t{}",
                reference.target, reference.source
            );
        }
    }
}

fn resources(text: &mut String, what: &str, amounts: &ResourceAmounts, pids: i64) {
    const NANO: u128 = 1_000_000_000;
    let cpu = u128::try_from(amounts.cpu_nano).unwrap_or(0);
    let memory = u64::try_from(amounts.memory_bytes).unwrap_or(0);
    if cpu > 0 || memory > 0 || pids > 0 {
        let _ = write!(text, "\n {what}:");
    }
    if cpu > 0 {
        let _ = write!(text, "\n  CPU:\t\t{}", significant(cpu, NANO, 17));
    }
    if memory > 0 {
        let _ = write!(text, "\n  Memory:\t{}", binary_size(memory));
    }
    if pids > 0 {
        let _ = write!(text, "\n  PIDs:\t\t{pids}");
    }
}

fn ports(text: &mut String, ports: &[PortConfig]) {
    if ports.is_empty() {
        return;
    }
    text.push_str("\nPorts:");
    for port in ports {
        let _ = write!(
            text,
            "\n PublishedPort = {}\n  Protocol = {}\n  TargetPort = {}\n  PublishMode = {}",
            port.published_port, port.protocol, port.target_port, port.publish_mode
        );
    }
    text.push(' ');
}

fn health(text: &mut String, container: &ContainerSpec) {
    let Some(health) = &container.healthcheck else {
        return;
    };
    let _ = write!(
        text,
        "\n Healthcheck:\n  Interval = {}\n  Retries = {}\n  StartPeriod =\t{}\n  Timeout =\t{}",
        format_duration(health.interval_ns),
        health.retries,
        format_duration(health.start_period_ns),
        format_duration(health.timeout_ns)
    );
    if !health.test.is_empty() {
        text.push_str("\n  Tests:");
        for word in &health.test {
            let _ = write!(text, "\n\t Test = {word}");
        }
        text.push(' ');
    }
}

fn pairs(text: &mut String, title: &str, labels: &Labels, between: &str) {
    if labels.is_empty() {
        return;
    }
    let _ = write!(text, "\n{title}:");
    for (key, value) in labels {
        let _ = write!(text, "\n {key}{}", after(between, value));
    }
}

/// What follows a key: nothing when there is no value.
fn after(between: &str, value: &str) -> String {
    if value.is_empty() {
        String::new()
    } else {
        format!("{between}{value}")
    }
}
