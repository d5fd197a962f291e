//! What users of a service notice of what is done to it.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use swarmlab_core::report::availability;
use swarmlab_core::simulation::Options;
use swarmlab_core::time::SimTime;

use crate::simulation;

/// Plays lines on a manager that takes no tasks and three workers.
fn check(rest: &str, until: u64, expected: &Expect) {
    let text = format!(
        "cluster:
  managers: [{{name: m1, availability: drain}}]
  workers: 3
{rest}"
    );
    let (_, mut run) = simulation(&text, Options::default());
    run.run_until(SimTime::from_secs(until));
    let mut told = String::new();
    for service in availability::of(run.records(), run.moment().time) {
        let _ = writeln!(told, "{service}");
        for point in &service.series {
            let (running, desired) = (point.running, point.desired);
            let _ = writeln!(told, "  {} {running} of {desired}", point.at_ns);
        }
    }
    expected.assert_eq(&told);
}

#[test]
fn whoever_scales_up_takes_nothing_away() {
    check(
        "steps:
- run: docker service create -d --name web --replicas 2 app
- {at: 10s, run: docker service scale -d web=4}
- {at: 20s, run: docker service scale -d web=1}
- {at: 30s, run: docker service rm web}",
        40,
        &expect![[r#"
            web: never short of tasks
              0.000s 0 of 2
              1.100s 2 of 2
              10.000s 2 of 4
              11.100s 4 of 4
              20.000s 4 of 1
              21.400s 1 of 1
              30.000s 1 of 0
              31.400s 0 of 0
        "#]],
    );
}

#[test]
fn an_update_that_stops_first_and_one_that_starts_first() {
    check(
        "steps:
- run: docker service create -d --name a --replicas 3 app:1
- run: docker service create -d --name b --replicas 3 app:1
- {at: 10s, run: docker service update -d --update-delay 1s --image app:2 a}
- {at: 10s, run: docker service update -d --update-order start-first --image app:2 b}",
        60,
        &expect![[r#"
            a: 2 of 3 running at 11.500s, the fewest; short of tasks for 1.8s in 3 spells
              0.000s 0 of 3
              1.100s 3 of 3
              11.500s 2 of 3
              12.100s 3 of 3
              14.600s 2 of 3
              15.200s 3 of 3
              17.700s 2 of 3
              18.300s 3 of 3
            b: never short of tasks
              0.000s 0 of 3
              1.100s 3 of 3
              11.100s 4 of 3
              12.100s 5 of 3
              12.600s 4 of 3
              13.200s 5 of 3
              13.600s 4 of 3
              14.600s 3 of 3
        "#]],
    );
}

#[test]
fn a_health_check_has_to_pass_before_a_task_counts() {
    check(
        "images: {slow: {health: {passes_after: 3s}}}
steps:
- run: docker service create -d --name web --health-cmd true --health-interval 2s slow",
        30,
        &expect![[r#"
            web: never short of tasks
              0.000s 0 of 1
              5.100s 1 of 1
        "#]],
    );
}

#[test]
fn a_node_without_power_serves_nobody_from_that_moment_on() {
    check(
        "steps:
- run: docker service create -d --name web --replicas 3 app
- run: docker service create -d --name all --mode global app
- {at: 10s, crash: worker2}
- {at: 40s, recover: worker2}",
        60,
        &expect![[r#"
            web: 2 of 3 running at 10.000s, the fewest; short of tasks for 15.5s
              0.000s 0 of 3
              1.100s 3 of 3
              10.000s 2 of 3
              25.500s 3 of 3
            all: 2 of 3 running at 10.000s, the fewest; short of tasks for 9.935s
              0.000s 0 of 3
              1.100s 3 of 3
              10.000s 2 of 3
              19.935s 2 of 2
              41.490s 2 of 3
              42.600s 3 of 3
        "#]],
    );
}

#[test]
fn a_crashing_container_makes_spells() {
    check(
        "images: {bad: {exits: {code: 1, after: 4s}}}
steps:
- run: docker service create -d --name web bad
- run: docker service create -d --name never --constraint node.role==manager app
- run: docker service create -d --name job --mode replicated-job app",
        20,
        &expect![[r#"
            web: 0 of 1 running at 5.100s, the fewest; short of tasks for 10.9s in 2 spells, and still short
              0.000s 0 of 1
              1.100s 1 of 1
              5.100s 0 of 1
              10.700s 1 of 1
              14.700s 0 of 1
            never: no task has run
              0.000s 0 of 1
        "#]],
    );
}
