//! The dispatcher: the way between the store and the agents.
//!
//! Upstream: `manager/dispatcher/dispatcher.go`, `manager/dispatcher/assignments.go`. Assignments
//! are sent to a node when nothing has changed for it for a moment, or when enough has; reports
//! are gathered, the last one for each task counts, and they are written on a fixed grid of time.
//!
//! Heartbeats are no events. When a node falls silent, the time of its last beat is drawn, and with
//! it the moment at which the manager gives it up.
//!
//! A leader that takes over does not know how the nodes are (`markNodesUnknown`): they are UNKNOWN
//! until they begin a session with it, and DOWN if they take too long.

mod heartbeat;

use std::sync::Arc;

use heartbeat::Heartbeat;

use crate::agent::Report;
use crate::collections::{BTreeMap, BTreeSet};
use crate::ids::{NodeId, TaskId};
use crate::kernel::{Event, Kernel, Timer};
use crate::model::{NodeState, Task, TaskState, TaskStatus, Text};
use crate::store::{Change, Delta};
use crate::time::{HOUR, MILLISECOND, SECOND, SimTime};

/// A node is sent what has changed when nothing more has for so long (`batchingWaitTime`).
pub const ASSIGNMENT_BATCH_WAIT_NS: u64 = 100 * MILLISECOND;
/// Or when so much has (`modificationBatchLimit`).
pub const ASSIGNMENT_BATCH_MAX: usize = 100;
/// Reports are written this often (`maxBatchInterval`).
pub const REPORT_BATCH_INTERVAL_NS: u64 = 100 * MILLISECOND;
/// Or when there are so many (`maxBatchItems`).
pub const REPORT_BATCH_MAX: usize = 10_000;
const MESSAGE_UNKNOWN: &str = "Node moved to \"unknown\" state due to leadership change in cluster";
const MESSAGE_UNKNOWN_DOWN: &str = "heartbeat failure for node in \"unknown\" state";
/// A run that follows a recording takes the moments of reports from it: recorded durations reach up
/// to the moments at which reports were written, and what was written together is gathered so long.
pub const FOLLOWED_REPORT_NS: u64 = 20 * MILLISECOND;
/// The tasks of a node that stays away for so long are given up (`defaultNodeDownPeriod`).
const ORPHAN_AFTER_NS: u64 = 24 * HOUR;

/// The dispatcher of a leader.
#[derive(Clone, Debug, Default)]
pub struct Dispatcher {
    /// When the leader began: the origin of the grid on which reports are written.
    started_at: SimTime,
    reports: BTreeMap<TaskId, (NodeId, TaskStatus)>,
    is_armed: bool,
    outgoing: BTreeMap<NodeId, Outgoing>,
    /// Nodes that have fallen silent: when each is given up, first itself and then its tasks.
    silent: BTreeMap<NodeId, Timer>,
    heartbeat: Heartbeat,
}

/// What a node has not been told yet, and when it will be.
#[derive(Clone, Debug, Default)]
struct Outgoing {
    changed: BTreeSet<TaskId>,
    withdrawn: BTreeSet<TaskId>,
    due_at: SimTime,
}

/// What a node is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignments {
    /// Tasks that are new or changed.
    pub changed: Vec<Arc<Task>>,
    /// Tasks that are gone.
    pub withdrawn: Vec<TaskId>,
}

impl Dispatcher {
    /// The dispatcher of a new leader.
    pub fn start(kernel: &Kernel) -> Self {
        Self {
            started_at: kernel.now,
            heartbeat: Heartbeat::of(&kernel.store.cluster().spec.dispatcher),
            ..Self::default()
        }
    }

    /// Reacts to one change in the store.
    pub fn on_change(&mut self, kernel: &mut Kernel, change: &Change) {
        if let Change::Cluster(Delta::Updated { new, .. }) = change {
            self.heartbeat.set(&new.spec.dispatcher, kernel.now);
        }
        let Change::Task(delta) = change else { return };
        match delta {
            Delta::Created(task) => {
                if let Some(node) = task.node_id
                    && task.status.state >= TaskState::Assigned
                {
                    self.note(kernel, node, |outgoing| {
                        outgoing.changed.insert(task.id);
                    });
                }
            }
            Delta::Updated { old, new } => {
                let Some(node) = new.node_id else { return };
                // Agents know best how their tasks are: only news from above are sent.
                let is_news = new.status.state == TaskState::Assigned
                    || old.desired_state != new.desired_state
                    || old.node_id != new.node_id;
                if new.status.state >= TaskState::Assigned && is_news {
                    self.note(kernel, node, |outgoing| {
                        outgoing.changed.insert(new.id);
                    });
                }
            }
            Delta::Deleted(task) => {
                if let Some(node) = task.node_id {
                    self.note(kernel, node, |outgoing| {
                        outgoing.changed.remove(&task.id);
                        outgoing.withdrawn.insert(task.id);
                    });
                }
            }
        }
    }

    fn note(&mut self, kernel: &mut Kernel, node: NodeId, note: impl FnOnce(&mut Outgoing)) {
        let is_armed = self.outgoing.contains_key(&node);
        let outgoing = self.outgoing.entry(node).or_default();
        note(outgoing);
        let is_full = outgoing.changed.len() + outgoing.withdrawn.len() >= ASSIGNMENT_BATCH_MAX;
        let wait_ns = if is_full { 0 } else { ASSIGNMENT_BATCH_WAIT_NS };
        outgoing.due_at = kernel.now + wait_ns;
        // One timer a node is enough: one that comes too early is set again.
        if !is_armed || is_full {
            kernel.after(wait_ns, Event::SendAssignments { node });
        }
    }

    /// What a node is told now, if its time has come.
    pub fn take_assignments(&mut self, kernel: &mut Kernel, node: NodeId) -> Option<Assignments> {
        let outgoing = self.outgoing.get(&node)?;
        if kernel.now < outgoing.due_at {
            kernel
                .queue
                .push(outgoing.due_at, Event::SendAssignments { node });
            return None;
        }
        let outgoing = self.outgoing.remove(&node)?;
        let changed = outgoing
            .changed
            .iter()
            .filter_map(|&id| kernel.store.task(id));
        let changed = changed
            .filter(|task| task.node_id == Some(node))
            .cloned()
            .collect();
        Some(Assignments {
            changed,
            withdrawn: outgoing.withdrawn.into_iter().collect(),
        })
    }

    /// A node falls silent, to which it took a round trip longer than usual. The manager does not
    /// know before its next beats are missing.
    pub fn lose(&mut self, kernel: &mut Kernel, node: NodeId, round_trip_ns: u64) {
        let stream = &mut kernel.streams.heartbeats;
        let grace_ns = self.heartbeat.grace_ns(stream, kernel.now, round_trip_ns);
        // What it said last is still on its way.
        let grace_ns = grace_ns + round_trip_ns / 2;
        let recorded_ns = Self::recorded_grace_ns(kernel, node);
        let recorded_ns = recorded_ns.filter(|&grace_ns| self.heartbeat.is_possible(grace_ns));
        let grace_ns = recorded_ns.unwrap_or(grace_ns);
        self.stop_waiting(kernel, node);
        let timer = kernel.after(grace_ns, Event::NodeSilent { node });
        self.silent.insert(node, timer);
    }

    /// A node has been silent for too long.
    pub fn on_silent(&mut self, kernel: &mut Kernel, node: NodeId) {
        if self.silent.remove(&node).is_none() || kernel.store.node(node).is_none() {
            return;
        }
        let state = kernel.store.node(node).map(|node| node.status.state);
        let message = match state {
            Some(NodeState::Unknown) => MESSAGE_UNKNOWN_DOWN,
            _ => "heartbeat failure",
        };
        set_state(kernel, node, NodeState::Down, message);
        self.await_orphans(kernel, node);
    }

    fn await_orphans(&mut self, kernel: &mut Kernel, node: NodeId) {
        let at = kernel.now + ORPHAN_AFTER_NS;
        let event = Event::OrphanTasks { node };
        let timer = kernel.queue.push_background(at, event);
        self.silent.insert(node, timer);
    }

    /// A node that fell silent is heard of again. False if it has been given up, or is not waited
    /// for at all.
    pub fn resume(&mut self, kernel: &mut Kernel, node: NodeId) -> bool {
        let state = kernel.store.node(node).map(|node| node.status.state);
        let is_waited_for = state.is_some_and(|state| state == NodeState::Ready);
        if is_waited_for {
            self.stop_waiting(kernel, node);
        }
        is_waited_for
    }

    /// Another leader was there before.
    pub fn take_over(&mut self, kernel: &mut Kernel) {
        let nodes: Vec<(NodeId, NodeState)> = kernel
            .store
            .nodes()
            .map(|node| (node.id, node.status.state))
            .collect();
        for &(node, state) in &nodes {
            if state == NodeState::Down {
                self.await_orphans(kernel, node);
            } else {
                let stream = &mut kernel.streams.heartbeats;
                let drawn_ns = self.heartbeat.grace_of_unknown_ns(stream);
                let recorded_ns = Self::recorded_grace_ns(kernel, node);
                let recorded_ns =
                    recorded_ns.filter(|&grace_ns| self.heartbeat.is_possible_unknown(grace_ns));
                // In the recording it may have been waited for until it came.
                let came_ns = kernel.recorded_session(node);
                let came_ns = came_ns.map(|at| at.since(kernel.now) + SECOND);
                let came_ns =
                    came_ns.filter(|&grace_ns| self.heartbeat.is_possible_unknown(grace_ns));
                let drawn_ns = drawn_ns.max(came_ns.unwrap_or(0));
                let grace_ns = recorded_ns.unwrap_or(drawn_ns);
                let timer = kernel.after(grace_ns, Event::NodeSilent { node });
                self.silent.insert(node, timer);
            }
        }
        let now = kernel.now;
        let mut batch = kernel.store.batch(now);
        for (node, state) in nodes {
            if state != NodeState::Down {
                batch.update(|tx| {
                    tx.update_node(node, |node| {
                        node.status.state = NodeState::Unknown;
                        node.status.message = Text::constant(MESSAGE_UNKNOWN);
                    });
                });
            }
        }
        batch.commit();
    }

    /// A node has been down for so long that nothing is expected of its tasks any more
    /// (`moveTasksToOrphaned`).
    pub fn on_lost_for_good(&mut self, kernel: &mut Kernel, node: NodeId) {
        self.silent.remove(&node);
        let now = kernel.now;
        let tasks: Vec<TaskId> = kernel
            .store
            .tasks_of_node(node)
            .map(|task| task.id)
            .collect();
        let mut batch = kernel.store.batch(now);
        for id in tasks {
            batch.update(|tx| {
                let state = tx.store().task(id).map(|task| task.status.state);
                let is_open = |state| (TaskState::Assigned..=TaskState::Running).contains(&state);
                if state.is_some_and(is_open) {
                    tx.update_task(id, |task| task.status.state = TaskState::Orphaned);
                }
            });
        }
        batch.commit();
    }

    /// How long a node that has fallen silent was waited for in a recording.
    fn recorded_grace_ns(kernel: &Kernel, node: NodeId) -> Option<u64> {
        let hostname = kernel.store.node(node)?.hostname();
        let down_at = kernel.followed.as_ref()?.down_after(hostname, kernel.now)?;
        Some(down_at.since(kernel.now))
    }

    fn stop_waiting(&mut self, kernel: &mut Kernel, node: NodeId) {
        if let Some(timer) = self.silent.remove(&node) {
            kernel.queue.cancel(timer);
        }
    }

    /// A node begins a session: it is ready, and is told all that is assigned to it.
    pub fn register(&mut self, kernel: &mut Kernel, node: NodeId) -> Assignments {
        self.stop_waiting(kernel, node);
        self.outgoing.remove(&node);
        set_state(kernel, node, NodeState::Ready, "");
        let tasks = kernel.store.tasks_of_node(node);
        Assignments {
            changed: tasks
                .filter(|task| task.status.state >= TaskState::Assigned)
                .cloned()
                .collect(),
            withdrawn: Vec::new(),
        }
    }

    /// Takes reports of an agent.
    pub fn report(&mut self, kernel: &mut Kernel, reports: Vec<Report>) {
        if reports.is_empty() {
            return;
        }
        for report in reports {
            self.reports
                .insert(report.task, (report.node, report.status));
        }
        if self.reports.len() >= REPORT_BATCH_MAX {
            self.apply_reports(kernel);
        } else if !self.is_armed {
            self.is_armed = true;
            let elapsed_ns = kernel.now.since(self.started_at);
            let delay_ns = if kernel.followed.is_some() {
                FOLLOWED_REPORT_NS
            } else {
                REPORT_BATCH_INTERVAL_NS - elapsed_ns % REPORT_BATCH_INTERVAL_NS
            };
            kernel.after(delay_ns, Event::ApplyReports);
        }
    }

    /// The time to write reports has come.
    pub fn on_timer(&mut self, kernel: &mut Kernel) {
        self.is_armed = false;
        self.apply_reports(kernel);
    }

    fn apply_reports(&mut self, kernel: &mut Kernel) {
        let now = kernel.now;
        let mut batch = kernel.store.batch(now);
        for (id, (node, status)) in std::mem::take(&mut self.reports) {
            batch.update(|tx| {
                let Some(task) = tx.store().task(id) else {
                    return;
                };
                // What was observed never goes back, and only the node itself may report.
                if task.node_id != Some(node) || task.status.state > status.state {
                    return;
                }
                tx.update_task(id, |task| {
                    task.status = status;
                    task.status.applied_at = Some(now);
                });
            });
        }
        batch.commit();
    }
}

fn set_state(kernel: &mut Kernel, node: NodeId, state: NodeState, message: &'static str) {
    let now = kernel.now;
    let Ok(()) = kernel.store.update(now, |tx| {
        let current = tx.store().node(node).map(|node| node.status.clone());
        if current.is_some_and(|status| status.state != state || status.message != message) {
            tx.update_node(node, |node| {
                node.status.state = state;
                node.status.message = Text::constant(message);
            });
        }
        Ok::<_, std::convert::Infallible>(())
    });
}
