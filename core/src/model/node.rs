//! Nodes (`api/objects.proto` Node, `api/specs.proto` NodeSpec).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Annotations, Labels, Meta, NetworkAttachment, Resources, Text};
use crate::collections::BTreeMap;
use crate::ids::NodeId;

/// A machine of the swarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Node {
    /// Its id.
    #[serde(rename = "ID")]
    pub id: NodeId,
    /// Version and times.
    pub meta: Meta,
    /// What the operator wants of it.
    pub spec: NodeSpec,
    /// What it said about itself at its last session; absent before the first.
    pub description: Option<Arc<NodeDescription>>,
    /// What the managers observe.
    pub status: NodeStatus,
    /// The role it has (not the one that is wanted of it).
    pub role: NodeRole,
    /// The networks that it is on, with the addresses of its load balancers there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<NetworkAttachment>,
    /// Its certificate, as it says.
    #[serde(default, skip_serializing_if = "is_first")]
    pub certificate: Certificate,
}

/// The certificate of a node, by the numbers of root certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Certificate {
    /// Who has signed it.
    pub issuer: u32,
    /// Whom the node trusts.
    pub trusts: u32,
    /// Whether it is to ask for another one (`IssuanceStateRotate`).
    pub is_rotating: bool,
}

/// Fields that say what they say anyway are left out of the encoding.
fn is_first(certificate: &Certificate) -> bool {
    *certificate == Certificate::default()
}

impl Node {
    /// A node that is known and has said nothing yet. The store gives the id.
    pub fn new(role: NodeRole) -> Self {
        Self {
            id: NodeId(0),
            meta: Meta::default(),
            spec: NodeSpec {
                desired_role: role,
                ..NodeSpec::default()
            },
            description: None,
            status: NodeStatus::default(),
            role,
            attachments: Vec::new(),
            certificate: Certificate::default(),
        }
    }

    /// The hostname, or the empty text for a node that never described itself.
    pub fn hostname(&self) -> &str {
        self.description
            .as_ref()
            .map_or("", |description| &description.hostname)
    }
}

/// What the operator wants of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NodeSpec {
    /// Name (unused by Docker) and labels.
    pub annotations: Annotations,
    /// The role that is wanted.
    pub desired_role: NodeRole,
    /// Whether it takes tasks.
    pub availability: Availability,
}

/// What a node says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NodeDescription {
    /// Its name in the world.
    pub hostname: String,
    /// Operating system and architecture.
    pub platform: Option<Platform>,
    /// What it has to offer, before anything is reserved.
    pub resources: Option<Resources>,
    /// Its container engine.
    pub engine: Option<Engine>,
    /// Its storage plugins, by name.
    #[serde(rename = "CSIInfo", skip_serializing_if = "BTreeMap::is_empty")]
    pub csi_info: BTreeMap<String, NodeCsiInfo>,
}

/// Operating system and architecture, as the node or the image names them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Platform {
    /// `x86_64`, `amd64`, `aarch64`, ...
    pub architecture: String,
    /// `linux`, `windows`.
    #[serde(rename = "OS")]
    pub os: String,
}

/// The container engine of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Engine {
    /// `28.2.2`.
    pub engine_version: String,
    /// The labels of the daemon.
    pub labels: Labels,
    /// What it can do.
    pub plugins: Vec<Plugin>,
}

/// A capability of an engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Plugin {
    /// `Volume`, `Network` or `Log`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// Its name, possibly with a tag.
    pub name: String,
}

/// What a storage plugin says about a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NodeCsiInfo {
    /// Segments by key, such as `region` to `r1`; absent when the plugin has no topology.
    pub accessible_topology: Option<Labels>,
}

/// What the managers observe of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NodeStatus {
    /// Whether it answers.
    pub state: NodeState,
    /// Why it is in this state.
    pub message: Text,
    /// The address that the managers see, without port.
    pub addr: String,
}

macro_rules! named_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize,
            Deserialize,
        )]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// Every value, in the order of upstream's numbers.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word of the Docker API.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// The value with this word.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(super) use named_enum;

named_enum!(
    /// Whether a node answers.
    NodeState {
        /// Not yet known, for example after a change of leader.
        #[default]
        Unknown = "unknown",
        /// It missed its heartbeats.
        Down = "down",
        /// It answers.
        Ready = "ready",
        /// It said goodbye.
        Disconnected = "disconnected",
    }
);

named_enum!(
    /// Whether a node takes tasks.
    Availability {
        /// It takes tasks.
        #[default]
        Active = "active",
        /// It keeps what it has and takes no more.
        Pause = "pause",
        /// It gives away what it has.
        Drain = "drain",
    }
);

named_enum!(
    /// What a node does in the swarm.
    NodeRole {
        /// It runs tasks.
        #[default]
        Worker = "worker",
        /// It runs tasks and takes part in raft.
        Manager = "manager",
    }
);
