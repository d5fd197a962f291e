//! What a recorded swarm left to chance and to its machines, for a run that follows it.
//!
//! Durations of what managers wait for reach up to the moment at which it was written, so that
//! batches of reports are those of the recording. They are never moments: what the managers wait for has to
//! come from the model.

use std::collections::BTreeMap;

use swarmlab_core::kernel::{Choices, Failure, TaskChoice};
use swarmlab_core::model::TaskState;
use swarmlab_core::scenario::{Duration, Health};
use swarmlab_core::time::SimTime;

use super::assignments::Assignments;
use super::programs::Programs;
use super::recording::{NewLeader, RecordedTask, Recording, TaskChange};
use super::{losses, stories};

/// Reports are gathered for so long before they are written (`FOLLOWED_REPORT_NS`).
const GATHERING_S: f64 = 0.02;
/// An agent that is interrupted in something pauses before it goes on.
const PAUSE_S: f64 = 1.0;
/// A new leader was seen at most so long after it took over.
const SEEN_LEADING_S: f64 = 2.0;
/// How long a process takes to start whose health is checked (`Timing`).
const CHECKED_START_S: f64 = 0.4;
/// How long a process that nobody saw running took to start.
const UNSEEN_START_S: f64 = 0.1;

/// What a task is read with.
struct Context {
    programs: Programs,
    assignments: Assignments,
}

/// The choices of a recording.
pub fn of(recording: &Recording) -> Choices {
    let context = Context {
        programs: Programs::of(recording),
        assignments: Assignments::of(recording),
    };
    let mut choices = Choices::default();
    for task in &recording.tasks {
        let place = (task.service.clone(), task.place());
        choices.push(place, context.choice(task));
    }
    // What a node was before: all are ready at the beginning.
    let mut states: BTreeMap<(&str, Option<&str>), &str> = BTreeMap::new();
    for change in &recording.node_changes {
        let node = (change.node.as_str(), change.nid.as_deref());
        let before = states.insert(node, &change.state).unwrap_or("ready");
        match change.state.as_str() {
            "down" if before != "down" => {
                choices.push_down(change.node.clone(), moment(change.t));
            }
            "ready" if before != "ready" => {
                choices.push_session(change.node.clone(), moment(change.t));
            }
            _ => {}
        }
    }
    for leader in &recording.leaders {
        choices.push_election(moment(led_from(recording, leader)), leader.node.clone());
    }
    for (hostname, _) in losses::stuck(recording) {
        choices.push_stuck(hostname.to_owned());
    }
    choices
}

/// When a leader took over. That it leads was seen when somebody asked; the first thing that it
/// does is to mark all nodes.
fn led_from(recording: &Recording, leader: &NewLeader) -> f64 {
    let mut changes = recording.node_changes.iter();
    let marks = changes.find(|change| {
        change.state == "unknown" && (leader.t - SEEN_LEADING_S..=leader.t).contains(&change.t)
    });
    marks.map_or(leader.t, |change| change.t)
}

/// A moment of a recording.
pub fn moment(seconds: f64) -> SimTime {
    SimTime(nanoseconds(seconds).unwrap_or(0))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is negative was cut off before, and recordings are short"
)]
fn nanoseconds(seconds: f64) -> Option<u64> {
    seconds
        .is_finite()
        .then(|| (seconds.max(0.0) * 1e9).round() as u64)
}

impl Context {
    fn choice(&self, task: &RecordedTask) -> TaskChoice {
        let programs = &self.programs;
        let first = |is: &dyn Fn(&TaskChange) -> bool| {
            let mut changes = task.changes.iter();
            changes.find(|change| is(change)).cloned()
        };
        let observed = |state: TaskState| first(&|change| change.state == state);
        let heard_of = |change: Option<TaskChange>| {
            change.map(|change| self.assignments.heard_at(node_of(task), change.t))
        };
        let begun_at = heard_of(first(&|change| change.state >= TaskState::Assigned));
        let wanted_at = heard_of(first(&|change| change.desired >= TaskState::Running));
        let running_at = observed(TaskState::Running).map(|change| {
            // Of a wait that was interrupted at once only the interruption is known.
            if change.exit_code == Some(-1) {
                change.at - GATHERING_S
            } else {
                change.t - GATHERING_S
            }
        });
        let starting_at = observed(TaskState::Starting).map(|change| change.at);
        let half_way = begun_at
            .zip(running_at)
            .map(|(from, to)| f64::midpoint(from, to));
        let ready_at = observed(TaskState::Ready).map(|change| change.at);
        let ready_at = ready_at.or(starting_at).or(half_way);
        let started_from = starting_at.or_else(|| Some(ready_at?.max(wanted_at?)));
        let between = |from: Option<f64>, to: Option<f64>| nanoseconds(to? - from?);
        let is_checked = programs.has_health_check(&task.service);
        let mut start_ns = between(started_from, running_at).filter(|_| !is_checked);
        let mut end = None;
        if let Some(last) = first(&|change| is_end(change.state))
            && !stories::is_stopped_without_network(&last)
            && programs.may_end(&task.service, &task.image)
        {
            let process_at = running_at.filter(|_| !is_checked).or_else(|| {
                start_ns = nanoseconds(UNSEEN_START_S);
                Some(started_from? + UNSEEN_START_S)
            });
            let code = last.exit_code.unwrap_or(0);
            end = between(process_at, Some(last.t - GATHERING_S)).map(|ns| (ns, code));
        }
        let node = node_of(task);
        let ended = task
            .changes
            .iter()
            .find(|change| change.state > TaskState::Running);
        let failure = ended
            .filter(|change| running_at.is_none() && is_of_the_engine(change))
            .and_then(|change| {
                let is_start = change.state == TaskState::Failed;
                let from = if is_start {
                    started_from.or(begun_at)
                } else {
                    begun_at
                };
                Some(Failure {
                    is_start,
                    after_ns: between(from, Some(change.t - GATHERING_S))?,
                    // The model knows the images that are nowhere.
                    err: (!change.err.starts_with("No such image")).then(|| change.err.clone()),
                    code: change.exit_code.unwrap_or(0),
                })
            });
        let health = is_checked.then(|| match (starting_at, observed(TaskState::Running)) {
            (Some(from), Some(running)) => {
                let age = nanoseconds(running.at - from - CHECKED_START_S);
                Health::PassesAfter(Duration(age.unwrap_or(0)))
            }
            _ => Health::Never,
        });
        TaskChoice {
            failure,
            health,
            image: task.image.clone(),
            node: (!node.is_empty()).then(|| node.to_owned()),
            created_at: moment(task.changes.first().map_or(0.0, |change| change.t)),
            create_ns: between(begun_at, ready_at),
            start_ns,
            end,
            stop: self.stop(task),
        }
    }

    /// How long the process took to end when it was told to, and its code.
    fn stop(&self, task: &RecordedTask) -> Option<(u64, i32)> {
        let mut changes = task.changes.iter();
        let shutdown = changes.find(|change| {
            change.state == TaskState::Shutdown || stories::is_stopped_without_network(change)
        })?;
        let told = task
            .changes
            .iter()
            .position(|c| c.desired >= TaskState::Shutdown)?;
        let before = task.changes[..told].last()?;
        // Who waits to be started, or is just being started, is not interrupted in anything.
        let waits = before.state == TaskState::Ready && before.desired == TaskState::Ready;
        let pause_s = if waits || before.state == TaskState::Starting {
            0.0
        } else {
            PAUSE_S
        };
        let told_at = self
            .assignments
            .heard_at(node_of(task), task.changes[told].t);
        let code = shutdown.exit_code.unwrap_or(0);
        Some((
            nanoseconds(shutdown.t - GATHERING_S - told_at - pause_s)?,
            code,
        ))
    }
}

/// Whether a task ended because its engine could not make or start its container.
fn is_of_the_engine(change: &TaskChange) -> bool {
    change.state == TaskState::Rejected && !change.message.contains("constraint enforcer")
        || change.state == TaskState::Failed && change.err.starts_with("starting container failed")
}

/// The hostname of the node of a task; empty if it never had one.
fn node_of(task: &RecordedTask) -> &str {
    let mut nodes = task.changes.iter().rev().map(|change| change.node.as_str());
    nodes.find(|node| !node.is_empty()).unwrap_or_default()
}

/// Whether a process that ends by itself had ended at the latest in a state.
fn is_end(state: TaskState) -> bool {
    matches!(
        state,
        TaskState::Failed | TaskState::Complete | TaskState::Shutdown
    )
}
