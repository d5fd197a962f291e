//! The cluster object, secrets and configs (`api/objects.proto`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Annotations, Driver, Labels, Meta};
use crate::ids::{ConfigId, SecretId};
use crate::time::SimTime;

/// The one object that holds the settings of the whole swarm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Cluster {
    /// Version and times.
    pub meta: Meta,
    /// The settings.
    pub spec: ClusterSpec,
    /// Which swarm of the run this is: one that is given up may be followed by another.
    #[serde(skip_serializing_if = "is_default")]
    pub generation: u32,
    /// The root of all certificates.
    #[serde(rename = "RootCA", skip_serializing_if = "is_default")]
    pub root_ca: RootCa,
    /// What proves that somebody may join.
    #[serde(skip_serializing_if = "is_default")]
    pub join_tokens: JoinTokens,
    /// What a locked manager has to be told when it starts; absent without autolock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlock_key: Option<SecretNumber>,
    /// How many secrets have been made for this swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub secrets: SecretCount,
}

impl Cluster {
    /// Makes another secret.
    pub fn make_secret(&mut self) -> SecretNumber {
        let secret = SecretNumber(self.secrets.0);
        self.secrets.0 += 1;
        secret
    }
}

/// The root of all certificates (`api/types.proto` RootCA).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RootCa {
    /// The root certificate that all nodes trust.
    pub root: Root,
    /// How many root certificates have been made.
    pub root_count: u32,
    /// The root certificate that is to follow, while nodes change over to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Root>,
    /// The value of `ForceRotate` that has been answered.
    #[serde(skip_serializing_if = "is_default")]
    pub last_forced_rotation: u64,
}

impl Default for RootCa {
    fn default() -> Self {
        Self {
            root: Root::default(),
            root_count: 1,
            rotation: None,
            last_forced_rotation: 0,
        }
    }
}

impl RootCa {
    /// Makes another root certificate.
    pub fn make_root(&mut self, now: SimTime) -> Root {
        let root = Root {
            number: self.root_count,
            created_at: now,
        };
        self.root_count += 1;
        root
    }

    /// The root certificate by which new certificates are signed.
    pub fn signing(&self) -> Root {
        self.rotation.unwrap_or(self.root)
    }
}

/// A root certificate, in order of their making. Its text is computed from the seed
/// ([`crate::ca`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Root {
    /// Which.
    pub number: u32,
    /// When it was made.
    pub created_at: SimTime,
}

/// A random secret of the swarm, in order of their making. The text that people see is computed
/// from the seed ([`crate::ca`]).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct SecretNumber(pub u32);

/// How many secrets there have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretCount(pub u32);

impl Default for SecretCount {
    /// A swarm begins with two join tokens.
    fn default() -> Self {
        Self(2)
    }
}

/// The secrets of the join tokens, one a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct JoinTokens {
    /// Who knows it joins as a worker.
    pub worker: SecretNumber,
    /// Who knows it joins as a manager.
    pub manager: SecretNumber,
}

impl Default for JoinTokens {
    fn default() -> Self {
        Self {
            worker: SecretNumber(0),
            manager: SecretNumber(1),
        }
    }
}

/// The settings of a swarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ClusterSpec {
    /// Name (`default`) and labels.
    pub annotations: Annotations,
    /// Settings of the orchestrators.
    pub orchestration: OrchestrationConfig,
    /// Settings of raft.
    #[serde(skip_serializing_if = "is_default")]
    pub raft: RaftConfig,
    /// Settings of the dispatcher.
    #[serde(skip_serializing_if = "is_default")]
    pub dispatcher: DispatcherConfig,
    /// Settings of the certificate authority.
    #[serde(rename = "CAConfig", skip_serializing_if = "is_default")]
    pub ca_config: CaConfig,
    /// Settings of what managers keep on their disks.
    #[serde(skip_serializing_if = "is_default")]
    pub encryption_config: EncryptionConfig,
    /// The log driver of tasks that name none.
    pub task_log_driver: Option<Arc<Driver>>,
}

impl Default for ClusterSpec {
    fn default() -> Self {
        Self {
            annotations: Annotations {
                name: "default".to_owned(),
                ..Annotations::default()
            },
            orchestration: OrchestrationConfig::default(),
            raft: RaftConfig::default(),
            dispatcher: DispatcherConfig::default(),
            ca_config: CaConfig::default(),
            encryption_config: EncryptionConfig::default(),
            task_log_driver: None,
        }
    }
}

/// Settings of the orchestrators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct OrchestrationConfig {
    /// How many tasks of a slot are kept, the current one included; negative keeps all
    /// (`manager/manager.go` defaultTaskHistoryRetentionLimit).
    pub task_history_retention_limit: i64,
}

impl Default for OrchestrationConfig {
    fn default() -> Self {
        Self {
            task_history_retention_limit: 5,
        }
    }
}

/// Settings of raft (`manager/state/raft/raft.go` DefaultRaftConfig).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RaftConfig {
    /// Log entries between snapshots.
    pub snapshot_interval: u64,
    /// Snapshots that are kept beside the newest.
    pub keep_old_snapshots: u64,
    /// Log entries that are kept after a snapshot for those that lag behind.
    pub log_entries_for_slow_followers: u64,
    /// Ticks without a leader before an election.
    pub election_tick: u32,
    /// Ticks between heartbeats.
    pub heartbeat_tick: u32,
}

impl Default for RaftConfig {
    fn default() -> Self {
        Self {
            snapshot_interval: 10_000,
            keep_old_snapshots: 0,
            log_entries_for_slow_followers: 500,
            election_tick: 10,
            heartbeat_tick: 1,
        }
    }
}

/// Settings of the dispatcher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DispatcherConfig {
    /// How often nodes have to be heard of; 0 leaves it as it is.
    #[serde(rename = "HeartbeatPeriod")]
    pub heartbeat_period_ns: i64,
}

impl Default for DispatcherConfig {
    fn default() -> Self {
        Self {
            heartbeat_period_ns: 5_000_000_000,
        }
    }
}

/// Settings of the certificate authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CaConfig {
    /// How long the certificates of nodes hold.
    #[serde(rename = "NodeCertExpiry")]
    pub node_cert_expiry_ns: i64,
    /// Others that may sign. They are only used where the swarm has no key of its own.
    #[serde(rename = "ExternalCAs", skip_serializing_if = "Vec::is_empty")]
    pub external_cas: Vec<ExternalCa>,
    /// Raised to ask for a new root certificate.
    #[serde(skip_serializing_if = "is_default")]
    pub force_rotate: u64,
}

impl Default for CaConfig {
    fn default() -> Self {
        Self {
            // 90 days.
            node_cert_expiry_ns: 2160 * 3_600_000_000_000,
            external_cas: Vec::new(),
            force_rotate: 0,
        }
    }
}

/// A certificate authority outside of the swarm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ExternalCa {
    /// `cfssl`.
    pub protocol: String,
    /// Where it is.
    #[serde(rename = "URL")]
    pub url: String,
    /// What else it wants to be told.
    pub options: Labels,
}

/// Settings of what managers keep on their disks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct EncryptionConfig {
    /// Whether a manager needs the unlock key when it starts.
    pub auto_lock_managers: bool,
}

/// Fields that say what they say anyway are left out of the encoding.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Bytes that belong to a secret or a config.
pub type Data = Arc<[u8]>;

/// A secret: data that only the tasks that ask for it get to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Secret {
    /// Its id.
    #[serde(rename = "ID")]
    pub id: SecretId,
    /// Version and times.
    pub meta: Meta,
    /// Name and labels.
    pub annotations: Annotations,
    /// The secret itself; never shown.
    #[serde(skip_serializing, default)]
    pub data: Data,
    /// What fills in the data when a task gets it; empty for nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub template_driver: String,
}

/// A config: a file that tasks can mount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Config {
    /// Its id.
    #[serde(rename = "ID")]
    pub id: ConfigId,
    /// Version and times.
    pub meta: Meta,
    /// Name and labels.
    pub annotations: Annotations,
    /// The content of the file.
    pub data: Data,
    /// What fills in the data when a task gets it; empty for nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub template_driver: String,
}
