//! How long the things take that take time outside of the managers.

use serde::{Deserialize, Serialize};

use crate::time::MILLISECOND;

/// Durations of what engines do, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timing {
    /// From PREPARING to READY for an image that the node has: creating the container.
    pub container_create_ns: u64,
    /// From STARTING to RUNNING for a container that is ready at once.
    pub container_start_ns: u64,
    /// From the stop signal to the end of a container that obeys at once.
    pub container_stop_ns: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            container_create_ns: 150 * MILLISECOND,
            container_start_ns: 300 * MILLISECOND,
            container_stop_ns: 100 * MILLISECOND,
        }
    }
}
