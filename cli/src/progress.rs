//! A bar on standard error while a long run goes on: on terminals only, and not at once.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use swarmlab_core::simulation::Simulation;
use swarmlab_core::time::{MILLISECOND, SECOND, SimTime, format_duration};

/// A run that takes no longer than this shows none.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often it is drawn, in Hz.
const DRAWS_PER_SECOND: u8 = 10;
/// Simulated time as the bar counts it.
const UNIT_NS: u64 = MILLISECOND;

/// How far a run is.
pub(crate) struct Progress {
    started_at: Instant,
    bar: Option<ProgressBar>,
    is_wanted: bool,
}

impl Progress {
    /// For a run that begins now. `is_wanted` is false if its output is to be seen meanwhile.
    pub(crate) fn new(is_wanted: bool) -> Self {
        Self {
            started_at: Instant::now(),
            bar: None,
            is_wanted,
        }
    }

    /// Shows how far the run is, now and then.
    pub(crate) fn show(&mut self, simulation: &Simulation) {
        if !self.is_wanted || self.started_at.elapsed() < PATIENCE {
            return;
        }
        let moment = simulation.moment();
        let last = simulation.last_moment();
        let bar = self.bar.get_or_insert_with(|| bar(last));
        let whole = format_duration(moment.time.as_nanos() / SECOND * SECOND);
        let events = moment.events;
        bar.set_position((moment.time.as_nanos() / UNIT_NS).min(bar.length().unwrap_or(0)));
        bar.set_message(format!("{whole} simulated, {events} events"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(last: SimTime) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND);
    let length = last.as_nanos() / UNIT_NS;
    let bar = ProgressBar::with_draw_target(Some(length), target);
    let style = ProgressStyle::with_template("[{bar:30}] {msg}");
    if let Ok(style) = style {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}
