//! The heartbeats of nodes, of which none is an event (`manager/dispatcher/period.go`).
//!
//! With every beat a node is told the period until the next one. When it falls silent, its last
//! period is drawn, and how much of it had passed. A change of the period in the settings counts
//! from the next beat on, so a node may die while it still keeps the old one.

use crate::model::DispatcherConfig;
use crate::rng::Stream;
use crate::time::{MILLISECOND, SimTime};

/// The period varies by as much in both directions (`defaultHeartBeatEpsilon`).
const JITTER_NS: u64 = 500 * MILLISECOND;
/// A node is down after so many periods without a beat (`defaultGracePeriodMultiplier`).
const GRACE_PERIODS: u64 = 3;
/// A node that a new leader does not know is down after so many.
const GRACE_PERIODS_UNKNOWN: u64 = 6;

/// How often nodes have to be heard of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Heartbeat {
    period_ns: u64,
    /// The period before, and until when it was told to nodes.
    before: Option<(u64, SimTime)>,
}

impl Heartbeat {
    /// As the settings want it.
    pub(super) fn of(config: &DispatcherConfig) -> Self {
        Self {
            period_ns: u64::try_from(config.heartbeat_period_ns).unwrap_or(0),
            before: None,
        }
    }

    /// Takes new settings. Without a period in them the present one stays.
    pub(super) fn set(&mut self, config: &DispatcherConfig, now: SimTime) {
        let period_ns = u64::try_from(config.heartbeat_period_ns).unwrap_or(0);
        if period_ns != 0 && period_ns != self.period_ns {
            self.before = Some((self.period_ns, now));
            self.period_ns = period_ns;
        }
    }

    /// How long it takes until a node that falls silent now is given up. A beat is sent so long
    /// after the one before has been answered, which takes a round trip.
    pub(super) fn grace_ns(self, stream: &mut Stream, now: SimTime, round_trip_ns: u64) -> u64 {
        if let Some((old_ns, changed_at)) = self.before {
            let since_ns = now.since(changed_at);
            if since_ns < old_ns.saturating_add(JITTER_NS) {
                let (period_ns, elapsed_ns) = draw(stream, old_ns, round_trip_ns);
                // The beat that would have brought the new period has not come yet.
                if elapsed_ns.saturating_add(since_ns) < period_ns {
                    return period_ns.saturating_mul(GRACE_PERIODS) - elapsed_ns - since_ns;
                }
            }
        }
        let (period_ns, elapsed_ns) = draw(stream, self.period_ns, round_trip_ns);
        let grace_ns = period_ns.saturating_mul(GRACE_PERIODS);
        grace_ns.saturating_sub(elapsed_ns)
    }

    /// How long a new leader waits for a node to begin a session.
    pub(super) fn grace_of_unknown_ns(self, stream: &mut Stream) -> u64 {
        let (period_ns, _) = draw(stream, self.period_ns, 0);
        period_ns.saturating_mul(GRACE_PERIODS_UNKNOWN)
    }

    /// Whether a node that a new leader has not heard of can be given up after this long.
    pub(super) fn is_possible_unknown(self, grace_ns: u64) -> bool {
        let jitter_ns = JITTER_NS.min(self.period_ns / 2);
        let shortest_ns = (self.period_ns - jitter_ns).saturating_mul(GRACE_PERIODS_UNKNOWN);
        let longest_ns =
            (self.period_ns.saturating_add(jitter_ns)).saturating_mul(GRACE_PERIODS_UNKNOWN);
        (shortest_ns..=longest_ns).contains(&grace_ns)
    }

    /// Whether a node that has fallen silent can be given up after this long.
    pub(super) fn is_possible(self, grace_ns: u64) -> bool {
        let jitter_ns = JITTER_NS.min(self.period_ns / 2);
        let shortest_ns = (self.period_ns - jitter_ns).saturating_mul(GRACE_PERIODS - 1);
        let longest_ns = (self.period_ns.saturating_add(jitter_ns)).saturating_mul(GRACE_PERIODS);
        (shortest_ns..=longest_ns).contains(&grace_ns)
    }
}

/// A period, and how much of the time until the next beat has passed.
fn draw(stream: &mut Stream, mean_ns: u64, round_trip_ns: u64) -> (u64, u64) {
    let jitter_ns = JITTER_NS.min(mean_ns / 2);
    let period_ns = (mean_ns - jitter_ns).saturating_add(stream.below(2 * jitter_ns + 1));
    (
        period_ns,
        stream.below(period_ns.saturating_add(round_trip_ns)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SECOND;

    fn config(period_ns: u64) -> DispatcherConfig {
        DispatcherConfig {
            heartbeat_period_ns: i64::try_from(period_ns).expect("a short period"),
        }
    }

    #[test]
    fn a_silent_node_is_given_up_after_two_to_three_periods() {
        let heartbeat = Heartbeat::of(&config(5 * SECOND));
        let mut stream = Stream::new(1, "test");
        let all: Vec<u64> = (0..1000)
            .map(|_| heartbeat.grace_ns(&mut stream, SimTime::from_secs(60), 0))
            .collect();
        let (least, most) = (all.iter().min().copied(), all.iter().max().copied());
        assert!(least.is_some_and(|ns| (9 * SECOND..10 * SECOND).contains(&ns)));
        assert!(most.is_some_and(|ns| (16 * SECOND..=16_500 * MILLISECOND).contains(&ns)));
    }

    #[test]
    fn a_new_period_counts_from_the_next_beat_on() {
        let mut heartbeat = Heartbeat::of(&config(60 * SECOND));
        heartbeat.set(&config(0), SimTime::from_secs(50));
        heartbeat.set(&config(SECOND), SimTime::from_secs(100));
        let mut stream = Stream::new(1, "test");
        let mut lost = |at: u64| heartbeat.grace_ns(&mut stream, SimTime::from_secs(at), 0);
        // Right after the change nearly everybody still keeps the old period.
        let early: Vec<u64> = (0..100).map(|_| lost(101)).collect();
        assert!(early.iter().filter(|&&ns| ns > 100 * SECOND).count() > 90);
        // Later everybody has heard of the new one.
        assert!((0..100).all(|_| lost(170) <= 5 * SECOND));
    }
}
