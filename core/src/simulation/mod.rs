//! A simulation: a scenario that is played, with everything one can ask of it.
//!
//! This is the door through which the command line, the browser and tests come in. A simulation
//! goes forward event by event, back to any moment, and on from there differently; it takes
//! commands at any moment, and explains every placement, past or pending.

mod expectations;
mod explain;
mod machines;
mod membership;
mod setup;
mod stage;
mod unlock;

use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::kernel::{Choices, Fingerprint, History, Moment, Record, Ties, World as _};
use crate::scenario::{Action, Scenario};
use crate::swarm::Swarm;
use crate::time::{HOUR, SimTime};

pub use expectations::{Judgement, Outcome as ExpectationOutcome};
pub use explain::Subject;
pub(crate) use setup::BUILT_IN;
pub use stage::Stage;

/// A run without `until` goes on no longer than this after its last step.
pub const OVERTIME_NS: u64 = HOUR;
/// A run processes no more events than this.
pub const EVENT_COUNT_MAX: u64 = 50_000_000;

/// What overrides a scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Another seed.
    pub seed: Option<u64>,
    /// Another way of breaking ties.
    pub ties: Option<Ties>,
    /// Another end.
    pub until: Option<SimTime>,
    /// Only the end is wanted: neither records nor earlier moments are kept.
    pub forget_past: bool,
    /// Records are made even so, for whoever takes them with [`Simulation::take_records`].
    pub hand_over_records: bool,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The moment was reached that the scenario or the caller named.
    Until,
    /// Nothing was left to do.
    Quiet,
    /// It went on for longer than [`OVERTIME_NS`] after the last step.
    Overtime,
    /// It processed [`EVENT_COUNT_MAX`] events.
    TooManyEvents,
}

/// A scenario that is being played.
#[derive(Clone, Debug)]
pub struct Simulation {
    history: History<Stage>,
    until: Option<SimTime>,
}

impl Simulation {
    /// Sets the stage for a scenario, or says what in it cannot be simulated.
    pub fn new(scenario: &Scenario, options: Options) -> Result<Self, Diagnostics> {
        Self::following(scenario, options, None)
    }

    /// The same, with choices that are taken from a recording.
    pub fn following(
        scenario: &Scenario,
        options: Options,
        choices: Option<Arc<Choices>>,
    ) -> Result<Self, Diagnostics> {
        let stage = setup::stage(scenario, options, choices)?;
        let until = options.until.or(scenario.until);
        let history = if options.forget_past {
            History::straight(stage)
        } else {
            History::new(stage)
        };
        Ok(Self { history, until })
    }

    /// The swarm as it is at the present moment.
    pub fn swarm(&self) -> &Swarm {
        self.history.world().swarm()
    }

    /// The present moment.
    pub fn moment(&self) -> Moment {
        self.history.moment()
    }

    /// When the next event comes, if any.
    pub fn next_at(&self) -> Option<SimTime> {
        self.history.world().next_at()
    }

    /// Whether nothing is left that would happen by itself, but for what goes on in the background.
    pub fn is_quiet(&self) -> bool {
        self.history.world().is_quiet()
    }

    /// Everything that has happened up to the present moment.
    pub fn records(&self) -> &[Record] {
        self.history.records()
    }

    /// Hands over the records since the last call. They are not kept, so that a long run can be
    /// followed without remembering it.
    pub fn take_records(&mut self) -> Vec<Record> {
        self.history.take_records()
    }

    /// The name of everything that has happened up to the present moment.
    pub fn fingerprint(&self) -> Fingerprint {
        self.swarm().fingerprint()
    }

    /// How the expectations stand at the present moment, in the order of the scenario.
    pub fn judgements(&self) -> &[Judgement] {
        self.history.world().judgements()
    }

    /// Processes the next event. False if there is none.
    pub fn step(&mut self) -> bool {
        self.history.step()
    }

    /// Goes on to a moment.
    pub fn run_until(&mut self, moment: SimTime) {
        self.history.run_until(moment);
    }

    /// Goes on to the end and judges what is left to judge.
    pub fn run_to_end(&mut self) -> End {
        loop {
            if let Some(end) = self.run_events(u64::MAX) {
                return end;
            }
        }
    }

    /// Goes on like [`Self::run_to_end`], but for so many events at the most. Absent if that was
    /// not the end.
    pub fn run_events(&mut self, count: u64) -> Option<End> {
        let limit = self
            .until
            .unwrap_or_else(|| self.last_moment() + OVERTIME_NS);
        let pause = self.moment().events.saturating_add(count);
        let end = loop {
            if self.until.is_none() && self.is_quiet() {
                break End::Quiet;
            }
            let events = self.moment().events;
            match self.next_at() {
                None if self.until.is_some() => break End::Until,
                None => break End::Quiet,
                Some(at) if at > limit && self.until.is_some() => break End::Until,
                Some(at) if at > limit => break End::Overtime,
                Some(_) if events >= EVENT_COUNT_MAX => break End::TooManyEvents,
                Some(_) if events >= pause => return None,
                Some(_) => self.history.step(),
            };
        };
        if let (End::Until, Some(until)) = (end, self.until) {
            self.history.run_until(until);
        }
        self.history.apply(Input::Finish);
        Some(end)
    }

    /// Judges what is left to judge at the end.
    pub fn finish(&mut self) {
        self.history.apply(Input::Finish);
    }

    /// The moment at which the run ends if it was told so; else the last one for which the scenario
    /// has something in store.
    pub fn last_moment(&self) -> SimTime {
        self.until
            .unwrap_or_else(|| self.history.world().last_moment())
    }

    /// Stands at a moment, earlier or later.
    pub fn seek(&mut self, moment: SimTime) {
        self.history.seek(moment);
    }

    /// A simulation with the same past that can go on differently.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            history: self.history.fork(),
            until: self.until,
        }
    }

    /// What has been done from outside up to the present moment, and when.
    pub fn inputs(&self) -> impl Iterator<Item = (SimTime, &Action)> {
        let inputs = self.history.inputs().iter();
        inputs.filter_map(|(moment, input)| match input {
            Input::Act(action) => Some((moment.time, action)),
            Input::Interrupt { .. } | Input::Finish => None,
        })
    }

    /// Types a line at a node, now, and gives the number of its terminal.
    pub fn type_line(&mut self, on: &str, line: &str) -> u32 {
        let process = self.history.world().process_count();
        self.act(Action::Run {
            on: on.to_owned(),
            line: line.to_owned(),
        });
        process
    }

    /// Whether the line that was typed in a terminal has not returned.
    pub fn is_waiting(&self, process: u32) -> bool {
        self.history.world().is_waiting(process)
    }

    /// The terminals whose lines have not returned, in order.
    pub fn waiting(&self) -> impl Iterator<Item = u32> {
        self.history.world().waiting()
    }

    /// What a terminal shows whose line has not returned; empty for any other.
    pub fn screen(&self, process: u32) -> String {
        self.history.world().screen(process)
    }

    /// Types Ctrl-C in a terminal: its line returns, and what it has asked for goes on. Nothing
    /// happens in a terminal whose line has returned.
    pub fn interrupt(&mut self, process: u32) {
        self.history.apply(Input::Interrupt { process });
    }

    /// Does something now: types a line at a node. What lay ahead is forgotten.
    pub fn act(&mut self, action: Action) {
        self.history.apply(Input::Act(action));
    }
}

/// What is done to a stage from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Something that a step of a scenario could do.
    Act(Action),
    /// Ctrl-C in a terminal.
    Interrupt {
        /// The terminal.
        process: u32,
    },
    /// The end: whatever is left to judge is judged.
    Finish,
}
