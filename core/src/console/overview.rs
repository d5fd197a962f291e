//! The swarm at a glance, and the names in it.

use std::fmt::Write as _;

use super::Console;
use super::present::Present;
use crate::model::{Node, ServiceMode, Task, TaskState};
use crate::store::Store;

/// Overviews have so many rows; docker's tables have them all.
const ROW_COUNT_MAX: usize = 200;

impl Console {
    fn store(&self) -> &Store {
        &self.present.simulation.swarm().kernel.store
    }

    pub(super) fn node_names(&self) -> Vec<String> {
        let setups = self.present.scenario.nodes.iter();
        setups.map(|setup| setup.name.clone()).collect()
    }

    pub(super) fn service_names(&self) -> Vec<String> {
        let services = self.store().services();
        services.map(|service| service.name().to_owned()).collect()
    }

    pub(super) fn task_names(&self) -> Vec<String> {
        let tasks = self.store().tasks().filter(|task| is_wanted(task));
        tasks.map(|task| name(self.store(), task)).collect()
    }

    /// Services and nodes, a line each.
    pub(super) fn status(&self) -> String {
        let store = self.store();
        let mut text = String::new();
        for service in store.services().take(ROW_COUNT_MAX) {
            let running = store
                .tasks_of_service(service.id)
                .filter(|task| is_wanted(task) && task.status.state == TaskState::Running)
                .count();
            let wanted = match service.spec.mode {
                ServiceMode::Replicated { replicas } => format!("{running}/{replicas}"),
                mode => format!("{running} ({})", mode.as_str()),
            };
            let _ = writeln!(text, "service {:<20} {wanted} running", service.name());
        }
        for node in store.nodes().take(ROW_COUNT_MAX) {
            let tasks = store.tasks_of_node(node.id);
            let count = tasks.filter(|task| is_wanted(task)).count();
            let (state, availability) = (node.status.state, node.spec.availability);
            let noun = if count == 1 { "task" } else { "tasks" };
            let hostname = node.hostname();
            let _ = writeln!(
                text,
                "node    {hostname:<20} {state}, {availability}, {count} {noun}"
            );
        }
        text
    }

    /// The managers as raft knows them, a line each.
    pub(super) fn raft(&self) -> String {
        let kernel = &self.present.simulation.swarm().kernel;
        let hostname = |id| {
            let node = kernel.store.node(id);
            node.map_or("?", |node| node.hostname()).to_owned()
        };
        kernel.raft.table(hostname, kernel.now)
    }

    /// The tasks that are wanted, a line each.
    pub(super) fn tasks(&self) -> String {
        let store = self.store();
        let mut text = String::new();
        for task in store
            .tasks()
            .filter(|task| is_wanted(task))
            .take(ROW_COUNT_MAX)
        {
            let node = task.node_id.and_then(|id| store.node(id));
            let node = node.map_or("-", |node| Node::hostname(node));
            let state = task.status.state;
            let _ = write!(text, "{:<20} {state:<10} {node}", name(store, task));
            let _ = match task.status.err.as_str() {
                "" => writeln!(text),
                error => writeln!(text, "  {error}"),
            };
        }
        text
    }
}

impl Present {
    /// Whether every service has the tasks that it asks for, and all of them run.
    pub(super) fn is_converged(&self) -> bool {
        let store = &self.simulation.swarm().kernel.store;
        let runs = |task: &Task| task.status.state >= TaskState::Running;
        store
            .tasks()
            .filter(|task| is_wanted(task))
            .all(|task| runs(task))
            && store.services().all(|service| match service.spec.mode {
                ServiceMode::Replicated { replicas } => {
                    let tasks = store.tasks_of_service(service.id);
                    tasks.filter(|task| is_wanted(task)).count() as u64 == replicas
                }
                _ => true,
            })
    }
}

fn is_wanted(task: &Task) -> bool {
    task.desired_state <= TaskState::Running
}

fn name(store: &Store, task: &Task) -> String {
    let service = task.service_id.and_then(|id| store.service(id));
    let node = task.node_id.and_then(|id| store.node(id));
    task.name_in(service.map(|own| &**own), node.map(|own| &**own))
}
