//! The time line: what happened, a line an event, for people.
//!
//! Steps of a task that follow each other at once are told in one line, equal lines of many tasks
//! in one, so that a service of a thousand replicas reads like one of three.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use crate::collections::BTreeMap;
use crate::ids::{NodeId, ServiceId};
use crate::kernel::{Record, What};
use crate::model::{Node, NodeState, Service, Task, TaskState, UpdateState, UpdateStatus};
use crate::scenario::Scenario;
use crate::store::{Change, Delta, Store};
use crate::time::SimTime;

/// Tasks are named one by one up to this number; more are counted.
const TASK_COUNT_MAX: usize = 4;

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Line {
    /// When, in nanoseconds.
    #[serde(rename = "at_ns")]
    #[cfg_attr(feature = "schema", schemars(with = "u64"))]
    pub at: SimTime,
    /// What kind of thing.
    pub kind: Kind,
    /// In words. Output of commands can have several lines.
    pub text: String,
}

/// The kinds of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Somebody typed something.
    Command,
    /// A command printed something.
    Output,
    /// A command complained.
    Error,
    /// Something changed in the swarm.
    Change,
    /// Something changed for the worse.
    Trouble,
    /// Something was done to the world.
    Fault,
    /// A note of the scenario.
    Note,
    /// An expectation holds.
    Holds,
    /// An expectation fails.
    Fails,
}

impl Kind {
    /// One column that tells the kinds apart.
    pub const fn mark(self) -> char {
        match self {
            Self::Command | Self::Output => ' ',
            Self::Change => '·',
            Self::Error | Self::Trouble | Self::Fault => '!',
            Self::Note => '#',
            Self::Holds => '✓',
            Self::Fails => '✗',
        }
    }
}

/// The names of things, some of which may be gone by the end of a run.
#[derive(Clone, Debug, Default)]
struct Names {
    services: BTreeMap<ServiceId, Arc<Service>>,
    nodes: BTreeMap<NodeId, Arc<Node>>,
}

impl Names {
    /// The names of everything that there is or was.
    fn of(records: &[Record], store: &Store) -> Self {
        let mut names = Self::default();
        for service in store.services() {
            names.services.insert(service.id, Arc::clone(service));
        }
        for node in store.nodes() {
            names.nodes.insert(node.id, Arc::clone(node));
        }
        for record in records {
            if let What::Change(
                Change::Service(Delta::Deleted(_)) | Change::Node(Delta::Deleted(_)),
            ) = &record.what
            {
                names.see(record);
            }
        }
        names
    }

    /// Learns the names in a record.
    fn see(&mut self, record: &Record) {
        match &record.what {
            What::Change(Change::Service(delta)) => {
                let service = delta.object();
                self.services.insert(service.id, Arc::clone(service));
            }
            What::Change(Change::Node(delta)) => {
                let node = delta.object();
                self.nodes.insert(node.id, Arc::clone(node));
            }
            _ => {}
        }
    }

    fn node(&self, id: NodeId) -> &str {
        self.nodes.get(&id).map_or("?", |node| node.hostname())
    }

    fn task(&self, task: &Task) -> String {
        let service = task.service_id.and_then(|id| self.services.get(&id));
        let node = task.node_id.and_then(|id| self.nodes.get(&id));
        task.name_in(service.map(|own| &**own), node.map(|own| &**own))
    }
}

/// The lines of a run. `scenario` gives the words of steps and expectations.
pub fn lines(records: &[Record], store: &Store, scenario: &Scenario) -> Vec<Line> {
    lines_since(records, 0, |_| true, store, scenario)
}

/// The lines of a run from its record number `first` on, of the records that `is_told` chooses.
pub fn lines_since(
    records: &[Record],
    first: usize,
    is_told: impl Fn(&Record) -> bool,
    store: &Store,
    scenario: &Scenario,
) -> Vec<Line> {
    let first = first.min(records.len());
    let mut teller = Teller::new(scenario);
    teller.names = Names::of(records, store);
    if let Some(told_up_to) = records[..first].last().map(|record| record.at) {
        let steps = scenario.steps.iter();
        teller.steps_noted = steps.take_while(|step| step.at <= told_up_to).count();
    }
    for record in records[first..].iter().filter(|record| is_told(record)) {
        teller.tell(record);
    }
    teller.finish()
}

/// The lines as plain text; each moment is told once.
pub fn text(lines: &[Line]) -> String {
    let mut text = String::new();
    let mut last = None;
    for line in lines {
        let at = (last != Some(line.at)).then(|| line.at.to_string());
        let mut at = at.unwrap_or_default();
        let mut mark = line.kind.mark();
        for row in line.text.lines() {
            let _ = writeln!(text, "{at:>9}  {mark} {row}");
            at.clear();
            mark = ' ';
        }
        last = Some(line.at);
    }
    text
}

/// A change of a task that may be told together with others.
#[derive(Clone, Debug)]
struct Pending {
    at: SimTime,
    kind: Kind,
    /// What happened, without the task.
    what: String,
    tasks: Vec<String>,
}

/// Tells a run record by record, in their order, while it goes on.
#[derive(Clone, Debug)]
pub struct Teller<'s> {
    scenario: &'s Scenario,
    names: Names,
    /// How many steps have had their note told, if they have one.
    steps_noted: usize,
    lines: Vec<Line>,
    /// What may still be told together with what is to come.
    pending: Vec<Pending>,
}

impl<'s> Teller<'s> {
    /// Nothing has been told. `scenario` gives the words of steps and expectations.
    pub fn new(scenario: &'s Scenario) -> Self {
        Self {
            scenario,
            names: Names::default(),
            steps_noted: 0,
            lines: Vec::new(),
            pending: Vec::new(),
        }
    }

    /// Takes the next record and gives the lines that are complete.
    pub fn see(&mut self, record: &Record) -> impl Iterator<Item = Line> {
        self.names.see(record);
        self.tell(record);
        self.lines.drain(..)
    }

    /// The lines that are left when there are no more records.
    pub fn finish(mut self) -> Vec<Line> {
        self.flush();
        self.lines
    }

    fn push(&mut self, at: SimTime, kind: Kind, text: String) {
        self.flush();
        self.lines.push(Line { at, kind, text });
    }

    /// Tells the changes of tasks that have been gathered.
    fn flush(&mut self) {
        for pending in self.pending.drain(..) {
            let tasks = match pending.tasks.len() {
                0..=TASK_COUNT_MAX => pending.tasks.join(", "),
                count => {
                    let first = pending.tasks[..TASK_COUNT_MAX - 1].join(", ");
                    format!("{first} and {} more", count - (TASK_COUNT_MAX - 1))
                }
            };
            let text = format!("{tasks}  {}", pending.what);
            self.lines.push(Line {
                at: pending.at,
                kind: pending.kind,
                text,
            });
        }
    }

    fn tell(&mut self, record: &Record) {
        let at = record.at;
        let scenario = self.scenario;
        if !matches!(record.what, What::Change(_)) {
            while let Some(step) = scenario.steps.get(self.steps_noted)
                && step.at <= at
            {
                self.steps_noted += 1;
                if let Some(note) = &step.note {
                    self.push(step.at, Kind::Note, note.trim().to_owned());
                }
            }
        }
        match &record.what {
            What::Change(Change::Task(delta)) => self.tell_task(at, delta),
            What::Change(Change::Node(delta)) => self.tell_node(at, delta),
            What::Change(Change::Service(delta)) => self.tell_service(at, delta),
            What::Change(_) | What::Exit { code: 0, .. } => {}
            What::Command {
                node, host, line, ..
            } => {
                let host = host.as_deref().unwrap_or("?");
                let node = node.map_or(host, |node| self.names.node(node));
                let text = format!("{node}$ {}", line.trim());
                self.push(at, Kind::Command, text);
            }
            What::Output { is_error, text, .. } => {
                let kind = if *is_error { Kind::Error } else { Kind::Output };
                self.push(at, kind, text.trim_end().to_owned());
            }
            What::Exit { code, .. } => self.push(at, Kind::Error, format!("exit code {code}")),
            What::Fault { text, .. } => self.push(at, Kind::Fault, text.clone()),
            What::Expectation { index, holds, seen } => {
                let expectation = scenario.expectations.get(*index as usize);
                let (claim, why) = expectation.map_or_else(Default::default, |expectation| {
                    (expectation.claim.to_string(), expectation.why.clone())
                });
                let mut text = if *holds {
                    claim
                } else {
                    format!("{claim}: seen {seen}")
                };
                if let (false, Some(why)) = (holds, why) {
                    let _ = write!(text, "\n{}", why.trim());
                }
                self.push(at, if *holds { Kind::Holds } else { Kind::Fails }, text);
            }
        }
    }

    fn tell_service(&mut self, at: SimTime, delta: &Delta<Service>) {
        let service = delta.object();
        let name = service.name();
        let text = match delta {
            Delta::Created(_) => {
                let mode = service.spec.mode;
                Some(format!("service {name} created ({})", describe_mode(mode)))
            }
            Delta::Updated { old, new } if old.spec.mode != new.spec.mode => {
                let mode = describe_mode(new.spec.mode);
                Some(format!("service {name} scaled to {mode}"))
            }
            Delta::Updated { old, new } => {
                (old.spec != new.spec).then(|| format!("service {name} updated"))
            }
            Delta::Deleted(_) => Some(format!("service {name} removed")),
        };
        if let Some(text) = text {
            self.push(at, Kind::Change, text);
        }
        if let Delta::Updated { old, new } = delta
            && let Some(status) = &new.update_status
            && old.update_status.as_ref().map(|status| status.state) != Some(status.state)
        {
            self.tell_update(at, name, status);
        }
    }

    /// Where an update is.
    fn tell_update(&mut self, at: SimTime, name: &str, status: &UpdateStatus) {
        let message = &status.message;
        let (kind, text) = match status.state {
            UpdateState::Updating => (Kind::Change, format!("update of {name} begins")),
            UpdateState::Completed => (Kind::Change, format!("update of {name} completed")),
            UpdateState::Paused | UpdateState::RollbackStarted | UpdateState::RollbackPaused => {
                (Kind::Trouble, format!("{name}: {message}"))
            }
            UpdateState::RollbackCompleted => {
                (Kind::Change, format!("rollback of {name} completed"))
            }
        };
        self.push(at, kind, text);
    }

    fn tell_node(&mut self, at: SimTime, delta: &Delta<Node>) {
        let node = delta.object();
        let name = node.hostname();
        match delta {
            // The cluster as it was from the beginning is not news.
            Delta::Created(_) if at == SimTime::ZERO => {}
            Delta::Created(_) => self.push(at, Kind::Change, format!("node {name} joined")),
            Delta::Deleted(_) => self.push(at, Kind::Trouble, format!("node {name} removed")),
            Delta::Updated { old, new } => {
                if old.spec.availability != new.spec.availability {
                    let text = format!("node {name} is now {}", new.spec.availability);
                    self.push(at, Kind::Change, text);
                }
                if old.status.state != new.status.state {
                    let message = &new.status.message;
                    let separator = if message.is_empty() { "" } else { ": " };
                    let state = new.status.state;
                    let text = format!("node {name} is {state}{separator}{message}");
                    let kind = match state {
                        NodeState::Ready => Kind::Change,
                        _ => Kind::Trouble,
                    };
                    self.push(at, kind, text);
                }
                let labels = |node: &Node| node.spec.annotations.labels.clone();
                if labels(old) != labels(new) {
                    let text = format!("node {name} has labels {:?}", labels(new));
                    self.push(at, Kind::Change, text);
                }
            }
        }
    }

    fn tell_task(&mut self, at: SimTime, delta: &Delta<Task>) {
        let task = delta.object();
        let told = match delta {
            Delta::Created(task) if task.desired_state == TaskState::Ready => {
                Some((Kind::Change, "created, to be prepared and wait".to_owned()))
            }
            Delta::Created(_) => Some((Kind::Change, "created".to_owned())),
            Delta::Deleted(_) => Some((Kind::Change, "deleted".to_owned())),
            Delta::Updated { old, new } => self.describe(old, new),
        };
        let Some((kind, what)) = told else { return };
        let name = self.names.task(task);
        let same = self
            .pending
            .iter_mut()
            .find(|p| p.at == at && p.kind == kind && p.what == what);
        match same {
            Some(pending) => pending.tasks.push(name),
            None => {
                if self.pending.first().is_some_and(|pending| pending.at != at) {
                    self.flush();
                }
                self.pending.push(Pending {
                    at,
                    kind,
                    what,
                    tasks: vec![name],
                });
            }
        }
    }

    /// What changed about a task, if it is worth a line.
    fn describe(&self, old: &Task, new: &Task) -> Option<(Kind, String)> {
        let state = new.status.state;
        if old.desired_state != new.desired_state {
            let what = match new.desired_state {
                TaskState::Running => "may start now".to_owned(),
                TaskState::Shutdown => "to be shut down".to_owned(),
                TaskState::Remove => "to be removed".to_owned(),
                other => format!("wanted: {other}"),
            };
            return Some((Kind::Change, what));
        }
        if !new.status.err.is_empty() && old.status.err != new.status.err {
            return Some((Kind::Trouble, format!("{state}: {}", new.status.err)));
        }
        if old.status.state == state {
            return None;
        }
        let node = new.node_id.map_or("?", |node| self.names.node(node));
        match state {
            TaskState::Assigned => Some((Kind::Change, format!("assigned to {node}"))),
            TaskState::Running => Some((Kind::Change, format!("running on {node}"))),
            TaskState::Failed | TaskState::Rejected | TaskState::Orphaned => {
                Some((Kind::Trouble, format!("{state} on {node}")))
            }
            TaskState::Complete | TaskState::Shutdown => Some((Kind::Change, state.to_string())),
            // The steps between are the engine's business.
            _ => None,
        }
    }
}

fn describe_mode(mode: crate::model::ServiceMode) -> String {
    match mode {
        crate::model::ServiceMode::Replicated { replicas: 1 } => "1 replica".to_owned(),
        crate::model::ServiceMode::Replicated { replicas } => format!("{replicas} replicas"),
        other => other.as_str().to_owned(),
    }
}
