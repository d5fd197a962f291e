//! The answer to "why?" about a task: the decision of the scheduler and the life of the task.

use std::fmt::Write as _;

use serde::Serialize;

use super::life::{self, Life};
use crate::collections::Order as _;
use crate::diagnostic::nearest;
use crate::scheduler::explain::{Explanation, text};
use crate::simulation::Simulation;
use crate::time::SimTime;

/// So many tasks are named to somebody who asks for one that there is not.
const NAME_COUNT_MAX: usize = 8;

/// Everything that can be said about a task at a moment.
#[derive(Clone, Debug, Serialize)]
pub struct Why {
    /// What people call the task: `web.3`.
    pub name: String,
    /// The moment at which it was asked.
    pub asked_at_ns: SimTime,
    /// The moment of the decision; that of the question if the task still waits for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at_ns: Option<SimTime>,
    /// The decision. Absent if the scheduler had nothing to decide.
    #[serde(flatten)]
    pub explanation: Option<Explanation>,
    /// What happened to it.
    pub life: Option<Life>,
}

/// Asks about a task by its name (`web.3`: the newest one in its slot) or the beginning of its id.
/// An error says what there is instead.
pub fn ask(simulation: &Simulation, task: &str) -> Result<Why, String> {
    let now = simulation.moment().time;
    let Some(subject) = simulation.find_task(task) else {
        return Err(there_is_none(simulation, task));
    };
    let (decided_at_ns, explanation) = simulation.explain(subject.task).unzip();
    let ids = &simulation.swarm().kernel.ids;
    Ok(Why {
        name: subject.name,
        asked_at_ns: now,
        decided_at_ns,
        explanation,
        life: life::of(simulation.records(), subject.task, ids),
    })
}

/// The answer in words.
pub fn render(why: &Why) -> String {
    let mut out = String::new();
    if let (Some(at), Some(explanation)) = (why.decided_at_ns, &why.explanation) {
        let _ = writeln!(out, "At {at}:");
        out.push_str(&text::render(explanation, &why.name));
    } else {
        let (name, now) = (&why.name, why.asked_at_ns);
        let _ = writeln!(out, "The scheduler has not decided about {name} at {now}.");
    }
    if let Some(life) = &why.life {
        out.push('\n');
        out.push_str(&life::render(life));
    }
    out
}

fn there_is_none(simulation: &Simulation, task: &str) -> String {
    let now = simulation.moment().time;
    let kernel = &simulation.swarm().kernel;
    let mut names: Vec<String> = kernel
        .store
        .tasks()
        .filter_map(|task| simulation.find_task(&kernel.ids.text(task.id)))
        .map(|subject| subject.name)
        .collect();
    names.order();
    names.dedup();
    let mut text = format!("there is no task {task} at {now}");
    if names.is_empty() {
        text.push_str(", nor any other");
        return text;
    }
    if let Some(near) = nearest(task, names.iter().map(String::as_str)) {
        let _ = write!(text, "; did you mean {near}?");
        return text;
    }
    let shown = names.len().min(NAME_COUNT_MAX);
    let _ = write!(text, "; there are {}", names[..shown].join(", "));
    if names.len() > shown {
        let _ = write!(text, " and {} more", names.len() - shown);
    }
    text
}
