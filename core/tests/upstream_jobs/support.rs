//! A swarm of which only the orchestrators run, and short words for its parts.

use std::collections::BTreeSet;
use std::sync::Arc;

use swarmlab_core::ids::{NodeId, ServiceId, TaskId};
use swarmlab_core::kernel::{Components, Settings};
use swarmlab_core::model::{
    Annotations, Driver, JobIteration, JobStatus, Meta, Node, NodeRole, NodeSpec, NodeState,
    NodeStatus, RestartCondition, RestartPolicy, Service, ServiceMode, ServiceSpec, Task, TaskSpec,
    TaskState, Version,
};
use swarmlab_core::store::Transaction;
use swarmlab_core::swarm::Swarm;
use swarmlab_core::time::{MILLISECOND, SimTime};

pub(crate) const COMPLETE: TaskState = TaskState::Complete;
pub(crate) const JOB_10_OF_30: ServiceMode = ServiceMode::ReplicatedJob {
    max_concurrent: 10,
    total_completions: 30,
};

pub(crate) struct Jobs {
    pub(crate) swarm: Swarm,
}

impl Jobs {
    /// The store is filled, then the orchestrators start.
    pub(crate) fn founded(write: impl FnOnce(&mut Transaction<'_>)) -> Self {
        let settings = Settings {
            components: Components {
                orchestrators: true,
                allocator: false,
                scheduler: false,
                reaper: false,
                agents: false,
            },
            ..Settings::default()
        };
        Self {
            swarm: Swarm::founded(settings, |tx| {
                tx.update_cluster(|cluster| {
                    cluster.spec.task_log_driver = Some(Arc::new(log_driver()));
                });
                write(tx);
            }),
        }
    }

    pub(crate) fn write<R>(&mut self, write: impl FnOnce(&mut Transaction<'_>) -> R) -> R {
        self.swarm.write(write)
    }

    /// The tasks that `is_meant` chooses, in order of creation.
    pub(crate) fn tasks(&self, is_meant: impl Fn(&Task) -> bool) -> Vec<Arc<Task>> {
        let tasks = self.swarm.kernel.store.tasks();
        tasks.filter(|task| is_meant(task)).cloned().collect()
    }

    /// Of these tasks, those that are wanted.
    pub(crate) fn desired(&self, desired: TaskState) -> Vec<Arc<Task>> {
        self.tasks(|task| task.desired_state == desired)
    }

    pub(crate) fn set_state(&mut self, id: TaskId, state: TaskState) {
        self.write(|tx| tx.update_task(id, |task| task.status.state = state));
    }

    /// The service runs once more.
    pub(crate) fn next_iteration(&mut self, id: ServiceId) {
        self.write(|tx| {
            tx.update_service(id, |service| {
                let status = service.job_status.as_mut().expect("a job");
                status.iteration.0 += 1;
            });
        });
    }

    pub(crate) fn wait(&mut self, duration_ns: u64) {
        let until = self.swarm.kernel.now + duration_ns;
        self.swarm.run_until(until);
    }
}

pub(crate) fn log_driver() -> Driver {
    Driver {
        name: "someDriver".to_owned(),
        ..Driver::default()
    }
}

pub(crate) fn slots(tasks: &[Arc<Task>]) -> BTreeSet<u64> {
    tasks.iter().map(|task| task.slot).collect()
}

pub(crate) fn nodes(tasks: &[Arc<Task>]) -> BTreeSet<NodeId> {
    tasks.iter().filter_map(|task| task.node_id).collect()
}

pub(crate) fn node() -> Node {
    Node {
        id: NodeId(0),
        meta: Meta::default(),
        spec: NodeSpec::default(),
        description: None,
        status: NodeStatus {
            state: NodeState::Ready,
            ..NodeStatus::default()
        },
        role: NodeRole::Worker,
    }
}

pub(crate) fn spec(name: &str, mode: ServiceMode) -> ServiceSpec {
    let mut task = TaskSpec {
        restart: Some(RestartPolicy {
            condition: RestartCondition::OnFailure,
            delay_ns: 100 * MILLISECOND,
            ..RestartPolicy::default()
        }),
        ..TaskSpec::default()
    };
    "job".clone_into(&mut task.container.image);
    ServiceSpec {
        annotations: Annotations {
            name: name.to_owned(),
            ..Annotations::default()
        },
        task: Arc::new(task),
        mode,
        ..ServiceSpec::default()
    }
}

pub(crate) fn job_with(tx: &mut Transaction<'_>, spec: ServiceSpec) -> ServiceId {
    tx.create_service(Service {
        id: ServiceId(0),
        meta: Meta::default(),
        job_status: spec.mode.is_job().then(JobStatus::default),
        spec: Arc::new(spec),
        spec_version: Version::default(),
        previous_spec: None,
        previous_spec_version: None,
        endpoint: None,
        update_status: None,
    })
}

pub(crate) fn job(tx: &mut Transaction<'_>, mode: ServiceMode) -> ServiceId {
    job_with(tx, spec("job", mode))
}

/// A task of the first iteration.
pub(crate) fn task(
    service: ServiceId,
    slot: u64,
    node: Option<NodeId>,
    state: TaskState,
    desired: TaskState,
) -> Task {
    let mut task = Task::new(TaskId(0), Arc::default());
    task.service_id = Some(service);
    task.slot = slot;
    task.node_id = node;
    task.job_iteration = Some(JobIteration(0));
    task.spec_version = Some(Version::default());
    task.status.state = state;
    task.status.timestamp = SimTime::ZERO;
    task.desired_state = desired;
    task
}
