//! Networks (`api/objects.proto` Network, NetworkAttachment).
//!
//! Left out for now: subnets, addresses and VIPs.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Annotations, Labels, Meta};
use crate::ids::NetworkId;

/// A network of the swarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Network {
    /// Its id.
    #[serde(rename = "ID")]
    pub id: NetworkId,
    /// Version and times.
    pub meta: Meta,
    /// What the operator wants.
    pub spec: NetworkSpec,
    /// The name of the driver that allocated it; empty before that.
    pub driver_state_name: String,
}

/// What the operator wants of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkSpec {
    /// Name and labels.
    pub annotations: Annotations,
    /// The driver that is wanted; `overlay` when empty.
    pub driver_name: String,
    /// Not reachable from outside.
    pub internal: bool,
    /// Containers that are not tasks may attach themselves.
    pub attachable: bool,
    /// This is the network of the routing mesh.
    pub ingress: bool,
}

/// A wish to be attached to a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkAttachmentConfig {
    /// Name or id of the network.
    pub target: String,
    /// Further names of the service in this network.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Options for the driver.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub driver_opts: Labels,
}

/// An attachment that was made: the network as the allocator saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkAttachment {
    /// The network.
    pub network: Arc<Network>,
}
