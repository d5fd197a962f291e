//! Random stories of a swarm.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;

use super::node::{availability, cluster, label, node, state};
use super::{describe, service};
use crate::model::{Availability, Node, NodeState, ServiceSpec};

/// The nodes at the beginning, and what happens then.
#[derive(Clone, PartialEq, Eq)]
pub struct Plan {
    /// The cluster.
    pub nodes: Vec<Node>,
    /// One after the other.
    pub steps: Vec<Step>,
}

/// Something that happens. Nodes, services and tasks are named by a number that counts those that
/// exist at that moment, oldest first, and begins again at the end of them; where there are none,
/// nothing happens. So every part of a plan can be left out and the rest still means something.
#[derive(Clone, PartialEq, Eq)]
pub enum Step {
    /// A service is created.
    Create(ServiceSpec),
    /// A service gets another number of replicas.
    Scale {
        /// Which.
        service: usize,
        /// How many.
        replicas: u64,
    },
    /// A service is removed.
    Remove {
        /// Which.
        service: usize,
    },
    /// The operator changes what a node is there for.
    SetAvailability {
        /// Which.
        node: usize,
        /// To what.
        availability: Availability,
    },
    /// A node stops answering, or answers again.
    SetState {
        /// Which.
        node: usize,
        /// What the managers see of it.
        state: NodeState,
    },
    /// The operator sets or removes a label.
    SetLabel {
        /// Which node.
        node: usize,
        /// Which label.
        key: String,
        /// What to, or nothing.
        value: Option<String>,
    },
    /// A node comes in.
    Join(Node),
    /// A node is removed from the swarm.
    Leave {
        /// Which.
        node: usize,
    },
    /// A running task fails.
    Fail {
        /// Which of those that run.
        task: usize,
    },
    /// Time passes.
    Wait {
        /// How long, in milliseconds.
        duration_ms: u64,
    },
}

/// A plan with any nodes and services.
pub fn plan() -> impl Strategy<Value = Plan> {
    plan_with(cluster(0..=12), service())
}

/// A plan with these nodes at the beginning, and these services.
pub fn plan_with(
    nodes: impl Strategy<Value = Vec<Node>>,
    service: impl Strategy<Value = ServiceSpec> + 'static,
) -> impl Strategy<Value = Plan> {
    (nodes, vec(step(service), 0..=20)).prop_map(|(nodes, steps)| Plan { nodes, steps })
}

fn step(service: impl Strategy<Value = ServiceSpec> + 'static) -> impl Strategy<Value = Step> {
    let which = || 0..12_usize;
    let scale =
        (which(), 0..=8_u64).prop_map(|(service, replicas)| Step::Scale { service, replicas });
    let set_availability = (which(), availability())
        .prop_map(|(node, availability)| Step::SetAvailability { node, availability });
    let set_state = (which(), state()).prop_map(|(node, state)| Step::SetState { node, state });
    let set_label =
        (which(), label()).prop_map(|(node, (key, value))| Step::SetLabel { node, key, value });
    // Short pauses fall into the debounce and the batches, long ones let everything happen.
    let duration_ms = prop_oneof![0..=60_u64, 60..=1_500_u64, 1_500..=90_000_u64];
    prop_oneof![
        6 => duration_ms.prop_map(|duration_ms| Step::Wait { duration_ms }),
        5 => service.prop_map(Step::Create),
        4 => scale,
        1 => which().prop_map(|service| Step::Remove { service }),
        2 => set_availability,
        2 => set_state,
        1 => set_label,
        1 => node().prop_map(Step::Join),
        1 => which().prop_map(|node| Step::Leave { node }),
        3 => (0..40_usize).prop_map(|task| Step::Fail { task }),
    ]
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plan")?;
        for node in &self.nodes {
            write!(f, "\n  node {}", describe::node(node))?;
        }
        for step in &self.steps {
            write!(f, "\n  {step:?}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create(spec) => write!(f, "create service: {}", describe::service(spec)),
            Self::Scale { service, replicas } => write!(f, "scale service {service} to {replicas}"),
            Self::Remove { service } => write!(f, "remove service {service}"),
            Self::SetAvailability { node, availability } => {
                write!(f, "node {node}: {availability}")
            }
            Self::SetState { node, state } => write!(f, "node {node}: {state}"),
            Self::SetLabel { node, key, value } => match value {
                Some(value) => write!(f, "node {node}: label {key}={value}"),
                None => write!(f, "node {node}: no label {key}"),
            },
            Self::Join(node) => write!(f, "join: {}", describe::node(node)),
            Self::Leave { node } => write!(f, "node {node} leaves"),
            Self::Fail { task } => write!(f, "running task {task} fails"),
            Self::Wait { duration_ms } => write!(f, "wait {duration_ms} ms"),
        }
    }
}
