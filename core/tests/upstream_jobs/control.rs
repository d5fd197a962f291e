//! `manager/controlapi/service_test.go`: TestJobService, TestServiceValidateJob; and the job that
//! `jobs_test.go` creates through the control API.

use swarmlab_core::control;
use swarmlab_core::model::{JobIteration, JobStatus, ServiceMode, TaskState, UpdateConfig};
use swarmlab_core::time::SECOND;

use crate::support::{COMPLETE, Jobs, node, spec};

const JOB: ServiceMode = ServiceMode::ReplicatedJob {
    max_concurrent: 3,
    total_completions: 5,
};

#[test]
fn a_job_begins_with_iteration_0_and_counts_its_updates() {
    for mode in [JOB, ServiceMode::GlobalJob] {
        let mut jobs = Jobs::founded(|_| {});
        jobs.wait(SECOND);
        let kernel = &mut jobs.swarm.kernel;
        let id = control::create_service(kernel, spec("job", mode)).expect("a right spec");
        for iteration in 0..3 {
            let kernel = &mut jobs.swarm.kernel;
            let service = kernel.store.service(id).cloned().expect("it exists");
            let want = JobStatus {
                iteration: JobIteration(iteration),
                last_execution: kernel.now,
            };
            assert_eq!(service.job_status, Some(want));
            jobs.wait(SECOND);
            let (kernel, seen) = (&mut jobs.swarm.kernel, service.meta.version);
            control::update_service(kernel, id, seen, spec("job", mode)).expect("a right spec");
        }
    }
}

#[test]
fn other_services_have_no_iterations() {
    let mut jobs = Jobs::founded(|_| {});
    let kernel = &mut jobs.swarm.kernel;
    let mode = ServiceMode::Replicated { replicas: 1 };
    let id = control::create_service(kernel, spec("web", mode)).expect("a right spec");
    let service = kernel.store.service(id).expect("it exists");
    assert_eq!(service.job_status, None);
}

#[test]
fn jobs_may_not_have_an_update_config() {
    let mut jobs = Jobs::founded(|_| {});
    for mode in [JOB, ServiceMode::GlobalJob] {
        let mut spec = spec("job", mode);
        spec.update = Some(UpdateConfig::default());
        let refused = control::create_service(&mut jobs.swarm.kernel, spec);
        let message = refused.expect_err("a refusal").to_string();
        assert!(message.contains("Jobs may not have an update config"));
    }
}

#[test]
fn a_new_replicated_job_gets_its_tasks() {
    let mut jobs = Jobs::founded(|tx| {
        tx.create_node(node());
    });
    control::create_service(&mut jobs.swarm.kernel, spec("job", JOB)).expect("a right spec");
    jobs.swarm.settle();
    let tasks = jobs.desired(COMPLETE);
    assert_eq!(tasks.len(), 3);
    assert!(tasks.iter().all(|t| t.status.state == TaskState::New));
}
