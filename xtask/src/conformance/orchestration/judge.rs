//! Compares what came of a vector with what was seen.
//!
//! Two things depend on the timing of the machine on which the data was made, and are not
//! compared: in which order preparing and letting go fell in a slot, and, for services that grow
//! at the same time, how many slots were on their way.

use std::collections::BTreeMap;

use swarmlab_core::model::TaskState;
use swarmlab_core::time::{MILLISECOND, SECOND, SimTime};

use super::play::{Play, is_new};
use super::{Expectation, Kind, Vector};
use crate::conformance::{Difference, Verdict, known};

/// An update that creates tasks for so long never settles.
const SETTLE_LIMIT_NS: u64 = 15 * SECOND;
/// Go's sort is stable for so many elements.
const STABLE_SORT_MAX: usize = 12;
/// The states after an event are looked at when so much time has passed.
const LOOK_AFTER_NS: u64 = 300 * MILLISECOND;

/// Plays a vector and compares.
pub(super) fn judge(vector: &Vector) -> Verdict {
    let seen = match vector.kind {
        Kind::ScaleDown | Kind::ScaleUp => scale(vector),
        Kind::Update => update(vector),
        Kind::Restart | Kind::NodeEvent => tasks(vector),
    };
    let mut first = None;
    for expected in &vector.expect {
        let differences = compare(vector, expected, &seen);
        if differences.is_empty() {
            return Verdict::Agree;
        }
        first.get_or_insert(differences);
    }
    let differences = first.unwrap_or_default();
    let is_only_spread = differences.iter().all(|what| what.what == "kept_multiset");
    if is_only_spread && is_sort_unstable(vector) && has_crowded_slot(vector) {
        return Verdict::Known(&known::UNSTABLE_SORT);
    }
    Verdict::of(differences)
}

fn number<T: TryInto<u32>>(count: T) -> u32 {
    count.try_into().unwrap_or(u32::MAX)
}

fn scale(vector: &Vector) -> Expectation {
    let mut play = Play::new(vector, vector.replicas_to);
    play.run_until(SimTime::ZERO);
    let kept = play.kept_per_node();
    let mut multiset: Vec<u32> = kept.values().copied().collect();
    multiset.sort_unstable_by(|a, b| b.cmp(a));
    let removed = play.tasks();
    let removed = removed
        .iter()
        .filter(|task| task.desired_state == TaskState::Remove);
    let mut removed: Vec<u64> = removed.map(|task| task.slot).collect();
    removed.sort_unstable();
    let initial = vector.tasks.len();
    let mut created: Vec<u64> = play
        .seen
        .created
        .iter()
        .skip(initial)
        .map(|task| task.slot)
        .collect();
    created.sort_unstable();
    Expectation {
        removed_slots: Some(removed),
        created_slots: Some(created),
        deleted_slots: Some(play.seen.deleted_slots.iter().copied().collect()),
        kept_per_node: Some(kept),
        kept_multiset: Some(multiset),
        ..Expectation::default()
    }
}

fn update(vector: &Vector) -> Expectation {
    let mut play = Play::new(vector, vector.replicas.unwrap_or(vector.replicas_to));
    play.run_until(SimTime::ZERO + SECOND);
    play.seen.created.clear();
    play.update();
    let end = play.swarm.kernel.now + SETTLE_LIMIT_NS;
    let is_quiet = play.run_until(end);
    let status_sequence = Some(play.seen.states.clone());
    if !is_quiet && play.seen.last_created_at + SECOND > end {
        return Expectation {
            never_settles: Some(true),
            status_sequence,
            ..Expectation::default()
        };
    }
    let created = &play.seen.created;
    let new_slots = created.iter().filter(|task| is_new(task));
    let new_slots: Vec<u64> = new_slots.map(|task| task.slot).collect();
    let mut sequence: Vec<u64> = Vec::new();
    for slot in &new_slots {
        if !sequence.contains(slot) {
            sequence.push(*slot);
        }
    }
    let running = |new: bool| {
        let tasks = play.tasks();
        let running = tasks
            .iter()
            .filter(|task| task.status.state == TaskState::Running && is_new(task) == new);
        number(running.count())
    };
    let status = play.swarm.kernel.store.service(play.service);
    let status = status.and_then(|service| service.update_status.as_ref());
    let (min_running, max_running) = play.seen.running.unwrap_or_default();
    Expectation {
        status_sequence,
        final_message: status.map(|status| without_id(&status.message)),
        slots_with_new_spec_tasks: Some(number(sequence.len())),
        new_spec_tasks_created: Some(number(new_slots.len())),
        old_spec_tasks_created: Some(number(created.len() - new_slots.len())),
        running_new_spec: Some(running(true)),
        running_old_spec: Some(running(false)),
        min_running: Some(min_running),
        max_running: Some(max_running),
        max_slots_in_flight: Some(play.seen.in_flight_max),
        slot_sequence: Some(sequence),
        ..Expectation::default()
    }
}

/// A message with its task's id made unrecognizable.
fn without_id(message: &str) -> String {
    match message.rsplit_once(" of task ") {
        Some((before, _)) => format!("{before} of task <TASK>"),
        None => message.to_owned(),
    }
}

fn tasks(vector: &Vector) -> Expectation {
    let mut play = Play::new(vector, vector.replicas_to);
    let initial = vector.tasks.len();
    if let Some(op) = &vector.node_op {
        play.run_until(SimTime::ZERO + SECOND);
        play.node_op(op);
        play.run_until(SimTime::ZERO + SECOND + LOOK_AFTER_NS);
    } else {
        play.run_until(SimTime::ZERO + SETTLE_LIMIT_NS);
    }
    let mut created: BTreeMap<u64, u32> = BTreeMap::new();
    let mut states: BTreeMap<String, u32> = BTreeMap::new();
    for task in play.tasks() {
        let is_initial = task.id.index() < initial;
        if !is_initial {
            *created.entry(task.slot).or_default() += 1;
        }
        let name = if is_initial { "initial" } else { "replacement" };
        let state = format!(
            "{name}:desired={},state={}",
            task.desired_state, task.status.state
        );
        *states.entry(state).or_default() += 1;
    }
    Expectation {
        tasks_created_per_slot: Some(created).filter(|created| !created.is_empty()),
        final_tasks: Some(states),
        ..Expectation::default()
    }
}

/// The slots with tasks that are meant to run, and how many.
fn live_slots(vector: &Vector) -> BTreeMap<u64, u32> {
    let mut slots = BTreeMap::new();
    for task in &vector.tasks {
        if task.desired.unwrap_or(TaskState::Running) <= TaskState::Running {
            *slots.entry(task.slot).or_default() += 1;
        }
    }
    slots
}

fn is_sort_unstable(vector: &Vector) -> bool {
    live_slots(vector).len() > STABLE_SORT_MAX
}

fn has_crowded_slot(vector: &Vector) -> bool {
    live_slots(vector).into_values().any(|count| count > 1)
}

/// What of an expectation is not so. Only what it tells is compared.
fn compare(vector: &Vector, expected: &Expectation, seen: &Expectation) -> Vec<Difference> {
    let mut differences = Vec::new();
    macro_rules! check {
        ($($field:ident),*) => {
            $(if expected.$field.is_some() {
                differences.extend(Difference::between(
                    stringify!($field),
                    &expected.$field,
                    &seen.$field,
                ));
            })*
        };
    }
    check!(
        created_slots,
        status_sequence,
        never_settles,
        final_message,
        slots_with_new_spec_tasks,
        new_spec_tasks_created,
        old_spec_tasks_created,
        running_new_spec,
        running_old_spec,
        min_running,
        max_running,
        slot_sequence,
        tasks_created_per_slot,
        final_tasks,
        kept_multiset
    );
    if vector.replicas.unwrap_or(0) >= vector.replicas_to {
        check!(max_slots_in_flight);
    }
    // With 13 slots and more an unstable sort decides between equals: only how evenly the rest is
    // spread can be compared.
    if !is_sort_unstable(vector) {
        check!(removed_slots, deleted_slots, kept_per_node);
    }
    differences
}
