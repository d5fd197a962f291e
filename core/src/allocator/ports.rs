//! Published ports (`manager/allocator/portallocator.go`).
//!
//! Ports of the routing mesh belong to one service in the whole swarm, for each protocol apart.
//! Those that are left to the manager come from a range of their own, one after the other.

use super::serial::Serial;
use crate::collections::BTreeMap;
use crate::model::{Endpoint, EndpointSpec, PortConfig, PortProtocol, PublishMode};

const DYNAMIC_FIRST: u32 = 30_000;
const DYNAMIC_LAST: u32 = 32_767;

/// The ports that are taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Ports {
    spaces: BTreeMap<PortProtocol, Serial>,
}

impl Ports {
    fn space(&mut self, protocol: PortProtocol) -> &mut Serial {
        self.spaces
            .entry(protocol)
            .or_insert_with(|| Serial::new(DYNAMIC_FIRST, DYNAMIC_LAST))
    }

    /// Takes the ports that a service has had before.
    pub(super) fn restore(&mut self, ports: &[PortConfig]) {
        for port in ports.iter().filter(|port| is_ingress(port)) {
            self.space(port.protocol).take(port.published_port);
        }
    }

    /// Gives ports back. Says whether there were any.
    pub(super) fn free(&mut self, ports: &[PortConfig]) -> bool {
        let mut any = false;
        for port in ports.iter().filter(|port| is_ingress(port)) {
            self.space(port.protocol).free(port.published_port);
            any = true;
        }
        any
    }

    /// Gives a service the ports that it wants, after its earlier ones have been given back.
    /// Nothing if one of them belongs to another.
    pub(super) fn allocate(
        &mut self,
        spec: &EndpointSpec,
        before: Option<&Endpoint>,
    ) -> Option<Vec<PortConfig>> {
        let wanted = reconcile(spec, before);
        let mut given: Vec<PortConfig> = Vec::new();
        for mut port in wanted {
            if is_ingress(&port) {
                let space = self.space(port.protocol);
                let number = if port.published_port == 0 {
                    space.give()
                } else {
                    let number = port.published_port;
                    space.take(number).then_some(number)
                };
                let Some(number) = number else {
                    self.free(&given);
                    return None;
                };
                port.published_port = number;
            }
            given.push(port);
        }
        Some(given)
    }
}

fn is_ingress(port: &PortConfig) -> bool {
    port.publish_mode == PublishMode::Ingress
}

/// The ports to ask for: chosen numbers stay with their ports, as long as the count is the same.
fn reconcile(spec: &EndpointSpec, before: Option<&Endpoint>) -> Vec<PortConfig> {
    let Some(before) = before.filter(|before| before.ports.len() == spec.ports.len()) else {
        return spec.ports.clone();
    };
    let mut chosen: Vec<PortConfig> = before.ports.iter().copied().filter(is_ingress).collect();
    let mut take_chosen = |port: &PortConfig| {
        let is_same = |other: &PortConfig| {
            (other.protocol, other.target_port) == (port.protocol, port.target_port)
                && (port.published_port == 0 || port.published_port == other.published_port)
        };
        let place = chosen.iter().position(is_same)?;
        Some(chosen.remove(place))
    };
    let is_dynamic = |port: &&PortConfig| is_ingress(port) && port.published_port == 0;
    let mut ports: Vec<PortConfig> = Vec::new();
    for port in spec.ports.iter().filter(|port| !is_dynamic(port)) {
        if is_ingress(port) {
            take_chosen(port);
        }
        ports.push(*port);
    }
    for port in spec.ports.iter().filter(is_dynamic) {
        ports.push(take_chosen(port).unwrap_or(*port));
    }
    ports
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(ports: &[(u32, u32)]) -> EndpointSpec {
        let port = |&(published_port, target_port): &(u32, u32)| PortConfig {
            target_port,
            published_port,
            ..PortConfig::default()
        };
        EndpointSpec {
            ports: ports.iter().map(port).collect(),
            ..EndpointSpec::default()
        }
    }

    fn numbers(ports: Option<Vec<PortConfig>>) -> Vec<u32> {
        let ports = ports.unwrap_or_default();
        ports.iter().map(|port| port.published_port).collect()
    }

    #[test]
    fn dynamic_ports_come_one_after_the_other() {
        // The series that was measured: 30000 to 30002, 30003 taken by hand, then 30004; 30000
        // is given back and the next is 30005 all the same.
        let mut ports = Ports::default();
        let first = ports.allocate(&spec(&[(0, 80)]), None);
        assert_eq!(numbers(first.clone()), [30_000]);
        assert_eq!(
            numbers(ports.allocate(&spec(&[(0, 80), (0, 81)]), None)),
            [30_001, 30_002]
        );
        assert_eq!(
            numbers(ports.allocate(&spec(&[(30_003, 80)]), None)),
            [30_003]
        );
        assert_eq!(numbers(ports.allocate(&spec(&[(0, 80)]), None)), [30_004]);
        ports.free(&first.unwrap_or_default());
        assert_eq!(numbers(ports.allocate(&spec(&[(0, 80)]), None)), [30_005]);
        assert_eq!(ports.allocate(&spec(&[(0, 80), (30_003, 81)]), None), None);
        assert_eq!(numbers(ports.allocate(&spec(&[(0, 80)]), None)), [30_007]);
    }

    #[test]
    fn a_chosen_number_stays_with_its_port_while_the_count_is_the_same() {
        let mut ports = Ports::default();
        let given = ports
            .allocate(&spec(&[(0, 80), (0, 90)]), None)
            .unwrap_or_default();
        let before = Endpoint {
            ports: given,
            ..Endpoint::default()
        };
        ports.free(&before.ports);
        let kept = ports.allocate(&spec(&[(8080, 70), (0, 90)]), Some(&before));
        assert_eq!(numbers(kept), [8080, 30_001]);
        ports.free(&before.ports);
        let renumbered = ports.allocate(&spec(&[(0, 90)]), Some(&before));
        assert_eq!(numbers(renumbered), [30_002]);
    }
}
