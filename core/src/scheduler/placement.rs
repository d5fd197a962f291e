//! Placing one group of equal tasks.
//!
//! Upstream: `manager/scheduler/scheduler.go` scheduleTaskGroup, scheduleNTasksOnSubtree,
//! scheduleNTasksOnNodes. Followed to the letter, oddities included: an uneven cluster is not
//! levelled by a batch, a second pass over the branches goes by the counts of the first, an inner
//! branch can take more than its share.

use std::sync::Arc;

use super::filters::Pipeline;
use super::order::OrderKey;
use super::tree::{Candidates, DecisionTree, Spread};
use super::view::View;
use super::wishes::Wishes;
use crate::collections::Order as _;
use crate::ids::{IdTexts, NodeId};
use crate::kernel::Followed;
use crate::model::{GenericResource, Task, VolumeAttachment};
use crate::rng::Stream;
use crate::time::SimTime;

/// Where a task was placed.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The task as it was.
    pub task: Arc<Task>,
    /// Its node.
    pub node: NodeId,
    /// The generic resources that it was given.
    pub generic: Vec<GenericResource>,
    /// The cluster volumes that it was given.
    pub volumes: Vec<VolumeAttachment>,
}

/// Who watches a group being placed. Nobody, by default.
pub trait Observer {
    /// The placing of a group begins.
    fn group_begins(&mut self) {}

    /// A branch is asked to take tasks.
    fn branch_asked(&mut self, _asked: &BranchAsked<'_>) {}

    /// The branch that was asked last, and did not answer yet, has taken so many.
    fn branch_took(&mut self, _count: i64) {}

    /// A task is about to be placed.
    fn placing(&mut self, _placing: &Placing<'_>) {}

    /// Tasks of a group are left over.
    fn left_over(&mut self, _tasks: &[Arc<Task>], _view: &View, _pipeline: &Pipeline) {}
}

/// Nobody.
#[derive(Debug)]
pub struct Unobserved;

impl Observer for Unobserved {}

/// A task that is about to be placed, and the picture before it is.
#[derive(Clone, Copy, Debug)]
pub struct Placing<'p> {
    /// The task.
    pub task: &'p Task,
    /// The node that it gets.
    pub node: NodeId,
    /// Why this one of the candidates.
    pub turn: Turn,
    /// The candidates in the order in which they are gone through, with their present places.
    /// Empty for tasks that are placed one by one: they get the best node of all.
    pub candidates: &'p [OrderKey],
    /// The nodes by the rank in those places.
    pub ranked: &'p [NodeId],
    /// The picture.
    pub view: &'p View,
    /// The filters.
    pub pipeline: &'p Pipeline,
}

/// Why a task of a group goes to this candidate and to no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// It is the best of all.
    Best,
    /// The one before it got a task, and now this one is better.
    NextIsBetter,
    /// It got the task before this one, and the next one is still not better.
    Stay,
    /// Every candidate had its share; now they take turns.
    InTurn,
    /// Whose turn it was has no room any more.
    OthersAreFull,
}

/// What a branch of the spread tree is asked, and why.
#[derive(Clone, Copy, Debug)]
pub struct BranchAsked<'b> {
    /// 0 for the first spread preference.
    pub level: usize,
    /// The label value of the branch.
    pub value: &'b str,
    /// Tasks of the service in it when the tree was built.
    pub tasks: i64,
    /// What every branch should have.
    pub target: i64,
    /// How many tasks it is asked to take.
    pub asked: i64,
}

/// What the placement of a group works on.
pub(super) struct Placement<'p, O> {
    pub(super) view: &'p mut View,
    pub(super) ids: &'p IdTexts,
    /// Decides ties at random; by name when absent.
    pub(super) ties: Option<&'p mut Stream>,
    /// Decides ties as a recorded swarm did.
    pub(super) followed: Option<&'p Followed>,
    pub(super) now: SimTime,
    pub(super) observer: &'p mut O,
}

/// What became of a group.
pub(super) struct GroupOutcome {
    pub(super) placed: Vec<Placed>,
    pub(super) left_over: Vec<Arc<Task>>,
    /// The pipeline with its counters, for the text of those that are left over.
    pub(super) pipeline: Pipeline,
}

impl<O: Observer> Placement<'_, O> {
    /// Places as many members of a group as possible. Members are equal in everything that the
    /// filters look at and are placed in the order given.
    pub(super) fn place_group(&mut self, members: Vec<Arc<Task>>) -> GroupOutcome {
        self.observer.group_begins();
        let mut pipeline = Pipeline::new(&members[0]);
        let spreads = spreads_of(&members[0]);
        let mut ranked = self.ranked_nodes();
        let mut wishes = self
            .followed
            .map(|followed| Wishes::new(followed, self.view, &ranked, &members));
        if let Some(wishes) = &wishes {
            let service = members[0].service_id;
            wishes.rank(&mut ranked, |node| {
                self.view.active_tasks_of_service(service, node)
            });
        }
        let tree = self.build_tree(&members, &spreads, &ranked, &mut pipeline, wishes.as_mut());
        let wanted = i64::try_from(members.len()).unwrap_or(i64::MAX);
        let capacity = members.len();
        let mut descent = Descent {
            placement: self,
            tree,
            ranked,
            pipeline,
            members: members.into_iter(),
            wishes,
            placed: Vec::with_capacity(capacity),
        };
        descent.place_on_subtree(0, 0, wanted);
        GroupOutcome {
            left_over: descent.members.collect(),
            placed: descent.placed,
            pipeline: descent.pipeline,
        }
    }

    /// The nodes by rank: the order in which upstream happens to walk over them.
    pub(super) fn ranked_nodes(&mut self) -> Vec<NodeId> {
        let mut ranked = self.view.order().to_vec();
        if let Some(stream) = &mut self.ties {
            stream.shuffle(&mut ranked);
        }
        ranked
    }

    fn build_tree(
        &mut self,
        members: &[Arc<Task>],
        spreads: &[Spread],
        ranked: &[NodeId],
        pipeline: &mut Pipeline,
        mut wishes: Option<&mut Wishes>,
    ) -> DecisionTree {
        let keys = Keys::new(self.view, &members[0], self.now);
        let mut tree = DecisionTree::new();
        for (rank, &node) in ranked.iter().enumerate() {
            let Some(info) = self.view.node(node) else {
                continue;
            };
            let key = keys.key(self.view, node, rank);
            let leaf = tree.descend(&info.node, spreads, key.service_tasks());
            if let Some(wishes) = &mut wishes {
                wishes.note_leaf(node, leaf);
            }
            let passes = || pipeline.process(self.view, info, self.ids);
            tree.offer(leaf, key, members.len(), passes);
        }
        tree
    }
}

/// The spread preferences of a task that the scheduler understands.
pub(super) fn spreads_of(task: &Task) -> Vec<Spread> {
    task.spec
        .placement
        .preferences
        .iter()
        .filter_map(|text| Spread::parse(text))
        .collect()
}

/// Computes the places of nodes in the order, for one kind of task.
pub(super) struct Keys {
    service: Option<crate::ids::ServiceId>,
    /// Recent failures of the few nodes that have any, by node.
    failures: Vec<(NodeId, u32)>,
}

impl Keys {
    pub(super) fn new(view: &View, task: &Task, now: SimTime) -> Self {
        let version = task.spec_version.map_or(0, |version| version.index);
        let failures = view
            .recent_failures((task.service_id, version), now)
            .collect();
        Self {
            service: task.service_id,
            failures,
        }
    }

    #[inline]
    pub(super) fn key(&self, view: &View, node: NodeId, rank: usize) -> OrderKey {
        let failures = if self.failures.is_empty() {
            0
        } else {
            let found = self.failures.binary_search_by_key(&node, |&(node, _)| node);
            found.map_or(0, |index| self.failures[index].1)
        };
        let service_tasks = view.active_tasks_of_service(self.service, node);
        let active_tasks = view.node(node).map_or(0, |info| info.active_tasks);
        let rank = u32::try_from(rank).expect("fewer than 2^32 nodes");
        OrderKey::new(failures, service_tasks, active_tasks, rank)
    }
}

/// Walks down the tree and hands out the members.
struct Descent<'d, 'p, O> {
    placement: &'d mut Placement<'p, O>,
    tree: DecisionTree,
    ranked: Vec<NodeId>,
    pipeline: Pipeline,
    members: std::vec::IntoIter<Arc<Task>>,
    /// Which members a recorded swarm gave to which nodes.
    wishes: Option<Wishes>,
    placed: Vec<Placed>,
}

impl<O: Observer> Descent<'_, '_, O> {
    /// Divides `wanted` tasks over the branches below a vertex, evenly as far as their counts at
    /// the building of the tree go. Returns how many were placed, which can be more than wanted.
    fn place_on_subtree(&mut self, vertex: usize, level: usize, wanted: i64) -> i64 {
        if self.tree.vertices[vertex].branches.is_empty() {
            let candidates = self.ordered_candidates(vertex);
            if candidates.is_empty() {
                self.tree.vertices[vertex].candidates = Candidates::Ordered(candidates);
                return 0;
            }
            return self.place_on_nodes(vertex, candidates, wanted);
        }
        let branches: Vec<(Box<str>, usize)> = self.tree.vertices[vertex]
            .branches
            .iter()
            .map(|(value, &branch)| (value.clone(), branch))
            .collect();
        let mut has_room = vec![true; branches.len()];
        let mut room_count = i64::try_from(branches.len()).unwrap_or(i64::MAX);
        let mut tasks_in_usable_branches = self.tree.vertices[vertex].tasks;
        let mut placed = 0;
        let mut is_converging = true;
        while placed != wanted && room_count > 0 && is_converging {
            let total = tasks_in_usable_branches + wanted - placed;
            let target = total / room_count;
            let mut remainder = total % room_count;
            is_converging = false;
            let mut visits: Vec<usize> = (0..branches.len()).filter(|&i| has_room[i]).collect();
            if let Some(stream) = &mut self.placement.ties {
                stream.shuffle(&mut visits);
            }
            if let Some(wishes) = &self.wishes {
                let spare = |&visit: &usize| {
                    let branch = branches[visit].1;
                    let tasks = self.tree.vertices[branch].tasks;
                    wishes.below(&self.tree, branch) - (target - tasks)
                };
                visits.order_by_key(|visit| std::cmp::Reverse(spare(visit)));
            }
            for visit in visits {
                let (value, branch) = &branches[visit];
                let tasks = self.tree.vertices[*branch].tasks;
                if tasks > target || (tasks == target && remainder <= 0) {
                    continue;
                }
                let asked = target - tasks + i64::from(remainder > 0);
                let question = BranchAsked {
                    level,
                    value,
                    tasks,
                    target,
                    asked,
                };
                self.placement.observer.branch_asked(&question);
                let took = self.place_on_subtree(*branch, level + 1, asked);
                self.placement.observer.branch_took(took);
                if took < asked {
                    has_room[visit] = false;
                    room_count -= 1;
                    tasks_in_usable_branches -= tasks;
                } else if remainder > 0 {
                    remainder -= 1;
                }
                placed += took;
                is_converging = true;
            }
        }
        placed
    }

    /// The candidates of a leaf, best first. On a later visit those that no longer pass are gone
    /// for good and the rest are put in order again.
    fn ordered_candidates(&mut self, leaf: usize) -> Vec<OrderKey> {
        let candidates = std::mem::take(&mut self.tree.vertices[leaf].candidates);
        match candidates {
            Candidates::Few(mut ordered) => {
                ordered.order();
                ordered
            }
            Candidates::Heap(heap) => {
                let mut ordered = heap.into_vec();
                ordered.order();
                ordered
            }
            Candidates::Ordered(mut ordered) => {
                // Who fails is replaced by the last one: the order of asking shows in the counters.
                let mut index = 0;
                while index < ordered.len() {
                    if self.passes(ordered[index]) {
                        index += 1;
                    } else {
                        ordered.swap_remove(index);
                    }
                }
                ordered.order();
                ordered
            }
        }
    }

    #[inline]
    fn passes(&mut self, key: OrderKey) -> bool {
        let node = self.ranked[key.rank() as usize];
        let view = &*self.placement.view;
        let info = view.node(node);
        info.is_some_and(|info| self.pipeline.process(view, info, self.placement.ids))
    }

    /// Hands out up to `wanted` tasks to the nodes of a leaf. The first pass stays on a node until
    /// the next one is strictly better; then the nodes take turns.
    fn place_on_nodes(&mut self, leaf: usize, mut nodes: Vec<OrderKey>, wanted: i64) -> i64 {
        let count = nodes.len();
        let mut is_dead = vec![false; count];
        // The position in the list, and whether the first pass is over.
        let mut position = 0;
        let mut takes_turns = false;
        let mut placed = 0;
        let mut turn = Turn::Best;
        'tasks: while let Some(task) = self.next_member(nodes[position]) {
            let key = nodes[position];
            let counts = task.is_wanted();
            self.assign(task, key, turn, &nodes);
            // A task that is to be removed does not count on its node.
            let key = if counts { key.with_one_more() } else { key };
            nodes[position] = key;
            placed += 1;
            if placed == wanted {
                break;
            }
            if !takes_turns && position + 1 < count {
                turn = Turn::Stay;
                if nodes[position + 1].is_better_than(key) {
                    position += 1;
                    turn = Turn::NextIsBetter;
                }
            } else {
                takes_turns = true;
                turn = Turn::InTurn;
                position = (position + 1) % count;
            }
            let mut tried = 0;
            while is_dead[position] || !self.passes(nodes[position]) {
                is_dead[position] = true;
                turn = Turn::OthersAreFull;
                // Passing the last position while skipping also ends the first pass.
                takes_turns |= position + 1 >= count;
                position = (position + 1) % count;
                tried += 1;
                if tried == count {
                    break 'tasks;
                }
            }
        }
        self.tree.vertices[leaf].candidates = Candidates::Ordered(nodes);
        placed
    }

    /// The member that comes next, for the node of a candidate.
    #[inline]
    fn next_member(&mut self, key: OrderKey) -> Option<Arc<Task>> {
        if let Some(wishes) = &mut self.wishes {
            wishes.bring_forward(
                self.ranked[key.rank() as usize],
                self.members.as_mut_slice(),
            );
        }
        self.members.next()
    }

    #[inline]
    fn assign(&mut self, task: Arc<Task>, key: OrderKey, turn: Turn, candidates: &[OrderKey]) {
        let node = self.ranked[key.rank() as usize];
        let placement = &mut *self.placement;
        placement.observer.placing(&Placing {
            task: &task,
            node,
            turn,
            candidates,
            ranked: &self.ranked,
            view: placement.view,
            pipeline: &self.pipeline,
        });
        self.placed.push(place_task(placement.view, task, node));
    }
}

/// Takes a placement into the picture.
pub(super) fn place_task(view: &mut View, task: Arc<Task>, node: NodeId) -> Placed {
    let volumes = choose_volumes(view, &task, node);
    let generic = view.add_task(node, &task).unwrap_or_default();
    Placed {
        task,
        node,
        generic,
        volumes,
    }
}

/// The volumes for a task that is placed; without any if they cannot all be had, as upstream.
fn choose_volumes(view: &mut View, task: &Task, node: NodeId) -> Vec<VolumeAttachment> {
    if view.volumes().is_empty() {
        return Vec::new();
    }
    let Some(info) = view.node(node) else {
        return Vec::new();
    };
    let chosen = view.volumes().choose(task, &info.node).unwrap_or_default();
    if !chosen.is_empty() {
        let mut user = task.clone();
        user.volumes.clone_from(&chosen);
        view.volumes_mut().reserve(&user, node);
    }
    chosen
}
