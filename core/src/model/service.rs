//! Services and their specs (`api/specs.proto` ServiceSpec, TaskSpec, ContainerSpec).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::node::named_enum;
use super::{
    Annotations, GenericRequest, JobIteration, Labels, Meta, NetworkAttachmentConfig, Platform,
    RuntimeOptions, Text, Version, VirtualIp,
};
use crate::ids::ServiceId;
use crate::time::{SECOND, SimTime};

/// A service: what people ask of a swarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Service {
    /// Its id.
    #[serde(rename = "ID")]
    pub id: ServiceId,
    /// Version and times.
    pub meta: Meta,
    /// What is wanted.
    pub spec: Arc<ServiceSpec>,
    /// Which version of the spec that is; 0 at creation, then the object version that the client
    /// gave with each update.
    pub spec_version: Version,
    /// What was wanted before, for a rollback.
    pub previous_spec: Option<Arc<ServiceSpec>>,
    /// The version of that.
    pub previous_spec_version: Option<Version>,
    /// Its published ports, as allocated.
    pub endpoint: Option<Arc<Endpoint>>,
    /// How its last rolling update went.
    pub update_status: Option<UpdateStatus>,
    /// Which execution it is in; for jobs only.
    pub job_status: Option<JobStatus>,
}

impl Service {
    /// A service as it is first created, without anything allocated. The store gives the id.
    pub fn new(spec: impl Into<Arc<ServiceSpec>>) -> Self {
        Self {
            id: ServiceId(0),
            meta: Meta::default(),
            spec: spec.into(),
            spec_version: Version::default(),
            previous_spec: None,
            previous_spec_version: None,
            endpoint: None,
            update_status: None,
            job_status: None,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.spec.annotations.name
    }
}

/// Which execution a job is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct JobStatus {
    /// How many times the service has been updated.
    pub iteration: JobIteration,
    /// When this execution began.
    pub last_execution: SimTime,
}

/// What is wanted of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ServiceSpec {
    /// Name and labels.
    pub annotations: Annotations,
    /// What its tasks run.
    pub task: Arc<TaskSpec>,
    /// How many tasks, and where.
    pub mode: ServiceMode,
    /// How an update proceeds.
    pub update: Option<UpdateConfig>,
    /// How a rollback proceeds.
    pub rollback: Option<UpdateConfig>,
    /// How it is reached.
    pub endpoint: Option<Arc<EndpointSpec>>,
}

/// How many tasks a service has, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceMode {
    /// So many, wherever there is room.
    Replicated {
        /// How many.
        replicas: u64,
    },
    /// One on every node that fits.
    Global,
    /// So many executions that end.
    ReplicatedJob {
        /// How many at once.
        max_concurrent: u64,
        /// How many in all.
        total_completions: u64,
    },
    /// One execution on every node that fits.
    GlobalJob,
}

impl Default for ServiceMode {
    fn default() -> Self {
        Self::Replicated { replicas: 1 }
    }
}

impl ServiceMode {
    /// The word of `docker service ls`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replicated { .. } => "replicated",
            Self::Global => "global",
            Self::ReplicatedJob { .. } => "replicated job",
            Self::GlobalJob => "global job",
        }
    }

    /// Whether its tasks belong to nodes; those of other services have slots.
    pub const fn is_of_nodes(self) -> bool {
        matches!(self, Self::Global | Self::GlobalJob)
    }

    /// Whether its tasks are meant to end.
    pub const fn is_job(self) -> bool {
        matches!(self, Self::ReplicatedJob { .. } | Self::GlobalJob)
    }
}

/// What a task runs, with what, and where it may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TaskSpec {
    /// The container.
    pub container: ContainerSpec,
    /// What it needs.
    pub resources: ResourceRequirements,
    /// What happens when it ends.
    pub restart: Option<RestartPolicy>,
    /// Where it may run.
    pub placement: Placement,
    /// Where its output goes.
    pub log_driver: Option<Arc<Driver>>,
    /// The networks it wants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<NetworkAttachmentConfig>,
    /// Raised by `--force`, so that an update replaces tasks that are otherwise the same.
    pub force_update: u64,
}

/// The container of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContainerSpec {
    /// Image reference.
    pub image: String,
    /// Labels of the container.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Replaces the image's entry point.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// `KEY=value`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// Hostname inside the container.
    pub hostname: String,
    /// Mounts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    /// Health check; the image's own when absent.
    pub healthcheck: Option<HealthConfig>,
    /// How long a stop may take before the kill, in nanoseconds; the engine's 10 s when absent.
    pub stop_grace_period_ns: Option<u64>,
    /// Signal of a stop; the image's own or SIGTERM when empty.
    pub stop_signal: String,
    /// What the engine is told besides. Flat in the API.
    pub runtime: RuntimeOptions,
}

/// A health check. Zero means "as the engine's default".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct HealthConfig {
    /// `["NONE"]`, `["CMD", ...]` or `["CMD-SHELL", command]`.
    pub test: Vec<String>,
    /// Time between probes, in nanoseconds.
    pub interval_ns: u64,
    /// Time after which a probe has failed, in nanoseconds.
    pub timeout_ns: u64,
    /// Failures in a row that make a container unhealthy.
    pub retries: u64,
    /// Time in which failures do not count, in nanoseconds.
    pub start_period_ns: u64,
    /// Time between probes within the start period, in nanoseconds.
    pub start_interval_ns: u64,
}

/// Something that is mounted into a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Mount {
    /// What kind of thing.
    #[serde(rename = "Type")]
    pub kind: MountType,
    /// Name of a volume, or path on the node.
    pub source: String,
    /// Path in the container.
    pub target: String,
    /// No writing.
    pub read_only: bool,
    /// Driver of a volume that does not exist yet; empty for the default.
    pub volume_driver: String,
    /// What is rarely said.
    #[serde(flatten)]
    pub options: MountOptions,
}

/// What is rarely said of a mount.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct MountOptions {
    /// Labels of a volume that does not exist yet.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub volume_labels: Labels,
    /// Options of the driver of a volume that does not exist yet.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub volume_driver_opts: Labels,
    /// Whether a new volume stays empty where the image has something at its place.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_copy: bool,
    /// How mounts below a bind mount are passed on; empty for the default.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub propagation: String,
    /// The size of a tmpfs; 0 for any.
    #[serde(skip_serializing_if = "is_zero")]
    pub tmpfs_size_bytes: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

named_enum!(
    /// What kind of thing is mounted.
    MountType {
        /// A path of the node.
        #[default]
        Bind = "bind",
        /// A volume of the node.
        Volume = "volume",
        /// Memory.
        Tmpfs = "tmpfs",
        /// A Windows pipe.
        Npipe = "npipe",
        /// A volume of the cluster.
        Cluster = "cluster",
    }
);

/// What a task needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ResourceRequirements {
    /// What it may use at the most; no part of scheduling.
    pub limits: ResourceAmounts,
    /// What is set aside for it.
    pub reservations: ResourceAmounts,
}

/// Amounts of resources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ResourceAmounts {
    /// CPU in billionths of a core.
    #[serde(rename = "NanoCPUs")]
    pub cpu_nano: i64,
    /// Memory in bytes.
    #[serde(rename = "MemoryBytes")]
    pub memory_bytes: i64,
    /// Generic resources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub generic: Vec<GenericRequest>,
}

impl ResourceAmounts {
    /// Whether nothing at all is asked for.
    pub fn is_empty(&self) -> bool {
        self.cpu_nano == 0 && self.memory_bytes == 0 && self.generic.is_empty()
    }
}

/// Where a task may run, and where it would rather.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Placement {
    /// Constraint expressions, all of which must hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<String>,
    /// Spread descriptors such as `node.labels.zone`, the highest level first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub preferences: Vec<String>,
    /// Platforms that the image has been built for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Platform>,
    /// How many tasks of the service one node may have; 0 for any number.
    pub max_replicas: u64,
}

/// A driver and its options.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Driver {
    /// Its name.
    pub name: String,
    /// Its options.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub options: Labels,
}

/// What happens when a task ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RestartPolicy {
    /// Which endings are followed by a new task.
    pub condition: RestartCondition,
    /// How long the new task waits, in nanoseconds.
    pub delay_ns: u64,
    /// How many new tasks a slot may get; 0 for any number.
    pub max_attempts: u64,
    /// The time in which attempts are counted, in nanoseconds; 0 for all time.
    pub window_ns: u64,
}

impl Default for RestartPolicy {
    /// `api/defaults/service.go`: any ending, five seconds, no limit.
    fn default() -> Self {
        Self {
            condition: RestartCondition::Any,
            delay_ns: 5 * SECOND,
            max_attempts: 0,
            window_ns: 0,
        }
    }
}

named_enum!(
    /// Which endings of a task are followed by a new one.
    RestartCondition {
        /// None.
        None = "none",
        /// Those with an error.
        OnFailure = "on-failure",
        /// All.
        #[default]
        Any = "any",
    }
);

/// How an update or a rollback proceeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct UpdateConfig {
    /// How many slots at once; 0 for all.
    pub parallelism: u64,
    /// Pause after each slot, in nanoseconds.
    pub delay_ns: u64,
    /// What happens when too many new tasks fail.
    pub failure_action: FailureAction,
    /// How long a new task is watched, in nanoseconds.
    pub monitor_ns: u64,
    /// The share of failed tasks that is borne. A 32-bit float as upstream: the one float in the
    /// state, only ever compared.
    pub max_failure_ratio: f32,
    /// What comes first, the end of the old task or the beginning of the new one.
    pub order: UpdateOrder,
}

// The ratio is read from a finite number and never computed, so it equals itself.
impl Eq for UpdateConfig {}

impl Default for UpdateConfig {
    /// `api/defaults/service.go`.
    fn default() -> Self {
        Self {
            parallelism: 1,
            delay_ns: 0,
            failure_action: FailureAction::Pause,
            monitor_ns: 5 * SECOND,
            max_failure_ratio: 0.0,
            order: UpdateOrder::StopFirst,
        }
    }
}

named_enum!(
    /// What happens when too many new tasks of an update fail.
    FailureAction {
        /// The update stops.
        #[default]
        Pause = "pause",
        /// It goes on.
        Continue = "continue",
        /// It is taken back.
        Rollback = "rollback",
    }
);

named_enum!(
    /// What comes first when a task is replaced.
    UpdateOrder {
        /// The old task stops first.
        #[default]
        StopFirst = "stop-first",
        /// The new task starts first.
        StartFirst = "start-first",
    }
);

/// How the last update of a service went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateStatus {
    /// Where it is.
    pub state: UpdateState,
    /// When it began.
    pub started_at: Option<SimTime>,
    /// When it ended.
    pub completed_at: Option<SimTime>,
    /// In words.
    pub message: Text,
}

named_enum!(
    /// Where an update is.
    UpdateState {
        /// It goes on.
        #[default]
        Updating = "updating",
        /// It stopped after failures.
        Paused = "paused",
        /// It is done.
        Completed = "completed",
        /// It is being taken back.
        RollbackStarted = "rollback_started",
        /// Taking it back stopped after failures.
        RollbackPaused = "rollback_paused",
        /// It has been taken back.
        RollbackCompleted = "rollback_completed",
    }
);

/// How a service is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct EndpointSpec {
    /// By one address, or by the addresses of its tasks.
    pub mode: EndpointMode,
    /// Ports that are wanted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<PortConfig>,
}

/// How a service is in fact reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Endpoint {
    /// What was asked for.
    pub spec: Arc<EndpointSpec>,
    /// The ports that were allocated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<PortConfig>,
    /// Its addresses, at the most one a network.
    #[serde(rename = "VirtualIPs", skip_serializing_if = "Vec::is_empty")]
    pub virtual_ips: Vec<VirtualIp>,
}

named_enum!(
    /// What a service's name resolves to.
    EndpointMode {
        /// One virtual address.
        #[default]
        Vip = "vip",
        /// The addresses of its tasks in turn.
        Dnsrr = "dnsrr",
    }
);

/// A published port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PortConfig {
    /// Protocol.
    pub protocol: PortProtocol,
    /// Port inside the container.
    pub target_port: u32,
    /// Port outside; 0 to have one chosen.
    pub published_port: u32,
    /// On every node, or only where the task runs.
    pub publish_mode: PublishMode,
}

named_enum!(
    /// Protocol of a port.
    PortProtocol {
        /// TCP.
        #[default]
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
        /// SCTP.
        Sctp = "sctp",
    }
);

named_enum!(
    /// Where a published port is open.
    PublishMode {
        /// On every node, through the routing mesh.
        #[default]
        Ingress = "ingress",
        /// On the node where the task runs.
        Host = "host",
    }
);
