//! How long the things take that take time outside of the managers: the one place that says so.
//!
//! The defaults were calibrated on a real swarm of three to five nodes that shared a busy machine
//! with two cores (Engine 20.10, medians). Measured there: 1.01 s from ASSIGNED to RUNNING, 0.55 s
//! from the order to start a prepared task to RUNNING, 1.41 s from the order to stop to SHUTDOWN
//! for a container that obeys at once, 1.49 s from the start of an engine to a ready node. About
//! 0.15 s of each is batching, and 1 s of a stop is the agent's pause; what is left are the figures
//! here. Latency and bandwidth of a pull are chosen, not measured; so is that a probe of a health
//! check takes no time where the image does not say what it takes. Images that are declared without a size are on every node.

use serde::{Deserialize, Serialize};

use super::image;
use crate::ids::{NodeId, TaskId};
use crate::kernel::{Failure, Kernel, Settings};
use crate::model::TaskSpec;
use crate::time::{MILLISECOND, SECOND};

/// Durations of what engines do, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timing {
    /// From PREPARING to READY for an image that the node has: creating the container.
    pub container_create_ns: u64,
    /// From STARTING until the process of a container runs.
    pub container_start_ns: u64,
    /// From the stop signal to the end of a container that obeys at once.
    pub container_stop_ns: u64,
    /// How long a registry takes to answer.
    pub image_pull_latency_ns: u64,
    /// How much a registry sends in a second.
    pub image_pull_bytes_per_second: u64,
    /// From the recovery of a machine until its engine talks with the managers.
    pub node_boot_ns: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            container_create_ns: 450 * MILLISECOND,
            container_start_ns: 400 * MILLISECOND,
            container_stop_ns: 250 * MILLISECOND,
            image_pull_latency_ns: 500 * MILLISECOND,
            image_pull_bytes_per_second: 50 << 20,
            node_boot_ns: 1_490 * MILLISECOND,
        }
    }
}

/// Creating the container of a task on a node that has the image.
pub(super) fn create_ns(kernel: &Kernel, task: TaskId) -> u64 {
    let recorded = kernel.choice(task).and_then(|choice| choice.create_ns);
    recorded.unwrap_or(kernel.settings.timing.container_create_ns)
}

/// What the engine could not do for a task in a recording, while it made or started its container.
pub(super) fn failure(kernel: &Kernel, task: TaskId, is_start: bool) -> Option<&Failure> {
    let failure = kernel.choice(task)?.failure.as_ref()?;
    (failure.is_start == is_start).then_some(failure)
}

/// Starting the container of a task, until its process runs.
pub(super) fn start_ns(kernel: &Kernel, task: TaskId, spec: &TaskSpec) -> u64 {
    let settings = &kernel.settings;
    let own = image::of(settings, spec).and_then(|image| image.start);
    let recorded = kernel.choice(task).and_then(|choice| choice.start_ns);
    let own = recorded.or(own.map(|start| start.0));
    own.unwrap_or(settings.timing.container_start_ns)
}

/// From the stop signal until the process of a task has ended, if it obeys.
pub(super) fn stop_ns(settings: &Settings, spec: &TaskSpec) -> u64 {
    let own = image::of(settings, spec).and_then(|image| image.stop);
    own.map_or(settings.timing.container_stop_ns, |stop| stop.0)
}

/// Until a registry has said that it does not have an image.
pub(super) fn refuse_ns(settings: &Settings) -> u64 {
    settings.timing.image_pull_latency_ns
}

/// Pulling an image of a size.
pub(super) fn pull_ns(settings: &Settings, _: NodeId, size_bytes: u64) -> u64 {
    let timing = &settings.timing;
    let per_second = u128::from(timing.image_pull_bytes_per_second.max(1));
    let transfer_ns = u128::from(size_bytes) * u128::from(SECOND) / per_second;
    let transfer_ns = u64::try_from(transfer_ns).unwrap_or(u64::MAX);
    timing.image_pull_latency_ns.saturating_add(transfer_ns)
}

/// From the recovery of a machine until its engine talks with the managers: in a recording at the
/// latest when it was heard of.
pub(super) fn boot_ns(kernel: &Kernel, node: NodeId) -> u64 {
    let recorded = kernel.recorded_session(node);
    let recorded_ns = recorded.map_or(u64::MAX, |at| at.since(kernel.now).saturating_sub(1));
    kernel.settings.timing.node_boot_ns.min(recorded_ns)
}
