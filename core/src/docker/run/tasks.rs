//! Lists of tasks: which are listed, and what is shown of each.
//!
//! Upstream: docker/cli `cli/command/task`, moby `daemon/cluster/filters.go`, SwarmKit
//! `manager/controlapi/task.go`.

use super::find;
use crate::docker::Outcome;
use crate::docker::print::{TaskListOptions, TaskRow};
use crate::docker::values::Filter;
use crate::ids::{NodeId, ServiceId};
use crate::kernel::Kernel;
use crate::model::{Task, TaskState};

/// Conditions on tasks: several of one key are alternatives, keys add up.
pub(super) struct TaskFilters<'f> {
    filters: &'f [Filter],
    nodes: Vec<NodeId>,
    services: Vec<ServiceId>,
    states: Vec<TaskState>,
}

impl<'f> TaskFilters<'f> {
    /// Looks up what is named, and refuses what is not known.
    pub(super) fn read(
        kernel: &Kernel,
        at: NodeId,
        filters: &'f [Filter],
    ) -> Result<Self, Outcome> {
        let known = [
            "id",
            "name",
            "label",
            "service",
            "node",
            "desired-state",
            "_up-to-date",
            "runtime",
        ];
        let unknown = filters.iter().find(|it| !known.contains(&it.key.as_str()));
        if let Some(unknown) = unknown {
            let message = format!("invalid filter '{}'", unknown.key);
            return Err(Outcome::refused_by_daemon(message));
        }
        let mut read = Self {
            filters,
            nodes: Vec::new(),
            services: Vec::new(),
            states: Vec::new(),
        };
        for Filter { key, value } in filters {
            match key.as_str() {
                "node" => read.nodes.push(find::node(kernel, value, Some(at))?.id),
                "service" => read.services.push(find::service(kernel, value)?.id),
                _ => {}
            }
        }
        for Filter { key, value } in filters {
            if key == "desired-state" && !value.is_empty() {
                let word = value.to_ascii_lowercase();
                let state = TaskState::ALL
                    .iter()
                    .find(|it| it.as_str() == word)
                    .copied();
                read.states.push(state.ok_or_else(|| {
                    let message = format!("Invalid desired-state filter: '{value}'");
                    Outcome::refused_by_daemon(message)
                })?);
            }
        }
        Ok(read)
    }

    /// The services that are named.
    pub(super) fn services(&self) -> impl Iterator<Item = ServiceId> {
        self.services.iter().copied()
    }

    /// The nodes that are named.
    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.nodes.iter().copied()
    }

    /// Whether a task is listed, wherever it is and whosever it is.
    fn passes(&self, kernel: &Kernel, task: &Task) -> bool {
        let any = |key: &str, holds: &dyn Fn(&str) -> bool| {
            let mut values = self.filters.iter().filter(|it| it.key == key).peekable();
            values.peek().is_none() || values.any(|filter| holds(&filter.value))
        };
        let service = task.service_id.and_then(|id| kernel.store.service(id));
        let has_label = |filter: &Filter| {
            let (key, value) = filter.value.split_once('=').unwrap_or((&filter.value, ""));
            let labels = service.map(|service| &service.spec.annotations.labels);
            let found = labels.and_then(|labels| labels.get(key));
            found.is_some_and(|found| value.is_empty() || found == value)
        };
        let mut labels = self.filters.iter().filter(|it| it.key == "label");
        (self.states.is_empty() || self.states.contains(&task.desired_state))
            && any("id", &|value| kernel.ids.text(task.id).starts_with(value))
            && any("name", &|value| {
                find::task_name(kernel, task).starts_with(value)
            })
            && any("runtime", &|value| value == "container")
            && labels.all(has_label)
    }

    /// Whether a task of a service that is listed is listed itself.
    pub(super) fn pass(&self, kernel: &Kernel, task: &Task) -> bool {
        let is_there = || task.node_id.is_some_and(|node| self.nodes.contains(&node));
        (self.nodes.is_empty() || is_there()) && self.passes(kernel, task)
    }

    /// Whether a task on a node that is listed is listed itself.
    pub(super) fn pass_on_node(&self, kernel: &Kernel, task: &Task) -> bool {
        let is_of = || {
            task.service_id
                .is_some_and(|id| self.services.contains(&id))
        };
        (self.services.is_empty() || is_of()) && self.passes(kernel, task)
    }
}

/// What a table shows of a task.
pub(super) fn task_row(kernel: &Kernel, task: &Task, options: &TaskListOptions) -> TaskRow {
    let service = task.service_id.and_then(|id| kernel.store.service(id));
    let service_name = match (service, task.service_id) {
        (Some(service), _) if !options.no_resolve => service.name().to_owned(),
        (_, Some(id)) => kernel.ids.text(id),
        (_, None) => String::new(),
    };
    let place = match (task.slot, task.node_id) {
        (0, Some(node)) => kernel.ids.text(node),
        (slot, _) => slot.to_string(),
    };
    let node = match task.node_id.map(|id| (id, kernel.store.node(id))) {
        Some((_, Some(node))) if !options.no_resolve => node.hostname().to_owned(),
        Some((id, _)) => kernel.ids.text(id),
        None => String::new(),
    };
    let ports = task.endpoint.iter().flat_map(|endpoint| &endpoint.ports);
    let host_ports = ports
        .filter(|port| port.publish_mode == crate::model::PublishMode::Host)
        .copied();
    TaskRow {
        id: kernel.ids.text(task.id),
        name: format!("{service_name}.{place}"),
        created_at: task.meta.created_at,
        image: task.spec.container.image.clone(),
        node,
        desired_state: task.desired_state,
        state: task.status.state,
        age_ns: kernel.now.since(task.status.timestamp),
        error: task.status.err.to_string(),
        // Ports are told by the agent while the task runs.
        ports: match task.status.state {
            TaskState::Running => host_ports.collect(),
            _ => Vec::new(),
        },
    }
}
