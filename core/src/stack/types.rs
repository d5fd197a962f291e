//! What a stack file says, key by key, once it has been read: short forms written out, variables
//! put in.
//!
//! Upstream: docker/cli `cli/compose/types/types.go`. Keys that have no meaning in a swarm are kept
//! as they are written, for `docker stack config` prints them.

use super::value::Node;
use crate::collections::BTreeMap;
use crate::diagnostic::Span;
use crate::model::{GenericRequest, Labels};

/// One or several stack files, read and merged.
#[derive(Clone, Debug, Default)]
pub struct StackConfig {
    /// The version of the format, as `3.8`.
    pub version: String,
    /// The services, in order of name.
    pub services: Vec<ServiceConfig>,
    /// The networks that are described.
    pub networks: BTreeMap<String, NetworkConfig>,
    /// The volumes that are described.
    pub volumes: BTreeMap<String, VolumeConfig>,
    /// The secrets that are described.
    pub secrets: BTreeMap<String, FileObject>,
    /// The configs that are described.
    pub configs: BTreeMap<String, FileObject>,
    /// What docker says about keys of no effect.
    pub warnings: String,
    /// Keys for programs of people's own.
    pub(super) extras: Vec<(String, Node)>,
}

/// A service.
#[derive(Clone, Debug, Default)]
pub struct ServiceConfig {
    /// Its name in the file.
    pub name: String,
    /// In which file it stands, the last one.
    pub file: String,
    /// Where it stands there.
    pub span: Span,
    /// Its image.
    pub image: String,
    pub(super) cap_add: Vec<String>,
    pub(super) cap_drop: Vec<String>,
    pub(super) command: Vec<String>,
    pub(super) configs: Vec<FileReferenceConfig>,
    pub(super) credential_spec: Labels,
    pub(super) deploy: DeployConfig,
    pub(super) dns: Vec<String>,
    pub(super) dns_search: Vec<String>,
    pub(super) entrypoint: Vec<String>,
    pub(super) environment: BTreeMap<String, Option<String>>,
    pub(super) extra_hosts: Vec<String>,
    pub(super) hostname: String,
    pub(super) healthcheck: Option<HealthcheckConfig>,
    pub(super) init: Option<bool>,
    pub(super) isolation: String,
    pub(super) labels: Labels,
    pub(super) logging: Option<LoggingConfig>,
    pub(super) networks: BTreeMap<String, Option<ServiceNetworkConfig>>,
    pub(super) ports: Vec<PortEntry>,
    pub(super) read_only: bool,
    pub(super) restart: String,
    pub(super) secrets: Vec<FileReferenceConfig>,
    pub(super) stdin_open: bool,
    pub(super) stop_grace_period: Option<String>,
    pub(super) stop_signal: String,
    pub(super) sysctls: Labels,
    pub(super) tty: bool,
    pub(super) ulimits: BTreeMap<String, UlimitConfig>,
    pub(super) user: String,
    pub(super) oom_score_adj: i64,
    pub(super) volumes: Vec<VolumeEntry>,
    pub(super) working_dir: String,
    /// Keys without effect, as they are written.
    pub(super) ignored: BTreeMap<String, Node>,
}

/// A secret or a config of a service.
#[derive(Clone, Debug, Default)]
pub(super) struct FileReferenceConfig {
    pub(super) source: String,
    pub(super) target: String,
    pub(super) uid: String,
    pub(super) gid: String,
    pub(super) mode: Option<u32>,
}

/// `deploy`
#[derive(Clone, Debug, Default)]
pub(super) struct DeployConfig {
    pub(super) mode: String,
    pub(super) replicas: Option<u64>,
    pub(super) labels: Labels,
    pub(super) update_config: Option<UpdateConfigEntry>,
    pub(super) rollback_config: Option<UpdateConfigEntry>,
    pub(super) limits: Option<ResourceEntry>,
    pub(super) reservations: Option<ResourceEntry>,
    pub(super) restart_policy: Option<RestartPolicyEntry>,
    pub(super) constraints: Vec<String>,
    pub(super) preferences: Vec<String>,
    pub(super) max_replicas: u64,
    pub(super) endpoint_mode: String,
}

/// `update_config` and `rollback_config`; durations as they are written.
#[derive(Clone, Debug, Default)]
pub(super) struct UpdateConfigEntry {
    pub(super) parallelism: Option<u64>,
    pub(super) delay: String,
    pub(super) failure_action: String,
    pub(super) monitor: String,
    pub(super) max_failure_ratio: f32,
    pub(super) order: String,
}

/// `limits` and `reservations`.
#[derive(Clone, Debug, Default)]
pub(super) struct ResourceEntry {
    pub(super) cpus: String,
    pub(super) memory_bytes: i64,
    pub(super) pids: i64,
    pub(super) generic: Vec<GenericRequest>,
}

/// `restart_policy`; durations as they are written.
#[derive(Clone, Debug, Default)]
pub(super) struct RestartPolicyEntry {
    pub(super) condition: String,
    pub(super) delay: Option<String>,
    pub(super) max_attempts: Option<u64>,
    pub(super) window: Option<String>,
}

/// `healthcheck`; durations as they are written.
#[derive(Clone, Debug, Default)]
pub(super) struct HealthcheckConfig {
    pub(super) test: Vec<String>,
    pub(super) timeout: Option<String>,
    pub(super) interval: Option<String>,
    pub(super) retries: Option<u64>,
    pub(super) start_period: Option<String>,
    pub(super) start_interval: Option<String>,
    pub(super) disable: bool,
}

/// `logging`
#[derive(Clone, Debug, Default)]
pub(super) struct LoggingConfig {
    pub(super) driver: String,
    pub(super) options: Labels,
}

/// A network of a service.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceNetworkConfig {
    pub(super) aliases: Vec<String>,
    pub(super) driver_opts: Labels,
    pub(super) ipv4_address: String,
    pub(super) ipv6_address: String,
}

/// A port of a service. The words are checked by the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PortEntry {
    pub(super) mode: String,
    pub(super) target: u32,
    pub(super) published: u32,
    pub(super) protocol: String,
}

/// A ulimit: one number, or two.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct UlimitConfig {
    pub(super) single: i64,
    pub(super) soft: i64,
    pub(super) hard: i64,
}

/// A mount of a service.
#[derive(Clone, Debug, Default)]
pub(super) struct VolumeEntry {
    pub(super) kind: String,
    pub(super) source: String,
    pub(super) target: String,
    pub(super) read_only: bool,
    pub(super) propagation: Option<String>,
    pub(super) no_copy: Option<bool>,
    pub(super) tmpfs_size_bytes: Option<i64>,
}

/// A network that the file describes.
#[derive(Clone, Debug, Default)]
pub struct NetworkConfig {
    /// Its name in the swarm; empty for one that the stack gives it.
    pub name: String,
    /// Its driver; empty for the default.
    pub driver: String,
    /// Options of the driver.
    pub driver_opts: Labels,
    /// Its subnets.
    pub subnets: Vec<String>,
    /// The driver of its addresses.
    pub ipam_driver: String,
    /// Whether it is there already.
    pub external: bool,
    /// Whether it leads nowhere else.
    pub internal: bool,
    /// Whether containers may attach themselves.
    pub attachable: bool,
    /// Its labels.
    pub labels: Labels,
}

/// A volume that the file describes.
#[derive(Clone, Debug, Default)]
pub struct VolumeConfig {
    /// Its name on the nodes; empty for one that the stack gives it.
    pub name: String,
    /// Its driver; empty for the default.
    pub driver: String,
    /// Options of the driver.
    pub driver_opts: Labels,
    /// Whether it is there already.
    pub external: bool,
    /// Its labels.
    pub labels: Labels,
}

/// A secret or a config that the file describes.
#[derive(Clone, Debug, Default)]
pub struct FileObject {
    /// Its name in the swarm; empty for one that the stack gives it.
    pub name: String,
    /// The file that holds its content, by its absolute name.
    pub file: String,
    /// Whether it is there already.
    pub external: bool,
    /// Its labels.
    pub labels: Labels,
    /// What provides it.
    pub driver: String,
    /// Options of the driver.
    pub driver_opts: Labels,
    /// What fills in the data.
    pub template_driver: String,
}
