//! Global jobs: one execution on every node that fits.
//!
//! Upstream: `manager/orchestrator/jobs/global/reconciler.go`. The nodes are those of the moment at
//! which something happens to the job; a node that joins later waits for the next such moment.

use std::sync::Arc;

use super::{iteration, raise_desired_state, restart_tasks};
use crate::collections::BTreeMap;
use crate::ids::{NodeId, TaskId};
use crate::kernel::Kernel;
use crate::model::{Availability, NodeState, Service, Task, TaskState};
use crate::orchestrator::restart::RestartSupervisor;
use crate::orchestrator::task::{
    is_invalid_node, new_task, node_meets, parse_constraints, shut_down,
};
use crate::store::Transaction;

/// The nodes that satisfy the constraints of a service.
struct Nodes {
    /// They are ready for a task.
    candidates: Vec<NodeId>,
    /// They are DOWN or drained.
    invalid: Vec<NodeId>,
}

fn matching_nodes(kernel: &Kernel, service: &Service) -> Nodes {
    let constraints = parse_constraints(&service.spec.task.placement.constraints);
    let (mut candidates, mut invalid) = (Vec::new(), Vec::new());
    for node in kernel.store.nodes() {
        if !node_meets(&constraints, node, &kernel.ids) {
            continue;
        }
        if is_invalid_node(Some(node)) {
            invalid.push(node.id);
        } else if node.spec.availability == Availability::Active
            && node.status.state == NodeState::Ready
        {
            candidates.push(node.id);
        }
    }
    Nodes {
        candidates,
        invalid,
    }
}

/// Creates what is missing, replaces what failed, removes what belongs to earlier executions and
/// stops what runs on nodes that are to be left.
pub fn reconcile(kernel: &mut Kernel, restart: &mut RestartSupervisor, service: &Service) {
    let nodes = matching_nodes(kernel, service);
    let iteration = iteration(service);
    let mut task_of_node: BTreeMap<NodeId, (TaskId, TaskState)> = BTreeMap::new();
    let (mut failed, mut outdated) = (Vec::new(), Vec::new());
    for task in kernel.store.tasks_of_service(service.id) {
        match task.job_iteration {
            Some(own) if own != iteration => outdated.push(task.id),
            Some(_) if task.is_wanted() => {
                if task.status.state > TaskState::Complete {
                    failed.push(task.id);
                }
                if let Some(node) = task.node_id {
                    task_of_node.insert(node, (task.id, task.status.state));
                }
            }
            _ => {}
        }
    }
    let missing = nodes.candidates.iter();
    let missing = missing.filter(|node| !task_of_node.contains_key(node));
    let stopping: Vec<TaskId> = nodes
        .invalid
        .iter()
        .filter_map(|node| task_of_node.get(node))
        .filter(|&&(_, state)| state <= TaskState::Running)
        .map(|&(task, _)| task)
        .collect();
    let Kernel {
        store, queue, now, ..
    } = kernel;
    let (now, cluster) = (*now, Arc::clone(store.cluster()));
    let mut batch = store.batch(now);
    for &node in missing {
        let mut task = new_task(&cluster, service, 0, Some(node), now);
        task.desired_state = TaskState::Complete;
        batch.update(|tx| tx.create_task(task));
    }
    restart_tasks(&mut batch, queue, restart, service, &failed);
    raise_desired_state(&mut batch, &outdated, TaskState::Remove);
    raise_desired_state(&mut batch, &stopping, TaskState::Shutdown);
    batch.commit();
}

/// What a new leader does first: no task stays on a node that is to be left, not even one that has
/// ended, so that its node runs the job once more when it is back.
pub fn shut_down_if_misplaced(tx: &mut Transaction<'_>, task: &Task) {
    let node = task.node_id.and_then(|node| tx.store().node(node));
    if task.is_wanted() && is_invalid_node(node) {
        shut_down(tx, task.id);
    }
}
