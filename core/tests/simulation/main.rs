//! Scenarios in, time lines and explanations out.
//!
//! The files of `scenarios/` are played as they are and compared with `scenarios/expected`, which
//! `UPDATE_EXPECT=1` writes anew; their expectations have to hold, and both ways of breaking ties,
//! a replay and a seek have to agree with the straight run.

mod agents;
mod availability;
mod commands;
mod containers;
mod explain;
mod flags;
mod logs;
mod managers;
mod mesh;
mod moments;
mod names;
mod networks;
mod pages;
mod plans;
mod problems;
mod scenarios;
mod stack_files;
mod stacks;
mod swarm;
mod traffic;
mod why;

use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};

/// A simulation at its beginning.
fn simulation(text: &str, options: Options) -> (Scenario, Simulation) {
    let (scenario, _) = Scenario::parse(text).unwrap_or_else(|mistakes| {
        panic!("{}", mistakes.render(text, "test.yaml", false));
    });
    let simulation = Simulation::new(&scenario, options).unwrap_or_else(|mistakes| {
        panic!("{}", mistakes.render(text, "test.yaml", false));
    });
    (scenario, simulation)
}
