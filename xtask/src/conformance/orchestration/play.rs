//! Plays a vector: orchestrators alone, with the stand-ins of [`super::agents`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use swarmlab_core::ids::{NodeId, ServiceId, TaskId};
use swarmlab_core::kernel::{Components, Settings, What, World as _};
use swarmlab_core::model::{
    Availability, NodeDescription, NodeSpec, NodeState, RestartPolicy, ServiceMode, Task,
    TaskState, UpdateConfig, Version,
};
use swarmlab_core::store::{Change, Delta, Transaction};
use swarmlab_core::swarm::Swarm;
use swarmlab_core::time::{MILLISECOND, SimTime};

use super::agents::Act;
use super::{ExistingTask, Update, Vector};
use crate::conformance::scene;

/// The image of the tasks that an update creates.
pub(super) const NEW_IMAGE: &str = "v:2";
const OLD_IMAGE: &str = "v:1";
/// A vector in play.
pub(super) struct Play<'v> {
    pub(super) vector: &'v Vector,
    pub(super) swarm: Swarm,
    pub(super) service: ServiceId,
    pub(super) nodes: Vec<NodeId>,
    pub(super) acts: BTreeMap<(SimTime, u64), (TaskId, Act)>,
    pub(super) armed: BTreeSet<(TaskId, Act)>,
    pub(super) act_count: u64,
    pub(super) exits: BTreeMap<u64, u32>,
    /// Everything that has been seen since [`Play::watch`].
    pub(super) seen: Seen,
    is_watching: bool,
}

/// What was seen.
#[derive(Default)]
pub(super) struct Seen {
    /// The tasks that were created.
    pub(super) created: Vec<Arc<Task>>,
    /// The slots of tasks that were deleted.
    pub(super) deleted_slots: BTreeSet<u64>,
    /// The states of the update, one after the other.
    pub(super) states: Vec<String>,
    /// Fewest and most tasks that ran at a time.
    pub(super) running: Option<(u32, u32)>,
    /// The most slots with a new task that did not run yet.
    pub(super) in_flight_max: u32,
    /// When a task was last created.
    pub(super) last_created_at: SimTime,
}

fn config(update: &Update) -> UpdateConfig {
    UpdateConfig {
        parallelism: update.parallelism,
        delay_ns: update.delay_ms.unwrap_or(0) * MILLISECOND,
        failure_action: update.failure_action,
        monitor_ns: update.monitor_ms * MILLISECOND,
        max_failure_ratio: update.max_failure_ratio,
        order: update.order,
    }
}

impl<'v> Play<'v> {
    /// The cluster as it is in the beginning, with so many replicas wanted.
    pub(super) fn new(vector: &'v Vector, replicas: u64) -> Self {
        let settings = Settings {
            components: Components {
                orchestrators: true,
                scheduler: false,
                ..Components::SCHEDULER
            },
            ..Settings::default()
        };
        let mut founded = (Vec::new(), ServiceId(0));
        let swarm = Swarm::founded(settings, |tx| {
            let nodes = vector.nodes.iter().map(|name| {
                let description = NodeDescription {
                    hostname: name.clone(),
                    ..NodeDescription::default()
                };
                tx.create_node(scene::node(
                    NodeSpec::default(),
                    NodeState::Ready,
                    description,
                ))
            });
            let nodes: Vec<NodeId> = nodes.collect();
            let service = create_service(tx, vector, replicas);
            for task in &vector.tasks {
                create_task(tx, vector, service, task, &nodes);
            }
            founded = (nodes, service);
        });
        let (nodes, service) = founded;
        let mut play = Self {
            vector,
            swarm,
            service,
            nodes,
            acts: BTreeMap::new(),
            armed: BTreeSet::new(),
            act_count: 0,
            exits: BTreeMap::new(),
            seen: Seen::default(),
            is_watching: false,
        };
        // Tasks that are there from the beginning may have something to do.
        let tasks = play.swarm.kernel.store.tasks();
        let tasks: Vec<Arc<Task>> = tasks.cloned().collect();
        if vector.agent.is_some() {
            for task in tasks {
                play.consider(&task);
                if task.status.state == TaskState::Running {
                    play.consider_exit(&task);
                }
            }
        }
        play
    }

    /// From now on what is seen counts.
    pub(super) fn watch(&mut self) {
        self.is_watching = true;
        self.count();
    }

    /// `service update`: another image, the configs, another number of replicas.
    pub(super) fn update(&mut self) {
        let (vector, service) = (self.vector, self.service);
        self.swarm.kernel.trace.take_records();
        self.watch();
        let now = self.swarm.kernel.now;
        let written: Result<bool, ()> = self.swarm.kernel.store.update(now, |tx| {
            Ok(tx.update_service(service, |service| {
                service.previous_spec = Some(Arc::clone(&service.spec));
                service.previous_spec_version = Some(service.spec_version);
                service.spec_version = Version { index: 2 };
                let spec = Arc::make_mut(&mut service.spec);
                spec.mode = ServiceMode::Replicated {
                    replicas: vector.replicas_to,
                };
                let task = Arc::make_mut(&mut spec.task);
                NEW_IMAGE.clone_into(&mut task.container.image);
            }))
        });
        debug_assert_eq!(written, Ok(true));
    }

    /// Something happens to nodes.
    pub(super) fn node_op(&mut self, op: &str) {
        for name in &self.vector.op_nodes {
            let place = self.vector.nodes.iter().position(|node| node == name);
            let Some(&node) = place.and_then(|place| self.nodes.get(place)) else {
                continue;
            };
            self.swarm.write(|tx| match op {
                "remove" => tx.delete_node(node),
                _ => tx.update_node(node, |node| match op {
                    "drain" => node.spec.availability = Availability::Drain,
                    "pause" => node.spec.availability = Availability::Pause,
                    "down" => node.status.state = NodeState::Down,
                    _ => node.status.state = NodeState::Disconnected,
                }),
            });
        }
    }

    /// Plays on until nothing is left to happen, or to a moment. Says whether nothing is left.
    pub(super) fn run_until(&mut self, end: SimTime) -> bool {
        loop {
            self.observe();
            let act_at = self.acts.first_key_value().map(|(&(at, _), _)| at);
            let event_at = self.swarm.next_at();
            let (Some(at), is_act) = (match (act_at, event_at) {
                (Some(act), Some(event)) => (Some(act.min(event)), act <= event),
                (Some(act), None) => (Some(act), true),
                (None, event) => (event, false),
            }) else {
                return true;
            };
            if at > end {
                return false;
            }
            if !is_act {
                self.swarm.step();
            } else if let Some((_, (task, act))) = self.acts.pop_first() {
                self.swarm.wait_until(at);
                self.act(task, act);
            }
        }
    }

    /// Takes note of what was written.
    fn observe(&mut self) {
        self.swarm.settle();
        let now = self.swarm.kernel.now;
        for record in self.swarm.kernel.trace.take_records() {
            match record.what {
                What::Change(Change::Task(delta)) => {
                    match &delta {
                        Delta::Created(task) => {
                            self.seen.created.push(Arc::clone(task));
                            self.seen.last_created_at = now;
                        }
                        Delta::Deleted(task) => {
                            self.seen.deleted_slots.insert(task.slot);
                        }
                        Delta::Updated { .. } => {}
                    }
                    if let Some(task) = delta.present()
                        && self.vector.agent.is_some()
                    {
                        self.consider(&Arc::clone(task));
                    }
                }
                What::Change(Change::Service(delta)) => {
                    if let Some(status) = &delta.object().update_status {
                        let state = status.state.as_str().to_ascii_uppercase();
                        if self.seen.states.last() != Some(&state) {
                            self.seen.states.push(state);
                        }
                    }
                }
                _ => {}
            }
        }
        if self.is_watching {
            self.count();
        }
    }

    /// Counts what runs, and what does not yet.
    fn count(&mut self) {
        let tasks = self.swarm.kernel.store.tasks_of_service(self.service);
        let (mut running, mut waiting) = (0, BTreeSet::new());
        for task in tasks {
            running += u32::from(task.status.state == TaskState::Running);
            if is_new(task) && task.status.state < TaskState::Running {
                waiting.insert(task.slot);
            }
        }
        let (fewest, most) = self.seen.running.unwrap_or((running, running));
        self.seen.running = Some((fewest.min(running), most.max(running)));
        let waiting = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
        self.seen.in_flight_max = self.seen.in_flight_max.max(waiting);
    }

    /// The tasks of the service, by age.
    pub(super) fn tasks(&self) -> Vec<Arc<Task>> {
        self.swarm.kernel.store.tasks().cloned().collect()
    }

    /// The tasks on each node that are meant to run.
    pub(super) fn kept_per_node(&self) -> BTreeMap<String, u32> {
        let mut kept = BTreeMap::new();
        for task in self.tasks() {
            if task.desired_state > TaskState::Running {
                continue;
            }
            let place = self
                .nodes
                .iter()
                .position(|&node| Some(node) == task.node_id);
            if let Some(place) = place {
                *kept.entry(self.vector.nodes[place].clone()).or_default() += 1;
            }
        }
        kept
    }
}

/// Whether a task is one of the updated service.
pub(super) fn is_new(task: &Task) -> bool {
    task.spec.container.image == NEW_IMAGE
}

fn create_service(tx: &mut Transaction<'_>, vector: &Vector, replicas: u64) -> ServiceId {
    let mut service = scene::service("svc", 1);
    let spec = Arc::make_mut(&mut service.spec);
    spec.mode = ServiceMode::Replicated { replicas };
    spec.update = vector.update.as_ref().map(config);
    spec.rollback = vector.rollback.as_ref().map(config);
    let task = Arc::make_mut(&mut spec.task);
    OLD_IMAGE.clone_into(&mut task.container.image);
    task.restart = vector.restart.as_ref().map(|restart| RestartPolicy {
        condition: restart.condition,
        delay_ns: restart.delay_ms * MILLISECOND,
        max_attempts: restart.max_attempts.unwrap_or(0),
        window_ns: 0,
    });
    tx.create_service(service)
}

fn create_task(
    tx: &mut Transaction<'_>,
    vector: &Vector,
    service: ServiceId,
    existing: &ExistingTask,
    nodes: &[NodeId],
) {
    let Some(object) = tx.store().service(service) else {
        return;
    };
    let mut task = Task::new(TaskId(0), Arc::clone(&object.spec.task));
    task.spec_version = Some(object.spec_version);
    task.service_id = Some(service);
    task.slot = existing.slot;
    let place = |name: &String| vector.nodes.iter().position(|node| node == name);
    task.node_id = existing
        .node
        .as_ref()
        .and_then(place)
        .map(|place| nodes[place]);
    task.status.state = existing.state.unwrap_or(TaskState::Running);
    task.desired_state = existing.desired.unwrap_or(TaskState::Running);
    tx.create_task(task);
}
