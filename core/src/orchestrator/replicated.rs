//! The replicated orchestrator: keeps as many live slots as the service wants replicas.
//!
//! Upstream: `manager/orchestrator/replicated`. Events only note what has to be looked at; the
//! work is done when a transaction is complete: first the tasks that need a replacement, then the
//! services whose number of slots is not right.

use std::sync::Arc;

use super::restart::RestartSupervisor;
use super::service::remove_tasks_of_service;
use super::slot::{self, Slot};
use super::task::{is_invalid_node, is_on_invalid_node, new_task};
use super::task_init::check_tasks;
use super::update::{SlotOrder, UpdateSupervisor};
use crate::collections::{BTreeMap, BTreeSet};
use crate::ids::{NodeId, ServiceId, TaskId};
use crate::kernel::Kernel;
use crate::model::{Service, ServiceMode, SlotKey, Task, TaskState};
use crate::store::{Change, Delta, Store};

/// The orchestrator of replicated services of a leader.
#[derive(Clone, Debug, Default)]
pub struct ReplicatedOrchestrator {
    /// Replaces its tasks.
    pub restart: RestartSupervisor,
    /// Updates its services.
    pub updates: UpdateSupervisor,
    restart_tasks: BTreeSet<TaskId>,
    reconcile_services: BTreeSet<ServiceId>,
}

fn replicas(service: &Service) -> Option<u64> {
    match service.spec.mode {
        ServiceMode::Replicated { replicas } => Some(replicas),
        _ => None,
    }
}

/// Whether a task is meant to run and cannot where it is.
fn needs_restart(store: &Store, task: &Task) -> bool {
    task.desired_state <= TaskState::Running
        && (task.status.state > TaskState::Running || is_on_invalid_node(store, task))
}

impl ReplicatedOrchestrator {
    /// An orchestrator that has just become responsible for the cluster in the store.
    pub fn start(kernel: &mut Kernel) -> Self {
        let mut orchestrator = Self::default();
        let Self {
            restart,
            restart_tasks,
            ..
        } = &mut orchestrator;
        let is_replicated = |service: &Service| replicas(service).is_some();
        check_tasks(kernel, restart, is_replicated, |tx, task| {
            if needs_restart(tx.store(), task) {
                restart_tasks.insert(task.id);
            }
        });
        let services = kernel.store.services();
        let replicated = services.filter(|service| replicas(service).is_some());
        orchestrator.reconcile_services = replicated.map(|service| service.id).collect();
        orchestrator.on_commit(kernel);
        orchestrator
    }

    /// Reacts to one change in the store.
    pub fn on_change(&mut self, kernel: &mut Kernel, change: &Change) {
        self.restart.on_change(kernel, change);
        match change {
            Change::Service(delta) => self.service_changed(kernel, delta),
            Change::Task(delta) => self.task_changed(kernel, delta),
            Change::Node(delta) => {
                let node = delta.object();
                if delta.present().is_none() || is_invalid_node(delta.present()) {
                    self.node_lost(&kernel.store, node.id);
                }
            }
            _ => {}
        }
    }

    fn service_changed(&mut self, kernel: &mut Kernel, delta: &Delta<Service>) {
        let service = delta.object();
        if replicas(service).is_none() {
            return;
        }
        if delta.present().is_some() {
            self.reconcile_services.insert(service.id);
        } else {
            self.reconcile_services.remove(&service.id);
            remove_tasks_of_service(kernel, service.id);
            self.restart.forget_service(service.id);
        }
    }

    fn task_changed(&mut self, kernel: &mut Kernel, delta: &Delta<Task>) {
        let Kernel { store, queue, .. } = kernel;
        let task = delta.object();
        let is_runnable = task.desired_state <= TaskState::Running;
        if delta.present().is_none() {
            let service = task.service_id.and_then(|id| store.service(id));
            if let Some(service) = service.filter(|service| replicas(service).is_some()) {
                if is_runnable {
                    self.reconcile_services.insert(service.id);
                }
                self.restart.cancel(queue, task.id);
            }
        } else if needs_restart(store, task) {
            self.restart_tasks.insert(task.id);
        }
    }

    fn node_lost(&mut self, store: &Store, node: NodeId) {
        for task in store.tasks_of_node(node) {
            let service = task.service_id.and_then(|id| store.service(id));
            let is_replicated = service.is_some_and(|service| replicas(service).is_some());
            if is_replicated && task.desired_state <= TaskState::Running {
                self.restart_tasks.insert(task.id);
            }
        }
    }

    /// Reacts to the end of a transaction.
    pub fn on_commit(&mut self, kernel: &mut Kernel) {
        self.tick_tasks(kernel);
        for id in std::mem::take(&mut self.reconcile_services) {
            if let Some(service) = kernel.store.service(id).cloned() {
                self.reconcile(kernel, &service);
            }
        }
    }

    /// Lets updates react to a transaction, when the tasks that ended in it have been replaced.
    pub fn watch_updates(&mut self, kernel: &mut Kernel, changes: &[Change]) {
        self.updates.on_commit(kernel, &mut self.restart, changes);
    }

    fn tick_tasks(&mut self, kernel: &mut Kernel) {
        let tasks = std::mem::take(&mut self.restart_tasks);
        self.restart.restart_all(kernel, tasks, |tx, _, task| {
            let service = tx.store().service(task.service_id?)?;
            replicas(service).map(|_| Arc::clone(service))
        });
    }

    /// Makes the number of live slots right.
    fn reconcile(&mut self, kernel: &mut Kernel, service: &Arc<Service>) {
        let Some(wanted) = replicas(service) else {
            return;
        };
        let (mut live, mut dead) = self.classify(&kernel.store, service);
        let wanted_count = usize::try_from(wanted).unwrap_or(usize::MAX);
        if live.len() == wanted_count {
            delete_all(kernel, dead);
            self.update(kernel, service, live, SlotOrder::Any);
            return;
        }
        if live.len() > wanted_count {
            slot::sort_for_removal(&mut live);
            let removed = live.split_off(wanted_count);
            delete_all(kernel, dead);
            remove_slots(kernel, removed);
            self.update(kernel, service, live, SlotOrder::Given);
            return;
        }
        let used: BTreeSet<SlotKey> = live.iter().map(|slot| slot.key).collect();
        let missing_count = wanted_count - live.len();
        let Kernel { store, now, .. } = kernel;
        let (now, cluster) = (*now, Arc::clone(store.cluster()));
        let mut batch = store.batch(now);
        let free = (1..).filter(|&number| !used.contains(&SlotKey::Slot(number)));
        for number in free.take(missing_count) {
            // The tasks of a dead slot that is used again stay as its history.
            dead.remove(&SlotKey::Slot(number));
            batch.update(|tx| tx.create_task(new_task(&cluster, service, number, None, now)));
        }
        for task in dead.into_values().flatten() {
            batch.update(|tx| tx.delete_task(task.id));
        }
        batch.commit();
        self.update(kernel, service, live, SlotOrder::Any);
    }

    /// Hands the live slots over. Upstream only starts the updater before it goes on with its own
    /// work, which is done before any worker has come to write something.
    fn update(
        &mut self,
        kernel: &mut Kernel,
        service: &Arc<Service>,
        slots: Vec<Slot>,
        order: SlotOrder,
    ) {
        let restart = &mut self.restart;
        self.updates.update(kernel, restart, service, slots, order);
    }

    /// Live slots with the tasks that count, and the tasks of dead ones.
    fn classify(
        &self,
        store: &Store,
        service: &Service,
    ) -> (Vec<Slot>, BTreeMap<SlotKey, Vec<Arc<Task>>>) {
        let mut by_slot: BTreeMap<SlotKey, Vec<Arc<Task>>> = BTreeMap::new();
        for task in store.tasks_of_service(service.id) {
            // A replicated task keeps its slot number whatever its node.
            by_slot
                .entry(SlotKey::Slot(task.slot))
                .or_default()
                .push(Arc::clone(task));
        }
        let mut live = Vec::new();
        let mut dead = BTreeMap::new();
        for (key, tasks) in by_slot {
            let updatable = slot::updatable_tasks(&self.restart, service, &tasks);
            if updatable.is_empty() {
                dead.insert(key, tasks);
            } else {
                live.push(Slot {
                    key,
                    tasks: updatable,
                });
            }
        }
        (live, dead)
    }
}

/// Deletes the tasks of slots that nobody lives in.
fn delete_all(kernel: &mut Kernel, dead: BTreeMap<SlotKey, Vec<Arc<Task>>>) {
    let mut batch = kernel.store.batch(kernel.now);
    for task in dead.into_values().flatten() {
        batch.update(|tx| tx.delete_task(task.id));
    }
    batch.commit();
}

/// The tasks of slots that are one too many are to be stopped and forgotten.
fn remove_slots(kernel: &mut Kernel, slots: Vec<Slot>) {
    let mut batch = kernel.store.batch(kernel.now);
    for task in slots.into_iter().flat_map(|slot| slot.tasks) {
        batch.update(|tx| {
            tx.update_task(task.id, |task| {
                task.desired_state = task.desired_state.max(TaskState::Remove);
            })
        });
    }
    batch.commit();
}
