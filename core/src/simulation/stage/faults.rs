//! What is done to machines and to the network between them.

use super::Stage;
use crate::agent::EngineEnd;
use crate::ids::NodeId;
use crate::network::Partition;
use crate::simulation::machines::Place;
use crate::time::format_duration;

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

    /// What a node is called; one that is no longer known is the machine that was named.
    fn hostname(&self, node: NodeId, operand: &str) -> String {
        let node = self.swarm.kernel.store.node(node);
        node.map_or(operand, |node| node.hostname()).to_owned()
    }

    pub(super) fn crash(&mut self, operand: &str) {
        let nodes = self.nodes_of(operand);
        if nodes.is_empty() {
            let text = format!("{operand} is no node of the swarm: it cannot crash");
            return self.note_fault(text);
        }
        for node in nodes {
            let name = self.hostname(node, operand);
            if self.swarm.crash(node) {
                self.note_loss(format!("{name} loses its power"), Some(node));
                self.lose_lines(node);
            } else {
                self.note_fault(format!("{name} has no power that it could lose"));
            }
        }
    }

    pub(super) fn end_engine(&mut self, name: &str, how: EngineEnd) {
        let node = self.node_by_name(name);
        let Some(node) = node.filter(|&node| self.swarm.end_engine(node, how)) else {
            return self.note_fault(format!("no engine runs on {name} that could end"));
        };
        self.note_fault(match how {
            EngineEnd::Killed => format!("the engine of {name} is killed; its containers run on"),
            EngineEnd::Stopped => format!("the engine of {name} stops, and its containers with it"),
        });
        self.lose_lines(node);
    }

    pub(super) fn recover(&mut self, operand: &str) {
        let nodes = self.nodes_of(operand);
        if nodes.is_empty() {
            let text = format!("{operand} has not crashed: nothing to recover");
            return self.note_fault(text);
        }
        for node in nodes {
            let name = self.hostname(node, operand);
            let has_power = self.swarm.has_power(node);
            if !self.swarm.recover(node) {
                self.note_fault(format!("{name} has not crashed: nothing to recover"));
            } else if has_power {
                self.note_fault(format!("the engine of {name} is started again"));
            } else {
                self.note_fault(format!("{name} has power again and boots"));
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

    pub(super) fn slow_down(&mut self, name: &str, other: &str, latency_ns: Option<u64>) {
        let (Some(a), Some(b)) = (self.node_by_name(name), self.node_by_name(other)) else {
            let text = format!("{name} and {other} are not both nodes of the swarm");
            return self.note_fault(text);
        };
        self.swarm.kernel.network.slow_down(a, b, latency_ns);
        self.note_fault(match latency_ns {
            Some(ns) => {
                let takes = format_duration(ns);
                format!("a message between {name} and {other} takes {takes}")
            }
            None => format!("the link between {name} and {other} is as fast as usual"),
        });
        self.swarm.on_network();
    }

    /// A machine loses its disk, and with it all that it knew: it is no node of any swarm, and
    /// nobody hears of it.
    pub(super) fn wipe(&mut self, name: &str) {
        let Some(machine) = self.machines.find(name) else {
            return self.note_fault(format!("there is no machine called {name}"));
        };
        let Some(node) = self.machines.node(machine) else {
            self.machines.put(machine, Place::Outside);
            return self.note_fault(format!("{name} has an empty disk, and belongs to no swarm"));
        };
        let text = format!("{name} loses its disk and starts again with an empty one");
        self.note_loss(text, Some(node));
        self.lose_lines(node);
        self.swarm.wipe(node);
        self.give_up_place(machine);
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
