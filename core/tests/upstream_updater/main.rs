//! The tests of the real updater, re-created as scenes: same service, same events, same outcome.
//! Each test is named after its model in `manager/orchestrator/update` or
//! `manager/orchestrator/replicated` of SwarmKit; the last ones are of its behaviour elsewhere.
//!
//! Left out: the parts of `TestUpdater` about the credentials of a registry, and the variants of
//! `TestUpdaterRollback` without spec versions, which no service can be without here.

mod behaviour;
mod laws;
mod replicated;
mod support;
mod updater;
