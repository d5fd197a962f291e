//! `manager/orchestrator/update`.

use std::sync::Arc;

use swarmlab_core::model::{
    Driver, FailureAction, Node, NodeRole, NodeState, RestartCondition, Task, TaskState,
    UpdateConfig, UpdateOrder, UpdateState,
};
use swarmlab_core::time::{MILLISECOND, MINUTE};

use crate::support::{Scene, config, obedient, set_restart, spec};

fn driver(name: &str) -> Arc<Driver> {
    Arc::new(Driver {
        name: name.to_owned(),
        ..Driver::default()
    })
}

fn log_drivers(scene: &Scene) -> Vec<Option<Arc<Driver>>> {
    let tasks = scene.live();
    tasks.iter().map(|task| task.log_driver.clone()).collect()
}

#[test]
fn test_updater() {
    let mut scene = Scene::new(spec(3, "v:1", config(0, 50)));
    assert_eq!(log_drivers(&scene), [None, None, None]);

    scene.update(|spec| {
        let task = Arc::make_mut(&mut spec.task);
        task.container.image = "v:2".to_owned();
        task.log_driver = Some(driver("of the task"));
    });
    scene.pass(1000, &mut obedient);
    assert_eq!(scene.live_with("v:2"), 3);
    assert_eq!(log_drivers(&scene), vec![Some(driver("of the task")); 3]);

    scene.write(|tx| {
        tx.update_cluster(|cluster| cluster.spec.task_log_driver = Some(driver("of the cluster")));
    });
    scene.set_image("v:3");
    scene.pass(1000, &mut obedient);
    assert_eq!(scene.live_with("v:3"), 3);
    assert_eq!(log_drivers(&scene), vec![Some(driver("of the task")); 3]);

    scene.update(|spec| {
        let task = Arc::make_mut(&mut spec.task);
        task.container.image = "v:4".to_owned();
        task.log_driver = None;
        spec.update = Some(config(10, 50));
    });
    scene.pass(1000, &mut obedient);
    assert_eq!(scene.live_with("v:4"), 3);
    assert_eq!(log_drivers(&scene), vec![Some(driver("of the cluster")); 3]);

    scene.update(|spec| {
        Arc::make_mut(&mut spec.task).container.image = "v:5".to_owned();
        spec.update = Some(UpdateConfig {
            order: UpdateOrder::StartFirst,
            ..config(10, 50)
        });
    });
    scene.pass(1000, &mut obedient);
    assert_eq!(scene.live().len(), 3);
    assert_eq!(scene.live_with("v:5"), 3);
    assert_eq!(scene.state(), Some(UpdateState::Completed));
    assert!(scene.swarm.kernel.queue.is_empty());
}

#[test]
fn test_updater_failure_action() {
    // New tasks fail as soon as they may run.
    let mut failing = |task: &Task| match task.desired_state {
        TaskState::Running if task.status.state != TaskState::Failed => Some(TaskState::Failed),
        desired if desired > TaskState::Running => obedient(task),
        _ => None,
    };
    let update = UpdateConfig {
        failure_action: FailureAction::Pause,
        ..config(500, 500)
    };
    let mut first = spec(3, "v:1", update);
    set_restart(&mut first, RestartCondition::Any, 60_000, 0);
    let mut scene = Scene::new(first);
    scene.set_image("v:2");
    scene.pass(5000, &mut failing);
    assert_eq!((scene.live_with("v:1"), scene.live_with("v:2")), (2, 1));
    let status = scene.status().expect("there is a status");
    assert_eq!(status.state, UpdateState::Paused);
    let failed = scene
        .tasks()
        .iter()
        .find(|task| task.spec.container.image == "v:2")
        .map(|task| scene.swarm.kernel.ids.text(task.id))
        .expect("there is a new task");
    assert_eq!(
        status.message.as_str(),
        format!("update paused due to failure or early termination of task {failed}")
    );
    assert_eq!(status.completed_at, None);

    // Nothing goes on while it is paused.
    let service = scene.service;
    scene.write(|tx| tx.update_service(service, |_| {}));
    scene.pass(5000, &mut failing);
    assert_eq!((scene.live_with("v:1"), scene.live_with("v:2")), (2, 1));

    scene.update(|spec| {
        Arc::make_mut(&mut spec.task).container.image = "v:3".to_owned();
        if let Some(update) = &mut spec.update {
            update.failure_action = FailureAction::Continue;
        }
    });
    scene.pass(5000, &mut failing);
    assert_eq!(scene.live_with("v:2"), 0);
    assert_eq!(scene.live_with("v:3"), 3);
    assert_eq!(scene.state(), Some(UpdateState::Completed));
}

#[test]
fn test_updater_task_timeout() {
    // Old tasks never stop.
    let mut stubborn = |task: &Task| {
        let may_run = task.desired_state == TaskState::Running;
        (may_run && task.status.state != TaskState::Running).then_some(TaskState::Running)
    };
    let mut scene = Scene::new(spec(3, "v:1", config(0, 50)));
    scene.set_image("v:2");
    let begin = scene.now();
    scene.pass(59_000, &mut stubborn);
    assert_eq!(scene.live_with("v:1"), 2);
    scene.pass(4 * 60_000, &mut stubborn);
    assert_eq!(scene.live_with("v:2"), 3);
    let status = scene.status().expect("there is a status");
    assert_eq!(status.state, UpdateState::Completed);
    let end = begin + 3 * MINUTE + 50 * MILLISECOND;
    assert_eq!(status.completed_at, Some(end));
}

#[test]
fn test_updater_order() {
    let mut slow_to_stop =
        |task: &Task| obedient(task).filter(|&state| state != TaskState::Shutdown);
    let mut scene = Scene::new(spec(3, "v:1", config(0, 50)));
    scene.update(|spec| {
        Arc::make_mut(&mut spec.task).container.image = "v:2".to_owned();
        spec.update = Some(UpdateConfig {
            order: UpdateOrder::StartFirst,
            ..config(10, 50)
        });
    });
    scene.pass(1000, &mut slow_to_stop);
    let tasks = scene.tasks();
    assert_eq!(tasks.len(), 6);
    for task in tasks {
        let desired = match task.spec.container.image.as_str() {
            "v:1" => TaskState::Shutdown,
            _ => TaskState::Running,
        };
        assert_eq!(task.status.state, TaskState::Running);
        assert_eq!(task.desired_state, desired);
    }
}

/// Two tasks in a slot: one is kept, and the one that runs rather than the one that is prepared.
#[test]
fn test_updater_use_existing_task() {
    use TaskState::{Ready, Running, Shutdown};
    for (desired, expected) in [
        ([Running, Running], [Running, Shutdown]),
        ([Running, Ready], [Running, Shutdown]),
        ([Ready, Running], [Shutdown, Running]),
        ([Ready, Ready], [Shutdown, Running]),
    ] {
        let mut scene = Scene::new(spec(1, "v:1", config(0, 50)));
        let first = scene.live()[0].clone();
        let service = scene.service;
        scene.write(|tx| {
            let mut second = Task::clone(&first);
            second.desired_state = desired[1];
            tx.create_task(second);
            tx.update_task(first.id, |task| task.desired_state = desired[0]);
            tx.update_service(service, |_| {});
        });
        scene.pass(1000, &mut obedient);
        let tasks = scene.tasks();
        let states: Vec<TaskState> = tasks.iter().map(|task| task.desired_state).collect();
        assert_eq!(states, expected, "{desired:?}");
    }
}

/// The slot's task of the old spec goes, the one of the new spec that waits for its delay runs.
#[test]
fn test_updater_use_existing_task_of_the_new_spec() {
    let mut scene = Scene::new(spec(1, "v:1", config(0, 50)));
    let old = scene.live()[0].clone();
    let service = scene.service;
    let mut new = Task::clone(&old);
    Arc::make_mut(&mut new.spec).container.image = "v:2".to_owned();
    new.desired_state = TaskState::Ready;
    let new = scene.write(|tx| {
        tx.update_service(service, |service| {
            let spec = Arc::make_mut(&mut service.spec);
            Arc::make_mut(&mut spec.task).container.image = "v:2".to_owned();
            service.spec_version.index += 100;
        });
        tx.create_task(new)
    });
    scene.pass(1000, &mut obedient);
    let live = scene.live();
    assert_eq!(live.len(), 1);
    assert_eq!(live[0].id, new);
    assert_eq!(live[0].desired_state, TaskState::Running);
}

/// `TestUpdaterPlacement`: what is no expression constrains nothing, so nothing is replaced.
#[test]
fn test_updater_placement() {
    let mut scene = Scene::new(spec(3, "v:1", config(0, 50)));
    let node = scene.write(|tx| {
        let mut node = Node::new(NodeRole::Worker);
        node.status.state = NodeState::Ready;
        let node = tx.create_node(node);
        let tasks: Vec<_> = tx.store().tasks().map(|task| task.id).collect();
        for task in tasks {
            tx.update_task(task, |task| task.node_id = Some(node));
        }
        node
    });
    let before: Vec<_> = scene.live().iter().map(|task| task.id).collect();
    // The control API would refuse it.
    let service = scene.service;
    scene.write(|tx| {
        tx.update_service(service, |service| {
            service.spec_version.index += 1;
            let spec = Arc::make_mut(&mut service.spec);
            let placement = &mut Arc::make_mut(&mut spec.task).placement;
            placement.constraints = vec!["node.name=*".to_owned()];
        });
    });
    scene.pass(1000, &mut obedient);
    let after: Vec<_> = scene.live().iter().map(|task| task.id).collect();
    assert_eq!((before.len(), &before), (3, &after));
    // One that the node does not keep replaces them.
    scene.update(|spec| {
        let placement = &mut Arc::make_mut(&mut spec.task).placement;
        placement.constraints = vec!["node.role==manager".to_owned()];
    });
    scene.pass(10_000, &mut obedient);
    let tasks = scene.live();
    assert_eq!(tasks.len(), 3);
    assert!(
        tasks.iter().all(|task| task.node_id != Some(node)),
        "{tasks:?}"
    );
}
