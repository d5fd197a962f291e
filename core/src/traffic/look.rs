//! What traffic sees of the swarm: who answers now, and through which nodes.
//!
//! Looked at again only when something may have changed. Upstream: see [`crate::mesh`]. Left out:
//! nothing of its own.

use super::Traffic;
use super::backend::Backend;
use super::door::Door;
use crate::collections::BTreeSet;
use crate::ids::NodeId;
use crate::scenario::Target;
use crate::swarm::Swarm;
use crate::time::SimTime;

impl Traffic {
    /// Looks at the swarm, which may have changed.
    pub(super) fn look(&mut self, swarm: &Swarm) {
        let network = &swarm.kernel.network;
        let node_count = swarm.kernel.store.node_count();
        let changes = Some(network.changes());
        let has_changed = changes != self.network_changes || node_count != self.node_count;
        self.network_changes = changes;
        self.node_count = node_count;
        for destination in &mut self.destinations {
            destination.look(swarm, has_changed);
        }
        self.look_at_backends(swarm);
        self.look_at_doors(swarm);
        self.cut_those_due(network);
        self.lose_ways(network);
    }

    fn look_at_backends(&mut self, swarm: &Swarm) {
        let mut there = BTreeSet::new();
        for destination in &self.destinations {
            for fact in destination.facts.iter().chain(&destination.hosts) {
                let next = u32::try_from(self.backends.len()).unwrap_or(u32::MAX);
                let number = *self.numbers.entry(fact.task).or_insert(next);
                if number == next {
                    let backend = Backend::of(swarm, fact, self.clients.len());
                    self.backends.push(backend);
                    self.live.push(number);
                }
                let backend = &mut self.backends[number as usize];
                (backend.reception, backend.is_up) = (fact.reception, fact.is_up);
                // A start that a crash had cut short may come again.
                if backend.is_cut && fact.reception.cuts_at.0 > self.now_ns {
                    backend.is_cut = false;
                    if !self.live.contains(&number) {
                        self.live.push(number);
                    }
                }
                there.insert(number);
            }
        }
        let now = SimTime(self.now_ns);
        for number in self.live.iter().filter(|number| !there.contains(number)) {
            let backend = &mut self.backends[*number as usize];
            // Its container is gone without a trace.
            let reception = &mut backend.reception;
            for end in [
                &mut reception.closes_at,
                &mut reception.cuts_at,
                &mut reception.ends_at,
            ] {
                *end = now.min(*end);
            }
        }
    }

    fn look_at_doors(&mut self, swarm: &Swarm) {
        let store = &swarm.kernel.store;
        let by_name = |name: &str| {
            let mut nodes = store.nodes();
            let found = nodes.rfind(|node| node.hostname() == name || node.status.addr == name);
            found.map(|node| node.id)
        };
        for client in &mut self.clients {
            let nodes: Vec<NodeId> = match &client.setup.target {
                Target::Port { nodes, .. } if nodes.is_empty() => {
                    store.nodes().map(|node| node.id).collect()
                }
                Target::Port { nodes, .. } => nodes.iter().filter_map(|it| by_name(it)).collect(),
                Target::Name { on, .. } => by_name(on).into_iter().collect(),
            };
            client.is_up = match client.setup.target {
                Target::Port { .. } => true,
                Target::Name { .. } => nodes.iter().any(|&node| swarm.is_up(node)),
            };
            let doors: Vec<u32> = nodes
                .into_iter()
                .map(|node| {
                    let next = u32::try_from(self.doors.len()).unwrap_or(u32::MAX);
                    let key = (node, client.destination);
                    let number = *self.door_numbers.entry(key).or_insert(next);
                    if number == next {
                        self.doors.push(Door::new(node, client.destination));
                    }
                    number
                })
                .collect();
            let all = &self.doors;
            client.take_doors(doors, |door| all[door as usize].node);
        }
        for door in &mut self.doors {
            let destination = &self.destinations[door.destination as usize];
            let is_outside = matches!(destination.target, Target::Port { .. });
            door.look(swarm, is_outside);
        }
    }
}
