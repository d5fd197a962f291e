//! The scheduler's private picture of the cluster.
//!
//! Upstream: `manager/scheduler/nodeinfo.go`, `manager/scheduler/nodeset.go`. Nodes stand in a
//! dense array by id; the counts that the order of nodes depends on are kept up to date with every
//! task that is added or removed, so that looking at a node costs no walk over its tasks.
//!
//! The picture is fed by store events alone and may differ from the store as upstream's may: a
//! node that was deleted and created again counts none of the tasks it still has.

use std::sync::Arc;

use super::counts::Counts;
use super::generic;
use super::volumes::VolumeSet;
use crate::collections::{BTreeMap, BTreeSet, Order as _, VecDeque};
use crate::ids::{NodeId, ServiceId, TaskId};
use crate::model::{
    Availability, GenericResource, Node, NodeState, PortProtocol, PublishMode, Task,
};
use crate::time::{MINUTE, SimTime};

/// Failures are remembered for this long (`manager/scheduler/scheduler.go` monitorFailures).
pub const FAILURE_WINDOW_NS: u64 = 5 * MINUTE;
/// So many recent failures put a node behind all others (`maxFailures`).
pub const FAILURE_COUNT_MAX: u32 = 5;

/// The picture.
#[derive(Clone, Debug, Default)]
pub struct View {
    nodes: Vec<Option<NodeInfo>>,
    /// Every known node in order of hostname and id. Rebuilt when it is asked for after a change.
    order: Vec<NodeId>,
    order_is_stale: bool,
    /// How often a node entry was made, so that tasks of an earlier entry are known to be lost.
    entries_made: u32,
    known: Vec<KnownTask>,
    active_by_service: BTreeMap<Option<ServiceId>, Counts>,
    failures: BTreeMap<FailureKey, BTreeMap<NodeId, VecDeque<SimTime>>>,
    volumes: VolumeSet,
    /// Raised by everything that can change what a filter says.
    pub(super) revision: u64,
}

/// Failures are counted for each version of each service.
pub type FailureKey = (Option<ServiceId>, u64);

/// What the scheduler knows of a node.
#[derive(Clone, Debug)]
pub struct NodeInfo {
    /// READY and ACTIVE.
    pub is_available: bool,
    /// Tasks on the node that are still wanted.
    pub active_tasks: u32,
    /// What is not reserved, in billionths of a core. Can be negative.
    pub available_cpu_nano: i64,
    /// What is not reserved, in bytes. Can be negative.
    pub available_memory_bytes: i64,
    /// Generic resources that no task holds.
    pub available_generic: Vec<GenericResource>,
    /// Ports of the node that tasks hold.
    pub used_host_ports: BTreeSet<(PortProtocol, u32)>,
    /// The node.
    pub node: Arc<Node>,
    reserved_cpu_nano: i64,
    reserved_memory_bytes: i64,
    generic_holders: BTreeMap<TaskId, Vec<GenericResource>>,
    entry: u32,
}

/// What the scheduler remembers of a task.
#[derive(Clone, Debug, Default)]
struct KnownTask {
    /// The last version that was seen.
    task: Option<Arc<Task>>,
    /// The node entry on which it is counted.
    tracked: Option<Tracked>,
}

#[derive(Clone, Copy, Debug)]
struct Tracked {
    node: NodeId,
    entry: u32,
    /// Whether the copy that was counted was still wanted.
    is_active: bool,
}

/// The ports of the node that a task needs.
pub(super) fn host_ports(task: &Task) -> impl Iterator<Item = (PortProtocol, u32)> {
    task.endpoint
        .iter()
        .flat_map(|endpoint| &endpoint.ports)
        .filter(|port| port.publish_mode == PublishMode::Host && port.published_port != 0)
        .map(|port| (port.protocol, port.published_port))
}

impl View {
    /// The nodes in order of hostname (bytewise) and id.
    pub fn order(&mut self) -> &[NodeId] {
        if self.order_is_stale {
            self.order_is_stale = false;
            self.order = self.ordered_nodes();
        }
        &self.order
    }

    /// The same, computed anew.
    pub fn ordered_nodes(&self) -> Vec<NodeId> {
        // Most names differ in their first bytes, which are compared as one number.
        let known = self.nodes.iter().flatten();
        let mut names: Vec<(u128, NodeId)> = known
            .map(|info| (prefix(info.node.hostname()), info.node.id))
            .collect();
        let rest = |id: NodeId| self.node(id).map_or("", |info| info.node.hostname());
        names.order_by(|&(left, a), &(right, b)| {
            left.cmp(&right)
                .then_with(|| rest(a).cmp(rest(b)))
                .then(a.cmp(&b))
        });
        names.into_iter().map(|(_, id)| id).collect()
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.nodes.iter().flatten().count()
    }

    /// What is known of a node.
    #[inline]
    pub fn node(&self, id: NodeId) -> Option<&NodeInfo> {
        self.nodes.get(id.index())?.as_ref()
    }

    /// The cluster volumes.
    pub fn volumes(&self) -> &VolumeSet {
        &self.volumes
    }

    pub(super) fn volumes_mut(&mut self) -> &mut VolumeSet {
        self.revision += 1;
        &mut self.volumes
    }

    /// Tasks of a service on a node that are still wanted.
    #[inline]
    pub fn active_tasks_of_service(&self, service: Option<ServiceId>, node: NodeId) -> u32 {
        self.active_by_service
            .get(&service)
            .map_or(0, |counts| counts.get(node))
    }

    /// Takes a node as it is now (`createOrUpdateNode`). What is available is computed anew from
    /// its description; tasks, counts, ports and failures are kept.
    pub fn set_node(&mut self, node: &Arc<Node>) {
        self.revision += 1;
        let index = node.id.index();
        if index >= self.nodes.len() {
            self.nodes.resize_with(index + 1, || None);
        }
        if let Some(info) = &mut self.nodes[index] {
            self.order_is_stale |= info.node.hostname() != node.hostname();
            info.node = Arc::clone(node);
        } else {
            self.order_is_stale = true;
            self.entries_made += 1;
            self.nodes[index] = Some(NodeInfo {
                is_available: false,
                active_tasks: 0,
                available_cpu_nano: 0,
                available_memory_bytes: 0,
                available_generic: Vec::new(),
                used_host_ports: BTreeSet::new(),
                node: Arc::clone(node),
                reserved_cpu_nano: 0,
                reserved_memory_bytes: 0,
                generic_holders: BTreeMap::new(),
                entry: self.entries_made,
            });
        }
        if let Some(info) = &mut self.nodes[index] {
            info.refresh();
        }
    }

    /// Forgets a node and everything that was counted on it.
    pub fn remove_node(&mut self, id: NodeId) {
        self.revision += 1;
        if let Some(entry) = self.nodes.get_mut(id.index()) {
            *entry = None;
        }
        self.order_is_stale = true;
        for counts in self.active_by_service.values_mut() {
            counts.clear(id);
        }
        for by_node in self.failures.values_mut() {
            by_node.remove(&id);
        }
    }

    /// The version of a task that was last seen.
    pub fn known_task(&self, id: TaskId) -> Option<&Arc<Task>> {
        self.known.get(id.index())?.task.as_ref()
    }

    /// Remembers a version of a task.
    pub fn remember_task(&mut self, task: Arc<Task>) {
        let index = task.id.index();
        if index >= self.known.len() {
            self.known.resize_with(index + 1, KnownTask::default);
        }
        self.known[index].task = Some(task);
    }

    /// Forgets the remembered version.
    pub fn forget_task(&mut self, id: TaskId) {
        if let Some(known) = self.known.get_mut(id.index()) {
            known.task = None;
        }
    }

    /// Counts a task on a node (`addTask`). A task that is counted already only crosses between
    /// wanted and unwanted. Returns the generic resources that it was given now; absent if it was
    /// counted before or the node is not known.
    pub fn add_task(&mut self, node: NodeId, task: &Task) -> Option<Vec<GenericResource>> {
        let entry = self.node(node)?.entry;
        let index = task.id.index();
        if index >= self.known.len() {
            self.known.resize_with(index + 1, KnownTask::default);
        }
        self.revision += 1;
        let is_active = task.is_wanted();
        let tracked = self.known[index]
            .tracked
            .filter(|tracked| tracked.node == node && tracked.entry == entry);
        if let Some(tracked) = tracked {
            if tracked.is_active != is_active {
                self.count_active(node, task.service_id, is_active);
                self.known[index].tracked = Some(Tracked {
                    is_active,
                    ..tracked
                });
            }
            return None;
        }
        let info = self.nodes[node.index()].as_mut()?;
        let reservations = &task.spec.resources.reservations;
        info.reserved_cpu_nano += reservations.cpu_nano;
        info.reserved_memory_bytes += reservations.memory_bytes;
        info.available_cpu_nano -= reservations.cpu_nano;
        info.available_memory_bytes -= reservations.memory_bytes;
        let mut given = Vec::new();
        if !reservations.generic.is_empty() {
            given = generic::claim(&mut info.available_generic, &reservations.generic);
            if !given.is_empty() {
                info.generic_holders.insert(task.id, given.clone());
            }
        }
        info.used_host_ports.extend(host_ports(task));
        self.known[index].tracked = Some(Tracked {
            node,
            entry,
            is_active,
        });
        if is_active {
            self.count_active(node, task.service_id, true);
        }
        Some(given)
    }

    /// Takes a task off the node on which it is counted (`removeTask`). False if it is counted
    /// nowhere.
    pub fn remove_task(&mut self, task: &Task) -> bool {
        let Some(tracked) = self
            .known
            .get_mut(task.id.index())
            .and_then(|known| known.tracked.take())
        else {
            return false;
        };
        let Some(info) = self
            .nodes
            .get_mut(tracked.node.index())
            .and_then(Option::as_mut)
        else {
            return false;
        };
        if info.entry != tracked.entry {
            return false;
        }
        self.revision += 1;
        for port in host_ports(task) {
            info.used_host_ports.remove(&port);
        }
        let reservations = &task.spec.resources.reservations;
        info.reserved_cpu_nano -= reservations.cpu_nano;
        info.reserved_memory_bytes -= reservations.memory_bytes;
        info.available_cpu_nano += reservations.cpu_nano;
        info.available_memory_bytes += reservations.memory_bytes;
        if let Some(held) = info.generic_holders.remove(&task.id) {
            let description = info.node.description.clone();
            let described = description
                .as_ref()
                .and_then(|description| description.resources.as_ref())
                .map_or(&[][..], |resources| &resources.generic);
            if !described.is_empty() {
                generic::reclaim(&mut info.available_generic, described, held);
            }
        }
        if tracked.is_active {
            self.count_active(tracked.node, task.service_id, false);
        }
        true
    }

    /// Whether a task is counted on a node that is still known.
    pub fn is_tracked(&self, id: TaskId) -> bool {
        let tracked = self.known.get(id.index()).and_then(|known| known.tracked);
        tracked.is_some_and(|tracked| {
            self.node(tracked.node)
                .is_some_and(|info| info.entry == tracked.entry)
        })
    }

    fn count_active(&mut self, node: NodeId, service: Option<ServiceId>, up: bool) {
        let width = self.nodes.len();
        let counts = self.active_by_service.entry(service).or_default();
        counts.change(node, up, width);
        if let Some(info) = self.nodes[node.index()].as_mut() {
            if up {
                info.active_tasks += 1;
            } else {
                info.active_tasks -= 1;
            }
        }
    }

    /// Notes that a task failed on a node (`taskFailed`).
    pub fn record_failure(&mut self, key: FailureKey, node: NodeId, now: SimTime) {
        if self.node(node).is_none() {
            return;
        }
        let times = self
            .failures
            .entry(key)
            .or_default()
            .entry(node)
            .or_default();
        while times
            .front()
            .is_some_and(|&time| now.since(time) >= FAILURE_WINDOW_NS)
        {
            times.pop_front();
        }
        times.push_back(now);
    }

    /// How often tasks of one version of a service failed on each node of late, for the nodes
    /// where they did (`countRecentFailures`).
    pub fn recent_failures(
        &self,
        key: FailureKey,
        now: SimTime,
    ) -> impl Iterator<Item = (NodeId, u32)> {
        self.failures
            .get(&key)
            .into_iter()
            .flatten()
            .map(move |(&node, times)| {
                let recent = times
                    .iter()
                    .filter(|&&time| now.since(time) <= FAILURE_WINDOW_NS)
                    .count();
                (node, u32::try_from(recent).unwrap_or(u32::MAX))
            })
    }
}

/// The first bytes of a name as a number that compares as the bytes do.
fn prefix(name: &str) -> u128 {
    let mut bytes = [0; 16];
    let length = name.len().min(16);
    bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
    u128::from_be_bytes(bytes)
}

impl NodeInfo {
    /// Computes what follows from the node object.
    fn refresh(&mut self) {
        self.is_available = self.node.status.state == NodeState::Ready
            && self.node.spec.availability == Availability::Active;
        let description = self.node.description.as_ref();
        match description.and_then(|description| description.resources.as_ref()) {
            Some(described) => {
                self.available_cpu_nano = described.cpu_nano - self.reserved_cpu_nano;
                self.available_memory_bytes = described.memory_bytes - self.reserved_memory_bytes;
                self.available_generic.clone_from(&described.generic);
                for held in self.generic_holders.values() {
                    generic::consume(&mut self.available_generic, held);
                }
            }
            None => {
                // Nothing is subtracted from nothing.
                self.available_cpu_nano = 0;
                self.available_memory_bytes = 0;
                self.available_generic.clear();
            }
        }
    }
}
