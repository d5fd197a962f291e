//! A swarm in which orchestrators run, and a stand-in for agents that acts at once.

use std::sync::Arc;

use swarmlab_core::control;
use swarmlab_core::ids::{ServiceId, TaskId};
use swarmlab_core::kernel::{Components, Settings, What, World as _};
use swarmlab_core::model::{
    Annotations, RestartCondition, RestartPolicy, Service, ServiceMode, ServiceSpec, Task,
    TaskState, UpdateConfig, UpdateState, UpdateStatus,
};
use swarmlab_core::store::{Change, Transaction};
use swarmlab_core::swarm::Swarm;
use swarmlab_core::time::{MILLISECOND, SimTime};

/// What an agent makes of a task that changed: the state it reports, if any.
pub(crate) type Agent<'a> = &'a mut dyn FnMut(&Task) -> Option<TaskState>;

/// A task becomes what is wanted of it.
pub(crate) fn obedient(task: &Task) -> Option<TaskState> {
    (task.status.state != task.desired_state).then_some(task.desired_state)
}

pub(crate) struct Scene {
    pub(crate) swarm: Swarm,
    pub(crate) service: ServiceId,
}

impl Scene {
    /// A swarm with one service, whose tasks run.
    pub(crate) fn new(spec: ServiceSpec) -> Self {
        let components = Components {
            orchestrators: true,
            scheduler: false,
            ..Components::SCHEDULER
        };
        let settings = Settings {
            components,
            ..Settings::default()
        };
        let mut swarm = Swarm::new(settings);
        let service = control::create_service(&mut swarm.kernel, spec).expect("a good spec");
        let mut scene = Self { swarm, service };
        scene.swarm.settle();
        for task in scene.live() {
            scene.observe(task.id, TaskState::Running);
        }
        // What has been up to here is no matter for the agents.
        scene.swarm.kernel.trace.take_records();
        scene
    }

    pub(crate) fn write<R>(&mut self, write: impl FnOnce(&mut Transaction<'_>) -> R) -> R {
        self.swarm.write(write)
    }

    pub(crate) fn observe(&mut self, id: TaskId, state: TaskState) {
        self.write(|tx| {
            let now = tx.now();
            tx.update_task(id, |task| {
                task.status.state = state;
                task.status.timestamp = now;
            })
        });
    }

    /// Lets time pass; the agent sees every update of a task once, in order.
    pub(crate) fn pass(&mut self, delay_ms: u64, agent: Agent<'_>) {
        let end = self.swarm.kernel.now + delay_ms * MILLISECOND;
        loop {
            self.swarm.settle();
            let records = self.swarm.kernel.trace.take_records();
            let updated = records.into_iter().filter_map(|record| match record.what {
                What::Change(Change::Task(delta)) if delta.before().is_some() => {
                    Some(delta.object().id)
                }
                _ => None,
            });
            let mut has_acted = false;
            for id in updated.collect::<Vec<_>>() {
                let task = self.swarm.kernel.store.task(id).cloned();
                if let Some(state) = task.and_then(|task| agent(&task)) {
                    self.write(|tx| tx.update_task(id, |task| task.status.state = state));
                    has_acted = true;
                }
            }
            if has_acted {
                continue;
            }
            if self.swarm.kernel.queue.next_at().is_none_or(|at| at > end) {
                break;
            }
            self.swarm.step();
        }
        self.swarm.wait_until(end);
    }

    pub(crate) fn object(&self) -> Arc<Service> {
        let service = self.swarm.kernel.store.service(self.service);
        Arc::clone(service.expect("the service exists"))
    }

    /// `docker service update`.
    pub(crate) fn update(&mut self, edit: impl FnOnce(&mut ServiceSpec)) {
        let service = self.object();
        let mut spec = ServiceSpec::clone(&service.spec);
        edit(&mut spec);
        let version = service.meta.version;
        control::update_service(&mut self.swarm.kernel, self.service, version, spec)
            .expect("the update is accepted");
        self.swarm.settle();
    }

    pub(crate) fn set_image(&mut self, image: &str) {
        self.update(|spec| image.clone_into(&mut Arc::make_mut(&mut spec.task).container.image));
    }

    pub(crate) fn tasks(&self) -> Vec<Arc<Task>> {
        let store = &self.swarm.kernel.store;
        let mut tasks: Vec<_> = store.tasks_of_service(self.service).cloned().collect();
        tasks.sort_by_key(|task| task.id);
        tasks
    }

    /// The tasks that are meant to run.
    pub(crate) fn live(&self) -> Vec<Arc<Task>> {
        let mut tasks = self.tasks();
        tasks.retain(|task| task.desired_state <= TaskState::Running);
        tasks
    }

    pub(crate) fn live_with(&self, image: &str) -> usize {
        let tasks = self.live();
        let tasks = tasks.iter();
        tasks
            .filter(|task| task.spec.container.image == image)
            .count()
    }

    pub(crate) fn created_with(&self, image: &str) -> usize {
        let tasks = self.tasks();
        let tasks = tasks.iter();
        tasks
            .filter(|task| task.spec.container.image == image)
            .count()
    }

    pub(crate) fn status(&self) -> Option<UpdateStatus> {
        self.object().update_status.clone()
    }

    pub(crate) fn state(&self) -> Option<UpdateState> {
        self.status().map(|status| status.state)
    }

    pub(crate) fn now(&self) -> SimTime {
        self.swarm.kernel.now
    }
}

pub(crate) fn spec(replicas: u64, image: &str, update: UpdateConfig) -> ServiceSpec {
    let mut spec = ServiceSpec {
        annotations: Annotations {
            name: "name1".to_owned(),
            ..Annotations::default()
        },
        mode: ServiceMode::Replicated { replicas },
        update: Some(update),
        ..ServiceSpec::default()
    };
    image.clone_into(&mut Arc::make_mut(&mut spec.task).container.image);
    spec
}

pub(crate) fn set_restart(
    spec: &mut ServiceSpec,
    condition: RestartCondition,
    delay_ms: u64,
    max_attempts: u64,
) {
    Arc::make_mut(&mut spec.task).restart = Some(RestartPolicy {
        condition,
        delay_ns: delay_ms * MILLISECOND,
        max_attempts,
        window_ns: 0,
    });
}

pub(crate) fn config(delay_ms: u64, monitor_ms: u64) -> UpdateConfig {
    UpdateConfig {
        delay_ns: delay_ms * MILLISECOND,
        monitor_ns: monitor_ms * MILLISECOND,
        ..UpdateConfig::default()
    }
}
