//! A network in the form of the Docker API, for `inspect` (moby `api/types/network/network.go`,
//! `daemon/cluster/convert/network.go`).

use serde_json::Value;

use super::ordered::{Json, Object};
use super::spec_json::labels_json;
use crate::model::{Cidr, IpamConfig, Labels};
use crate::time::SimTime;

/// A network as an engine knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkJson {
    /// Whole id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created_at: SimTime,
    /// `swarm` or `local`.
    pub scope: &'static str,
    /// Its driver.
    pub driver: String,
    /// Its address ranges.
    pub ipam: Vec<IpamConfig>,
    /// Not reachable from outside.
    pub internal: bool,
    /// Containers that are not tasks may attach themselves.
    pub attachable: bool,
    /// The network of the routing mesh.
    pub ingress: bool,
    /// Options of its driver.
    pub options: Labels,
    /// Its labels.
    pub labels: Labels,
    /// What the node that is asked has there: nothing if it is not on the network.
    pub endpoints: Option<Vec<EndpointRow>>,
    /// Name and address of every node on the network, if the one that is asked is.
    pub peers: Vec<(String, String)>,
}

/// An endpoint of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointRow {
    /// The container, or the load balancer.
    pub key: String,
    /// Name of the container, or of the load balancer's endpoint.
    pub name: String,
    /// Id of the endpoint.
    pub endpoint_id: String,
    /// Its address, if it has one.
    pub address: Option<Cidr>,
}

/// Prints a network.
pub fn network_json(network: &NetworkJson) -> Object {
    let ranges: Json = network
        .ipam
        .iter()
        .map(|range| {
            Object::default()
                .with("Subnet", range.subnet.as_str())
                .with_some("IPRange", range.range.as_str())
                .with_some("Gateway", range.gateway.as_str())
        })
        .collect();
    // The networks `host` and `none` have no addresses of their own.
    let config = if network.ipam.is_empty() && network.scope == "local" {
        Json::Plain(Value::Null)
    } else {
        ranges
    };
    let ipam = Object::default()
        .with("Driver", "default")
        .with("Options", Value::Null)
        .with("Config", config);
    let is_here = network.endpoints.is_some();
    // What only the managers know has no labels rather than an empty set of them.
    let labels = if network.labels.is_empty() && !is_here {
        Json::Plain(Value::Null)
    } else {
        labels_json(&network.labels)
    };
    let mut containers = Object::default();
    for endpoint in network.endpoints.iter().flatten() {
        let octets = endpoint.address.map(|cidr| cidr.address.octets());
        let mac = octets.map_or_else(String::new, |[a, b, c, d]| {
            format!("02:42:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
        });
        let address = endpoint.address.map(|cidr| cidr.to_string());
        let value = Object::default()
            .with("Name", endpoint.name.as_str())
            .with("EndpointID", endpoint.endpoint_id.as_str())
            .with("MacAddress", mac)
            .with("IPv4Address", address.unwrap_or_default())
            .with("IPv6Address", "");
        containers = containers.with(endpoint.key.clone(), value);
    }
    let containers = if is_here {
        Json::Object(containers)
    } else {
        Json::Plain(Value::Null)
    };
    let object = Object::default()
        .with("Name", network.name.as_str())
        .with("Id", network.id.as_str())
        .with("Created", network.created_at.to_rfc3339())
        .with("Scope", network.scope)
        .with("Driver", network.driver.as_str())
        .with("EnableIPv4", is_here)
        .with("EnableIPv6", false)
        .with("IPAM", ipam)
        .with("Internal", network.internal)
        .with("Attachable", network.attachable)
        .with("Ingress", network.ingress)
        .with("ConfigFrom", Object::default().with("Network", ""))
        .with("ConfigOnly", false)
        .with("Containers", containers)
        .with("Options", labels_json(&network.options))
        .with("Labels", labels);
    if network.peers.is_empty() {
        return object;
    }
    let peers: Json = network
        .peers
        .iter()
        .map(|(name, address)| {
            Object::default()
                .with("Name", name.as_str())
                .with("IP", address.as_str())
        })
        .collect();
    object.with("Peers", peers)
}
