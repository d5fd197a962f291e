//! `manager/orchestrator/taskreaper`.

use std::sync::Arc;

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

#[test]
fn test_service_remove_dead_tasks() {
    let (mut scene, id) = set_up(5);
    scene.write(|tx| {
        tx.update_service(id, |service| {
            let spec = Arc::make_mut(&mut service.spec);
            Arc::make_mut(&mut spec.task).restart = Some(policy(RestartCondition::None, 0));
        })
    });
    let tasks = scene.live(id);
    let tasks: Vec<TaskId> = tasks.into_iter().filter(|&task| scene.has(task)).collect();
    assert!(tasks.len() >= 2);
    for &task in &tasks {
        scene.observe(task, TaskState::Complete);
    }
    scene.write(|tx| tx.delete_service(id));
    for &task in &tasks {
        assert_eq!(scene.desired(task), TaskState::Remove);
    }
    // Nobody has to act for them to go.
    scene.pass(250);
    assert!(tasks.iter().all(|&task| !scene.has(task)));
}

#[test]
fn test_service_remove_unassigned_tasks() {
    let (mut scene, id) = set_up(1);
    scene.write(|tx| scale(tx, id, 1));
    let old = scene.live(id)[0];
    scene.observe(old, TaskState::Pending);
    scene.write(|tx| {
        tx.update_service(id, |service| {
            service.spec_version.index += 1;
            let spec = Arc::make_mut(&mut service.spec);
            Arc::make_mut(&mut spec.task).force_update += 1;
        })
    });
    let live = scene.live(id);
    assert_eq!(live.len(), 1);
    assert_ne!(live[0], old);
    let task = scene.task(old);
    assert_eq!(
        (task.status.state, task.desired_state),
        (TaskState::Pending, TaskState::Shutdown)
    );
    scene.observe(live[0], TaskState::Pending);
    scene.pass(250);
    assert!(!scene.has(old), "no agent has to stop what none has");
    assert!(scene.has(live[0]));
}

#[test]
fn test_tick() {
    // A slot of a service that is gone, and one within the limit: nothing is done.
    let (mut scene, id) = set_up(2);
    let gone = scene.write(|tx| {
        let mode = ServiceMode::Replicated { replicas: 1 };
        let gone = service(tx, mode, policy(RestartCondition::None, 0));
        let task = task(tx, gone, 1, None, TaskState::Failed);
        tx.update_task(task, |task| task.desired_state = TaskState::Shutdown);
        task
    });
    let service_of_gone = scene.task(gone).service_id.expect("a service");
    scene.pass(1000);
    assert!(scene.has(gone));
    assert_eq!(scene.count(id), 2);
    // Beyond the limit the oldest that was shut down goes.
    let slot = scene.task(scene.live(id)[0]).slot;
    let live_in_slot = |scene: &Scene| {
        let live = scene.live(id).into_iter();
        let mut live = live.filter(|&task| scene.task(task).slot == slot);
        live.next().expect("a live task")
    };
    let ended = [(); 2].map(|()| {
        let live = live_in_slot(&scene);
        scene.pass(10);
        scene.observe(live, TaskState::Shutdown);
        live
    });
    let live = live_in_slot(&scene);
    scene.pass(250);
    let kept = [ended[0], ended[1], live].map(|task| scene.has(task));
    assert_eq!(kept, [false, true, true]);
    // The service of the first slot goes: its dead task with it, and nothing is left to look at.
    scene.write(|tx| tx.delete_service(service_of_gone));
    scene.pass(250);
    assert!(!scene.has(gone));
    assert!(scene.swarm.kernel.queue.is_empty());
}
