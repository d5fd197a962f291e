//! The allocator: makes new tasks ready to be scheduled.
//!
//! Upstream: `manager/allocator/network.go`. At each commit the new tasks get the ports of their
//! service and become PENDING.
//!
//! Left out for now: networks, addresses and VIPs, dynamic ports.

use crate::ids::TaskId;
use crate::kernel::Kernel;
use crate::model::{TaskState, Text};
use crate::store::{Change, Delta};

const MESSAGE_PENDING: Text = Text::constant("pending task scheduling");

/// The allocator of a leader.
#[derive(Clone, Debug, Default)]
pub struct Allocator {
    /// Tasks that have come in since the last commit.
    new_tasks: Vec<TaskId>,
}

impl Allocator {
    /// An allocator that has just become responsible for the cluster in the store.
    pub fn start(kernel: &mut Kernel) -> Self {
        let tasks = kernel.store.tasks();
        let new = tasks.filter(|task| task.status.state == TaskState::New);
        let mut allocator = Self {
            new_tasks: new.map(|task| task.id).collect(),
        };
        allocator.on_commit(kernel);
        allocator
    }

    /// Reacts to one change in the store.
    pub fn on_change(&mut self, change: &Change) {
        if let Change::Task(Delta::Created(task)) = change
            && task.status.state == TaskState::New
        {
            self.new_tasks.push(task.id);
        }
    }

    /// Reacts to the end of a transaction.
    pub fn on_commit(&mut self, kernel: &mut Kernel) {
        if self.new_tasks.is_empty() {
            return;
        }
        let now = kernel.now;
        let mut batch = kernel.store.batch(now);
        for id in self.new_tasks.drain(..) {
            batch.update(|tx| {
                let Some(task) = tx.store().task(id) else {
                    return;
                };
                if task.status.state != TaskState::New {
                    return;
                }
                let service = task
                    .service_id
                    .and_then(|service| tx.store().service(service));
                let endpoint = service.and_then(|service| service.endpoint.clone());
                tx.update_task(id, |task| {
                    if endpoint.is_some() {
                        task.endpoint = endpoint;
                    }
                    task.status.state = TaskState::Pending;
                    task.status.message = MESSAGE_PENDING;
                    task.status.timestamp = now;
                });
            });
        }
        batch.commit();
    }
}
