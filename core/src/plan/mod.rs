//! The dry run: what would `docker stack deploy` do to this cluster?
//!
//! Docker has no such thing. A fork of the simulation is deployed to, and compared with what was
//! there before: what is made, changed and removed ([`changes`](Change)), how it goes until nothing
//! is left to do, what finds no place and why, and what would go wrong one day (`risks`). The
//! simulation itself stays as it is.
//!
//! Left out: the loss of several nodes at once, and networks that are there already but described differently
//! (docker leaves them as they are, and does not say so).

mod changes;
mod risks;
mod text;

use serde::Serialize;

pub use changes::{Action, Change, Field};
pub use risks::{Loss, Risk, RiskKind};
pub use text::render;

use crate::kernel::{Record, What};
use crate::model::{ServiceMode, TaskState};
use crate::report::timeline::{self, Line};
use crate::scenario::Scenario;
use crate::simulation::Simulation;
use crate::stack::LABEL_NAMESPACE;
use crate::store::Store;
use crate::time::{MINUTE, SimTime};

/// How long the cluster is watched after the deployment.
pub const WATCH_NS: u64 = 15 * MINUTE;

/// The version of the plan as data.
pub const SCHEMA_VERSION: u32 = 1;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The stack.
    pub stack: String,
    /// Its files, by the names under which the client has them.
    pub files: Vec<String>,
    /// Whether services that the files do not have are removed.
    pub prune: bool,
}

/// The answer.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Plan {
    /// The version of this form.
    pub schema_version: u32,
    /// The stack.
    pub stack: String,
    /// What docker refuses, if it does. What comes before the refusal has been done by then.
    pub refusal: Option<String>,
    /// What docker warns of.
    pub warnings: Vec<String>,
    /// What is made, changed and removed, in the order in which docker goes.
    pub changes: Vec<Change>,
    /// How long it takes until nothing is left to do, in nanoseconds; absent if it goes on for
    /// longer than it is watched.
    pub settled_after_ns: Option<u64>,
    /// What happens on the way, as a person would tell it.
    pub timeline: Vec<Moment>,
    /// Tasks that find no place.
    pub unplaced: Vec<Unplaced>,
    /// Services that do not have what they want at the end, though their tasks were placed.
    pub short: Vec<Short>,
    /// What would go wrong one day.
    pub risks: Vec<Risk>,
    /// What the loss of each node leaves, where that was tried: of those that run tasks, unless
    /// they are too many or managers without which there is no majority.
    pub losses: Vec<Loss>,
}

/// A moment of the way.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Moment {
    /// How long after the deployment, in nanoseconds.
    pub after_ns: u64,
    /// What happens.
    pub text: String,
}

/// A task that finds no place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unplaced {
    /// The task, such as `shop_web.3`.
    pub task: String,
    /// Why, in docker's words.
    pub why: String,
}

/// A service that does not have what it wants.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Short {
    /// The service.
    pub service: String,
    /// How many of its tasks run.
    pub running: u64,
    /// How many should.
    pub wanted: u64,
    /// What its last failed task says.
    pub why: String,
}

impl Plan {
    /// Whether the deployment would make, change or remove anything.
    pub fn has_changes(&self) -> bool {
        self.changes
            .iter()
            .any(|change| change.action != Action::Keep)
    }

    /// Whether the cluster can give what the files ask for.
    pub fn succeeds(&self) -> bool {
        self.refusal.is_none() && self.unplaced.is_empty() && self.short.is_empty()
    }
}

/// The JSON Schema (draft 2020-12) of a plan as data.
#[cfg(feature = "schema")]
pub fn json_schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    let mut schema = settings.into_generator().into_root_schema_for::<Plan>();
    schema.insert("title".to_owned(), serde_json::json!("swarmlab plan"));
    schema.to_value()
}

/// Makes a plan at the present moment of a simulation.
pub fn plan(simulation: &Simulation, scenario: &Scenario, question: &Question) -> Plan {
    let mut fork = simulation.fork();
    let begun_at = fork.moment().time;
    let first = fork.records().len();
    let before = fork.swarm().kernel.store.clone();
    let line = line(question);
    fork.type_line(scenario.first_manager(), &line);
    let (refusal, warnings) = said(&fork.records()[first..]);
    // The line and what the manager has done at once; the tasks come later.
    let changes = changes::between(&before, &fork.swarm().kernel, &question.stack);
    let settled_at = run(&mut fork);
    let (risks, losses) = risks::find(&fork, &question.stack);
    let store = &fork.swarm().kernel.store;
    let is_told = |record: &Record| {
        !matches!(
            record.what,
            What::Command { .. } | What::Output { .. } | What::Exit { .. }
        )
    };
    let lines = timeline::lines_since(fork.records(), first, is_told, store, scenario);
    Plan {
        schema_version: SCHEMA_VERSION,
        stack: question.stack.clone(),
        refusal,
        warnings,
        changes,
        settled_after_ns: settled_at.map(|at| at.since(begun_at)),
        timeline: moments(&lines, begun_at),
        unplaced: unplaced(store, &question.stack),
        short: short(store, &question.stack),
        risks,
        losses,
    }
}

/// The line that is typed.
fn line(question: &Question) -> String {
    let mut words = vec!["docker stack deploy --detach".to_owned()];
    if question.prune {
        words.push("--prune".to_owned());
    }
    for file in &question.files {
        words.push(format!("-c {}", quoted(file)));
    }
    words.push(quoted(&question.stack));
    words.join(" ")
}

/// A word as a shell reads it whole.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// What the line complained about: why it failed, if it did, and warnings.
fn said(records: &[Record]) -> (Option<String>, Vec<String>) {
    let (mut errors, mut code) = (String::new(), 0);
    for record in records {
        match &record.what {
            What::Output {
                is_error: true,
                text,
                ..
            } => errors += text,
            What::Exit { code: ended, .. } => code = *ended,
            _ => {}
        }
    }
    if code != 0 {
        return (Some(errors.trim_end().to_owned()), Vec::new());
    }
    let lines = errors
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    (None, lines.map(str::to_owned).collect())
}

/// Goes on until nothing is left to do, and says when that was.
fn run(simulation: &mut Simulation) -> Option<SimTime> {
    let limit = simulation.moment().time + WATCH_NS;
    loop {
        if simulation.is_quiet() {
            return Some(simulation.moment().time);
        }
        match simulation.next_at() {
            Some(at) if at <= limit => simulation.step(),
            Some(_) => return None,
            None => return Some(simulation.moment().time),
        };
    }
}

fn moments(lines: &[Line], begun_at: SimTime) -> Vec<Moment> {
    lines
        .iter()
        .map(|line| Moment {
            after_ns: line.at.since(begun_at),
            text: line.text.clone(),
        })
        .collect()
}

/// Whether something belongs to a stack.
fn belongs(labels: &crate::model::Labels, stack: &str) -> bool {
    labels
        .get(LABEL_NAMESPACE)
        .is_some_and(|name| name == stack)
}

fn unplaced(store: &Store, stack: &str) -> Vec<Unplaced> {
    let mut found = Vec::new();
    for service in store.services() {
        if !belongs(&service.spec.annotations.labels, stack) {
            continue;
        }
        let waiting = store.tasks_of_service(service.id).filter(|task| {
            task.status.state == TaskState::Pending && task.desired_state <= TaskState::Running
        });
        found.extend(waiting.map(|task| Unplaced {
            task: format!("{}.{}", service.name(), task.slot),
            why: task.status.err.to_string(),
        }));
    }
    found
}

fn short(store: &Store, stack: &str) -> Vec<Short> {
    let mut found = Vec::new();
    for service in store.services() {
        let ServiceMode::Replicated { replicas: wanted } = service.spec.mode else {
            continue;
        };
        if !belongs(&service.spec.annotations.labels, stack) {
            continue;
        }
        let tasks = || store.tasks_of_service(service.id);
        let running = tasks()
            .filter(|task| {
                task.status.state == TaskState::Running && task.desired_state <= TaskState::Running
            })
            .count() as u64;
        let waiting = tasks()
            .filter(|task| {
                task.status.state == TaskState::Pending && task.desired_state <= TaskState::Running
            })
            .count() as u64;
        if running + waiting >= wanted {
            continue;
        }
        let failed = tasks().filter(|task| task.status.state > TaskState::Complete);
        let why = failed.max_by_key(|task| task.status.timestamp);
        found.push(Short {
            service: service.name().to_owned(),
            running,
            wanted,
            why: why
                .map(|task| task.status.err.to_string())
                .unwrap_or_default(),
        });
    }
    found
}
