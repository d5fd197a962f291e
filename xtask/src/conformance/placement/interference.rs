//! Recorded runs in which the filters answered for another task.
//!
//! In the real code the filters keep the task that they were last asked about in variables of the
//! process. One scheduler a process, and it makes no difference; but the vectors were made by many
//! schedulers at once in one process, and now and then a filter compared a node with the task of
//! another vector. What gives such a run away is looked for here.

use swarmlab_core::ids::NodeId;
use swarmlab_core::scheduler::filters::{FilterKind, Pipeline};

use super::cluster::Cluster;
use super::replay::Outcomes;
use super::ties::{self, Waiting};
use super::vector::Outcome;

/// How a run shows that a filter answered for another task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// A node has got a task that it cannot take.
    Misplaced,
    /// A task waits although a node can take it.
    Refused,
    /// As many tasks wait as should, with the right texts; only the others stand where no decision
    /// about ties can bring them.
    Uneven,
}

/// The filters that keep the task that they are asked about.
const WITH_MEMORY: [FilterKind; 6] = [
    FilterKind::Resource,
    FilterKind::Plugin,
    FilterKind::Constraint,
    FilterKind::Platform,
    FilterKind::HostPort,
    FilterKind::MaxReplicas,
];

/// The sign that a step shows, if any filter with a memory took part in it.
pub(super) fn sign(applied: &Cluster, recorded: &Outcomes, by_name: &Outcomes) -> Option<Sign> {
    let kernel = &applied.swarm.kernel;
    let scheduler = applied.swarm.leader.scheduler.as_ref()?;
    let groups = ties::waiting(kernel, scheduler);
    let has_memory = |group: &Waiting<'_>| {
        let pipeline = Pipeline::new(group.sample);
        WITH_MEMORY
            .into_iter()
            .any(|kind| pipeline.is_enabled(kind))
    };
    if !groups.iter().any(has_memory) {
        return None;
    }
    let before = applied.outcomes();
    let is_as_it_should = |service: &String, outcome: &Outcome| {
        let waiting = |outcome: &Outcome| (outcome.un, outcome.errs.clone(), outcome.shutdown);
        by_name.get(service).map(waiting) == Some(waiting(outcome))
    };
    let mut found = recorded
        .iter()
        .all(|(service, outcome)| is_as_it_should(service, outcome))
        .then_some(Sign::Uneven);
    for group in &groups {
        let Some(service) = group
            .sample
            .service_id
            .and_then(|id| kernel.store.service(id))
        else {
            continue;
        };
        let (Some(before), Some(after)) =
            (before.get(service.name()), recorded.get(service.name()))
        else {
            continue;
        };
        let pipeline = Pipeline::new(group.sample);
        for (place, (&had, &has)) in before.on.iter().zip(&after.on).enumerate() {
            let gained = has.saturating_sub(had);
            let info = scheduler.view().node(NodeId::from_index(place));
            let can_take = info.map_or(0, |info| {
                let passes = pipeline.first_failure(scheduler.view(), info, &kernel.ids);
                if passes.is_none() {
                    ties::room(scheduler.view(), info, group.sample)
                } else {
                    0
                }
            });
            if i64::from(gained) > can_take {
                return Some(Sign::Misplaced);
            }
            if groups.len() == 1
                && after.un > 0
                && group.bound.is_empty()
                && i64::from(gained) < can_take
            {
                found = Some(Sign::Refused);
            }
        }
    }
    found
}
