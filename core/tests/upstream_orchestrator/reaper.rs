//! `manager/orchestrator/taskreaper`.

use swarmlab_core::ids::{ServiceId, TaskId};
use swarmlab_core::model::{RestartCondition, ServiceMode, TaskState};

use crate::support::{Scene, policy, scale, service, task};

fn set_up(limit: i64) -> (Scene, ServiceId) {
    let mut scene = Scene::reaped(|tx| {
        tx.update_cluster(|cluster| {
            cluster.spec.orchestration.task_history_retention_limit = limit;
        });
    });
    let mode = ServiceMode::Replicated { replicas: 2 };
    let id = scene.write(|tx| service(tx, mode, policy(RestartCondition::Any, 0)));
    (scene, id)
}

#[test]
fn test_task_reaper_init() {
    use TaskState::{Complete, Failed, New, Pending, Running, Shutdown};
    let mut made: Vec<(TaskId, bool)> = Vec::new();
    let scene = Scene::reaped(|tx| {
        let mode = ServiceMode::Replicated { replicas: 2 };
        let id = service(tx, mode, policy(RestartCondition::Any, 0));
        for slot in [1, 2] {
            made.push((task(tx, id, slot, None, Running), true));
        }
        let retained = task(tx, id, 1, None, Failed);
        tx.update_task(retained, |task| task.desired_state = Shutdown);
        made.push((retained, true));
        for state in [Shutdown, Running, Complete, Pending, New] {
            let removed = task(tx, id, 1, None, state);
            tx.update_task(removed, |task| task.desired_state = TaskState::Remove);
            made.push((removed, state == Running));
        }
    });
    for (task, is_kept) in made {
        assert_eq!(scene.has(task), is_kept, "{task:?}");
    }
}

#[test]
fn test_task_history() {
    let (mut scene, id) = set_up(2);
    let first = scene.live(id);
    for _ in 0..2 {
        for task in scene.live(id) {
            scene.observe(task, TaskState::Failed);
        }
        scene.pass(250);
    }
    assert!(first.iter().all(|&task| !scene.has(task)));
    assert_eq!(scene.count(id), 4);
}

#[test]
fn test_task_state_remove() {
    let (mut scene, id) = set_up(2);
    for task in scene.live(id) {
        scene.observe(task, TaskState::Running);
    }
    let tasks = scene.live(id);
    scene.write(|tx| scale(tx, id, 1));
    assert_eq!(scene.desired(tasks[1]), TaskState::Remove);
    scene.pass(1000);
    assert!(scene.has(tasks[1]));
    scene.observe(tasks[1], TaskState::Shutdown);
    scene.pass(250);
    assert!(!scene.has(tasks[1]));
    scene.write(|tx| tx.delete_service(id));
    assert_eq!(scene.desired(tasks[0]), TaskState::Remove);
    scene.observe(tasks[0], TaskState::Shutdown);
    scene.pass(250);
    assert!(!scene.has(tasks[0]));
}

#[test]
fn test_task_reaper_batching() {
    let (mut scene, id) = set_up(5);
    scene.write(|tx| scale(tx, id, 1005));
    scene.pass(1000);
    let tasks = scene.live(id);
    let remove = |scene: &mut Scene, tasks: &[TaskId]| {
        scene.write(|tx| {
            for &task in tasks {
                tx.update_task(task, |task| task.desired_state = TaskState::Remove);
            }
        });
    };
    remove(&mut scene, &tasks[..1]);
    scene.pass(249);
    assert!(scene.has(tasks[0]));
    scene.pass(1);
    assert!(!scene.has(tasks[0]));
    scene.pass(1000);
    remove(&mut scene, &tasks[1..1002]);
    assert!(tasks[1..1002].iter().all(|&task| !scene.has(task)));
    remove(&mut scene, &tasks[1002..1003]);
    assert!(scene.has(tasks[1002]));
    scene.pass(250);
    assert!(!scene.has(tasks[1002]));
}

#[test]
fn test_tick_history_cleanup() {
    use TaskState::{Assigned, New, Running, Shutdown};
    for desired in [Running, Shutdown] {
        for state in [
            New,
            TaskState::Pending,
            Assigned,
            TaskState::Starting,
            Running,
            TaskState::Complete,
            TaskState::Failed,
            TaskState::Rejected,
            TaskState::Orphaned,
        ] {
            let mut scene = Scene::reaped(|tx| {
                tx.update_cluster(|cluster| {
                    cluster.spec.orchestration.task_history_retention_limit = 0;
                });
            });
            let mode = ServiceMode::Replicated { replicas: 0 };
            // With condition none an ended task stays in its slot.
            let id = scene.write(|tx| service(tx, mode, policy(RestartCondition::None, 0)));
            let task = scene.write(|tx| {
                let task = task(tx, id, 1, None, state);
                tx.update_task(task, |task| task.desired_state = desired);
                task
            });
            scene.pass(250);
            let goes = state > Running || (state < Assigned && desired == Shutdown);
            assert_eq!(scene.has(task), !goes, "{desired:?} {state:?}");
        }
    }
}
