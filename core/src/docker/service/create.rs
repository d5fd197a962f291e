//! `docker service create` (docker/cli `cli/command/service/{create,opts}.go`).

use std::sync::Arc;

use super::spec;
use crate::collections::Order as _;
use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::docker::values::{Value, generic_resources, with_default_tag};
use crate::model::{EndpointSpec, FileReference, ServiceMode, ServiceSpec};

/// A service to create.
///
/// Networks, secrets and configs are in the spec under the names that were typed; whoever runs
/// the command looks them up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCreate {
    /// What is wanted. Without a name, the manager invents one.
    pub spec: ServiceSpec,
    /// Do not wait until the service has converged.
    pub detach: bool,
    /// Print the id and nothing else.
    pub quiet: bool,
    /// Do not ask a registry for the digest and the platforms of the image.
    pub no_resolve_image: bool,
}

impl ServiceCreate {
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        let mut spec = ServiceSpec {
            endpoint: Some(Arc::new(EndpointSpec::default())),
            ..ServiceSpec::default()
        };
        if let Some(file) = matches.texts("env-file").first() {
            // There are no files here, and docker says what it says of a missing one.
            return Err(Outcome::refused(format!(
                "open {file}: no such file or directory"
            )));
        }
        spec::check_health(matches)?;
        let mode = mode(matches)?;
        if mode.is_job() && changes_updates(matches) {
            return Err(Outcome::refused(
                "update and rollback configuration is not supported for jobs",
            ));
        }
        spec.mode = mode;
        spec.annotations.name = matches.text_or_empty("name");
        spec.annotations.labels = spec::key_values(&matches.texts("label"));
        endpoint(matches, &mut spec);
        task(matches, &mut spec)?;
        // From here on it is the engine that would refuse.
        spec::apply(matches, &mut spec)?;
        Arc::make_mut(&mut spec.task).container.mounts = spec::mounts(matches, "mount")?;
        Ok(Self {
            spec,
            detach: matches.flag("detach"),
            quiet: matches.flag("quiet"),
            no_resolve_image: matches.flag("no-resolve-image"),
        })
    }
}

fn changes_updates(matches: &Matches) -> bool {
    ["update", "rollback"]
        .iter()
        .flat_map(|family| spec::config_flags(family))
        .any(|name| matches.changed(&name))
}

fn mode(matches: &Matches) -> Result<ServiceMode, Outcome> {
    const REPLICAS: &str = "replicas can only be used with replicated or replicated-job mode";
    const MAX_PER_NODE: &str =
        "replicas-max-per-node can only be used with replicated or replicated-job mode";
    const CONCURRENT: &str = "max-concurrent can only be used with replicated-job mode";
    let refuse_if = |wrong: bool, message: &str| {
        if wrong {
            Err(Outcome::refused(message))
        } else {
            Ok(())
        }
    };
    let word = matches
        .text("mode")
        .unwrap_or_else(|| "replicated".to_owned());
    let replicas = matches.uint("replicas");
    let concurrent = matches.uint("max-concurrent");
    let no_replicas = || refuse_if(replicas.is_some(), REPLICAS);
    let no_concurrent = || refuse_if(concurrent.is_some(), CONCURRENT);
    let no_max = || {
        let max = matches.uint("replicas-max-per-node");
        refuse_if(max > Some(0), MAX_PER_NODE)
    };
    match word.as_str() {
        "global" => no_replicas()
            .and_then(|()| no_max())
            .and_then(|()| no_concurrent())?,
        "global-job" => no_max()
            .and_then(|()| no_concurrent())
            .and_then(|()| no_replicas())?,
        "replicated" => no_concurrent()?,
        _ => {}
    }
    match word.as_str() {
        "global" => Ok(ServiceMode::Global),
        "global-job" => Ok(ServiceMode::GlobalJob),
        "replicated" => Ok(ServiceMode::Replicated {
            replicas: replicas.unwrap_or(1),
        }),
        "replicated-job" => Ok(ServiceMode::ReplicatedJob {
            max_concurrent: concurrent.or(replicas).unwrap_or(1),
            total_completions: replicas.or(concurrent).unwrap_or(1),
        }),
        _ => Err(Outcome::refused(format!(
            "Unknown mode: {word}, only replicated and global supported"
        ))),
    }
}

fn task(matches: &Matches, spec: &mut ServiceSpec) -> Result<(), Outcome> {
    let task = Arc::make_mut(&mut spec.task);
    let container = &mut task.container;
    if let [image, args @ ..] = matches.args.as_slice() {
        container.image = with_default_tag(image);
        container.args = args.to_vec();
    }
    container.labels = spec::key_values(&matches.texts("container-label"));
    container.env = environment(&matches.texts("env"));
    let runtime = &mut container.runtime;
    runtime.groups = matches.texts("group");
    runtime.hosts = matches
        .texts("host")
        .iter()
        .map(|host| spec::host_line(host))
        .collect();
    runtime.dns.nameservers = matches.texts("dns");
    runtime.dns.search = matches.texts("dns-search");
    runtime.dns.options = matches.texts("dns-option");
    runtime.sysctls = spec::key_values(&matches.texts("sysctl"));
    // An `init` that was not given is sent as false.
    runtime.init = Some(matches.flag("init"));
    runtime.secrets = references(matches, "secret");
    runtime.configs = references(matches, "config");
    for value in matches.all("ulimit") {
        if let Value::Ulimit(ulimit) = value {
            runtime.ulimits.retain(|other| other.name != ulimit.name);
            runtime.ulimits.push(ulimit.clone());
        }
    }
    runtime.ulimits.order_by(|a, b| a.name.cmp(&b.name));
    task.placement.constraints = matches.texts("constraint");
    for value in matches.all("placement-pref") {
        if let Value::Preference(descriptor) = value {
            task.placement.preferences.push(descriptor.clone());
        }
    }
    for value in matches.all("network") {
        if let Value::Network(network) = value {
            if network.target.is_empty() {
                return Err(Outcome::refused(
                    "invalid network name or ID: value is empty",
                ));
            }
            task.networks.push(network.clone());
        }
    }
    task.networks.order_by(|a, b| a.target.cmp(&b.target));
    task.resources.reservations.generic =
        generic_resources(&matches.texts("generic-resource")).map_err(Outcome::refused)?;
    Ok(())
}

fn endpoint(matches: &Matches, spec: &mut ServiceSpec) {
    let mut endpoint = spec.endpoint.as_deref().cloned().unwrap_or_default();
    for value in matches.all("publish") {
        if let Value::Ports(ports) = value {
            endpoint.ports.extend(ports);
        }
    }
    spec.endpoint = Some(Arc::new(endpoint));
}

/// The secrets or configs of a flag.
pub(super) fn references(matches: &Matches, name: &str) -> Vec<FileReference> {
    matches
        .all(name)
        .filter_map(|value| match value {
            Value::Reference(reference) => Some(reference.clone()),
            _ => None,
        })
        .collect()
}

/// Variables in the order of the line; a later one of the same name takes the place of the
/// earlier.
fn environment(variables: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for variable in variables {
        let name = variable
            .split_once('=')
            .map_or(variable.as_str(), |(name, _)| name);
        kept.retain(|other| {
            other
                .strip_prefix(name)
                .is_none_or(|rest| !rest.starts_with('='))
        });
        kept.push(variable.clone());
    }
    kept
}
