//! What an update does when something else happens at the same time, and what it says.

use swarmlab_core::control;
use swarmlab_core::model::{ServiceMode, Task, TaskState, UpdateConfig, UpdateOrder, UpdateState};
use swarmlab_core::time::{MILLISECOND, SECOND};

use crate::support::{Scene, config, obedient, spec};

fn slots_with(scene: &Scene, image: &str) -> Vec<u64> {
    let tasks = scene.live();
    let tasks = tasks.iter();
    let of_image = tasks.filter(|task| task.spec.container.image == image);
    let mut slots: Vec<u64> = of_image.map(|task| task.slot).collect();
    slots.sort_unstable();
    slots
}

#[test]
fn slots_are_replaced_in_order_with_a_pause_after_each() {
    let mut scene = Scene::new(spec(4, "v:1", config(1000, 2000)));
    let begin = scene.now();
    scene.set_image("v:2");
    for count in 1..=4 {
        scene.pass(if count == 1 { 0 } else { 1000 }, &mut obedient);
        let expected: Vec<u64> = (1..=count).collect();
        assert_eq!(slots_with(&scene, "v:2"), expected);
        let status = scene.status().expect("there is a status");
        assert_eq!(status.state, UpdateState::Updating);
        assert_eq!(status.message.as_str(), "update in progress");
        assert_eq!(status.started_at, Some(begin));
    }
    scene.pass(10_000, &mut obedient);
    let status = scene.status().expect("there is a status");
    assert_eq!(status.state, UpdateState::Completed);
    assert_eq!(status.message.as_str(), "update completed");
    // Four slots with a pause after each, then the time of watching.
    assert_eq!(status.completed_at, Some(begin + 6 * SECOND));
}

#[test]
fn a_delay_as_long_as_the_monitor_makes_that_longer() {
    let mut scene = Scene::new(spec(1, "v:1", config(2000, 2000)));
    let begin = scene.now();
    scene.set_image("v:2");
    scene.pass(10_000, &mut obedient);
    let status = scene.status().expect("there is a status");
    assert_eq!(status.completed_at, Some(begin + 5 * SECOND));
}

#[test]
fn parallelism_counts_slots_and_zero_is_all() {
    for (parallelism, expected) in [(1, 1), (3, 3), (9, 5), (0, 5)] {
        let update = UpdateConfig {
            parallelism,
            ..config(0, 2000)
        };
        let mut scene = Scene::new(spec(5, "v:1", update));
        scene.set_image("v:2");
        assert_eq!(scene.live_with("v:2"), expected);
    }
}

#[test]
fn another_update_takes_over_and_the_same_one_does_not() {
    let mut scene = Scene::new(spec(3, "v:1", config(1000, 2000)));
    scene.set_image("v:2");
    scene.pass(0, &mut obedient);
    assert_eq!(slots_with(&scene, "v:2"), [1]);
    // The same spec again: the update goes on, but has lost its status.
    scene.update(|_| {});
    assert_eq!(scene.state(), None);
    scene.pass(1000, &mut obedient);
    assert_eq!(slots_with(&scene, "v:2"), [1, 2]);
    assert_eq!(scene.state(), None);
    scene.set_image("v:3");
    scene.pass(0, &mut obedient);
    assert_eq!(slots_with(&scene, "v:3"), [1]);
    assert_eq!(slots_with(&scene, "v:2"), [2]);
    assert_eq!(slots_with(&scene, "v:1"), [3]);
    assert_eq!(scene.state(), Some(UpdateState::Updating));
    scene.pass(10_000, &mut obedient);
    assert_eq!(slots_with(&scene, "v:3"), [1, 2, 3]);
    assert_eq!(scene.state(), Some(UpdateState::Completed));
    assert!(scene.swarm.kernel.queue.is_empty());
}

#[test]
fn scaling_a_paused_update_resumes_it() {
    let mut scene = Scene::new(spec(3, "v:1", config(0, 2000)));
    scene.set_image("v:2");
    let mut failures = 1;
    scene.pass(10_000, &mut |task| {
        if task.desired_state == TaskState::Running && failures > 0 {
            failures -= 1;
            return Some(TaskState::Failed);
        }
        obedient(task).filter(|_| task.status.state <= TaskState::Running)
    });
    assert_eq!(scene.state(), Some(UpdateState::Paused));
    let left = scene.live_with("v:1");
    assert!(left > 0);
    scene.pass(60_000, &mut obedient);
    assert_eq!(scene.live_with("v:1"), left);
    scene.update(|spec| spec.mode = ServiceMode::Replicated { replicas: 4 });
    scene.pass(60_000, &mut obedient);
    assert_eq!(slots_with(&scene, "v:2"), [1, 2, 3, 4]);
    assert_eq!(scene.state(), Some(UpdateState::Completed));
}

#[test]
fn an_update_that_replaces_nothing_has_no_status() {
    let mut scene = Scene::new(spec(2, "v:1", config(0, 2000)));
    scene.update(|spec| {
        spec.annotations
            .labels
            .insert("a".to_owned(), "b".to_owned());
    });
    scene.pass(10_000, &mut obedient);
    assert_eq!(scene.state(), None);
    assert_eq!(scene.tasks().len(), 2);
}

#[test]
fn a_manual_rollback_swaps_the_specs() {
    let mut scene = Scene::new(spec(2, "v:1", config(0, 1000)));
    let refused = roll_back(&mut scene).expect_err("nothing to go back to");
    let id = scene.swarm.kernel.ids.text(scene.service);
    assert_eq!(
        refused.to_string(),
        format!(
            "rpc error: code = FailedPrecondition desc = service {id} does not have a previous spec"
        )
    );
    scene.set_image("v:2");
    scene.pass(10_000, &mut obedient);
    for image in ["v:1", "v:2"] {
        roll_back(&mut scene).expect("there is a previous spec");
        scene.swarm.settle();
        let begin = scene.now();
        let status = scene.status().expect("there is a status");
        assert_eq!(status.state, UpdateState::RollbackStarted);
        assert_eq!(status.message.as_str(), "manually requested rollback");
        assert_eq!(status.started_at, Some(begin));
        scene.pass(10_000, &mut obedient);
        assert_eq!(slots_with(&scene, image), [1, 2]);
        let status = scene.status().expect("there is a status");
        assert_eq!(status.state, UpdateState::RollbackCompleted);
        // The rollback has the configuration of a rollback: the default one.
        assert_eq!(status.completed_at, Some(begin + 5 * SECOND));
    }
}

fn roll_back(scene: &mut Scene) -> Result<(), control::ControlError> {
    let version = scene.object().meta.version;
    control::rollback_service(&mut scene.swarm.kernel, scene.service, version)
}

#[test]
fn a_failure_is_judged_only_when_the_workers_are_done() {
    // The first new task fails 0.2 s after its start, the second needs longer than the monitor.
    let update = UpdateConfig {
        parallelism: 2,
        ..config(0, 500)
    };
    let mut scene = Scene::new(spec(2, "v:1", update));
    scene.set_image("v:2");
    let mut slow = |task: &Task| {
        let waits = task.slot == 2 && task.desired_state == TaskState::Running;
        obedient(task).filter(|_| !waits)
    };
    scene.pass(200, &mut slow);
    let live = scene.live();
    let first = live.iter().find(|task| task.slot == 1).expect("it lives");
    scene.observe(first.id, TaskState::Failed);
    scene.pass(1300, &mut |_| None);
    let live = scene.live();
    let second = live.iter().find(|task| task.slot == 2).expect("it lives");
    scene.observe(second.id, TaskState::Running);
    scene.pass(499, &mut |_| None);
    assert_eq!(scene.state(), Some(UpdateState::Updating));
    scene.pass(1, &mut |_| None);
    assert_eq!(scene.state(), Some(UpdateState::Completed));
}

#[test]
fn a_new_leader_goes_on_and_no_timer_of_the_old_one_stays() {
    let mut scene = Scene::new(spec(3, "v:1", config(60_000, 2000)));
    scene.set_image("v:2");
    scene.pass(100, &mut obedient);
    assert_eq!(slots_with(&scene, "v:2"), [1]);
    scene.swarm.restart_leader();
    scene.pass(100, &mut obedient);
    assert_eq!(slots_with(&scene, "v:2"), [1, 2]);
    assert_eq!(scene.swarm.kernel.queue.len(), 1);
    scene.pass(300_000, &mut obedient);
    assert_eq!(slots_with(&scene, "v:2"), [1, 2, 3]);
    assert_eq!(scene.state(), Some(UpdateState::Completed));
}

#[test]
fn the_timers_of_a_removed_service_go_with_it() {
    let mut scene = Scene::new(spec(3, "v:1", config(60_000, 2000)));
    scene.set_image("v:2");
    scene.pass(100, &mut obedient);
    assert_eq!(scene.swarm.kernel.queue.len(), 1);
    let service = scene.service;
    scene.write(|tx| tx.delete_service(service));
    assert!(scene.swarm.kernel.queue.is_empty());
}

#[test]
fn a_start_first_update_has_at_most_as_many_extra_tasks_as_it_is_parallel() {
    let update = UpdateConfig {
        parallelism: 2,
        order: UpdateOrder::StartFirst,
        ..config(100, 1000)
    };
    let mut scene = Scene::new(spec(5, "v:1", update));
    scene.set_image("v:2");
    let mut most = 0;
    for _ in 0..200 {
        let live = scene.live();
        most = most.max(live.len());
        let begin = scene.now();
        for task in live {
            if task.desired_state == TaskState::Running && task.status.state == TaskState::New {
                scene.observe(task.id, TaskState::Running);
            }
        }
        scene.swarm.run_until(begin + 10 * MILLISECOND);
    }
    assert_eq!(most, 7);
    assert_eq!(slots_with(&scene, "v:2"), [1, 2, 3, 4, 5]);
    assert_eq!(scene.live().len(), 5);
}
