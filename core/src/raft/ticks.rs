//! The ticks of a process: moments that are known without being events.

use crate::time::{SECOND, SimTime};

/// From tick to tick.
pub const TICK_NS: u64 = SECOND;

/// When a process ticks: once a second, at its own phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticks {
    phase_ns: u64,
}

impl Ticks {
    /// Ticks at a phase.
    pub fn new(phase_ns: u64) -> Self {
        Self {
            phase_ns: phase_ns % TICK_NS,
        }
    }

    /// The same ticks after a pause in which none came.
    #[must_use]
    pub fn paused_for(self, pause_ns: u64) -> Self {
        Self::new(self.phase_ns + pause_ns % TICK_NS)
    }

    /// How many ticks there have been up to a moment, since some fixed tick.
    fn number_at(self, moment: SimTime) -> u64 {
        (moment.0.saturating_add(TICK_NS) - self.phase_ns) / TICK_NS
    }

    /// How many ticks there are after one moment and not after another.
    pub fn count(self, after: SimTime, until: SimTime) -> u64 {
        self.number_at(until).saturating_sub(self.number_at(after))
    }

    /// The tick number `n` after a moment, from 1 on.
    pub fn nth_after(self, moment: SimTime, n: u64) -> SimTime {
        let number = self.number_at(moment).saturating_add(n);
        SimTime(
            number
                .saturating_mul(TICK_NS)
                .saturating_add(self.phase_ns)
                .saturating_sub(TICK_NS),
        )
    }

    /// The last tick that is not after a moment; the beginning of time if there was none.
    pub fn last_at(self, moment: SimTime) -> SimTime {
        self.nth_after(moment, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_counted_after_and_up_to() {
        let ticks = Ticks::new(300);
        let second = |n: u64, ns: u64| SimTime(n * TICK_NS + ns);
        assert_eq!(ticks.nth_after(SimTime(0), 1), SimTime(300));
        assert_eq!(ticks.nth_after(SimTime(300), 1), second(1, 300));
        assert_eq!(ticks.nth_after(SimTime(299), 10), second(9, 300));
        assert_eq!(ticks.last_at(second(5, 299)), second(4, 300));
        assert_eq!(ticks.last_at(second(5, 300)), second(5, 300));
        assert_eq!(ticks.last_at(SimTime(1)), SimTime(0));
        assert_eq!(ticks.count(SimTime(300), second(3, 300)), 3);
        assert_eq!(ticks.count(SimTime(299), second(3, 299)), 3);
        let later = ticks.paused_for(2 * TICK_NS + 800);
        assert_eq!(later.nth_after(SimTime(0), 1), SimTime(1_100 % TICK_NS));
    }
}
