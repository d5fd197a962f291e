//! The cluster object, secrets and configs (`api/objects.proto`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Annotations, Driver, Meta};
use crate::ids::{ConfigId, SecretId};

/// The one object that holds the settings of the whole swarm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Cluster {
    /// Version and times.
    pub meta: Meta,
    /// The settings.
    pub spec: ClusterSpec,
}

/// The settings of a swarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ClusterSpec {
    /// Name (`default`) and labels.
    pub annotations: Annotations,
    /// Settings of the orchestrators.
    pub orchestration: OrchestrationConfig,
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
