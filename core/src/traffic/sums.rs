//! What becomes of requests, in numbers.

use crate::collections::BTreeMap;

use serde::Serialize;

use super::histogram::Histogram;
use crate::ids::{NodeId, TaskId};
use crate::time::{SECOND, SimTime};

/// Requests are added up for so long.
pub const INTERVAL_NS: u64 = SECOND;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is answered.
    Ok,
    /// Nobody listens, and the machine says so.
    Refused,
    /// The process that worked on it is gone, and its machine says so.
    Reset,
    /// No answer came in time.
    TimedOut,
    /// The name of the service stands for nothing.
    Unresolved,
}

/// What became of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counts {
    /// How many were sent.
    pub sent: u64,
    /// How many were answered.
    pub ok: u64,
    /// How many were refused.
    pub refused: u64,
    /// How many lost the process that worked on them.
    pub reset: u64,
    /// How many were not answered in time.
    pub timed_out: u64,
    /// How many found that the name stands for nothing.
    pub unresolved: u64,
    /// How often one was tried again.
    pub retried: u64,
}

impl Counts {
    /// How many failed, in whatever way.
    pub const fn failed(&self) -> u64 {
        self.refused + self.reset + self.timed_out + self.unresolved
    }

    /// How many are neither answered nor failed.
    pub const fn open(&self) -> u64 {
        self.sent.saturating_sub(self.ok + self.failed())
    }

    pub(super) fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Ok => self.ok += 1,
            Outcome::Refused => self.refused += 1,
            Outcome::Reset => self.reset += 1,
            Outcome::TimedOut => self.timed_out += 1,
            Outcome::Unresolved => self.unresolved += 1,
        }
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.ok += other.ok;
        self.refused += other.refused;
        self.reset += other.reset;
        self.timed_out += other.timed_out;
        self.unresolved += other.unresolved;
        self.retried += other.retried;
    }
}

/// The requests of a client that were sent, answered or given up within an interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Interval {
    /// The client's number in the scenario.
    pub client: u32,
    /// When the interval began.
    pub from_ns: SimTime,
    /// What became of them.
    pub counts: Counts,
    /// How long those took that were answered: buckets, and how many are in each.
    pub latencies: Vec<(u16, u64)>,
    /// How many each task answered, and where it is.
    pub tasks: Vec<(TaskId, NodeId, u64)>,
    /// How many were sent to each node.
    pub nodes: Vec<(NodeId, u64)>,
}

/// Everything about the requests of a client up to now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// What became of them.
    pub counts: Counts,
    /// How long those took that were answered.
    pub latencies: Histogram,
    /// How many each task answered, and where it is.
    pub tasks: BTreeMap<TaskId, (NodeId, u64)>,
    /// How many were sent to each node.
    pub nodes: BTreeMap<NodeId, u64>,
}

impl Sums {
    /// Adds an interval.
    pub fn add(&mut self, interval: &Interval) {
        self.counts.add(&interval.counts);
        self.latencies.merge(&interval.latencies);
        for &(task, node, count) in &interval.tasks {
            self.tasks.entry(task).or_insert((node, 0)).1 += count;
        }
        for &(node, count) in &interval.nodes {
            *self.nodes.entry(node).or_default() += count;
        }
    }

    /// How many were answered on a node.
    pub fn answered_on(&self, node: NodeId) -> u64 {
        let tasks = self.tasks.values().filter(|(on, _)| *on == node);
        tasks.map(|(_, count)| count).sum()
    }
}
