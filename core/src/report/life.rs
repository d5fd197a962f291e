//! What became of a task, and why: its life as the records tell it.
//!
//! The scheduler explains its own decisions (see `scheduler::explain`). This is about everything
//! else that happens to a task: that it ended and was replaced or not, that it was to be shut down
//! because its node was drained or lost, its service updated, scaled down or removed, or because
//! its node stopped meeting its constraints. The cause is read off the state of the swarm at the
//! moment of the change, so nothing has to be kept for it while a run goes on.
//!
//! Left out: what users did to make it so; the time line has that.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use crate::collections::BTreeMap;
use crate::ids::{IdTexts, NodeId, TaskId};
use crate::kernel::{Record, What};
use crate::model::{
    Availability, Node, NodeState, RestartCondition, Service, ServiceMode, Task, TaskState,
};
use crate::store::{Change, Delta};
use crate::time::{SimTime, format_duration};

/// So many tasks that had the place before are told of.
const PREDECESSOR_COUNT_MAX: usize = 5;

/// The life of a task up to a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Life {
    /// Its id as people see it.
    pub id: String,
    /// How far it is.
    pub state: TaskState,
    /// How far the managers want it to be.
    pub desired_state: TaskState,
    /// What happened to it, in order.
    pub chapters: Vec<Chapter>,
    /// The id of the task that came after it in its place, if one did.
    pub successor: Option<String>,
    /// Earlier tasks in its place, the last one first.
    pub predecessors: Vec<Predecessor>,
}

/// Something that happened to a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chapter {
    /// When.
    pub at_ns: SimTime,
    /// What.
    pub what: String,
    /// Why, where that is not the agent's everyday business.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Whether this is why it was not wanted any more.
    #[serde(skip)]
    is_end: bool,
}

/// A task that had the place before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Predecessor {
    /// Its id as people see it.
    pub id: String,
    /// How it ended, or how far it was when it was deleted.
    pub state: TaskState,
    /// What went wrong.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub err: String,
    /// Why it was not wanted any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The life of a task. Absent if no record tells of it.
pub fn of(records: &[Record], task: TaskId, ids: &IdTexts) -> Option<Life> {
    let (reader, chapters) = read(records, task, ids)?;
    let last = reader.place.get(&task)?;
    let before = reader.place.range(..task).rev().take(PREDECESSOR_COUNT_MAX);
    let predecessors = before.map(|(&id, other)| {
        let chapters = read(records, id, ids).map(|(_, chapters)| chapters);
        Predecessor {
            id: ids.text(id),
            state: other.status.state,
            err: other.status.err.to_string(),
            why: chapters
                .into_iter()
                .flatten()
                .rev()
                .find_map(|chapter| chapter.is_end.then_some(chapter.why)?),
        }
    });
    Some(Life {
        id: ids.text(task),
        state: last.status.state,
        desired_state: last.desired_state,
        chapters,
        successor: reader.successor(task).map(|id| ids.text(id)),
        predecessors: predecessors.collect(),
    })
}

/// Reads of a task, its place and what happened to it.
fn read(records: &[Record], task: TaskId, ids: &IdTexts) -> Option<(Reader, Vec<Chapter>)> {
    let mut reader = Reader::default();
    for record in records {
        reader.read(record, task);
    }
    let last = Arc::clone(reader.place.get(&task)?);
    let mut chapters = std::mem::take(&mut reader.chapters);
    let successor = reader.successor(task).map(|id| ids.text(id));
    if let Some(chapter) = reader.ended_at.and_then(|ended| chapters.get_mut(ended)) {
        chapter.why = Some(after_the_end(&last, successor.as_deref()));
        chapter.is_end = true;
    }
    Some((reader, chapters))
}

/// A life in words.
pub fn render(life: &Life) -> String {
    let mut out = format!("What became of it (task {}):\n", life.id);
    for chapter in &life.chapters {
        let _ = write!(out, "{:>9}  {}", chapter.at_ns.to_string(), chapter.what);
        if let Some(why) = &chapter.why {
            let _ = write!(out, ": {why}");
        }
        out.push('\n');
    }
    for (index, earlier) in life.predecessors.iter().enumerate() {
        let head = if index == 0 { "before it" } else { "" };
        let _ = write!(out, "{head:>9}  {} {}", earlier.id, earlier.state);
        for more in [Some(&earlier.err), earlier.why.as_ref()]
            .into_iter()
            .flatten()
        {
            if !more.is_empty() {
                let _ = write!(out, ": {more}");
            }
        }
        out.push('\n');
    }
    if let Some(successor) = &life.successor {
        let _ = writeln!(out, "{:>9}  {successor}", "after it");
    }
    out
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    nodes: BTreeMap<NodeId, Arc<Node>>,
    services: BTreeMap<crate::ids::ServiceId, Arc<Service>>,
    /// The tasks that have or had the place of the task that is asked about.
    place: BTreeMap<TaskId, Arc<Task>>,
    /// Tasks of any place, until the place is known.
    others: BTreeMap<TaskId, Arc<Task>>,
    chapters: Vec<Chapter>,
    /// The chapter in which the task ended by itself.
    ended_at: Option<usize>,
}

impl Reader {
    /// The task that came after another in its place.
    fn successor(&self, task: TaskId) -> Option<TaskId> {
        let mut after = self.place.range(task..);
        after.find(|(id, _)| **id != task).map(|(id, _)| *id)
    }

    fn read(&mut self, record: &Record, task: TaskId) {
        let What::Change(change) = &record.what else {
            return;
        };
        match change {
            Change::Node(delta) => {
                let node = delta.object();
                self.nodes.insert(node.id, Arc::clone(node));
            }
            Change::Service(Delta::Deleted(service)) => {
                self.services.remove(&service.id);
            }
            Change::Service(delta) => {
                let service = delta.object();
                self.services.insert(service.id, Arc::clone(service));
            }
            Change::Task(delta) => self.read_task(record.at, delta, task),
            _ => {}
        }
    }

    fn read_task(&mut self, at: SimTime, delta: &Delta<Task>, id: TaskId) {
        let object = delta.object();
        if object.id == id {
            if let Delta::Created(task) = delta {
                let mut others = std::mem::take(&mut self.others);
                others.retain(|_, other| is_same_place(other, task));
                self.place = others;
            }
            self.tell(at, delta);
            self.place.insert(id, Arc::clone(object));
        } else if let Some(task) = self.place.get(&id) {
            if is_same_place(object, task) {
                self.place.insert(object.id, Arc::clone(object));
            }
        } else {
            self.others.insert(object.id, Arc::clone(object));
        }
    }

    fn tell(&mut self, at: SimTime, delta: &Delta<Task>) {
        match delta {
            Delta::Created(task) => {
                let replaced = self.place.values().next_back();
                let what = match replaced {
                    Some(_) => "created in the place of an earlier task",
                    None => "created",
                };
                let waits = task.desired_state == TaskState::Ready;
                let why = waits.then(|| {
                    "it starts when its predecessor has stopped and the restart delay is over"
                        .to_owned()
                });
                self.push(at, what.to_owned(), why);
            }
            Delta::Deleted(task) => {
                let is_gone = task
                    .service_id
                    .is_none_or(|id| !self.services.contains_key(&id));
                let why = if is_gone {
                    "its service was removed"
                } else if task.desired_state == TaskState::Remove {
                    "it was scaled away"
                } else {
                    "more old tasks than the history keeps"
                };
                self.push(at, "deleted".to_owned(), Some(why.to_owned()));
            }
            Delta::Updated { old, new } => self.tell_change(at, old, new),
        }
    }

    fn tell_change(&mut self, at: SimTime, old: &Task, new: &Task) {
        let (state, err) = (new.status.state, &new.status.err);
        if old.status.state != state {
            let node = new.node_id.map_or("no node", |node| self.hostname(node));
            let mut what = match state {
                TaskState::Assigned => format!("assigned to {node}"),
                TaskState::Running => format!("running on {node}"),
                _ => state.to_string(),
            };
            if !err.is_empty() {
                let _ = write!(what, ": {err}");
            }
            self.push(at, what, None);
            let by_itself = matches!(
                state,
                TaskState::Complete | TaskState::Failed | TaskState::Rejected
            );
            if by_itself && old.desired_state <= TaskState::Running {
                self.ended_at = Some(self.chapters.len() - 1);
            }
        } else if old.status.err != *err && !err.is_empty() {
            self.push(at, format!("{state}: {err}"), None);
        }
        if old.desired_state != new.desired_state {
            let what = match new.desired_state {
                TaskState::Running => "may start now".to_owned(),
                TaskState::Shutdown => "to be shut down".to_owned(),
                TaskState::Remove => "to be removed".to_owned(),
                other => format!("wanted to be {other}"),
            };
            let why = (new.desired_state > TaskState::Running)
                .then(|| self.why_unwanted(old, new))
                .flatten();
            // That it ended has been told with its reason.
            if why.is_some() || new.desired_state <= TaskState::Running {
                let is_end = why.is_some();
                self.push(at, what, why);
                if let Some(chapter) = self.chapters.last_mut() {
                    chapter.is_end = is_end;
                }
            }
        }
    }

    /// Why a task is not wanted any more. Absent if it ended by itself.
    fn why_unwanted(&self, old: &Task, new: &Task) -> Option<String> {
        let service = new.service_id.and_then(|id| self.services.get(&id));
        let Some(service) = service else {
            return Some("its service was removed".to_owned());
        };
        let name = service.name();
        if new.desired_state == TaskState::Remove {
            return Some(match service.spec.mode {
                ServiceMode::Replicated { replicas } => {
                    format!("{name} was scaled down to {replicas}")
                }
                _ => format!("{name} has no place for it any more"),
            });
        }
        if new.status.state > TaskState::Running || old.status.state > TaskState::Running {
            return None;
        }
        let node = new.node_id.and_then(|id| self.nodes.get(&id));
        let hostname = node.map_or("its node", |node| node.hostname());
        Some(match node {
            Some(node) if node.status.state == NodeState::Down => format!("{hostname} is down"),
            Some(node) if node.spec.availability == Availability::Drain => {
                format!("{hostname} is drained")
            }
            _ if new.spec_version != Some(service.spec_version) => {
                format!("{name} was updated, and a new task takes its place")
            }
            _ => format!("{name} does not want it on {hostname} any more"),
        })
    }

    fn hostname(&self, node: NodeId) -> &str {
        self.nodes.get(&node).map_or("?", |node| node.hostname())
    }

    fn push(&mut self, at_ns: SimTime, what: String, why: Option<String>) {
        self.chapters.push(Chapter {
            at_ns,
            what,
            why,
            is_end: false,
        });
    }
}

/// Whether two tasks are one after the other in the same slot, or on the same node for a global
/// service.
fn is_same_place(a: &Task, b: &Task) -> bool {
    a.service_id == b.service_id
        && a.slot == b.slot
        && (a.slot != 0 || a.node_id == b.node_id)
        && a.job_iteration == b.job_iteration
}

/// What follows from a task's end.
fn after_the_end(task: &Task, successor: Option<&str>) -> String {
    let policy = task.spec.restart.unwrap_or_default();
    let condition = policy.condition;
    let mut text = match successor {
        Some(successor) => {
            let delay = format_duration(policy.delay_ns);
            format!("replaced by {successor} after a delay of {delay}; ")
        }
        None => "not replaced; ".to_owned(),
    };
    let _ = write!(text, "its restart condition is {condition}");
    if condition != RestartCondition::None && policy.max_attempts > 0 {
        let _ = write!(text, ", at most {} attempts", policy.max_attempts);
        if policy.window_ns > 0 {
            let _ = write!(text, " in {}", format_duration(policy.window_ns));
        }
    }
    text
}
