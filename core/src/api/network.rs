//! Networks.

use serde::{Deserialize, Serialize};

use super::is_default;
use crate::model::{Annotations, IpamConfig, Labels, NetworkSpec};

/// A network of the swarm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Network {
    /// Its name.
    pub name: String,
    /// Its driver: `overlay`.
    pub driver: String,
    /// Its addresses.
    #[serde(rename = "IPAM", skip_serializing_if = "is_default")]
    pub ipam: Ipam,
    /// Not reachable from outside.
    #[serde(skip_serializing_if = "is_default")]
    pub internal: bool,
    /// Containers that are not tasks may attach themselves.
    #[serde(skip_serializing_if = "is_default")]
    pub attachable: bool,
    /// Options of its driver.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub options: Labels,
    /// Its labels.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
}

/// How a network gets its addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Ipam {
    /// Who gives them.
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    /// The ranges.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub config: Vec<IpamRange>,
}

/// A range of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct IpamRange {
    /// All of them, such as `10.0.1.0/24`.
    pub subnet: String,
    /// Those that are handed out, if not all are.
    #[serde(rename = "IPRange", skip_serializing_if = "String::is_empty")]
    pub range: String,
    /// The address of the way out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub gateway: String,
}

impl Network {
    /// What the swarm is asked for.
    pub fn to_model(&self) -> NetworkSpec {
        let ranges = self.ipam.config.iter().map(|range| IpamConfig {
            subnet: range.subnet.clone(),
            range: range.range.clone(),
            gateway: range.gateway.clone(),
        });
        NetworkSpec {
            annotations: Annotations {
                name: self.name.clone(),
                labels: self.labels.clone(),
            },
            driver_name: self.driver.clone(),
            driver_options: self.options.clone(),
            ipam: ranges.collect(),
            internal: self.internal,
            attachable: self.attachable,
            ingress: false,
        }
    }
}
