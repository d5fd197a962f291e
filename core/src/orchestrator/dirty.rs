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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ids::NodeId;
    use crate::kernel::{Kernel, Settings};
    use crate::model::{Node, NodeRole, ServiceSpec, Version};
    use crate::orchestrator::task::new_task;

    /// Whether a task on a node is dirty after each of some changes to the spec of its service.
    fn dirty_after(changes: &[fn(&mut TaskSpec)]) -> Vec<bool> {
        let mut kernel = Kernel::new(Settings::default());
        let Ok(node) = kernel.store.update(kernel.now, |tx| {
            Ok::<NodeId, std::convert::Infallible>(tx.create_node(Node::new(NodeRole::Worker)))
        });
        let mut spec = ServiceSpec::default();
        Arc::make_mut(&mut spec.task).container.image = "v:1".to_owned();
        let mut service = Service::new(spec);
        let cluster = kernel.store.cluster();
        let task = new_task(cluster, &service, 1, Some(node), kernel.now);
        let mut is_dirty = vec![is_task_dirty(&kernel.store, &kernel.ids, &service, &task)];
        for change in changes {
            service.spec_version = Version {
                index: service.spec_version.index + 1,
            };
            change(Arc::make_mut(&mut Arc::make_mut(&mut service.spec).task));
            is_dirty.push(is_task_dirty(&kernel.store, &kernel.ids, &service, &task));
        }
        is_dirty
    }

    /// `TestIsTaskDirty`: what is no expression constrains nothing, and an unknown key never holds.
    #[test]
    fn test_is_task_dirty() {
        let dirty = dirty_after(&[
            |spec| spec.placement.constraints = vec!["node=node1".to_owned()],
            |spec| spec.placement.constraints = vec!["node!=node1".to_owned()],
            |spec| spec.container.image = "v:2".to_owned(),
        ]);
        assert_eq!(dirty, [false, false, true, true]);
    }

    /// `TestIsTaskDirtyPlacementConstraintsOnly`, as far as it can be seen from a task: a constraint
    /// that the node keeps makes nothing dirty, another image does, with constraints or without.
    #[test]
    fn test_is_task_dirty_placement_constraints_only() {
        let dirty = dirty_after(&[
            |spec| spec.placement.constraints = vec!["node.role==worker".to_owned()],
            |spec| spec.container.image = "v:2".to_owned(),
            |spec| spec.placement.constraints.clear(),
            |spec| spec.container.image = "v:1".to_owned(),
        ]);
        assert_eq!(dirty, [false, false, true, true, false]);
    }
}
