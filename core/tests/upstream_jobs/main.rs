//! The tests of the real orchestrator of jobs, re-created: same store, same events, same outcome.
//! Each test is named after its model in `manager/orchestrator/jobs` or `manager/controlapi` of
//! SwarmKit. Where upstream puts a fake in the place of the restart supervisor, the real one is
//! here, so that a restarted task is seen by its replacement.

mod control;
mod global;
mod orchestrator;
mod replicated;
mod support;
