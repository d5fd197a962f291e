//! Agents: what a node does with the tasks that it is given.
//!
//! Upstream: `agent/worker.go`, and below it Docker's executor. `task_manager` walks a task
//! through its states, `controller` does the engine's work, `container` lives and ends, `health`
//! and `image` know when, `timing` says how long things take.
//!
//! Left out for now: mounts, start errors, the removal of containers.

mod container;
mod controller;
mod health;
mod image;
mod task_manager;
mod timing;

pub use container::{Container, container_id};
pub use image::familiar;
pub use timing::Timing;
use timing::boot_ns;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use image::ImageCache;
use task_manager::TaskManager;

use crate::ids::{NodeId, TaskId};
use crate::kernel::{Event, Kernel, Timer};
use crate::model::{Task, TaskState, TaskStatus};

/// The agent of one node, and the machine under it.
#[derive(Clone, Debug, Default)]
pub struct Agent {
    tasks: BTreeMap<TaskId, TaskManager>,
    images: ImageCache,
    power: Power,
    /// The end of a boot.
    boot: Option<Timer>,
}

/// Whether a machine is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Power {
    #[default]
    On,
    Booting,
    Off,
    /// It is on, and its engine is this node no longer.
    Left,
}

/// A report of an agent.
#[derive(Clone, Debug)]
pub struct Report {
    /// The node it comes from.
    pub node: NodeId,
    /// The task.
    pub task: TaskId,
    /// What was observed.
    pub status: TaskStatus,
}

impl Agent {
    /// Takes a new or a changed assignment.
    pub fn assign(&mut self, kernel: &mut Kernel, node: NodeId, task: &Task) -> Vec<Report> {
        let mut reports = Vec::new();
        let manager = self
            .tasks
            .entry(task.id)
            .or_insert_with(|| TaskManager::new(node, task));
        manager.assign(kernel, &mut self.images, task.desired_state, &mut reports);
        if task.desired_state >= TaskState::Shutdown && !kernel.settings.images.is_empty() {
            self.cancel_pull(kernel, &task.spec.container.image);
        }
        reports
    }

    /// Ends a pull for which nobody waits any more.
    fn cancel_pull(&mut self, kernel: &Kernel, reference: &str) {
        let name = familiar(reference);
        if !self.tasks.values().any(|other| other.needs_image(&name)) {
            self.images.cancel(kernel.now, reference);
        }
    }

    /// Forgets a task that is no longer in the store; its container goes, too.
    pub fn withdraw(&mut self, kernel: &mut Kernel, task: TaskId) {
        if let Some(mut manager) = self.tasks.remove(&task) {
            manager.abandon(&mut kernel.queue);
        }
    }

    /// Forgets every task that is not listed: what a session begins with is complete.
    pub fn keep_only(&mut self, kernel: &mut Kernel, tasks: &[Arc<Task>]) {
        let kept: BTreeSet<TaskId> = tasks.iter().map(|task| task.id).collect();
        self.tasks.retain(|id, manager| {
            let is_kept = kept.contains(id);
            if !is_kept {
                manager.abandon(&mut kernel.queue);
            }
            is_kept
        });
    }

    /// An operation is done, or something has happened to a container.
    pub fn on_step(&mut self, kernel: &mut Kernel, task: TaskId) -> Vec<Report> {
        let mut reports = Vec::new();
        if let Some(manager) = self.tasks.get_mut(&task) {
            manager.on_step(kernel, &mut self.images, &mut reports);
        }
        reports
    }

    /// The tasks that the agent has, with the states that it knows.
    pub fn tasks(&self) -> impl Iterator<Item = (TaskId, TaskState)> {
        self.tasks
            .iter()
            .map(|(&id, manager)| (id, manager.status.state))
    }

    /// The container of a task.
    pub fn container(&self, task: TaskId) -> Option<&Container> {
        self.tasks.get(&task)?.controller.container.as_ref()
    }

    /// Whether the engine answers.
    pub fn is_up(&self) -> bool {
        self.power == Power::On
    }

    /// The machine loses its power. Says whether its engine was up.
    pub(crate) fn crash(&mut self, kernel: &mut Kernel) -> Option<bool> {
        if self.power == Power::Off {
            return None;
        }
        let was_up = self.is_up();
        self.power = Power::Off;
        if let Some(boot) = self.boot.take() {
            kernel.queue.cancel(boot);
        }
        self.images.crash(kernel.now);
        for manager in self.tasks.values_mut() {
            manager.crash(kernel);
        }
        Some(was_up)
    }

    /// The engine turns its back on the swarm, and its containers go. Says whether it was up.
    pub(crate) fn leave(&mut self, kernel: &mut Kernel) -> bool {
        let was_up = self.is_up();
        self.power = Power::Left;
        if let Some(boot) = self.boot.take() {
            kernel.queue.cancel(boot);
        }
        for manager in self.tasks.values_mut() {
            manager.abandon(&mut kernel.queue);
        }
        self.tasks.clear();
        was_up
    }

    /// The machine is another node from now on: its images are there, too.
    pub(crate) fn hand_over_images(&mut self, to: &mut Self) {
        to.images = std::mem::take(&mut self.images);
    }

    /// The machine gets its power back. Says whether it had lost it.
    pub(crate) fn recover(&mut self, kernel: &mut Kernel, node: NodeId) -> bool {
        if self.power != Power::Off {
            return false;
        }
        self.power = Power::Booting;
        let delay_ns = boot_ns(&kernel.settings, node);
        self.boot = Some(kernel.after(delay_ns, Event::NodeBooted { node }));
        true
    }

    /// The engine is up again and goes on with the tasks that it remembers.
    pub(crate) fn on_booted(&mut self, kernel: &mut Kernel) -> Vec<Report> {
        self.power = Power::On;
        self.boot = None;
        let mut reports = Vec::new();
        for manager in self.tasks.values_mut() {
            manager.proceed(kernel, &mut self.images, &mut reports);
        }
        reports
    }

    /// Kills the process of a task's container. Says whether there was one.
    pub(crate) fn kill(&mut self, kernel: &mut Kernel, task: TaskId) -> bool {
        let manager = self.tasks.get_mut(&task);
        manager.is_some_and(|manager| manager.kill(kernel))
    }
}
