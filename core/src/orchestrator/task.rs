//! What all orchestrators know about tasks (`manager/orchestrator/task.go`).

use std::sync::Arc;

use crate::constraint::{self, Constraint, NodeProperties};
use crate::ids::{IdTexts, NodeId, TaskId};
use crate::model::{
    Availability, Cluster, Endpoint, Node, NodeState, RestartPolicy, Service, Task, TaskState,
    TaskStatus, Text,
};
use crate::store::{Store, Transaction};
use crate::time::SimTime;

const MESSAGE_CREATED: Text = Text::constant("created");

/// A new task of a service, in a slot or on a node.
pub fn new_task(
    cluster: &Cluster,
    service: &Service,
    slot: u64,
    node: Option<NodeId>,
    now: SimTime,
) -> Task {
    let spec = &service.spec;
    let endpoint = spec.endpoint.as_ref().map(|endpoint| {
        Arc::new(Endpoint {
            spec: Arc::clone(endpoint),
            ..Endpoint::default()
        })
    });
    let mut task = Task::new(TaskId(0), Arc::clone(&spec.task));
    task.spec_version = Some(service.spec_version);
    task.service_id = Some(service.id);
    task.slot = slot;
    task.node_id = node;
    task.status = TaskStatus {
        timestamp: now,
        state: TaskState::New,
        message: MESSAGE_CREATED,
        ..TaskStatus::default()
    };
    task.job_iteration = service.job_status.map(|status| status.iteration);
    task.endpoint = endpoint;
    task.log_driver = spec
        .task
        .log_driver
        .clone()
        .or_else(|| cluster.spec.task_log_driver.clone());
    task
}

/// Whether a task cannot stay on a node: the node is gone, DOWN or drained.
pub fn is_invalid_node(node: Option<&Arc<Node>>) -> bool {
    node.is_none_or(|node| {
        node.status.state == NodeState::Down || node.spec.availability == Availability::Drain
    })
}

/// Whether a task sits on a node on which it cannot stay.
pub fn is_on_invalid_node(store: &Store, task: &Task) -> bool {
    task.node_id
        .is_some_and(|node| is_invalid_node(store.node(node)))
}

/// The restart policy of a task, defaults filled in.
pub fn restart_policy(task: &Task) -> RestartPolicy {
    task.spec.restart.unwrap_or_default()
}

/// Nobody wants a task to run any more, unless that has been so before.
pub fn shut_down(tx: &mut Transaction<'_>, id: TaskId) {
    let task = tx.store().task(id);
    if task.is_some_and(|task| task.desired_state < TaskState::Shutdown) {
        tx.update_task(id, |task| task.desired_state = TaskState::Shutdown);
    }
}

/// The constraints of a placement; none at all if one of them cannot be read.
pub fn parse_constraints(expressions: &[String]) -> Vec<Constraint> {
    constraint::parse_all(expressions).unwrap_or_default()
}

/// Whether a node meets every constraint.
pub fn node_meets(constraints: &[Constraint], node: &Node, ids: &IdTexts) -> bool {
    let mut buffer = String::new();
    constraints.is_empty()
        || constraint::node_matches(constraints, NodeProperties::of(node, ids, &mut buffer))
}
