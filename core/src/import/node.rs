//! Nodes.

use serde::Deserialize;

use crate::model::{Availability, GenericResource, Labels, NodeRole, NodeState, Platform, Plugin};
use crate::scenario::NodeSetup;
use crate::simulation::BUILT_IN;

/// What is read of a node.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Inspected {
    #[serde(rename = "ID")]
    pub(super) id: String,
    spec: Spec,
    description: Description,
    status: Status,
    manager_status: Option<ManagerStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Spec {
    labels: Labels,
    role: NodeRole,
    availability: Availability,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Description {
    hostname: String,
    platform: PlatformRead,
    resources: Resources,
    engine: Engine,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PlatformRead {
    architecture: String,
    #[serde(rename = "OS")]
    os: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Resources {
    #[serde(rename = "NanoCPUs")]
    nano_cpus: i64,
    memory_bytes: i64,
    #[serde(rename = "GenericResources")]
    generic: Vec<Generic>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Generic {
    discrete_resource_spec: Option<Amount>,
    named_resource_spec: Option<Name>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Amount {
    kind: String,
    value: i64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Name {
    kind: String,
    value: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Engine {
    labels: Labels,
    plugins: Vec<PluginRead>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PluginRead {
    #[serde(rename = "Type")]
    kind: String,
    name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Status {
    state: NodeState,
    addr: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ManagerStatus {
    leader: bool,
    addr: String,
}

impl Inspected {
    /// Whether it leads the managers.
    pub(super) fn leads(&self) -> bool {
        self.manager_status
            .as_ref()
            .is_some_and(|status| status.leader)
    }

    /// Whether it does not answer.
    pub(super) fn is_down(&self) -> bool {
        matches!(self.status.state, NodeState::Down | NodeState::Disconnected)
    }

    /// The machine.
    pub(super) fn setup(&self) -> NodeSetup {
        let description = &self.description;
        let is_known = |address: &&str| {
            !address.is_empty() && !matches!(*address, "0.0.0.0" | "127.0.0.1" | "::")
        };
        let among_managers = self.manager_status.as_ref();
        let among_managers = among_managers
            .and_then(|status| status.addr.rsplit_once(':'))
            .map(|(host, _)| host.trim_matches(['[', ']']));
        let address = Some(self.status.addr.as_str()).filter(is_known);
        let address = address.or(among_managers.filter(is_known));
        let or =
            |text: &str, default: &str| if text.is_empty() { default } else { text }.to_owned();
        NodeSetup {
            name: or(&description.hostname, &self.id),
            role: self.spec.role,
            address: address.unwrap_or_default().to_owned(),
            labels: self.spec.labels.clone(),
            engine_labels: description.engine.labels.clone(),
            cpu_nano: description.resources.nano_cpus,
            memory_bytes: description.resources.memory_bytes,
            generic: self.generic(),
            platform: Platform {
                architecture: or(&description.platform.architecture, "x86_64"),
                os: or(&description.platform.os, "linux"),
            },
            availability: self.spec.availability,
            plugins: self.plugins(),
            joined: true,
            ..NodeSetup::default()
        }
    }

    fn generic(&self) -> Vec<GenericResource> {
        let mut all = Vec::new();
        for one in &self.description.resources.generic {
            if let Some(amount) = &one.discrete_resource_spec {
                all.push(GenericResource::Discrete {
                    kind: amount.kind.clone(),
                    value: amount.value,
                });
            }
            if let Some(name) = &one.named_resource_spec {
                all.push(GenericResource::Named {
                    kind: name.kind.clone(),
                    value: name.value.clone(),
                });
            }
        }
        all.sort_by(|a, b| a.kind().cmp(b.kind()));
        all
    }

    /// Those that not every engine has.
    fn plugins(&self) -> Vec<Plugin> {
        let is_built_in = |plugin: &&PluginRead| {
            BUILT_IN
                .iter()
                .any(|(kind, names)| *kind == plugin.kind && names.contains(&plugin.name.as_str()))
        };
        let plugins = self.description.engine.plugins.iter();
        plugins
            .filter(|plugin| !is_built_in(plugin))
            .filter(|plugin| matches!(plugin.kind.as_str(), "Volume" | "Network" | "Log"))
            .map(|plugin| Plugin {
                kind: plugin.kind.clone(),
                name: plugin.name.clone(),
            })
            .collect()
    }
}

/// What is read of `docker info`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Info {
    name: String,
    #[serde(rename = "NCPU")]
    cpus: i64,
    mem_total: i64,
    architecture: String,
    #[serde(rename = "OSType")]
    os: String,
    labels: Vec<String>,
    pub(super) swarm: Swarm,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Swarm {
    node_addr: String,
    control_available: bool,
    pub(super) cluster: Option<ClusterRead>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ClusterRead {
    pub(super) spec: ClusterSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ClusterSpec {
    pub(super) orchestration: Orchestration,
    pub(super) dispatcher: Dispatcher,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Orchestration {
    pub(super) task_history_retention_limit: Option<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Dispatcher {
    pub(super) heartbeat_period: Option<u64>,
}

impl Info {
    /// The machine that was asked, if nothing else is known of the cluster.
    pub(super) fn setup(&self) -> NodeSetup {
        let labels = self.labels.iter();
        NodeSetup {
            name: self.name.clone(),
            role: if self.swarm.control_available {
                NodeRole::Manager
            } else {
                NodeRole::Worker
            },
            address: self.swarm.node_addr.clone(),
            engine_labels: labels
                .filter_map(|label| label.split_once('='))
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            cpu_nano: self.cpus.saturating_mul(1_000_000_000),
            memory_bytes: self.mem_total,
            platform: Platform {
                architecture: self.architecture.clone(),
                os: self.os.clone(),
            },
            joined: true,
            ..NodeSetup::default()
        }
    }
}
