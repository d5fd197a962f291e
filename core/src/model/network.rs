//! Networks (`api/objects.proto` Network, NetworkAttachment).
//!
//! Left out: IPv6.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Annotations, Cidr, Labels, Meta};
use crate::ids::NetworkId;

/// The driver of networks that span nodes.
pub const OVERLAY: &str = "overlay";

/// The label of the networks that every swarm has for the sake of `--network host` and `bridge`
/// (`manager/allocator/networkallocator`).
pub const PREDEFINED_LABEL: &str = "com.docker.swarm.predefined";

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
    /// The options with which the driver allocated it.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub driver_state_options: Labels,
    /// Its address ranges as they were allocated, in the order of the spec.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ipam: Vec<IpamConfig>,
}

impl Network {
    /// A network as it is first created, without anything allocated. The store gives the id.
    pub fn new(spec: NetworkSpec) -> Self {
        Self {
            id: NetworkId(0),
            meta: Meta::default(),
            spec,
            driver_state_name: String::new(),
            driver_state_options: Labels::new(),
            ipam: Vec::new(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.spec.annotations.name
    }

    /// The driver that is wanted.
    pub fn driver(&self) -> &str {
        if self.spec.driver_name.is_empty() {
            OVERLAY
        } else {
            &self.spec.driver_name
        }
    }

    /// Whether every swarm has it, under the name of a network that every node has anyway.
    pub fn is_predefined(&self) -> bool {
        let label = self.spec.annotations.labels.get(PREDEFINED_LABEL);
        label.is_some_and(|value| value == "true")
    }

    /// Whether each node gives the addresses for itself.
    pub fn is_node_local(&self) -> bool {
        matches!(self.driver(), "bridge" | "host" | "ipvlan" | "macvlan")
    }
}

/// What the operator wants of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkSpec {
    /// Name and labels.
    pub annotations: Annotations,
    /// The driver that is wanted; `overlay` when empty.
    pub driver_name: String,
    /// Options for the driver.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub driver_options: Labels,
    /// The address ranges that are wanted; one from the default pools when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ipam: Vec<IpamConfig>,
    /// Not reachable from outside.
    pub internal: bool,
    /// Containers that are not tasks may attach themselves.
    pub attachable: bool,
    /// This is the network of the routing mesh.
    pub ingress: bool,
}

/// A range of addresses. Texts, as in the API: what is wrong with them is for the manager to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct IpamConfig {
    /// `10.0.1.0/24`.
    pub subnet: String,
    /// The part of it from which addresses are given; all of it when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub range: String,
    /// The address of the gateway.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub gateway: String,
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

/// An attachment that was made: the network as the allocator saw it, and the address there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkAttachment {
    /// The network.
    pub network: Arc<Network>,
    /// The address; absent before it is allocated, and where the node gives it.
    #[serde(default)]
    pub address: Option<Cidr>,
    /// Further names in this network.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

impl NetworkAttachment {
    /// An attachment without an address.
    pub fn new(network: Arc<Network>) -> Self {
        Self {
            network,
            address: None,
            aliases: Vec::new(),
        }
    }
}

/// The address at which a service is reached in a network, whichever of its tasks answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VirtualIp {
    /// The network.
    #[serde(rename = "NetworkID")]
    pub network: NetworkId,
    /// The address; absent in networks in which nodes give the addresses.
    #[serde(rename = "Addr")]
    pub address: Option<Cidr>,
}
