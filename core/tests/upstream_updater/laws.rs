//! Laws of updates, for random services, configs, agents and failures.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use swarmlab_core::model::{
    FailureAction, RestartCondition, Task, TaskState, UpdateConfig, UpdateOrder, UpdateState,
};
use swarmlab_core::rng::Stream;
use swarmlab_core::time::MILLISECOND;

use crate::support::{Scene, set_restart, spec};

/// An agent looks this often, and sometimes does the next thing for a task.
const LOOK_MS: u64 = 100;
/// An update of a few tasks is over after so many looks.
const LOOKS_MAX: usize = 3000;

prop_compose! {
    fn config()(
        parallelism in 0..4_u64,
        delay_ms in prop_oneof![Just(0), 1..3000_u64],
        monitor_ms in 100..5000_u64,
        failure_action in prop_oneof![
            Just(FailureAction::Pause),
            Just(FailureAction::Continue),
            Just(FailureAction::Rollback),
        ],
        ratio in prop_oneof![Just(0.0_f32), Just(0.3), Just(1.0)],
        order in prop_oneof![Just(UpdateOrder::StopFirst), Just(UpdateOrder::StartFirst)],
    ) -> UpdateConfig {
        UpdateConfig {
            parallelism,
            delay_ns: delay_ms * MILLISECOND,
            failure_action,
            monitor_ns: monitor_ms * MILLISECOND,
            max_failure_ratio: ratio,
            order,
        }
    }
}

/// Random agents: at each look some tasks go on. `fails` says which of the new tasks fail, in order
/// of their start.
struct Agents {
    chance: Stream,
    fails: Vec<bool>,
    starts: usize,
}

impl Agents {
    fn look(&mut self, scene: &mut Scene) {
        for task in scene.tasks() {
            if self.chance.below(3) > 0 {
                continue;
            }
            if let Some(state) = self.next(&task) {
                scene.observe(task.id, state);
            }
        }
        let moment = scene.now() + LOOK_MS * MILLISECOND;
        scene.swarm.run_until(moment);
    }

    fn next(&mut self, task: &Task) -> Option<TaskState> {
        let state = task.status.state;
        if task.desired_state > TaskState::Running {
            return (state <= TaskState::Running).then_some(TaskState::Shutdown);
        }
        if task.desired_state < TaskState::Running || state >= TaskState::Running {
            return None;
        }
        if task.spec.container.image == "v:2" {
            self.starts += 1;
            if self.fails.get(self.starts - 1) == Some(&true) {
                return Some(TaskState::Failed);
            }
        }
        Some(TaskState::Running)
    }
}

fn slots(tasks: &[Arc<Task>], is_meant: impl Fn(&Task) -> bool) -> BTreeSet<u64> {
    let tasks = tasks.iter().filter(|task| is_meant(task));
    tasks.map(|task| task.slot).collect()
}

fn is_running(task: &Task) -> bool {
    task.status.state == TaskState::Running
}

/// Which state of an update may follow which within one update.
fn may_follow(old: UpdateState, new: UpdateState) -> bool {
    use UpdateState::{
        Completed, Paused, RollbackCompleted, RollbackPaused, RollbackStarted, Updating,
    };
    match old {
        Updating => matches!(new, Paused | Completed | RollbackStarted),
        RollbackStarted => matches!(new, RollbackPaused | RollbackCompleted),
        // A run that repairs what is left is an update without a status of its own.
        Completed => matches!(new, Paused | RollbackStarted),
        RollbackCompleted => matches!(new, Completed | Paused | RollbackStarted),
        RollbackPaused => matches!(new, Completed | Paused),
        Paused => matches!(new, Completed),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn an_update_without_failures_replaces_everything_so_many_slots_at_a_time(
        replicas in 1..7_u64,
        config in config(),
        seed in any::<u64>(),
    ) {
        let mut scene = Scene::new(spec(replicas, "v:1", config));
        let mut agents = Agents { chance: Stream::new(seed, "agents"), fails: Vec::new(), starts: 0 };
        scene.set_image("v:2");
        let most = match config.parallelism {
            0 => replicas,
            parallelism => parallelism,
        };
        let mut is_complete = false;
        for _ in 0..LOOKS_MAX {
            let tasks = scene.tasks();
            let running = slots(&tasks, is_running);
            let coming = slots(&tasks, |task| {
                task.spec.container.image == "v:2" && task.status.state < TaskState::Running
            });
            prop_assert!(coming.len() as u64 <= most, "{coming:?}");
            match config.order {
                UpdateOrder::StopFirst => {
                    prop_assert!(replicas - running.len() as u64 <= most, "{running:?}");
                }
                UpdateOrder::StartFirst => prop_assert_eq!(running.len() as u64, replicas),
            }
            if scene.state() == Some(UpdateState::Completed) {
                is_complete = true;
                break;
            }
            agents.look(&mut scene);
        }
        prop_assert!(is_complete, "{:?}", scene.status());
        let live = scene.live();
        prop_assert_eq!(live.len() as u64, replicas);
        for task in live {
            prop_assert_eq!(&task.spec.container.image, "v:2");
            prop_assert_eq!(task.desired_state, TaskState::Running);
            prop_assert_eq!(task.status.state, TaskState::Running);
        }
    }

    #[test]
    fn states_follow_each_other_as_they_may_and_what_is_paused_stays(
        replicas in 1..7_u64,
        config in config(),
        seed in any::<u64>(),
        fails in prop::collection::vec(any::<bool>(), 0..8),
    ) {
        let mut first = spec(replicas, "v:1", config);
        set_restart(&mut first, RestartCondition::Any, 500, 0);
        first.rollback = Some(UpdateConfig { failure_action: FailureAction::Pause, ..config });
        let mut scene = Scene::new(first);
        let mut agents = Agents { chance: Stream::new(seed, "agents"), fails, starts: 0 };
        scene.set_image("v:2");
        let mut last = None;
        let mut quiet_looks = 0;
        for _ in 0..LOOKS_MAX {
            let state = scene.state();
            if let (Some(old), Some(new)) = (last, state) && old != new {
                prop_assert!(may_follow(old, new), "{old:?} {new:?}");
            }
            prop_assert!(last.is_none() || state.is_some(), "the status is gone");
            last = state;
            // In so many looks every agent does something.
            quiet_looks = if scene.swarm.kernel.queue.is_empty() { quiet_looks + 1 } else { 0 };
            if quiet_looks > 100 {
                break;
            }
            agents.look(&mut scene);
        }
        prop_assert!(quiet_looks > 100, "it comes to rest");
        let live = scene.live();
        prop_assert_eq!(slots(&live, |_| true).len() as u64, replicas);
        // Where an update with the new task first was stopped, a slot may hold two.
        if matches!(scene.state(), Some(UpdateState::Completed | UpdateState::RollbackCompleted)) {
            prop_assert_eq!(live.len() as u64, replicas);
        }
        // The repair of what a rollback has left is called an update too.
        let wanted = &scene.object().spec.task;
        match scene.state() {
            Some(UpdateState::Completed | UpdateState::RollbackCompleted) => {
                prop_assert!(live.iter().all(|task| task.spec == *wanted), "{live:?}");
            }
            Some(UpdateState::Paused | UpdateState::RollbackPaused) => {}
            other => prop_assert!(false, "it ends in {other:?}"),
        }
    }
}
