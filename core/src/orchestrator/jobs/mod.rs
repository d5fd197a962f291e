//! The orchestrator of jobs: services whose tasks are meant to end.
//!
//! Upstream: `manager/orchestrator/jobs`. One orchestrator with two ways to reconcile:
//! [`replicated`] runs so many executions, so many of them at once; [`global`] runs one on every
//! node. It acts when a job is created or updated and when a task of a job ended that was meant to
//! go on, and hears of nothing else. Tasks are made for one iteration of the job: every update of
//! the service begins another.
//!
//! What looks wrong here is so upstream. A job takes no notice of nodes that are lost, drained or
//! new: that waits for the next event of the job. A failed task that its policy gives up is
//! forgotten, so that the next reconcile puts a new one in its slot: with several failing slots
//! that goes on for ever. Slots count from 0.

pub mod global;
pub mod replicated;

use super::restart::RestartSupervisor;
use super::service::remove_tasks_of_service;
use super::task_init::check_tasks;
use crate::ids::{ServiceId, TaskId};
use crate::kernel::Kernel;
use crate::model::{JobIteration, Service, ServiceMode, TaskState};
use crate::store::{Batch, Change, Delta};

/// The orchestrator of the jobs of a leader.
#[derive(Clone, Debug, Default)]
pub struct JobsOrchestrator {
    /// Replaces its tasks.
    pub restart: RestartSupervisor,
}

/// The execution that a job is in.
fn iteration(service: &Service) -> JobIteration {
    service
        .job_status
        .map_or_else(JobIteration::default, |status| status.iteration)
}

impl JobsOrchestrator {
    /// An orchestrator that has just become responsible for the cluster in the store.
    pub fn start(kernel: &mut Kernel) -> Self {
        let mut orchestrator = Self::default();
        let restart = &mut orchestrator.restart;
        let is_replicated =
            |service: &Service| matches!(service.spec.mode, ServiceMode::ReplicatedJob { .. });
        // What failed meanwhile is seen when the jobs are reconciled.
        check_tasks(kernel, restart, is_replicated, |_, _| {});
        let is_global = |service: &Service| service.spec.mode == ServiceMode::GlobalJob;
        check_tasks(kernel, restart, is_global, global::shut_down_if_misplaced);
        let jobs = kernel
            .store
            .services()
            .filter(|service| service.spec.mode.is_job());
        for job in jobs.map(|service| service.id).collect::<Vec<_>>() {
            orchestrator.reconcile(kernel, job);
        }
        orchestrator
    }

    /// Reacts to one change in the store.
    pub fn on_change(&mut self, kernel: &mut Kernel, change: &Change) {
        self.restart.on_change(kernel, change);
        match change {
            Change::Service(delta) if delta.object().spec.mode.is_job() => {
                let service = delta.object().id;
                if delta.present().is_some() {
                    self.reconcile(kernel, service);
                } else {
                    remove_tasks_of_service(kernel, service);
                    self.restart.forget_service(service);
                }
            }
            Change::Task(Delta::Updated { new, .. })
                if new.status.state > TaskState::Running && new.is_wanted() =>
            {
                if let Some(service) = new.service_id {
                    self.reconcile(kernel, service);
                }
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, kernel: &mut Kernel, id: ServiceId) {
        let Some(service) = kernel.store.service(id).cloned() else {
            return;
        };
        match service.spec.mode {
            ServiceMode::ReplicatedJob {
                max_concurrent,
                total_completions,
            } => {
                let (restart, service) = (&mut self.restart, &service);
                // Upstream writes the refusal to its log, and that is all.
                let _ = replicated::reconcile(
                    kernel,
                    restart,
                    service,
                    max_concurrent,
                    total_completions,
                );
            }
            ServiceMode::GlobalJob => global::reconcile(kernel, &mut self.restart, &service),
            ServiceMode::Replicated { .. } | ServiceMode::Global => {}
        }
    }
}

/// Hands tasks that ended to the restart supervisor, if they are still meant to go on.
fn restart_tasks(
    batch: &mut Batch<'_>,
    queue: &mut crate::kernel::EventQueue<crate::kernel::Event>,
    restart: &mut RestartSupervisor,
    service: &Service,
    tasks: &[TaskId],
) {
    for &id in tasks {
        batch.update(|tx| {
            let task = tx.store().task(id).cloned();
            if let Some(task) = task.filter(|task| task.is_wanted()) {
                restart.restart(tx, queue, service, &task);
            }
        });
    }
}

/// Gives tasks a desired state that lies above the one they have.
fn raise_desired_state(batch: &mut Batch<'_>, tasks: &[TaskId], desired: TaskState) {
    for &id in tasks {
        batch.update(|tx| {
            let task = tx.store().task(id);
            if task.is_some_and(|task| task.desired_state < desired) {
                tx.update_task(id, |task| task.desired_state = desired);
            }
        });
    }
}
