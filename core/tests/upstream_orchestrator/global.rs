//! `manager/orchestrator/global`.

use std::sync::Arc;

use swarmlab_core::ids::{NodeId, ServiceId, TaskId};
use swarmlab_core::model::{Availability, NodeState, RestartCondition, ServiceMode, TaskState};

use crate::support::{Scene, node, policy, service, task};

const ANY: RestartCondition = RestartCondition::Any;

/// A global service on one node.
fn set_up(condition: RestartCondition) -> (Scene, ServiceId, NodeId, TaskId) {
    let mut scene = Scene::founded(|_| {});
    let id = scene.write(|tx| service(tx, ServiceMode::Global, policy(condition, 50)));
    assert_eq!(scene.count(id), 0);
    let node = scene.write(node);
    let live = scene.live(id);
    assert_eq!(live.len(), 1);
    let task = scene.task(live[0]);
    assert_eq!(
        (task.status.state, task.node_id),
        (TaskState::New, Some(node))
    );
    (scene, id, node, live[0])
}

#[test]
fn test_add_and_delete_node() {
    let (mut scene, id, _, first) = set_up(ANY);
    let added = scene.write(node);
    let live = scene.live(id);
    assert_eq!((live.len(), live[0]), (2, first));
    assert_eq!(scene.task(live[1]).node_id, Some(added));
    scene.write(|tx| tx.delete_node(added));
    assert!(!scene.has(live[1]));
    assert_eq!(scene.live(id), [first]);
}

#[test]
fn test_node_availability() {
    let (mut scene, id, node, first) = set_up(ANY);
    let set = |scene: &mut Scene, availability| {
        scene.write(|tx| tx.update_node(node, |node| node.spec.availability = availability));
    };
    set(&mut scene, Availability::Drain);
    assert_eq!(scene.desired(first), TaskState::Shutdown);
    scene.write(|tx| tx.update_service(id, |_| {}));
    assert_eq!(scene.count(id), 1);
    set(&mut scene, Availability::Active);
    let second = scene.live(id)[0];
    set(&mut scene, Availability::Pause);
    assert_eq!(scene.live(id), [second]);
    scene.observe(second, TaskState::Failed);
    assert_eq!(scene.desired(second), TaskState::Shutdown);
    scene.write(|tx| tx.update_service(id, |_| {}));
    assert_eq!(scene.count(id), 2);
}

#[test]
fn test_node_state() {
    let (mut scene, id, node, first) = set_up(ANY);
    let set = |scene: &mut Scene, state| {
        scene.write(|tx| tx.update_node(node, |node| node.status.state = state));
    };
    set(&mut scene, NodeState::Down);
    assert_eq!(scene.desired(first), TaskState::Shutdown);
    scene.write(|tx| tx.update_service(id, |_| {}));
    assert_eq!(scene.count(id), 1);
    set(&mut scene, NodeState::Ready);
    assert_eq!((scene.live(id).len(), scene.count(id)), (1, 2));
}

#[test]
fn test_add_and_delete_service() {
    let (mut scene, id, _, first) = set_up(ANY);
    let second = scene.write(|tx| service(tx, ServiceMode::Global, policy(ANY, 0)));
    assert_eq!(scene.live(second).len(), 1);
    scene.write(|tx| tx.delete_service(id));
    assert_eq!(scene.desired(first), TaskState::Remove);
    assert_eq!(scene.live(second).len(), 1);
}

#[test]
fn test_remove_task() {
    let (mut scene, id, _, first) = set_up(ANY);
    scene.write(|tx| tx.delete_task(first));
    scene.pass(100);
    assert_eq!(scene.count(id), 0);
}

#[test]
fn test_task_failure() {
    let (mut scene, id, node, first) = set_up(ANY);
    scene.observe(first, TaskState::Failed);
    assert_eq!(scene.desired(first), TaskState::Shutdown);
    let second = scene.live(id)[0];
    let task = scene.task(second);
    assert_eq!(
        (task.desired_state, task.node_id, task.slot),
        (TaskState::Ready, Some(node), 0)
    );
    scene.pass(50);
    assert_eq!(scene.desired(second), TaskState::Running);

    let (mut scene, id, _, first) = set_up(RestartCondition::None);
    scene.observe(first, TaskState::Failed);
    assert_eq!(scene.desired(first), TaskState::Shutdown);
    scene.write(|tx| tx.update_service(id, |_| {}));
    assert_eq!(scene.count(id), 1);
}

#[test]
fn test_initialization() {
    let mut made = None;
    let mut scene = Scene::founded(|tx| {
        let nodes = [node(tx), node(tx), node(tx), node(tx)];
        tx.update_node(nodes[2], |node| {
            node.spec.availability = Availability::Drain;
        });
        let gone = service(tx, ServiceMode::Global, policy(ANY, 0));
        let id = service(tx, ServiceMode::Global, policy(ANY, 50));
        let orphan = task(tx, gone, 0, Some(nodes[0]), TaskState::Running);
        tx.delete_service(gone);
        let states = [TaskState::Rejected, TaskState::Failed];
        let states = states.into_iter().chain([TaskState::Running; 2]);
        let mut tasks = Vec::new();
        for (node, state) in nodes.into_iter().zip(states) {
            tasks.push(task(tx, id, 0, Some(node), state));
        }
        tx.delete_node(nodes[3]);
        made = Some((id, orphan, tasks));
    });
    let (id, orphan, tasks) = made.expect("the scene was written");
    assert!(!scene.has(orphan));
    for &task in &tasks {
        assert_eq!(scene.desired(task), TaskState::Shutdown);
    }
    // The tasks on the drained and on the missing node have no replacement.
    let live = scene.live(id);
    let desired: Vec<_> = live.iter().map(|&id| scene.desired(id)).collect();
    assert_eq!(desired, [TaskState::Ready; 2]);
    scene.pass(49);
    assert_eq!(scene.desired(live[0]), TaskState::Ready);
    scene.pass(1);
    assert_eq!(scene.desired(live[0]), TaskState::Running);
}

#[test]
fn test_initialization_restart_history() {
    let mut scene = Scene::founded(|_| {});
    scene.write(node);
    let id = scene.write(|tx| {
        let mut policy = policy(ANY, 0);
        policy.max_attempts = 3;
        policy.window_ns = 600_000_000_000;
        service(tx, ServiceMode::Global, policy)
    });
    // The first task at 0 and restarts after 1, 3 and 4 minutes; then a new leader at 12 minutes.
    for delay_ms in [60_000, 120_000, 60_000] {
        scene.pass(delay_ms);
        scene.observe(scene.live(id)[0], TaskState::Failed);
    }
    scene.pass(480_000);
    scene.swarm.restart_leader();
    scene.observe(scene.live(id)[0], TaskState::Failed);
    assert_eq!(scene.live(id).len(), 1, "two restarts lie in the window");
    scene.pass(1);
    scene.observe(scene.live(id)[0], TaskState::Rejected);
    assert_eq!(scene.live(id).len(), 0, "now there are three");
}

#[test]
fn test_initialization_extra_task() {
    let mut made = None;
    let scene = Scene::founded(|tx| {
        let node = node(tx);
        let id = service(tx, ServiceMode::Global, policy(ANY, 0));
        let tasks = [(); 2].map(|()| task(tx, id, 0, Some(node), TaskState::Running));
        made = Some((id, tasks));
    });
    let (id, tasks) = made.expect("the scene was written");
    let stopped = tasks.map(|task| scene.desired(task) == TaskState::Shutdown);
    assert_ne!(stopped[0], stopped[1], "{stopped:?}");
    assert_eq!((scene.live(id).len(), scene.count(id)), (1, 2));
}

#[test]
fn test_initialization_multiple_services() {
    let mut made = None;
    let mut scene = Scene::founded(|tx| {
        let node = node(tx);
        let services = [(); 2].map(|()| service(tx, ServiceMode::Global, policy(ANY, 0)));
        let tasks = services.map(|id| task(tx, id, 0, Some(node), TaskState::Running));
        made = Some((services, tasks));
    });
    let (services, tasks) = made.expect("the scene was written");
    let counts = |scene: &Scene| services.map(|id| scene.count(id));
    // Nothing is to be done for tasks that are as they should be.
    assert_eq!(counts(&scene), [1, 1]);
    scene.pass(1000);
    assert_eq!(counts(&scene), [1, 1]);
    // Another delay makes another spec: the task of this service is replaced, and only that.
    scene.write(|tx| {
        tx.update_service(services[0], |service| {
            service.spec_version.index += 1;
            let spec = Arc::make_mut(&mut service.spec);
            let restart = &mut Arc::make_mut(&mut spec.task).restart;
            *restart = Some(policy(ANY, 10));
        })
    });
    assert_eq!(counts(&scene), [2, 1]);
    assert_eq!(scene.desired(tasks[0]), TaskState::Shutdown);
    assert_eq!(scene.desired(tasks[1]), TaskState::Running);
    // What fails is restarted in its own service.
    scene.observe(tasks[1], TaskState::Failed);
    assert_eq!(counts(&scene), [2, 2]);
    assert_eq!(scene.desired(tasks[1]), TaskState::Shutdown);
    assert_eq!(scene.live(services[1]).len(), 1);
}
