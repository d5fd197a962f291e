//! What a player asks of the console: standing at any moment and looking ahead.
//!
//! Looking at a moment changes nothing, so none of this is something to undo; what is typed next
//! happens at the moment that is looked at, and what lay ahead of it is forgotten, as always.

use super::Console;
use crate::scenario::Scenario;
use crate::time::SimTime;

/// How far a look ahead has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// There is more to come before the limit.
    More,
    /// The limit is reached.
    Limit,
    /// Nothing more happens by itself.
    Quiet,
}

impl Console {
    /// Stands at a moment, earlier or later.
    pub fn stand_at(&mut self, moment: SimTime) {
        if moment != self.now() {
            self.present.simulation.seek(moment);
            self.present.is_free = false;
            self.present.told = self.present.simulation.records().len();
        }
    }

    /// Goes on to a moment, by so many events at the most, or until nothing more happens by itself
    /// and the last moment of the scenario has passed; what is to be judged at the end is judged
    /// there.
    pub fn look_ahead(&mut self, limit: SimTime, events: u64) -> Ahead {
        let simulation = &mut self.present.simulation;
        self.present.is_free = false;
        let last = simulation.last_moment();
        let stop = simulation.moment().events.saturating_add(events);
        loop {
            if simulation.is_quiet() && simulation.next_at().is_none_or(|at| at > last) {
                simulation.run_until(last);
                simulation.finish();
                return Ahead::Quiet;
            }
            if simulation.next_at().is_none_or(|at| at > limit) {
                simulation.run_until(limit);
                return Ahead::Limit;
            }
            if simulation.moment().events >= stop {
                return Ahead::More;
            }
            simulation.step();
        }
    }

    /// The scenario that is played, without what was typed.
    pub fn script(&self) -> &Scenario {
        &self.present.scenario
    }

    /// How many lines can be undone, and how many of those that were can be done again.
    pub fn undo_counts(&self) -> (usize, usize) {
        (self.undo.len(), self.redo.len())
    }
}
