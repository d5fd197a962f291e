//! What tasks, services and nodes went through, in a form in which two runs can be compared.
//!
//! A story is a list of moments. An agent reports what it last saw about every 100 ms, so the states
//! between ASSIGNED and RUNNING may be missing in a store: they all count as ASSIGNED.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use swarmlab_core::model::TaskState;

use super::recording::{NodeAtStart, NodeChange, RecordedTask, ServiceChange, TaskChange};
use super::texts::mask_ids;
use crate::conformance::Difference;

/// Times may differ by so much.
const TOLERANCE_S: f64 = 0.7;
/// What holds no longer than this may not be told at all, if it may be overtaken.
const PASSING_S: f64 = 0.3;

/// How the error of a container begins whose network was gone when it was stopped.
const NETWORK_ERROR: &str = "error while removing network: unknown network";

/// Whether a task was stopped and could not give up its network, which was removed meanwhile.
pub fn is_stopped_without_network(change: &TaskChange) -> bool {
    change.desired >= TaskState::Shutdown && change.err.starts_with(NETWORK_ERROR)
}

/// What something was at a moment, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    pub t: f64,
    pub text: String,
    /// Whether it is up to chance that it was told at all, if the next came soon.
    pub may_be_overtaken: bool,
}

/// A story by the name of its hero.
pub type Stories = BTreeMap<String, Vec<Moment>>;

fn tell(story: &mut Vec<Moment>, t: f64, text: String) {
    if story.last().is_none_or(|last| last.text != text) {
        story.push(Moment {
            t,
            text,
            may_be_overtaken: false,
        });
    }
}

/// The story of one task: what was wanted of it, and what became of it. What is wanted and what is
/// observed is written by different components, so their order counts by its times alone.
fn of_task(task: &RecordedTask, tells_node: bool) -> [Vec<Moment>; 2] {
    let (mut wishes, mut states) = (Vec::new(), Vec::new());
    let mut assigned = String::new();
    for change in &task.changes {
        tell(&mut wishes, change.t, format!("{} wanted", change.desired));
        let node = if tells_node && !change.node.is_empty() {
            format!(" on {}", change.node)
        } else {
            String::new()
        };
        let mut text = format!("{} ({}){node}", change.state, change.message);
        if !change.err.is_empty() {
            let _ = write!(text, ", {}", mask_ids(&change.err));
        }
        if change.state > TaskState::Running {
            let _ = write!(text, ", exit {}", change.exit_code.unwrap_or(0));
        }
        if change.state == TaskState::Assigned {
            assigned.clone_from(&text);
        } else if (TaskState::Accepted..TaskState::Running).contains(&change.state) {
            text.clone_from(&assigned);
        }
        tell(&mut states, change.t, text);
        // Which of several rounds of the scheduler finds which node free is up to chance.
        let has_reason = change.state == TaskState::Pending && !change.err.is_empty();
        if let Some(last) = states.last_mut().filter(|_| has_reason) {
            last.may_be_overtaken = true;
        }
    }
    if let Some(t) = task.deleted {
        tell(&mut states, t, "deleted".to_owned());
    }
    [wishes, states]
}

/// What a task went through, without times, nodes and reasons for waiting.
pub fn kind(task: &RecordedTask) -> String {
    let [wishes, states] = of_task(task, false);
    let states = states
        .iter()
        .filter(|moment| !moment.may_be_overtaken && moment.text != "deleted");
    let texts = wishes
        .iter()
        .chain(states)
        .map(|moment| moment.text.as_str());
    texts.collect::<Vec<_>>().join("; ")
}

/// The tasks by service, place and number there.
pub fn of_tasks(tasks: &[RecordedTask]) -> Stories {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut stories = Stories::new();
    for task in tasks {
        let place = format!("{}.{}", task.service, task.place());
        let count = counts.entry(place.clone()).or_default();
        *count += 1;
        let name = format!("task {count} of {place} ({})", task.image);
        let [wishes, states] = of_task(task, true);
        stories.insert(format!("{name}, wanted"), wishes);
        stories.insert(name, states);
    }
    stories
}

/// The services by name.
pub fn of_services(changes: &[ServiceChange]) -> Stories {
    let mut stories = Stories::new();
    for change in changes {
        let story = stories
            .entry(format!("service {}", change.service))
            .or_default();
        let mut text = format!("{} {}", change.action, change.mode.replace('_', "-"));
        if change.action == "remove" {
            "removed".clone_into(&mut text);
        } else {
            "there, ".clone_into(&mut text);
            text.push_str(&change.mode.replace('_', "-"));
            if let Some(replicas) = change.replicas.filter(|_| change.mode == "replicated") {
                let _ = write!(text, " {replicas}");
            }
            if let Some(status) = &change.update_status {
                let _ = write!(text, ", {}: {}", status.state, mask_ids(&status.message));
            }
        }
        tell(story, change.t, text);
        // An update may be finished just before it is overtaken by the next.
        if let Some(last) = story.last_mut() {
            last.may_be_overtaken = true;
        }
    }
    stories
}

/// The nodes of the beginning, by hostname. What they were then is not told, nor what changes
/// nothing of this, nor that a node is unknown for the moment in which it opens a session.
pub fn of_nodes(changes: &[NodeChange], nodes: &[NodeAtStart]) -> Stories {
    let mut stories = Stories::new();
    let at_start = nodes
        .iter()
        .map(|node| (node.hostname.as_str(), text_at_start(node)));
    let mut seen: BTreeMap<&str, String> = at_start.collect();
    // A machine that joins again is another node, of which nothing is told.
    let mut others: BTreeSet<&str> = BTreeSet::new();
    for change in changes {
        let is_other = change.action == "create" && change.t > 0.0;
        if let Some(nid) = change.nid.as_deref().filter(|_| is_other) {
            others.insert(nid);
        }
        if change
            .nid
            .as_deref()
            .is_some_and(|nid| others.contains(nid))
        {
            continue;
        }
        if change.state == "unknown" || !seen.contains_key(change.node.as_str()) {
            continue;
        }
        let text = if change.action == "remove" {
            "removed".to_owned()
        } else {
            text_of_node(change)
        };
        let before = seen.insert(&change.node, text.clone());
        if change.action == "create" || before.as_ref() == Some(&text) {
            continue;
        }
        let story = stories.entry(format!("node {}", change.node)).or_default();
        tell(story, change.t, text);
    }
    stories
}

fn text_at_start(node: &NodeAtStart) -> String {
    text_of_node(&NodeChange {
        role: node.role.clone(),
        desired_role: node.role.clone(),
        availability: node.availability.clone(),
        state: "ready".to_owned(),
        labels: node.labels.clone(),
        ..NodeChange::default()
    })
}

fn text_of_node(node: &NodeChange) -> String {
    format!(
        "{} (to be {}), {}, {} ({}), {:?}",
        node.role, node.desired_role, node.availability, node.state, node.message, node.labels
    )
}

/// Tells of tasks that could not give up a network while they were stopped what they were told to be.
/// Says whether there were any.
pub fn forgive_networks(stories: &mut Stories) -> bool {
    let mut was_there = false;
    for moment in stories.values_mut().flatten() {
        if let Some((before, _)) = moment.text.split_once(&format!(", {NETWORK_ERROR}"))
            && let Some((_, node)) = before.split_once(')')
        {
            moment.text = format!("shutdown (shutdown){node}, exit 0");
            was_there = true;
        }
    }
    was_there
}

/// The service that a story is about: `web` of `task 2 of web.1 (app:1)` and of `service web`.
pub fn service_of(name: &str) -> Option<&str> {
    if let Some(service) = name.strip_prefix("service ") {
        return Some(service);
    }
    let (_, task) = name.strip_prefix("task ")?.split_once(" of ")?;
    task.split('.').next()
}

/// Forgets what happened to a hero from a moment on.
pub fn cut(stories: &mut Stories, name: &str, from: f64) {
    if let Some(story) = stories.get_mut(name) {
        story.retain(|moment| moment.t < from - PASSING_S);
    }
}

/// What differs. What happened just before the end may be missing on one side.
pub fn compare(expected: &Stories, actual: &Stories, end: f64) -> Vec<Difference> {
    let names: BTreeSet<&String> = expected.keys().chain(actual.keys()).collect();
    let empty = Vec::new();
    let of = |name: &String| {
        let expected: &Vec<Moment> = expected.get(name).unwrap_or(&empty);
        compare_story(name, expected, actual.get(name).unwrap_or(&empty), end)
    };
    names.into_iter().filter_map(of).collect()
}

fn compare_story(
    name: &str,
    expected: &[Moment],
    actual: &[Moment],
    end: f64,
) -> Option<Difference> {
    let is_late =
        |moment: Option<&Moment>| moment.is_some_and(|moment| moment.t > end - TOLERANCE_S);
    let is_same = |left: &Moment, right: &Moment| {
        left.text == right.text && (left.t - right.t).abs() <= TOLERANCE_S
    };
    let is_passing = |story: &[Moment], at: usize| match story.get(at..at + 2) {
        Some([now, next]) => now.may_be_overtaken && next.t - now.t < PASSING_S,
        _ => false,
    };
    let (mut i, mut j) = (0, 0);
    loop {
        match (expected.get(i), actual.get(j)) {
            (Some(left), Some(right)) if is_same(left, right) => {
                i += 1;
                j += 1;
            }
            _ if is_passing(expected, i) => i += 1,
            _ if is_passing(actual, j) => j += 1,
            (None, None) => return None,
            (left, right) if left.is_none() || right.is_none() => {
                if is_late(left) || is_late(right) {
                    return None;
                }
                break;
            }
            _ => break,
        }
    }
    let show = |story: &[Moment], from: usize| {
        let rest = story.iter().skip(from.saturating_sub(1)).take(5);
        let rest: Vec<String> = rest
            .map(|moment| format!("{:.2} {}", moment.t, moment.text))
            .collect();
        format!("(from {from}) {}", rest.join("; "))
    };
    Some(Difference {
        what: name.to_owned(),
        expected: show(expected, i),
        actual: show(actual, j),
    })
}
