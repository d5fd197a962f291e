//! An explanation of the scheduler with its words, for pages that show it piece by piece.

use serde::Serialize;

use crate::collections::Order as _;
use crate::ids::TaskId;
use crate::scheduler::explain::{Explanation, Verdict, text};
use crate::simulation::Simulation;

/// Why a task is where it is, or nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Why {
    /// When that was decided, in nanoseconds; the present moment for a task that waits.
    pub at_ns: u64,
    /// The node that it got, if any.
    pub node: Option<String>,
    /// Why this one, or SwarmKit's text about a task that fits nowhere.
    pub verdict: String,
    /// The names of the filters that have anything to say about the task, in their order.
    pub filters: Vec<String>,
    /// What they say of each node.
    pub matrix: Vec<WhyNode>,
    /// The nodes that passed, candidates first, each part best first.
    pub ranking: Vec<WhyRank>,
    /// How the group was divided by the spread preferences.
    pub branches: Vec<WhyBranch>,
    /// The smallest changes that would place it.
    pub remedies: Vec<String>,
}

/// What the filters say of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WhyNode {
    /// Its hostname.
    pub name: String,
    /// For each filter the comparisons that failed, in words; none where the node passes.
    pub failed: Vec<Vec<String>>,
    /// The place of the filter under which SwarmKit counts the node.
    pub counted_under: Option<u32>,
}

/// A node that passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WhyRank {
    /// Its hostname.
    pub name: String,
    /// Recent failures of the service on it, if they are so many that they count.
    pub failures: u32,
    /// Active tasks of the service on it.
    pub service_tasks: u32,
    /// Active tasks on it.
    pub active_tasks: u32,
    /// Whether it was a candidate.
    pub is_candidate: bool,
    /// Whether the task went here.
    pub is_chosen: bool,
}

/// A branch of the spread tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WhyBranch {
    /// 0 for the first spread preference.
    pub level: u32,
    /// The value of the label.
    pub value: String,
    /// Tasks of the service in it before.
    pub tasks: i64,
    /// What every branch should have.
    pub target: i64,
    /// How many it was asked to take.
    pub asked: i64,
    /// How many it took.
    pub took: i64,
    /// Whether the task in question is among them.
    pub has_task: bool,
}

/// Why a task is where it is at the present moment; absent if the scheduler never decided about it.
pub fn of(simulation: &Simulation, task: TaskId) -> Option<Why> {
    let (at, explanation) = simulation.explain(task)?;
    Some(words(at.as_nanos(), &explanation))
}

fn words(at_ns: u64, explanation: &Explanation) -> Why {
    let (node, verdict) = match &explanation.verdict {
        Verdict::Placed { hostname, turn, .. } => (Some(hostname), text::why(*turn).to_owned()),
        Verdict::Confirmed { hostname, .. } => (
            Some(hostname),
            "it belongs there, and the node can take it".to_owned(),
        ),
        Verdict::Unplaced { err } => (None, err.clone()),
    };
    let reports = explanation.matrix.iter().flat_map(|report| &report.filters);
    let mut filters: Vec<_> = reports.map(|report| report.filter).collect();
    filters.order();
    filters.dedup();
    let place = |level: usize| u32::try_from(level).unwrap_or(u32::MAX);
    let matrix = explanation.matrix.iter().map(|report| {
        let failed = filters.iter().map(|filter| {
            let found = report.filters.iter().find(|one| one.filter == *filter);
            let failed = found.into_iter().flat_map(|one| &one.failed);
            failed.map(text::describe).collect()
        });
        let first = report.first_failure();
        let first = filters.iter().position(|filter| Some(*filter) == first);
        WhyNode {
            name: report.hostname.clone(),
            failed: failed.collect(),
            counted_under: first.map(place),
        }
    });
    let ranking = explanation.ranking.iter().map(|ranked| WhyRank {
        name: ranked.hostname.clone(),
        failures: ranked.failures,
        service_tasks: ranked.service_tasks,
        active_tasks: ranked.active_tasks,
        is_candidate: ranked.is_candidate,
        is_chosen: ranked.is_chosen,
    });
    let branches = explanation.branches.iter().map(|branch| WhyBranch {
        level: place(branch.level),
        value: branch.value.clone(),
        tasks: branch.tasks,
        target: branch.target,
        asked: branch.asked,
        took: branch.took,
        has_task: branch.has_task,
    });
    Why {
        at_ns,
        node: node.cloned(),
        verdict,
        matrix: matrix.collect(),
        ranking: ranking.collect(),
        branches: branches.collect(),
        remedies: explanation
            .remedies
            .iter()
            .map(ToString::to_string)
            .collect(),
        filters: filters
            .iter()
            .map(|filter| filter.title().to_owned())
            .collect(),
    }
}
