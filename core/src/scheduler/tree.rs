//! The decision tree: nodes by the values of their labels, one level a spread preference.
//!
//! Upstream: `manager/scheduler/decision_tree.go`, `manager/scheduler/nodeset.go` tree. The counts
//! of the branches include nodes that cannot take the task; only the candidates in the leaves are
//! filtered. Of those each leaf keeps as many as there are tasks to place, the best ones.

use super::order::OrderKey;
use crate::collections::{BTreeMap, BinaryHeap};
use crate::constraint::{ENGINE_LABEL_PREFIX, NODE_LABEL_PREFIX, strip_prefix_fold};
use crate::model::Node;

/// A spread preference that the scheduler understands. Others are passed over in silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spread {
    /// Over the values of a node label.
    NodeLabel(String),
    /// Over the values of an engine label.
    EngineLabel(String),
}

impl Spread {
    /// Reads a descriptor such as `node.labels.zone`.
    pub(super) fn parse(descriptor: &str) -> Option<Self> {
        let label = |prefix| strip_prefix_fold(descriptor, prefix).map(str::to_owned);
        label(NODE_LABEL_PREFIX)
            .map(Self::NodeLabel)
            .or_else(|| label(ENGINE_LABEL_PREFIX).map(Self::EngineLabel))
    }

    /// The branch in which a node stands; nodes without the label share the empty one.
    pub(super) fn value<'n>(&self, node: &'n Node) -> &'n str {
        let labels = match self {
            Self::NodeLabel(label) => node.spec.annotations.labels.get(label),
            Self::EngineLabel(label) => node
                .description
                .as_ref()
                .and_then(|description| description.engine.as_ref())
                .and_then(|engine| engine.labels.get(label)),
        };
        labels.map_or("", String::as_str)
    }
}

/// The tree for one group of tasks. The root is the first vertex.
#[derive(Debug)]
pub(super) struct DecisionTree {
    pub(super) vertices: Vec<Vertex>,
}

/// A branching point or a leaf.
#[derive(Debug, Default)]
pub(super) struct Vertex {
    /// Active tasks of the service below here when the tree was built; not kept up to date.
    pub(super) tasks: i64,
    /// Branches by label value, in bytewise order.
    pub(super) branches: BTreeMap<Box<str>, usize>,
    /// The best candidates of a leaf.
    pub(super) candidates: Candidates,
}

/// The candidates of a leaf: first collected, then put in order.
#[derive(Debug)]
pub(super) enum Candidates {
    /// While the tree is built and there are fewer than are wanted: in the order of asking.
    Few(Vec<OrderKey>),
    /// From then on: the worst on top.
    Heap(BinaryHeap<OrderKey>),
    /// Best first.
    Ordered(Vec<OrderKey>),
}

impl Default for Candidates {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl DecisionTree {
    pub(super) fn new() -> Self {
        Self {
            vertices: vec![Vertex::default()],
        }
    }

    /// Adds a node with so many tasks of the service to the counts of its branches and returns its
    /// leaf.
    pub(super) fn descend(&mut self, node: &Node, spreads: &[Spread], tasks: u32) -> usize {
        let mut at = 0;
        self.vertices[at].tasks += i64::from(tasks);
        for spread in spreads {
            let value = spread.value(node);
            at = match self.vertices[at].branches.get(value) {
                Some(&branch) => branch,
                None => {
                    let branch = self.vertices.len();
                    self.vertices.push(Vertex::default());
                    self.vertices[at].branches.insert(value.into(), branch);
                    branch
                }
            };
            self.vertices[at].tasks += i64::from(tasks);
        }
        at
    }

    /// Offers a node to a leaf that keeps the best `limit`. Only a node that would be kept is asked
    /// whether it passes the filters, since asking has an effect on the counters.
    #[inline]
    pub(super) fn offer(
        &mut self,
        leaf: usize,
        key: OrderKey,
        limit: usize,
        passes: impl FnOnce() -> bool,
    ) {
        match &mut self.vertices[leaf].candidates {
            Candidates::Few(list) => {
                if passes() {
                    list.push(key);
                    if list.len() == limit {
                        let heap = BinaryHeap::from(std::mem::take(list));
                        self.vertices[leaf].candidates = Candidates::Heap(heap);
                    }
                }
            }
            Candidates::Heap(heap) => {
                if heap.peek().is_some_and(|&worst| key.is_better_than(worst)) && passes() {
                    heap.pop();
                    heap.push(key);
                }
            }
            Candidates::Ordered(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeId;
    use crate::model::{Meta, NodeRole, NodeSpec, NodeStatus};

    fn node(labels: &[(&str, &str)]) -> Node {
        let mut spec = NodeSpec::default();
        let labels = labels.iter();
        spec.annotations.labels = labels
            .map(|&(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        Node {
            id: NodeId(0),
            meta: Meta::default(),
            spec,
            description: None,
            status: NodeStatus::default(),
            role: NodeRole::Worker,
            attachments: Vec::new(),
            certificate: crate::model::Certificate::default(),
        }
    }

    /// Upstream: `TestTreeTaskCountConsistency`.
    #[test]
    fn every_vertex_counts_what_its_branches_count() {
        let spreads =
            ["node.labels.datacenter", "node.labels.rack"].map(|text| Spread::parse(text).unwrap());
        let mut tree = DecisionTree::new();
        for (labels, tasks) in [
            (&[("datacenter", "dc1"), ("rack", "r1")][..], 3),
            (&[("datacenter", "dc1"), ("rack", "r2")], 2),
            (&[("datacenter", "dc2"), ("rack", "r2")], 4),
            (&[], 2),
            (&[], 1),
        ] {
            tree.descend(&node(labels), &spreads, tasks);
        }
        let tasks = |path: &[&str]| {
            let at = path
                .iter()
                .fold(0, |at, &value| tree.vertices[at].branches[value]);
            tree.vertices[at].tasks
        };
        assert_eq!(tasks(&[]), 12);
        assert_eq!(
            [
                tasks(&["dc1"]),
                tasks(&["dc1", "r1"]),
                tasks(&["dc1", "r2"])
            ],
            [5, 3, 2]
        );
        assert_eq!([tasks(&["dc2"]), tasks(&["dc2", "r2"])], [4, 4]);
        assert_eq!([tasks(&[""]), tasks(&["", ""])], [3, 3]);
        for vertex in tree
            .vertices
            .iter()
            .filter(|vertex| !vertex.branches.is_empty())
        {
            let branches = vertex.branches.values();
            let sum: i64 = branches.map(|&branch| tree.vertices[branch].tasks).sum();
            assert_eq!(vertex.tasks, sum);
        }
    }
}
