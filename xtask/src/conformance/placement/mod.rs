//! The real scheduler as it is, its random choices left random.
//!
//! A line is a cluster and some steps, each one transaction after which the scheduler comes to
//! rest. Two things are asked of the model, and both have to hold:
//!
//! - [`summary`]: its own way through all steps, with ties decided by name, ends every step in a
//!   state that the real one reached in some run, exactly where all runs were alike;
//! - [`replay`]: every step of every recorded run, done alone from the recorded state before it,
//!   can end as it was recorded.

mod cluster;
mod replay;
mod summary;
mod ties;
pub mod vector;

use super::{Report, Source, Verdict};
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

/// Judges one line.
pub fn judge(vector: &Vector) -> Verdict {
    let start = cluster::Cluster::new(vector);
    let mut differences = summary::differences(vector, start.clone());
    differences.extend(replay::differences(vector, &start));
    Verdict::of(differences)
}
