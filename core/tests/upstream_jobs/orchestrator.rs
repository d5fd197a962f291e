//! `manager/orchestrator/jobs/orchestrator_test.go`, `jobs_test.go`
//!
//! What those tests say of stopping the orchestrator has nothing to match it here.

use std::sync::Arc;

use swarmlab_core::model::{RestartCondition, ServiceMode, TaskState};
use swarmlab_core::time::SECOND;

use crate::support::{COMPLETE, JOB_10_OF_30, Jobs, job, job_with, node, spec, task};

const fn replicated(max_concurrent: u64, total_completions: u64) -> ServiceMode {
    ServiceMode::ReplicatedJob {
        max_concurrent,
        total_completions,
    }
}

#[test]
fn every_job_is_reconciled_at_the_start_and_a_refusal_stops_none() {
    let jobs = Jobs::founded(|tx| {
        tx.create_node(node());
        // The first cannot be reconciled.
        let bad = job(tx, replicated(1, 1));
        for _ in 0..9 {
            tx.create_task(task(bad, 0, None, TaskState::Running, COMPLETE));
        }
        job_with(tx, spec("many", JOB_10_OF_30));
        job_with(tx, spec("each", ServiceMode::GlobalJob));
        // No job.
        job_with(tx, spec("web", ServiceMode::Replicated { replicas: 0 }));
    });
    assert_eq!(jobs.tasks(|_| true).len(), 9 + 10 + 1);
}

#[test]
fn tasks_are_removed_with_their_service() {
    let mut jobs = Jobs::founded(|tx| {
        tx.create_node(node());
        job_with(tx, spec("many", JOB_10_OF_30));
        job_with(tx, spec("each", ServiceMode::GlobalJob));
    });
    for task in jobs.tasks(|_| true) {
        jobs.write(|tx| tx.delete_service(task.service_id.expect("a service")));
    }
    assert_eq!(jobs.desired(TaskState::Remove).len(), 11);
}

#[test]
fn the_end_of_a_task_is_looked_at_and_nothing_else() {
    let mut jobs = Jobs::founded(|tx| {
        job(tx, JOB_10_OF_30);
    });
    let first = jobs.tasks(|_| true)[0].id;
    jobs.set_state(first, TaskState::Running);
    assert_eq!(jobs.tasks(|_| true).len(), 10);
    jobs.set_state(first, COMPLETE);
    assert_eq!(jobs.tasks(|_| true).len(), 11);
}

#[test]
fn nothing_follows_a_failure_under_condition_none() {
    let mut jobs = Jobs::founded(|tx| {
        let mut spec = spec("job", replicated(1, 1));
        let task = Arc::make_mut(&mut spec.task);
        task.restart.as_mut().expect("a policy").condition = RestartCondition::None;
        job_with(tx, spec);
    });
    let only = jobs.tasks(|_| true)[0].id;
    jobs.set_state(only, TaskState::Failed);
    jobs.wait(10 * SECOND);
    assert_eq!(jobs.tasks(|_| true).len(), 1);
}

/// Upstream's own weakness: the slot of a failure that was given up is free, and the end of
/// another task fills it.
#[test]
fn condition_none_leaks_when_another_task_ends() {
    let mut jobs = Jobs::founded(|tx| {
        let mut spec = spec("job", replicated(2, 2));
        let task = Arc::make_mut(&mut spec.task);
        task.restart.as_mut().expect("a policy").condition = RestartCondition::None;
        job_with(tx, spec);
    });
    let tasks = jobs.tasks(|_| true);
    jobs.set_state(tasks[0].id, TaskState::Failed);
    assert_eq!(jobs.tasks(|_| true).len(), 2);
    jobs.set_state(tasks[1].id, COMPLETE);
    let new = jobs.tasks(|task| task.status.state == TaskState::New);
    assert_eq!((new.len(), new[0].slot), (1, 0));
}

#[test]
fn condition_any_counts_as_on_failure() {
    let mut jobs = Jobs::founded(|tx| {
        let mut spec = spec("job", replicated(1, 1));
        let task = Arc::make_mut(&mut spec.task);
        task.restart.as_mut().expect("a policy").condition = RestartCondition::Any;
        job_with(tx, spec);
    });
    let only = jobs.tasks(|_| true)[0].id;
    jobs.set_state(only, COMPLETE);
    jobs.wait(10 * SECOND);
    assert_eq!(jobs.tasks(|_| true).len(), 1);
}

#[test]
fn tasks_are_restarted_max_attempts_times() {
    let mut jobs = Jobs::founded(|tx| {
        let mut spec = spec("job", replicated(1, 1));
        let task = Arc::make_mut(&mut spec.task);
        task.restart.as_mut().expect("a policy").max_attempts = 3;
        job_with(tx, spec);
    });
    for attempt in 1..=4 {
        let wanted = jobs.desired(COMPLETE);
        assert_eq!(wanted.len(), 1, "attempt {attempt}");
        // The scheduler gives it a node: the first slot of a job is still a slot.
        let id = wanted[0].id;
        jobs.write(|tx| {
            let node = tx.create_node(node());
            tx.update_task(id, |task| task.node_id = Some(node))
        });
        jobs.set_state(id, TaskState::Failed);
        jobs.wait(SECOND);
    }
    let tasks = jobs.tasks(|_| true);
    assert_eq!(tasks.len(), 4);
    assert!(tasks.iter().all(|t| t.status.state == TaskState::Failed));
    assert!(
        tasks
            .iter()
            .all(|t| t.slot == 0 && t.job_iteration.is_some())
    );
}

/// A replacement is prepared at once and let go, to COMPLETE, when its delay is over.
#[test]
fn a_replacement_goes_from_ready_to_complete() {
    let mut jobs = Jobs::founded(|tx| {
        job(tx, replicated(1, 1));
    });
    let first = jobs.tasks(|_| true)[0].id;
    jobs.set_state(first, TaskState::Failed);
    assert_eq!(jobs.desired(TaskState::Ready).len(), 1);
    jobs.wait(SECOND / 20);
    assert_eq!(jobs.desired(TaskState::Ready).len(), 1);
    jobs.wait(SECOND / 20);
    assert_eq!(jobs.desired(COMPLETE).len(), 1);
}
