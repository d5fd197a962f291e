//! Machines that join a recorded swarm. The tokens of the recordings are symbolic, and the program
//! puts in those that are valid at the moment.

use swarmlab_core::scenario::NodeSetup;

use super::{Recording, Step};

/// Whether a line makes its node join.
pub(super) fn is_join(line: &str) -> bool {
    line.starts_with("docker swarm join ")
}

/// The machines that join: like the first node, with an address of their own.
pub(super) fn machines(recording: &Recording, like: &NodeSetup) -> Vec<NodeSetup> {
    let joins = recording.steps.iter().filter_map(|step| match step {
        Step::Command { on, line, .. } if is_join(line) => Some((on, line)),
        _ => None,
    });
    let fresh = joins.filter(|(on, _)| recording.nodes.iter().all(|node| node.hostname != **on));
    let machines = fresh.map(|(on, line)| {
        let mut words = line.split_whitespace();
        let address = words.find(|word| *word == "--advertise-addr");
        let address = address.and_then(|_| words.next());
        NodeSetup {
            name: on.clone(),
            role: swarmlab_core::model::NodeRole::Worker,
            address: address.unwrap_or_default().to_owned(),
            labels: swarmlab_core::model::Labels::new(),
            joined: false,
            ..like.clone()
        }
    });
    machines.collect()
}
