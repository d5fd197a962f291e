//! Where nothing stands in the way, tasks are spread as evenly as can be.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use swarmlab_core::ids::ServiceId;
use swarmlab_core::kernel::Components;
use swarmlab_core::model::{
    Availability, Node, NodeState, Placement, ServiceSpec, TaskSpec, TaskState,
};
use swarmlab_core::strategies::{self, Group, Scene, StandingTask};

use crate::oracle::Picture;
use crate::scene::decide;
use crate::{cases, settings};

/// A node that takes everything.
fn good_node() -> impl Strategy<Value = Node> {
    strategies::node().prop_map(|mut node| {
        node.status.state = NodeState::Ready;
        node.spec.availability = Availability::Active;
        node
    })
}

/// A group of a service that only wants to be spread, with one standing task for each number.
fn group(preferences: &[&str], standing: impl IntoIterator<Item = usize>, waiting: u64) -> Group {
    let task = TaskSpec {
        placement: Placement {
            preferences: preferences.iter().map(|&text| text.to_owned()).collect(),
            ..Placement::default()
        },
        ..TaskSpec::default()
    };
    let standing = standing.into_iter().map(|node| StandingTask {
        node,
        state: TaskState::Running,
        desired_state: TaskState::Running,
    });
    Group {
        spec: ServiceSpec {
            task: Arc::new(task),
            ..ServiceSpec::default()
        },
        has_version: true,
        standing: standing.collect(),
        waiting,
        preassigned: Vec::new(),
        failures: Vec::new(),
    }
}

/// Tasks of the first service on each node.
fn counts(picture: &Picture) -> Vec<usize> {
    let nodes = picture.nodes.keys();
    nodes
        .map(|&node| picture.active_of_service(Some(ServiceId(0)), node))
        .collect()
}

fn differ_by_one_at_most(counts: &[usize]) -> bool {
    let (least, most) = (counts.iter().min(), counts.iter().max());
    most.zip(least)
        .is_none_or(|(most, least)| most - least <= 1)
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn p03_equal_nodes_get_equal_shares(
        nodes in vec(good_node(), 1..=12),
        each in 0..=3_usize,
        others in vec(0..12_usize, 0..=20),
        waiting in 0..=40_u64,
        settings in settings(Components::SCHEDULER),
        at_start: bool,
    ) {
        let standing = (0..nodes.len()).flat_map(|node| std::iter::repeat_n(node, each));
        let groups = vec![group(&[], standing, waiting), group(&[], others, 0)];
        let scene = Scene { nodes, groups };
        let outcome = decide(&(scene, settings, at_start));
        prop_assert_eq!(outcome.left_over().count(), 0);
        let counts = counts(&outcome.after);
        prop_assert!(differ_by_one_at_most(&counts), "{:?}", counts);
    }

    #[test]
    fn p04_branches_get_equal_shares(
        nodes in vec(good_node(), 1..=12),
        standing in vec(0..12_usize, 0..=12),
        waiting in 0..=40_u64,
        settings in settings(Components::SCHEDULER),
        at_start: bool,
    ) {
        let zone = |node: &Node| {
            node.spec.annotations.labels.get("zone").cloned().unwrap_or_default()
        };
        let scene = Scene { nodes, groups: vec![group(&["node.labels.zone"], standing, waiting)] };
        let outcome = decide(&(scene, settings, at_start));
        let totals = |picture: &Picture| {
            let mut totals: BTreeMap<String, usize> = BTreeMap::new();
            for (node, count) in picture.nodes.values().zip(counts(picture)) {
                *totals.entry(zone(node)).or_default() += count;
            }
            totals.into_values().collect::<Vec<_>>()
        };
        let (before, after) = (totals(&outcome.before), totals(&outcome.after));
        let average = after.iter().sum::<usize>() / after.len();
        // A branch that is above the average keeps the others from being levelled.
        prop_assume!(before.iter().all(|&count| count <= average));
        prop_assert_eq!(outcome.left_over().count(), 0);
        prop_assert!(differ_by_one_at_most(&after), "{:?} to {:?}", before, after);
    }
}
