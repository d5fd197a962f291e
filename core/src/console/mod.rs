//! The console: a line goes in, an answer comes out, and simulated time moves as the line asks.
//!
//! The brain of `swarmlab shell` and of a terminal in the browser. It is pure: files are read and
//! written by whoever shows it, for whom it leaves a [`Request`].
//!
//! What is typed happens at a moment at which nothing else happens: a busy moment is left for the
//! next free millisecond. That is why everything typed can be saved as a scenario that plays to the
//! same fingerprint: the order of what happens never hangs on who came first within a moment.
//!
//! A line that takes long can be interrupted from outside by an [`Interrupter`]. A command that
//! never returns is interrupted when nothing more can happen.

mod complete;
mod overview;
mod play;
mod present;
#[cfg(test)]
mod tests;
mod words;

pub use complete::Completions;
pub use play::Ahead;
pub use present::Interrupter;

use crate::diagnostic::{Diagnostics, nearest};
use crate::docker;
use crate::docker::run::is_shell_line;
use crate::kernel::Fingerprint;
use crate::report::why;
use crate::scenario::{Action, Scenario, slow_link};
use crate::simulation::Simulation;
use crate::time::{SimTime, parse_duration};
use present::Present;

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
        /// Even if there is such a file.
        overwrites: bool,
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
    interrupter: Interrupter,
    undo: Vec<Present>,
    redo: Vec<Present>,
}

/// What a word of the console comes to; an error is a refusal.
type Said = Result<String, String>;

impl Console {
    /// A console in front of a scenario at its beginning.
    pub fn new(scenario: Scenario) -> Result<Self, Diagnostics> {
        let interrupter = Interrupter::default();
        let present = Present::new(scenario, interrupter.clone())?;
        Ok(Self {
            present,
            interrupter,
            undo: Vec::new(),
            redo: Vec::new(),
        })
    }

    /// The moment and the node, as the beginning of a line.
    pub fn prompt(&self) -> String {
        format!("[{}] {}$ ", short(self.now()), self.present.node)
    }

    /// What interrupts a line of this console.
    pub fn interrupter(&self) -> Interrupter {
        self.interrupter.clone()
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
        let loaded = Scenario::parse(yaml)
            .and_then(|(scenario, _)| Present::new(scenario, self.interrupter()));
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
            if rest.split_whitespace().next() != Some("docker") && !is_shell_line(rest) {
                return Err("after `@NODE` comes a docker command".to_owned());
            }
            return self.docker(&node, rest);
        }
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        if word == "docker" || is_shell_line(line) {
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
            "crash" => self.fault(
                Action::Crash { node: node(rest) },
                rest,
                !rest.contains('='),
            ),
            "kill-engine" => self.fault(Action::KillEngine { node: node(rest) }, rest, true),
            "stop-engine" => self.fault(Action::StopEngine { node: node(rest) }, rest, true),
            "recover" => {
                let is_node = !rest.contains('=');
                self.fault(Action::Recover { node: node(rest) }, rest, is_node)
            }
            "join" => self.fault(Action::Join { node: node(rest) }, rest, true),
            "freeze" => self.fault(Action::Freeze { node: node(rest) }, rest, true),
            "thaw" => self.fault(Action::Thaw { node: node(rest) }, rest, true),
            "partition" | "mute" => {
                // Scenarios separate them by commas, so no name can have one.
                let names = rest.split(|letter: char| letter == ',' || letter.is_whitespace());
                let names = names.filter(|name| !name.is_empty());
                let nodes: Vec<String> = names.map(str::to_owned).collect();
                for name in nodes.iter().filter(|name| !name.contains('=')) {
                    self.known_node(name)?;
                }
                let (one_way, operand) = (word == "mute", nodes.join(" "));
                self.fault(Action::Partition { nodes, one_way }, &operand, false)
            }
            "slow" => {
                let words: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
                let action = slow_link(&words)?;
                for name in &words[..2] {
                    self.known_node(name)?;
                }
                self.fault(action, rest, false)
            }
            "wipe" => self.fault(Action::Wipe { node: node(rest) }, rest, true),
            "heal" => self.fault(Action::Heal, "network", false),
            "raft" => Ok(self.raft()),
            "kill" => self.fault(Action::Kill { task: node(rest) }, rest, false),
            "interrupt" => {
                let at = if rest.is_empty() {
                    self.present.node.clone()
                } else {
                    node(rest)
                };
                self.fault(Action::Interrupt { node: at.clone() }, &at, true)
            }
            "save" | "save!" | "load" if rest.is_empty() => {
                Err(format!("{word} what? {word} FILE"))
            }
            "save" | "save!" => {
                let path = rest.strip_prefix("--force ").map(str::trim_start);
                *request = Some(Request::Save {
                    path: path.unwrap_or(rest).to_owned(),
                    text: self.scenario().to_yaml(),
                    overwrites: path.is_some() || word == "save!",
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
        if !is_shell_line(line) {
            docker::words::split(line)
                .map_err(|error| format!("this line cannot be read: {error}"))?;
        }
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
        why::ask(run, task).map(|why| why::render(&why))
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
        let present = Present::new(scenario, self.interrupter())
            .map_err(|_| "this cannot be played".to_owned())?;
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
        // What is near in letters, or else what only lacks a part of the name.
        let hint = hint.or_else(|| {
            let mut names = names.iter().map(String::as_str);
            names.find(|known| known.ends_with(name))
        });
        let hint = hint.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        Err(format!("there is no node called {name:?}{hint}"))
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
