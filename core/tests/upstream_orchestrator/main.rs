//! The tests of the real orchestrators, re-created as scenes: same cluster, same events, same
//! outcome. Each test is named after its model in `manager/orchestrator` of SwarmKit.
//!
//! What is about updates of replicated services is in `upstream_updater`.

mod enforcer;
mod global;
mod global_update;
mod reaper;
mod replicated;
mod support;
