//! `docker swarm init` (docker/cli `cli/command/swarm/init.go`).
//!
//! Left out: addresses of the data path, which no one could tell apart here.

use super::{SwarmSettings, availability};
use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::model::Availability;

/// A swarm that begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwarmInit {
    /// Its settings.
    pub settings: SwarmSettings,
    /// Whether its first node takes tasks.
    pub availability: Option<Availability>,
    /// Where it listens, as it was typed.
    pub listen_addr: Option<String>,
    /// Where others reach it, as it was typed.
    pub advertise_addr: Option<String>,
    /// The port of the network between containers; 0 for the usual one.
    pub data_path_port: u64,
    /// Take what a manager still knows of a swarm that has lost its majority.
    pub force_new_cluster: bool,
    /// Where addresses of networks come from.
    pub address_pools: Vec<String>,
    /// How large the subnets of these are, if it was said.
    pub mask_length: Option<u64>,
}

impl SwarmInit {
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        Ok(Self {
            availability: availability(matches)?,
            settings: SwarmSettings::read(matches),
            listen_addr: matches.text("listen-addr"),
            advertise_addr: matches.text("advertise-addr"),
            data_path_port: matches.uint("data-path-port").unwrap_or(0),
            force_new_cluster: matches.flag("force-new-cluster"),
            address_pools: matches.texts("default-addr-pool"),
            mask_length: matches.uint("default-addr-pool-mask-length"),
        })
    }
}
