//! Nodes: update, removal (`manager/controlapi/node.go`).
//!
//! A change of role is written like any other; the managers do the rest ([`crate::swarm`]).

use super::error::{Code, ControlError};
use crate::ids::NodeId;
use crate::kernel::Kernel;
use crate::model::{Node, NodeRole, NodeSpec, NodeState, TaskState, TaskStatus, Text, Version};

/// Gives a node another spec, if the version that the client has seen is the last one.
pub fn update_node(
    kernel: &mut Kernel,
    id: NodeId,
    seen: Version,
    spec: NodeSpec,
) -> Result<(), ControlError> {
    let Some(node) = kernel.store.node(id) else {
        let message = format!("node {} not found", kernel.ids.text(id));
        return Err(ControlError::new(Code::NotFound, message));
    };
    if seen != node.meta.version {
        return Err(ControlError::new(Code::Unknown, "update out of sequence"));
    }
    kernel.store.update(kernel.now, |tx| {
        tx.update_node(id, |node| node.spec = spec);
        Ok(())
    })
}

const MESSAGE_ORPHANED: Text = Text::constant("Task belonged to a node that has been deleted");

/// Refuses to make a worker of the last manager, or of one without which the others would have no
/// majority.
pub fn check_demotion(kernel: &Kernel, node: &Node, spec: &NodeSpec) -> Result<(), ControlError> {
    let is_demoted =
        node.spec.desired_role == NodeRole::Manager && spec.desired_role == NodeRole::Worker;
    let managers = kernel
        .store
        .nodes()
        .filter(|node| node.role == NodeRole::Manager);
    if !is_demoted {
        return Ok(());
    }
    if managers.count() == 1 {
        let message = "attempting to demote the last manager of the swarm";
        return Err(ControlError::new(Code::FailedPrecondition, message));
    }
    if kernel.raft.is_empty() {
        return Ok(());
    }
    let Some(member) = kernel.raft.membership_of(node.id) else {
        let message = "can't find manager in raft memberlist";
        return Err(ControlError::new(Code::NotFound, message));
    };
    if !kernel.raft.can_remove(member, kernel.now) {
        let message = "can't remove member from the raft: this would result in a loss of quorum";
        return Err(ControlError::new(Code::FailedPrecondition, message));
    }
    Ok(())
}

/// Removes a node. What it had to do is lost, in the same transaction.
pub fn remove_node(kernel: &mut Kernel, id: NodeId, force: bool) -> Result<(), ControlError> {
    let text = kernel.ids.text(id);
    let Some(node) = kernel.store.node(id) else {
        let message = format!("node {text} not found");
        return Err(ControlError::new(Code::NotFound, message));
    };
    let refuse = |message: String| Err(ControlError::new(Code::FailedPrecondition, message));
    let is_member = kernel.raft.is_empty() || kernel.raft.is_member(id);
    if node.spec.desired_role == NodeRole::Manager && is_member {
        return refuse(format!(
            "node {text} is a cluster manager and is a member of the raft cluster. It must be \
             demoted to worker before removal"
        ));
    }
    if !force && node.status.state == NodeState::Ready {
        return refuse(format!("node {text} is not down and can't be removed"));
    }
    let lost: Vec<_> = kernel
        .store
        .tasks_of_node(id)
        .filter(|task| task.status.state < TaskState::Complete)
        .map(|task| task.id)
        .collect();
    let now = kernel.now;
    kernel.store.update(now, |tx| {
        for task in lost {
            tx.update_task(task, |task| {
                task.status = TaskStatus {
                    timestamp: now,
                    state: TaskState::Orphaned,
                    message: MESSAGE_ORPHANED,
                    ..TaskStatus::default()
                };
            });
        }
        tx.delete_node(id);
        Ok(())
    })
}
