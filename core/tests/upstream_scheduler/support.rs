//! A swarm of which only the scheduler runs, and short words for its parts.

use std::collections::BTreeMap;
use std::sync::Arc;

use swarmlab_core::ids::{NodeId, ServiceId, TaskId};
use swarmlab_core::kernel::{Components, Settings};
use swarmlab_core::model::{
    Annotations, Engine, GenericRequest, GenericResource, Labels, Meta, Node, NodeDescription,
    NodeRole, NodeSpec, NodeState, NodeStatus, Plugin, Resources, Service, ServiceSpec, Task,
    TaskSpec, TaskState, Version,
};
use swarmlab_core::store::Transaction;
use swarmlab_core::swarm::Swarm;
use swarmlab_core::time::MINUTE;

pub(crate) struct Cluster {
    pub(crate) swarm: Swarm,
}

impl Cluster {
    /// The store is filled, then the scheduler starts and comes to rest.
    pub(crate) fn founded(write: impl FnOnce(&mut Transaction<'_>)) -> Self {
        let settings = Settings {
            components: Components::SCHEDULER,
            ..Settings::default()
        };
        let mut cluster = Self {
            swarm: Swarm::founded(settings, write),
        };
        cluster.rest();
        cluster
    }

    /// One transaction, after which the scheduler comes to rest.
    pub(crate) fn write<R>(&mut self, write: impl FnOnce(&mut Transaction<'_>) -> R) -> R {
        let result = self.swarm.write(write);
        self.rest();
        result
    }

    fn rest(&mut self) {
        let limit = self.swarm.kernel.now + MINUTE;
        assert!(self.swarm.run_until_idle(limit), "the scheduler goes on");
    }

    pub(crate) fn task(&self, id: TaskId) -> &Task {
        self.swarm.kernel.store.task(id).expect("the task exists")
    }

    /// The node of a task; it has to be assigned.
    pub(crate) fn node_of(&self, id: TaskId) -> NodeId {
        let task = self.task(id);
        assert_eq!(task.status.state, TaskState::Assigned, "{:?}", task.status);
        assert!(task.status.err.is_empty());
        task.node_id.expect("an assigned task has a node")
    }

    /// Why a task waits.
    pub(crate) fn err(&self, id: TaskId) -> &str {
        let task = self.task(id);
        assert_eq!(task.status.state, TaskState::Pending);
        &task.status.err
    }

    /// The tasks of a service on every node that has any.
    pub(crate) fn counts(&self, service: ServiceId) -> BTreeMap<NodeId, u32> {
        let mut counts = BTreeMap::new();
        for task in self.swarm.kernel.store.tasks_of_service(service) {
            if let Some(node) = task.node_id {
                *counts.entry(node).or_default() += 1;
            }
        }
        counts
    }

    /// The numbers of [`Self::counts`], in ascending order.
    pub(crate) fn sorted_counts(&self, service: ServiceId) -> Vec<u32> {
        let mut counts: Vec<u32> = self.counts(service).into_values().collect();
        counts.sort_unstable();
        counts
    }
}

/// A node that is ready and active and has never described itself.
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

pub(crate) fn node_in_state(state: NodeState) -> Node {
    let mut node = node();
    node.status.state = state;
    node
}

pub(crate) fn labels(pairs: &[(&str, &str)]) -> Labels {
    let pairs = pairs.iter();
    pairs
        .map(|&(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

pub(crate) fn labelled(pairs: &[(&str, &str)]) -> Node {
    let mut node = node();
    node.spec.annotations.labels = labels(pairs);
    node
}

pub(crate) fn set_description(node: &mut Node, description: NodeDescription) {
    node.description = Some(Arc::new(description));
}

pub(crate) fn set_resources(node: &mut Node, memory_bytes: i64, generic: Vec<GenericResource>) {
    let resources = Some(Resources {
        memory_bytes,
        generic,
        ..Resources::default()
    });
    let description = NodeDescription {
        resources,
        ..NodeDescription::default()
    };
    set_description(node, description);
}

pub(crate) fn set_plugins(node: &mut Node, plugins: &[(&str, &str)]) {
    let plugins = plugins.iter().map(|&(kind, name)| Plugin {
        kind: kind.to_owned(),
        name: name.to_owned(),
    });
    let engine = Some(Engine {
        plugins: plugins.collect(),
        ..Engine::default()
    });
    let description = NodeDescription {
        engine,
        ..NodeDescription::default()
    };
    set_description(node, description);
}

pub(crate) fn discrete(kind: &str, value: i64) -> GenericResource {
    let kind = kind.to_owned();
    GenericResource::Discrete { kind, value }
}

pub(crate) fn named(kind: &str, value: &str) -> GenericResource {
    let (kind, value) = (kind.to_owned(), value.to_owned());
    GenericResource::Named { kind, value }
}

pub(crate) fn request(kind: &str, value: i64) -> GenericRequest {
    let kind = kind.to_owned();
    GenericRequest { kind, value }
}

pub(crate) fn service(tx: &mut Transaction<'_>, name: &str, spec_version: u64) -> ServiceId {
    let annotations = Annotations {
        name: name.to_owned(),
        ..Annotations::default()
    };
    let spec = ServiceSpec {
        annotations,
        ..ServiceSpec::default()
    };
    tx.create_service(Service {
        id: ServiceId(0),
        meta: Meta::default(),
        spec: Arc::new(spec),
        spec_version: Version {
            index: spec_version,
        },
        previous_spec: None,
        previous_spec_version: None,
        endpoint: None,
        update_status: None,
        job_status: None,
    })
}

/// A task of no service that waits for a node.
pub(crate) fn pending() -> Task {
    let mut task = Task::new(TaskId(0), Arc::default());
    task.status.state = TaskState::Pending;
    task
}

/// A task of a service that waits for a node.
pub(crate) fn pending_of(service: ServiceId, version: Option<u64>) -> Task {
    let mut task = pending();
    task.service_id = Some(service);
    task.spec_version = version.map(|index| Version { index });
    task
}

/// The same task on a node, in some state.
pub(crate) fn on(mut task: Task, node: NodeId, state: TaskState) -> Task {
    task.node_id = Some(node);
    task.status.state = state;
    task
}

/// Edits the spec of a task that is not yet in the store.
pub(crate) fn with_spec(mut task: Task, edit: impl FnOnce(&mut TaskSpec)) -> Task {
    edit(Arc::make_mut(&mut task.spec));
    task
}
