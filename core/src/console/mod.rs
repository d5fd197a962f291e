//! The console: a line goes in, an answer comes out, and simulated time moves as the line asks.
//!
//! The brain of `swarmlab shell` and of a terminal in the browser. It is pure: files are read and
//! written by whoever shows it, for whom it leaves a [`Request`].
//!
//! What is typed happens at a moment at which nothing else happens: a busy moment is left for the
//! next free millisecond. That is why everything typed can be saved as a scenario that plays to the
//! same fingerprint: the order of what happens never hangs on who came first within a moment.
//!
//! Left out: interrupting a command half-way. One that never returns is left waiting when nothing
//! more can happen, as if it had been sent to the background.

mod complete;
mod overview;
mod play;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

pub use complete::Completions;
pub use play::Ahead;

use crate::diagnostic::{Diagnostics, Span, nearest};
use crate::docker;
use crate::kernel::{Fingerprint, Record, What};
use crate::report::timeline;
use crate::scenario::{Action, Scenario, Step};
use crate::scheduler::explain::text;
use crate::simulation::{Options, Simulation};
use crate::time::{HOUR, MILLISECOND, SimTime, format_duration, parse_duration};
use crate::yaml::ScalarPlace;

/// A line processes no more events than this.
const EVENTS_PER_LINE_MAX: u64 = 1_000_000;
/// A command that holds its terminal is waited for no longer than this, and neither is the end of
/// `run until converged`.
const RUN_NS_MAX: u64 = HOUR;
/// So many lines can be undone.
const UNDO_COUNT_MAX: usize = 64;

/// What a line is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The text, whole lines.
    pub text: String,
    /// 0 if all went well.
    pub exit_code: u8,
    /// The moment before the line.
    pub from: SimTime,
    /// The moment after it.
    pub to: SimTime,
    /// What the caller is asked to do.
    pub request: Option<Request>,
}

/// What only somebody with files and a terminal can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Write a file.
    Save {
        /// As it was typed.
        path: String,
        /// What it shall hold.
        text: String,
    },
    /// Read a file and hand it to [`Console::load`].
    Load {
        /// As it was typed.
        path: String,
    },
    /// Leave.
    Exit,
}

/// A swarm with somebody in front of it.
#[derive(Clone, Debug)]
pub struct Console {
    present: Present,
    undo: Vec<Present>,
    redo: Vec<Present>,
}

/// Everything that a line can change.
#[derive(Clone, Debug)]
struct Present {
    scenario: Arc<Scenario>,
    simulation: Simulation,
    node: String,
    /// Whether nothing has happened at the present moment.
    is_free: bool,
    /// How many records have been told.
    told: usize,
    /// The lines whose answers have been seen already.
    answered: BTreeSet<u32>,
}

/// What a word of the console comes to; an error is a refusal.
type Said = Result<String, String>;

impl Console {
    /// A console in front of a scenario at its beginning.
    pub fn new(scenario: Scenario) -> Result<Self, Diagnostics> {
        let present = Present::new(scenario)?;
        Ok(Self {
            present,
            undo: Vec::new(),
            redo: Vec::new(),
        })
    }

    /// The moment and the node, as the beginning of a line.
    pub fn prompt(&self) -> String {
        format!("[{}] {}$ ", short(self.now()), self.present.node)
    }

    /// The simulation as it stands.
    pub fn simulation(&self) -> &Simulation {
        &self.present.simulation
    }

    /// The name of everything that has happened.
    pub fn fingerprint(&self) -> Fingerprint {
        self.present.simulation.fingerprint()
    }

    /// Everything up to now, with what was typed, as a scenario.
    pub fn scenario(&self) -> Scenario {
        self.present.saved()
    }

    fn now(&self) -> SimTime {
        self.present.simulation.moment().time
    }

    /// Answers a line.
    pub fn type_line(&mut self, line: &str) -> Answer {
        let from = self.now();
        let mut request = None;
        // YAML breaks lines at these, no shell does; a saved file would lose them.
        let line = line.replace(['\u{85}', '\u{2028}', '\u{2029}'], " ");
        let (text, exit_code) = match self.answer(line.trim(), &mut request) {
            Ok((text, code)) => (text, code),
            Err(refusal) => (format!("{refusal}\n"), 1),
        };
        Answer {
            text,
            exit_code,
            from,
            to: self.now(),
            request,
        }
    }

    /// Begins anew with the text of a scenario, as asked for by [`Request::Load`].
    pub fn load(&mut self, yaml: &str, name: &str) -> Answer {
        let from = self.now();
        let loaded = Scenario::parse(yaml).and_then(|(scenario, _)| Present::new(scenario));
        let (text, exit_code) = match loaded {
            Ok(present) => {
                let before = std::mem::replace(&mut self.present, present);
                self.remember(before);
                (String::new(), 0)
            }
            Err(mistakes) => (mistakes.render(yaml, name, false), 2),
        };
        Answer {
            text,
            exit_code,
            from,
            to: self.now(),
            request: None,
        }
    }

    fn answer(
        &mut self,
        line: &str,
        request: &mut Option<Request>,
    ) -> Result<(String, u8), String> {
        if line.is_empty() || line.starts_with('#') {
            return Ok((String::new(), 0));
        }
        if let Some(rest) = line.strip_prefix('@') {
            let (node, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let node = self.known_node(node)?;
            let rest = rest.trim();
            if rest.is_empty() {
                self.present.node = node;
                return Ok((String::new(), 0));
            }
            if rest.split_whitespace().next() != Some("docker") {
                return Err("after `@NODE` comes a docker command".to_owned());
            }
            return self.docker(&node, rest);
        }
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        if word == "docker" {
            let node = self.present.node.clone();
            return self.docker(&node, line);
        }
        self.word(word, rest, request).map(|text| (text, 0))
    }

    fn word(&mut self, word: &str, rest: &str, request: &mut Option<Request>) -> Said {
        let node = |node: &str| node.to_owned();
        match word {
            "on" => {
                self.present.node = self.known_node(rest)?;
                Ok(String::new())
            }
            "tick" => self.moving(|present| present.tick(rest)),
            "run" => self.moving(|present| present.run(rest)),
            "goto" => self.moving(|present| present.go_to(rest)),
            "undo" => Self::turn_back(&mut self.present, &mut self.undo, &mut self.redo, "undo"),
            "redo" => Self::turn_back(&mut self.present, &mut self.redo, &mut self.undo, "redo"),
            "status" => Ok(self.status()),
            "tasks" => Ok(self.tasks()),
            "events" => Ok(self.present.tell()),
            "timeline" => Ok(self.present.tell_all()),
            "explain" => self.explain(rest),
            "crash" => self.fault(Action::Crash { node: node(rest) }, rest, true),
            "recover" => self.fault(Action::Recover { node: node(rest) }, rest, true),
            "join" => self.fault(Action::Join { node: node(rest) }, rest, true),
            "kill" => self.fault(Action::Kill { task: node(rest) }, rest, false),
            "save" | "load" if rest.is_empty() => Err(format!("{word} what? {word} FILE")),
            "save" => {
                *request = Some(Request::Save {
                    path: rest.to_owned(),
                    text: self.scenario().to_yaml(),
                });
                Ok(String::new())
            }
            "load" => {
                let path = rest.to_owned();
                *request = Some(Request::Load { path });
                Ok(String::new())
            }
            "seed" => self.seed(rest),
            "help" => help(rest),
            "exit" | "quit" => {
                *request = Some(Request::Exit);
                Ok(String::new())
            }
            _ => Err(unknown(word)),
        }
    }

    /// Types a docker line and waits until it returns.
    fn docker(&mut self, node: &str, line: &str) -> Result<(String, u8), String> {
        // A scenario refuses such a line; so it never happened here either.
        docker::words::split(line).map_err(|error| format!("this line cannot be read: {error}"))?;
        let before = self.present.clone();
        let answer = self.present.docker(node, line);
        let version = |present: &Present| present.simulation.swarm().kernel.store.version();
        if version(&before) != version(&self.present) {
            self.remember(before);
        }
        Ok(answer)
    }

    fn fault(&mut self, action: Action, operand: &str, is_node: bool) -> Said {
        if operand.is_empty() {
            return Err("this needs a name".to_owned());
        }
        if is_node {
            self.known_node(operand)?;
        }
        if let Some(refusal) = self.present.simulation.refusal(&action) {
            return Err(refusal);
        }
        self.moving(|present| {
            present.find_free_moment();
            present.simulation.act(action);
            Ok(present.tell())
        })
    }

    /// Does something that may move the simulation, so that it can be undone.
    fn moving(&mut self, act: impl FnOnce(&mut Present) -> Said) -> Said {
        let before = self.present.clone();
        let said = act(&mut self.present);
        if before.simulation.fingerprint() != self.fingerprint()
            || before.simulation.moment() != self.present.simulation.moment()
        {
            self.remember(before);
        }
        said
    }

    fn remember(&mut self, before: Present) {
        if self.undo.len() == UNDO_COUNT_MAX {
            self.undo.remove(0);
        }
        self.undo.push(before);
        self.redo.clear();
    }

    fn turn_back(
        present: &mut Present,
        from: &mut Vec<Present>,
        to: &mut Vec<Present>,
        word: &str,
    ) -> Said {
        let earlier = from
            .pop()
            .ok_or_else(|| format!("there is nothing to {word}"))?;
        let now = earlier.simulation.moment().time;
        to.push(std::mem::replace(present, earlier));
        Ok(format!("at {}\n", short(now)))
    }

    fn explain(&self, rest: &str) -> Said {
        let words: Vec<&str> = rest.split_whitespace().collect();
        let (task, at) = match words.as_slice() {
            [task] => (*task, None),
            [task, "at", at] => (*task, Some(moment(at)?)),
            _ => return Err("usage: explain web.3 [at 30s]".to_owned()),
        };
        let mut past = None;
        if let Some(at) = at {
            if at > self.now() {
                return Err(format!("{} has not come yet", short(at)));
            }
            let past = past.insert(self.present.simulation.fork());
            past.seek(at);
        }
        let run = past.as_ref().unwrap_or(&self.present.simulation);
        let now = short(run.moment().time);
        let subject = run
            .find_task(task)
            .ok_or_else(|| format!("there is no task {task} at {now}"))?;
        let (at, why) = run
            .explain(subject.task)
            .ok_or_else(|| format!("the scheduler has not decided about {task} at {now}"))?;
        Ok(format!(
            "At {}:\n{}",
            short(at),
            text::render(&why, &subject.name)
        ))
    }

    fn seed(&mut self, rest: &str) -> Said {
        if rest.is_empty() {
            return Ok(format!("{}\n", self.present.scenario.seed));
        }
        let seed = rest
            .parse()
            .map_err(|_| format!("`{rest}` is no seed: a whole number is"))?;
        let mut scenario = Scenario::clone(&self.present.scenario);
        scenario.seed = seed;
        let present = Present::new(scenario).map_err(|_| "this cannot be played".to_owned())?;
        let before = std::mem::replace(&mut self.present, present);
        self.remember(before);
        Ok(format!("begun anew with seed {seed}\n"))
    }

    fn known_node(&self, name: &str) -> Result<String, String> {
        let names = self.node_names();
        if names.iter().any(|known| known == name) {
            return Ok(name.to_owned());
        }
        let hint = nearest(name, names.iter().map(String::as_str));
        let hint = hint.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        Err(format!("there is no node called {name:?}{hint}"))
    }
}

impl Present {
    fn new(scenario: Scenario) -> Result<Self, Diagnostics> {
        let simulation = Simulation::new(&scenario, Options::default())?;
        let told = simulation.records().len();
        Ok(Self {
            node: scenario.first_manager().to_owned(),
            scenario: Arc::new(scenario),
            simulation,
            is_free: true,
            told,
            answered: BTreeSet::new(),
        })
    }

    fn now(&self) -> SimTime {
        self.simulation.moment().time
    }

    /// Processes what comes up to a moment, and stands there. Says whether it got there.
    fn advance(&mut self, moment: SimTime) -> bool {
        let limit = self.simulation.moment().events + EVENTS_PER_LINE_MAX;
        let inputs = self.simulation.inputs().count();
        let mut last = (moment <= self.now() && !self.is_free).then(|| self.now());
        while let Some(at) = self.simulation.next_at().filter(|&at| at <= moment) {
            if self.simulation.moment().events >= limit {
                self.is_free = false;
                return false;
            }
            self.simulation.step();
            last = Some(at);
        }
        self.simulation.run_until(moment);
        self.is_free = last != Some(moment) && inputs == self.simulation.inputs().count();
        true
    }

    /// Goes on to a moment at which nothing else happens; what lay ahead is forgotten.
    fn find_free_moment(&mut self) {
        self.simulation = self.simulation.fork();
        while !self.is_free || self.simulation.next_at() == Some(self.now()) {
            let next = SimTime((self.now().0 / MILLISECOND + 1).saturating_mul(MILLISECOND));
            if next <= self.now() || !self.advance(next) {
                break;
            }
        }
        self.is_free = false;
    }

    fn docker(&mut self, node: &str, line: &str) -> (String, u8) {
        self.find_free_moment();
        let first = self.simulation.records().len();
        let process = self.simulation.type_line(node, line);
        let limit = self.now() + RUN_NS_MAX;
        let events = self.simulation.moment().events + EVENTS_PER_LINE_MAX;
        let goes_on = |simulation: &Simulation| {
            simulation.is_waiting(process)
                && simulation.moment().events < events
                && !simulation.is_quiet()
                && simulation.next_at().is_some_and(|at| at <= limit)
        };
        while goes_on(&self.simulation) {
            self.simulation.step();
        }
        let mut text = String::new();
        let mut exit_code = 0;
        for record in &self.simulation.records()[first..] {
            match &record.what {
                What::Output {
                    process: of,
                    text: printed,
                    ..
                } if *of == process => text.push_str(printed),
                What::Exit { process: of, code } if *of == process => {
                    exit_code = u8::try_from(*code).unwrap_or(1);
                }
                _ => {}
            }
        }
        if self.simulation.is_waiting(process) {
            self.answered.remove(&process);
            text.push_str(&self.simulation.screen(process));
            text.push_str(if self.simulation.is_quiet() {
                "(still waiting, and nothing more happens by itself)\n"
            } else {
                "(still waiting, and no end of it in sight)\n"
            });
            text.push_str("Operation continuing in background.\n");
        } else {
            self.answered.insert(process);
        }
        (text, exit_code)
    }

    fn tick(&mut self, rest: &str) -> Said {
        if rest.is_empty() {
            if !self.simulation.step() {
                return Ok("nothing is left to happen\n".to_owned());
            }
            self.is_free = false;
            return Ok(self.tell());
        }
        let moment = SimTime(self.now().0.saturating_add(moment(rest)?.0));
        Ok(self.go_on(moment))
    }

    fn run(&mut self, rest: &str) -> Said {
        let goal = rest.strip_prefix("until").unwrap_or(rest).trim();
        match goal {
            "converged" => {
                let has_time = self.step_until(Self::is_converged);
                let mut text = self.tell();
                text.push_str(match (self.is_converged(), has_time) {
                    (true, _) => "converged\n",
                    (false, true) => {
                        "not converged, and nothing is left to happen; `tasks` says what waits\n"
                    }
                    (false, false) => {
                        "not converged, and it goes on; `run until converged` goes on, too\n"
                    }
                });
                Ok(text)
            }
            "quiet" => {
                let has_time = self.step_until(|_| false);
                let mut text = self.tell();
                if !has_time {
                    let _ = writeln!(
                        text,
                        "not quiet after another {}",
                        format_duration(RUN_NS_MAX)
                    );
                }
                Ok(text)
            }
            "" => Err("usage: run until converged|quiet|30s".to_owned()),
            at => {
                let at = moment(at)?;
                if at < self.now() {
                    return Err(format!("{} has passed; `goto` goes back", short(at)));
                }
                Ok(self.go_on(at))
            }
        }
    }

    /// Goes on until it is so or nothing is left to happen. False if there was no end of it: a
    /// service whose containers keep ending never comes to rest.
    fn step_until(&mut self, is_so: impl Fn(&Self) -> bool) -> bool {
        let events = self.simulation.moment().events + EVENTS_PER_LINE_MAX;
        let limit = self.now() + RUN_NS_MAX;
        while !is_so(self) && !self.simulation.is_quiet() {
            if self.simulation.moment().events >= events
                || self.simulation.next_at().is_none_or(|at| at > limit)
            {
                return false;
            }
            self.simulation.step();
            self.is_free = false;
        }
        true
    }

    fn go_on(&mut self, moment: SimTime) -> String {
        let arrived = self.advance(moment);
        let mut text = self.tell();
        if !arrived {
            let _ = writeln!(text, "stopped: {EVENTS_PER_LINE_MAX} events in one line");
        }
        text
    }

    fn go_to(&mut self, rest: &str) -> Said {
        let at = moment(rest)?;
        if at >= self.now() {
            return Ok(self.go_on(at));
        }
        self.simulation.seek(at);
        self.is_free = false;
        self.told = self.simulation.records().len();
        Ok(String::new())
    }

    /// What has not been told yet. Lines that were typed here and their answers have been seen.
    fn tell(&mut self) -> String {
        let is_told = |record: &Record| match record.what {
            What::Command { process, .. }
            | What::Output { process, .. }
            | What::Exit { process, .. } => !self.answered.contains(&process),
            _ => true,
        };
        let records = self.simulation.records();
        let store = &self.simulation.swarm().kernel.store;
        let lines = timeline::lines_since(records, self.told, is_told, store, &self.scenario);
        self.told = records.len();
        timeline::text(&lines)
    }

    /// Everything, told already or not.
    fn tell_all(&mut self) -> String {
        let records = self.simulation.records();
        let store = &self.simulation.swarm().kernel.store;
        let lines = timeline::lines(records, store, &self.scenario);
        self.told = records.len();
        timeline::text(&lines)
    }

    fn saved(&self) -> Scenario {
        let mut scenario = Scenario::clone(&self.scenario);
        let now = self.now();
        let is_over = scenario.steps.iter().all(|step| step.at <= now);
        let typed = self.simulation.inputs().map(|(at, action)| Step {
            at,
            action: action.clone(),
            note: None,
            span: Span::default(),
            place: ScalarPlace::default(),
        });
        scenario.steps.extend(typed);
        scenario.steps.sort_by_key(|step| step.at);
        if is_over {
            scenario.until = Some(now);
        }
        scenario
    }
}

/// A moment or a duration as it is typed.
fn moment(text: &str) -> Result<SimTime, String> {
    let parsed = parse_duration(text).map(SimTime);
    parsed.map_err(|_| format!("`{text}` is no time; write 5s, 1m30s or 200ms"))
}

/// A moment without zeros at the end: `12.4s`.
fn short(at: SimTime) -> String {
    let text = at.to_string();
    let digits = text.trim_end_matches('s');
    format!("{}s", digits.trim_end_matches('0').trim_end_matches('.'))
}

fn unknown(word: &str) -> String {
    let root = docker::tree::ROOT.children.iter();
    if root.clone().any(|child| child.name == word) {
        return format!("unknown word {word:?}; did you mean `docker {word}`?");
    }
    let near = nearest(word, words::WORDS.iter().map(|word| word.name));
    match near {
        Some(near) => format!("unknown word {word:?}; did you mean `{near}`?"),
        None => format!("unknown word {word:?}; `help` lists what can be typed"),
    }
}

fn help(rest: &str) -> Said {
    if rest.is_empty() {
        return Ok(words::WORDS.iter().map(words::row).collect());
    }
    if rest == "docker" || rest.starts_with("docker ") {
        return Ok(format!("`{rest} --help` is docker's own help\n"));
    }
    words::find(rest)
        .map(words::row)
        .ok_or_else(|| unknown(rest))
}
