//! Ties that are decided as a recorded swarm decided them.
//!
//! Nodes to which the recording gave more members of a group come first among equals, branches that
//! it gave more than their even share are visited first, and of the members the one that stood on a
//! node goes there. Nothing else changes: what the scheduler would not do, it does not do.

use std::sync::Arc;

use super::tree::DecisionTree;
use super::view::View;
use crate::collections::{BTreeMap, Order as _};
use crate::ids::{NodeId, TaskId};
use crate::kernel::Followed;
use crate::model::{NodeState, Task};

/// Where a recorded swarm put the members of a group.
#[derive(Clone, Debug)]
pub(super) struct Wishes {
    nodes: BTreeMap<TaskId, NodeId>,
    /// How many members each node got.
    counts: BTreeMap<NodeId, i64>,
    /// How many members the nodes of each leaf got.
    by_leaf: BTreeMap<usize, i64>,
}

impl Wishes {
    pub(super) fn new(
        followed: &Followed,
        view: &View,
        nodes: &[NodeId],
        members: &[Arc<Task>],
    ) -> Self {
        let ids: BTreeMap<&str, NodeId> = nodes
            .iter()
            .filter_map(|&node| view.node(node))
            // A machine that has joined again is two nodes of one name, of which one is left.
            .filter(|info| info.node.status.state == NodeState::Ready)
            .map(|info| (info.node.hostname(), info.node.id))
            .collect();
        let mut wishes = Self {
            nodes: BTreeMap::new(),
            counts: BTreeMap::new(),
            by_leaf: BTreeMap::new(),
        };
        for member in members {
            let choice = followed.of(member.id);
            let name = choice.and_then(|choice| choice.node.as_deref());
            if let Some(&node) = name.and_then(|name| ids.get(name)) {
                wishes.nodes.insert(member.id, node);
                *wishes.counts.entry(node).or_default() += 1;
            }
        }
        wishes
    }

    /// Puts nodes with more members first. Where nodes with more tasks follow, the last one of
    /// several equals is filled up to them: there the one with most members comes last.
    pub(super) fn rank(&self, nodes: &mut [NodeId], load: impl Fn(NodeId) -> u32) {
        let count = |node: &NodeId| self.counts.get(node).copied().unwrap_or(0);
        let highest = self.counts.keys().map(|&node| load(node)).max();
        let has_most = |node: &NodeId| {
            let mut others = self.counts.keys().filter(|other| *other != node).peekable();
            let own_load = load(*node);
            let has_equal = self
                .counts
                .keys()
                .any(|o| o != node && load(*o) == own_load);
            Some(own_load) < highest
                && has_equal
                && others.all(|other| load(*other) != own_load || count(other) < count(node))
        };
        let last: Vec<NodeId> = nodes.iter().copied().filter(has_most).collect();
        nodes.order_by_key(|node| (last.contains(node), std::cmp::Reverse(count(node))));
    }

    /// A node stands in a leaf of the tree.
    pub(super) fn note_leaf(&mut self, node: NodeId, leaf: usize) {
        if let Some(count) = self.counts.get(&node) {
            *self.by_leaf.entry(leaf).or_default() += count;
        }
    }

    /// How many members the nodes below a vertex got.
    pub(super) fn below(&self, tree: &DecisionTree, vertex: usize) -> i64 {
        let branches = tree.vertices[vertex].branches.values();
        let own = self.by_leaf.get(&vertex).copied().unwrap_or(0);
        own + branches
            .map(|&branch| self.below(tree, branch))
            .sum::<i64>()
    }

    /// Makes the next member one that the node got, if there is one left.
    pub(super) fn bring_forward(&self, node: NodeId, members: &mut [Arc<Task>]) {
        let found = members
            .iter()
            .position(|member| self.nodes.get(&member.id) == Some(&node));
        // Else one that no other node got.
        let found = found.or_else(|| {
            let mut members = members.iter();
            members.position(|member| !self.nodes.contains_key(&member.id))
        });
        if let Some(found) = found {
            members[..=found].rotate_right(1);
        }
    }
}
