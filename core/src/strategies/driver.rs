//! Lets plans and scenes happen to a swarm.
//!
//! Everything goes through the store, as it would come from operators, orchestrators and the
//! dispatcher. Parts of a swarm that the settings leave out are played here in the simplest way:
//! without orchestrators tasks are created and given up directly, without agents a task that was
//! given a node runs, and one that nobody wants stops, when time has passed.

use std::sync::Arc;

use super::plan::{Plan, Step};
use super::scene::{Group, Scene};
use crate::ids::{NodeId, ServiceId, TaskId};
use crate::kernel::{Settings, World as _};
use crate::model::{Endpoint, Node, Service, ServiceMode, ServiceSpec, Task, TaskState, Text};
use crate::orchestrator::task::new_task;
use crate::store::Transaction;
use crate::swarm::Swarm;
use crate::time::{HOUR, MILLISECOND};

const MESSAGE_PENDING: Text = Text::constant("pending task scheduling");
const MESSAGE_FAILED: Text = Text::constant("failed");
const ERROR_FAILED: Text = Text::constant("task: non-zero exit (1)");

/// A swarm to which steps can be done.
#[derive(Clone, Debug)]
pub struct Driver {
    /// The swarm.
    pub swarm: Swarm,
    services_created: u32,
}

/// Does a whole plan to a new swarm, then lets everything happen that follows from it.
pub fn run(plan: &Plan, settings: Settings) -> Swarm {
    let mut driver = Driver::new(&plan.nodes, settings);
    for step in &plan.steps {
        driver.apply(step);
    }
    driver.finish();
    driver.swarm
}

impl Driver {
    /// A new swarm with these nodes.
    pub fn new(nodes: &[Node], settings: Settings) -> Self {
        let mut driver = Self {
            swarm: Swarm::new(settings),
            services_created: 0,
        };
        driver.write(|tx| {
            for node in nodes {
                tx.create_node(node.clone());
            }
        });
        driver.swarm.settle();
        driver
    }

    /// Does a step.
    pub fn apply(&mut self, step: &Step) {
        match step {
            Step::Create(spec) => {
                let service = self.create_service(spec);
                self.reconcile(service);
            }
            &Step::Scale { service, replicas } => self.scale(service, replicas),
            &Step::Remove { service } => self.remove(service),
            &Step::SetAvailability { node, availability } => {
                self.update_node(node, |node| node.spec.availability = availability);
            }
            &Step::SetState { node, state } => {
                self.update_node(node, |node| node.status.state = state);
            }
            Step::SetLabel { node, key, value } => self.update_node(*node, |node| {
                let labels = &mut node.spec.annotations.labels;
                match value {
                    Some(value) => labels.insert(key.clone(), value.clone()),
                    None => labels.remove(key),
                };
            }),
            Step::Join(node) => {
                self.write(|tx| tx.create_node(node.clone()));
            }
            &Step::Leave { node } => {
                if let Some(id) = self.node(node) {
                    self.write(|tx| tx.delete_node(id));
                }
            }
            &Step::Fail { task } => self.fail(task),
            &Step::Wait { duration_ms } => {
                let until = self.swarm.now() + duration_ms * MILLISECOND;
                self.swarm.run_until(until);
                self.play_agents();
            }
        }
        self.swarm.settle();
    }

    /// Lets everything happen that is still to come.
    pub fn finish(&mut self) {
        loop {
            let limit = self.swarm.now() + HOUR;
            let is_idle = self.swarm.run_until_idle(limit);
            assert!(
                is_idle,
                "a swarm that is left alone for an hour comes to rest"
            );
            if !self.play_agents() {
                return;
            }
        }
    }

    pub(super) fn stage(scene: &Scene, settings: Settings) -> Self {
        let mut driver = Self::new(&scene.nodes, settings);
        let ids: Vec<ServiceId> = scene
            .groups
            .iter()
            .map(|group| driver.create_service(&group.spec))
            .collect();
        for (&service, group) in ids.iter().zip(&scene.groups) {
            for (slot, task) in (1..).zip(&group.standing) {
                let Some(node) = driver.node(task.node) else {
                    continue;
                };
                driver.create_task(service, slot, |new| {
                    new.node_id = Some(node);
                    new.status.state = task.state;
                    new.desired_state = task.desired_state;
                    new.spec_version = new.spec_version.filter(|_| group.has_version);
                });
            }
        }
        driver.swarm.settle();
        driver.swarm.restart_leader();
        for (&service, group) in ids.iter().zip(&scene.groups) {
            driver.add_waiting(service, group);
        }
        driver
    }

    /// The tasks of a scene that are to be decided about, and the failures that come before.
    fn add_waiting(&mut self, service: ServiceId, group: &Group) {
        let now = self.swarm.now();
        for &(node, count) in &group.failures {
            let node = self.node(node);
            if let (Some(node), Some(scheduler)) = (node, &mut self.swarm.leader.scheduler) {
                for _ in 0..count {
                    scheduler.remember_failure(Some(service), 0, node, now);
                }
            }
        }
        let version_of = |task: &mut Task| {
            task.spec_version = task.spec_version.filter(|_| group.has_version);
        };
        let first = 1 + group.standing.len() as u64;
        for slot in first..first + group.waiting {
            self.create_task(service, slot, version_of);
        }
        for &node in &group.preassigned {
            if let Some(node) = self.node(node) {
                self.create_task(service, 0, |task| {
                    version_of(task);
                    task.node_id = Some(node);
                });
            }
        }
    }

    fn write<R>(&mut self, write: impl FnOnce(&mut Transaction<'_>) -> R) -> R {
        let now = self.swarm.now();
        let written: Result<R, std::convert::Infallible> =
            self.swarm.kernel.store.update(now, |tx| Ok(write(tx)));
        written.unwrap_or_else(|never| match never {})
    }

    fn node(&self, number: usize) -> Option<NodeId> {
        let count = self.swarm.kernel.store.node_count();
        let mut nodes = self.swarm.kernel.store.nodes();
        nodes.nth(number.checked_rem(count)?).map(|node| node.id)
    }

    fn service(&self, number: usize) -> Option<ServiceId> {
        let services = || self.swarm.kernel.store.services();
        let place = number.checked_rem(services().count())?;
        services().nth(place).map(|service| service.id)
    }

    fn update_node(&mut self, number: usize, edit: impl FnOnce(&mut Node)) {
        if let Some(id) = self.node(number) {
            self.write(|tx| tx.update_node(id, edit));
        }
    }

    fn create_service(&mut self, spec: &ServiceSpec) -> ServiceId {
        let mut spec = spec.clone();
        spec.annotations.name = format!("service{}", self.services_created);
        self.services_created += 1;
        let endpoint = spec.endpoint.as_ref().map(|wanted| {
            Arc::new(Endpoint {
                spec: Arc::clone(wanted),
                ports: wanted.ports.clone(),
                ..Endpoint::default()
            })
        });
        let service = Service {
            endpoint,
            ..Service::new(spec)
        };
        self.write(|tx| tx.create_service(service))
    }

    fn scale(&mut self, number: usize, replicas: u64) {
        let Some(id) = self.service(number) else {
            return;
        };
        self.write(|tx| {
            tx.update_service(id, |service| {
                let mut spec = ServiceSpec::clone(&service.spec);
                spec.mode = ServiceMode::Replicated { replicas };
                service.spec = Arc::new(spec);
            })
        });
        self.reconcile(id);
    }

    fn remove(&mut self, number: usize) {
        let Some(id) = self.service(number) else {
            return;
        };
        self.write(|tx| tx.delete_service(id));
        if !self.swarm.kernel.settings.components.orchestrators {
            let store = &self.swarm.kernel.store;
            let tasks: Vec<TaskId> = store.tasks_of_service(id).map(|task| task.id).collect();
            self.give_up(&tasks);
        }
    }

    /// A task as it is when it waits for a node, or what `edit` makes of it.
    fn create_task(&mut self, service: ServiceId, slot: u64, edit: impl FnOnce(&mut Task)) {
        let (store, now) = (&self.swarm.kernel.store, self.swarm.now());
        let Some(service) = store.service(service) else {
            return;
        };
        let mut task = new_task(store.cluster(), service, slot, None, now);
        task.endpoint.clone_from(&service.endpoint);
        task.status.state = TaskState::Pending;
        task.status.message = MESSAGE_PENDING;
        edit(&mut task);
        self.write(|tx| tx.create_task(task));
    }

    /// Without orchestrators: makes the number of wanted tasks right.
    fn reconcile(&mut self, id: ServiceId) {
        let store = &self.swarm.kernel.store;
        let Some(service) = store.service(id) else {
            return;
        };
        let ServiceMode::Replicated { replicas } = service.spec.mode else {
            return;
        };
        if self.swarm.kernel.settings.components.orchestrators {
            return;
        }
        let is_live = |task: &&Arc<Task>| {
            task.desired_state <= TaskState::Running && task.status.state <= TaskState::Running
        };
        let live: Vec<(TaskId, u64)> = store
            .tasks_of_service(id)
            .filter(is_live)
            .map(|task| (task.id, task.slot))
            .collect();
        let wanted = usize::try_from(replicas).unwrap_or(usize::MAX);
        let surplus: Vec<TaskId> = live.iter().skip(wanted).map(|&(task, _)| task).collect();
        self.give_up(&surplus);
        let is_free = |slot: &u64| live.iter().all(|(_, used)| used != slot);
        let missing = wanted.saturating_sub(live.len());
        for slot in (1..).filter(is_free).take(missing).collect::<Vec<_>>() {
            self.create_task(id, slot, |_| {});
        }
    }

    fn give_up(&mut self, tasks: &[TaskId]) {
        self.write(|tx| {
            for &task in tasks {
                tx.update_task(task, |task| task.desired_state = TaskState::Remove);
            }
        });
    }

    fn fail(&mut self, number: usize) {
        let store = &self.swarm.kernel.store;
        let is_running = |task: &&Arc<Task>| task.status.state == TaskState::Running;
        let running: Vec<TaskId> = store
            .tasks()
            .filter(is_running)
            .map(|task| task.id)
            .collect();
        let Some(place) = number.checked_rem(running.len()) else {
            return;
        };
        let now = self.swarm.now();
        self.write(|tx| {
            tx.update_task(running[place], |task| {
                task.status.state = TaskState::Failed;
                task.status.message = MESSAGE_FAILED;
                task.status.err = ERROR_FAILED;
                task.status.timestamp = now;
                task.status.applied_at = Some(now);
            })
        });
    }

    /// Without agents: tasks that have a node run, those that nobody wants stop and are deleted.
    /// Says whether there was anything to do.
    fn play_agents(&mut self) -> bool {
        if self.swarm.kernel.settings.components.agents {
            return false;
        }
        let now = self.swarm.now();
        let tasks: Vec<Arc<Task>> = self.swarm.kernel.store.tasks().cloned().collect();
        let mut has_changed = false;
        let mut set = |tx: &mut Transaction<'_>, id, state| {
            has_changed = true;
            tx.update_task(id, |task| {
                task.status.state = state;
                task.status.timestamp = now;
            });
        };
        self.write(|tx| {
            for task in tasks {
                let state = task.status.state;
                if task.desired_state == TaskState::Remove
                    && (state < TaskState::Assigned || state >= TaskState::Complete)
                {
                    tx.delete_task(task.id);
                } else if state >= TaskState::Assigned && state < TaskState::Complete {
                    if !task.is_wanted() {
                        set(tx, task.id, TaskState::Shutdown);
                    } else if state < TaskState::Running {
                        set(tx, task.id, TaskState::Running);
                    }
                }
            }
        });
        self.swarm.settle();
        has_changed
    }
}
