//! The tests of the real orchestrators, re-created as scenes: same cluster, same events, same
//! outcome. Each test is named after its model in `manager/orchestrator` of SwarmKit.
//!
//! What needs the updater is in `upstream_updater`. Left for later: `TestInitializationExtraTask`,
//! `TestInitializationMultipleServices`, `TestServiceRemoveUnassignedTasks`.

mod enforcer;
mod global;
mod reaper;
mod replicated;
mod support;
