//! What would go wrong one day: mistakes that show only when a node fails, a task moves, or an
//! update is made.
//!
//! What a failing node does is not calculated: it is tried, on a fork for every node.

use serde::Serialize;

use super::belongs;
use crate::collections::Order as _;
use crate::constraint::{self, NodeProperties};
use crate::kernel::Kernel;
use crate::model::{
    Availability, MountType, Node, NodeRole, NodeState, PublishMode, Service, ServiceMode,
    TaskState, UpdateOrder,
};
use crate::scenario::Action;
use crate::simulation::Simulation;
use crate::time::MINUTE;

/// A node that has gone is watched for so long: it is missed after 15 s, and its tasks start anew.
const LOSS_WATCH_NS: u64 = 3 * MINUTE;
/// The loss of nodes is tried on clusters of up to so many nodes.
const NODES_TRIED_MAX: usize = 60;

/// A kind of risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
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
    /// Managers that run tasks.
    BusyManagers,
}

/// A risk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Risk {
    /// Of which kind.
    pub kind: RiskKind,
    /// What it is about: a service, a node, or the cluster.
    pub subject: String,
    /// In words.
    pub text: String,
}

/// Looks for risks in a cluster to which a stack has been deployed.
pub(super) fn find(simulation: &Simulation, stack: &str) -> Vec<Risk> {
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
    losses(&mut risks, simulation, stack);
    managers(&mut risks, kernel);
    risks.order_by(|a, b| (a.kind, &a.subject).cmp(&(b.kind, &b.subject)));
    risks
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

/// Takes away each node in turn and looks what finds no other place.
fn losses(risks: &mut Vec<Risk>, simulation: &Simulation, stack: &str) {
    let store = &simulation.swarm().kernel.store;
    let nodes: Vec<(String, bool)> = store
        .nodes()
        .filter(|node| {
            let mut tasks = store.tasks_of_node(node.id);
            node.status.state == NodeState::Ready
                && tasks.any(|task| task.status.state == TaskState::Running)
        })
        .map(|node| (node.hostname().to_owned(), node.role == NodeRole::Manager))
        .collect();
    if nodes.len() > NODES_TRIED_MAX {
        return;
    }
    let waiting_before = waiting(simulation, stack);
    for (node, is_manager) in nodes {
        // The loss of a manager is another matter.
        if is_manager {
            continue;
        }
        let mut fork = simulation.fork();
        let action = Action::Crash { node: node.clone() };
        let until = fork.moment().time + LOSS_WATCH_NS;
        fork.act(action);
        fork.run_until(until);
        for (task, why) in waiting(&fork, stack) {
            if waiting_before.iter().any(|(other, _)| *other == task) {
                continue;
            }
            let text = format!("without it {task} finds no other place: {why}");
            risks.push(risk(RiskKind::NodeLoss, &node, text));
        }
    }
}

/// Tasks of a stack that find no place, and why.
fn waiting(simulation: &Simulation, stack: &str) -> Vec<(String, String)> {
    let unplaced = super::unplaced(&simulation.swarm().kernel.store, stack);
    unplaced
        .into_iter()
        .map(|one| (one.task, one.why))
        .collect()
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
    for manager in managers {
        let tasks = kernel.store.tasks_of_node(manager.id);
        let count = tasks
            .filter(|task| task.status.state == TaskState::Running)
            .count();
        if count > 0 {
            let text = format!(
                "is a manager and runs {count} tasks: what they use up is missing for the \
                 decisions of the swarm"
            );
            risks.push(risk(RiskKind::BusyManagers, manager.hostname(), text));
        }
    }
}
