//! A worker of an update: what is done for one slot.
//!
//! A slot in which a task of the new spec is already wanted keeps it and loses the others. In any
//! other slot a new task is created: it takes over when the old one has stopped, or before.

use std::sync::Arc;

use crate::ids::TaskId;
use crate::kernel::{Kernel, Timer};
use crate::model::{Service, ServiceMode, Task, TaskState, UpdateOrder};
use crate::orchestrator::dirty::is_task_dirty;
use crate::orchestrator::restart::RestartSupervisor;
use crate::orchestrator::slot::Slot;
use crate::orchestrator::task::new_task;
use crate::store::Transaction;

/// What a worker does.
#[derive(Clone, Debug, Default)]
pub(super) enum Worker {
    /// It has no slot.
    #[default]
    Idle,
    /// A task of the slot that was there before waits until it may run.
    Keeping {
        /// The task.
        task: TaskId,
    },
    /// A new task of the slot waits until it may run, and then until it does or has ended.
    Replacing {
        /// The task.
        task: TaskId,
        /// The slot as it was.
        slot: Slot,
    },
    /// It waits before it takes another slot.
    Resting {
        /// Until then.
        timer: Timer,
    },
}

/// What was to be done for a slot cannot be done; it stays as it is.
#[derive(Debug)]
struct Refused;

/// The task that a slot keeps: one of the new spec that is wanted. Only what runs is worth looking
/// no further.
fn task_to_keep<'s>(kernel: &Kernel, service: &Service, slot: &'s Slot) -> Option<&'s Arc<Task>> {
    let mut kept = None;
    for task in &slot.tasks {
        if is_task_dirty(&kernel.store, &kernel.ids, service, task) {
            continue;
        }
        if task.desired_state == TaskState::Running {
            return Some(task);
        }
        if task.desired_state < TaskState::Running {
            kept = Some(task);
        }
    }
    kept
}

/// Begins with a slot. The worker is idle again if nothing has to be waited for.
pub(super) fn begin(
    kernel: &mut Kernel,
    restart: &mut RestartSupervisor,
    service: &Service,
    order: UpdateOrder,
    slot: Slot,
) -> Worker {
    if let Some(task) = task_to_keep(kernel, service, &slot).cloned() {
        return keep(kernel, restart, &slot, &task);
    }
    match replace(kernel, restart, service, order, &slot) {
        Ok(task) => Worker::Replacing { task, slot },
        Err(Refused) => Worker::Idle,
    }
}

/// The slot keeps a task and loses the others.
fn keep(
    kernel: &mut Kernel,
    restart: &mut RestartSupervisor,
    slot: &Slot,
    kept: &Arc<Task>,
) -> Worker {
    let others = slot.tasks.iter().filter(|task| task.id != kept.id);
    let others: Vec<Arc<Task>> = others.cloned().collect();
    let removed = kernel
        .store
        .update(kernel.now, |tx| shut_down_old(tx, &others));
    match removed {
        Ok(old) if kept.desired_state != TaskState::Running => {
            let old = still_running(old);
            restart.delay_start(&mut kernel.queue, kernel.now, kept.id, 0, old);
            Worker::Keeping { task: kept.id }
        }
        _ => Worker::Idle,
    }
}

/// The slot gets a new task.
fn replace(
    kernel: &mut Kernel,
    restart: &mut RestartSupervisor,
    service: &Service,
    order: UpdateOrder,
    slot: &Slot,
) -> Result<TaskId, Refused> {
    let first = slot.tasks.first().ok_or(Refused)?;
    let is_global = matches!(service.spec.mode, ServiceMode::Global);
    let node = first.node_id.filter(|_| is_global);
    let now = kernel.now;
    let (task, old) = kernel.store.update(now, |tx| {
        if tx.store().service(service.id).is_none() {
            return Err(Refused);
        }
        let mut task = new_task(tx.store().cluster(), service, first.slot, node, now);
        task.desired_state = TaskState::Ready;
        let task = tx.create_task(task);
        let old = match order {
            UpdateOrder::StopFirst => shut_down_old(tx, &slot.tasks)?,
            UpdateOrder::StartFirst => None,
        };
        Ok((task, old))
    })?;
    restart.delay_start(&mut kernel.queue, now, task, 0, still_running(old));
    Ok(task)
}

/// The old tasks of a slot whose new task runs are stopped.
pub(super) fn stop_old(kernel: &mut Kernel, slot: &Slot) {
    // What was stopped by somebody else meanwhile is no matter.
    let _: Result<_, Refused> = kernel
        .store
        .update(kernel.now, |tx| shut_down_old(tx, &slot.tasks));
}

/// Old tasks are not wanted any more. Says which was the last one that was until now; an error if
/// there were some to stop and none of them could be.
fn shut_down_old(
    tx: &mut Transaction<'_>,
    tasks: &[Arc<Task>],
) -> Result<Option<Arc<Task>>, Refused> {
    let mut last = None;
    let mut is_refused = false;
    for old in tasks {
        if old.desired_state > TaskState::Running {
            continue;
        }
        let is_wanted = tx
            .store()
            .task(old.id)
            .is_some_and(|task| task.desired_state <= TaskState::Running);
        if is_wanted {
            tx.update_task(old.id, |task| task.desired_state = TaskState::Shutdown);
            last = Some(Arc::clone(old));
        } else {
            is_refused = true;
        }
    }
    if last.is_none() && is_refused {
        return Err(Refused);
    }
    Ok(last)
}

/// The task that has to stop first, if it had not when the update began.
fn still_running(old: Option<Arc<Task>>) -> Option<TaskId> {
    old.filter(|task| task.status.state <= TaskState::Running)
        .map(|task| task.id)
}
