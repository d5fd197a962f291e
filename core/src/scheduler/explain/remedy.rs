//! The smallest changes that would place a task that fits nowhere.
//!
//! For every node the comparisons that failed are turned into changes, of the node or of the
//! service; the shortest lists come first. Each list is tried out on copies of the task and the
//! node with the very filters that said no, so what is proposed is known to work (as far as the
//! filters go: who frees a CPU, and how, is up to the reader).

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::collections::Order as _;
use crate::constraint::{
    Constraint, ENGINE_LABEL_PREFIX, NODE_LABEL_PREFIX, Operator, strip_prefix_fold,
};
use crate::ids::{IdTexts, NodeId};
use crate::model::{
    Availability, Engine, GenericResource, NodeDescription, NodeState, Platform, Plugin,
    PortProtocol, Resources, Task, TaskSpec,
};
use crate::scheduler::filters::{Finding, Pipeline};
use crate::scheduler::generic;
use crate::scheduler::view::{NodeInfo, View};

/// Proposals at the most.
const REMEDY_COUNT_MAX: usize = 5;

/// Changes that together place the task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remedy {
    /// The changes.
    pub changes: Vec<Change>,
    /// The node on which the task could then run.
    pub node: NodeId,
    /// Its hostname.
    pub hostname: String,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            let separator = if index == 0 { "" } else { " and " };
            write!(f, "{separator}{}", change.describe(&self.hostname))?;
        }
        Ok(())
    }
}

/// One change, of a node or of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
#[expect(missing_docs, reason = "the fields are what the change is about")]
pub enum Change {
    /// `docker node update --availability active NODE`
    Activate,
    /// `docker node update --label-add KEY=VALUE NODE`
    SetNodeLabel { label: String, value: String },
    /// `docker node update --label-rm KEY NODE`
    RemoveNodeLabel { label: String },
    /// The daemon's own labels.
    SetEngineLabel { label: String, value: String },
    /// The daemon's own labels.
    RemoveEngineLabel { label: String },
    /// Make CPU free on the node, in billionths of a core.
    FreeCpu { amount_nano: i64 },
    /// Make memory free on the node, in bytes.
    FreeMemory { amount_bytes: i64 },
    /// Give the machine more CPU, in billionths of a core.
    AddCpu { amount_nano: i64 },
    /// Give the machine more memory, in bytes.
    AddMemory { amount_bytes: i64 },
    /// Make generic resources free on the node.
    FreeGeneric { resource: String, amount: i64 },
    /// Make a port free on the node.
    FreePort { protocol: PortProtocol, port: u32 },
    /// Install a plugin on the node.
    InstallPlugin { plugin_type: String, name: String },
    /// Repair the node, or connect it again.
    BringBack,
    /// `docker service update --constraint-rm EXPRESSION SERVICE`
    DropConstraint { expression: String },
    /// `docker service update --replicas-max-per-node N SERVICE`
    RaiseMaxReplicas { limit: u64 },
    /// Build the image for another platform, too.
    BuildFor { platform: String },
    /// `docker service update --reserve-cpu N SERVICE`
    LowerCpu { amount_nano: i64 },
    /// `docker service update --reserve-memory N SERVICE`
    LowerMemory { amount_bytes: i64 },
}

impl Change {
    /// How much of a change this is: labels and settings are easy, machines are not.
    fn effort(&self) -> u32 {
        match self {
            Self::Activate | Self::SetNodeLabel { .. } | Self::RemoveNodeLabel { .. } => 1,
            Self::FreeCpu { .. } | Self::FreeMemory { .. } | Self::FreeGeneric { .. } => 2,
            Self::DropConstraint { .. } | Self::RaiseMaxReplicas { .. } | Self::FreePort { .. } => {
                3
            }
            Self::LowerCpu { .. } | Self::LowerMemory { .. } => 4,
            Self::SetEngineLabel { .. }
            | Self::RemoveEngineLabel { .. }
            | Self::InstallPlugin { .. } => 5,
            Self::BringBack | Self::BuildFor { .. } => 6,
            Self::AddCpu { .. } | Self::AddMemory { .. } => 7,
        }
    }

    /// The change in words.
    pub fn describe(&self, hostname: &str) -> String {
        match self {
            Self::Activate => format!("set the availability of {hostname} to active"),
            Self::SetNodeLabel { label, value } => format!("label {hostname} {label}={value}"),
            Self::RemoveNodeLabel { label } => format!("remove the label {label} from {hostname}"),
            Self::SetEngineLabel { label, value } => {
                format!("give the engine of {hostname} the label {label}={value}")
            }
            Self::RemoveEngineLabel { label } => {
                format!("remove the label {label} from the engine of {hostname}")
            }
            Self::FreeCpu { amount_nano } => {
                format!("free {} CPU on {hostname}", cpus(*amount_nano))
            }
            Self::FreeMemory { amount_bytes } => {
                format!("free {} of memory on {hostname}", bytes(*amount_bytes))
            }
            Self::AddCpu { amount_nano } => {
                format!("give {hostname} {} CPU more", cpus(*amount_nano))
            }
            Self::AddMemory { amount_bytes } => {
                format!("give {hostname} {} more of memory", bytes(*amount_bytes))
            }
            Self::FreeGeneric { resource, amount } => {
                format!("free {amount} {resource} on {hostname}")
            }
            Self::FreePort { protocol, port } => {
                format!("free port {port}/{protocol} on {hostname}")
            }
            Self::InstallPlugin { plugin_type, name } => {
                format!(
                    "install the {} plugin {name} on {hostname}",
                    plugin_type.to_lowercase()
                )
            }
            Self::BringBack => format!("bring {hostname} back"),
            Self::DropConstraint { expression } => format!("drop the constraint {expression}"),
            Self::RaiseMaxReplicas { limit } => {
                format!("raise the maximum of replicas per node to {limit}")
            }
            Self::BuildFor { platform } => format!("use an image that is built for {platform}"),
            Self::LowerCpu { amount_nano } => {
                format!("lower the CPU reservation to {}", cpus(*amount_nano))
            }
            Self::LowerMemory { amount_bytes } => {
                format!("lower the memory reservation to {}", bytes(*amount_bytes))
            }
        }
    }
}

/// CPU in cores, exactly.
pub(super) fn cpus(nano: i64) -> String {
    let sign = if nano < 0 { "-" } else { "" };
    let nano = nano.unsigned_abs();
    let fraction = format!("{:09}", nano % 1_000_000_000);
    let fraction = fraction.trim_end_matches('0');
    let whole = nano / 1_000_000_000;
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

/// Memory in the largest unit that leaves it a whole number.
pub(super) fn bytes(amount: i64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let fitting = units
        .into_iter()
        .find(|&(_, shift)| amount != 0 && amount % (1 << shift) == 0);
    match fitting {
        Some((unit, shift)) => format!("{} {unit}", amount >> shift),
        None => format!("{amount} B"),
    }
}

/// Finds the smallest changes that would place a task, on one node or on any.
pub fn find(task: &Arc<Task>, view: &View, ids: &IdTexts, only: Option<NodeId>) -> Vec<Remedy> {
    let pipeline = Pipeline::new(task);
    let mut found: Vec<(usize, u32, usize, Remedy)> = Vec::new();
    let order = view.ordered_nodes();
    let nodes = order
        .into_iter()
        .filter(|&node| only.is_none_or(|only| only == node));
    for (place, info) in nodes.filter_map(|node| view.node(node)).enumerate() {
        let findings: Vec<Finding> = pipeline
            .findings(view, info, ids)
            .into_iter()
            .flat_map(|(_, findings)| findings)
            .collect();
        for changes in combinations(&findings, task, info) {
            let effort = changes.iter().map(Change::effort).sum();
            let remedy = Remedy {
                changes,
                node: info.node.id,
                hostname: info.node.hostname().to_owned(),
            };
            found.push((remedy.changes.len(), effort, place, remedy));
        }
    }
    found.order_by_key(|&(count, effort, place, _)| (count, effort, place));
    let mut remedies: Vec<Remedy> = Vec::new();
    for (_, _, _, remedy) in found {
        // A change of the service alone is the same proposal whatever the node.
        let is_known = remedies
            .iter()
            .any(|known| known.to_string() == remedy.to_string());
        if !is_known && works(task, view, ids, &remedy) {
            remedies.push(remedy);
            if remedies.len() == REMEDY_COUNT_MAX {
                break;
            }
        }
    }
    remedies
}

/// Every way to meet all findings of a node: the ways to meet the first, times those for the rest.
fn combinations(findings: &[Finding], task: &Task, info: &NodeInfo) -> Vec<Vec<Change>> {
    let mut lists: Vec<Vec<Change>> = vec![Vec::new()];
    for finding in findings {
        let ways = changes_for(finding, task, info);
        let longer = lists.iter().flat_map(|list| {
            ways.iter().map(move |way| {
                let mut list = list.clone();
                if !list.contains(way) {
                    list.push(way.clone());
                }
                list
            })
        });
        lists = longer.collect();
        // So many combinations of a node that fails everything are of no use to anybody.
        lists.truncate(64);
    }
    lists.retain(|list| !list.is_empty());
    lists
}

/// The changes that would meet one finding.
fn changes_for(finding: &Finding, task: &Task, info: &NodeInfo) -> Vec<Change> {
    let reservations = &task.spec.resources.reservations;
    match finding {
        Finding::NotAvailable {
            state,
            availability,
        } => {
            match (
                *state == NodeState::Ready,
                *availability == Availability::Active,
            ) {
                (true, _) => vec![Change::Activate],
                (false, true) => vec![Change::BringBack],
                // Two things at once: nobody does that for one task.
                (false, false) => Vec::new(),
            }
        }
        Finding::Cpu {
            needs_nano,
            free_nano,
        } => {
            // What the machine never had cannot be made free on it.
            let amount_nano = needs_nano - free_nano;
            let mut ways = if described(info).is_some_and(|all| all.cpu_nano >= *needs_nano) {
                vec![Change::FreeCpu { amount_nano }]
            } else {
                vec![Change::AddCpu { amount_nano }]
            };
            if *free_nano > 0 && *needs_nano == reservations.cpu_nano {
                ways.push(Change::LowerCpu {
                    amount_nano: *free_nano,
                });
            }
            ways
        }
        Finding::Memory {
            needs_bytes,
            free_bytes,
        } => {
            let amount_bytes = needs_bytes - free_bytes;
            let mut ways = if described(info).is_some_and(|all| all.memory_bytes >= *needs_bytes) {
                vec![Change::FreeMemory { amount_bytes }]
            } else {
                vec![Change::AddMemory { amount_bytes }]
            };
            if *free_bytes > 0 {
                ways.push(Change::LowerMemory {
                    amount_bytes: *free_bytes,
                });
            }
            ways
        }
        Finding::Generic {
            resource,
            needs,
            free,
        } => {
            let has_enough = described(info)
                .is_some_and(|all| generic::amount(&all.generic, resource) >= *needs);
            let amount = (needs - free).max(1);
            let change = Change::FreeGeneric {
                resource: resource.clone(),
                amount,
            };
            if has_enough { vec![change] } else { Vec::new() }
        }
        Finding::Plugin { plugin_type, name } => vec![Change::InstallPlugin {
            plugin_type: plugin_type.clone(),
            name: name.clone(),
        }],
        Finding::Constraint { expression, .. } => {
            let mut ways = changes_for_constraint(expression);
            ways.push(Change::DropConstraint {
                expression: expression.clone(),
            });
            ways
        }
        Finding::Platform { actual, .. } => actual
            .iter()
            .map(|platform| Change::BuildFor {
                platform: platform.clone(),
            })
            .collect(),
        Finding::HostPort { protocol, port } => {
            vec![Change::FreePort {
                protocol: *protocol,
                port: *port,
            }]
        }
        Finding::MaxReplicas { has, .. } => vec![Change::RaiseMaxReplicas { limit: has + 1 }],
        // Storage is a world of its own.
        Finding::Volume { .. } => Vec::new(),
    }
}

/// What a machine has in all.
fn described(info: &NodeInfo) -> Option<&Resources> {
    info.node.description.as_ref()?.resources.as_ref()
}

/// A constraint on a label can be met by labelling.
fn changes_for_constraint(expression: &str) -> Vec<Change> {
    let Ok(constraint) = Constraint::parse(expression) else {
        return Vec::new();
    };
    let value = constraint.value().to_owned();
    let node_label = strip_prefix_fold(constraint.key(), NODE_LABEL_PREFIX).map(str::to_owned);
    let engine_label = strip_prefix_fold(constraint.key(), ENGINE_LABEL_PREFIX).map(str::to_owned);
    let change = match (constraint.operator(), node_label, engine_label) {
        (Operator::Equal, Some(label), _) => Change::SetNodeLabel { label, value },
        (Operator::NotEqual, Some(label), _) => Change::RemoveNodeLabel { label },
        (Operator::Equal, None, Some(label)) => Change::SetEngineLabel { label, value },
        (Operator::NotEqual, None, Some(label)) => Change::RemoveEngineLabel { label },
        _ => return Vec::new(),
    };
    vec![change]
}

/// Tries changes out.
fn works(task: &Arc<Task>, view: &View, ids: &IdTexts, remedy: &Remedy) -> bool {
    let Some(info) = view.node(remedy.node) else {
        return false;
    };
    let (mut info, mut task) = (info.clone(), Task::clone(task));
    for change in &remedy.changes {
        change.apply(&mut task, &mut info);
    }
    Pipeline::new(&task)
        .first_failure(view, &info, ids)
        .is_none()
}

impl Change {
    fn apply(&self, task: &mut Task, info: &mut NodeInfo) {
        let mut spec = TaskSpec::clone(&task.spec);
        let mut node = crate::model::Node::clone(&info.node);
        let mut description = node.description.as_deref().cloned().unwrap_or_default();
        match self {
            Self::Activate | Self::BringBack => info.is_available = true,
            Self::SetNodeLabel { label, value } => {
                node.spec
                    .annotations
                    .labels
                    .insert(label.clone(), value.clone());
            }
            Self::RemoveNodeLabel { label } => {
                node.spec.annotations.labels.remove(label);
            }
            Self::SetEngineLabel { label, value } => {
                engine(&mut description)
                    .labels
                    .insert(label.clone(), value.clone());
            }
            Self::RemoveEngineLabel { label } => {
                engine(&mut description).labels.remove(label);
            }
            Self::FreeCpu { amount_nano } | Self::AddCpu { amount_nano } => {
                info.available_cpu_nano += amount_nano;
            }
            Self::FreeMemory { amount_bytes } | Self::AddMemory { amount_bytes } => {
                info.available_memory_bytes += amount_bytes;
            }
            Self::FreeGeneric { resource, amount } => {
                free_generic(info, resource, *amount);
            }
            Self::FreePort { protocol, port } => {
                info.used_host_ports.remove(&(*protocol, *port));
            }
            Self::InstallPlugin { plugin_type, name } => {
                let plugin = Plugin {
                    kind: plugin_type.clone(),
                    name: name.clone(),
                };
                engine(&mut description).plugins.push(plugin);
            }
            Self::DropConstraint { expression } => {
                let is_other = |other: &String| {
                    Constraint::parse(other).map_or(true, |other| other.to_string() != *expression)
                };
                spec.placement.constraints.retain(is_other);
            }
            Self::RaiseMaxReplicas { limit } => spec.placement.max_replicas = *limit,
            Self::BuildFor { .. } => {
                let platform = description
                    .platform
                    .clone()
                    .unwrap_or_else(Platform::default);
                spec.placement.platforms.push(platform);
            }
            Self::LowerCpu { amount_nano } => {
                spec.resources.reservations.cpu_nano = *amount_nano;
            }
            Self::LowerMemory { amount_bytes } => {
                spec.resources.reservations.memory_bytes = *amount_bytes;
            }
        }
        if node.description.is_some() {
            node.description = Some(Arc::new(description));
        }
        info.node = Arc::new(node);
        task.spec = Arc::new(spec);
    }
}

fn engine(description: &mut NodeDescription) -> &mut Engine {
    description.engine.get_or_insert_with(Engine::default)
}

/// Puts so many units of a kind back among what is available.
fn free_generic(info: &mut NodeInfo, resource: &str, amount: i64) {
    let all = described(info).map_or_else(Vec::new, |all| all.generic.clone());
    let is_named = all
        .iter()
        .any(|entry| entry.kind() == resource && matches!(entry, GenericResource::Named { .. }));
    let freed: Vec<GenericResource> = if is_named {
        let taken = all
            .iter()
            .filter(|entry| entry.kind() == resource && !info.available_generic.contains(entry));
        taken
            .take(usize::try_from(amount).unwrap_or(0))
            .cloned()
            .collect()
    } else {
        vec![GenericResource::Discrete {
            kind: resource.to_owned(),
            value: amount,
        }]
    };
    generic::reclaim(&mut info.available_generic, &all, freed);
}
