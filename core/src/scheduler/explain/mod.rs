//! Why a task was placed where it was, or why it could not be placed at all.
//!
//! An explanation is computed when somebody asks, by letting a copy of the scheduler decide once
//! more with an [`Observer`] that takes notes. The hot path pays nothing for it, and the two cannot
//! disagree. It holds everything as data: the matrix of nodes and filters with both sides of every
//! comparison, the candidates in their order with what they were compared by, the branches of the
//! spread tree, upstream's own text, and the smallest changes that would place a task that fits
//! nowhere. [`text`] turns it into words.

mod recorder;
pub mod remedy;
pub mod text;

use serde::Serialize;

use super::Scheduler;
use super::filters::{FilterKind, Finding};
use super::placement::Turn;
use crate::ids::{NodeId, TaskId};
use crate::kernel::{Kernel, Ties};
use recorder::Recorder;
use remedy::Remedy;

/// What the scheduler decided about a task, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The task.
    pub task: TaskId,
    /// What was decided.
    pub verdict: Verdict,
    /// What every filter says of every node, in the order of nodes.
    pub matrix: Vec<NodeReport>,
    /// The nodes that passed: first the candidates in their order, best first, then the others in
    /// the same order.
    pub ranking: Vec<Ranked>,
    /// What was asked of the branches of the spread tree for the group of the task, in order.
    pub branches: Vec<BranchReport>,
    /// What would place a task that fits nowhere: the smallest changes first.
    pub remedies: Vec<Remedy>,
}

/// What was decided about a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// It gets a node.
    Placed {
        /// The node.
        node: NodeId,
        /// Its hostname.
        hostname: String,
        /// Why this one of the candidates.
        turn: Turn,
    },
    /// Its node was chosen before and can take it.
    Confirmed {
        /// The node.
        node: NodeId,
        /// Its hostname.
        hostname: String,
    },
    /// It stays pending.
    Unplaced {
        /// SwarmKit's text.
        err: String,
    },
}

/// What the filters say of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeReport {
    /// The node.
    pub node: NodeId,
    /// Its hostname.
    pub hostname: String,
    /// Every filter that has anything to say about the task, with the comparisons that failed.
    pub filters: Vec<FilterReport>,
}

impl NodeReport {
    /// Whether every filter lets the task pass.
    pub fn passes(&self) -> bool {
        self.filters.iter().all(|report| report.failed.is_empty())
    }

    /// The filter under which upstream counts the node.
    pub fn first_failure(&self) -> Option<FilterKind> {
        self.filters
            .iter()
            .find(|report| !report.failed.is_empty())
            .map(|report| report.filter)
    }
}

/// What one filter says of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilterReport {
    /// The filter.
    pub filter: FilterKind,
    /// The comparisons that failed; none where the node passes.
    pub failed: Vec<Finding>,
}

/// A candidate in the order of nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ranked {
    /// The node.
    pub node: NodeId,
    /// Its hostname.
    pub hostname: String,
    /// Recent failures of the service on it, if they are so many that they count; else 0.
    pub failures: u32,
    /// Active tasks of the service on it.
    pub service_tasks: u32,
    /// Active tasks on it.
    pub active_tasks: u32,
    /// What decides between nodes that are equal so far.
    pub rank: u32,
    /// Whether the node was among those that the task could have gone to. The others stand in
    /// another branch of the spread tree, or the group had no task left for them: of each leaf only
    /// as many nodes are candidates as the group has tasks.
    pub is_candidate: bool,
    /// Whether the task went here.
    pub is_chosen: bool,
}

/// A branch of the spread tree that was asked to take tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BranchReport {
    /// 0 for the first spread preference.
    pub level: usize,
    /// The label value.
    pub value: String,
    /// Tasks of the service in it when the round began.
    pub tasks: i64,
    /// What every branch should have.
    pub target: i64,
    /// How many tasks it was asked to take.
    pub asked: i64,
    /// How many it took.
    pub took: i64,
    /// Whether the task in question is among them.
    pub has_task: bool,
}

impl Scheduler {
    /// What the scheduler would decide about a task if its next round came now, and why. Absent if
    /// the task does not wait for a decision.
    pub fn explain(&self, kernel: &Kernel, task: TaskId) -> Option<Explanation> {
        let mut scheduler = self.clone();
        if scheduler.pre_pending.contains(&task) {
            return scheduler.explain_preassigned(kernel, task);
        }
        if !scheduler.queue.contains(task) {
            return None;
        }
        // As in a round, the preassigned tasks come first and take what they take.
        let mut before: Vec<TaskId> = scheduler.pre_pending.iter().copied().collect();
        let mut ties = kernel.streams.ties.clone();
        let is_seeded = kernel.settings.ties == Ties::Seeded;
        if is_seeded && !before.is_empty() {
            ties.shuffle(&mut before);
        }
        for id in before {
            if let Some(other) = scheduler.view.known_task(id).cloned() {
                scheduler.try_preassigned(kernel, &other);
            }
        }
        let mut recorder = Recorder::new(task, &kernel.ids, kernel.now);
        let stream = is_seeded.then_some(&mut ties);
        scheduler.decide(
            &kernel.store,
            &kernel.ids,
            stream,
            kernel.followed.as_ref(),
            kernel.now,
            &mut recorder,
        );
        recorder.into_explanation()
    }

    fn explain_preassigned(&mut self, kernel: &Kernel, id: TaskId) -> Option<Explanation> {
        let task = self.view.known_task(id).cloned()?;
        let node = task.node_id?;
        let pipeline = super::filters::Pipeline::new(&task);
        let info = self.view.node(node)?;
        let report = recorder::node_report(&pipeline, &self.view, info, &kernel.ids);
        let hostname = report.hostname.clone();
        let remedies = if report.passes() {
            Vec::new()
        } else {
            remedy::find(&task, &self.view, &kernel.ids, Some(node))
        };
        let verdict = match report.first_failure() {
            None => Verdict::Confirmed { node, hostname },
            Some(kind) => Verdict::Unplaced {
                err: kind.explain(1),
            },
        };
        let (ranking, branches) = (Vec::new(), Vec::new());
        Some(Explanation {
            task: id,
            verdict,
            matrix: vec![report],
            ranking,
            branches,
            remedies,
        })
    }
}
