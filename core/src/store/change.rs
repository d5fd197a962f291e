//! What the feed tells: commits, and the changes in them.

use std::sync::Arc;

use crate::ids::ObjectId;
use crate::model::{Cluster, Config, Network, Node, Secret, Service, Task, Version, Volume};
use crate::time::SimTime;

/// A transaction that was committed.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Its index.
    pub version: Version,
    /// When it happened.
    pub at: SimTime,
    /// Every write, in the order of the writes: an object that was written twice is here twice.
    pub changes: Vec<Change>,
}

/// One write of one object.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the variants are the kinds of object")]
pub enum Change {
    Cluster(Delta<Cluster>),
    Node(Delta<Node>),
    Service(Delta<Service>),
    Task(Delta<Task>),
    Network(Delta<Network>),
    Secret(Delta<Secret>),
    Config(Delta<Config>),
    Volume(Delta<Volume>),
}

/// What a write did to an object.
#[derive(Clone, Debug)]
pub enum Delta<T> {
    /// It came into being.
    Created(Arc<T>),
    /// It was replaced by a new version.
    Updated {
        /// The version before.
        old: Arc<T>,
        /// The version after.
        new: Arc<T>,
    },
    /// It is gone.
    Deleted(Arc<T>),
}

impl<T> Delta<T> {
    /// The object after the write, or the last version of a deleted one.
    pub fn object(&self) -> &Arc<T> {
        match self {
            Self::Created(object) | Self::Updated { new: object, .. } | Self::Deleted(object) => {
                object
            }
        }
    }

    /// The object after the write, if there is one.
    pub fn present(&self) -> Option<&Arc<T>> {
        match self {
            Self::Created(object) | Self::Updated { new: object, .. } => Some(object),
            Self::Deleted(_) => None,
        }
    }

    /// The object before the write, if there was one.
    pub fn before(&self) -> Option<&Arc<T>> {
        match self {
            Self::Created(_) => None,
            Self::Updated { old, .. } | Self::Deleted(old) => Some(old),
        }
    }
}

impl Change {
    /// Which object was written.
    pub fn object_id(&self) -> ObjectId {
        match self {
            Self::Cluster(_) => ObjectId::Cluster,
            Self::Node(delta) => delta.object().id.into(),
            Self::Service(delta) => delta.object().id.into(),
            Self::Task(delta) => delta.object().id.into(),
            Self::Network(delta) => delta.object().id.into(),
            Self::Secret(delta) => delta.object().id.into(),
            Self::Config(delta) => delta.object().id.into(),
            Self::Volume(delta) => delta.object().id.into(),
        }
    }
}
