//! The container of a task: when it lives, how it ends, what it prints.
//!
//! How a process ends by itself is known as soon as it starts; a stop or a kill changes the plan.
//! Whether it crashes by chance is drawn for each task by its number, so that one more task here
//! or there changes nothing for the others.

use std::collections::BTreeMap;

use super::health::{self, HealthPlan};
use super::{image, timing};
use crate::ids::TaskId;
use crate::kernel::Settings;
use crate::model::{ContainerStatus, TaskSpec};
use crate::rng::Stream;
use crate::scenario::{Behaviour, Image};
use crate::time::{SECOND, SimTime};

/// Exit code of a process that was killed.
pub(super) const KILLED: i32 = 137;
/// What an engine says of a process whose end it did not see.
pub(super) const UNSEEN: i32 = 255;
/// The engine's grace period.
const GRACE_NS: u64 = 10 * SECOND;
/// At most so many lines of output are given.
const OUTPUT_LINES_MAX: usize = 10_000;

/// A container.
#[derive(Clone, Debug, Default)]
pub struct Container {
    /// When its process runs, or will.
    pub started_at: Option<SimTime>,
    /// When and with which code its process ends, if that is known. May be in the future.
    pub end: Option<(SimTime, i32)>,
    /// What becomes of its health.
    pub(super) health: Option<HealthPlan>,
    /// Whether it is being stopped because it is unhealthy.
    pub(super) is_unhealthy: bool,
}

impl Container {
    /// The process is started and will run at a moment.
    pub(super) fn start(
        &mut self,
        settings: &Settings,
        task: TaskId,
        spec: &TaskSpec,
        at: SimTime,
    ) {
        self.started_at = Some(at);
        self.health = health::plan_of(settings, spec);
        let behaviour = image::of(settings, spec).map(|image| image.behaviour);
        self.end = match behaviour.unwrap_or_default() {
            Behaviour::Forever => None,
            Behaviour::Exits { code, after } => Some((at + after.0, i32::from(code))),
            Behaviour::Crashes {
                probability,
                code,
                after,
            } => {
                let draw = Stream::new(settings.seed, "crashes of containers").block_at(task.0);
                // Rejecting nothing is fair enough for 128 bits.
                let crashes = draw % 1_000_000 < u128::from(probability.0);
                crashes.then(|| (at + after.0, i32::from(code)))
            }
        };
    }

    /// Whether the process runs.
    pub fn runs_at(&self, now: SimTime) -> bool {
        self.started_at.is_some_and(|at| at <= now) && self.exit_code_at(now).is_none()
    }

    /// The code it has ended with.
    pub fn exit_code_at(&self, now: SimTime) -> Option<i32> {
        self.end.filter(|(at, _)| *at <= now).map(|(_, code)| code)
    }

    /// The process ends at a moment, unless it does before.
    pub(super) fn end_by(&mut self, at: SimTime, code: i32) {
        if self.started_at.is_some() && self.end.is_none_or(|(end, _)| end > at) {
            self.end = Some((at, code));
        }
    }

    /// The process is asked to stop at `at`, and killed when its time is over.
    pub(super) fn stop(&mut self, settings: &Settings, spec: &TaskSpec, at: SimTime) {
        let grace_ns = spec.container.stop_grace_period_ns;
        // The engine is told whole seconds.
        let grace_ns = grace_ns.map_or(GRACE_NS, |grace_ns| grace_ns / SECOND * SECOND);
        let signal = spec.container.stop_signal.as_str();
        let is_kill = matches!(signal.trim_start_matches("SIG"), "KILL" | "9");
        let ignores = image::of(settings, spec).is_some_and(|image| image.ignores_sigterm);
        let stop_ns = timing::stop_ns(settings, spec);
        let (delay_ns, code) = if is_kill {
            (0, KILLED)
        } else if ignores || stop_ns > grace_ns {
            (grace_ns, KILLED)
        } else {
            (stop_ns, 0)
        };
        self.end_by(at + delay_ns, code);
    }

    /// The next moment after `now` at which something happens to it.
    pub(super) fn next_change(&self, now: SimTime) -> Option<SimTime> {
        let started_at = self.started_at?;
        let health = self.health.unwrap_or_default();
        let ages = [health.healthy_ns, health.unhealthy_ns];
        let changes = ages.into_iter().flatten().map(|age_ns| started_at + age_ns);
        let end = self.end.map(|(at, _)| at);
        changes.chain(end).filter(|at| *at > now).min()
    }

    /// What is reported of it.
    pub(super) fn status(&self, task: TaskId, now: SimTime) -> ContainerStatus {
        let pid = if self.runs_at(now) {
            2_000 + task.0 % 30_000
        } else {
            0
        };
        ContainerStatus {
            pid,
            exit_code: self.exit_code_at(now).unwrap_or(0),
        }
    }

    /// What it has printed up to a moment, in order of time; the newest if that is much.
    pub fn output_until(&self, image: &Image, now: SimTime) -> Vec<(SimTime, String)> {
        let Some(started_at) = self.started_at else {
            return Vec::new();
        };
        let ended_at = self.end.map_or(now, |(at, _)| at.min(now));
        let mut lines: BTreeMap<(SimTime, usize), String> = BTreeMap::new();
        for (index, output) in image.output.iter().enumerate() {
            let first = started_at + output.after.0;
            if first > ended_at {
                continue;
            }
            let step_ns = output.every.map_or(0, |every| every.0);
            let repeats = ended_at.since(first).checked_div(step_ns).unwrap_or(0);
            let skipped = repeats.saturating_sub(OUTPUT_LINES_MAX as u64 - 1);
            for repeat in skipped..=repeats {
                lines.insert((first + repeat * step_ns, index), output.line.clone());
            }
        }
        let skipped = lines.len().saturating_sub(OUTPUT_LINES_MAX);
        lines
            .into_iter()
            .skip(skipped)
            .map(|((at, _), line)| (at, line))
            .collect()
    }
}

/// The id of the container of a task: 64 hexadecimal digits.
pub fn container_id(seed: u64, task: TaskId) -> String {
    let mut stream = Stream::new(seed, &format!("container {}", task.0));
    let [a, b, c, d] = std::array::from_fn(|_| stream.next_u64());
    format!("{a:016x}{b:016x}{c:016x}{d:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Duration, Output};

    #[test]
    fn output_is_a_function_of_start_and_end() {
        let line = |line: &str, after, every: Option<u64>| Output {
            line: line.to_owned(),
            after: Duration(after * SECOND),
            every: every.map(|every| Duration(every * SECOND)),
        };
        let image = Image {
            output: vec![line("hello", 0, None), line("tick", 1, Some(2))],
            ..Image::default()
        };
        let container = Container {
            started_at: Some(SimTime(10 * SECOND)),
            end: Some((SimTime(14 * SECOND), 0)),
            ..Container::default()
        };
        let told = |now| {
            let lines = container.output_until(&image, SimTime(now * SECOND));
            let lines: Vec<String> = lines
                .iter()
                .map(|(at, line)| format!("{at} {line}"))
                .collect();
            lines.join(", ")
        };
        assert_eq!(told(9), "");
        assert_eq!(told(11), "10.000s hello, 11.000s tick");
        assert_eq!(told(99), "10.000s hello, 11.000s tick, 13.000s tick");
    }

    #[test]
    fn a_process_that_is_stopped_does_not_end_later_than_by_itself() {
        let settings = Settings::default();
        let spec = TaskSpec::default();
        let mut container = Container::default();
        container.start(&settings, TaskId(1), &spec, SimTime(SECOND));
        container.end_by(SimTime(2 * SECOND), 3);
        container.stop(&settings, &spec, SimTime(5 * SECOND));
        assert_eq!(container.end, Some((SimTime(2 * SECOND), 3)));
        assert_eq!(container_id(1, TaskId(1)).len(), 64);
        assert_ne!(container_id(1, TaskId(1)), container_id(2, TaskId(1)));
    }
}
