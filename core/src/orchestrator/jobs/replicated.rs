//! Replicated jobs: so many executions in all, so many at once.
//!
//! Upstream: `manager/orchestrator/jobs/replicated/reconciler.go`. Every execution has a slot of
//! its own, from 0, and the job is done when each slot has a task that is complete. The numbers
//! wrap as upstream's do: what comes out too large is refused.

use std::fmt;
use std::sync::Arc;

use super::{iteration, raise_desired_state, restart_tasks};
use crate::collections::BTreeSet;
use crate::kernel::Kernel;
use crate::model::{Service, TaskState};
use crate::orchestrator::restart::RestartSupervisor;
use crate::orchestrator::task::new_task;

/// More tasks are active than the job could ever have, so the number of new ones is below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Underflow(pub u64);

impl fmt::Display for Underflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "uint64 underflow, we're not going to create {} tasks",
            self.0
        )
    }
}

/// Creates what is missing, replaces what failed, removes what belongs to earlier executions.
pub fn reconcile(
    kernel: &mut Kernel,
    restart: &mut RestartSupervisor,
    service: &Service,
    max_concurrent: u64,
    total_completions: u64,
) -> Result<(), Underflow> {
    let iteration = iteration(service);
    let mut slots = BTreeSet::new();
    let (mut active_count, mut done_count) = (0_u64, 0_u64);
    let (mut failed, mut outdated) = (Vec::new(), Vec::new());
    for task in kernel.store.tasks_of_service(service.id) {
        let (state, desired) = (task.status.state, task.desired_state);
        if task.job_iteration != Some(iteration) {
            // What is finished stays.
            if task.job_iteration.is_some()
                && state <= TaskState::Running
                && desired != TaskState::Remove
            {
                outdated.push(task.id);
            }
            continue;
        }
        match state {
            TaskState::Complete => {
                done_count += 1;
                slots.insert(task.slot);
            }
            _ if desired <= TaskState::Complete => {
                active_count += 1;
                slots.insert(task.slot);
                if state > TaskState::Complete {
                    failed.push(task.id);
                }
            }
            _ => {}
        }
    }
    let possible_count = max_concurrent.wrapping_sub(active_count);
    let allowed_count = total_completions
        .wrapping_sub(done_count)
        .wrapping_sub(active_count);
    let new_count = possible_count.min(allowed_count);
    if new_count > total_completions {
        return Err(Underflow(new_count));
    }
    let Kernel {
        store, queue, now, ..
    } = kernel;
    let (now, cluster) = (*now, Arc::clone(store.cluster()));
    let mut batch = store.batch(now);
    let mut free = (0..total_completions).filter(|slot| !slots.contains(slot));
    for _ in 0..new_count {
        // When no slot is free it is the first again.
        let slot = free.next().unwrap_or(0);
        let mut task = new_task(&cluster, service, slot, None, now);
        task.desired_state = TaskState::Complete;
        batch.update(|tx| tx.create_task(task));
    }
    restart_tasks(&mut batch, queue, restart, service, &failed);
    raise_desired_state(&mut batch, &outdated, TaskState::Remove);
    batch.commit();
    Ok(())
}
