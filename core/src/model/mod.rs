//! The objects of a swarm and their specs, under SwarmKit's own names.
//!
//! Upstream: `api/objects.proto`, `api/specs.proto`, `api/types.proto`. An object is a value that
//! never changes once stored: every write makes a new version (see [`crate::store`]). Specs are
//! shared, so a thousand tasks of one service hold one copy of what they run.
//!
//! Fields that only a real engine can give a meaning to are kept apart in [`RuntimeOptions`].

mod address;
mod cluster;
mod network;
mod node;
mod resources;
mod runtime;
mod service;
mod task;
mod text;
mod volume;

pub use address::{Cidr, NoCidr};
pub use cluster::{
    CaConfig, Cluster, ClusterSpec, Config, Data, DispatcherConfig, EncryptionConfig, ExternalCa,
    JoinTokens, OrchestrationConfig, RaftConfig, Root, RootCa, Secret, SecretCount, SecretNumber,
};
pub use network::{
    IpamConfig, Network, NetworkAttachment, NetworkAttachmentConfig, NetworkSpec, OVERLAY,
    PREDEFINED_LABEL, VirtualIp,
};
pub use node::{
    Availability, Certificate, Engine, Node, NodeCsiInfo, NodeDescription, NodeRole, NodeSpec,
    NodeState, NodeStatus, Platform, Plugin,
};
pub use resources::{GenericRequest, GenericResource, Resources};
pub use runtime::{DnsConfig, FileReference, RuntimeOptions, Ulimit};
pub use service::{
    ContainerSpec, Driver, Endpoint, EndpointMode, EndpointSpec, FailureAction, HealthConfig,
    JobStatus, Mount, MountOptions, MountType, Placement, PortConfig, PortProtocol, PublishMode,
    ResourceAmounts, ResourceRequirements, RestartCondition, RestartPolicy, Service, ServiceMode,
    ServiceSpec, TaskSpec, UpdateConfig, UpdateOrder, UpdateState, UpdateStatus,
};
pub use task::{ContainerStatus, JobIteration, SlotKey, Task, TaskState, TaskStatus};
pub use text::Text;
pub use volume::{
    Volume, VolumeAccess, VolumeAttachment, VolumeAvailability, VolumePublishState,
    VolumePublishStatus, VolumeScope, VolumeSharing,
};

use serde::{Deserialize, Serialize};

use crate::collections::BTreeMap;
use crate::time::SimTime;

/// Labels of an object. Ordered, so that everything that walks over them is deterministic.
pub type Labels = BTreeMap<String, String>;

/// The version of an object: the index of the store transaction that wrote it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Version {
    /// Upstream: the raft index of the change.
    #[serde(rename = "Index")]
    pub index: u64,
}

/// What the store itself knows about an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Meta {
    /// Which write this is.
    pub version: Version,
    /// When the object was first written.
    pub created_at: SimTime,
    /// When this version was written.
    pub updated_at: SimTime,
}

/// The name and the labels of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Annotations {
    /// The name by which people call the object.
    pub name: String,
    /// Their labels.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
}
