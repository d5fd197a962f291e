//! The global orchestrator: keeps one task of a service on every node that may have one.
//!
//! Upstream: `manager/orchestrator/global`. Its tasks are bound to a node from the beginning; the
//! scheduler only confirms them. A node that comes back is brought up to date at once, without the
//! updater. Services and nodes are read from the store instead of being kept; upstream's slip of
//! judging the tasks of one service by the status of another is not repeated.

use std::sync::Arc;

use super::dirty::is_task_dirty;
use super::restart::RestartSupervisor;
use super::service::remove_tasks_of_service;
use super::slot::{Slot, updatable_tasks};
use super::task::{is_invalid_node, new_task, node_meets, parse_constraints, shut_down};
use super::task_init::check_tasks;
use super::update::{SlotOrder, UpdateSupervisor};
use crate::collections::{BTreeMap, BTreeSet};
use crate::ids::{NodeId, ServiceId, TaskId};
use crate::kernel::Kernel;
use crate::model::{Availability, Node, Service, ServiceMode, SlotKey, Task, TaskState};
use crate::store::{Change, Delta, Store};

/// The orchestrator of global services of a leader.
#[derive(Clone, Debug, Default)]
pub struct GlobalOrchestrator {
    /// Replaces its tasks.
    pub restart: RestartSupervisor,
    /// Updates its services.
    pub updates: UpdateSupervisor,
    restart_tasks: BTreeSet<TaskId>,
}

fn is_global(service: &Service) -> bool {
    matches!(service.spec.mode, ServiceMode::Global)
}

fn global_services(store: &Store) -> Vec<Arc<Service>> {
    let services = store.services();
    services
        .filter(|service| is_global(service))
        .cloned()
        .collect()
}

/// The global service of a task.
fn service_of(store: &Store, task: &Task) -> Option<Arc<Service>> {
    let service = store.service(task.service_id?)?;
    is_global(service).then(|| Arc::clone(service))
}

impl GlobalOrchestrator {
    /// An orchestrator that has just become responsible for the cluster in the store.
    pub fn start(kernel: &mut Kernel) -> Self {
        let mut orchestrator = Self::default();
        let Self {
            restart,
            restart_tasks,
            ..
        } = &mut orchestrator;
        check_tasks(kernel, restart, is_global, |tx, task| {
            if task.desired_state > TaskState::Running {
                return;
            }
            let node = task.node_id.and_then(|node| tx.store().node(node));
            if is_invalid_node(node) {
                shut_down(tx, task.id);
            } else if task.status.state > TaskState::Running {
                restart_tasks.insert(task.id);
            }
        });
        orchestrator.tick_tasks(kernel);
        for service in global_services(&kernel.store) {
            orchestrator.reconcile_service(kernel, &service);
        }
        orchestrator
    }

    /// Reacts to one change in the store.
    pub fn on_change(&mut self, kernel: &mut Kernel, change: &Change) {
        self.restart.on_change(kernel, change);
        match change {
            Change::Service(delta) if is_global(delta.object()) => {
                self.service_changed(kernel, delta.object().id);
            }
            Change::Node(Delta::Deleted(node)) => delete_tasks_of_node(kernel, node.id),
            Change::Node(delta) => self.reconcile_node(kernel, delta.object().id),
            Change::Task(Delta::Updated { new, .. })
                if new.desired_state <= TaskState::Running
                    && new.status.state > TaskState::Running
                    && service_of(&kernel.store, new).is_some() =>
            {
                self.restart_tasks.insert(new.id);
            }
            Change::Task(Delta::Deleted(task)) => self.restart.cancel(&mut kernel.queue, task.id),
            _ => {}
        }
        self.tick_tasks(kernel);
    }

    /// Lets updates react to a transaction, when the tasks that ended in it have been replaced.
    pub fn watch_updates(&mut self, kernel: &mut Kernel, changes: &[Change]) {
        self.updates.on_commit(kernel, &mut self.restart, changes);
    }

    fn service_changed(&mut self, kernel: &mut Kernel, id: ServiceId) {
        if let Some(service) = kernel.store.service(id).cloned() {
            self.reconcile_service(kernel, &service);
        } else {
            remove_tasks_of_service(kernel, id);
            self.restart.forget_service(id);
        }
    }

    /// Makes the tasks of one service right, on all nodes.
    fn reconcile_service(&mut self, kernel: &mut Kernel, service: &Arc<Service>) {
        let constraints = parse_constraints(&service.spec.task.placement.constraints);
        let Kernel {
            store, now, ids, ..
        } = kernel;
        let (now, cluster) = (*now, Arc::clone(store.cluster()));
        let mut by_node: BTreeMap<NodeId, Vec<Arc<Task>>> = BTreeMap::new();
        for task in store.tasks_of_service(service.id) {
            if let Some(node) = task.node_id {
                by_node.entry(node).or_default().push(Arc::clone(task));
            }
        }
        let nodes = store.nodes().filter(|node| !is_invalid_node(Some(*node)));
        let nodes: Vec<Arc<Node>> = nodes.cloned().collect();
        let mut slots = Vec::new();
        let mut batch = store.batch(now);
        for node in nodes {
            let tasks = by_node.remove(&node.id).unwrap_or_default();
            let tasks = updatable_tasks(&self.restart, service, &tasks);
            if !node_meets(&constraints, &node, ids) {
                for task in tasks {
                    batch.update(|tx| shut_down(tx, task.id));
                }
            } else if node.spec.availability == Availability::Pause {
                // Whatever is there stays as it is.
            } else if tasks.is_empty() {
                let task = new_task(&cluster, service, 0, Some(node.id), now);
                batch.update(|tx| tx.create_task(task));
            } else {
                let key = SlotKey::Node(node.id);
                slots.push(Slot { key, tasks });
            }
        }
        // What is left is on nodes that may have no tasks.
        for tasks in by_node.into_values() {
            for task in updatable_tasks(&self.restart, service, &tasks) {
                batch.update(|tx| shut_down(tx, task.id));
            }
        }
        batch.commit();
        if !slots.is_empty() {
            let (updates, restart) = (&mut self.updates, &mut self.restart);
            updates.update(kernel, restart, service, slots, SlotOrder::Any);
        }
    }

    /// Makes the tasks on one node right, of all services.
    fn reconcile_node(&mut self, kernel: &mut Kernel, id: NodeId) {
        let Some(node) = kernel.store.node(id).cloned() else {
            return;
        };
        let services = global_services(&kernel.store);
        let Kernel {
            store, now, ids, ..
        } = kernel;
        let (now, cluster) = (*now, Arc::clone(store.cluster()));
        let mut batch = store.batch(now);
        for service in services {
            let constraints = parse_constraints(&service.spec.task.placement.constraints);
            batch.update(|tx| {
                let tasks = tx.store().tasks_of_node(id);
                let tasks = tasks.filter(|task| task.service_id == Some(service.id));
                let tasks: Vec<Arc<Task>> = tasks.cloned().collect();
                if is_invalid_node(Some(&node)) {
                    for task in tasks {
                        shut_down(tx, task.id);
                    }
                    return;
                }
                // Where constraints do not hold any more the constraint enforcer acts.
                if node.spec.availability == Availability::Pause
                    || !node_meets(&constraints, &node, ids)
                {
                    return;
                }
                let mut keeps_one = false;
                for task in updatable_tasks(&self.restart, &service, &tasks) {
                    if keeps_one || is_task_dirty(tx.store(), ids, &service, &task) {
                        shut_down(tx, task.id);
                    } else {
                        keeps_one = true;
                    }
                }
                if !keeps_one {
                    tx.create_task(new_task(&cluster, &service, 0, Some(id), now));
                }
            });
        }
        batch.commit();
    }

    fn tick_tasks(&mut self, kernel: &mut Kernel) {
        let tasks = std::mem::take(&mut self.restart_tasks);
        self.restart.restart_all(kernel, tasks, |tx, ids, task| {
            let service = service_of(tx.store(), task)?;
            let node = tx.store().node(task.node_id?)?.clone();
            if is_invalid_node(Some(&node)) {
                return None;
            }
            let constraints = parse_constraints(&service.spec.task.placement.constraints);
            if node.spec.availability == Availability::Pause
                || !node_meets(&constraints, &node, ids)
            {
                shut_down(tx, task.id);
                return None;
            }
            Some(service)
        });
    }
}

/// The tasks of a node that is gone go with it.
fn delete_tasks_of_node(kernel: &mut Kernel, node: NodeId) {
    let store = &kernel.store;
    let tasks = store.tasks_of_node(node);
    let tasks = tasks.filter(|task| service_of(store, task).is_some());
    let tasks: Vec<TaskId> = tasks.map(|task| task.id).collect();
    let mut batch = kernel.store.batch(kernel.now);
    for id in tasks {
        batch.update(|tx| tx.delete_task(id));
    }
    batch.commit();
}
