//! What would go wrong one day: mistakes that show only when a node fails, a task moves, or an
//! update is made.
//!
//! What a failing node does is not calculated: it is tried, on a fork for every node.

use std::sync::Arc;

use serde::Serialize;

use super::{Unplaced, belongs};
use crate::collections::Order as _;
use crate::constraint::{self, NodeProperties};
use crate::kernel::Kernel;
use crate::model::{
    Availability, MountType, Node, NodeRole, NodeState, PublishMode, Service, ServiceMode,
    TaskState, UpdateOrder,
};
use crate::scenario::Action;
use crate::simulation::Simulation;
use crate::store::Store;
use crate::time::MINUTE;

/// A node that has gone is watched for so long: it is missed after 15 s, and its tasks start anew.
const LOSS_WATCH_NS: u64 = 3 * MINUTE;
/// The loss of nodes is tried on clusters of up to so many nodes.
const NODES_TRIED_MAX: usize = 60;

/// A kind of risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum RiskKind {
    /// Without this node there is not enough room.
    NodeLoss,
    /// All tasks of a service are on one node.
    OneNode,
    /// A volume of a node, and a task that may be on another.
    LocalVolume,
    /// A path of a node that may not be on all of them.
    BindMount,
    /// An update takes all tasks down at once.
    Update,
    /// Ports of nodes that are fewer than the tasks.
    HostPort,
    /// Nobody looks whether a task serves.
    NoHealthCheck,
    /// One manager.
    SingleManager,
    /// So few managers answer that none of them may fail.
    Quorum,
    /// Managers that run tasks.
    BusyManagers,
}

/// What is left when a node has failed and its tasks have gone elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Loss {
    /// The node.
    pub node: String,
    /// CPU that nothing on the other nodes has reserved, in billionths of a core.
    pub cpu_left_nano: i64,
    /// Memory that nothing on the other nodes has reserved, in bytes.
    pub memory_left_bytes: i64,
    /// Tasks of the stack that find no other place.
    pub unplaced: Vec<Unplaced>,
}

/// A risk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Risk {
    /// Of which kind.
    pub kind: RiskKind,
    /// What it is about: a service, a node, or the cluster.
    pub subject: String,
    /// In words.
    pub text: String,
}

/// Looks for risks in a cluster to which a stack has been deployed, and says what the loss of each
/// node leaves.
pub(super) fn find(simulation: &Simulation, stack: &str) -> (Vec<Risk>, Vec<Loss>) {
    let kernel = &simulation.swarm().kernel;
    let mut risks = Vec::new();
    for service in services(kernel, stack) {
        let possible = possible_nodes(kernel, service);
        one_node(&mut risks, kernel, service, &possible);
        storage(&mut risks, service, &possible);
        update(&mut risks, service);
        host_ports(&mut risks, service, &possible);
        health(&mut risks, service);
    }
    let losses = losses(simulation, stack);
    for loss in &losses {
        for Unplaced { task, why } in &loss.unplaced {
            let text = format!("without it {task} finds no other place: {why}");
            risks.push(risk(RiskKind::NodeLoss, &loss.node, text));
        }
    }
    managers(&mut risks, kernel);
    risks.order_by(|a, b| (a.kind, &a.subject).cmp(&(b.kind, &b.subject)));
    (risks, losses)
}

fn services<'k>(kernel: &'k Kernel, stack: &str) -> Vec<&'k Service> {
    let services = kernel.store.services();
    services
        .filter(|service| belongs(&service.spec.annotations.labels, stack))
        .map(|service| &**service)
        .collect()
}

/// The nodes that a service's constraints allow and that take tasks.
fn possible_nodes(kernel: &Kernel, service: &Service) -> Vec<String> {
    let constraints = &service.spec.task.placement.constraints;
    let constraints = constraint::parse_all(constraints).unwrap_or_default();
    let fits = |node: &Node| {
        let mut buffer = String::new();
        let properties = NodeProperties::of(node, &kernel.ids, &mut buffer);
        constraint::node_matches(&constraints, properties)
    };
    let nodes = kernel.store.nodes();
    nodes
        .filter(|node| {
            node.spec.availability == Availability::Active
                && node.status.state == NodeState::Ready
                && fits(node)
        })
        .map(|node| node.hostname().to_owned())
        .collect()
}

fn risk(kind: RiskKind, subject: &str, text: impl Into<String>) -> Risk {
    Risk {
        kind,
        subject: subject.to_owned(),
        text: text.into(),
    }
}

fn replicas(service: &Service) -> Option<u64> {
    match service.spec.mode {
        ServiceMode::Replicated { replicas } => Some(replicas),
        _ => None,
    }
}

fn one_node(risks: &mut Vec<Risk>, kernel: &Kernel, service: &Service, possible: &[String]) {
    let Some(wanted) = replicas(service) else {
        return;
    };
    let mut nodes: Vec<_> = kernel
        .store
        .tasks_of_service(service.id)
        .filter(|task| task.status.state == TaskState::Running)
        .filter_map(|task| task.node_id)
        .collect();
    nodes.order();
    nodes.dedup();
    let [node] = nodes.as_slice() else {
        return;
    };
    let host = kernel.store.node(*node).map_or("?", |node| node.hostname());
    let name = service.name();
    let text = match (wanted, possible.len()) {
        (_, 1) => format!("can run on {host} alone: while that is away, it is away"),
        (1, _) => format!(
            "has one task (on {host}): when that node fails, nobody serves until it is missed and \
             the task starts elsewhere"
        ),
        (wanted, _) => format!("all its {wanted} tasks are on {host}, and fail together with it"),
    };
    risks.push(risk(RiskKind::OneNode, name, text));
}

fn storage(risks: &mut Vec<Risk>, service: &Service, possible: &[String]) {
    let name = service.name();
    let count = possible.len();
    for mount in &service.spec.task.container.mounts {
        let target = &mount.target;
        let is_local = matches!(mount.volume_driver.as_str(), "" | "local")
            && mount.options.volume_driver_opts.is_empty();
        match mount.kind {
            MountType::Volume if is_local && count > 1 && !mount.source.is_empty() => {
                let source = &mount.source;
                risks.push(risk(
                    RiskKind::LocalVolume,
                    name,
                    format!(
                        "the volume {source} at {target} belongs to one node, and {count} nodes \
                         may run the task: a task that moves finds an empty one"
                    ),
                ));
            }
            MountType::Bind if count > 1 && mount.source != "/var/run/docker.sock" => {
                let source = &mount.source;
                risks.push(risk(
                    RiskKind::BindMount,
                    name,
                    format!(
                        "{source} at {target} has to be there on all {count} nodes that may run \
                         the task, or it is rejected"
                    ),
                ));
            }
            _ => {}
        }
    }
}

fn update(risks: &mut Vec<Risk>, service: &Service) {
    let Some(wanted) = replicas(service) else {
        return;
    };
    let config = service.spec.update.unwrap_or_default();
    if config.order == UpdateOrder::StartFirst || wanted == 0 {
        return;
    }
    let at_once = match config.parallelism {
        0 => wanted,
        parallelism => parallelism.min(wanted),
    };
    if at_once < wanted {
        return;
    }
    let text = if wanted == 1 {
        "an update stops its one task before the new one starts; `order: start-first` would not"
            .to_owned()
    } else {
        format!(
            "an update stops all {wanted} tasks at once; a lower `parallelism` or `order: \
             start-first` would not"
        )
    };
    risks.push(risk(RiskKind::Update, service.name(), text));
}

fn host_ports(risks: &mut Vec<Risk>, service: &Service, possible: &[String]) {
    let ports = service.spec.endpoint.iter().flat_map(|spec| &spec.ports);
    let mut host_ports =
        ports.filter(|port| port.publish_mode == PublishMode::Host && port.published_port != 0);
    let Some(port) = host_ports.next() else {
        return;
    };
    let (name, port) = (service.name(), port.published_port);
    let count = possible.len() as u64;
    if let Some(wanted) = replicas(service)
        && wanted > count
    {
        let text = format!(
            "port {port} of the node can be had once a node: {wanted} tasks, {count} nodes"
        );
        risks.push(risk(RiskKind::HostPort, name, text));
    }
    let config = service.spec.update.unwrap_or_default();
    if config.order == UpdateOrder::StartFirst && replicas(service).is_none_or(|it| it >= count) {
        let text = format!(
            "with `order: start-first` a new task waits for port {port} of a node on which the old \
             one still holds it: an update never ends"
        );
        risks.push(risk(RiskKind::HostPort, name, text));
    }
}

fn health(risks: &mut Vec<Risk>, service: &Service) {
    let is_published = service
        .spec
        .endpoint
        .as_ref()
        .is_some_and(|spec| !spec.ports.is_empty());
    let check = &service.spec.task.container.healthcheck;
    let is_checked = check
        .as_ref()
        .is_some_and(|check| check.test.first().is_some_and(|word| word != "NONE"));
    if is_published && !is_checked {
        risks.push(risk(
            RiskKind::NoHealthCheck,
            service.name(),
            "publishes a port and has no health check in the stack file: a task counts as running \
             as soon as its process has started",
        ));
    }
}

/// Takes away each node in turn and looks what finds no other place. A manager without which the
/// others are no majority is left: then nothing is replaced at all.
fn losses(simulation: &Simulation, stack: &str) -> Vec<Loss> {
    let kernel = &simulation.swarm().kernel;
    let store = &kernel.store;
    let (alive, quorum, _) = majority(kernel);
    let nodes: Vec<String> = store
        .nodes()
        .filter(|node| {
            let mut tasks = store.tasks_of_node(node.id);
            node.status.state == NodeState::Ready
                && tasks.any(|task| task.status.state == TaskState::Running)
                && (node.role == NodeRole::Worker || alive > quorum)
        })
        .map(|node| node.hostname().to_owned())
        .collect();
    if nodes.len() > NODES_TRIED_MAX {
        return Vec::new();
    }
    let waiting_before = super::unplaced(store, stack);
    let is_new = |one: &Unplaced| waiting_before.iter().all(|other| other.task != one.task);
    let lose = |node: String| {
        let mut fork = simulation.fork();
        let until = fork.moment().time + LOSS_WATCH_NS;
        fork.act(Action::Crash { node: node.clone() });
        fork.run_until(until);
        let store = &fork.swarm().kernel.store;
        let (cpu_left_nano, memory_left_bytes) = left(store);
        Loss {
            node,
            cpu_left_nano,
            memory_left_bytes,
            unplaced: super::unplaced(store, stack)
                .into_iter()
                .filter(is_new)
                .collect(),
        }
    };
    nodes.into_iter().map(lose).collect()
}

/// What the nodes that take tasks have and no task has reserved.
fn left(store: &Store) -> (i64, i64) {
    let (mut cpu_nano, mut memory_bytes) = (0_i64, 0_i64);
    let takes_tasks = |node: &&Arc<Node>| {
        node.spec.availability == Availability::Active && node.status.state == NodeState::Ready
    };
    for node in store.nodes().filter(takes_tasks) {
        let description = node.description.as_deref();
        if let Some(has) = description.and_then(|description| description.resources.as_ref()) {
            cpu_nano = cpu_nano.saturating_add(has.cpu_nano);
            memory_bytes = memory_bytes.saturating_add(has.memory_bytes);
        }
        let tasks = store.tasks_of_node(node.id);
        for task in tasks.filter(|task| task.status.state <= TaskState::Running) {
            let reserved = &task.spec.resources.reservations;
            cpu_nano = cpu_nano.saturating_sub(reserved.cpu_nano);
            memory_bytes = memory_bytes.saturating_sub(reserved.memory_bytes);
        }
    }
    (cpu_nano, memory_bytes)
}

/// How many managers answer, how many must, and how many there are.
fn majority(kernel: &Kernel) -> (usize, usize, usize) {
    let nodes = kernel.store.nodes();
    let managers: Vec<_> = nodes
        .filter(|node| node.role == NodeRole::Manager)
        .collect();
    let alive = managers
        .iter()
        .filter(|node| node.status.state == NodeState::Ready)
        .count();
    (alive, managers.len() / 2 + 1, managers.len())
}

fn managers(risks: &mut Vec<Risk>, kernel: &Kernel) {
    let nodes = kernel.store.nodes();
    let managers: Vec<_> = nodes
        .filter(|node| node.role == NodeRole::Manager)
        .collect();
    if let [manager] = managers.as_slice() {
        risks.push(risk(
            RiskKind::SingleManager,
            manager.hostname(),
            "is the only manager: while it is away nothing can be changed and no task is replaced",
        ));
    }
    let (alive, quorum, all) = majority(kernel);
    if all > 1 && alive <= quorum {
        let text = format!(
            "of {all} managers {alive} answer, and {quorum} must: when one more fails, nothing can \
             be changed and no task is replaced"
        );
        risks.push(risk(RiskKind::Quorum, "the swarm", text));
    }
    for manager in managers {
        let tasks = kernel.store.tasks_of_node(manager.id);
        let count = tasks
            .filter(|task| task.status.state == TaskState::Running)
            .count();
        if count > 0 {
            let (tasks, they) = match count {
                1 => ("1 task".to_owned(), "it uses"),
                count => (format!("{count} tasks"), "they use"),
            };
            let text = format!(
                "is a manager and runs {tasks}: what {they} up is missing for the decisions of \
                 the swarm"
            );
            risks.push(risk(RiskKind::BusyManagers, manager.hostname(), text));
        }
    }
}
