//! Services: what `inspect` and the registry have added is taken away, ids become names.

use crate::collections::BTreeMap;

use super::read::{Part, Reader};
use crate::api::{RestartPolicy, ServiceSpec, UpdateConfig};
use crate::constraint::{Constraint, Operator};
use crate::time::SECOND;

/// Names by ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    pub(super) networks: BTreeMap<String, String>,
    pub(super) nodes: BTreeMap<String, String>,
}

/// What `inspect` shows of a service that does not say.
const STOP_GRACE_PERIOD_NS: u64 = 10 * SECOND;

/// Reads a service, unless it is one that is no container.
pub(super) fn read(reader: &mut Reader<'_>, part: &Part, ids: &mut Ids) -> Option<ServiceSpec> {
    let spec_part = reader.member(part, "Spec")?;
    let mut spec: ServiceSpec = reader.decode(&spec_part, Some(&[]))?;
    if !matches!(spec.task_template.runtime.as_str(), "" | "container") {
        let message = format!(
            "the service `{}` runs no containers and is left out",
            spec.name
        );
        reader.leave_out(&spec_part, message);
        return None;
    }
    if reader.member(part, "UpdateStatus").is_some_and(|status| {
        let text = reader.text(&status);
        text.contains("\"updating\"") || text.contains("\"rollback_started\"")
    }) {
        let message = format!(
            "the update of `{}` that is on its way is left out: all its tasks are new",
            spec.name
        );
        reader.leave_out(&spec_part, message);
    }
    take_defaults_away(&mut spec);
    take_digest_away(&mut spec);
    let task = &mut spec.task_template;
    for network in &mut task.networks {
        match ids.networks.get(&network.target) {
            Some(name) => network.target.clone_from(name),
            None if ids.networks.values().any(|name| *name == network.target) => {}
            None => {
                let name = format!("network-{}", &network.target);
                let message = format!(
                    "the network {} is in none of the files: another stands for it",
                    network.target
                );
                reader.leave_out(&spec_part, message);
                ids.networks.insert(network.target.clone(), name.clone());
                network.target = name;
            }
        }
    }
    for expression in &mut task.placement.constraints {
        let Ok(constraint) = Constraint::parse(expression) else {
            continue;
        };
        if !constraint.key().eq_ignore_ascii_case("node.id") {
            continue;
        }
        if let Some(name) = ids.nodes.get(constraint.value()) {
            let operator = match constraint.operator() {
                Operator::Equal => "==",
                Operator::NotEqual => "!=",
            };
            *expression = format!("node.hostname {operator} {name}");
        } else {
            let message = format!("no node here has the id of the constraint `{expression}`");
            reader.leave_out(&spec_part, message);
        }
    }
    for reference in &mut task.container_spec.secrets {
        reference.id.clear();
    }
    for reference in &mut task.container_spec.configs {
        reference.id.clear();
    }
    Some(spec)
}

/// Nobody can tell a default that was written from one that was not; few people write them.
fn take_defaults_away(spec: &mut ServiceSpec) {
    let is_default = |config: &Option<UpdateConfig>| *config == Some(UpdateConfig::default());
    if is_default(&spec.update_config) {
        spec.update_config = None;
    }
    if is_default(&spec.rollback_config) {
        spec.rollback_config = None;
    }
    let task = &mut spec.task_template;
    if task.restart_policy == Some(RestartPolicy::default()) {
        task.restart_policy = None;
    }
    task.runtime.clear();
    let container = &mut task.container_spec;
    if container.stop_grace_period == Some(STOP_GRACE_PERIOD_NS) {
        container.stop_grace_period = None;
    }
    if container.isolation == "default" {
        container.isolation.clear();
    }
    for port in spec.endpoint_spec.iter_mut().flat_map(|all| &mut all.ports) {
        port.name.clear();
    }
}

/// No tag moves in a simulation, so a digest beside a tag would only look like a change.
fn take_digest_away(spec: &mut ServiceSpec) {
    let task = &mut spec.task_template;
    let image = &mut task.container_spec.image;
    let Some((name, _)) = image.split_once('@') else {
        return;
    };
    if name
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains(':'))
    {
        *image = name.to_owned();
        // They came from the registry with the digest.
        task.placement.platforms.clear();
    }
}
