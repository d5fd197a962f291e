//! What happens on nodes: images, containers, health, faults.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use swarmlab_core::report::timeline;
use swarmlab_core::simulation::Options;

use crate::simulation;

/// Plays a scenario on a manager that takes no tasks and two workers.
fn check(rest: &str, expected: &Expect) {
    let text = format!(
        "cluster:
  managers: [{{name: m1, availability: drain}}]
  workers: [{{name: w1}}, {{name: w2, joined: false}}]
{rest}"
    );
    let (scenario, mut run) = simulation(&text, Options::default());
    run.run_to_end();
    let mut told = String::new();
    for line in timeline::lines(run.records(), &run.swarm().kernel.store, &scenario) {
        let _ = writeln!(told, "{} {}", line.at, line.text);
    }
    expected.assert_eq(&told);
}

fn create(image: &str, flags: &str) -> String {
    format!(
        "steps: [{{run: \"docker service create -d --restart-condition none --name web {flags} {image}\"}}]"
    )
}

#[test]
fn ends_of_containers() {
    let images = "images: {ok: {exits: {after: 3s}}, bad: {exits: {code: 3, after: 1s}}}\n";
    check(
        &format!("{images}{}", create("ok", "")),
        &expect![[r#"
        0.000s m1$ docker service create -d --restart-condition none --name web  ok
        0.000s service web created (1 replica)
        0.000s web.1  created
        0.000s bwjt7vhofk0d5qkaswvjgipwz
        0.050s web.1  assigned to w1
        1.100s web.1  running on w1
        4.100s web.1  complete
        4.100s web.1  to be shut down
    "#]],
    );
    check(
        &format!("{images}{}", create("bad", "")),
        &expect![[r#"
        0.000s m1$ docker service create -d --restart-condition none --name web  bad
        0.000s service web created (1 replica)
        0.000s web.1  created
        0.000s bwjt7vhofk0d5qkaswvjgipwz
        0.050s web.1  assigned to w1
        1.100s web.1  running on w1
        2.100s web.1  failed: task: non-zero exit (3)
        2.100s web.1  to be shut down
    "#]],
    );
}

#[test]
fn missing_images_are_rejected() {
    check(
        &format!(
            "images: {{gone: {{missing: true}}}}\n{}",
            create("gone", "")
        ),
        &expect![[r#"
            0.000s m1$ docker service create -d --restart-condition none --name web  gone
            0.000s service web created (1 replica)
            0.000s web.1  created
            0.000s bwjt7vhofk0d5qkaswvjgipwz
            0.000s image gone:latest could not be accessed on a registry to record
            its digest. Each node will access gone:latest independently,
            possibly leading to different nodes running different
            versions of the image.
            0.050s web.1  assigned to w1
            0.700s web.1  rejected: No such image: gone:latest
            0.700s web.1  to be shut down
        "#]],
    );
}

#[test]
fn an_image_is_pulled_once() {
    check(
        &format!(
            "images: {{big: {{size: 500MiB}}}}\n{}",
            create("big", "--replicas 2")
        ),
        &expect![[r#"
            0.000s m1$ docker service create -d --restart-condition none --name web --replicas 2 big
            0.000s service web created (2 replicas)
            0.000s web.1, web.2  created
            0.000s bwjt7vhofk0d5qkaswvjgipwz
            0.050s web.1, web.2  assigned to w1
            11.600s web.1, web.2  running on w1
        "#]],
    );
}

#[test]
fn a_deaf_process_is_killed_after_the_grace_period() {
    check(
        "images: {deaf: {ignores_sigterm: true}}
steps:
- {run: docker service create -d --name web --publish 80 --stop-grace-period 3s deaf}
- {at: 10s, run: docker service scale -d web=0}",
        &expect![[r#"
            0.000s m1$ docker service create -d --name web --publish 80 --stop-grace-period 3s deaf
            0.000s service web created (1 replica)
            0.000s web.1  created
            0.000s bwjt7vhofk0d5qkaswvjgipwz
            0.050s web.1  assigned to w1
            1.100s web.1  running on w1
            10.000s m1$ docker service scale -d web=0
            10.000s service web scaled to 0 replicas
            10.000s web.1  to be removed
            10.000s web scaled to 0
            16.200s web.1  shutdown
            16.450s web.1  deleted
        "#]],
    );
}

#[test]
fn health_comes_before_running_and_its_loss_ends_a_task() {
    check(
        &format!(
            "images: {{sick: {{health: {{fails_after: 10s}}, ignores_sigterm: true}}}}\n{}",
            create("sick", "--health-cmd true --health-interval 2s")
        ),
        &expect![[r#"
            0.000s m1$ docker service create -d --restart-condition none --name web --health-cmd true --health-interval 2s sick
            0.000s service web created (1 replica)
            0.000s web.1  created
            0.000s bwjt7vhofk0d5qkaswvjgipwz
            0.050s web.1  assigned to w1
            3.100s web.1  running on w1
            25.100s web.1  failed: task: non-zero exit (137): dockerexec: unhealthy container
            25.100s web.1  to be shut down
        "#]],
    );
}

#[test]
fn a_killed_process_fails_its_task() {
    check(
        "steps:
- {run: docker service create -d --name web app}
- {at: 5s, kill: web.1}
- {at: 5s, kill: web.2}",
        &expect![[r#"
            0.000s m1$ docker service create -d --name web app
            0.000s service web created (1 replica)
            0.000s web.1  created
            0.000s bwjt7vhofk0d5qkaswvjgipwz
            0.050s web.1  assigned to w1
            1.100s web.1  running on w1
            5.000s the process of web.1 is killed
            5.000s no container of web.2 runs: nothing to kill
            5.100s web.1  failed: task: non-zero exit (137)
            5.100s web.1  to be shut down
            5.100s web.1  created, to be prepared and wait
            5.150s web.1  assigned to w1
            10.100s web.1  may start now
            10.700s web.1  running on w1
        "#]],
    );
}

#[test]
fn a_node_crashes_joins_and_recovers() {
    check(
        "steps:
- {run: docker service create -d --name web app}
- {at: 5s, join: w2}
- {at: 10s, crash: w1}
- {at: 11s, crash: w1}
- {at: 40s, recover: w1}",
        &expect![[r#"
            0.000s m1$ docker service create -d --name web app
            0.000s service web created (1 replica)
            0.000s web.1  created
            0.000s bwjt7vhofk0d5qkaswvjgipwz
            0.050s web.1  assigned to w1
            1.100s web.1  running on w1
            5.000s node w2 joined
            10.000s w1 loses its power
            11.000s w1 has no power that it could lose
            19.935s node w1 is down: heartbeat failure
            19.935s web.1  to be shut down
            19.935s web.1  created, to be prepared and wait
            19.985s web.1  assigned to w2
            24.935s web.1  may start now
            25.500s web.1  running on w2
            40.000s w1 has power again and boots
            41.490s node w1 is ready
            41.500s web.1  failed: task: non-zero exit (255)
        "#]],
    );
}

#[test]
fn a_short_loss_of_power_is_not_seen_by_managers() {
    check(
        "steps:
- {run: docker service create -d --name web app}
- {at: 10s, crash: w1}
- {at: 12s, recover: w1}",
        &expect![[r#"
            0.000s m1$ docker service create -d --name web app
            0.000s service web created (1 replica)
            0.000s web.1  created
            0.000s bwjt7vhofk0d5qkaswvjgipwz
            0.050s web.1  assigned to w1
            1.100s web.1  running on w1
            10.000s w1 loses its power
            12.000s w1 has power again and boots
            13.500s web.1  failed: task: non-zero exit (255)
            13.500s web.1  to be shut down
            13.500s web.1  created, to be prepared and wait
            13.550s web.1  assigned to w1
            18.500s web.1  may start now
            19.100s web.1  running on w1
        "#]],
    );
}

#[test]
fn tasks_of_a_node_that_stays_away_are_orphaned_after_a_day() {
    check(
        "until: 25h
steps:
- {run: docker service create -d --restart-condition none --name web app}
- {at: 10s, crash: w1}",
        &expect![[r#"
            0.000s m1$ docker service create -d --restart-condition none --name web app
            0.000s service web created (1 replica)
            0.000s web.1  created
            0.000s bwjt7vhofk0d5qkaswvjgipwz
            0.050s web.1  assigned to w1
            1.100s web.1  running on w1
            10.000s w1 loses its power
            19.935s node w1 is down: heartbeat failure
            19.935s web.1  to be shut down
            86419.935s web.1  orphaned on w1
        "#]],
    );
}

#[test]
fn what_cannot_be_done_is_told() {
    check(
        "steps:
- {at: 1s, recover: w1}
- {at: 1s, crash: w2}
- {at: 2s, crash: w1}
- {at: 3s, on: w1, run: docker node ls}
- {at: 4s, join: w2}
- {at: 4s, join: w2}",
        &expect![[r#"
            1.000s w1 has not crashed: nothing to recover
            1.000s w2 is no node of the swarm: it cannot crash
            2.000s w1 loses its power
            3.000s w1$ docker node ls
            3.000s w1 is switched off
            3.000s exit code 1
            4.000s node w2 joined
            4.000s w2 belongs to the swarm already
            11.935s node w1 is down: heartbeat failure
        "#]],
    );
}
