//! `docker service update`: a spec and the flags make a new spec
//! (docker/cli `cli/command/service/update.go`).
//!
//! Lists are changed by `--X-add` and `--X-rm`; after a change most of them are sorted, so that
//! the same change made twice gives the same spec.

use std::sync::Arc;

use super::create::references;
use super::spec;
use crate::collections::{BTreeMap, Order as _};
use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::docker::values::{Value, generic_resources, with_default_tag};
use crate::model::{
    ContainerSpec, FileReference, Labels, Mount, PortConfig, ServiceMode, ServiceSpec, TaskSpec,
};

/// A change to a service.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command, and none depends on another"
)]
pub struct ServiceUpdate {
    /// The service as it was typed.
    pub service: String,
    /// Go back to the spec before the last update, and change nothing besides.
    pub rollback: bool,
    /// Do not wait until the service has converged.
    pub detach: bool,
    /// Print the name and nothing else.
    pub quiet: bool,
    /// Do not ask a registry for the digest and the platforms of a new image.
    pub no_resolve_image: bool,
    /// Whether there is a new image, which is when a registry is asked.
    pub changes_image: bool,
    flags: Matches,
}

impl ServiceUpdate {
    pub(super) fn read(matches: &Matches) -> Self {
        Self {
            service: matches.args[0].clone(),
            rollback: matches.flag("rollback"),
            detach: matches.flag("detach"),
            quiet: matches.flag("quiet"),
            no_resolve_image: matches.flag("no-resolve-image"),
            changes_image: matches.changed("image"),
            flags: matches.clone(),
        }
    }

    /// Why a rollback cannot be asked for in this way, if it cannot. The client says so only
    /// after it has found the service.
    pub fn rollback_conflict(&self) -> Option<Outcome> {
        let alone = ["rollback", "detach", "quiet"];
        let conflict = self.rollback && self.flags.names().any(|name| !alone.contains(&name));
        conflict.then(|| Outcome::refused("other flags may not be combined with --rollback"))
    }

    /// The change with other names of networks, for whoever knows what they are called in a spec.
    pub fn with_networks(
        mut self,
        mut rename: impl FnMut(&str) -> Result<String, Outcome>,
    ) -> Result<Self, Outcome> {
        self.flags.edit(|name, value| match (name, value) {
            ("network-rm", Value::Text(text)) => {
                *text = rename(text)?;
                Ok(())
            }
            ("network-rm", Value::Texts(texts)) => texts.iter_mut().try_for_each(|text| {
                *text = rename(text)?;
                Ok(())
            }),
            ("network-add", Value::Network(network)) => {
                network.target = rename(&network.target)?;
                Ok(())
            }
            _ => Ok(()),
        })?;
        Ok(self)
    }

    /// The spec after the change.
    pub fn apply(&self, current: &ServiceSpec) -> Result<ServiceSpec, Outcome> {
        let flags = &self.flags;
        let mut spec = current.clone();
        if let Some(conflict) = self.rollback_conflict() {
            return Err(conflict);
        }
        spec::apply(flags, &mut spec)?;
        labels(flags, "label", &mut spec.annotations.labels);
        let mut task = (*spec.task).clone();
        container(flags, &mut task.container)?;
        placement(flags, &mut task);
        networks(flags, &mut task)?;
        generics(flags, &mut task)?;
        if flags.flag("force") {
            task.force_update += 1;
        }
        spec.task = Arc::new(task);
        if let Some(count) = flags.uint("replicas") {
            let ServiceMode::Replicated { replicas } = &mut spec.mode else {
                return Err(Outcome::refused(
                    "replicas can only be used with replicated mode",
                ));
            };
            *replicas = count;
        }
        if flags.changed("publish-add") || flags.changed("publish-rm") {
            let mut endpoint = spec.endpoint.as_deref().cloned().unwrap_or_default();
            ports(flags, &mut endpoint.ports);
            spec.endpoint = Some(Arc::new(endpoint));
        }
        Ok(spec)
    }
}

fn container(flags: &Matches, container: &mut ContainerSpec) -> Result<(), Outcome> {
    labels(flags, "container-label", &mut container.labels);
    if let Some(image) = flags.text("image") {
        container.image = with_default_tag(&image);
    }
    if flags.changed("args") {
        container.args = spec::last_words(flags, "args");
    }
    environment(flags, &mut container.env);
    mounts(flags, &mut container.mounts)?;
    let runtime = &mut container.runtime;
    let list = |name: &str, field: &mut Vec<String>| {
        change_list(flags, name, field);
    };
    list("group", &mut runtime.groups);
    list("dns", &mut runtime.dns.nameservers);
    list("dns-search", &mut runtime.dns.search);
    list("dns-option", &mut runtime.dns.options);
    let dns = &mut runtime.dns;
    for names in [&mut dns.nameservers, &mut dns.search, &mut dns.options] {
        // Sorted by now if anything changed, so that doubles are neighbours.
        names.dedup();
    }
    hosts(flags, &mut runtime.hosts);
    for setting in flags.texts("sysctl-rm") {
        runtime.sysctls.remove(name_of(&setting));
    }
    runtime
        .sysctls
        .extend(spec::key_values(&flags.texts("sysctl-add")));
    if flags.changed("ulimit-add") || flags.changed("ulimit-rm") {
        let removed = flags.texts("ulimit-rm");
        runtime
            .ulimits
            .retain(|ulimit| !removed.iter().any(|text| name_of(text) == ulimit.name));
        for value in flags.all("ulimit-add") {
            if let Value::Ulimit(ulimit) = value {
                runtime.ulimits.retain(|other| other.name != ulimit.name);
                runtime.ulimits.push(ulimit.clone());
            }
        }
        runtime.ulimits.order_by(|a, b| a.name.cmp(&b.name));
    }
    change_references(flags, "secret", &mut runtime.secrets);
    change_references(flags, "config", &mut runtime.configs);
    Ok(())
}

/// Adds, then removes; the result is sorted.
fn change_list(flags: &Matches, name: &str, field: &mut Vec<String>) {
    let (add, remove) = (format!("{name}-add"), format!("{name}-rm"));
    if !flags.changed(&add) && !flags.changed(&remove) {
        return;
    }
    let removed = flags.texts(&remove);
    field.extend(flags.texts(&add));
    field.retain(|text| !removed.contains(text));
    field.order();
}

/// Removes, then adds.
fn labels(flags: &Matches, name: &str, field: &mut Labels) {
    for key in flags.texts(&format!("{name}-rm")) {
        field.remove(&key);
    }
    field.extend(spec::key_values(&flags.texts(&format!("{name}-add"))));
}

fn name_of(variable: &str) -> &str {
    variable.split_once('=').map_or(variable, |(name, _)| name)
}

/// Removes, then adds. Upstream walks over a map here, in no order; we sort by name.
fn environment(flags: &Matches, env: &mut Vec<String>) {
    let by_name = |variables: &[String]| -> BTreeMap<String, String> {
        variables
            .iter()
            .map(|variable| (name_of(variable).to_owned(), variable.clone()))
            .collect()
    };
    let removed = flags.texts("env-rm");
    env.retain(|variable| !removed.iter().any(|name| name == name_of(variable)));
    if flags.changed("env-add") {
        let mut variables = by_name(env);
        variables.extend(by_name(&flags.texts("env-add")));
        *env = variables.into_values().collect();
    }
}

fn mounts(flags: &Matches, mounts: &mut Vec<Mount>) -> Result<(), Outcome> {
    let mut by_target: BTreeMap<String, Mount> = BTreeMap::new();
    for mount in spec::mounts(flags, "mount-add")? {
        if by_target.insert(mount.target.clone(), mount).is_some() {
            return Err(Outcome::refused("duplicate mount target"));
        }
    }
    for mount in mounts.drain(..) {
        by_target.entry(mount.target.clone()).or_insert(mount);
    }
    let removed = flags.texts("mount-rm");
    mounts.extend(
        by_target
            .into_values()
            .filter(|mount| !removed.contains(&mount.target)),
    );
    mounts.order_by(|a, b| (&a.source, &a.target).cmp(&(&b.source, &b.target)));
    Ok(())
}

/// Removes `host` everywhere, or `host:ip` at that address; then adds. The order stays, because
/// the first entry for a host is the one that counts.
fn hosts(flags: &Matches, hosts: &mut Vec<String>) {
    if !flags.changed("host-add") && !flags.changed("host-rm") {
        return;
    }
    let removed = flags.texts("host-rm");
    let mut lines: Vec<String> = Vec::new();
    for line in hosts.iter() {
        let mut words = line.split_whitespace();
        let address = words.next().unwrap_or_default();
        let names: Vec<&str> = words
            .filter(|name| {
                !removed.iter().any(|entry| {
                    let (host, only_at) = entry.split_once(':').unwrap_or((entry, ""));
                    host == *name && (only_at.is_empty() || only_at == address)
                })
            })
            .collect();
        if !names.is_empty() {
            lines.push(format!("{address} {}", names.join(" ")));
        }
    }
    lines.extend(
        flags
            .texts("host-add")
            .iter()
            .map(|host| spec::host_line(host)),
    );
    hosts.clear();
    for line in lines {
        if !hosts.contains(&line) {
            hosts.push(line);
        }
    }
}

/// Removes by the name of the secret or config, then adds.
fn change_references(flags: &Matches, name: &str, field: &mut Vec<FileReference>) {
    let removed = flags.texts(&format!("{name}-rm"));
    field.retain(|reference| !removed.contains(&reference.source));
    field.extend(references(flags, &format!("{name}-add")));
}

fn placement(flags: &Matches, task: &mut TaskSpec) {
    let placement = &mut task.placement;
    if flags.changed("constraint-add") || flags.changed("constraint-rm") {
        let removed = flags.texts("constraint-rm");
        placement.constraints.extend(flags.texts("constraint-add"));
        placement
            .constraints
            .retain(|constraint| !removed.contains(constraint));
        placement.constraints.order();
    }
    let preferences = |name: &str| -> Vec<String> {
        flags
            .all(name)
            .filter_map(|value| match value {
                Value::Preference(descriptor) => Some(descriptor.clone()),
                _ => None,
            })
            .collect()
    };
    let removed = preferences("placement-pref-rm");
    placement
        .preferences
        .retain(|preference| !removed.contains(preference));
    placement
        .preferences
        .extend(preferences("placement-pref-add"));
}

/// Networks by the names that were typed: the caller has put names for ids, or ids for names, on
/// both sides before.
fn networks(flags: &Matches, task: &mut TaskSpec) -> Result<(), Outcome> {
    if !flags.changed("network-add") && !flags.changed("network-rm") {
        return Ok(());
    }
    let removed = flags.texts("network-rm");
    task.networks
        .retain(|network| !removed.contains(&network.target));
    for value in flags.all("network-add") {
        let Value::Network(network) = value else {
            continue;
        };
        if task
            .networks
            .iter()
            .any(|other| other.target == network.target)
        {
            let target = &network.target;
            return Err(Outcome::refused(format!(
                "service is already attached to network {target}"
            )));
        }
        task.networks.push(network.clone());
    }
    task.networks.order_by(|a, b| a.target.cmp(&b.target));
    Ok(())
}

/// Adds, then removes.
fn generics(flags: &Matches, task: &mut TaskSpec) -> Result<(), Outcome> {
    let added =
        generic_resources(&flags.texts("generic-resource-add")).map_err(Outcome::refused)?;
    let generic = &mut task.resources.reservations.generic;
    generic.retain(|request| added.iter().all(|other| other.kind != request.kind));
    generic.extend(added);
    generic.order_by(|a, b| a.kind.cmp(&b.kind));
    for kind in flags.texts("generic-resource-rm") {
        let Some(place) = generic.iter().position(|request| request.kind == kind) else {
            return Err(Outcome::refused(format!(
                "could not find generic-resource `{kind}` to remove it"
            )));
        };
        generic.remove(place);
    }
    Ok(())
}

fn ports(flags: &Matches, ports: &mut Vec<PortConfig>) {
    let listed = |name: &str| -> Vec<PortConfig> {
        flags
            .all(name)
            .filter_map(|value| match value {
                Value::Ports(ports) => Some(ports.clone()),
                _ => None,
            })
            .flatten()
            .collect()
    };
    let mut before: Vec<PortConfig> = Vec::new();
    for port in ports.drain(..) {
        if !before.contains(&port) {
            before.push(port);
        }
    }
    ports.clone_from(&before);
    let removed = listed("publish-rm");
    ports.retain(|port| {
        !removed.iter().any(|other| {
            (other.protocol, other.target_port, other.publish_mode)
                == (port.protocol, port.target_port, port.publish_mode)
        })
    });
    ports.extend(
        listed("publish-add")
            .into_iter()
            .filter(|port| !before.contains(port)),
    );
    // The order is that of the text, in which 10000 comes before 9000.
    ports.order_by_key(|port| {
        format!(
            "{}:{}/{}/{}",
            port.published_port, port.target_port, port.protocol, port.publish_mode
        )
    });
}
