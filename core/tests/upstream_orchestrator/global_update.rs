//! Updates of global services: each node is a slot (`manager/orchestrator/update`, as
//! `manager/orchestrator/global` calls it).

use std::sync::Arc;

use swarmlab_core::ids::{NodeId, ServiceId, TaskId};
use swarmlab_core::model::{
    Availability, FailureAction, NodeState, RestartCondition, ServiceMode, TaskState, UpdateConfig,
    UpdateOrder, UpdateState,
};
use swarmlab_core::time::MILLISECOND;

use crate::support::{Scene, node, policy, service, task};

const NODES: usize = 3;

/// A global service of which a task runs on each of three nodes.
fn set_up(config: UpdateConfig) -> (Scene, ServiceId, Vec<NodeId>) {
    let mut made = None;
    let scene = Scene::founded(|tx| {
        let nodes: Vec<NodeId> = (0..NODES).map(|_| node(tx)).collect();
        let id = service(tx, ServiceMode::Global, policy(RestartCondition::Any, 0));
        tx.update_service(id, |service| {
            Arc::make_mut(&mut service.spec).update = Some(config);
        });
        for &node in &nodes {
            task(tx, id, 0, Some(node), TaskState::Running);
        }
        made = Some((id, nodes));
    });
    let (id, nodes) = made.expect("the scene was written");
    assert_eq!(scene.live(id).len(), NODES);
    (scene, id, nodes)
}

fn config() -> UpdateConfig {
    UpdateConfig {
        monitor_ns: 100 * MILLISECOND,
        ..UpdateConfig::default()
    }
}

fn change(scene: &mut Scene, id: ServiceId, image: &str) {
    scene.write(|tx| {
        let version = tx
            .store()
            .service(id)
            .map(|service| Arc::clone(&service.spec));
        tx.update_service(id, |service| {
            service.previous_spec = version;
            service.previous_spec_version = Some(service.spec_version);
            service.spec_version.index += 1;
            let spec = Arc::make_mut(&mut service.spec);
            image.clone_into(&mut Arc::make_mut(&mut spec.task).container.image);
        });
    });
}

/// The newest task on each node, if it has the image.
fn new_tasks(scene: &Scene, id: ServiceId, image: &str) -> Vec<TaskId> {
    let live = scene.live(id);
    let has_image = |&id: &TaskId| scene.task(id).spec.container.image == image;
    live.into_iter().filter(has_image).collect()
}

/// Agents do what is wanted of every task, and new ones run.
fn obey(scene: &mut Scene, id: ServiceId) {
    let store = &scene.swarm.kernel.store;
    let tasks: Vec<_> = store.tasks_of_service(id).cloned().collect();
    for task in tasks {
        let state = task.status.state;
        let wanted = task.desired_state;
        let may_go = wanted == TaskState::Running || wanted > TaskState::Complete;
        if may_go && state < wanted && state < TaskState::Complete {
            scene.observe(task.id, wanted);
        }
    }
}

fn state(scene: &Scene, id: ServiceId) -> Option<UpdateState> {
    let service = scene.swarm.kernel.store.service(id)?;
    Some(service.update_status.as_ref()?.state)
}

#[test]
fn one_node_after_the_other_is_updated() {
    let (mut scene, id, _) = set_up(config());
    change(&mut scene, id, "v:2");
    for replaced in 1..=NODES {
        assert_eq!(state(&scene, id), Some(UpdateState::Updating));
        assert_eq!(new_tasks(&scene, id, "v:2").len(), replaced);
        // The old task first, then the new one, then the delay of nothing.
        obey(&mut scene, id);
        scene.pass(0);
        obey(&mut scene, id);
        scene.pass(1);
    }
    scene.pass(100);
    assert_eq!(state(&scene, id), Some(UpdateState::Completed));
    let tasks = new_tasks(&scene, id, "v:2");
    let nodes: std::collections::BTreeSet<_> =
        tasks.iter().map(|&task| scene.task(task).node_id).collect();
    assert_eq!((tasks.len(), nodes.len()), (NODES, NODES));
}

#[test]
fn parallelism_counts_nodes_and_start_first_keeps_the_old_task() {
    let (mut scene, id, _) = set_up(UpdateConfig {
        parallelism: 2,
        order: UpdateOrder::StartFirst,
        ..config()
    });
    let old = scene.live(id);
    change(&mut scene, id, "v:2");
    assert_eq!(new_tasks(&scene, id, "v:2").len(), 2);
    assert!(
        old.iter()
            .all(|&task| scene.desired(task) == TaskState::Running)
    );
    for task in new_tasks(&scene, id, "v:2") {
        scene.observe(task, TaskState::Running);
    }
    scene.pass(1);
    let stopped = old
        .iter()
        .filter(|&&task| scene.desired(task) == TaskState::Shutdown);
    assert_eq!(stopped.count(), 2);
    assert_eq!(new_tasks(&scene, id, "v:2").len(), 3);
}

#[test]
fn a_failure_pauses_or_goes_back() {
    for (action, expected) in [
        (FailureAction::Pause, UpdateState::Paused),
        (FailureAction::Rollback, UpdateState::RollbackStarted),
    ] {
        let (mut scene, id, _) = set_up(UpdateConfig {
            failure_action: action,
            ..config()
        });
        change(&mut scene, id, "v:2");
        obey(&mut scene, id);
        scene.pass(0);
        let new = new_tasks(&scene, id, "v:2");
        assert_eq!(new.len(), 1);
        scene.observe(new[0], TaskState::Failed);
        assert_eq!(state(&scene, id), Some(expected));
    }
}

#[test]
fn a_node_that_goes_or_comes_is_no_part_of_the_update() {
    let (mut scene, id, nodes) = set_up(config());
    scene.write(|tx| {
        tx.update_node(nodes[2], |node| {
            node.spec.availability = Availability::Drain;
        });
    });
    change(&mut scene, id, "v:2");
    for _ in 0..NODES {
        obey(&mut scene, id);
        scene.pass(0);
        obey(&mut scene, id);
        scene.pass(1);
    }
    scene.pass(100);
    assert_eq!(state(&scene, id), Some(UpdateState::Completed));
    assert_eq!(new_tasks(&scene, id, "v:2").len(), 2);
    // Its task is made of the new spec at once: no updater, no delay.
    scene.write(|tx| {
        tx.update_node(nodes[2], |node| {
            node.spec.availability = Availability::Active;
        });
    });
    assert_eq!(new_tasks(&scene, id, "v:2").len(), 3);
    assert_eq!(state(&scene, id), Some(UpdateState::Completed));
    // A node that is lost in the middle of an update takes its task with it.
    change(&mut scene, id, "v:3");
    scene.write(|tx| {
        tx.update_node(nodes[1], |node| node.status.state = NodeState::Down);
    });
    for _ in 0..2 * NODES {
        obey(&mut scene, id);
        scene.pass(100);
    }
    let placed: Vec<_> = new_tasks(&scene, id, "v:3")
        .into_iter()
        .map(|task| scene.task(task).node_id)
        .collect();
    assert!(!placed.contains(&Some(nodes[1])), "{placed:?}");
}
