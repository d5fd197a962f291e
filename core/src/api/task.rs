//! What each task of a service is.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::is_default;
use crate::model::{
    self, Driver, FileReference, GenericRequest, HealthConfig, Labels, MountOptions, MountType,
    NetworkAttachmentConfig, Platform, ResourceAmounts, ResourceRequirements, RestartCondition,
    RuntimeOptions, Ulimit,
};

/// What each task is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct TaskSpec {
    /// Its container.
    pub container_spec: ContainerSpec,
    /// What it may use and what is kept for it.
    #[serde(skip_serializing_if = "is_default")]
    pub resources: Resources,
    /// When it is replaced by another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart_policy: Option<RestartPolicy>,
    /// Where it may run.
    #[serde(skip_serializing_if = "is_default")]
    pub placement: Placement,
    /// Its networks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<Networking>,
    /// Where its output goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_driver: Option<LogDriver>,
    /// A number whose change replaces all tasks.
    #[serde(skip_serializing_if = "is_default")]
    pub force_update: u64,
    /// What it is: a container.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub runtime: String,
}

/// The container of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct ContainerSpec {
    /// Its image.
    pub image: String,
    /// Its labels.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// What is run instead of the entry point of the image.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// What is run instead of the command of the image.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Its hostname.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hostname: String,
    /// Its variables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// Where its process starts.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub dir: String,
    /// Whose its process is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Further groups of its process.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Whether something reaps its processes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<bool>,
    /// What asks its process to end.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stop_signal: String,
    /// Whether it has a terminal.
    #[serde(rename = "TTY", skip_serializing_if = "is_default")]
    pub tty: bool,
    /// Whether its input stays open.
    #[serde(skip_serializing_if = "is_default")]
    pub open_stdin: bool,
    /// Whether its file system can only be read.
    #[serde(skip_serializing_if = "is_default")]
    pub read_only: bool,
    /// What of other file systems it sees.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    /// How long its process has to end, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_grace_period: Option<u64>,
    /// How its health is checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// Lines of its `/etc/hosts`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// How it finds names.
    #[serde(rename = "DNSConfig", skip_serializing_if = "is_default")]
    pub dns_config: Dns,
    /// The secrets that it gets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretReference>,
    /// The configs that it gets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub configs: Vec<ConfigReference>,
    /// How it is kept apart (Windows).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub isolation: String,
    /// Settings of its kernel.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub sysctls: Labels,
    /// What it may do beside the usual.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capability_add: Vec<String>,
    /// What of the usual it may not do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capability_drop: Vec<String>,
    /// Its limits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ulimits: Vec<Limit>,
    /// How soon it dies when memory is short.
    #[serde(skip_serializing_if = "is_default")]
    pub oom_score_adj: i64,
}

/// A part of another file system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Mount {
    /// What kind.
    #[serde(rename = "Type")]
    pub kind: MountType,
    /// Which part.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Where it is seen.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// Whether it can only be read.
    #[serde(skip_serializing_if = "is_default")]
    pub read_only: bool,
    /// How consistent it is; means nothing on Linux.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub consistency: String,
    /// What else of a part of the file system of the node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind_options: Option<BindOptions>,
    /// What else of a volume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_options: Option<VolumeOptions>,
    /// What else of a file system in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tmpfs_options: Option<TmpfsOptions>,
}

/// What else of a part of the file system of the node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct BindOptions {
    /// Whether further mounts are seen on the other side.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub propagation: String,
}

/// What else of a volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct VolumeOptions {
    /// Whether it stays empty when it is new.
    #[serde(skip_serializing_if = "is_default")]
    pub no_copy: bool,
    /// Its labels.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Its driver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver_config: Option<LogDriver>,
}

/// What else of a file system in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct TmpfsOptions {
    /// Its size in bytes.
    #[serde(skip_serializing_if = "is_default")]
    pub size_bytes: i64,
}

/// A driver and its options.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct LogDriver {
    /// Its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its options.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub options: Labels,
}

/// How health is checked. All times are in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Healthcheck {
    /// The command; `NONE` switches the check of the image off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub test: Vec<String>,
    /// How often.
    #[serde(skip_serializing_if = "is_default")]
    pub interval: u64,
    /// How long it may take.
    #[serde(skip_serializing_if = "is_default")]
    pub timeout: u64,
    /// How long failures do not count at the start.
    #[serde(skip_serializing_if = "is_default")]
    pub start_period: u64,
    /// How often at the start.
    #[serde(skip_serializing_if = "is_default")]
    pub start_interval: u64,
    /// How many failures make a container unhealthy.
    #[serde(skip_serializing_if = "is_default")]
    pub retries: u64,
}

/// How names are found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Dns {
    /// Who is asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nameservers: Vec<String>,
    /// What is appended to short names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub search: Vec<String>,
    /// How it is asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

/// A file that a task gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Reference {
    /// Its name in the container.
    pub name: String,
    /// Its owner.
    #[serde(rename = "UID", skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// Its group.
    #[serde(rename = "GID", skip_serializing_if = "String::is_empty")]
    pub gid: String,
    /// Its mode.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: u32,
}

/// A secret that a task gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct SecretReference {
    /// The file.
    pub file: Reference,
    /// The id of the secret; it is looked up by its name.
    #[serde(rename = "SecretID", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The name of the secret.
    pub secret_name: String,
}

/// A config that a task gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct ConfigReference {
    /// The file.
    pub file: Reference,
    /// The id of the config; it is looked up by its name.
    #[serde(rename = "ConfigID", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The name of the config.
    pub config_name: String,
}

/// A limit of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Limit {
    /// Of what.
    pub name: String,
    /// What cannot be exceeded.
    pub hard: i64,
    /// What holds unless it is raised.
    pub soft: i64,
}

/// What a task may use and what is kept for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Resources {
    /// What it may use.
    #[serde(skip_serializing_if = "is_default")]
    pub limits: Amounts,
    /// What is kept for it.
    #[serde(skip_serializing_if = "is_default")]
    pub reservations: Amounts,
}

/// Amounts of things.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Amounts {
    /// CPU in billionths of a core.
    #[serde(rename = "NanoCPUs", skip_serializing_if = "is_default")]
    pub nano_cpus: i64,
    /// Memory in bytes.
    #[serde(skip_serializing_if = "is_default")]
    pub memory_bytes: i64,
    /// How many processes.
    #[serde(skip_serializing_if = "is_default")]
    pub pids: i64,
    /// Other things.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub generic_resources: Vec<Generic>,
}

/// Another thing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Generic {
    /// So many of a kind.
    #[serde(rename = "DiscreteResourceSpec")]
    pub discrete: Discrete,
}

/// So many of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Discrete {
    /// The kind.
    pub kind: String,
    /// How many.
    pub value: i64,
}

/// When a task is replaced by another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct RestartPolicy {
    /// After which endings.
    pub condition: RestartCondition,
    /// How long to wait before, in nanoseconds.
    pub delay: u64,
    /// How often; 0 is always.
    #[serde(skip_serializing_if = "is_default")]
    pub max_attempts: u64,
    /// In which time attempts are counted, in nanoseconds; 0 is all time.
    #[serde(skip_serializing_if = "is_default")]
    pub window: u64,
}

/// Where tasks may run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Placement {
    /// What a node must be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<String>,
    /// What tasks are spread over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub preferences: Vec<Preference>,
    /// How many on one node; 0 is any number.
    #[serde(skip_serializing_if = "is_default")]
    pub max_replicas: u64,
    /// What the image was made for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<PlatformSpec>,
}

/// What tasks are spread over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Preference {
    /// The values of a label.
    pub spread: Spread,
}

/// The values of a label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Spread {
    /// The label, such as `node.labels.zone`.
    pub spread_descriptor: String,
}

/// What an image was made for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct PlatformSpec {
    /// The architecture.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub architecture: String,
    /// The operating system.
    #[serde(rename = "OS", skip_serializing_if = "String::is_empty")]
    pub os: String,
}

/// A network of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Networking {
    /// The network.
    pub target: String,
    /// Further names of the service there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Options of the driver.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub driver_opts: Labels,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        let default = model::RestartPolicy::default();
        Self {
            condition: default.condition,
            delay: default.delay_ns,
            max_attempts: default.max_attempts,
            window: default.window_ns,
        }
    }
}

impl TaskSpec {
    /// What the swarm is asked for.
    pub(super) fn to_model(&self) -> model::TaskSpec {
        let networks = self.networks.iter().map(|one| NetworkAttachmentConfig {
            target: one.target.clone(),
            aliases: one.aliases.clone(),
            driver_opts: one.driver_opts.clone(),
        });
        let restart = self
            .restart_policy
            .as_ref()
            .map(|policy| model::RestartPolicy {
                condition: policy.condition,
                delay_ns: policy.delay,
                max_attempts: policy.max_attempts,
                window_ns: policy.window,
            });
        let mut container = self.container_spec.to_model();
        container.runtime.pids_limit = self.resources.limits.pids;
        model::TaskSpec {
            container,
            resources: ResourceRequirements {
                limits: self.resources.limits.to_model(),
                reservations: self.resources.reservations.to_model(),
            },
            restart,
            placement: self.placement.to_model(),
            log_driver: self
                .log_driver
                .as_ref()
                .map(|driver| Arc::new(driver.to_model())),
            networks: networks.collect(),
            force_update: self.force_update,
        }
    }
}

impl LogDriver {
    fn to_model(&self) -> Driver {
        Driver {
            name: self.name.clone(),
            options: self.options.clone(),
        }
    }
}

impl Amounts {
    fn to_model(&self) -> ResourceAmounts {
        let generic = self.generic_resources.iter().map(|one| GenericRequest {
            kind: one.discrete.kind.clone(),
            value: one.discrete.value,
        });
        ResourceAmounts {
            cpu_nano: self.nano_cpus,
            memory_bytes: self.memory_bytes,
            generic: generic.collect(),
        }
    }
}

impl Placement {
    fn to_model(&self) -> model::Placement {
        let spreads = self.preferences.iter();
        let platforms = self.platforms.iter().map(|platform| Platform {
            architecture: platform.architecture.clone(),
            os: platform.os.clone(),
        });
        model::Placement {
            constraints: self.constraints.clone(),
            preferences: spreads
                .map(|one| one.spread.spread_descriptor.clone())
                .collect(),
            platforms: platforms.collect(),
            max_replicas: self.max_replicas,
        }
    }
}

impl ContainerSpec {
    fn to_model(&self) -> model::ContainerSpec {
        let health = self.healthcheck.as_ref().map(|health| HealthConfig {
            test: health.test.clone(),
            interval_ns: health.interval,
            timeout_ns: health.timeout,
            retries: health.retries,
            start_period_ns: health.start_period,
            start_interval_ns: health.start_interval,
        });
        model::ContainerSpec {
            image: self.image.clone(),
            labels: self.labels.clone(),
            command: self.command.clone(),
            args: self.args.clone(),
            env: self.env.clone(),
            hostname: self.hostname.clone(),
            mounts: self.mounts.iter().map(Mount::to_model).collect(),
            healthcheck: health,
            stop_grace_period_ns: self.stop_grace_period,
            stop_signal: self.stop_signal.clone(),
            runtime: self.runtime(),
        }
    }

    fn runtime(&self) -> RuntimeOptions {
        let secrets = self.secrets.iter();
        let configs = self.configs.iter();
        let ulimits = self.ulimits.iter().map(|limit| Ulimit {
            name: limit.name.clone(),
            soft: limit.soft,
            hard: limit.hard,
        });
        // What `inspect` prints of a service that does not say.
        let isolation = match self.isolation.as_str() {
            "default" => String::new(),
            word => word.to_owned(),
        };
        RuntimeOptions {
            dir: self.dir.clone(),
            user: self.user.clone(),
            groups: self.groups.clone(),
            open_stdin: self.open_stdin,
            tty: self.tty,
            init: self.init,
            read_only: self.read_only,
            isolation,
            hosts: self.hosts.clone(),
            dns: model::DnsConfig {
                nameservers: self.dns_config.nameservers.clone(),
                search: self.dns_config.search.clone(),
                options: self.dns_config.options.clone(),
            },
            secrets: secrets
                .map(|one| one.file.to_model(&one.secret_name))
                .collect(),
            configs: configs
                .map(|one| one.file.to_model(&one.config_name))
                .collect(),
            sysctls: self.sysctls.clone(),
            capability_add: self.capability_add.clone(),
            capability_drop: self.capability_drop.clone(),
            ulimits: ulimits.collect(),
            oom_score_adj: self.oom_score_adj,
            ..RuntimeOptions::default()
        }
    }
}

impl Reference {
    fn to_model(&self, source: &str) -> FileReference {
        FileReference {
            id: None,
            source: source.to_owned(),
            target: self.name.clone(),
            uid: self.uid.clone(),
            gid: self.gid.clone(),
            mode: self.mode,
        }
    }
}

impl Mount {
    fn to_model(&self) -> model::Mount {
        let volume = self.volume_options.clone().unwrap_or_default();
        let driver = volume.driver_config.unwrap_or_default();
        let bind = self.bind_options.clone().unwrap_or_default();
        let tmpfs = self.tmpfs_options.clone().unwrap_or_default();
        model::Mount {
            kind: self.kind,
            source: self.source.clone(),
            target: self.target.clone(),
            read_only: self.read_only,
            volume_driver: driver.name,
            options: MountOptions {
                volume_labels: volume.labels,
                volume_driver_opts: driver.options,
                no_copy: volume.no_copy,
                propagation: bind.propagation,
                tmpfs_size_bytes: tmpfs.size_bytes,
            },
        }
    }
}
