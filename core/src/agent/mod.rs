//! Agents: what a node does with the tasks that it is given.
//!
//! Upstream: `agent/worker.go`, and below it Docker's executor. `task_manager` walks a task
//! through its states, `controller` does the engine's work, `container` lives and ends, `health`
//! and `image` know when, `timing` says how long things take.
//!
//! Left out for now: start errors, the removal of containers.

mod container;
mod controller;
mod health;
mod image;
mod process;
mod program;
mod task_manager;
#[cfg(test)]
mod tests;
mod timing;
mod volume;

use container::Ending;
pub use container::{Container, HealthState, Reception, container_id, container_name, hostname_of};
pub use image::familiar;
pub(crate) use image::of as image_of;
pub(crate) use process::Process;
pub use timing::Timing;
use timing::boot_ns;
pub use volume::{LOCAL, LocalVolume, LocalVolumes};

use std::sync::Arc;

use image::ImageCache;
use task_manager::TaskManager;

use crate::collections::{BTreeMap, BTreeSet};
use crate::ids::{NodeId, ServiceId, TaskId};
use crate::kernel::{Event, Kernel, Settings, Timer};
use crate::model::{PortConfig, Task, TaskSpec, TaskState, TaskStatus};
use crate::scenario::Image;
use crate::time::SimTime;

/// The agent of one node, and the machine under it.
#[derive(Clone, Debug, Default)]
pub struct Agent {
    tasks: BTreeMap<TaskId, TaskManager>,
    images: ImageCache,
    power: Power,
    /// The end of a boot.
    boot: Option<Timer>,
    /// How the engine ended, if it ended without its machine and has not come back.
    engine_end: Option<EngineEnd>,
}

/// Whether a machine is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Power {
    #[default]
    On,
    Booting,
    Off,
    /// It is on, without an engine.
    WithoutEngine,
    /// It is on, and its engine is this node no longer.
    Left,
}

/// How an engine ends while its machine stays on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EngineEnd {
    /// It is killed: its containers run on.
    Killed,
    /// It is told to stop, and stops its containers.
    Stopped,
}

/// A container, and what is known on its node of the task that it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct ContainerOf<'a> {
    /// The task.
    pub task: TaskId,
    /// Its service.
    pub service: Option<ServiceId>,
    /// What the service was called when the task came.
    pub service_name: &'a str,
    /// Its slot; 0 for a task that belongs to the node.
    pub slot: u64,
    /// What it runs.
    pub spec: &'a TaskSpec,
    /// The ports of the task.
    pub ports: &'a [PortConfig],
    /// The container.
    pub container: &'a Container,
}

impl ContainerOf<'_> {
    /// The number of its process; 0 while there is none.
    pub fn pid_at(&self, now: SimTime) -> u32 {
        self.container.pid_at(self.task, now)
    }
}

/// A report of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
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
            .or_insert_with(|| TaskManager::new(kernel, node, task));
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

    /// How all tasks are, as an agent says it when a session begins.
    pub(crate) fn report_all(&self, node: NodeId) -> Vec<Report> {
        let tasks = self.tasks.iter();
        tasks
            .map(|(&task, manager)| Report {
                node,
                task,
                status: manager.status.clone(),
            })
            .collect()
    }

    /// The tasks that the agent has, with the states that it knows.
    pub fn tasks(&self) -> impl Iterator<Item = (TaskId, TaskState)> {
        self.tasks
            .iter()
            .map(|(&id, manager)| (id, manager.status.state))
    }

    /// The container of a task, unless somebody has removed it.
    pub fn container(&self, task: TaskId) -> Option<&Container> {
        let container = self.tasks.get(&task)?.controller.container.as_ref();
        container.filter(|container| !container.is_removed)
    }

    /// Every container, in order of the tasks.
    pub fn containers(&self) -> impl Iterator<Item = ContainerOf<'_>> {
        let tasks = self.tasks.iter();
        tasks.filter_map(|(&task, manager)| {
            let controller = &manager.controller;
            let owner = &controller.owner;
            Some(ContainerOf {
                task,
                service: owner.service,
                service_name: &owner.service_name,
                slot: owner.slot,
                spec: &controller.spec,
                ports: owner.endpoint.as_ref().map_or(&[], |it| &it.ports),
                container: self.container(task)?,
            })
        })
    }

    /// How many images the engine has: those that it has loaded, those that its containers were
    /// made of, and those that the scenario puts on every node.
    pub fn image_count(&self, settings: &Settings, now: SimTime) -> u64 {
        let mut names: BTreeSet<&str> = self.images.names(now).collect();
        let is_everywhere =
            |image: &Image| !image.missing && (image.preloaded || image.size.is_none());
        let everywhere = settings.images.iter();
        let everywhere = everywhere.filter(|(_, image)| is_everywhere(image));
        names.extend(everywhere.map(|(name, _)| name.as_str()));
        let used: BTreeSet<String> = self
            .containers()
            .map(|of| familiar(&of.spec.container.image))
            .collect();
        names.extend(used.iter().map(String::as_str));
        names.len() as u64
    }

    /// Whether the engine answers.
    pub fn is_up(&self) -> bool {
        self.power == Power::On
    }

    /// Whether the machine is on, whatever its engine does.
    pub fn has_power(&self) -> bool {
        match self.power {
            Power::On | Power::WithoutEngine | Power::Left => true,
            Power::Booting => self.engine_end.is_some(),
            Power::Off => false,
        }
    }

    /// The engine ends, and its machine stays on. False if it does not run.
    pub(crate) fn end_engine(&mut self, kernel: &mut Kernel, how: EngineEnd) -> bool {
        if !self.is_up() {
            return false;
        }
        self.power = Power::WithoutEngine;
        self.engine_end = Some(how);
        self.images.crash(kernel.now);
        for manager in self.tasks.values_mut() {
            manager.end_engine(kernel, how);
        }
        true
    }

    /// The machine loses its power. Says whether its engine was up.
    pub(crate) fn crash(&mut self, kernel: &mut Kernel) -> Option<bool> {
        if matches!(self.power, Power::Off | Power::Left) {
            return None;
        }
        let was_up = self.is_up();
        self.power = Power::Off;
        self.engine_end = None;
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
        self.drop_all(kernel);
        was_up
    }

    /// The disk is empty.
    pub(crate) fn forget_images(&mut self) {
        self.images = ImageCache::default();
    }

    /// The engine gives up all tasks in good order, as it does when it stops: their containers go.
    pub(crate) fn drop_all(&mut self, kernel: &mut Kernel) {
        for manager in self.tasks.values_mut() {
            manager.abandon(&mut kernel.queue);
        }
        self.tasks.clear();
    }

    /// The machine is another node from now on: its images are there, too.
    pub(crate) fn hand_over_images(&mut self, to: &mut Self) {
        to.images = std::mem::take(&mut self.images);
    }

    /// The machine gets its power back, or its engine is started again. Says whether it had lost it.
    pub(crate) fn recover(&mut self, kernel: &mut Kernel, node: NodeId) -> bool {
        if !matches!(self.power, Power::Off | Power::WithoutEngine) {
            return false;
        }
        self.power = Power::Booting;
        let delay_ns = boot_ns(kernel, node);
        self.boot = Some(kernel.after(delay_ns, Event::NodeBooted { node }));
        true
    }

    /// The engine is up again, and nothing else.
    pub(crate) fn power_on(&mut self) {
        self.power = Power::On;
        self.boot = None;
    }

    /// The engine is up again and goes on with the tasks that it remembers.
    pub(crate) fn on_booted(&mut self, kernel: &mut Kernel) -> Vec<Report> {
        self.power_on();
        let mut reports = Vec::new();
        match self.engine_end.take() {
            // What it stopped it looks at when it is told again what is wanted.
            Some(EngineEnd::Stopped) => return reports,
            // It does not know its containers any more, and ends what is left of them.
            Some(EngineEnd::Killed) => {
                for manager in self.tasks.values_mut() {
                    manager.crash(kernel);
                }
            }
            None => {}
        }
        for manager in self.tasks.values_mut() {
            manager.proceed(kernel, &mut self.images, &mut reports);
        }
        reports
    }

    /// Asks the process of a task's container to stop, with a signal (SIGTERM when empty), and
    /// kills it after a while, if at all. When it has ended, if that is known.
    pub(crate) fn stop(
        &mut self,
        kernel: &mut Kernel,
        task: TaskId,
        signal: &str,
        grace_ns: Option<u64>,
    ) -> Option<SimTime> {
        let ending = Ending { signal, grace_ns };
        self.tasks.get_mut(&task)?.stop(kernel, &ending)
    }

    /// Kills the process of a task's container after a while: when it has ended.
    pub(crate) fn kill_after(
        &mut self,
        kernel: &mut Kernel,
        task: TaskId,
        grace_ns: u64,
    ) -> Option<SimTime> {
        self.tasks.get_mut(&task)?.kill_after(kernel, grace_ns)
    }

    /// Removes the container of a task. Its process must have ended.
    pub(crate) fn remove_container(&mut self, task: TaskId) {
        let manager = self.tasks.get_mut(&task);
        if let Some(container) = manager.and_then(|it| it.controller.container.as_mut()) {
            container.is_removed = true;
        }
    }

    /// Kills the process of a task's container. Says whether there was one.
    pub(crate) fn kill(&mut self, kernel: &mut Kernel, task: TaskId) -> bool {
        let manager = self.tasks.get_mut(&task);
        manager.is_some_and(|manager| manager.kill(kernel))
    }
}
