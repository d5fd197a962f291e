//! What a task's container is given beyond its image and its command.
//!
//! Upstream: the rest of `api/specs.proto` ContainerSpec, and `api/types.proto` SecretReference,
//! ConfigReference. A simulated engine passes most of it on unread; it is kept because a change
//! of it replaces tasks, and because people look at it.

use serde::{Deserialize, Serialize};

use super::Labels;
use crate::ids::ObjectId;

/// Everything that only an engine can give a meaning to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RuntimeOptions {
    /// Working directory.
    pub dir: String,
    /// User, perhaps with a group.
    pub user: String,
    /// Further groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// An open input.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub open_stdin: bool,
    /// A terminal.
    #[serde(rename = "TTY")]
    pub tty: bool,
    /// An init process; the engine's default when absent.
    pub init: Option<bool>,
    /// No writing to the root file system.
    pub read_only: bool,
    /// Isolation of Windows containers.
    pub isolation: String,
    /// Lines for `/etc/hosts`: address, then names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Name servers.
    #[serde(rename = "DNSConfig")]
    pub dns: DnsConfig,
    /// Secrets that are shown to the container.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<FileReference>,
    /// Configs that are shown to the container.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub configs: Vec<FileReference>,
    /// Kernel settings.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub sysctls: Labels,
    /// Capabilities it gets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capability_add: Vec<String>,
    /// Capabilities it loses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capability_drop: Vec<String>,
    /// Ulimits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ulimits: Vec<Ulimit>,
    /// How many processes it may have; 0 for any number.
    pub pids_limit: i64,
    /// How willing the kernel is to kill it.
    pub oom_score_adj: i64,
    /// Windows credential spec.
    pub credential_spec: String,
}

/// Name servers of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DnsConfig {
    /// Addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nameservers: Vec<String>,
    /// Domains to search.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub search: Vec<String>,
    /// Options.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

/// A secret or a config as a file in a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct FileReference {
    /// The secret or config; absent until its name has been looked up.
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    pub id: Option<ObjectId>,
    /// The name of the secret or config.
    pub source: String,
    /// The name of the file.
    pub target: String,
    /// Its owner.
    #[serde(rename = "UID")]
    pub uid: String,
    /// Its group.
    #[serde(rename = "GID")]
    pub gid: String,
    /// Its mode bits.
    pub mode: u32,
}

impl Default for FileReference {
    /// Readable for everyone, owned by root.
    fn default() -> Self {
        Self {
            id: None,
            source: String::new(),
            target: String::new(),
            uid: "0".to_owned(),
            gid: "0".to_owned(),
            mode: 0o444,
        }
    }
}

/// A limit on what a process may use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Ulimit {
    /// Which one.
    pub name: String,
    /// The limit that holds.
    pub soft: i64,
    /// The limit up to which it may be raised.
    pub hard: i64,
}
