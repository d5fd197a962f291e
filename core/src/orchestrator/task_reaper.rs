//! The task reaper: deletes tasks that nobody needs any more.
//!
//! Upstream: `manager/orchestrator/taskreaper/task_reaper.go`. Tasks that were to be removed and
//! have stopped go at once; of the tasks that ended in a slot only the last few are kept. The work
//! is done a moment after something gave cause for it.

use std::sync::Arc;

use crate::collections::{BTreeSet, Order as _};
use crate::ids::{ServiceId, TaskId};
use crate::kernel::{Event, Kernel, Timer};
use crate::model::{ServiceMode, SlotKey, Task, TaskState};
use crate::store::{Change, Delta, Store};
use crate::time::MILLISECOND;

/// Causes are gathered for so long (`reaperBatchingInterval`).
pub const BATCH_INTERVAL_NS: u64 = 250 * MILLISECOND;
/// Or until there are more than so many (`maxDirty`).
pub const DIRTY_COUNT_MAX: usize = 1000;

/// The reaper of a leader.
#[derive(Clone, Debug, Default)]
pub struct TaskReaper {
    dirty: BTreeSet<(ServiceId, SlotKey)>,
    cleanup: BTreeSet<TaskId>,
    timer: Option<Timer>,
    saw_cause: bool,
}

/// Whether a task shall be forgotten and has nothing left to stop.
fn is_removable(task: &Task) -> bool {
    let state = task.status.state;
    task.desired_state == TaskState::Remove
        && (state < TaskState::Assigned || state >= TaskState::Complete)
}

fn is_orphan(task: &Task) -> bool {
    task.service_id.is_none() && task.status.state >= TaskState::Orphaned
}

impl TaskReaper {
    /// A reaper that has just become responsible for the cluster in the store.
    pub fn start(kernel: &mut Kernel) -> Self {
        let mut reaper = Self::default();
        let tasks = kernel.store.tasks();
        let gone = tasks.filter(|task| is_removable(task) || is_orphan(task));
        reaper.cleanup = gone.map(|task| task.id).collect();
        reaper.clean(kernel);
        reaper
    }

    /// Reacts to one change in the store.
    pub fn on_change(&mut self, change: &Change) {
        match change {
            Change::Task(Delta::Created(task)) => {
                self.saw_cause = true;
                if let Some(service) = task.service_id {
                    self.dirty.insert((service, task.slot_key()));
                }
            }
            Change::Task(Delta::Updated { new, .. }) => {
                self.saw_cause = true;
                if is_removable(new) || is_orphan(new) {
                    self.cleanup.insert(new.id);
                }
            }
            Change::Cluster(_) => self.saw_cause = true,
            _ => {}
        }
    }

    /// Reacts to the end of a transaction: cleans, or gathers.
    pub fn on_commit(&mut self, kernel: &mut Kernel) {
        if !std::mem::take(&mut self.saw_cause) {
            return;
        }
        if self.dirty.len() + self.cleanup.len() > DIRTY_COUNT_MAX {
            self.stop(kernel);
            self.clean(kernel);
        } else if self.timer.is_none() {
            // Also with nothing to clean yet: what comes meanwhile is cleaned when this timer fires.
            self.timer = Some(kernel.after(BATCH_INTERVAL_NS, Event::ReapTasks));
        }
    }

    /// The moment has passed.
    pub fn on_timer(&mut self, kernel: &mut Kernel) {
        self.timer = None;
        self.clean(kernel);
    }

    /// Takes the timer back.
    pub fn stop(&mut self, kernel: &mut Kernel) {
        if let Some(timer) = self.timer.take() {
            kernel.queue.cancel(timer);
        }
    }

    fn clean(&mut self, kernel: &mut Kernel) {
        let mut doomed = std::mem::take(&mut self.cleanup);
        let store = &kernel.store;
        self.dirty.retain(|&(service, slot)| {
            let (gone, is_settled) = history_to_delete(store, service, slot);
            doomed.extend(gone);
            !is_settled
        });
        if doomed.is_empty() {
            return;
        }
        let mut batch = kernel.store.batch(kernel.now);
        for id in doomed {
            batch.update(|tx| tx.delete_task(id));
        }
        batch.commit();
    }
}

/// The tasks of a slot that are too many, and whether the slot need not be looked at again.
fn history_to_delete(store: &Store, service: ServiceId, slot: SlotKey) -> (Vec<TaskId>, bool) {
    let Some(object) = store.service(service) else {
        return (Vec::new(), true);
    };
    if object.spec.mode.is_job() {
        return (Vec::new(), true);
    }
    let attempts = object
        .spec
        .task
        .restart
        .map_or(0, |policy| policy.max_attempts);
    let limit = if attempts > 0 {
        usize::try_from(attempts)
            .unwrap_or(usize::MAX)
            .saturating_add(1)
    } else {
        let limit = store
            .cluster()
            .spec
            .orchestration
            .task_history_retention_limit;
        let Ok(limit) = usize::try_from(limit) else {
            return (Vec::new(), true);
        };
        limit
    };
    let mut tasks: Vec<&Arc<Task>> = match (object.spec.mode, slot) {
        // The tasks of a slot may have been indexed before they had a node.
        (ServiceMode::Replicated { .. }, slot) => store.tasks_of_slot(service, slot).collect(),
        (_, SlotKey::Node(node)) => store
            .tasks_of_node(node)
            .filter(|task| task.service_id == Some(service))
            .collect(),
        _ => Vec::new(),
    };
    if tasks.len() <= limit {
        return (Vec::new(), true);
    }
    tasks.order_by_key(|task| (task.status_time(), task.id));
    let mut excess = tasks.len() - limit;
    let mut doomed = Vec::new();
    let mut running = 0;
    for task in tasks {
        if excess == 0 {
            break;
        }
        let state = task.status.state;
        let is_over = state > TaskState::Running;
        let never_runs = state < TaskState::Assigned && task.desired_state > TaskState::Running;
        if is_over || never_runs {
            doomed.push(task.id);
            excess -= 1;
        } else {
            running += 1;
        }
    }
    (doomed, running <= 1)
}
