//! `manager/orchestrator/replicated`: what needs the updater.

use std::sync::Arc;

use swarmlab_core::model::{
    FailureAction, RestartCondition, Task, TaskState, UpdateConfig, UpdateState,
};

use crate::support::{Scene, config, obedient, set_restart, spec};

/// Every second task of the second image fails; those of the first image too once it is said.
struct FailLoop {
    fails_first_image: bool,
    has_failed_last: bool,
}

impl FailLoop {
    fn act(&mut self, task: &Task) -> Option<TaskState> {
        if task.desired_state == task.status.state || task.desired_state < TaskState::Running {
            return None;
        }
        if task.desired_state > TaskState::Running {
            return Some(task.desired_state);
        }
        if task.status.state == TaskState::Failed {
            return None;
        }
        let fails = match task.spec.container.image.as_str() {
            "image1" => self.fails_first_image,
            _ => !self.has_failed_last,
        };
        self.has_failed_last = fails;
        Some(if fails {
            TaskState::Failed
        } else {
            TaskState::Running
        })
    }
}

fn updater_rollback(action: FailureAction, expected: UpdateState) {
    let update = UpdateConfig {
        failure_action: FailureAction::Rollback,
        max_failure_ratio: 0.4,
        ..config(10, 500)
    };
    let mut first = spec(4, "image1", update);
    first.rollback = Some(UpdateConfig {
        failure_action: action,
        ..update
    });
    set_restart(&mut first, RestartCondition::None, 0, 0);
    let mut scene = Scene::new(first);
    let mut fail_loop = FailLoop {
        fails_first_image: false,
        has_failed_last: false,
    };
    scene.set_image("image2");
    scene.pass(15, &mut |task| fail_loop.act(task));
    assert_eq!(scene.state(), Some(UpdateState::Updating));
    scene.pass(10_000, &mut |task| fail_loop.act(task));
    assert_eq!(scene.created_with("image2"), 3);
    assert_eq!(scene.created_with("image1"), 4 + 3);
    assert_eq!(scene.live_with("image1"), 4);
    let status = scene.status().expect("there is a status");
    assert_eq!(status.state, UpdateState::RollbackCompleted);
    assert_eq!(status.message.as_str(), "rollback completed");
    assert!(scene.object().previous_spec.is_none());

    fail_loop.fails_first_image = true;
    scene.set_image("image2");
    scene.pass(10_000, &mut |task| fail_loop.act(task));
    assert_eq!(scene.created_with("image2"), 6);
    assert_eq!(scene.object().spec.task.container.image, "image1");
    assert_eq!(scene.state(), Some(expected));
    assert!(scene.swarm.kernel.queue.is_empty());
}

#[test]
fn test_updater_rollback_pause() {
    updater_rollback(FailureAction::Pause, UpdateState::RollbackPaused);
}

#[test]
fn test_updater_rollback_continue() {
    updater_rollback(FailureAction::Continue, UpdateState::RollbackCompleted);
}

/// A rollback in which a failure asks for a rollback is called complete in the end.
#[test]
fn a_rollback_that_should_be_rolled_back_is_called_complete() {
    updater_rollback(FailureAction::Rollback, UpdateState::Completed);
}

fn force(scene: &mut Scene) {
    scene.update(|spec| Arc::make_mut(&mut spec.task).force_update += 1);
}

fn running_and_finished(condition: RestartCondition) -> Scene {
    let mut first = spec(2, "image", config(0, 50));
    set_restart(&mut first, condition, 0, 0);
    let mut scene = Scene::new(first);
    let tasks = scene.live();
    scene.observe(tasks[0].id, TaskState::Failed);
    scene.observe(tasks[1].id, TaskState::Complete);
    scene.pass(100, &mut obedient_unless_ended);
    scene
}

/// As the obedient agent; what has ended stays as it is.
fn obedient_unless_ended(task: &Task) -> Option<TaskState> {
    obedient(task).filter(|_| task.status.state <= TaskState::Running)
}

#[test]
fn test_orchestrator_restart_on_failure() {
    let mut scene = running_and_finished(RestartCondition::OnFailure);
    assert_eq!(scene.tasks().len(), 3);
    scene.update(|_| {});
    scene.pass(1000, &mut obedient_unless_ended);
    assert_eq!(scene.tasks().len(), 3);
    assert_eq!(scene.state(), None);
    force(&mut scene);
    scene.pass(1000, &mut obedient_unless_ended);
    assert_eq!(scene.live().len(), 2);
    let is_forced = |task: &Arc<Task>| task.spec.force_update == 1;
    assert!(scene.live().iter().all(is_forced));
    assert_eq!(scene.state(), Some(UpdateState::Completed));
}

#[test]
fn test_orchestrator_restart_on_none() {
    let mut scene = running_and_finished(RestartCondition::None);
    assert_eq!(scene.tasks().len(), 2);
    scene.update(|_| {});
    scene.pass(1000, &mut obedient_unless_ended);
    assert_eq!(scene.tasks().len(), 2);
    force(&mut scene);
    // One after the other.
    assert_eq!(scene.tasks().len(), 3);
    scene.pass(1000, &mut obedient_unless_ended);
    assert_eq!(scene.tasks().len(), 4);
    assert_eq!(scene.live().len(), 2);
}

#[test]
fn test_orchestrator_restart_max_attempts() {
    let mut first = spec(2, "image1", config(0, 50));
    set_restart(&mut first, RestartCondition::Any, 100, 1);
    let mut scene = Scene::new(first);
    for image in ["image1", "image2"] {
        for attempt in 1..=2 {
            let live = scene.live();
            assert_eq!(live.len(), 2, "{image} {attempt}");
            for task in live {
                assert_eq!(task.spec.container.image, image);
                scene.observe(task.id, TaskState::Failed);
            }
            scene.pass(1000, &mut obedient_unless_ended);
        }
        // The second failure of a slot was its last.
        assert_eq!(scene.live().len(), 0);
        assert_eq!(scene.created_with(image), 4);
        if image == "image1" {
            scene.set_image("image2");
            scene.pass(1000, &mut obedient_unless_ended);
        }
    }
}
