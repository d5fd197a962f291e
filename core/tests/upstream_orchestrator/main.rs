//! The tests of the real orchestrators, re-created as scenes: same cluster, same events, same
//! outcome. Each test is named after its model in `manager/orchestrator` of SwarmKit.
//!
//! Left for later, with the updater: `TestUpdaterRollback`, the second halves of
//! `TestOrchestratorRestartOnFailure`, `…OnNone` and `…MaxAttempts`, `TestInitializationExtraTask`,
//! `TestInitializationMultipleServices`, `TestServiceRemoveUnassignedTasks`.

mod enforcer;
mod global;
mod reaper;
mod replicated;
mod support;
