//! Random moments of a swarm: what the scheduler finds when it is asked.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;

use super::driver::Driver;
use super::{cluster, describe, service};
use crate::kernel::Settings;
use crate::model::{Node, ServiceSpec, TaskState};
use crate::swarm::Swarm;

/// A cluster, tasks that stand on it and tasks that wait.
#[derive(Clone, PartialEq, Eq)]
pub struct Scene {
    /// The cluster.
    pub nodes: Vec<Node>,
    /// What there is of each service.
    pub groups: Vec<Group>,
}

/// The tasks of one service.
#[derive(Clone, PartialEq, Eq)]
pub struct Group {
    /// The service. Its number of replicas plays no part.
    pub spec: ServiceSpec,
    /// Whether its tasks have a spec version; those without are placed one by one.
    pub has_version: bool,
    /// Tasks that have a node.
    pub standing: Vec<StandingTask>,
    /// How many tasks wait for a node.
    pub waiting: u64,
    /// Tasks that wait for a yes to the node that they have, by that node.
    pub preassigned: Vec<usize>,
    /// Recent failures: the node, and how many.
    pub failures: Vec<(usize, u32)>,
}

/// A task that was placed before. Nodes are counted as in a [`super::Step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingTask {
    /// Its node.
    pub node: usize,
    /// How far it is.
    pub state: TaskState,
    /// What is wanted of it.
    pub desired_state: TaskState,
}

/// Any scene.
pub fn scene() -> impl Strategy<Value = Scene> {
    scene_with(cluster(0..=12), service())
}

/// A scene with these nodes and services.
pub fn scene_with(
    nodes: impl Strategy<Value = Vec<Node>>,
    service: impl Strategy<Value = ServiceSpec>,
) -> impl Strategy<Value = Scene> {
    (nodes, vec(group(service), 1..=4)).prop_map(|(nodes, groups)| Scene { nodes, groups })
}

fn group(service: impl Strategy<Value = ServiceSpec>) -> impl Strategy<Value = Group> {
    let node = || 0..12_usize;
    let parts = (
        service,
        prop::bool::weighted(0.85),
        vec(standing_task(), 0..=6),
        0..=10_u64,
        prop_oneof![3 => Just(Vec::new()), 1 => vec(node(), 1..=3)],
        prop_oneof![3 => Just(Vec::new()), 1 => vec((node(), 3..=7_u32), 1..=3)],
    );
    parts.prop_map(
        |(spec, has_version, standing, waiting, preassigned, failures)| Group {
            spec,
            has_version,
            standing,
            waiting,
            preassigned,
            failures,
        },
    )
}

fn standing_task() -> impl Strategy<Value = StandingTask> {
    let state = prop_oneof![
        4 => Just(TaskState::Running),
        1 => Just(TaskState::Assigned),
        1 => Just(TaskState::Preparing),
        1 => Just(TaskState::Failed),
    ];
    let desired_state = prop_oneof![
        5 => Just(TaskState::Running),
        1 => Just(TaskState::Shutdown),
        1 => Just(TaskState::Remove),
    ];
    (0..12_usize, state, desired_state).prop_map(|(node, state, desired_state)| StandingTask {
        node,
        state,
        desired_state,
    })
}

impl Scene {
    /// Sets the scene. The leader knows the nodes and the standing tasks; what waits has been
    /// committed, but nobody has been told yet.
    pub fn stage(&self, settings: Settings) -> Swarm {
        Driver::stage(self, settings).swarm
    }
}

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("scene")?;
        for (index, node) in self.nodes.iter().enumerate() {
            write!(f, "\n  node {index}: {}", describe::node(node))?;
        }
        for group in &self.groups {
            write!(f, "\n  {group:?}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = if self.has_version {
            ""
        } else {
            " (without version)"
        };
        write!(f, "service{version}: {}", describe::service(&self.spec))?;
        for task in &self.standing {
            let (node, state, desired) = (task.node, task.state, task.desired_state);
            write!(f, "\n    on node {node}: {state}, wanted {desired}")?;
        }
        for (node, count) in &self.failures {
            write!(f, "\n    failed {count} times on node {node}")?;
        }
        for node in &self.preassigned {
            write!(f, "\n    preassigned to node {node}")?;
        }
        write!(f, "\n    {} tasks wait", self.waiting)
    }
}
