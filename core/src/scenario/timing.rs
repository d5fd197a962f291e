//! How long things take in a scenario, where it says so.

use serde::{Deserialize, Serialize};

use super::units::{Bandwidth, Duration};

/// How long things take, where the scenario says so. What is absent has a default that was
/// measured on a real swarm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Timing {
    /// Making a container from an image that is there; 450ms by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_create: Option<Duration>,
    /// Starting a container that was made, until its process runs; 400ms by default. An image may
    /// say its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_start: Option<Duration>,
    /// Stopping a container whose process ends at once when it is asked to; 250ms by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_stop: Option<Duration>,
    /// How fast a node loads images from the registry, in bytes per second; 50MiB by default, which
    /// is chosen and not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_pull_bandwidth: Option<Bandwidth>,
    /// How long a registry takes to answer, whether it then sends the image or not; 500ms by
    /// default, which is chosen and not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_pull_latency: Option<Duration>,
    /// How long a message takes from one host to another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_latency: Option<Duration>,
    /// How often nodes report to the managers that they are alive (docker's default is 5s).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heartbeat_period: Option<Duration>,
    /// From the recovery of a crashed node until its engine is up again; 1.49s by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_boot: Option<Duration>,
}

impl Timing {
    /// Whether nothing is said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
