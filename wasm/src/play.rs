//! What the page of the playground asks beside lines: moments, pictures, reasons, mistakes.
//!
//! What is large or has a structure goes over as JSON; its types are in `core::report`, and those
//! of TypeScript are generated from them.

use serde::Serialize;
use serde_json::Value;
use swarmlab_core::console::Ahead;
use swarmlab_core::diagnostic::Diagnostics;
use swarmlab_core::ids::TaskId;
use swarmlab_core::report::{json, reasons, timeline, traffic, view};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::SimTime;
use wasm_bindgen::prelude::*;

use crate::console::Console;

/// What is wrong with a scenario, as the JSON of an array of diagnostics, warnings included.
#[wasm_bindgen]
pub fn check(yaml: &str) -> String {
    let checked = || -> Result<Diagnostics, Diagnostics> {
        let (scenario, warnings) = Scenario::parse(yaml)?;
        Simulation::new(&scenario, Options::default())?;
        Ok(warnings)
    };
    text(&checked().unwrap_or_else(|mistakes| mistakes)[..])
}

#[wasm_bindgen]
impl Console {
    /// Another console with the same past, which can go on differently.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            console: self.console.clone(),
        }
    }

    /// When the next event comes, if any.
    #[wasm_bindgen(getter, js_name = nextNs)]
    pub fn next_ns(&self) -> Option<u64> {
        self.console.simulation().next_at().map(SimTime::as_nanos)
    }

    /// The last moment for which the scenario has something in store.
    #[wasm_bindgen(getter, js_name = lastNs)]
    pub fn last_ns(&self) -> u64 {
        self.console.simulation().last_moment().as_nanos()
    }

    /// How many events have been processed.
    #[wasm_bindgen(getter, js_name = eventCount)]
    pub fn event_count(&self) -> u64 {
        self.console.simulation().moment().events
    }

    /// Stands at a moment, earlier or later.
    #[wasm_bindgen(js_name = standAtNs)]
    pub fn stand_at_ns(&mut self, moment_ns: u64) {
        self.console.stand_at(SimTime(moment_ns));
    }

    /// Goes on to a moment, by so many events at the most, or until nothing more happens. Says
    /// how far it came: `more`, `limit` or `quiet`.
    #[wasm_bindgen(js_name = lookAheadNs)]
    pub fn look_ahead_ns(&mut self, limit_ns: u64, events: u32) -> String {
        let ahead = self.console.look_ahead(SimTime(limit_ns), events.into());
        let word = match ahead {
            Ahead::More => "more",
            Ahead::Limit => "limit",
            Ahead::Quiet => "quiet",
        };
        word.to_owned()
    }

    /// The nodes and services: the JSON of a `View`.
    pub fn view(&self) -> String {
        text(&view::view(
            self.console.simulation(),
            self.console.script(),
        ))
    }

    /// The tasks, as rows of numbers (see `task_rows` of the core).
    pub fn tasks(&self) -> Vec<u32> {
        view::task_rows(&self.console.simulation().swarm().kernel.store)
    }

    /// A task: the JSON of a `TaskView`, if there is one with this number.
    pub fn task(&self, id: u32) -> Option<String> {
        let task = view::task(self.console.simulation(), TaskId(id))?;
        Some(text(&task))
    }

    /// Why a task is where it is, or nowhere: the JSON of a `Why`, if the scheduler decided.
    pub fn why(&self, id: u32) -> Option<String> {
        let why = reasons::of(self.console.simulation(), TaskId(id))?;
        Some(text(&why))
    }

    /// What became of the requests of clients: the JSON of an array of `TrafficView`.
    pub fn traffic(&self) -> String {
        traffic::json(self.console.simulation())
    }

    /// What has happened: the JSON of an array of `Line`.
    pub fn lines(&self) -> String {
        let simulation = self.console.simulation();
        let store = &simulation.swarm().kernel.store;
        let script = self.console.script();
        text(&timeline::lines(simulation.records(), store, script))
    }

    /// The records from a number on, a line of JSON each.
    pub fn trace(&self, first: u32, count: u32) -> String {
        let simulation = self.console.simulation();
        let ids = &simulation.swarm().kernel.ids;
        let records = simulation.records().iter().skip(first as usize);
        let mut lines = String::new();
        for record in records.take(count as usize) {
            let record: Value = json::record(record, ids);
            lines.push_str(&record.to_string());
            lines.push('\n');
        }
        lines
    }

    /// How many lines can be undone.
    #[wasm_bindgen(getter, js_name = undoCount)]
    pub fn undo_count(&self) -> u32 {
        u32::try_from(self.console.undo_counts().0).unwrap_or(u32::MAX)
    }

    /// How many undone lines can be done again.
    #[wasm_bindgen(getter, js_name = redoCount)]
    pub fn redo_count(&self) -> u32 {
        u32::try_from(self.console.undo_counts().1).unwrap_or(u32::MAX)
    }

    /// What the terminals show whose lines have not returned.
    pub fn screens(&self) -> Vec<String> {
        let simulation = self.console.simulation();
        let waiting = simulation.waiting();
        waiting.map(|process| simulation.screen(process)).collect()
    }
}

/// Plain data: nothing in it can fail to be written.
fn text<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
