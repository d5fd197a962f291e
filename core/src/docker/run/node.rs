//! `docker node`.

use super::{find, join, service};
use crate::control;
use crate::docker::Outcome;
use crate::docker::node::{NodeLs, NodePs, NodeUpdate};
use crate::docker::print::{self, ManagerStatus, NodeRow};
use crate::docker::values::Filter;
use crate::ids::NodeId;
use crate::kernel::Kernel;
use crate::model::{Node, NodeRole};

/// `docker node ls`
pub(super) fn ls(kernel: &Kernel, at: NodeId, command: &NodeLs) -> Outcome {
    if let Some(unknown) = command
        .filters
        .iter()
        .find(|filter| !is_known_filter(&filter.key))
    {
        return Outcome::refused_by_daemon(format!("invalid filter '{}'", unknown.key));
    }
    let nodes = kernel
        .store
        .nodes()
        .filter(|node| passes(kernel, node, &command.filters));
    let rows = nodes.map(|node| row(kernel, node, at)).collect();
    match print::node_ls(rows, &command.format, command.quiet) {
        Ok(text) => Outcome::printed(text),
        Err(refusal) => refusal,
    }
}

fn row(kernel: &Kernel, node: &Node, at: NodeId) -> NodeRow {
    let engine = node
        .description
        .as_ref()
        .and_then(|description| description.engine.as_ref());
    // With one manager the one that exists leads.
    let manager = (node.role == NodeRole::Manager).then_some(ManagerStatus::Leader);
    NodeRow {
        id: kernel.ids.text(node.id),
        is_self: node.id == at,
        hostname: node.hostname().to_owned(),
        state: node.status.state,
        availability: node.spec.availability,
        manager,
        engine_version: engine
            .map(|engine| engine.engine_version.clone())
            .unwrap_or_default(),
    }
}

fn is_known_filter(key: &str) -> bool {
    matches!(
        key,
        "id" | "name" | "label" | "node.label" | "role" | "membership"
    )
}

/// Values of one key are alternatives, except for labels; keys add up.
fn passes(kernel: &Kernel, node: &Node, filters: &[Filter]) -> bool {
    let keys = ["id", "name", "role", "membership"];
    let alternatives = keys.into_iter().all(|key| {
        let mut values = filters.iter().filter(|filter| filter.key == key).peekable();
        values.peek().is_none()
            || values.any(|filter| match key {
                "id" => kernel.ids.text(node.id).starts_with(&filter.value),
                "name" => node.hostname().starts_with(&filter.value),
                "role" => node.role.as_str() == filter.value,
                _ => filter.value == "accepted",
            })
    });
    let labels = filters
        .iter()
        .filter(|filter| filter.key == "node.label")
        .all(|filter| {
            let (key, value) = filter.value.split_once('=').unwrap_or((&filter.value, ""));
            let found = node.spec.annotations.labels.get(key);
            found.is_some_and(|found| value.is_empty() || found == value)
        });
    alternatives && labels
}

/// `docker node update`
pub(super) fn update(kernel: &mut Kernel, command: &NodeUpdate) -> Outcome {
    let changed = find::node(kernel, &command.node, None).and_then(|node| {
        let spec = command.apply(&node.spec)?;
        if spec.desired_role != node.spec.desired_role {
            return Err(Outcome::refused(
                "docker node update --role is not simulated yet",
            ));
        }
        control::update_node(kernel, node.id, node.meta.version, spec)
            .map_err(|error| Outcome::refused_by_daemon(error.to_string()))
    });
    match changed {
        Ok(()) => Outcome::printed(format!("{}\n", command.node)),
        Err(refusal) => refusal,
    }
}

/// `docker node ps`
pub(super) fn ps(kernel: &Kernel, at: NodeId, command: &NodePs) -> Outcome {
    let mut rows = Vec::new();
    let mut refusals = Vec::new();
    for name in &command.nodes {
        match find::node(kernel, name, Some(at)) {
            Ok(node) => {
                let tasks = kernel.store.tasks_of_node(node.id);
                rows.extend(tasks.map(|task| service::task_row(kernel, task, &command.options)));
            }
            Err(refusal) => refusals.push(refusal),
        }
    }
    let table = print::task_ls(rows, &command.options);
    join(std::iter::once(table.map_or_else(|refusal| refusal, Outcome::printed)).chain(refusals))
}
