//! Cluster (CSI) volumes (`api/objects.proto` Volume, `api/types.proto` VolumeAccessMode).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::node::named_enum;
use super::{Annotations, Labels, Meta};
use crate::ids::{NodeId, VolumeId};

/// A volume that a storage plugin provides to the whole cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Volume {
    /// Its id.
    #[serde(rename = "ID")]
    pub id: VolumeId,
    /// Version and times.
    pub meta: Meta,
    /// Name and labels.
    pub annotations: Annotations,
    /// The group it belongs to; empty for none.
    pub group: String,
    /// The plugin that provides it.
    pub driver: String,
    /// How it may be used.
    pub access: VolumeAccess,
    /// Whether it may be used.
    pub availability: VolumeAvailability,
    /// The plugin's own name for it; empty until the plugin has created it.
    pub plugin_volume_id: String,
    /// Where it can be reached: any of these sets of segments. Empty: everywhere.
    pub accessible_topology: Vec<Labels>,
    /// Where it is, or is becoming, published.
    pub publish_status: Vec<VolumePublishStatus>,
}

/// How a volume may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct VolumeAccess {
    /// On how many nodes at once.
    pub scope: VolumeScope,
    /// By how many tasks at once.
    pub sharing: VolumeSharing,
}

named_enum!(
    /// On how many nodes at once a volume may be used.
    VolumeScope {
        /// One.
        #[default]
        SingleNode = "single",
        /// Several.
        MultiNode = "multi",
    }
);

named_enum!(
    /// By how many tasks at once a volume may be used.
    VolumeSharing {
        /// One.
        #[default]
        None = "none",
        /// Several that read.
        ReadOnly = "readonly",
        /// Several, of which one writes.
        OneWriter = "onewriter",
        /// Any.
        All = "all",
    }
);

named_enum!(
    /// Whether a volume may be used.
    VolumeAvailability {
        /// It may.
        #[default]
        Active = "active",
        /// Not by new tasks.
        Pause = "pause",
        /// Not at all.
        Drain = "drain",
    }
);

named_enum!(
    /// How far a volume's way to a node is.
    VolumePublishState {
        /// It shall be published.
        #[default]
        PendingPublish = "pending-publish",
        /// It is.
        Published = "published",
        /// The node shall let go of it.
        PendingNodeUnpublish = "pending-node-unpublish",
        /// The plugin shall take it back.
        PendingUnpublish = "pending-controller-unpublish",
    }
);

/// How far a volume's way to one node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumePublishStatus {
    /// The node.
    #[serde(rename = "NodeID")]
    pub node_id: NodeId,
    /// How far.
    pub state: VolumePublishState,
}

/// A cluster volume that a task was given for one of its mounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeAttachment {
    /// The volume.
    #[serde(rename = "ID")]
    pub id: VolumeId,
    /// The mount's source.
    pub source: String,
    /// The mount's target.
    pub target: String,
}
