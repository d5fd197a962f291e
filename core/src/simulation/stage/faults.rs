//! What is done to machines and to the network between them.

use super::Stage;
use crate::ids::NodeId;
use crate::network::Partition;

impl Stage {
    /// The nodes that an operand means: one by its name, or all with a label (`zone=a`).
    pub(super) fn nodes_of(&self, operand: &str) -> Vec<NodeId> {
        let Some((key, value)) = operand.split_once('=') else {
            return self.node_by_name(operand).into_iter().collect();
        };
        let nodes = self.swarm.kernel.store.nodes();
        nodes
            .filter(|node| {
                let labels = &node.spec.annotations.labels;
                labels.get(key).is_some_and(|found| found == value)
            })
            .map(|node| node.id)
            .collect()
    }

    fn hostname(&self, node: NodeId) -> String {
        let node = self.swarm.kernel.store.node(node);
        node.map_or("?", |node| node.hostname()).to_owned()
    }

    pub(super) fn crash(&mut self, operand: &str) {
        let nodes = self.nodes_of(operand);
        if nodes.is_empty() {
            let text = format!("{operand} is no node of the swarm: it cannot crash");
            return self.note_fault(text);
        }
        for node in nodes {
            let name = self.hostname(node);
            if self.swarm.crash(node) {
                self.note_loss(format!("{name} loses its power"), Some(node));
                self.lose_lines(node);
            } else {
                self.note_fault(format!("{name} has no power that it could lose"));
            }
        }
    }

    pub(super) fn recover(&mut self, operand: &str) {
        let nodes = self.nodes_of(operand);
        if nodes.is_empty() {
            let text = format!("{operand} has not crashed: nothing to recover");
            return self.note_fault(text);
        }
        for node in nodes {
            let name = self.hostname(node);
            if self.swarm.recover(node) {
                self.note_fault(format!("{name} has power again and boots"));
            } else {
                self.note_fault(format!("{name} has not crashed: nothing to recover"));
            }
        }
    }

    pub(super) fn freeze(&mut self, name: &str) {
        let node = self.node_by_name(name);
        if node.is_some_and(|node| self.swarm.freeze(node)) {
            self.note_fault(format!("the engine of {name} is frozen"));
        } else {
            self.note_fault(format!("no engine runs on {name} that could be frozen"));
        }
    }

    pub(super) fn thaw(&mut self, name: &str) {
        let node = self.node_by_name(name);
        if node.is_some_and(|node| self.swarm.thaw(node)) {
            self.note_fault(format!("the engine of {name} goes on"));
        } else {
            self.note_fault(format!("the engine of {name} is not frozen"));
        }
    }

    pub(super) fn partition(&mut self, names: &[String], one_way: bool) {
        let nodes = names.iter().flat_map(|name| self.nodes_of(name)).collect();
        let partition = Partition {
            from: nodes,
            to: None,
            is_both_ways: !one_way,
        };
        let side = names.join(", ");
        let kernel = &mut self.swarm.kernel;
        kernel
            .network
            .partition_at(names.join(" "), partition, kernel.now);
        self.note_fault(if one_way {
            format!("nothing that {side} sends arrives anywhere else")
        } else {
            format!("{side} cut off from all others")
        });
        self.swarm.on_network();
    }

    pub(super) fn heal(&mut self) {
        if self.swarm.kernel.network.heal_all() {
            self.note_fault("the network is whole again".to_owned());
            self.swarm.on_network();
        } else {
            self.note_fault("the network is whole: nothing to heal".to_owned());
        }
    }
}
