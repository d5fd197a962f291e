//! The container of a task: when it lives, how it ends, what it prints.
//!
//! How a process ends by itself is known as soon as it starts; a stop or a kill changes the plan.
//! Whether it crashes by chance is drawn for each task by its number, so that one more task here
//! or there changes nothing for the others.

use std::collections::BTreeMap;

use super::health::{self, HealthPlan};
use super::process::Process;
use super::timing;
use crate::ids::TaskId;
use crate::kernel::Settings;
use crate::model::{ContainerStatus, TaskSpec};
use crate::rng::Stream;
use crate::scenario::{Behaviour, Output};
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
    /// When it was made.
    pub created_at: SimTime,
    /// When its process runs, or will.
    pub started_at: Option<SimTime>,
    /// When and with which code its process ends, if that is known. May be in the future.
    pub end: Option<(SimTime, i32)>,
    /// What becomes of its health.
    pub(super) health: Option<HealthPlan>,
    /// Whether it is being stopped because it is unhealthy.
    pub(super) is_unhealthy: bool,
    /// Whether somebody has removed it; its task does not know.
    pub(super) is_removed: bool,
    /// When its node began to keep new connections away from it.
    pub leaves_at: Option<SimTime>,
}

/// What the health check of a container has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are docker's words")]
pub enum HealthState {
    Starting,
    Healthy,
    Unhealthy,
}

/// How a process is asked to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ending<'s> {
    /// The signal, as people write it; SIGTERM when empty.
    pub(super) signal: &'s str,
    /// After how long it is killed, if ever.
    pub(super) grace_ns: Option<u64>,
}

impl<'s> Ending<'s> {
    /// The way that the service declares.
    pub(super) fn of(spec: &'s TaskSpec) -> Self {
        let grace_ns = spec.container.stop_grace_period_ns;
        Self {
            signal: &spec.container.stop_signal,
            // The engine is told whole seconds.
            grace_ns: Some(grace_ns.map_or(GRACE_NS, |grace_ns| grace_ns / SECOND * SECOND)),
        }
    }
}

impl Container {
    /// When its node lets connections come to it: as soon as it runs, or is found healthy.
    pub fn serves_from(&self) -> Option<SimTime> {
        let started_at = self.started_at?;
        let serves_at = match self.health {
            Some(plan) => started_at + plan.healthy_ns?,
            None => started_at,
        };
        self.end
            .is_none_or(|(end, _)| end > serves_at)
            .then_some(serves_at)
    }

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
        self.end = match Process::of(settings, spec, task).behaviour {
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
    pub(super) fn stop(
        &mut self,
        settings: &Settings,
        task: TaskId,
        spec: &TaskSpec,
        at: SimTime,
        ending: &Ending<'_>,
    ) {
        let name = ending.signal.trim_start_matches("SIG");
        let ignores = Process::of(settings, spec, task).ignores_sigterm;
        let stop_ns = timing::stop_ns(settings, spec);
        let limit_ns = ending.grace_ns.unwrap_or(u64::MAX);
        if matches!(name, "KILL" | "9") {
            self.end_by(at, KILLED);
        } else if !ignores && stop_ns <= limit_ns {
            self.end_by(at + stop_ns, 0);
        } else if let Some(grace_ns) = ending.grace_ns {
            self.end_by(at + grace_ns, KILLED);
        }
    }

    /// What its health check has said up to a moment, if it has one.
    pub fn health_at(&self, now: SimTime) -> Option<HealthState> {
        let plan = self.health?;
        let started_at = self.started_at?;
        let has_come = |age_ns: Option<u64>| age_ns.is_some_and(|age| started_at + age <= now);
        Some(if has_come(plan.unhealthy_ns) {
            HealthState::Unhealthy
        } else if has_come(plan.healthy_ns) {
            HealthState::Healthy
        } else {
            HealthState::Starting
        })
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

    /// The number of its process; 0 while there is none.
    pub(super) fn pid_at(&self, task: TaskId, now: SimTime) -> u32 {
        if self.runs_at(now) {
            2_000 + task.0 % 30_000
        } else {
            0
        }
    }

    /// What is reported of it.
    pub(super) fn status(&self, task: TaskId, now: SimTime) -> ContainerStatus {
        ContainerStatus {
            pid: self.pid_at(task, now),
            exit_code: self.exit_code_at(now).unwrap_or(0),
        }
    }

    /// What it has printed from one moment to another, both included, in order of time; the newest
    /// if that is much.
    pub fn output_between(
        &self,
        output: &[Output],
        from: SimTime,
        now: SimTime,
    ) -> Vec<(SimTime, String)> {
        let Some(started_at) = self.started_at else {
            return Vec::new();
        };
        let ended_at = self.end.map_or(now, |(at, _)| at.min(now));
        let mut lines: BTreeMap<(SimTime, usize), String> = BTreeMap::new();
        for (index, output) in output.iter().enumerate() {
            let first = started_at + output.after.0;
            if first > ended_at {
                continue;
            }
            let step_ns = output.every.map_or(0, |every| every.0);
            let repeats = ended_at.since(first).checked_div(step_ns).unwrap_or(0);
            // The first that is not before `from`; a line that is not repeated has no second.
            let Some(early) = from.since(first).checked_next_multiple_of(step_ns.max(1)) else {
                continue;
            };
            let early = match early.checked_div(step_ns) {
                Some(repeat) => repeat,
                None => u64::from(early > 0),
            };
            let skipped = repeats
                .saturating_sub(OUTPUT_LINES_MAX as u64 - 1)
                .max(early);
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

    /// When it prints its next line after a moment, if nothing happens to it before.
    pub fn next_output(&self, output: &[Output], now: SimTime) -> Option<SimTime> {
        let started_at = self.started_at?;
        let next = |output: &Output| {
            let first = started_at + output.after.0;
            if first > now {
                return Some(first);
            }
            let step_ns = output.every.map_or(0, |every| every.0);
            let repeats = now.since(first).checked_div(step_ns)?;
            Some(first + (repeats + 1) * step_ns)
        };
        let at = output.iter().filter_map(next).min()?;
        self.end.is_none_or(|(end, _)| at <= end).then_some(at)
    }
}

/// The name that a container gives to itself: the service's choice, or the first twelve digits of
/// its id.
pub fn hostname_of(spec: &TaskSpec, seed: u64, task: TaskId) -> String {
    match spec.container.hostname.as_str() {
        "" => container_id(seed, task)[..12].to_owned(),
        name => name.to_owned(),
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
    use crate::scenario::{Duration, Image};

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
            let lines =
                container.output_between(&image.output, SimTime::ZERO, SimTime(now * SECOND));
            let lines: Vec<String> = lines
                .iter()
                .map(|(at, line)| format!("{at} {line}"))
                .collect();
            lines.join(", ")
        };
        assert_eq!(told(9), "");
        assert_eq!(told(11), "10.000s hello, 11.000s tick");
        assert_eq!(told(99), "10.000s hello, 11.000s tick, 13.000s tick");
        let from = |from| {
            let lines = container.output_between(&image.output, SimTime(from), SimTime::MAX);
            lines.len()
        };
        let counts = [0, 10, 11, 12, 13, 14].map(|second| from(second * SECOND));
        assert_eq!(counts, [3, 3, 2, 1, 1, 0]);
        assert_eq!(from(11 * SECOND + 1), 1);
        let next = |now| container.next_output(&image.output, SimTime(now * SECOND));
        let moments = [9, 10, 11, 12, 13].map(|now| next(now).map(|at| at.0 / SECOND));
        assert_eq!(moments, [Some(10), Some(11), Some(13), Some(13), None]);
    }

    #[test]
    fn a_process_that_is_stopped_does_not_end_later_than_by_itself() {
        let settings = Settings::default();
        let spec = TaskSpec::default();
        let mut container = Container::default();
        container.start(&settings, TaskId(1), &spec, SimTime(SECOND));
        container.end_by(SimTime(2 * SECOND), 3);
        let ending = Ending::of(&spec);
        let at = SimTime(5 * SECOND);
        container.stop(&settings, TaskId(1), &spec, at, &ending);
        assert_eq!(container.end, Some((SimTime(2 * SECOND), 3)));
        assert_eq!(container_id(1, TaskId(1)).len(), 64);
        assert_ne!(container_id(1, TaskId(1)), container_id(2, TaskId(1)));
    }
}
