//! Identities: small typed numbers inside, SwarmKit's 25-character ids outside.
//!
//! Inside the core an object is named by a number in order of creation, so "ordered by id" means
//! "in order of creation" everywhere (upstream's ids are random, which makes that order
//! arbitrary). The text that people see (`swarmkit identity/randomid.go`: 25 characters of
//! base 36) is computed from the seed when somebody asks for it, and takes no memory.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::rng::Stream;

/// Length of the text form of an object id.
pub const ID_LENGTH: usize = 25;

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The place of this object in a table that is dense by creation.
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of the object at a place in such a table.
            pub fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).expect("more than 2^32 objects of one kind"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

typed_id!(
    /// A node, in order of joining.
    NodeId, "n");
typed_id!(
    /// A service, in order of creation.
    ServiceId, "s");
typed_id!(
    /// A task, in order of creation.
    TaskId, "t");
typed_id!(
    /// A network, in order of creation.
    NetworkId, "net");
typed_id!(
    /// A secret, in order of creation.
    SecretId, "sec");
typed_id!(
    /// A config, in order of creation.
    ConfigId, "cfg");
typed_id!(
    /// A cluster volume, in order of creation.
    VolumeId, "vol");

/// The name of one object of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the variants are the kinds of object")]
pub enum ObjectId {
    Cluster,
    Node(NodeId),
    Service(ServiceId),
    Task(TaskId),
    Network(NetworkId),
    Secret(SecretId),
    Config(ConfigId),
    Volume(VolumeId),
}

/// Makes the texts of ids for one run.
#[derive(Clone, Debug)]
pub struct IdTexts {
    streams: [Stream; 8],
}

impl IdTexts {
    /// The texts for the run with this seed.
    pub fn new(seed: u64) -> Self {
        let purposes = [
            "ids of clusters",
            "ids of nodes",
            "ids of services",
            "ids of tasks",
            "ids of networks",
            "ids of secrets",
            "ids of configs",
            "ids of volumes",
        ];
        Self {
            streams: purposes.map(|purpose| Stream::new(seed, purpose)),
        }
    }

    /// The 25 characters that name the object outside.
    pub fn text(&self, id: impl Into<ObjectId>) -> String {
        let (kind, index) = match id.into() {
            ObjectId::Cluster => return self.cluster(0),
            ObjectId::Node(id) => (1, id.0),
            ObjectId::Service(id) => (2, id.0),
            ObjectId::Task(id) => (3, id.0),
            ObjectId::Network(id) => (4, id.0),
            ObjectId::Secret(id) => (5, id.0),
            ObjectId::Config(id) => (6, id.0),
            ObjectId::Volume(id) => (7, id.0),
        };
        base36(self.streams[kind].block_at(index))
    }

    /// The 25 characters that name a swarm: the first of the run, or one that followed it.
    pub fn cluster(&self, generation: u32) -> String {
        base36(self.streams[0].block_at(generation))
    }
}

macro_rules! object_id_from {
    ($($kind:ident($id:ident)),*) => {
        $(impl From<$id> for ObjectId {
            fn from(id: $id) -> Self {
                Self::$kind(id)
            }
        })*
    };
}

object_id_from!(
    Node(NodeId),
    Service(ServiceId),
    Task(TaskId),
    Network(NetworkId),
    Secret(SecretId),
    Config(ConfigId),
    Volume(VolumeId)
);

/// An id of the kind that engines give to what is their own (containers, networks of one node,
/// endpoints): 64 hexadecimal digits, the same for the same purpose.
pub fn engine_id(seed: u64, purpose: &str) -> String {
    let mut stream = Stream::new(seed, purpose);
    let [a, b, c, d] = std::array::from_fn(|_| stream.next_u64());
    format!("{a:016x}{b:016x}{c:016x}{d:016x}")
}

/// The last 25 digits of a number in base 36; 128 bits are just enough to fill them.
pub(crate) fn base36(mut number: u128) -> String {
    let mut digits = [b'0'; ID_LENGTH];
    for digit in digits.iter_mut().rev() {
        let value = u8::try_from(number % 36).expect("below 36");
        *digit = if value < 10 {
            b'0' + value
        } else {
            b'a' + value - 10
        };
        number /= 36;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_look_like_swarmkits() {
        let texts = IdTexts::new(42);
        let text = texts.text(TaskId(3));
        assert_eq!(text.len(), ID_LENGTH);
        assert!(
            text.bytes()
                .all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()),
            "{text}"
        );
        assert_eq!(text, texts.text(TaskId(3)));
        assert_ne!(text, texts.text(TaskId(4)));
        assert_ne!(text, texts.text(NodeId(3)));
        assert_ne!(text, IdTexts::new(43).text(TaskId(3)));
    }
}
