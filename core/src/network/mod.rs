//! The network between the hosts: who reaches whom, and how long it takes.
//!
//! Every host reaches every other one until something is done to the network, so only what is
//! unlike the rest is kept: a directed graph of links that are slower than usual, and partitions
//! with their sides. A swarm talks over connections, which carry nothing when one of their
//! directions is cut ([`Network::connects`]): a cut in one direction is enough to part two nodes.
//!
//! Left out: bandwidth, and loss of single packets.

use std::hash::{BuildHasherDefault, DefaultHasher};

use petgraph::graphmap::DiGraphMap;

use crate::collections::{BTreeMap, BTreeSet};
use crate::ids::NodeId;
use crate::time::{MICROSECOND, SimTime};

/// How long a message takes between two hosts of one data centre; chosen, not measured.
pub const LATENCY_NS: u64 = 200 * MICROSECOND;

/// A cut through the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// What is sent from here ...
    pub from: BTreeSet<NodeId>,
    /// ... does not arrive here; everywhere else, if nothing is said.
    pub to: Option<BTreeSet<NodeId>>,
    /// Whether the other direction is cut, too.
    pub is_both_ways: bool,
}

impl Partition {
    /// A node that is cut off from all others.
    pub fn of_node(node: NodeId) -> Self {
        Self {
            from: BTreeSet::from([node]),
            to: None,
            is_both_ways: true,
        }
    }

    fn stops(&self, from: NodeId, to: NodeId) -> bool {
        let one_way = |from, to| {
            self.from.contains(&from)
                && match &self.to {
                    Some(side) => side.contains(&to),
                    None => !self.from.contains(&to),
                }
        };
        one_way(from, to) || (self.is_both_ways && one_way(to, from))
    }
}

/// The network.
#[derive(Clone, Debug)]
pub struct Network {
    latency_ns: u64,
    /// The links that are slower than usual, with the time they take.
    slow: DiGraphMap<NodeId, u64, BuildHasherDefault<DefaultHasher>>,
    partitions: BTreeMap<String, Partition>,
    /// When each began.
    begun: BTreeMap<String, SimTime>,
    /// How often something was done to it.
    changes: u64,
}

impl Default for Network {
    fn default() -> Self {
        Self::new(LATENCY_NS)
    }
}

impl Network {
    /// A network in which every message takes the same time.
    pub fn new(latency_ns: u64) -> Self {
        Self {
            latency_ns,
            slow: DiGraphMap::default(),
            partitions: BTreeMap::new(),
            begun: BTreeMap::new(),
            changes: 0,
        }
    }

    /// How often something has been done to it.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// How long a message takes where nothing else is said.
    pub fn usual_latency_ns(&self) -> u64 {
        self.latency_ns
    }

    /// Whether a host can hold a connection with the world outside. Whoever is cut off from all
    /// others is cut off from there, too.
    pub fn connects_outside(&self, node: NodeId) -> bool {
        let mut cuts = self.partitions.values();
        !cuts.any(|cut| cut.to.is_none() && cut.from.contains(&node))
    }

    /// Since when two hosts cannot hold a connection; absent if they can.
    pub fn cut_since(&self, a: NodeId, b: NodeId) -> Option<SimTime> {
        if a == b {
            return None;
        }
        let cuts = self.partitions.iter();
        let cuts = cuts.filter(|(_, cut)| cut.stops(a, b) || cut.stops(b, a));
        cuts.map(|(name, _)| self.begun.get(name).copied().unwrap_or_default())
            .min()
    }

    /// Whether what `from` sends arrives at `to`.
    pub fn reaches(&self, from: NodeId, to: NodeId) -> bool {
        from == to
            || !self
                .partitions
                .values()
                .any(|partition| partition.stops(from, to))
    }

    /// Whether two hosts can hold a connection.
    pub fn connects(&self, a: NodeId, b: NodeId) -> bool {
        self.reaches(a, b) && self.reaches(b, a)
    }

    /// How long a message takes.
    pub fn latency_ns(&self, from: NodeId, to: NodeId) -> u64 {
        if from == to {
            return 0;
        }
        let slow = self.slow.edge_weight(from, to);
        slow.copied().unwrap_or(self.latency_ns)
    }

    /// How much longer than usual a message takes. What is usual is part of the measured durations
    /// of everything but raft.
    pub fn extra_ns(&self, from: NodeId, to: NodeId) -> u64 {
        self.latency_ns(from, to).saturating_sub(self.latency_ns)
    }

    /// How long it takes to ask and be answered.
    pub fn round_trip_ns(&self, a: NodeId, b: NodeId) -> u64 {
        self.latency_ns(a, b).saturating_add(self.latency_ns(b, a))
    }

    /// Cuts the network. A partition with a name that is taken replaces the other.
    pub fn partition(&mut self, name: impl Into<String>, partition: Partition) {
        self.partition_at(name, partition, SimTime::ZERO);
    }

    /// The same, for whoever wants to know how long it has been cut.
    pub fn partition_at(&mut self, name: impl Into<String>, partition: Partition, now: SimTime) {
        let name = name.into();
        self.changes += 1;
        self.begun.insert(name.clone(), now);
        self.partitions.insert(name, partition);
    }

    /// Takes a partition back. False if there is none with this name.
    pub fn heal(&mut self, name: &str) -> bool {
        self.changes += 1;
        self.begun.remove(name);
        self.partitions.remove(name).is_some()
    }

    /// Takes all partitions back, and lets every link be as fast as usual. False if nothing was
    /// unusual.
    pub fn heal_all(&mut self) -> bool {
        let had_any = !self.partitions.is_empty() || self.slow.edge_count() > 0;
        self.changes += 1;
        self.begun.clear();
        self.partitions.clear();
        self.slow.clear();
        had_any
    }

    /// A host has another number from now on. What was done to its links stays.
    pub fn renumber(&mut self, before: NodeId, now: NodeId) {
        for partition in self.partitions.values_mut() {
            for side in std::iter::once(&mut partition.from).chain(&mut partition.to) {
                if side.remove(&before) {
                    side.insert(now);
                }
            }
        }
        let links: Vec<(NodeId, NodeId, u64)> = self
            .slow
            .all_edges()
            .map(|(a, b, &ns)| (a, b, ns))
            .collect();
        self.slow.remove_node(before);
        let number = |node| if node == before { now } else { node };
        for (from, to, latency_ns) in links {
            self.slow.add_edge(number(from), number(to), latency_ns);
        }
    }

    /// The partitions, by name.
    pub fn partitions(&self) -> impl Iterator<Item = (&str, &Partition)> {
        let partitions = self.partitions.iter();
        partitions.map(|(name, partition)| (name.as_str(), partition))
    }

    /// Lets every message between two hosts take so long; the usual time if nothing is said.
    pub fn slow_down(&mut self, a: NodeId, b: NodeId, latency_ns: Option<u64>) {
        self.changes += 1;
        for (from, to) in [(a, b), (b, a)] {
            match latency_ns {
                Some(latency_ns) => drop(self.slow.add_edge(from, to, latency_ns)),
                None => drop(self.slow.remove_edge(from, to)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);
    const C: NodeId = NodeId(2);

    #[test]
    fn a_partition_has_sides_and_heals() {
        let mut network = Network::default();
        network.partition(
            "rack",
            Partition {
                from: [A].into(),
                to: Some([B].into()),
                is_both_ways: true,
            },
        );
        assert!(!network.reaches(A, B) && !network.reaches(B, A));
        assert!(network.reaches(A, C) && network.reaches(C, B));
        network.partition("alone", Partition::of_node(C));
        assert!(!network.connects(A, C) && !network.connects(B, C));
        assert!(network.heal("rack") && !network.heal("rack"));
        assert!(network.connects(A, B) && !network.connects(A, C));
        assert!(network.heal_all() && !network.heal_all());
        assert!(network.connects(A, C));
    }

    #[test]
    fn one_direction_is_enough_to_part_two_hosts() {
        let mut network = Network::default();
        network.partition(
            "one way",
            Partition {
                from: [A].into(),
                to: None,
                is_both_ways: false,
            },
        );
        assert!(!network.reaches(A, B) && network.reaches(B, A));
        assert!(!network.connects(B, A) && network.connects(B, C));
        assert!(network.reaches(A, A));
    }

    #[test]
    fn a_slow_link_is_slow_in_both_directions_until_it_is_not() {
        let mut network = Network::default();
        network.slow_down(A, B, Some(7));
        assert_eq!(network.round_trip_ns(B, A), 14);
        assert_eq!(network.latency_ns(A, C), LATENCY_NS);
        network.slow_down(B, A, None);
        assert_eq!(network.round_trip_ns(A, B), 2 * LATENCY_NS);
        assert_eq!(network.latency_ns(A, A), 0);
        network.slow_down(A, B, Some(LATENCY_NS + 5));
        network.renumber(A, C);
        assert_eq!((network.extra_ns(B, C), network.extra_ns(B, A)), (5, 0));
        assert!(network.heal_all());
        assert_eq!(network.extra_ns(B, C), 0);
    }
}
