//! `manager/orchestrator/jobs/global/reconciler_test.go`

use std::collections::BTreeSet;
use std::sync::Arc;

use swarmlab_core::ids::{NodeId, ServiceId};
use swarmlab_core::model::{
    Availability, JobIteration, NodeState, ServiceMode, ServiceSpec, TaskState,
};
use swarmlab_core::store::Transaction;

use crate::support::{COMPLETE, Jobs, job, job_with, log_driver, node, nodes, spec, task};

const NODES: [NodeId; 3] = [NodeId(0), NodeId(1), NodeId(2)];

/// Three nodes and a global job.
fn stage(tx: &mut Transaction<'_>) -> ServiceId {
    for _ in NODES {
        tx.create_node(node());
    }
    job(tx, ServiceMode::GlobalJob)
}

#[test]
fn every_node_gets_a_task() {
    let jobs = Jobs::founded(|tx| {
        stage(tx);
    });
    let tasks = jobs.tasks(|_| true);
    assert_eq!(nodes(&tasks), BTreeSet::from(NODES));
    assert_eq!(tasks.len(), 3);
    for task in tasks {
        assert_eq!((task.slot, task.desired_state), (0, COMPLETE));
        assert_eq!(task.log_driver.as_deref(), Some(&log_driver()));
    }
}

#[test]
fn tasks_of_old_iterations_are_removed_and_new_ones_created() {
    let mut jobs = Jobs::founded(|tx| {
        stage(tx);
    });
    let first = jobs.tasks(|_| true)[0].clone();
    jobs.set_state(first.id, COMPLETE);
    jobs.next_iteration(first.service_id.expect("a service"));
    // Also what is finished.
    let old = jobs.desired(TaskState::Remove);
    assert_eq!(old.len(), 3);
    let new = jobs.tasks(|task| task.job_iteration == Some(JobIteration(1)));
    assert_eq!(new.len(), 3);
    assert!(new.iter().all(|task| task.desired_state == COMPLETE));
}

#[test]
fn failing_tasks_are_restarted_and_not_replaced_by_others() {
    let jobs = Jobs::founded(|tx| {
        let service = stage(tx);
        for node in [NODES[0], NODES[1]] {
            tx.create_task(task(service, 0, Some(node), TaskState::Failed, COMPLETE));
        }
    });
    let new = jobs.desired(COMPLETE);
    assert_eq!((nodes(&new), new.len()), (BTreeSet::from([NODES[2]]), 1));
    let replacements = jobs.desired(TaskState::Ready);
    assert_eq!(nodes(&replacements), BTreeSet::from([NODES[0], NODES[1]]));
}

#[test]
fn only_nodes_without_a_task_get_one() {
    let jobs = Jobs::founded(|tx| {
        let service = stage(tx);
        for (node, state) in [(NODES[0], TaskState::Running), (NODES[1], COMPLETE)] {
            tx.create_task(task(service, 0, Some(node), state, COMPLETE));
        }
    });
    let new = jobs.tasks(|task| task.status.state == TaskState::New);
    assert_eq!((nodes(&new), new.len()), (BTreeSet::from([NODES[2]]), 1));
}

#[test]
fn only_nodes_that_match_the_constraints_get_a_task() {
    let jobs = Jobs::founded(|tx| {
        for name in ["node1", "node2"] {
            let mut node = node();
            let labels = &mut node.spec.annotations.labels;
            labels.insert("name".to_owned(), name.to_owned());
            tx.create_node(node);
        }
        let mut spec: ServiceSpec = spec("job", ServiceMode::GlobalJob);
        let constraints = &mut Arc::make_mut(&mut spec.task).placement.constraints;
        constraints.push("node.labels.name == node1".to_owned());
        job_with(tx, spec);
    });
    let tasks = jobs.tasks(|_| true);
    assert_eq!(
        (nodes(&tasks), tasks.len()),
        (BTreeSet::from([NODES[0]]), 1)
    );
}

#[test]
fn drained_and_paused_nodes_get_no_task_and_drained_ones_lose_theirs() {
    let mut jobs = Jobs::founded(|tx| {
        for availability in [
            Availability::Drain,
            Availability::Pause,
            Availability::Active,
        ] {
            let mut node = node();
            node.spec.availability = availability;
            tx.create_node(node);
        }
    });
    jobs.write(|tx| {
        let service = job(tx, ServiceMode::GlobalJob);
        let running = TaskState::Running;
        tx.create_task(task(service, 0, Some(NODES[0]), running, COMPLETE));
    });
    let new = jobs.tasks(|task| task.status.state == TaskState::New);
    assert_eq!((nodes(&new), new.len()), (BTreeSet::from([NODES[2]]), 1));
    let stopped = jobs.desired(TaskState::Shutdown);
    assert_eq!(nodes(&stopped), BTreeSet::from([NODES[0]]));
}

#[test]
fn a_node_that_is_down_gets_no_task() {
    let jobs = Jobs::founded(|tx| {
        stage(tx);
        tx.update_node(NODES[0], |node| node.status.state = NodeState::Down);
    });
    let tasks = jobs.tasks(|_| true);
    assert_eq!(nodes(&tasks), BTreeSet::from([NODES[1], NODES[2]]));
}

#[test]
fn a_node_that_joins_waits_for_the_next_event_of_the_job() {
    let mut jobs = Jobs::founded(|tx| {
        stage(tx);
    });
    let first = jobs.tasks(|_| true)[0].id;
    jobs.write(|tx| tx.create_node(node()));
    assert_eq!(jobs.tasks(|_| true).len(), 3);
    jobs.set_state(first, COMPLETE);
    assert_eq!(jobs.tasks(|_| true).len(), 4);
}

/// FixTask
#[test]
fn a_new_leader_shuts_down_what_is_on_a_missing_node() {
    let jobs = Jobs::founded(|tx| {
        let service = job(tx, ServiceMode::GlobalJob);
        let shutdown = TaskState::Shutdown;
        tx.create_task(task(service, 0, Some(NodeId(7)), COMPLETE, COMPLETE));
        tx.create_task(task(
            service,
            0,
            Some(NodeId(8)),
            shutdown,
            TaskState::Remove,
        ));
    });
    let tasks = jobs.tasks(|_| true);
    let desired: Vec<TaskState> = tasks.iter().map(|task| task.desired_state).collect();
    assert_eq!(desired, [TaskState::Shutdown, TaskState::Remove]);
}

/// Attempts of a global job are written down in one place and looked up in another.
#[test]
fn max_attempts_do_not_bind_a_global_job() {
    let mut jobs = Jobs::founded(|tx| {
        tx.create_node(node());
        let mut spec = spec("job", ServiceMode::GlobalJob);
        let task = Arc::make_mut(&mut spec.task);
        task.restart.as_mut().expect("a policy").max_attempts = 2;
        job_with(tx, spec);
    });
    for _ in 0..10 {
        let last = jobs.tasks(|task| task.desired_state == COMPLETE);
        jobs.set_state(last[0].id, TaskState::Failed);
        jobs.wait(swarmlab_core::time::SECOND);
    }
    assert_eq!(jobs.tasks(|_| true).len(), 11);
}
