//! CPU, memory and generic resources (`api/types.proto`).

use serde::{Deserialize, Serialize};

/// What a node offers, or what is still free on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Resources {
    /// CPU in billionths of a core. Signed: a node that shrinks below what is reserved on it goes
    /// negative.
    #[serde(rename = "NanoCPUs")]
    pub cpu_nano: i64,
    /// Memory in bytes, signed for the same reason.
    #[serde(rename = "MemoryBytes")]
    pub memory_bytes: i64,
    /// Countable and named things, in the order in which the node lists them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub generic: Vec<GenericResource>,
}

/// One entry of a node's list of generic resources, or one thing that a task was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GenericResource {
    /// A number of equal things: four SSDs.
    #[serde(rename = "DiscreteResourceSpec")]
    Discrete {
        /// What they are.
        #[serde(rename = "Kind")]
        kind: String,
        /// How many.
        #[serde(rename = "Value")]
        value: i64,
    },
    /// One thing with a name: the GPU `UUID-7`.
    #[serde(rename = "NamedResourceSpec")]
    Named {
        /// What it is.
        #[serde(rename = "Kind")]
        kind: String,
        /// Which one.
        #[serde(rename = "Value")]
        value: String,
    },
}

impl GenericResource {
    /// What kind of thing this is.
    pub fn kind(&self) -> &str {
        match self {
            Self::Discrete { kind, .. } | Self::Named { kind, .. } => kind,
        }
    }
}

/// What a task asks for: an amount of a kind. Asking for a named thing is not possible in a
/// service (the docker client refuses it).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GenericRequest {
    /// What.
    pub kind: String,
    /// How many.
    pub value: i64,
}
