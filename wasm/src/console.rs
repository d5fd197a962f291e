//! The console for browsers: the one of `swarmlab shell`, line by line.

use swarmlab_core::console::{self, Request};
use swarmlab_core::report::{availability, timeline};
use swarmlab_core::scenario::Scenario;
use wasm_bindgen::prelude::*;

use crate::{SOURCE_NAME, error};

/// Somebody in front of a swarm, who types.
#[wasm_bindgen]
pub struct Console {
    pub(crate) console: console::Console,
}

/// What a line is answered.
#[wasm_bindgen(getter_with_clone)]
pub struct Answer {
    /// The text, whole lines.
    pub text: String,
    /// 0 if all went well.
    #[wasm_bindgen(js_name = exitCode)]
    pub exit_code: u8,
    /// The moment before the line.
    #[wasm_bindgen(js_name = fromNs)]
    pub from_ns: u64,
    /// The moment after it.
    #[wasm_bindgen(js_name = toNs)]
    pub to_ns: u64,
    /// What the page is asked to do: `save`, `load`, `exit`, or nothing.
    pub request: Option<String>,
    /// The file to save or to load, as it was typed.
    pub path: Option<String>,
    /// The text to save.
    pub content: Option<String>,
}

/// What could be put in place of a part of a line.
#[wasm_bindgen(getter_with_clone)]
pub struct Completions {
    /// The first UTF-16 unit of the line that is replaced.
    pub start: u32,
    /// The first one behind.
    pub end: u32,
    /// By what, in order.
    pub words: Vec<String>,
}

#[wasm_bindgen]
impl Console {
    /// A console in front of a scenario at its beginning. `seed` overrides that of the scenario.
    #[wasm_bindgen(constructor)]
    pub fn new(yaml: &str, seed: Option<u64>) -> Result<Self, JsError> {
        let console = Scenario::parse(yaml).and_then(|(mut scenario, _warnings)| {
            scenario.seed = seed.unwrap_or(scenario.seed);
            console::Console::new(scenario)
        });
        let console = console.map_err(|mistakes| error(yaml, &mistakes))?;
        Ok(Self { console })
    }

    /// The moment and the node, as the beginning of a line.
    pub fn prompt(&self) -> String {
        self.console.prompt()
    }

    /// Answers a line.
    #[wasm_bindgen(js_name = typeLine)]
    pub fn type_line(&mut self, line: &str) -> Answer {
        answer(self.console.type_line(line))
    }

    /// Begins anew with the text of a file, after a line that asked for it.
    pub fn load(&mut self, yaml: &str) -> Answer {
        answer(self.console.load(yaml, SOURCE_NAME))
    }

    /// What could stand where the cursor is. Places are counted in UTF-16 units, as JavaScript
    /// does.
    pub fn complete(&self, line: &str, cursor: u32) -> Completions {
        let found = self.console.complete_utf16(line, cursor as usize);
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Completions {
            start: place(found.range.start),
            end: place(found.range.end),
            words: found.words,
        }
    }

    /// Everything up to now, with what was typed, as a scenario file.
    pub fn scenario(&self) -> String {
        self.console.scenario().to_yaml()
    }

    /// The present moment.
    #[wasm_bindgen(getter, js_name = nowNs)]
    pub fn now_ns(&self) -> u64 {
        self.console.simulation().moment().time.as_nanos()
    }

    /// The name of everything that has happened.
    pub fn fingerprint(&self) -> String {
        self.console.fingerprint().to_string()
    }

    /// What has happened, for people.
    pub fn timeline(&self) -> String {
        let simulation = self.console.simulation();
        let store = &simulation.swarm().kernel.store;
        let scenario = self.console.scenario();
        timeline::text(&timeline::lines(simulation.records(), store, &scenario))
    }

    /// How many tasks of each service ran over time: see `Simulation.availability`.
    pub fn availability(&self) -> String {
        availability::json(self.console.simulation())
    }
}

fn answer(answer: console::Answer) -> Answer {
    let (request, path, content) = match answer.request {
        None => (None, None, None),
        Some(Request::Save { path, text, .. }) => (Some("save"), Some(path), Some(text)),
        Some(Request::Load { path }) => (Some("load"), Some(path), None),
        Some(Request::Exit) => (Some("exit"), None, None),
    };
    Answer {
        text: answer.text,
        exit_code: answer.exit_code,
        from_ns: answer.from.as_nanos(),
        to_ns: answer.to.as_nanos(),
        request: request.map(str::to_owned),
        path,
        content,
    }
}
