//! The present of a console: a simulation that goes on as lines ask, until it is interrupted.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Said, moment, short};
use crate::collections::{BTreeSet, Order as _};
use crate::diagnostic::{Diagnostics, Span};
use crate::kernel::{Record, What};
use crate::report::timeline;
use crate::scenario::{Action, Scenario, Step};
use crate::simulation::{Options, Simulation};
use crate::time::{HOUR, MILLISECOND, SimTime, format_duration};
use crate::yaml::ScalarPlace;

/// A line processes no more events than this.
const EVENTS_PER_LINE_MAX: u64 = 1_000_000;
/// A command that holds its terminal is waited for no longer than this, and neither is the end of
/// `run until converged`.
const RUN_NS_MAX: u64 = HOUR;

/// Ctrl-C, for whoever can see it pressed while a line is answered.
#[derive(Clone, Debug, Default)]
pub struct Interrupter(Arc<AtomicBool>);

impl Interrupter {
    /// Stops what goes on: a docker command returns as it does at Ctrl-C, `run` and `tick` stand
    /// where they are.
    pub fn press(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Forgets that it was pressed.
    pub fn release(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether it was pressed since it was asked last.
    fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// How far a line came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    Arrived,
    Interrupted,
    TooLong,
}

/// Everything that a line can change.
#[derive(Clone, Debug)]
pub(super) struct Present {
    pub(super) scenario: Arc<Scenario>,
    pub(super) simulation: Simulation,
    pub(super) interrupter: Interrupter,
    pub(super) node: String,
    /// Whether nothing has happened at the present moment.
    pub(super) is_free: bool,
    /// How many records have been told.
    pub(super) told: usize,
    /// The lines whose answers have been seen already.
    pub(super) answered: BTreeSet<u32>,
}

impl Present {
    pub(super) fn new(scenario: Scenario, interrupter: Interrupter) -> Result<Self, Diagnostics> {
        let simulation = Simulation::new(&scenario, Options::default())?;
        let told = simulation.records().len();
        Ok(Self {
            node: scenario.first_manager().to_owned(),
            scenario: Arc::new(scenario),
            simulation,
            interrupter,
            is_free: true,
            told,
            answered: BTreeSet::new(),
        })
    }

    pub(super) fn now(&self) -> SimTime {
        self.simulation.moment().time
    }

    /// Processes what comes up to a moment, and stands there if it gets there.
    fn advance(&mut self, moment: SimTime) -> Course {
        let limit = self.simulation.moment().events + EVENTS_PER_LINE_MAX;
        let inputs = self.simulation.inputs().count();
        let mut last = (moment <= self.now() && !self.is_free).then(|| self.now());
        while let Some(at) = self.simulation.next_at().filter(|&at| at <= moment) {
            let is_interrupted = self.interrupter.take();
            if is_interrupted || self.simulation.moment().events >= limit {
                self.is_free = false;
                return if is_interrupted {
                    Course::Interrupted
                } else {
                    Course::TooLong
                };
            }
            self.simulation.step();
            last = Some(at);
        }
        self.simulation.run_until(moment);
        self.is_free = last != Some(moment) && inputs == self.simulation.inputs().count();
        Course::Arrived
    }

    /// Goes on to a moment at which nothing else happens; what lay ahead is forgotten.
    pub(super) fn find_free_moment(&mut self) {
        self.simulation = self.simulation.fork();
        while !self.is_free || self.simulation.next_at() == Some(self.now()) {
            let next = SimTime((self.now().0 / MILLISECOND + 1).saturating_mul(MILLISECOND));
            if next <= self.now() || self.advance(next) == Course::TooLong {
                break;
            }
        }
        self.is_free = false;
    }

    pub(super) fn docker(&mut self, node: &str, line: &str) -> (String, u8) {
        self.find_free_moment();
        let first = self.simulation.records().len();
        let process = self.simulation.type_line(node, line);
        let limit = self.now() + RUN_NS_MAX;
        let events = self.simulation.moment().events + EVENTS_PER_LINE_MAX;
        let has_more = |simulation: &Simulation| {
            simulation.moment().events < events
                && simulation.next_at().is_some_and(|at| at <= limit)
        };
        let mut why = "";
        while self.simulation.is_waiting(process) {
            why = if self.interrupter.take() {
                "^C\n"
            } else if self.simulation.is_quiet() {
                "(Ctrl-C: nothing more would happen by itself)\n"
            } else if !has_more(&self.simulation) {
                "(Ctrl-C: no end of it is in sight)\n"
            } else {
                self.simulation.step();
                continue;
            };
            self.find_free_moment();
            // It may have returned meanwhile.
            if self.simulation.is_waiting(process) {
                let node = node.to_owned();
                self.simulation.act(Action::Interrupt { node });
            }
            break;
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
        text.push_str(why);
        self.answered.insert(process);
        (text, exit_code)
    }

    pub(super) fn tick(&mut self, rest: &str) -> Said {
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

    pub(super) fn run(&mut self, rest: &str) -> Said {
        let goal = rest.strip_prefix("until").unwrap_or(rest).trim();
        match goal {
            "converged" => {
                let course = self.step_until(Self::is_converged);
                let mut text = self.tell();
                text.push_str(match (self.is_converged(), course) {
                    (true, _) => "converged\n",
                    (false, Course::Arrived) => {
                        "not converged, and nothing is left to happen; `tasks` says what waits\n"
                    }
                    (false, Course::Interrupted) => "^C\n",
                    (false, Course::TooLong) => {
                        "not converged, and it goes on; `run until converged` goes on, too\n"
                    }
                });
                Ok(text)
            }
            "quiet" => {
                let course = self.step_until(|_| false);
                let mut text = self.tell();
                match course {
                    Course::Arrived => {}
                    Course::Interrupted => text.push_str("^C\n"),
                    Course::TooLong => {
                        let duration = format_duration(RUN_NS_MAX);
                        let _ = writeln!(text, "not quiet after another {duration}");
                    }
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

    /// Goes on until it is so or nothing is left to happen. That can take too long: a service whose
    /// containers keep ending never comes to rest.
    fn step_until(&mut self, is_so: impl Fn(&Self) -> bool) -> Course {
        let events = self.simulation.moment().events + EVENTS_PER_LINE_MAX;
        let limit = self.now() + RUN_NS_MAX;
        while !is_so(self) && !self.simulation.is_quiet() {
            if self.interrupter.take() {
                return Course::Interrupted;
            }
            if self.simulation.moment().events >= events
                || self.simulation.next_at().is_none_or(|at| at > limit)
            {
                return Course::TooLong;
            }
            self.simulation.step();
            self.is_free = false;
        }
        Course::Arrived
    }

    pub(super) fn go_on(&mut self, moment: SimTime) -> String {
        let course = self.advance(moment);
        let mut text = self.tell();
        match course {
            Course::Arrived => {}
            Course::Interrupted => text.push_str("^C\n"),
            Course::TooLong => {
                let _ = writeln!(text, "stopped: {EVENTS_PER_LINE_MAX} events in one line");
            }
        }
        text
    }

    pub(super) fn go_to(&mut self, rest: &str) -> Said {
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
    pub(super) fn tell(&mut self) -> String {
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
    pub(super) fn tell_all(&mut self) -> String {
        let records = self.simulation.records();
        let store = &self.simulation.swarm().kernel.store;
        let lines = timeline::lines(records, store, &self.scenario);
        self.told = records.len();
        timeline::text(&lines)
    }

    pub(super) fn saved(&self) -> Scenario {
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
        scenario.steps.order_by_key(|step| step.at);
        if is_over {
            scenario.until = Some(now);
        }
        scenario
    }
}
