//! What a recorded swarm left to chance and to its machines, for a run that follows it.
//!
//! Durations of what an engine does reach up to the moment at which it was written, so that batches
//! of reports are those of the recording. They are never moments: what the managers wait for has to
//! come from the model.

use swarmlab_core::kernel::{Choices, TaskChoice};
use swarmlab_core::model::TaskState;
use swarmlab_core::time::SimTime;

use super::programs::Programs;
use super::recording::{RecordedTask, Recording};

/// Until an agent hears of a change: assignments are sent in batches.
const DISPATCH_S: f64 = 0.1;
/// Reports are gathered for so long before they are written (`FOLLOWED_REPORT_NS`).
const GATHERING_S: f64 = 0.02;
/// An agent that is interrupted in something pauses before it goes on.
const PAUSE_S: f64 = 1.0;
/// How long a process that nobody saw running took to start.
const UNSEEN_START_S: f64 = 0.1;

/// The choices of a recording.
pub fn of(recording: &Recording) -> Choices {
    let programs = Programs::of(recording);
    let mut choices = Choices::default();
    for task in &recording.tasks {
        let place = (task.service.clone(), task.place());
        choices.push(place, choice(task, &programs));
    }
    for change in recording
        .node_changes
        .iter()
        .filter(|change| change.state == "down")
    {
        choices.push_down(change.node.clone(), moment(change.t));
    }
    choices
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

fn choice(task: &RecordedTask, programs: &Programs) -> TaskChoice {
    let seen = |state: TaskState| {
        let mut changes = task.changes.iter();
        let change = changes.find(|change| change.state == state)?;
        Some(change.t - GATHERING_S)
    };
    let first_of = |is: &dyn Fn(&super::TaskChange) -> bool| {
        let mut changes = task.changes.iter();
        changes.find(|change| is(change)).map(|change| change.t)
    };
    let heard_of = |t: Option<f64>| t.map(|t| t + DISPATCH_S);
    let begun_at = heard_of(first_of(&|change| change.state >= TaskState::Assigned));
    let wanted_at = heard_of(first_of(&|change| change.desired >= TaskState::Running));
    let running_at = seen(TaskState::Running);
    let half_way = begun_at
        .zip(running_at)
        .map(|(from, to)| f64::midpoint(from, to));
    let ready_at = seen(TaskState::Ready)
        .or_else(|| seen(TaskState::Starting))
        .or(half_way);
    let started_from = ready_at
        .zip(wanted_at)
        .map(|(ready, wanted)| ready.max(wanted));
    let between = |from: Option<f64>, to: Option<f64>| nanoseconds(to? - from?);
    let is_checked = programs.has_health_check(&task.service);
    let mut start_ns = between(started_from, running_at).filter(|_| !is_checked);
    let mut end = None;
    if let Some(last) = task.changes.iter().find(|change| is_end(change.state))
        && programs.may_end(&task.service, &task.image)
    {
        let process_at = running_at.filter(|_| !is_checked).or_else(|| {
            start_ns = nanoseconds(UNSEEN_START_S);
            Some(started_from? + UNSEEN_START_S)
        });
        let code = last.exit_code.unwrap_or(0);
        end = between(process_at, Some(last.t - GATHERING_S)).map(|ns| (ns, code));
    }
    let mut nodes = task.changes.iter().rev().map(|change| change.node.as_str());
    TaskChoice {
        image: task.image.clone(),
        node: nodes.find(|node| !node.is_empty()).map(str::to_owned),
        created_at: moment(task.changes.first().map_or(0.0, |change| change.t)),
        create_ns: between(begun_at, ready_at),
        start_ns,
        end,
        stop: stop(task),
    }
}

/// Whether a process that ends by itself had ended at the latest in a state.
fn is_end(state: TaskState) -> bool {
    matches!(
        state,
        TaskState::Failed | TaskState::Complete | TaskState::Shutdown
    )
}

/// How long the process took to end when it was told to, and its code.
fn stop(task: &RecordedTask) -> Option<(u64, i32)> {
    let mut changes = task.changes.iter();
    let shutdown = changes.find(|change| change.state == TaskState::Shutdown)?;
    let told = task
        .changes
        .iter()
        .position(|c| c.desired >= TaskState::Shutdown)?;
    let before = task.changes[..told].last()?;
    // Who waits to be started is not interrupted in anything.
    let waits = before.state == TaskState::Ready && before.desired == TaskState::Ready;
    let pause_s = if waits { 0.0 } else { PAUSE_S };
    let from = task.changes[told].t + DISPATCH_S + pause_s;
    let code = shutdown.exit_code.unwrap_or(0);
    Some((nanoseconds(shutdown.t - GATHERING_S - from)?, code))
}
