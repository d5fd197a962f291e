//! `docker node`.

use super::tasks::{TaskFilters, task_row};
use super::{find, join};
use crate::collections::Order as _;
use crate::control;
use crate::docker::Outcome;
use crate::docker::node::{NodeLs, NodePs, NodeRm, NodeRoleChange, NodeUpdate};
use crate::docker::print::{self, ManagerStatus, NodeRow};
use crate::docker::values::Filter;
use crate::ids::NodeId;
use crate::kernel::Kernel;
use crate::model::{Labels, Node, NodeRole, NodeSpec};
use crate::raft::Reachability;

/// What a node is among the managers, as they see it. A swarm without members of raft (a test of
/// components) has the one manager that it has.
pub fn manager_status(kernel: &Kernel, node: &Node) -> Option<ManagerStatus> {
    if kernel.raft.is_empty() {
        return (node.role == NodeRole::Manager).then_some(ManagerStatus::Leader);
    }
    let (leads, reachability) = kernel.raft.standing(node.id, kernel.now)?;
    Some(match reachability {
        _ if leads => ManagerStatus::Leader,
        Reachability::Reachable => ManagerStatus::Reachable,
        Reachability::Unreachable => ManagerStatus::Unreachable,
    })
}

/// `docker node ls`
pub(super) fn ls(kernel: &Kernel, at: NodeId, command: &NodeLs) -> Outcome {
    if let Some(unknown) = command
        .filters
        .iter()
        .find(|filter| !is_known_filter(&filter.key))
    {
        return Outcome::refused_by_daemon(format!("invalid filter '{}'", unknown.key));
    }
    if let Some(refusal) = wrong_value(&command.filters) {
        return refusal;
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
    NodeRow {
        id: kernel.ids.text(node.id),
        is_self: node.id == at,
        hostname: node.hostname().to_owned(),
        state: node.status.state,
        availability: node.spec.availability,
        manager: manager_status(kernel, node),
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

/// A word that its filter does not know.
fn wrong_value(filters: &[Filter]) -> Option<Outcome> {
    let is_wrong = |filter: &&Filter| match filter.key.as_str() {
        _ if filter.value.is_empty() => false,
        "role" => NodeRole::parse(&filter.value.to_ascii_lowercase()).is_none(),
        "membership" => {
            let word = filter.value.to_ascii_lowercase();
            !matches!(word.as_str(), "accepted" | "pending")
        }
        _ => false,
    };
    filters.iter().find(is_wrong).map(|filter| {
        let Filter { key, value } = filter;
        Outcome::refused_by_daemon(format!("Invalid {key} filter: '{value}'"))
    })
}

/// Values of one key are alternatives, except for labels; keys add up.
fn passes(kernel: &Kernel, node: &Node, filters: &[Filter]) -> bool {
    let keys = ["id", "name", "role", "membership"];
    let alternatives = keys.into_iter().all(|key| {
        // A role or a membership that is empty is none that is asked for.
        let is_asked = |filter: &&Filter| {
            filter.key == key && (matches!(key, "id" | "name") || !filter.value.is_empty())
        };
        let mut values = filters.iter().filter(is_asked).peekable();
        values.peek().is_none()
            || values.any(|filter| match key {
                "id" => kernel.ids.text(node.id).starts_with(&filter.value),
                "name" => node.hostname().starts_with(&filter.value),
                "role" => node.role.as_str() == filter.value.to_ascii_lowercase(),
                _ => filter.value.eq_ignore_ascii_case("accepted"),
            })
    });
    let engine = node.description.as_ref().and_then(|it| it.engine.as_ref());
    let has_label = |labels: &Labels, filter: &Filter| {
        let (key, value) = filter.value.split_once('=').unwrap_or((&filter.value, ""));
        let found = labels.get(key);
        found.is_some_and(|found| value.is_empty() || found == value)
    };
    let labels = filters.iter().all(|filter| match filter.key.as_str() {
        "label" => engine.is_some_and(|engine| has_label(&engine.labels, filter)),
        "node.label" => has_label(&node.spec.annotations.labels, filter),
        _ => true,
    });
    alternatives && labels
}

/// `docker node update`
pub(super) fn update(kernel: &mut Kernel, command: &NodeUpdate) -> Outcome {
    let changed = find::node(kernel, &command.node, None).and_then(|node| {
        let spec = command.apply(&node.spec)?;
        write(kernel, &node, spec)
    });
    match changed {
        Ok(()) => Outcome::printed(format!("{}\n", command.node)),
        Err(refusal) => refusal,
    }
}

/// Writes another spec of a node.
fn write(kernel: &mut Kernel, node: &Node, spec: NodeSpec) -> Result<(), Outcome> {
    control::check_demotion(kernel, node, &spec)
        .and_then(|()| control::update_node(kernel, node.id, node.meta.version, spec))
        .map_err(|error| Outcome::refused_by_daemon(error.to_string()))
}

/// `docker node promote` and `docker node demote`. The first failure ends the command.
pub(super) fn change_role(kernel: &mut Kernel, command: &NodeRoleChange) -> Outcome {
    let mut printed = Outcome::default();
    for name in &command.nodes {
        let changed = find::node(kernel, name, None).and_then(|node| {
            if node.spec.desired_role == command.role {
                return Ok(command.already(&kernel.ids.text(node.id)));
            }
            let mut spec = node.spec.clone();
            spec.desired_role = command.role;
            write(kernel, &node, spec).map(|()| command.done(name))
        });
        match changed {
            Ok(line) => printed.stdout += &line,
            Err(refusal) => return join([printed, refusal]),
        }
    }
    printed
}

/// `docker node rm`
pub(super) fn rm(kernel: &mut Kernel, command: &NodeRm) -> Outcome {
    join(command.nodes.iter().map(|name| {
        let removed = find::node(kernel, name, None).and_then(|node| {
            control::remove_node(kernel, node.id, command.force)
                .map_err(|error| Outcome::refused_by_daemon(error.to_string()))
        });
        match removed {
            Ok(()) => Outcome::printed(format!("{name}\n")),
            Err(refusal) => refusal,
        }
    }))
}

/// `docker node ps`
pub(super) fn ps(kernel: &Kernel, at: NodeId, command: &NodePs) -> Outcome {
    let mut nodes = Vec::new();
    let mut refusals = Vec::new();
    for name in &command.nodes {
        match find::node(kernel, name, Some(at)) {
            Ok(node) => nodes.push(node.id),
            Err(refusal) => refusals.push(refusal),
        }
    }
    let mut rows = Vec::new();
    // The engine is asked once for each node that there is.
    if !nodes.is_empty() {
        let filters = match TaskFilters::read(kernel, at, &command.filters) {
            Ok(filters) => filters,
            Err(refusal) => return refusal,
        };
        nodes.extend(filters.nodes());
        nodes.order();
        nodes.dedup();
        for node in nodes {
            let tasks = kernel.store.tasks_of_node(node);
            let listed = tasks.filter(|task| filters.pass_on_node(kernel, task));
            rows.extend(listed.map(|task| task_row(kernel, task, &command.options)));
        }
    }
    if rows.is_empty() && !refusals.is_empty() {
        return join(refusals);
    }
    let table = print::task_ls(rows, &command.options);
    join(std::iter::once(table.map_or_else(|refusal| refusal, Outcome::printed)).chain(refusals))
}
