//! What an orchestrator does with the tasks that it finds when it becomes responsible.
//!
//! Upstream: `manager/orchestrator/taskinit/init.go`. Tasks of services that are gone are deleted.
//! Starts that the leader before had delayed are delayed again, counted from the last change of
//! the task's status; the old task is not waited for any more. The history of restarts is guessed
//! from the tasks that are still there.

use std::sync::Arc;

use super::restart::{RestartSupervisor, place_of, start_now};
use super::task::restart_policy;
use crate::collections::{BTreeMap, Order as _};
use crate::ids::ServiceId;
use crate::kernel::{Event, EventQueue, Kernel};
use crate::model::{Service, SlotKey, Task, TaskState};
use crate::store::Transaction;

/// Looks at every task of the services for which `is_related` says yes. `fix` is told each of
/// them; it may write, or note the task for a restart.
pub fn check_tasks(
    kernel: &mut Kernel,
    restart: &mut RestartSupervisor,
    is_related: impl Fn(&Service) -> bool,
    mut fix: impl FnMut(&mut Transaction<'_>, &Task),
) {
    let tasks: Vec<Arc<Task>> = kernel.store.tasks().cloned().collect();
    if tasks.is_empty() {
        return;
    }
    let Kernel {
        store, queue, now, ..
    } = kernel;
    let mut slots: BTreeMap<(ServiceId, SlotKey), Vec<Arc<Task>>> = BTreeMap::new();
    let mut batch = store.batch(*now);
    for task in tasks {
        let Some(service) = task.service_id else {
            continue;
        };
        batch.update(|tx| {
            let Some(object) = tx.store().service(service).cloned() else {
                tx.delete_task(task.id);
                return;
            };
            if is_related(&object) {
                fix(tx, &task);
                resume_start(tx, queue, restart, &task);
                let place = place_of(&object, &task);
                let slot = slots.entry((service, place)).or_default();
                slot.push(task);
            }
        });
    }
    batch.commit();
    for ((service, _), tasks) in slots {
        if let Some(service) = store.service(service) {
            rebuild_history(restart, service, tasks);
        }
    }
}

/// Delays the start of a task anew, if the leader before had not let it go.
fn resume_start(
    tx: &mut Transaction<'_>,
    queue: &mut EventQueue<Event>,
    restart: &mut RestartSupervisor,
    task: &Task,
) {
    let present = tx.store().task(task.id).map(|task| task.desired_state);
    if present != Some(TaskState::Ready) || task.status.state > TaskState::Complete {
        return;
    }
    let now = tx.now();
    let delay_ns = restart_policy(task).delay_ns;
    let over_at = task.status_time() + delay_ns;
    let remaining_ns = over_at.0.saturating_sub(now.0).min(delay_ns);
    if remaining_ns > 0 {
        restart.delay_start(queue, now, task.id, remaining_ns, None);
    } else {
        start_now(tx, task.id);
    }
}

/// Of the tasks with the newest spec in a slot all but the first are taken for restarts.
fn rebuild_history(restart: &mut RestartSupervisor, service: &Service, mut tasks: Vec<Arc<Task>>) {
    let newest = tasks.iter().filter_map(|task| task.spec_version).max();
    tasks.retain(|task| task.spec_version.is_some() && task.spec_version == newest);
    tasks.order_by_key(|task| (task.meta.created_at, task.id));
    for task in tasks.iter().skip(1) {
        restart.record(service, task, task.meta.created_at);
    }
}
