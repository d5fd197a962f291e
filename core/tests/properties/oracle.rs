//! What the scheduler should know and say, computed naively from stored objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use swarmlab_core::ids::{IdTexts, NodeId, ServiceId, TaskId};
use swarmlab_core::model::{
    Availability, GenericResource, MountType, Node, NodeRole, NodeState, Platform, PortProtocol,
    PublishMode, Task, TaskState,
};
use swarmlab_core::store::Store;

/// Amounts of generic resources by kind.
pub(crate) type Amounts = BTreeMap<String, i64>;

/// A cluster at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) nodes: BTreeMap<NodeId, Arc<Node>>,
    pub(crate) tasks: BTreeMap<TaskId, Arc<Task>>,
    /// What each task was given.
    pub(crate) held: BTreeMap<TaskId, Amounts>,
    /// Recent failures of the first version of services.
    pub(crate) failures: BTreeMap<(ServiceId, NodeId), u32>,
    ids: IdTexts,
}

/// The filters in the order in which they are asked, with the texts for one node and for many.
const TEXTS: [(&str, &str); 7] = [
    (
        "1 node not available for new tasks",
        " nodes not available for new tasks",
    ),
    (
        "insufficient resources on 1 node",
        "insufficient resources on # nodes",
    ),
    ("missing plugin on 1 node", "missing plugin on # nodes"),
    (
        "scheduling constraints not satisfied on 1 node",
        "scheduling constraints not satisfied on # nodes",
    ),
    (
        "unsupported platform on 1 node",
        "unsupported platform on # nodes",
    ),
    (
        "host-mode port already in use on 1 node",
        "host-mode port already in use on # nodes",
    ),
    (
        "max replicas per node limit exceed",
        "max replicas per node limit exceed",
    ),
];

fn text(filter: usize, count: usize) -> String {
    match (filter, count) {
        (_, 1) => TEXTS[filter].0.to_owned(),
        (0, _) => format!("{count}{}", TEXTS[0].1),
        _ => TEXTS[filter].1.replace('#', &count.to_string()),
    }
}

pub(crate) fn host_ports(task: &Task) -> BTreeSet<(PortProtocol, u32)> {
    let ports = task.endpoint.iter().flat_map(|endpoint| &endpoint.ports);
    ports
        .filter(|port| port.publish_mode == PublishMode::Host && port.published_port != 0)
        .map(|port| (port.protocol, port.published_port))
        .collect()
}

/// How much of each kind there is in a list.
pub(crate) fn amounts(list: &[GenericResource]) -> Amounts {
    let mut amounts = Amounts::new();
    for resource in list {
        let (kind, value) = match resource {
            GenericResource::Discrete { kind, value } => (kind, *value),
            GenericResource::Named { kind, .. } => (kind, 1),
        };
        *amounts.entry(kind.clone()).or_default() += value;
    }
    amounts.retain(|_, amount| *amount != 0);
    amounts
}

/// Whether a task is on its node as far as its resources are concerned.
pub(crate) fn is_tracked(task: &Task) -> bool {
    (TaskState::Assigned..=TaskState::Running).contains(&task.status.state)
}

impl Picture {
    /// The cluster of a store, in which all tasks were given what the store says.
    pub(crate) fn of(store: &Store, ids: &IdTexts) -> Self {
        let mut picture = Self {
            nodes: store
                .nodes()
                .map(|node| (node.id, Arc::clone(node)))
                .collect(),
            tasks: BTreeMap::new(),
            held: BTreeMap::new(),
            failures: BTreeMap::new(),
            ids: ids.clone(),
        };
        for task in store.tasks() {
            picture.set_task(task);
        }
        picture
    }

    pub(crate) fn set_task(&mut self, task: &Arc<Task>) {
        self.tasks.insert(task.id, Arc::clone(task));
        let held = amounts(&task.assigned_generic_resources);
        if held.is_empty() {
            return;
        }
        self.held.insert(task.id, held);
    }

    /// Gives tasks that stand already what a scheduler thinks they hold when it begins.
    pub(crate) fn claim_for_standing(&mut self) {
        let tasks: Vec<Arc<Task>> = self.tasks.values().cloned().collect();
        for task in tasks.iter().filter(|task| is_tracked(task)) {
            let Some(node) = task.node_id else { continue };
            let free = self.free_generic(node);
            let requests = &task.spec.resources.reservations.generic;
            if requests
                .iter()
                .any(|request| !free.contains_key(&request.kind))
            {
                continue;
            }
            let mut held = Amounts::new();
            for request in requests {
                let there = free[&request.kind];
                let taken = if self.has_names(node, &request.kind) {
                    there.min(request.value)
                } else if there >= request.value {
                    request.value
                } else {
                    0
                };
                held.insert(request.kind.clone(), taken);
            }
            self.held.insert(task.id, held);
        }
    }

    fn has_names(&self, node: NodeId, kind: &str) -> bool {
        self.described_generic(node).iter().any(
            |resource| matches!(resource, GenericResource::Named { kind: found, .. } if found == kind),
        )
    }

    pub(crate) fn described_generic(&self, node: NodeId) -> Vec<GenericResource> {
        let resources = self.nodes.get(&node).and_then(|node| {
            let description = node.description.as_ref()?;
            description.resources.as_ref()
        });
        resources.map_or_else(Vec::new, |resources| resources.generic.clone())
    }

    /// The tasks that take room on a node.
    pub(crate) fn on_node(&self, node: NodeId) -> impl Iterator<Item = &Arc<Task>> {
        let tasks = self.tasks.values();
        tasks.filter(move |task| task.node_id == Some(node) && is_tracked(task))
    }

    pub(crate) fn active_tasks(&self, node: NodeId) -> usize {
        self.on_node(node)
            .filter(|task| task.desired_state <= TaskState::Complete)
            .count()
    }

    pub(crate) fn active_of_service(&self, service: Option<ServiceId>, node: NodeId) -> usize {
        self.on_node(node)
            .filter(|task| task.desired_state <= TaskState::Complete && task.service_id == service)
            .count()
    }

    /// CPU and memory that nobody reserves, if the node describes resources.
    pub(crate) fn free(&self, node: NodeId) -> Option<(i64, i64)> {
        let description = self.nodes[&node].description.as_ref()?;
        let resources = description.resources.as_ref()?;
        let reserved = |of: fn(&Task) -> i64| self.on_node(node).map(|task| of(task)).sum::<i64>();
        Some((
            resources.cpu_nano - reserved(|task| task.spec.resources.reservations.cpu_nano),
            resources.memory_bytes - reserved(|task| task.spec.resources.reservations.memory_bytes),
        ))
    }

    pub(crate) fn free_generic(&self, node: NodeId) -> Amounts {
        let mut free = amounts(&self.described_generic(node));
        for task in self.on_node(node) {
            for (kind, amount) in self.held.get(&task.id).into_iter().flatten() {
                *free.entry(kind.clone()).or_default() -= amount;
            }
        }
        free.retain(|_, amount| *amount != 0);
        free
    }

    fn has_room(&self, task: &Task, node: NodeId) -> bool {
        let wanted = &task.spec.resources.reservations;
        if wanted.is_empty() {
            return true;
        }
        // A node that describes nothing has nothing; what was reserved there before it was looked
        // at makes it less.
        let (cpu, memory) = self.free(node).unwrap_or_else(|| {
            let reserved =
                |of: fn(&Task) -> i64| -> i64 { self.on_node(node).map(|t| of(t)).sum() };
            (
                -reserved(|task| task.spec.resources.reservations.cpu_nano),
                -reserved(|task| task.spec.resources.reservations.memory_bytes),
            )
        });
        let generic = self.free_generic(node);
        let has = |kind: &str| generic.get(kind).copied();
        wanted.cpu_nano <= cpu
            && wanted.memory_bytes <= memory
            && wanted
                .generic
                .iter()
                .all(|request| has(&request.kind).is_some_and(|there| there >= request.value))
    }

    fn has_plugins(task: &Task, node: &Node) -> bool {
        let description = node.description.as_ref();
        let Some(engine) = description.and_then(|description| description.engine.as_ref()) else {
            return true;
        };
        let has = |kind: &str, name: &str| {
            engine.plugins.iter().any(|plugin| {
                plugin.kind == kind
                    && (plugin.name == name || plugin.name == format!("{name}:latest"))
            })
        };
        let mounts = &task.spec.container.mounts;
        let has_volumes = mounts.iter().all(|mount| {
            let driver = mount.volume_driver.as_str();
            mount.kind != MountType::Volume
                || driver.is_empty()
                || driver == "local"
                || has("Volume", driver)
        });
        let has_log = task.spec.log_driver.as_ref().is_none_or(|driver| {
            let is_silent = engine.plugins.iter().all(|plugin| plugin.kind != "Log");
            driver.name.is_empty() || driver.name == "none" || is_silent || has("Log", &driver.name)
        });
        has_volumes && has_log
    }

    /// The constraints that the strategies make, no others.
    fn holds(&self, constraint: &str, node: &Node) -> bool {
        let is_equal = constraint.contains("==");
        let (key, value) = constraint
            .split_once(if is_equal { "==" } else { "!=" })
            .expect("an operator");
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        let description = node.description.as_ref();
        let label = |labels: &BTreeMap<String, String>, name: &str| {
            labels.get(name).cloned().unwrap_or_default()
        };
        let actual = if let Some(name) = key.strip_prefix("node.labels.") {
            label(&node.spec.annotations.labels, name)
        } else if let Some(name) = key.strip_prefix("engine.labels.") {
            let engine = description.and_then(|description| description.engine.as_ref());
            engine.map_or_else(String::new, |engine| label(&engine.labels, name))
        } else {
            match key.as_str() {
                "node.id" => self.ids.text(node.id),
                "node.role" if node.role == NodeRole::Manager => "manager".to_owned(),
                "node.role" => "worker".to_owned(),
                "node.hostname" => node.hostname().to_owned(),
                "node.platform.os" => description
                    .and_then(|description| description.platform.as_ref())
                    .map_or_else(String::new, |platform| platform.os.clone()),
                "node.ip" => {
                    // Only the first four addresses are in the network that is drawn.
                    assert_eq!(value, "10.0.0.0/30");
                    let last = node.status.addr.rsplit('.').next().expect("an address");
                    let is_in = last.parse::<u8>().expect("a number") < 4;
                    return is_in == is_equal;
                }
                _ => return false,
            }
        };
        actual.eq_ignore_ascii_case(value) == is_equal
    }

    fn has_platform(task: &Task, node: &Node) -> bool {
        let wanted = &task.spec.placement.platforms;
        let same = |name: &str| name.replace("x86_64", "amd64").replace("aarch64", "arm64");
        let fits = |wanted: &Platform, actual: &Platform| {
            (wanted.os.is_empty() || wanted.os == actual.os)
                && (wanted.architecture.is_empty()
                    || same(&wanted.architecture) == same(&actual.architecture))
        };
        let description = node.description.as_ref();
        let actual = description.and_then(|description| description.platform.as_ref());
        wanted.is_empty()
            || actual.is_some_and(|actual| wanted.iter().any(|wanted| fits(wanted, actual)))
    }

    /// The number of the first filter that a node fails for a task.
    pub(crate) fn first_failure(&self, task: &Task, id: NodeId) -> Option<usize> {
        let node = &self.nodes[&id];
        let is_ready =
            node.status.state == NodeState::Ready && node.spec.availability == Availability::Active;
        let placement = &task.spec.placement;
        let wanted_ports = host_ports(task);
        let most = usize::try_from(placement.max_replicas).expect("few");
        let passes = [
            is_ready,
            self.has_room(task, id),
            Self::has_plugins(task, node),
            placement
                .constraints
                .iter()
                .all(|text| self.holds(text, node)),
            Self::has_platform(task, node),
            self.on_node(id)
                .all(|other| host_ports(other).is_disjoint(&wanted_ports)),
            most == 0 || self.active_of_service(task.service_id, id) < most,
        ];
        passes.iter().position(|passes| !passes)
    }

    pub(crate) fn passing(&self, task: &Task) -> Vec<NodeId> {
        let nodes = self.nodes.keys().copied();
        nodes
            .filter(|&node| self.first_failure(task, node).is_none())
            .collect()
    }

    /// How many nodes fail at each filter first.
    pub(crate) fn failing(&self, task: &Task) -> [usize; 7] {
        let mut counts = [0; 7];
        for &node in self.nodes.keys() {
            if let Some(filter) = self.first_failure(task, node) {
                counts[filter] += 1;
            }
        }
        counts
    }

    /// The whole text of a task that fits nowhere.
    pub(crate) fn no_suitable_node(&self, task: &Task) -> String {
        let counts = self.failing(task);
        let mut filters: Vec<usize> = (0..7).filter(|&filter| counts[filter] > 0).collect();
        filters.sort_by_key(|&filter| std::cmp::Reverse(counts[filter]));
        let parts: Vec<String> = filters
            .into_iter()
            .map(|filter| text(filter, counts[filter]))
            .collect();
        if parts.is_empty() {
            "no suitable node".to_owned()
        } else {
            format!("no suitable node ({})", parts.join("; "))
        }
    }

    /// The text about a task and the node that it has to go to.
    pub(crate) fn not_on_its_node(&self, task: &Task, node: NodeId) -> Option<String> {
        Some(text(self.first_failure(task, node)?, 1))
    }

    pub(crate) fn recent_failures(&self, task: &Task, node: NodeId) -> u32 {
        task.service_id
            .and_then(|service| self.failures.get(&(service, node)).copied())
            .unwrap_or(0)
    }

    /// The place of a node in the order for a task: less is better.
    pub(crate) fn key(&self, task: &Task, node: NodeId) -> (u32, usize, usize) {
        let failures = self.recent_failures(task, node);
        (
            if failures >= 5 { failures } else { 0 },
            self.active_of_service(task.service_id, node),
            self.active_tasks(node),
        )
    }
}

/// Whether the scheduler finds no preference that it understands.
pub(crate) fn has_no_preference(task: &Task) -> bool {
    task.spec.placement.preferences.iter().all(|text| {
        let text = text.to_ascii_lowercase();
        !text.starts_with("node.labels.") && !text.starts_with("engine.labels.")
    })
}
