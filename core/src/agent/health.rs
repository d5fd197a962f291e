//! Health checks: when a container becomes healthy and when unhealthy.
//!
//! Upstream: `moby daemon/health.go`. When the probes come and how they end is known as soon as a
//! container starts, so the moments at which the status changes are computed and no probe is an
//! event. A probe takes as long as the image says; the next one comes an interval after its end.

use crate::kernel::Settings;
use crate::model::{HealthConfig, TaskSpec};
use crate::scenario::{Duration, Health};
use crate::time::SECOND;

use super::image;

const INTERVAL_NS: u64 = 30 * SECOND;
const START_INTERVAL_NS: u64 = 5 * SECOND;
const TIMEOUT_NS: u64 = 30 * SECOND;
const RETRIES: u64 = 3;

/// The ages of a container at which its status changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct HealthPlan {
    /// When it becomes healthy, in nanoseconds since its start.
    pub(super) healthy_ns: Option<u64>,
    /// When it becomes unhealthy, in nanoseconds since its start.
    pub(super) unhealthy_ns: Option<u64>,
}

/// What becomes of the health of a task's container; nothing if it has no health check. A check
/// that only the service declares passes as soon as the process listens.
pub(super) fn plan_of(settings: &Settings, spec: &TaskSpec) -> Option<HealthPlan> {
    let image = image::of(settings, spec);
    let declared = image.and_then(|image| image.health);
    let config = spec.container.healthcheck.as_ref();
    let kind = config.and_then(|config| config.test.first());
    if kind.is_some_and(|kind| kind == "NONE") || (kind.is_none() && declared.is_none()) {
        return None;
    }
    // A process that does not listen yet does not pass.
    let warm_up = image.and_then(|image| image.serving.warm_up);
    let health = declared.unwrap_or(Health::PassesAfter(warm_up.unwrap_or(Duration(0))));
    let takes = image.and_then(|image| image.probe);
    Some(plan_with(spec, health, takes.map_or(0, |takes| takes.0)))
}

/// What becomes of the health of a task's container whose check ends as is said, and takes so long.
pub(super) fn plan_with(spec: &TaskSpec, health: Health, takes_ns: u64) -> HealthPlan {
    let default = HealthConfig::default();
    let config = spec.container.healthcheck.as_ref().unwrap_or(&default);
    plan(config, health, takes_ns)
}

/// What became of the health of a recorded container, at the very moments: its engine probed at
/// others than that of the model.
pub(super) fn plan_recorded(spec: &TaskSpec, health: Health) -> HealthPlan {
    match health {
        Health::PassesAfter(age) => HealthPlan {
            healthy_ns: Some(age.0),
            unhealthy_ns: None,
        },
        other => plan_with(spec, other, 0),
    }
}

fn plan(config: &HealthConfig, health: Health, takes_ns: u64) -> HealthPlan {
    let or = |value, default| if value == 0 { default } else { value };
    let interval_ns = or(config.interval_ns, INTERVAL_NS);
    let start_interval_ns = or(config.start_interval_ns, START_INTERVAL_NS);
    let timeout_ns = or(config.timeout_ns, TIMEOUT_NS);
    let more_failures = or(config.retries, RETRIES) - 1;
    // What takes longer than it may has failed by then.
    let (health, takes_ns) = if takes_ns > timeout_ns {
        (Health::Never, timeout_ns)
    } else {
        (health, takes_ns)
    };
    let step_ns = interval_ns.saturating_add(takes_ns);
    let start_step_ns = start_interval_ns.saturating_add(takes_ns);
    // So many probes come faster: those before which the start period is not over.
    let start_probes = config.start_period_ns.div_ceil(start_step_ns);
    let last_of_start_ns = start_probes
        .saturating_mul(start_step_ns)
        .saturating_sub(takes_ns);
    // The first that begins after the start period may be the last of them.
    let first_counted_ns = if start_probes > 0 && last_of_start_ns >= config.start_period_ns {
        last_of_start_ns
    } else {
        start_probes
            .saturating_mul(start_step_ns)
            .saturating_add(interval_ns)
    };
    let first_ns = if start_probes == 0 {
        interval_ns
    } else {
        start_interval_ns
    };
    // The first probe not before an age, of a row that begins with `from_ns`.
    let probe = |from_ns: u64, step_ns: u64, age_ns: u64| {
        let steps = age_ns.saturating_sub(from_ns).div_ceil(step_ns);
        from_ns.saturating_add(steps.saturating_mul(step_ns))
    };
    let ended = |probe_ns: u64| Some(probe_ns.saturating_add(takes_ns));
    let gives_up_ns = first_counted_ns.saturating_add(more_failures.saturating_mul(step_ns));
    let never = HealthPlan {
        healthy_ns: None,
        unhealthy_ns: ended(gives_up_ns),
    };
    match health {
        Health::PassesAfter(age) => {
            let passes_ns = if start_probes > 0 && age.0 <= last_of_start_ns {
                probe(first_ns, start_step_ns, age.0)
            } else {
                probe(first_counted_ns, step_ns, age.0)
            };
            if passes_ns > gives_up_ns {
                return never;
            }
            HealthPlan {
                healthy_ns: ended(passes_ns),
                unhealthy_ns: None,
            }
        }
        Health::FailsAfter(age) if first_ns < age.0 => {
            let fails_ns = probe(first_ns, step_ns, age.0);
            let unhealthy_ns = fails_ns.saturating_add(more_failures.saturating_mul(step_ns));
            HealthPlan {
                healthy_ns: ended(first_ns),
                unhealthy_ns: ended(unhealthy_ns),
            }
        }
        Health::FailsAfter(_) | Health::Never => never,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::expect;

    use super::*;

    #[test]
    fn status_changes_follow_the_probes() {
        // Interval, start period, start interval, retries in seconds; behaviour.
        let s = |seconds: u64| Duration(seconds * SECOND);
        let cases = [
            ((0, 0, 0, 0), Health::PassesAfter(s(0))),
            ((0, 0, 0, 0), Health::Never),
            ((1, 0, 0, 3), Health::PassesAfter(s(3))),
            ((1, 0, 0, 3), Health::PassesAfter(s(4))),
            ((1, 20, 0, 3), Health::PassesAfter(s(4))),
            ((10, 20, 1, 3), Health::PassesAfter(s(4))),
            ((10, 20, 1, 3), Health::PassesAfter(s(31))),
            ((10, 20, 1, 3), Health::Never),
            ((10, 0, 0, 2), Health::FailsAfter(s(35))),
            ((10, 0, 0, 2), Health::FailsAfter(s(5))),
            ((10, 20, 1, 2), Health::FailsAfter(s(5))),
        ];
        let mut told = String::new();
        for ((interval, start_period, start_interval, retries), health) in cases {
            let config = HealthConfig {
                interval_ns: interval * SECOND,
                start_period_ns: start_period * SECOND,
                start_interval_ns: start_interval * SECOND,
                retries,
                ..HealthConfig::default()
            };
            let plan = plan(&config, health, 0);
            let show =
                |age: Option<u64>| age.map_or("-".to_owned(), |age| (age / SECOND).to_string());
            let _ = writeln!(
                told,
                "{interval}/{start_period}/{start_interval}/{retries} {health:?}: healthy {}, unhealthy {}",
                show(plan.healthy_ns),
                show(plan.unhealthy_ns)
            );
        }
        expect![[r#"
            0/0/0/0 PassesAfter(Duration(0)): healthy 30, unhealthy -
            0/0/0/0 Never: healthy -, unhealthy 90
            1/0/0/3 PassesAfter(Duration(3000000000)): healthy 3, unhealthy -
            1/0/0/3 PassesAfter(Duration(4000000000)): healthy -, unhealthy 3
            1/20/0/3 PassesAfter(Duration(4000000000)): healthy 5, unhealthy -
            10/20/1/3 PassesAfter(Duration(4000000000)): healthy 4, unhealthy -
            10/20/1/3 PassesAfter(Duration(31000000000)): healthy 40, unhealthy -
            10/20/1/3 Never: healthy -, unhealthy 40
            10/0/0/2 FailsAfter(Duration(35000000000)): healthy 10, unhealthy 50
            10/0/0/2 FailsAfter(Duration(5000000000)): healthy -, unhealthy 20
            10/20/1/2 FailsAfter(Duration(5000000000)): healthy 1, unhealthy 21
        "#]]
        .assert_eq(&told);
    }

    #[test]
    fn a_probe_takes_its_time_and_no_more_than_it_may() {
        let s = |seconds: u64| seconds * SECOND;
        // Interval, start period, start interval, timeout, what a probe takes; behaviour.
        let cases = [
            ((10, 0, 0, 0, 3), Health::PassesAfter(Duration(0))),
            ((10, 0, 0, 3, 3), Health::PassesAfter(Duration(s(11)))),
            ((10, 0, 0, 2, 3), Health::PassesAfter(Duration(0))),
            ((10, 0, 0, 0, 99), Health::PassesAfter(Duration(0))),
            ((10, 20, 4, 0, 1), Health::PassesAfter(Duration(s(5)))),
            ((10, 20, 4, 0, 1), Health::PassesAfter(Duration(s(20)))),
            ((10, 20, 4, 0, 1), Health::Never),
            ((10, 19, 4, 0, 1), Health::Never),
            ((10, 20, 4, 0, 1), Health::FailsAfter(Duration(s(5)))),
        ];
        let mut told = String::new();
        for ((interval, start_period, start_interval, timeout, takes), health) in cases {
            let config = HealthConfig {
                interval_ns: s(interval),
                start_period_ns: s(start_period),
                start_interval_ns: s(start_interval),
                timeout_ns: s(timeout),
                ..HealthConfig::default()
            };
            let plan = plan(&config, health, s(takes));
            let show =
                |age: Option<u64>| age.map_or("-".to_owned(), |age| (age / SECOND).to_string());
            let _ = writeln!(
                told,
                "{interval}/{start_period}/{start_interval}/{timeout} {takes} {health:?}: healthy {}, unhealthy {}",
                show(plan.healthy_ns),
                show(plan.unhealthy_ns)
            );
        }
        expect![[r#"
            10/0/0/0 3 PassesAfter(Duration(0)): healthy 13, unhealthy -
            10/0/0/3 3 PassesAfter(Duration(11000000000)): healthy 26, unhealthy -
            10/0/0/2 3 PassesAfter(Duration(0)): healthy -, unhealthy 36
            10/0/0/0 99 PassesAfter(Duration(0)): healthy -, unhealthy 120
            10/20/4/0 1 PassesAfter(Duration(5000000000)): healthy 10, unhealthy -
            10/20/4/0 1 PassesAfter(Duration(20000000000)): healthy 31, unhealthy -
            10/20/4/0 1 Never: healthy -, unhealthy 53
            10/19/4/0 1 Never: healthy -, unhealthy 42
            10/20/4/0 1 FailsAfter(Duration(5000000000)): healthy 5, unhealthy 38
        "#]]
        .assert_eq(&told);
    }
}
