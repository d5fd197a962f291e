//! `manager/orchestrator/jobs/replicated/reconciler_test.go`

use swarmlab_core::ids::ServiceId;
use swarmlab_core::model::{JobIteration, ServiceMode, TaskState};
use swarmlab_core::orchestrator::jobs::replicated::{Underflow, reconcile};
use swarmlab_core::orchestrator::restart::RestartSupervisor;

use crate::support::{COMPLETE, JOB_10_OF_30, Jobs, job, log_driver, slots, task};

const RUNNING: TaskState = TaskState::Running;
const SHUTDOWN: TaskState = TaskState::Shutdown;

#[test]
fn tasks_of_the_previous_iteration_are_removed_and_new_ones_created() {
    let mut jobs = Jobs::founded(|tx| {
        job(tx, JOB_10_OF_30);
    });
    let service = jobs.tasks(|_| true)[0].service_id.expect("a service");
    jobs.next_iteration(service);
    let old = jobs.tasks(|task| task.job_iteration == Some(JobIteration(0)));
    let new = jobs.tasks(|task| task.job_iteration == Some(JobIteration(1)));
    assert_eq!((old.len(), new.len()), (10, 10));
    assert!(old.iter().all(|t| t.desired_state == TaskState::Remove));
    assert!(new.iter().all(|t| t.desired_state == COMPLETE));
}

#[test]
fn finished_tasks_of_the_previous_iteration_stay() {
    let mut jobs = Jobs::founded(|tx| {
        job(tx, JOB_10_OF_30);
    });
    let first = jobs.tasks(|_| true)[0].clone();
    jobs.set_state(first.id, COMPLETE);
    jobs.next_iteration(first.service_id.expect("a service"));
    let kept = jobs.tasks(|task| task.id == first.id);
    assert_eq!(kept[0].desired_state, COMPLETE);
}

#[test]
fn max_concurrent_tasks_are_created_each_in_a_slot_of_its_own() {
    let jobs = Jobs::founded(|tx| {
        job(tx, JOB_10_OF_30);
    });
    let tasks = jobs.tasks(|_| true);
    assert_eq!(slots(&tasks), (0..10).collect());
    assert_eq!(tasks.len(), 10);
    for task in tasks {
        assert_eq!(task.desired_state, COMPLETE);
        assert_eq!(task.log_driver.as_deref(), Some(&log_driver()));
    }
}

#[test]
fn only_what_is_missing_to_max_concurrent_is_created() {
    let jobs = Jobs::founded(|tx| {
        let service = job(tx, JOB_10_OF_30);
        for slot in [0, 2, 4, 6, 8, 10] {
            tx.create_task(task(service, slot, None, RUNNING, COMPLETE));
        }
    });
    let tasks = jobs.tasks(|_| true);
    assert_eq!(tasks.len(), 10);
    assert_eq!(slots(&tasks).len(), 10);
}

#[test]
fn tasks_that_are_shutting_down_do_not_count_and_their_slots_are_used_again() {
    let jobs = Jobs::founded(|tx| {
        let service = job(tx, JOB_10_OF_30);
        for slot in 0..10 {
            tx.create_task(task(service, slot, None, RUNNING, SHUTDOWN));
        }
    });
    let tasks = jobs.tasks(|_| true);
    assert_eq!(tasks.len(), 20);
    assert_eq!(slots(&tasks).len(), 10);
}

#[test]
fn failing_tasks_are_restarted_and_not_replaced_by_others() {
    let jobs = Jobs::founded(|tx| {
        let service = job(tx, JOB_10_OF_30);
        for slot in 0..15 {
            let state = if slot < 10 {
                COMPLETE
            } else {
                TaskState::Failed
            };
            tx.create_task(task(service, slot, None, state, COMPLETE));
        }
    });
    let new = jobs.tasks(|t| t.status.state == TaskState::New && t.desired_state == COMPLETE);
    assert_eq!(slots(&new), (15..20).collect());
    let replacements = jobs.desired(TaskState::Ready);
    assert_eq!(slots(&replacements), (10..15).collect());
    let gone = jobs.tasks(|t| t.status.state == TaskState::Failed);
    assert!(gone.iter().all(|task| task.desired_state == SHUTDOWN));
    assert_eq!(new.len() + replacements.len(), 10);
}

#[test]
fn no_more_tasks_are_created_than_total_completions_need() {
    let mut jobs = Jobs::founded(|tx| {
        let service = job(tx, JOB_10_OF_30);
        for slot in 0..20 {
            tx.create_task(task(service, slot, None, COMPLETE, COMPLETE));
        }
    });
    let new = jobs.tasks(|task| task.status.state != COMPLETE);
    assert_eq!(slots(&new), (20..30).collect());
    // And when they end nothing follows.
    for task in new {
        jobs.set_state(task.id, COMPLETE);
    }
    assert_eq!(jobs.tasks(|_| true).len(), 30);
}

#[test]
fn a_service_that_is_gone_has_no_tasks_made() {
    let mut jobs = Jobs::founded(|_| {});
    jobs.write(|tx| {
        tx.create_task(task(ServiceId(7), 0, None, TaskState::Failed, COMPLETE));
    });
    let id = jobs.tasks(|_| true)[0].id;
    jobs.set_state(id, TaskState::Rejected);
    assert_eq!(jobs.tasks(|_| true).len(), 1);
}

#[test]
fn numbers_below_zero_are_refused() {
    let mut jobs = Jobs::founded(|_| {});
    let kernel = &mut jobs.swarm.kernel;
    let now = kernel.now;
    let mut batch = kernel.store.batch(now);
    let service = batch.update(|tx| {
        let service = job(
            tx,
            ServiceMode::ReplicatedJob {
                max_concurrent: 10,
                total_completions: 20,
            },
        );
        for _ in 0..30 {
            tx.create_task(task(service, 0, None, RUNNING, COMPLETE));
        }
        service
    });
    batch.commit();
    let service = kernel.store.service(service).cloned().expect("it exists");
    let mut restart = RestartSupervisor::default();
    let refused = reconcile(kernel, &mut restart, &service, 10, 20).expect_err("a refusal");
    assert_eq!(refused, Underflow(u64::MAX - 19));
    assert!(refused.to_string().contains("underflow"));
    assert_eq!(jobs.tasks(|_| true).len(), 30);
}
