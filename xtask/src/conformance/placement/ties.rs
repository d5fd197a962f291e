//! Which nodes are tied before a step: for them chance decides who gets what.
//!
//! Two nodes are tied if they have the same class of failures, tasks of the service and active
//! tasks, both pass or both fail the filters, have the same remaining capacity for what waits, and
//! sit in the same branch. Where several services wait, all of this has to hold for each.

use std::collections::BTreeMap;
use std::sync::Arc;

use swarmlab_core::ids::{NodeId, ServiceId};
use swarmlab_core::kernel::Kernel;
use swarmlab_core::model::{Task, TaskState};
use swarmlab_core::scheduler::Scheduler;
use swarmlab_core::scheduler::filters::{FilterKind, Pipeline};
use swarmlab_core::scheduler::generic;
use swarmlab_core::scheduler::view::{NodeInfo, View};

use super::cluster::Cluster;
use super::summary::{branch_value, effective_levels};

/// From so many recent failures on they make a difference: a number of the data, not of the model.
const FAILURE_CLASS_MIN: u32 = 5;

/// What tied nodes have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    numbers: Vec<i64>,
    texts: Vec<String>,
}

/// Waiting tasks of one service and version.
pub(super) struct Waiting<'t> {
    pub(super) sample: &'t Arc<Task>,
    pub(super) free: u32,
    pub(super) bound: BTreeMap<NodeId, u32>,
}

/// The classes of tied nodes, by the places of the nodes. To be asked when a step has been made
/// known and the scheduler has not yet reacted.
pub(super) fn classes(cluster: &Cluster) -> Vec<Vec<usize>> {
    let kernel = &cluster.swarm.kernel;
    let Some(scheduler) = &cluster.swarm.leader.scheduler else {
        return Vec::new();
    };
    // Tasks that fit nowhere take nothing away from the others, and stay where they are.
    let fits_somewhere = |group: &Waiting<'_>| {
        let pipeline = Pipeline::new(group.sample);
        let view = scheduler.view();
        let mut nodes = kernel.store.nodes().filter_map(|node| view.node(node.id));
        nodes.any(|info| pipeline.first_failure(view, info, &kernel.ids).is_none())
    };
    let mut groups = waiting(kernel, scheduler);
    groups.retain(fits_somewhere);
    let mut classes: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for place in 0..cluster.node_names.len() {
        let node = NodeId::from_index(place);
        let key = match scheduler.view().node(node) {
            Some(info) => key(kernel, scheduler.view(), info, &groups),
            // A node that is not there is tied with none.
            None => Key {
                numbers: vec![-1, i64::try_from(place).unwrap_or(i64::MAX)],
                texts: Vec::new(),
            },
        };
        classes.entry(key).or_default().push(place);
    }
    classes.into_values().collect()
}

/// The groups of tasks that wait.
pub(super) fn waiting<'k>(kernel: &'k Kernel, scheduler: &Scheduler) -> Vec<Waiting<'k>> {
    let mut groups: BTreeMap<(Option<ServiceId>, Option<u64>), Waiting<'k>> = BTreeMap::new();
    let pending = kernel.store.tasks().filter(|task| {
        let is_bound = task.node_id.is_some() && task.status.state == TaskState::Pending;
        is_bound || task.node_id.is_none()
    });
    let queued: std::collections::BTreeSet<_> = scheduler.queued().collect();
    for task in pending {
        if task.node_id.is_none() && !queued.contains(&task.id) {
            continue;
        }
        let version = task.spec_version.map(|version| version.index);
        let group = groups
            .entry((task.service_id, version))
            .or_insert_with(|| Waiting {
                sample: task,
                free: 0,
                bound: BTreeMap::new(),
            });
        match task.node_id {
            Some(node) => *group.bound.entry(node).or_default() += 1,
            None => group.free += 1,
        }
    }
    groups.into_values().collect()
}

fn key(kernel: &Kernel, view: &View, info: &NodeInfo, groups: &[Waiting<'_>]) -> Key {
    let mut numbers = vec![i64::from(info.active_tasks)];
    let mut texts = Vec::new();
    for group in groups {
        let task = group.sample;
        let version = task.spec_version.map_or(0, |version| version.index);
        let failures = view.recent_failures((task.service_id, version), kernel.now);
        let failures = failures
            .filter(|&(node, _)| node == info.node.id)
            .map(|(_, count)| count)
            .sum::<u32>();
        let failures = if failures < FAILURE_CLASS_MIN {
            0
        } else {
            failures
        };
        let passes = Pipeline::new(task)
            .first_failure(view, info, &kernel.ids)
            .is_none();
        let service_tasks = view.active_tasks_of_service(task.service_id, info.node.id);
        let bound = group.bound.get(&info.node.id).copied().unwrap_or(0);
        let counts = [failures, service_tasks, u32::from(passes), bound];
        numbers.extend(counts.map(i64::from));
        let levels = effective_levels(&task.spec.placement.preferences);
        let branch = levels
            .into_iter()
            .map(|level| branch_value(level, &info.node));
        texts.extend(branch.map(str::to_owned));
    }
    match groups {
        [] => {}
        [only] => {
            let waiting = only.free + only.bound.values().sum::<u32>();
            numbers.push(room(view, info, only.sample).min(i64::from(waiting)));
        }
        _ => {
            // Several kinds of tasks compete: the amounts themselves have to be equal.
            numbers.extend([info.available_cpu_nano, info.available_memory_bytes]);
            let kinds = groups.iter().flat_map(|group| reserved(group.sample));
            numbers.extend(kinds.map(|(kind, _)| generic::amount(&info.available_generic, kind)));
        }
    }
    Key { numbers, texts }
}

fn reserved(task: &Task) -> impl Iterator<Item = (&str, i64)> {
    let generic = task.spec.resources.reservations.generic.iter();
    generic.map(|request| (request.kind.as_str(), request.value))
}

/// How many tasks like this one a node that passes the filters has room for.
pub(super) fn room(view: &View, info: &NodeInfo, task: &Task) -> i64 {
    let mut room = i64::MAX;
    let mut limit = |available: i64, needed: i64| {
        if needed > 0 {
            room = room.min(available.div_euclid(needed));
        }
    };
    let reservations = &task.spec.resources.reservations;
    limit(info.available_cpu_nano, reservations.cpu_nano);
    limit(info.available_memory_bytes, reservations.memory_bytes);
    for (kind, value) in reserved(task) {
        limit(generic::amount(&info.available_generic, kind), value);
    }
    let max_replicas = i64::try_from(task.spec.placement.max_replicas).unwrap_or(i64::MAX);
    let has = view.active_tasks_of_service(task.service_id, info.node.id);
    if max_replicas > 0 {
        limit(max_replicas - i64::from(has), 1);
    }
    if Pipeline::new(task).is_enabled(FilterKind::HostPort) {
        limit(1, 1);
    }
    room
}
