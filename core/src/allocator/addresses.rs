//! The addresses of the swarm's networks: subnets from the default pools, addresses from subnets.
//!
//! Upstream: moby `daemon/libnetwork/ipams/defaultipam`, `daemon/libnetwork/cnmallocator`,
//! `daemon/libnetwork/drivers/overlay/ovmanager`. Left out: IPv6.

use std::net::Ipv4Addr;

use super::serial::Serial;
use crate::collections::BTreeMap;
use crate::ids::NetworkId;
use crate::model::{Cidr, IpamConfig, Labels, Network};

/// From here subnets are cut (`daemon/libnetwork/ipamutils`).
const DEFAULT_POOL: Cidr = Cidr {
    address: Ipv4Addr::new(10, 0, 0, 0),
    prefix_bits: 8,
};
/// So long is the prefix of a subnet from the default pool.
const DEFAULT_SUBNET_BITS: u8 = 24;

/// The numbers by which nodes tell networks apart on the wire.
const VXLAN_FIRST: u32 = 4096;
const VXLAN_LAST: u32 = (1 << 24) - 1;
/// The option of the driver in which they are shown.
pub(super) const VXLAN_OPTION: &str = "com.docker.network.driver.overlay.vxlanid_list";

/// The addresses of all networks.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    networks: BTreeMap<NetworkId, Allocated>,
    vxlans: Serial,
}

/// A network that has its addresses.
#[derive(Clone, Debug)]
struct Allocated {
    /// In the order of its ranges; none where each node gives the addresses.
    pools: Vec<Pool>,
    vxlan: Option<u32>,
}

/// What an allocated network is shown with.
pub(super) struct State {
    pub(super) ipam: Vec<IpamConfig>,
    pub(super) options: Labels,
}

#[derive(Clone, Debug)]
struct Pool {
    subnet: Cidr,
    range: Cidr,
    taken: Serial,
}

impl Pool {
    /// A subnet without its first and last address, which name the subnet and everybody in it.
    fn new(subnet: Cidr, range: Cidr) -> Self {
        let (first, last) = (subnet.address.to_bits(), subnet.last().to_bits());
        let mut taken = Serial::new(first, last);
        if subnet.prefix_bits < 31 {
            taken.take(first);
            taken.take(last);
        }
        Self {
            subnet,
            range,
            taken,
        }
    }

    fn give(&mut self) -> Option<Cidr> {
        let (first, last) = (self.range.address.to_bits(), self.range.last().to_bits());
        let address = self.taken.give_within(first, last)?;
        Some(self.cidr(Ipv4Addr::from_bits(address)))
    }

    fn take(&mut self, address: Ipv4Addr) -> bool {
        self.taken.take(address.to_bits())
    }

    fn cidr(&self, address: Ipv4Addr) -> Cidr {
        Cidr {
            address,
            prefix_bits: self.subnet.prefix_bits,
        }
    }
}

impl Addresses {
    pub(super) fn new() -> Self {
        Self {
            networks: BTreeMap::new(),
            vxlans: Serial::new(VXLAN_FIRST, VXLAN_LAST),
        }
    }

    /// Whether a network has its addresses.
    pub(super) fn is_allocated(&self, network: NetworkId) -> bool {
        self.networks.contains_key(&network)
    }

    /// Whether addresses in a network come from here.
    pub(super) fn gives_in(&self, network: NetworkId) -> bool {
        let allocated = self.networks.get(&network);
        allocated.is_some_and(|allocated| !allocated.pools.is_empty())
    }

    /// Gives a network its subnets, gateways and its number. Nothing if its subnet is in use.
    pub(super) fn allocate(&mut self, network: &Network) -> Option<State> {
        if network.is_node_local() {
            let allocated = Allocated {
                pools: Vec::new(),
                vxlan: None,
            };
            self.networks.insert(network.id, allocated);
            return Some(State {
                ipam: Vec::new(),
                options: Labels::new(),
            });
        }
        // What a network has been given is what it wants from a new leader.
        let (wanted, restored) = if network.ipam.is_empty() {
            (&network.spec.ipam, false)
        } else {
            (&network.ipam, true)
        };
        let any = [IpamConfig::default()];
        let wanted: &[IpamConfig] = if wanted.is_empty() { &any } else { wanted };
        let mut pools: Vec<Pool> = Vec::new();
        let mut ipam: Vec<IpamConfig> = Vec::new();
        for config in wanted {
            let is_free = |subnet: Cidr| {
                let own = pools.iter().all(|pool| !pool.subnet.overlaps(subnet));
                own && self.is_free(subnet)
            };
            let subnet = if config.subnet.is_empty() {
                lowest_free(is_free)?
            } else {
                let subnet = config.subnet.parse::<Cidr>().ok()?.subnet();
                is_free(subnet).then_some(subnet)?
            };
            let range = if config.range.is_empty() {
                subnet
            } else {
                config.range.parse::<Cidr>().ok()?.subnet()
            };
            let mut pool = Pool::new(subnet, range);
            let gateway = if config.gateway.is_empty() {
                pool.give()?.address
            } else {
                let gateway = config.gateway.parse().ok()?;
                pool.take(gateway);
                gateway
            };
            ipam.push(IpamConfig {
                subnet: subnet.to_string(),
                range: config.range.clone(),
                gateway: gateway.to_string(),
            });
            pools.push(pool);
        }
        let known = if restored {
            &network.driver_state_options
        } else {
            &network.spec.driver_options
        };
        let asked_for = known.get(VXLAN_OPTION).and_then(|text| text.parse().ok());
        let vxlan = match asked_for {
            Some(number) => self.vxlans.take(number).then_some(number),
            None => self.vxlans.give(),
        };
        let mut options = network.spec.driver_options.clone();
        options.insert(VXLAN_OPTION.to_owned(), vxlan?.to_string());
        self.networks.insert(network.id, Allocated { pools, vxlan });
        Some(State { ipam, options })
    }

    fn is_free(&self, subnet: Cidr) -> bool {
        let mut pools = self.networks.values().flat_map(|network| &network.pools);
        pools.all(|pool| !pool.subnet.overlaps(subnet))
    }

    /// Gives back everything that a network has.
    pub(super) fn free_network(&mut self, network: NetworkId) {
        let allocated = self.networks.remove(&network);
        if let Some(vxlan) = allocated.and_then(|allocated| allocated.vxlan) {
            self.vxlans.free(vxlan);
        }
    }

    /// The next address in a network.
    pub(super) fn give(&mut self, network: NetworkId) -> Option<Cidr> {
        let allocated = self.networks.get_mut(&network)?;
        allocated.pools.iter_mut().find_map(Pool::give)
    }

    /// Takes an address that somebody has had before.
    pub(super) fn take(&mut self, network: NetworkId, address: Cidr) -> bool {
        let Some(allocated) = self.networks.get_mut(&network) else {
            return false;
        };
        let mut pools = allocated.pools.iter_mut();
        pools
            .find(|pool| pool.subnet.contains(address.address))
            .is_some_and(|pool| pool.take(address.address))
    }

    /// Gives an address back.
    pub(super) fn free(&mut self, network: NetworkId, address: Cidr) {
        let Some(allocated) = self.networks.get_mut(&network) else {
            return;
        };
        let mut pools = allocated.pools.iter_mut();
        if let Some(pool) = pools.find(|pool| pool.subnet.contains(address.address)) {
            pool.taken.free(address.address.to_bits());
        }
    }
}

/// The lowest subnet of the default pool that is free.
fn lowest_free(is_free: impl Fn(Cidr) -> bool) -> Option<Cidr> {
    let step = 1u32 << (32 - DEFAULT_SUBNET_BITS);
    let first = DEFAULT_POOL.address.to_bits();
    let last = DEFAULT_POOL.last().to_bits();
    let mut address = first;
    while address < last {
        let subnet = Cidr::new(Ipv4Addr::from_bits(address), DEFAULT_SUBNET_BITS);
        if is_free(subnet) {
            return Some(subnet);
        }
        address = address.checked_add(step)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NetworkSpec;

    fn network(id: u32, subnet: &str, gateway: &str) -> Network {
        let mut network = Network::new(NetworkSpec::default());
        network.id = NetworkId(id);
        if !subnet.is_empty() {
            network.spec.ipam.push(IpamConfig {
                subnet: subnet.to_owned(),
                range: String::new(),
                gateway: gateway.to_owned(),
            });
        }
        network
    }

    fn shown(state: Option<State>) -> String {
        state.map_or_else(
            || "nothing".to_owned(),
            |state| {
                let config = &state.ipam[0];
                let vxlan = &state.options[VXLAN_OPTION];
                format!("{} {} {vxlan}", config.subnet, config.gateway)
            },
        )
    }

    #[test]
    fn subnets_are_the_lowest_that_are_free() {
        let mut addresses = Addresses::new();
        let mut allocate = |id, subnet: &str| shown(addresses.allocate(&network(id, subnet, "")));
        assert_eq!(allocate(0, ""), "10.0.0.0/24 10.0.0.1 4096");
        assert_eq!(allocate(1, "10.0.1.0/24"), "10.0.1.0/24 10.0.1.1 4097");
        assert_eq!(allocate(2, ""), "10.0.2.0/24 10.0.2.1 4098");
        assert_eq!(allocate(3, "10.0.0.0/16"), "nothing");
        addresses.free_network(NetworkId(1));
        let again = addresses.allocate(&network(4, "", ""));
        assert_eq!(shown(again), "10.0.1.0/24 10.0.1.1 4099");
    }

    #[test]
    fn addresses_go_round_before_one_comes_back() {
        let mut addresses = Addresses::new();
        let id = NetworkId(7);
        addresses.allocate(&network(7, "10.9.0.0/29", "10.9.0.6"));
        let mut given = Vec::new();
        while let Some(address) = addresses.give(id) {
            given.push(address.to_string());
            if given.len() == 3 {
                let second = "10.9.0.2/29".parse().unwrap();
                addresses.free(id, second);
            }
        }
        let whole = "10.9.0.1/29 10.9.0.2/29 10.9.0.3/29 10.9.0.4/29 10.9.0.5/29 10.9.0.2/29";
        assert_eq!(given.join(" "), whole);
        assert!(!addresses.take(id, "10.9.0.4/29".parse().unwrap()));
    }
}
