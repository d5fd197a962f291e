//! The constraint enforcer: rejects tasks whose node is not what they need any more.
//!
//! Upstream: `manager/orchestrator/constraintenforcer/constraint_enforcer.go`. It looks at a node
//! whenever something about it changes. A rejected task keeps its desired state: to stop and
//! replace it is the part of its orchestrator.

use std::sync::Arc;

use super::task::{node_meets, parse_constraints};
use crate::kernel::Kernel;
use crate::model::{Availability, GenericResource, Node, Task, TaskState, Text};
use crate::scheduler::generic;
use crate::store::{Change, Delta};

const MESSAGE_REJECTED: Text = Text::constant("task rejected by constraint enforcer");
const ERR_REJECTED: Text = Text::constant("assigned node no longer meets constraints");

/// Looks at all nodes: a manager has become leader.
pub fn start(kernel: &mut Kernel) {
    let nodes: Vec<Arc<Node>> = kernel.store.nodes().cloned().collect();
    for node in nodes {
        reject_noncompliant(kernel, &node);
    }
}

/// Reacts to one change in the store.
pub fn on_change(kernel: &mut Kernel, change: &Change) {
    if let Change::Node(Delta::Updated { new, .. }) = change {
        reject_noncompliant(kernel, new);
    }
}

fn reject_noncompliant(kernel: &mut Kernel, node: &Node) {
    if node.spec.availability != Availability::Active {
        return;
    }
    let rejected = noncompliant(kernel, node);
    if rejected.is_empty() {
        return;
    }
    let now = kernel.now;
    let mut batch = kernel.store.batch(now);
    for task in rejected {
        batch.update(|tx| {
            if tx
                .store()
                .task(task.id)
                .is_some_and(|task| task.is_wanted())
            {
                tx.update_task(task.id, |task| {
                    task.status.state = TaskState::Rejected;
                    task.status.message = MESSAGE_REJECTED;
                    task.status.err = ERR_REJECTED;
                    task.status.timestamp = now;
                });
            }
        });
    }
    batch.commit();
}

/// The tasks that the node cannot keep, in order of creation: the oldest get its resources.
fn noncompliant(kernel: &Kernel, node: &Node) -> Vec<Arc<Task>> {
    let store = &kernel.store;
    let description = node.description.as_ref();
    let mut available = description
        .and_then(|description| description.resources.clone())
        .unwrap_or_default();
    let mut rejected = Vec::new();
    for task in store.tasks_of_node(node.id) {
        if task.desired_state < TaskState::Assigned
            || !task.is_wanted()
            || task.status.state >= TaskState::Complete
        {
            continue;
        }
        // The constraints of now, not those with which the task was created.
        let service = task.service_id.and_then(|service| store.service(service));
        let spec = service.map_or(&task.spec, |service| &service.spec.task);
        let constraints = parse_constraints(&spec.placement.constraints);
        let reserved = &task.spec.resources.reservations;
        if !node_meets(&constraints, node, &kernel.ids)
            || reserved.memory_bytes > available.memory_bytes
            || reserved.cpu_nano > available.cpu_nano
        {
            rejected.push(Arc::clone(task));
            continue;
        }
        available.memory_bytes -= reserved.memory_bytes;
        available.cpu_nano -= reserved.cpu_nano;
        let held = &task.assigned_generic_resources;
        if !held.iter().all(|held| is_offered(&available.generic, held)) {
            rejected.push(Arc::clone(task));
            // Upstream looks at no further task of this node.
            break;
        }
        generic::consume(&mut available.generic, held);
    }
    rejected
}

/// Whether what a task holds is still there.
fn is_offered(available: &[GenericResource], held: &GenericResource) -> bool {
    let mut of_kind = available.iter().filter(|offer| offer.kind() == held.kind());
    match held {
        GenericResource::Named { .. } => of_kind.any(|offer| offer == held),
        GenericResource::Discrete { value: held, .. } => of_kind.next().is_some_and(
            |offer| matches!(offer, GenericResource::Discrete { value, .. } if value >= held),
        ),
    }
}
