//! The machines of a run, and what each engine believes about its place in a swarm.
//!
//! Upstream: moby `daemon/cluster/noderunner.go`. A machine keeps its name and its address; which
//! node it is changes when it leaves and joins again. What an engine believes may be wrong: it does
//! not hear of it when its node is removed or when its swarm is gone.
//!
//! Left out: machines without power outside of a swarm.

use std::sync::Arc;

use crate::collections::BTreeMap;
use crate::ids::NodeId;
use crate::scenario::NodeSetup;
use crate::time::SimTime;

/// All machines.
#[derive(Clone, Debug)]
pub(super) struct Machines {
    setups: Arc<[NodeSetup]>,
    by_name: Arc<BTreeMap<String, usize>>,
    states: Vec<State>,
}

/// One of the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Machine(usize);

/// What is known of a machine beside its setup.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    place: Place,
    /// The node that it was last.
    last_node: Option<NodeId>,
}

/// The place of a machine in a swarm, as its engine sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// It belongs to none.
    #[default]
    Outside,
    /// It is this node.
    Member(NodeId),
    /// It tries to join, until then; after that it has failed.
    Joining {
        /// When it gives up.
        gives_up_at: SimTime,
    },
}

impl Machines {
    /// The machines of a scenario. `nodes` are those of the machines that belong to the swarm from
    /// the beginning, in the order of the scenario.
    pub(super) fn new(setups: &[NodeSetup], nodes: impl IntoIterator<Item = NodeId>) -> Self {
        let mut nodes = nodes.into_iter();
        let states = setups.iter().map(|setup| {
            let node = setup.joined.then(|| nodes.next()).flatten();
            State {
                place: node.map_or(Place::Outside, Place::Member),
                last_node: node,
            }
        });
        let names = setups.iter().map(|setup| setup.name.clone());
        Self {
            states: states.collect(),
            by_name: Arc::new(names.zip(0..).collect()),
            setups: setups.into(),
        }
    }

    /// The machine with this name.
    pub(super) fn find(&self, name: &str) -> Option<Machine> {
        self.by_name.get(name).copied().map(Machine)
    }

    /// The machine with this name or address.
    pub(super) fn at_address(&self, host: &str) -> Option<Machine> {
        let mut setups = self.setups.iter();
        let index = setups.position(|setup| setup.address == host);
        index.map(Machine).or_else(|| self.find(host))
    }

    /// What the scenario says of a machine.
    pub(super) fn setup(&self, machine: Machine) -> &NodeSetup {
        &self.setups[machine.0]
    }

    /// Where a machine stands.
    pub(super) fn place(&self, machine: Machine) -> Place {
        self.states[machine.0].place
    }

    /// The node that a machine is.
    pub(super) fn node(&self, machine: Machine) -> Option<NodeId> {
        match self.place(machine) {
            Place::Member(node) => Some(node),
            Place::Outside | Place::Joining { .. } => None,
        }
    }

    /// The node that the machine with a name is.
    pub(super) fn node_by_name(&self, name: &str) -> Option<NodeId> {
        self.find(name).and_then(|machine| self.node(machine))
    }

    /// The node that a machine was before.
    pub(super) fn last_node(&self, machine: Machine) -> Option<NodeId> {
        self.states[machine.0].last_node
    }

    /// The nodes that machines are.
    pub(super) fn members(&self) -> impl Iterator<Item = NodeId> {
        let states = self.states.iter();
        states.filter_map(|state| match state.place {
            Place::Member(node) => Some(node),
            Place::Outside | Place::Joining { .. } => None,
        })
    }

    /// Gives a machine another place.
    pub(super) fn put(&mut self, machine: Machine, place: Place) {
        let state = &mut self.states[machine.0];
        state.place = place;
        if let Place::Member(node) = place {
            state.last_node = Some(node);
        }
    }
}
