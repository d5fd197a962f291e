//! Whether a task is what its service wants now (`manager/orchestrator/task.go` IsTaskDirty).

use super::task::{node_meets, parse_constraints};
use crate::ids::IdTexts;
use crate::model::{Service, Task, TaskSpec};
use crate::store::Store;

/// Whether a task has to be replaced to be what its service wants.
pub fn is_task_dirty(store: &Store, ids: &IdTexts, service: &Service, task: &Task) -> bool {
    if task.spec_version == Some(service.spec_version) {
        return false;
    }
    let wanted = &service.spec.task;
    if task.spec.placement != wanted.placement && is_placement_all(&task.spec, wanted) {
        let node = task.node_id.and_then(|node| store.node(node));
        let constraints = parse_constraints(&wanted.placement.constraints);
        // What else is in a placement is not looked at, and the endpoint neither.
        return !node.is_some_and(|node| node_meets(&constraints, node, ids));
    }
    let endpoint = task.endpoint.as_ref().map(|endpoint| &endpoint.spec);
    task.spec != *wanted || endpoint != service.spec.endpoint.as_ref()
}

/// Whether two specs differ in their placement at the most.
fn is_placement_all(old: &TaskSpec, new: &TaskSpec) -> bool {
    let mut old = old.clone();
    old.placement.clone_from(&new.placement);
    old == *new
}
