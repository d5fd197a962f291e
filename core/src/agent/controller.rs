//! What the engine does for one task: prepare, start, wait, stop.
//!
//! Upstream: `moby daemon/cluster/executor/container/controller.go`. Left out: waiting for
//! addresses and volumes, start errors.

use super::EngineEnd;
use super::container::{Container, Ending, UNSEEN, container_name};
use super::health;
use super::image::ImageCache;
use super::timing;
use crate::ids::{NodeId, ServiceId, TaskId};
use crate::kernel::Kernel;
use crate::model::{Endpoint, PublishMode, Task, TaskSpec, Text};
use crate::time::{SECOND, SimTime};
use std::sync::Arc;

/// Pause between leaving the load balancer and the stop of the container.
const NETWORK_PAUSE_NS: u64 = 2 * SECOND;

/// The engine's side of a task.
#[derive(Clone, Debug)]
pub(super) struct Controller {
    pub(super) node: NodeId,
    pub(super) task: TaskId,
    pub(super) spec: Arc<TaskSpec>,
    pub(super) owner: Owner,
    /// Whether it is on a network other than the node's own.
    is_on_network: bool,
    pub(super) container: Option<Container>,
}

/// What a container is named after, and what it opens: as it was when the task came.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    pub(super) service: Option<ServiceId>,
    pub(super) service_name: Text,
    pub(super) slot: u64,
    pub(super) endpoint: Option<Arc<Endpoint>>,
}

impl Owner {
    fn of(kernel: &Kernel, task: &Task) -> Self {
        let service = task.service_id.and_then(|id| kernel.store.service(id));
        let name = service.map(|service| Text::from(service.name().to_owned()));
        Self {
            service: task.service_id,
            service_name: name.unwrap_or_default(),
            slot: task.slot,
            endpoint: task.endpoint.clone(),
        }
    }
}

impl Controller {
    pub(super) fn new(kernel: &Kernel, node: NodeId, task: &Task) -> Self {
        let ports = task.endpoint.iter().flat_map(|endpoint| &endpoint.ports);
        let is_published = ports
            .into_iter()
            .any(|port| port.publish_mode == PublishMode::Ingress);
        let mut networks = task.networks.iter();
        let is_attached = networks.any(|attachment| attachment.network.name() != "bridge");
        Self {
            node,
            task: task.id,
            spec: Arc::clone(&task.spec),
            owner: Owner::of(kernel, task),
            is_on_network: is_published || is_attached,
            container: None,
        }
    }

    /// What the container is called.
    pub(super) fn name(&self, kernel: &Kernel) -> String {
        let service = (self.owner.service_name.as_str(), self.owner.service);
        container_name(&kernel.ids, self.node, self.task, service, self.owner.slot)
    }

    /// When the container will have been made, or the pull will have failed.
    pub(super) fn prepare(
        &self,
        kernel: &Kernel,
        images: &mut ImageCache,
    ) -> Result<SimTime, SimTime> {
        let settings = &kernel.settings;
        if let Some(failure) = timing::failure(kernel, self.task, false) {
            return Err(kernel.now + failure.after_ns);
        }
        let image_at = images.demand(settings, self.node, kernel.now, &self.spec)?;
        Ok(image_at + timing::create_ns(kernel, self.task))
    }

    /// Starts the container: when its process runs, and whether it had been started before.
    pub(super) fn start(&mut self, kernel: &Kernel) -> (SimTime, bool) {
        let settings = &kernel.settings;
        let container = self.container.get_or_insert_default();
        if let Some(at) = container.started_at {
            return (at.max(kernel.now), true);
        }
        if let Some(failure) = timing::failure(kernel, self.task, true) {
            let at = kernel.now + failure.after_ns;
            container.end = Some((at, failure.code));
            return (at, false);
        }
        let at = kernel.now + timing::start_ns(kernel, self.task, &self.spec);
        container.start(settings, self.task, &self.spec, at);
        let health = kernel.choice(self.task).and_then(|choice| choice.health);
        if let Some(health) = health {
            container.health = Some(health::plan_recorded(&self.spec, health));
        }
        if let Some((after_ns, code)) = kernel.choice(self.task).and_then(|choice| choice.end) {
            container.end = Some((at + after_ns, code));
        }
        (at, false)
    }

    /// Stops the container: when that is done.
    pub(super) fn shutdown(&mut self, kernel: &Kernel) -> SimTime {
        let pause_ns = if self.is_on_network {
            NETWORK_PAUSE_NS
        } else {
            0
        };
        let stop_at = kernel.now + pause_ns;
        let Some(container) = &mut self.container else {
            return stop_at;
        };
        container.leaves_at.get_or_insert(kernel.now);
        // A process that is just being started is stopped as soon as it runs.
        let stop_at = container.started_at.map_or(stop_at, |at| at.max(stop_at));
        let choice = kernel.choice(self.task);
        match choice.map(|choice| (choice.stop, choice.end)) {
            // What was recorded holds the pause.
            Some((Some((after_ns, code)), _)) => {
                container.end_by(stop_at.max(kernel.now + after_ns), code);
            }
            // Its end is known, whatever it came of.
            Some((None, Some(_))) => {}
            _ => {
                let ending = Ending::of(&self.spec);
                container.stop(&kernel.settings, self.task, &self.spec, stop_at, &ending);
            }
        }
        container.end.map_or(stop_at, |(at, _)| at.max(stop_at))
    }

    /// Somebody asks the process to stop. When it has ended, if that is known.
    pub(super) fn stop_now(&mut self, kernel: &Kernel, ending: &Ending<'_>) -> Option<SimTime> {
        let container = self.container.as_mut()?;
        let settings = &kernel.settings;
        container.stop(settings, self.task, &self.spec, kernel.now, ending);
        container.end.map(|(at, _)| at)
    }

    /// The engine has ended, and its machine has not.
    pub(super) fn end_engine(&mut self, kernel: &Kernel, how: EngineEnd) {
        let Some(container) = &mut self.container else {
            return;
        };
        container.forget_start(kernel.now);
        if how == EngineEnd::Stopped {
            let ending = Ending::of(&self.spec);
            container.stop(&kernel.settings, self.task, &self.spec, kernel.now, &ending);
        }
    }

    /// The machine has lost its power.
    pub(super) fn crash(&mut self, now: SimTime) {
        if let Some(container) = &mut self.container {
            container.forget_start(now);
            container.end_by(now, UNSEEN);
        }
    }
}
