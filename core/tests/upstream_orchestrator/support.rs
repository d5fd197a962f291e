//! A swarm in which orchestrators run and nobody places or runs tasks.

use std::sync::Arc;

use swarmlab_core::ids::{NodeId, ServiceId, TaskId};
use swarmlab_core::kernel::{Components, Settings};
use swarmlab_core::model::{
    Annotations, Meta, Node, NodeRole, NodeSpec, NodeState, NodeStatus, RestartCondition,
    RestartPolicy, Service, ServiceMode, ServiceSpec, Task, TaskSpec, TaskState, Version,
};
use swarmlab_core::store::Transaction;
use swarmlab_core::swarm::Swarm;
use swarmlab_core::time::MILLISECOND;

pub(crate) struct Scene {
    pub(crate) swarm: Swarm,
}

impl Scene {
    /// The store is filled, then a leader takes over.
    pub(crate) fn founded(write: impl FnOnce(&mut Transaction<'_>)) -> Self {
        let components = Components {
            orchestrators: true,
            scheduler: false,
            ..Components::SCHEDULER
        };
        Self::with(components, write)
    }

    /// The same, with the reaper.
    pub(crate) fn reaped(write: impl FnOnce(&mut Transaction<'_>)) -> Self {
        let components = Components {
            orchestrators: true,
            reaper: true,
            scheduler: false,
            ..Components::SCHEDULER
        };
        Self::with(components, write)
    }

    fn with(components: Components, write: impl FnOnce(&mut Transaction<'_>)) -> Self {
        let settings = Settings {
            components,
            ..Settings::default()
        };
        let swarm = Swarm::founded(settings, write);
        Self { swarm }
    }

    pub(crate) fn write<R>(&mut self, write: impl FnOnce(&mut Transaction<'_>) -> R) -> R {
        self.swarm.write(write)
    }

    pub(crate) fn pass(&mut self, delay_ms: u64) {
        let moment = self.swarm.kernel.now + delay_ms * MILLISECOND;
        self.swarm.run_until(moment);
    }

    pub(crate) fn has(&self, id: TaskId) -> bool {
        self.swarm.kernel.store.task(id).is_some()
    }

    pub(crate) fn task(&self, id: TaskId) -> Arc<Task> {
        Arc::clone(self.swarm.kernel.store.task(id).expect("the task exists"))
    }

    pub(crate) fn desired(&self, id: TaskId) -> TaskState {
        self.task(id).desired_state
    }

    pub(crate) fn count(&self, service: ServiceId) -> usize {
        self.swarm.kernel.store.tasks_of_service(service).count()
    }

    /// The tasks that are meant to run, oldest first.
    pub(crate) fn live(&self, service: ServiceId) -> Vec<TaskId> {
        let tasks = self.swarm.kernel.store.tasks_of_service(service);
        let live = tasks.filter(|task| task.desired_state <= TaskState::Running);
        let mut live: Vec<TaskId> = live.map(|task| task.id).collect();
        live.sort_unstable();
        live
    }

    /// An agent reports a state.
    pub(crate) fn observe(&mut self, id: TaskId, state: TaskState) {
        self.write(|tx| {
            let now = tx.now();
            tx.update_task(id, |task| {
                task.status.state = state;
                task.status.timestamp = now;
            })
        });
    }
}

pub(crate) fn node(tx: &mut Transaction<'_>) -> NodeId {
    tx.create_node(Node {
        id: NodeId(0),
        meta: Meta::default(),
        spec: NodeSpec::default(),
        description: None,
        status: NodeStatus {
            state: NodeState::Ready,
            ..NodeStatus::default()
        },
        role: NodeRole::Worker,
    })
}

pub(crate) fn policy(condition: RestartCondition, delay_ms: u64) -> RestartPolicy {
    RestartPolicy {
        condition,
        delay_ns: delay_ms * MILLISECOND,
        max_attempts: 0,
        window_ns: 0,
    }
}

pub(crate) fn service(
    tx: &mut Transaction<'_>,
    mode: ServiceMode,
    restart: RestartPolicy,
) -> ServiceId {
    let spec = ServiceSpec {
        annotations: Annotations {
            name: "name".to_owned(),
            ..Annotations::default()
        },
        mode,
        task: Arc::new(TaskSpec {
            restart: Some(restart),
            ..TaskSpec::default()
        }),
        ..ServiceSpec::default()
    };
    tx.create_service(Service {
        id: ServiceId(0),
        meta: Meta::default(),
        spec: Arc::new(spec),
        spec_version: Version { index: 1 },
        previous_spec: None,
        previous_spec_version: None,
        endpoint: None,
        update_status: None,
        job_status: None,
    })
}

pub(crate) fn scale(tx: &mut Transaction<'_>, id: ServiceId, replicas: u64) {
    tx.update_service(id, |service| {
        Arc::make_mut(&mut service.spec).mode = ServiceMode::Replicated { replicas };
    });
}

/// An up-to-date task of a service.
pub(crate) fn task(
    tx: &mut Transaction<'_>,
    service: ServiceId,
    slot: u64,
    node: Option<NodeId>,
    state: TaskState,
) -> TaskId {
    let object = tx.store().service(service).expect("the service exists");
    let mut task = Task::new(TaskId(0), Arc::clone(&object.spec.task));
    task.spec_version = Some(object.spec_version);
    task.service_id = Some(service);
    task.slot = slot;
    task.node_id = node;
    task.status.state = state;
    tx.create_task(task)
}
