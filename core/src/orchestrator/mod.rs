//! Orchestrators: they turn what is wanted of a service into tasks.
//!
//! Upstream: `manager/orchestrator`. [`replicated`] keeps so many tasks of a service,
//! [`global`] one on every node, [`jobs`] tasks that end; [`restart`] replaces tasks that ended or lost their node;
//! [`constraint_enforcer`] rejects tasks that their node cannot keep, [`volume_enforcer`] those that
//! hold a volume which is drained; [`task_reaper`] deletes the tasks that nobody needs any more; [`task_init`] is what a new leader does with the tasks that it
//! finds. [`task`], [`service`], [`slot`] and [`dirty`] hold what they share.

pub mod constraint_enforcer;
pub mod dirty;
pub mod global;
pub mod jobs;
pub mod replicated;
pub mod restart;
pub mod service;
pub mod slot;
pub mod task;
pub mod task_init;
pub mod task_reaper;
pub mod update;
pub mod volume_enforcer;
