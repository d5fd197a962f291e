//! The comparison with recordings notices what is wrong in them.

use swarmlab_core::model::TaskState;
use xtask::conformance::recordings::{Recording, Step, UpdateStatus, judge};
use xtask::conformance::{Source, Verdict};

/// Recordings that agree, one of a kind.
const NAMES: [&str; 6] = [
    "a-scale-3-6-2-anynode",
    "b-update-default-3",
    "c-fail-rollback-3",
    "h-spread-zones-3+1-10",
    "j-restart-any-default-exit1",
    "q-rollback-command",
];

fn recordings() -> Vec<Recording> {
    let recordings = Source::own().recordings().expect("readable data");
    recordings
        .into_iter()
        .filter(|recording| NAMES.contains(&recording.name.as_str()) && recording.run == 1)
        .collect()
}

/// Every recording that an edit changes has to disagree after it.
fn is_noticed(edit: impl Fn(&mut Recording) -> bool) {
    let mut changed = 0;
    for mut recording in recordings() {
        if edit(&mut recording) {
            changed += 1;
            let verdict = judge(&recording);
            assert!(
                matches!(verdict, Verdict::Disagree(_)),
                "{}: {verdict:?}",
                recording.name
            );
        }
    }
    assert!(changed > 0, "the edit changed nothing");
}

#[test]
fn unchanged_recordings_agree() {
    let recordings = recordings();
    assert_eq!(recordings.len(), NAMES.len());
    for recording in recordings {
        assert_eq!(judge(&recording), Verdict::Agree, "{}", recording.name);
    }
}

#[test]
fn a_task_that_is_missing_or_too_much_is_noticed() {
    is_noticed(|recording| recording.tasks.pop().is_some());
    is_noticed(|recording| {
        let mut task = recording.tasks[0].clone();
        task.changes.truncate(3);
        recording.tasks.push(task);
        true
    });
}

#[test]
fn changed_states_and_texts_of_a_task_are_noticed() {
    is_noticed(|recording| {
        let change = recording.tasks[0].changes.last_mut();
        change.is_some_and(|change| {
            change.message.push_str(" nonsense");
            true
        })
    });
    is_noticed(|recording| {
        let changes = recording
            .tasks
            .iter_mut()
            .flat_map(|task| &mut task.changes);
        let mut errors = changes.filter(|change| change.err.contains("non-zero exit (1)"));
        errors.next().is_some_and(|change| {
            change.err = "task: non-zero exit (2)".to_owned();
            true
        })
    });
    is_noticed(|recording| {
        let running = |change: &&mut _| {
            let change: &xtask::conformance::recordings::TaskChange = change;
            change.state == TaskState::Running
        };
        let mut changes = recording.tasks[0].changes.iter_mut();
        changes.find(running).is_some_and(|change| {
            change.state = TaskState::Complete;
            true
        })
    });
    is_noticed(|recording| {
        let changes = &mut recording.tasks[0].changes;
        for change in changes {
            change.desired = TaskState::Ready;
        }
        true
    });
}

#[test]
fn a_placement_that_no_decision_of_ties_makes_is_noticed() {
    is_noticed(|recording| {
        for task in &mut recording.tasks {
            for change in task
                .changes
                .iter_mut()
                .filter(|change| !change.node.is_empty())
            {
                "swarm-manager1".clone_into(&mut change.node);
            }
        }
        true
    });
}

#[test]
fn a_delay_of_the_managers_that_is_longer_is_noticed() {
    is_noticed(|recording| {
        let mut changed = false;
        for task in &mut recording.tasks {
            let first = task.changes.first().map(|change| change.desired);
            if first != Some(TaskState::Ready) {
                continue;
            }
            // The start of a task that waited, and all that followed, a second later.
            for change in &mut task.changes {
                if change.desired > TaskState::Ready {
                    change.t += 1.0;
                    change.at += 1.0;
                    changed = true;
                }
            }
        }
        changed
    });
}

#[test]
fn what_was_printed_is_noticed() {
    is_noticed(|recording| {
        let mut steps = recording.steps.iter_mut();
        steps.any(|step| match step {
            Step::Command {
                stdout,
                unsettled: false,
                ..
            } if stdout.contains("Running") => {
                *stdout = stdout.replacen("Running", "Walking", 1);
                true
            }
            _ => false,
        })
    });
    is_noticed(|recording| {
        let mut steps = recording.steps.iter_mut();
        steps.any(|step| match step {
            Step::Command { exit_code, .. } => {
                *exit_code += 1;
                true
            }
            Step::Fault { .. } => false,
        })
    });
}

#[test]
fn the_status_of_an_update_is_noticed() {
    is_noticed(|recording| {
        let mut statuses = recording
            .services
            .iter_mut()
            .map(|change| &mut change.update_status);
        statuses.any(|status| {
            let Some(UpdateStatus { state, .. }) =
                status.as_mut().filter(|s| s.state != "updating")
            else {
                return false;
            };
            "paused".clone_into(state);
            true
        })
    });
}
