//! The machines written back in the shortest form that reads as the same machines.

use super::{
    CPU_NANO_DEFAULT, ClusterFile, GenericFile, MEMORY_BYTES_DEFAULT, NodeFile, NodesFile,
    default_address,
};
use crate::collections::BTreeMap;
use crate::model::{Availability, GenericResource, NodeRole};
use crate::scenario::NodeSetup;
use crate::scenario::units::{Bytes, Cpus};

/// The cluster as a person would write it.
pub(in crate::scenario) fn raise(
    nodes: &[NodeSetup],
    task_history_limit: Option<i64>,
) -> ClusterFile {
    let mut file = ClusterFile {
        task_history_limit,
        ..ClusterFile::default()
    };
    let mut counters: BTreeMap<String, u32> = BTreeMap::new();
    let mut is_plain = true;
    let mut roles = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let one = raise_node(node, index);
        let stem = node.name.trim_end_matches(|c: char| c.is_ascii_digit());
        let counter = counters.entry(stem.to_owned()).or_default();
        let continues = !stem.is_empty() && node.name == format!("{stem}{}", *counter + 1);
        let bare = NodeFile {
            role: one.role,
            ..NodeFile::default()
        };
        is_plain &= one == bare && continues && stem == node.role.as_str();
        roles.push(node.role);
        if !continues || one.address.is_some() {
            let name = Some(node.name.clone());
            file.nodes.push(NodeFile { name, ..one });
            continue;
        }
        *counter += 1;
        let alike = NodeFile {
            name: Some(stem.to_owned()),
            count: Some(1),
            ..one
        };
        match file.nodes.last_mut() {
            Some(last)
                if last.count.is_some()
                    && (NodeFile {
                        count: Some(1),
                        ..last.clone()
                    }) == alike =>
            {
                last.count = last.count.map(|count| count + 1);
            }
            _ => file.nodes.push(alike),
        }
    }
    name_single_nodes(&mut file.nodes);
    // Managers first, all of them plain: numbers are enough.
    if is_plain && roles.is_sorted_by(|a, b| a >= b) {
        let managers = roles
            .iter()
            .filter(|&&role| role == NodeRole::Manager)
            .count();
        let count = |number: usize| {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            (number > 0).then_some(NodesFile::Count(number))
        };
        file.managers = count(managers);
        file.workers = count(roles.len() - managers);
        file.nodes.clear();
    }
    file
}

/// Writes `worker3` instead of one `worker`, where no later group goes on counting from it.
fn name_single_nodes(nodes: &mut [NodeFile]) {
    let mut counters: BTreeMap<String, u32> = BTreeMap::new();
    for index in 0..nodes.len() {
        let NodeFile {
            name: Some(name),
            count: Some(count),
            ..
        } = &nodes[index]
        else {
            continue;
        };
        let (name, count) = (name.clone(), *count);
        let counter = counters.entry(name.clone()).or_default();
        *counter += count;
        let goes_on = |node: &NodeFile| node.count.is_some() && node.name.as_ref() == Some(&name);
        if count == 1 && !nodes[index + 1..].iter().any(goes_on) {
            nodes[index].name = Some(format!("{name}{counter}"));
            nodes[index].count = None;
        }
    }
}

fn raise_node(node: &NodeSetup, index: usize) -> NodeFile {
    let mut generic: BTreeMap<String, GenericFile> = BTreeMap::new();
    for resource in &node.generic {
        match resource {
            GenericResource::Discrete { kind, value } => {
                let amount = u32::try_from(*value).unwrap_or(0);
                generic.insert(kind.clone(), GenericFile::Amount(amount));
            }
            GenericResource::Named { kind, value } => {
                let names = generic.entry(kind.clone());
                let names = names.or_insert_with(|| GenericFile::Names(Vec::new()));
                if let GenericFile::Names(names) = names {
                    names.push(value.clone());
                }
            }
        }
    }
    let platform = format!("{}/{}", node.platform.os, node.platform.architecture);
    let memory = node.memory_bytes.unsigned_abs();
    NodeFile {
        name: None,
        count: None,
        role: (node.role != NodeRole::default()).then_some(node.role),
        address: (!node.address.is_empty() && node.address != default_address(index))
            .then(|| node.address.clone()),
        labels: node.labels.clone(),
        engine_labels: node.engine_labels.clone(),
        cpus: (node.cpu_nano != CPU_NANO_DEFAULT).then_some(Cpus(node.cpu_nano)),
        memory: (memory != MEMORY_BYTES_DEFAULT).then_some(Bytes(memory)),
        generic,
        platform: (platform != "linux/x86_64").then_some(platform),
        availability: (node.availability != Availability::Active).then_some(node.availability),
        plugins: node
            .plugins
            .iter()
            .map(|plugin| format!("{}/{}", plugin.kind, plugin.name))
            .collect(),
        paths: node.paths.clone(),
        joined: (!node.joined).then_some(false),
    }
}
