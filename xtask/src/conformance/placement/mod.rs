//! The real scheduler as it is, its random choices left random.
//!
//! A line is a cluster and some steps, each one transaction after which the scheduler comes to
//! rest. Two things are asked of the model, and both have to hold:
//!
//! - `summary`: its own way through all steps, with ties decided by name, ends every step in a
//!   state that the real one reached in some run, exactly where all runs were alike;
//! - `replay`: every step of every recorded run, done alone from the recorded state before it, can
//!   end as it was recorded.

mod cluster;
mod guided;
mod interference;
mod replay;
mod summary;
mod ties;
pub mod vector;

use super::known::{FILTERS_OF_ANOTHER_TASK, GONE_WITH_ITS_NODE, NODE_PASSED_OVER};
use super::{Report, Source, Verdict};
use interference::Sign;
use replay::Astray;
use vector::Vector;

/// Judges all lines: a row a kind.
pub fn run(source: &Source, report: &mut Report) -> anyhow::Result<()> {
    let vectors: Vec<Vector> = source.vectors("placement")?;
    report.judge_all(
        &vectors,
        |vector| (format!("placement/{}", vector.kind), &vector.id),
        judge,
    );
    Ok(())
}

/// So many other ways through all steps are tried.
const OTHER_WAYS: u64 = 50;

fn is_agreed_by_some_seed(vector: &Vector, start: &cluster::Cluster) -> bool {
    (1..=OTHER_WAYS).any(|seed| {
        let mut start = start.clone();
        start.decide_ties(Some(seed));
        summary::differences(vector, start).is_empty()
    })
}

/// Judges one line.
pub fn judge(vector: &Vector) -> Verdict {
    let start = cluster::Cluster::new(vector);
    let differences = summary::differences(vector, start.clone());
    let astray = replay::astray(vector, &start);
    if astray.is_empty()
        && !differences.is_empty()
        && summary::has_tasks_on_gone_nodes(vector, start.clone())
        && is_agreed_by_some_seed(vector, &start)
    {
        return Verdict::Known(&GONE_WITH_ITS_NODE);
    }
    if !differences.is_empty() || astray.is_empty() {
        let of_runs = astray.into_iter().map(|run| run.difference);
        return Verdict::of(differences.into_iter().chain(of_runs).collect());
    }
    let contradicts_itself =
        |run: &Astray| matches!(run.sign, Some(Sign::Misplaced | Sign::Refused));
    if astray.iter().all(contradicts_itself) {
        return Verdict::Known(&FILTERS_OF_ANOTHER_TASK);
    }
    let times: u32 = astray.iter().map(|run| run.times).sum();
    let is_rare = astray.len() < vector.runs.len() && times * 4 <= vector.runs_total;
    if is_rare && astray.iter().all(|run| run.sign.is_some()) {
        return Verdict::Known(&NODE_PASSED_OVER);
    }
    Verdict::of(astray.into_iter().map(|run| run.difference).collect())
}
