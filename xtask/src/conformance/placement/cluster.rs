//! A cluster that a vector is played on: the names of the vector beside the ids of the model.

use std::collections::BTreeMap;
use std::sync::Arc;

use swarmlab_core::constraint::Constraint;
use swarmlab_core::ids::{IdTexts, NodeId, ServiceId, TaskId};
use swarmlab_core::kernel::{Settings, Ties};
use swarmlab_core::model::{
    self, Annotations, ContainerSpec, Driver, Engine, GenericRequest, GenericResource, Mount,
    MountType, NodeDescription, NodeSpec, Placement, Platform, Plugin, PortConfig, PortProtocol,
    PublishMode, ResourceAmounts, ResourceRequirements, Resources, TaskSpec, TaskState, Version,
};
use swarmlab_core::rng::Stream;
use swarmlab_core::swarm::Swarm;
use swarmlab_core::time::{HOUR, SECOND};

use super::super::scene::{self, Mould};
use super::vector::{Generic, Node, Outcome, Spec, Step, Vector};

/// Services of this prefix are load: nobody looks at them.
const LOAD_PREFIX: &str = "bg";

/// A node that does not exist: tasks may be bound to one.
const NOWHERE: NodeId = NodeId(10_000);

/// The cluster. Cloning it is cheap, and is how a moment is tried more than once.
#[derive(Clone)]
pub(super) struct Cluster {
    pub(super) swarm: Swarm,
    /// The names of all nodes that there ever were, by id.
    pub(super) node_names: Vec<String>,
    /// The nodes as they last were, also those that are gone.
    pub(super) nodes: Vec<Arc<model::Node>>,
    services: BTreeMap<String, Mould>,
    task_names: Arc<BTreeMap<String, TaskId>>,
}

impl Cluster {
    /// The cluster at the start, with its scheduler running.
    pub(super) fn new(vector: &Vector) -> Self {
        let settings = scene::settings();
        let texts = IdTexts::new(settings.seed);
        let mut services: BTreeMap<String, Mould> = BTreeMap::new();
        let mut task_names = BTreeMap::new();
        let node_names: Vec<String> = vector.nodes.iter().map(|node| node.id.clone()).collect();
        let mut id_of_service = BTreeMap::new();
        let swarm = Swarm::founded(settings, |tx| {
            let named_in_steps = vector.steps.iter().filter_map(service_of);
            let named = vector.tasks.iter().map(|group| group.service.as_str());
            for name in named.chain(named_in_steps) {
                id_of_service
                    .entry(name.to_owned())
                    .or_insert_with(|| tx.create_service(scene::service(name, 0)));
            }
            for node in &vector.nodes {
                tx.create_node(described(node));
            }
            for group in &vector.tasks {
                let node = find(&node_names, &group.node);
                let mould = mould(
                    &group.spec,
                    id_of_service[&group.service],
                    group.version,
                    &node_names,
                    &texts,
                );
                for number in 1..=group.count {
                    let id = tx.create_task(mould.on_node(node, group.state, group.desired));
                    task_names.insert(format!("{}.{number}", group.id), id);
                }
            }
        });
        for (name, id) in id_of_service {
            let mould = Mould {
                service: Some(id),
                ..Mould::default()
            };
            services.insert(name, mould);
        }
        let nodes = vector.nodes.iter().map(|node| Arc::new(described(node)));
        let mut cluster = Self {
            swarm,
            nodes: nodes.collect(),
            node_names,
            services,
            task_names: Arc::new(task_names),
        };
        cluster.come_to_rest();
        cluster
    }

    /// Lets ties be decided by this seed from now on; by name without one.
    pub(super) fn decide_ties(&mut self, seed: Option<u64>) {
        let ties = if seed.is_some() {
            Ties::Seeded
        } else {
            Ties::ByName
        };
        let settings = Settings {
            ties,
            ..(*self.swarm.kernel.settings).clone()
        };
        self.swarm.kernel.settings = Arc::new(settings);
        if let Some(seed) = seed {
            self.swarm.kernel.streams.ties = Stream::new(seed, "ties");
        }
    }

    /// Lets the scheduler go on until it has nothing left to do.
    pub(super) fn come_to_rest(&mut self) {
        let limit = self.swarm.kernel.now + HOUR;
        assert!(
            self.swarm.run_until_idle(limit),
            "the scheduler does not come to rest"
        );
    }

    /// Does a step, up to the moment before the scheduler reacts.
    pub(super) fn apply(&mut self, step: &Step) {
        match step {
            Step::Create {
                service,
                version,
                replicas,
                spec,
            } => {
                self.respec(service, *version, spec);
                self.add_tasks(service, *replicas);
            }
            Step::Respec {
                service,
                version,
                count,
                spec,
            } => {
                self.respec(service, *version, spec);
                self.add_tasks(service, *count);
            }
            Step::Scale { service, count } => self.add_tasks(service, *count),
            Step::Global {
                service,
                version,
                spec,
                node_ids,
            } => {
                self.respec(service, *version, spec);
                self.add_bound_tasks(service, node_ids);
            }
            Step::Fail {
                service,
                version,
                node_id,
                count,
                state,
            } => self.fail(service, *version, node_id, *count, *state),
            Step::Advance { seconds } => {
                let moment = self.swarm.kernel.now + *seconds * SECOND;
                self.swarm.run_until(moment);
            }
            Step::AddNode { node } => self.add_node(node),
            Step::UpdateNode { node } => {
                let id = find(&self.node_names, &node.id);
                let new = described(node);
                self.nodes[id.index()] = Arc::new(new.clone());
                self.swarm
                    .write(|tx| tx.update_node(id, |node| *node = new));
            }
            Step::RemoveNode { node_id } => {
                let id = find(&self.node_names, node_id);
                self.swarm.write(|tx| tx.delete_node(id));
            }
            Step::EndTasks { tasks, state } => self.set_tasks(tasks, Some(*state)),
            Step::DesireShutdown { tasks } => self.set_tasks(tasks, None),
        }
    }

    /// What the service's new tasks look like from now on. The service is written together with
    /// them, see [`Self::with_service`].
    fn respec(&mut self, service: &str, version: u64, spec: &Spec) {
        let texts = &self.swarm.kernel.ids;
        let id = self.services[service].service;
        let version = (version != 0).then_some(version);
        let id = id.expect("every service has an id");
        let mould = mould(spec, id, version, &self.node_names, texts);
        self.services.insert(service.to_owned(), mould);
    }

    fn add_tasks(&mut self, service: &str, count: u64) {
        let mould = self.services[service].clone();
        let Some(id) = mould.service else { return };
        let now = self.swarm.kernel.now;
        let tasks = self.swarm.kernel.store.tasks_of_service(id);
        let last = tasks.map(|task| task.slot).max().unwrap_or(0);
        self.swarm.write(|tx| {
            set_version(tx, id, mould.version);
            for slot in last + 1..=last + count {
                tx.create_task(mould.pending(slot, None, now));
            }
        });
    }

    fn add_bound_tasks(&mut self, service: &str, nodes: &[String]) {
        let mould = self.services[service].clone();
        let Some(id) = mould.service else { return };
        let now = self.swarm.kernel.now;
        let names = &self.node_names;
        self.swarm.write(|tx| {
            set_version(tx, id, mould.version);
            for node in nodes {
                let known = names.iter().position(|name| name == node);
                let node = known.map_or(NOWHERE, NodeId::from_index);
                tx.create_task(mould.pending(0, Some(node), now));
            }
        });
    }

    /// Tasks come, fail and go, all at once: what stays is the memory of the failures.
    fn fail(&mut self, service: &str, version: u64, node: &str, count: u64, state: TaskState) {
        let mould = Mould {
            service: self.services[service].service,
            version: (version != 0).then_some(version),
            ..Mould::default()
        };
        let node = find(&self.node_names, node);
        self.swarm.write(|tx| {
            for _ in 0..count {
                let task = mould.on_node(node, TaskState::Running, TaskState::Running);
                let id = tx.create_task(task);
                tx.update_task(id, |task| task.status.state = state);
                tx.delete_task(id);
            }
        });
    }

    fn add_node(&mut self, node: &Node) {
        let mut new = described(node);
        let known = self.node_names.iter().position(|name| *name == node.id);
        if let Some(index) = known {
            new.id = NodeId::from_index(index);
            self.nodes[index] = Arc::new(new.clone());
            self.swarm.write(|tx| tx.restore_node(new));
        } else {
            self.node_names.push(node.id.clone());
            self.nodes.push(Arc::new(new.clone()));
            self.swarm.write(|tx| tx.create_node(new));
        }
    }

    fn set_tasks(&mut self, tasks: &[String], state: Option<TaskState>) {
        let names = Arc::clone(&self.task_names);
        self.swarm.write(|tx| {
            for name in tasks {
                tx.update_task(names[name], |task| {
                    task.desired_state = TaskState::Shutdown;
                    task.status.state = state.unwrap_or(task.status.state);
                });
            }
        });
    }

    /// How every service stands, load left out.
    pub(super) fn outcomes(&self) -> BTreeMap<String, Outcome> {
        let reported = self
            .services
            .iter()
            .filter(|(name, _)| !name.starts_with(LOAD_PREFIX));
        reported
            .map(|(name, mould)| (name.clone(), self.outcome(mould.service)))
            .collect()
    }

    fn outcome(&self, service: Option<ServiceId>) -> Outcome {
        let mut outcome = Outcome::default().padded(self.node_names.len());
        let Some(service) = service else {
            return outcome;
        };
        for task in self.swarm.kernel.store.tasks_of_service(service) {
            let state = task.status.state;
            if state == TaskState::Pending {
                outcome.un += 1;
                let text = task.status.err.as_str().to_owned();
                *outcome.errs.entry(text).or_default() += 1;
            } else if let Some(node) = task.node_id {
                let is_on = state >= TaskState::Assigned && state <= TaskState::Running;
                outcome.on[node.index()] += u32::from(is_on && task.is_wanted());
            } else {
                outcome.shutdown += u32::from(state == TaskState::Shutdown);
            }
        }
        outcome
    }

    /// The spread descriptors of a service at present.
    pub(super) fn spread(&self, service: &str) -> &[String] {
        let mould = self.services.get(service);
        mould.map_or(&[], |mould| &mould.spec.placement.preferences)
    }
}

fn service_of(step: &Step) -> Option<&str> {
    match step {
        Step::Create { service, .. }
        | Step::Scale { service, .. }
        | Step::Respec { service, .. }
        | Step::Global { service, .. }
        | Step::Fail { service, .. } => Some(service),
        _ => None,
    }
}

/// The version of the service's spec, written with the tasks that carry it.
fn set_version(
    tx: &mut swarmlab_core::store::Transaction<'_>,
    service: ServiceId,
    version: Option<u64>,
) {
    let version = Version {
        index: version.unwrap_or(0),
    };
    let is_old = tx.store().service(service);
    if is_old.is_some_and(|service| service.spec_version != version) {
        tx.update_service(service, |service| service.spec_version = version);
    }
}

fn find(names: &[String], name: &str) -> NodeId {
    let index = names.iter().position(|other| other == name);
    NodeId::from_index(index.unwrap_or_else(|| panic!("there is no node {name}")))
}

fn described(node: &Node) -> model::Node {
    let platform = (node.os.is_some() || node.arch.is_some()).then(|| Platform {
        os: node.os.clone().unwrap_or_default(),
        architecture: node.arch.clone().unwrap_or_default(),
    });
    let plugins = node.plugins.iter().map(|plugin| {
        let (kind, name) = plugin.split_once('/').expect("Type/name");
        let (kind, name) = (kind.to_owned(), name.to_owned());
        Plugin { kind, name }
    });
    let generic = node.generic.iter().map(|generic| {
        let Generic { kind, value, name } = generic.clone();
        match name {
            Some(value) => GenericResource::Named { kind, value },
            None => GenericResource::Discrete { kind, value },
        }
    });
    let description = NodeDescription {
        hostname: node.hostname.clone(),
        platform,
        resources: Some(Resources {
            cpu_nano: node.cpu,
            memory_bytes: node.mem,
            generic: generic.collect(),
        }),
        engine: Some(Engine {
            labels: node.engine_labels.clone(),
            plugins: plugins.collect(),
            ..Engine::default()
        }),
        ..NodeDescription::default()
    };
    let spec = NodeSpec {
        annotations: Annotations {
            name: String::new(),
            labels: node.labels.clone(),
        },
        availability: node.avail,
        ..NodeSpec::default()
    };
    let mut new = scene::node(spec, node.state, description);
    new.status.addr.clone_from(&node.addr);
    new.role = node.role;
    new
}

fn mould(
    spec: &Spec,
    service: ServiceId,
    version: Option<u64>,
    nodes: &[String],
    texts: &IdTexts,
) -> Mould {
    let generic = spec.generic.iter().map(|generic| GenericRequest {
        kind: generic.kind.clone(),
        value: generic.value,
    });
    let reservations = ResourceAmounts {
        cpu_nano: spec.cpu,
        memory_bytes: spec.mem,
        generic: generic.collect(),
    };
    let platforms = spec.platforms.iter().map(|platform| {
        let (os, architecture) = platform.split_once('/').expect("os/arch");
        let (os, architecture) = (os.to_owned(), architecture.to_owned());
        Platform { architecture, os }
    });
    let mounts = spec.volume_drivers.iter().enumerate();
    let mounts = mounts.map(|(index, driver)| Mount {
        kind: MountType::Volume,
        source: format!("volume-{index}"),
        target: format!("/volume-{index}"),
        volume_driver: driver.clone(),
        ..Mount::default()
    });
    let constraints = spec.constraints.iter();
    let task = TaskSpec {
        container: ContainerSpec {
            mounts: mounts.collect(),
            ..ContainerSpec::default()
        },
        resources: ResourceRequirements {
            reservations,
            ..ResourceRequirements::default()
        },
        placement: Placement {
            constraints: constraints
                .map(|text| with_id_text(text, nodes, texts))
                .collect(),
            preferences: spec.prefs.clone(),
            platforms: platforms.collect(),
            max_replicas: spec.max_replicas,
        },
        log_driver: spec.log_driver.as_ref().map(|name| {
            let name = name.clone();
            Arc::new(Driver {
                name,
                ..Driver::default()
            })
        }),
        ..TaskSpec::default()
    };
    let networks = spec.networks.iter();
    let mut mould = Mould {
        service: Some(service),
        version,
        spec: Arc::new(task),
        networks: networks.map(|driver| scene::attachment(driver)).collect(),
        ..Mould::default()
    };
    let host = ports(&spec.host_ports, PublishMode::Host);
    let ingress = ports(&spec.ingress_ports, PublishMode::Ingress);
    mould.set_ports(host.chain(ingress).collect());
    mould
}

fn ports(texts: &[String], mode: PublishMode) -> impl Iterator<Item = PortConfig> {
    texts.iter().map(move |text| {
        let (protocol, port) = text.split_once('/').expect("proto/port");
        let protocol = PortProtocol::parse(protocol).expect("a protocol");
        scene::port(protocol, port.parse().expect("a port"), mode)
    })
}

/// Vectors name nodes by ids of their own: a constraint on `node.id` is made to speak of the text
/// that the node has in the model.
fn with_id_text(expression: &str, nodes: &[String], texts: &IdTexts) -> String {
    let Ok(constraint) = Constraint::parse(expression) else {
        return expression.to_owned();
    };
    if !constraint.needs_id() {
        return expression.to_owned();
    }
    let is_meant = |name: &&String| name.eq_ignore_ascii_case(constraint.value());
    match (
        nodes.iter().find(is_meant),
        expression.rfind(constraint.value()),
    ) {
        (Some(name), Some(at)) => expression[..at].to_owned() + &texts.text(find(nodes, name)),
        _ => expression.to_owned(),
    }
}
