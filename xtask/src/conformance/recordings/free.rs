//! A run with choices of the model's own: what does not depend on them is compared.
//!
//! Compared are the tasks of every service whenever the recorded swarm had settled: how many there
//! are in which condition, how many run on the nodes (in order of number), and their slots where
//! all runs of the recording agree in them; the states of updates in their order; what tasks of a
//! service that were stopped went through, each kind once; what lines print, but for the names of
//! nodes and for history. Nothing is compared where containers do what only their command line
//! says: the model knows images.

use std::collections::{BTreeMap, BTreeSet};

use super::picture::Pictures;
use swarmlab_core::model::TaskState;

use super::play::{Answer, Played};
use super::programs::Programs;
use super::{Findings, Recording, Step, answers, jobs, losses, stories, texts};
use crate::conformance::Difference;

/// Compares a recording with a free run.
pub fn compare(recording: &Recording, played: &Played, pictures: &[Option<Pictures>]) -> Findings {
    let mut findings = Findings::default();
    if !Programs::of(recording).are_plain() {
        return findings;
    }
    for (index, pictures) in pictures.iter().enumerate() {
        if let Some(pictures) = pictures {
            findings
                .unexplained
                .extend(compare_pictures(recording, index, pictures));
        }
    }
    let (expected, actual) = (updates(&recording.services), updates(&played.services));
    let update = Difference::between("free: updates", &expected, &actual);
    findings.unexplained.extend(update);
    // Where nodes are lost it is up to chance which tasks share their fate.
    if !losses::has_any(recording) {
        let (expected, actual) = (
            kinds(recording, &recording.tasks),
            kinds(recording, &played.tasks),
        );
        let kinds = Difference::between("free: what tasks go through", &expected, &actual);
        findings.unexplained.extend(kinds);
    }
    let steps = recording.steps.iter().zip(&played.answers).zip(pictures);
    for ((step, answer), pictures) in steps {
        if let (Some(answer), true) = (answer, pictures.is_some()) {
            compare_answers(recording, step, answer, &mut findings);
        }
    }
    findings
}

fn compare_pictures(recording: &Recording, index: usize, pictures: &Pictures) -> Vec<Difference> {
    let Pictures { expected, seen } = pictures;
    let step = &recording.steps[index];
    let mut differences = Vec::new();
    // What was true after the last line that changed something.
    let before = recording.steps[..index].iter().rev();
    let stable = before
        .filter_map(|step| match step {
            Step::Command {
                line,
                changes: true,
                ..
            } => Some(line),
            _ => None,
        })
        .map(|line| recording.stable_slots.get(line))
        .next()
        .flatten();
    for (name, expected) in expected.services() {
        let what = format!("free: {name} at {}", step.t());
        let Some(seen) = seen.service(name) else {
            differences.extend(Difference::between(what, "a service", "none"));
            continue;
        };
        differences.extend(Difference::between(&*what, &expected.tasks, &seen.tasks));
        differences.extend(Difference::between(&*what, &expected.update, &seen.update));
        if !is_uneven(recording, name) {
            let counts = Difference::between(&*what, &expected.counts(), &seen.counts());
            differences.extend(counts);
        }
        if stable.is_some_and(|stable| stable.contains_key(name)) {
            differences.extend(Difference::between(&*what, &expected.slots, &seen.slots));
        }
    }
    differences
}

/// Whether the division of a service over the nodes is up to chance: it has placement preferences,
/// or its new tasks are placed while the old ones still count.
fn is_uneven(recording: &Recording, service: &str) -> bool {
    recording.steps.iter().any(|step| {
        matches!(step, Step::Command { line, .. }
            if (line.contains("--placement-pref") || line.contains("start-first"))
                && line.split(' ').any(|word| word == service))
    })
}

/// The states that the updates of each service went through.
fn updates(changes: &[super::ServiceChange]) -> BTreeMap<&str, Vec<String>> {
    let mut updates: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for change in changes {
        let update = updates.entry(&change.service).or_default();
        let status = change.update_status.as_ref();
        let text = status.map_or(String::new(), |status| {
            format!("{}: {}", status.state, texts::mask_ids(&status.message))
        });
        if update.last() != Some(&text) {
            update.push(text);
        }
    }
    updates
}

/// What the tasks of each service go through that were stopped, each kind once. Where processes end
/// by themselves it is up to chance what they are in the middle of.
fn kinds(
    recording: &Recording,
    tasks: &[super::RecordedTask],
) -> BTreeMap<String, BTreeSet<String>> {
    let ends_by_itself = |task: &&super::RecordedTask| {
        let mut changes = task.changes.iter();
        changes
            .any(|change| change.state > TaskState::Running && change.state != TaskState::Shutdown)
    };
    let with_ends = recording.tasks.iter().filter(ends_by_itself);
    let mut with_ends: BTreeSet<&str> = with_ends.map(|task| task.service.as_str()).collect();
    with_ends.extend(jobs::removed(recording).keys());
    let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for task in tasks
        .iter()
        .filter(|task| !with_ends.contains(task.service.as_str()))
    {
        let last = task.changes.last().map(|change| change.state);
        if last > Some(TaskState::Running) {
            let kind = stories::kind(task);
            kinds.entry(task.service.clone()).or_default().insert(kind);
        }
    }
    kinds
}

fn compare_answers(recording: &Recording, step: &Step, answer: &Answer, findings: &mut Findings) {
    let Step::Command {
        t,
        line,
        exit_code,
        stdout,
        stderr,
        unsettled: false,
        ..
    } = step
    else {
        return;
    };
    // The tasks of a node depend on choices altogether.
    if line.starts_with("docker node ps") || answers::not_of_the_model(line).is_some() {
        return;
    }
    let what = format!("free: at {t} {line}");
    let code = Difference::between(&*what, &Some(*exit_code), &answer.exit_code);
    findings.unexplained.extend(code);
    for (expected, actual) in [(stdout, &answer.stdout), (stderr, &answer.stderr)] {
        let (expected, actual) = (masked(line, expected), masked(line, actual));
        let printed = texts::Printed {
            recording,
            t: *t,
            line,
        };
        texts::compare(printed, &what, [&expected, &actual], findings);
    }
}

/// A printed text without the names of the nodes on which tasks run and their slots: the rows of
/// tasks that are wanted, in the order of the text.
fn masked(line: &str, text: &str) -> String {
    let text = answers::in_order(line, &texts::mask(text));
    if !line.starts_with("docker service ps") && !line.starts_with("docker stack ps") {
        return text;
    }
    let mut lines = text.lines();
    let heading = lines.next().map(str::to_owned);
    // The history of a slot depends on which slots had what history.
    let live = |row: &&str| {
        ["Running", "Ready", "Complete"]
            .iter()
            .any(|wanted| row.contains(&format!("  {wanted}  ")))
    };
    let live = lines.filter(live).map(masked_row);
    let mut rows: Vec<String> = heading.into_iter().chain(live).collect();
    if let Some((_, rows)) = rows.split_first_mut() {
        rows.sort();
    }
    rows.join("\n")
}

fn masked_row(row: &str) -> String {
    let is_slot = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut masked = String::new();
    for word in row.replacen("\\_ ", "", 1).split_inclusive(' ') {
        let name = word.trim_end();
        let rest = &word[name.len()..];
        match name.rsplit_once('.') {
            _ if name.starts_with("swarm-worker") || name.starts_with("swarm-manager") => {
                masked.push_str("<node>");
            }
            Some((service, slot)) if !slot.is_empty() && is_slot(slot) => {
                masked.push_str(service);
                masked.push_str(".<slot>");
            }
            _ => masked.push_str(name),
        }
        masked.push_str(rest);
    }
    masked
}
