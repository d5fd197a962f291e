//! A real cluster as a scenario: what `docker node inspect` and its like print is read, and
//! written down so that a change can be rehearsed.
//!
//! Nodes become machines; networks, configs, secrets and services are there from the beginning, as
//! `cluster` takes them. What `inspect` adds by itself (defaults that were never asked for, digests
//! that a registry gave) is taken away again, so that deploying the same stack file changes
//! nothing. What the simulator does not know is left out, and said.
//!
//! Left out: what is in a secret (no docker shows it), what is in volumes, the spec before the
//! last update (a rollback finds none), an update that is on its way, which port a node chose
//! where the service left it open, which task is where: the scheduler places them anew.

mod cluster;
mod node;
mod read;
mod redact;
mod service;
#[cfg(test)]
mod tests;

use crate::diagnostic::Diagnostics;
use crate::scenario::Scenario;

/// A text that docker has printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input<'a> {
    /// The text: one JSON value or several.
    pub text: &'a str,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The cluster. There is none if something is wrong with a text.
    pub scenario: Option<Scenario>,
    /// What is wrong with each text, or was left out of it.
    pub diagnostics: Vec<Diagnostics>,
}

/// Reads a cluster. With `redact`, names, addresses and values are replaced by others, the same by
/// the same.
pub fn import(inputs: &[Input<'_>], redact: bool) -> Imported {
    let mut reader = read::Reader::new(inputs);
    let found = reader.read();
    let mut scenario = cluster::assemble(&found, &mut reader);
    let diagnostics = reader.finish();
    if redact && let Some(scenario) = &mut scenario {
        redact::redact(scenario);
    }
    if diagnostics.iter().any(Diagnostics::has_errors) {
        scenario = None;
    }
    Imported {
        scenario,
        diagnostics,
    }
}
