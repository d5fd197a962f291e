//! Conformance: the same questions to the model as to the real SwarmKit, and the answers compared.
//!
//! What the real one answered is data (`xtask/data`, or any directory of the same layout). One
//! module a kind of vector reads it into typed values, plays it on the model and gives a
//! [`Verdict`] for every line; [`table`] counts and prints them. A difference that is meant to be
//! there has a rule in [`known`].

pub mod command;
pub mod constraints;
pub mod exact;
pub mod known;
pub mod orchestration;
pub mod placement;
pub mod recordings;
pub mod source;
pub mod table;

mod scene;

pub use command::{Arguments, main};
pub use source::Source;
pub use table::{Difference, Report, Verdict};

/// Plays everything that a directory holds and `only` lets through.
pub fn run(source: &Source, only: Option<&str>) -> anyhow::Result<Report> {
    let mut report = Report::new(only);
    exact::run(source, &mut report)?;
    placement::run(source, &mut report)?;
    constraints::run(source, &mut report)?;
    orchestration::run(source, &mut report)?;
    recordings::run(source, &mut report)?;
    Ok(report)
}
