//! The core for browsers: a scenario that is played, a console, and no logic of their own.
//!
//! Moments are nanoseconds since the beginning, as `BigInt`. Whatever can be wrong with a scenario
//! is thrown as an `Error` whose message is the diagnostics as text; once a simulation exists,
//! going through it cannot fail.

mod console;
pub mod play;

use swarmlab_core::diagnostic::Diagnostics;
use swarmlab_core::report::{availability, timeline, traffic};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::scheduler::explain::text;
use swarmlab_core::simulation::{self, Options};
use swarmlab_core::time::SimTime;
use wasm_bindgen::prelude::*;

/// How diagnostics call the text, which has no file.
const SOURCE_NAME: &str = "scenario";

/// A scenario that is being played.
#[wasm_bindgen]
pub struct Simulation {
    scenario: Scenario,
    simulation: simulation::Simulation,
}

#[wasm_bindgen]
impl Simulation {
    /// Reads a scenario and sets its stage. `seed` overrides that of the scenario.
    #[wasm_bindgen(constructor)]
    pub fn new(yaml: &str, seed: Option<u64>) -> Result<Self, JsError> {
        let refuse = |diagnostics: &Diagnostics| error(yaml, diagnostics);
        let (scenario, _warnings) = Scenario::parse(yaml).map_err(|why| refuse(&why))?;
        let options = Options {
            seed,
            ..Options::default()
        };
        let simulation =
            simulation::Simulation::new(&scenario, options).map_err(|why| refuse(&why))?;
        Ok(Self {
            scenario,
            simulation,
        })
    }

    /// The present moment.
    #[wasm_bindgen(getter, js_name = nowNs)]
    pub fn now_ns(&self) -> u64 {
        self.simulation.moment().time.as_nanos()
    }

    /// Processes the next event. False if there is none.
    pub fn step(&mut self) -> bool {
        self.simulation.step()
    }

    /// Goes on to a moment.
    #[wasm_bindgen(js_name = runUntilNs)]
    pub fn run_until_ns(&mut self, moment_ns: u64) {
        self.simulation.run_until(SimTime(moment_ns));
    }

    /// Goes on to the end.
    #[wasm_bindgen(js_name = runToEnd)]
    pub fn run_to_end(&mut self) {
        self.simulation.run_to_end();
    }

    /// Stands at a moment, earlier or later.
    #[wasm_bindgen(js_name = seekNs)]
    pub fn seek_ns(&mut self, moment_ns: u64) {
        self.simulation.seek(SimTime(moment_ns));
    }

    /// The name of everything that has happened up to the present moment.
    pub fn fingerprint(&self) -> String {
        self.simulation.fingerprint().to_string()
    }

    /// What has happened up to the present moment, for people.
    pub fn timeline(&self) -> String {
        let store = &self.simulation.swarm().kernel.store;
        let lines = timeline::lines(self.simulation.records(), store, &self.scenario);
        timeline::text(&lines)
    }

    /// How many tasks of each service ran over time, as the JSON of an array of
    /// `{service, lowest: {at_ns, running, of} | null, short_ns, short_count, is_short,
    /// has_served, series: [{at_ns, running, desired}]}`.
    pub fn availability(&self) -> String {
        availability::json(&self.simulation)
    }

    /// What became of the requests of clients, as the JSON of an array of `{client, counts, latency,
    /// tasks, nodes, seconds}`.
    pub fn traffic(&self) -> String {
        traffic::json(&self.simulation)
    }

    /// Why a task, such as `web.3`, is where it is, or why it is nowhere. `undefined` if there is
    /// no such task, or if the scheduler has not decided about it.
    pub fn explain(&self, task: &str) -> Option<String> {
        let subject = self.simulation.find_task(task)?;
        let (_, explanation) = self.simulation.explain(subject.task)?;
        Some(text::render(&explanation, &subject.name))
    }
}

/// The one way in which things are refused.
fn error(yaml: &str, diagnostics: &Diagnostics) -> JsError {
    JsError::new(&diagnostics.render(yaml, SOURCE_NAME, false))
}
