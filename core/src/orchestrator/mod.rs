//! Orchestrators: they turn what is wanted of a service into tasks.
//!
//! Upstream: `manager/orchestrator`. [`replicated`] keeps so many tasks of a service;
//! [`jobs`] runs tasks that end; [`restart`] replaces tasks that ended or lost their node; [`task_reaper`] deletes the tasks that
//! nobody needs any more. [`task`] and [`slot`] hold what they share.
//!
//! Left out for now: global services, rolling updates, the constraint enforcer.

pub mod jobs;
pub mod replicated;
pub mod restart;
pub mod slot;
pub mod task;
pub mod task_reaper;
