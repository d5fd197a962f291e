//! What the engine does for one task: prepare, start, wait, stop.
//!
//! Upstream: `moby daemon/cluster/executor/container/controller.go`. Left out: waiting for
//! addresses and volumes, mounts that are missing, start errors.

use super::container::{Container, UNSEEN};
use super::image::ImageCache;
use super::timing;
use crate::ids::{NodeId, TaskId};
use crate::kernel::Kernel;
use crate::model::{PublishMode, Task, TaskSpec};
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
    /// Whether it is on a network other than the node's own.
    is_on_network: bool,
    pub(super) container: Option<Container>,
}

impl Controller {
    pub(super) fn new(node: NodeId, task: &Task) -> Self {
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
            is_on_network: is_published || is_attached,
            container: None,
        }
    }

    /// When the container will have been made, or the pull will have failed.
    pub(super) fn prepare(
        &self,
        kernel: &Kernel,
        images: &mut ImageCache,
    ) -> Result<SimTime, SimTime> {
        let settings = &kernel.settings;
        let image_at = images.demand(settings, self.node, kernel.now, &self.spec)?;
        Ok(image_at + timing::create_ns(settings, self.node, self.task, &self.spec))
    }

    /// Starts the container: when its process runs, and whether it had been started before.
    pub(super) fn start(&mut self, kernel: &Kernel) -> (SimTime, bool) {
        let settings = &kernel.settings;
        let container = self.container.get_or_insert_default();
        if let Some(at) = container.started_at {
            return (at.max(kernel.now), true);
        }
        let at = kernel.now + timing::start_ns(settings, self.node, self.task, &self.spec);
        container.start(settings, self.task, &self.spec, at);
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
        // A process that is just being started is stopped as soon as it runs.
        let stop_at = container.started_at.map_or(stop_at, |at| at.max(stop_at));
        container.stop(&kernel.settings, self.node, self.task, &self.spec, stop_at);
        container.end.map_or(stop_at, |(at, _)| at.max(stop_at))
    }

    /// The machine has lost its power.
    pub(super) fn crash(&mut self, now: SimTime) {
        if let Some(container) = &mut self.container {
            if container.started_at.is_some_and(|at| at > now) {
                *container = Container::default();
            }
            container.end_by(now, UNSEEN);
        }
    }
}
