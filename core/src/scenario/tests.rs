//! Scenario texts in, the scenario as it would be saved or the diagnostics out.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{Action, Scenario};
use crate::diagnostic::Source;

#[expect(clippy::needless_pass_by_value, reason = "as expect! makes it")]
fn check(text: &str, want: Expect) {
    want.assert_eq(&outcome(text));
}

/// The scenario in its canonical form after its warnings, or the errors. What is written must read
/// as the same scenario.
fn outcome(text: &str) -> String {
    let (scenario, warnings) = match Scenario::parse(text) {
        Ok(read) => read,
        Err(errors) => return errors.render(text, "s.yaml", false),
    };
    let written = scenario.to_yaml();
    let (again, _) = Scenario::parse(&written).unwrap_or_else(|errors| {
        panic!("{written}\n{}", errors.render(&written, "written", false));
    });
    assert_eq!(without_places(again), without_places(scenario), "{written}");
    warnings.render(text, "s.yaml", false) + &written
}

fn without_places(mut scenario: Scenario) -> Scenario {
    for node in &mut scenario.nodes {
        node.span = Default::default();
    }
    for step in &mut scenario.steps {
        (step.span, step.place) = Default::default();
    }
    for expectation in &mut scenario.expectations {
        (expectation.span, expectation.place) = Default::default();
    }
    scenario
}

const WHOLE: &str = r#"
# yaml-language-server: $schema=../scenario.schema.json
version: 1
title: First cluster
description: |
  One manager, two workers.
seed: 42
ties: seeded
until: 60s
cluster:
  managers: 1
  workers: 2
  nodes:
    - name: big
      labels: {zone: a}
      engine_labels: {disk: ssd}
      cpus: 0.5
      memory: 4g
      generic: {gpu: [uuid1, uuid2], fpga: 2}
      platform: windows/amd64
      availability: pause
      plugins: [Volume/rexray]
      address: 10.0.0.1
    - {name: worker, count: 3, labels: {zone: b}}
    - {name: late, joined: false}
  task_history_limit: 2
timing:
  container_create: 150ms
  image_pull_bandwidth: 50MiB/s
images:
  nginx: {size: 70MiB, start: 500ms, runs: forever}
  app:bad: {exits: {code: 1, after: 1s}}
  app:flaky:
    crashes: {probability: 10%, after: 3s}
    ignores_sigterm: true
    health: {passes_after: 5s}
  app:sick: {health: {never_passes: true}, preloaded: true}
steps:
  - at: 0s
    on: manager1
    run: docker service create --name web --replicas 2 nginx
  - at: 20s
    crash: worker1
    note: What happens to its tasks?
  - after: 5s
    run: |-
      docker service scale web=5
  - recover: worker1
  - at: 40s
    kill: web.1
  - {at: 41s, join: late, x-why: because}
expect:
  - {at: 10s, service: web, running: 2}
  - {eventually: 30s, node: worker1, tasks: 0, why: it is dead}
  - always: {from: 5s, to: 60s}
    service: web
    running: {at_least: 1}
  - {at: end, node: worker2, availability: drain, state: ready}
  - {at: 12s, output_of: docker service ls, contains: web, exit_code: 0, on: manager1}
  - {at: 5s, task: web.3, state: pending, error: {contains: no suitable node}}
  - {at: 5s, service: web, node: worker1, running: {at_least: 1, at_most: 3}}
"#;

#[test]
fn a_whole_scenario_is_read_and_written() {
    check(
        WHOLE,
        expect![[r#"
            version: 1
            title: First cluster
            description: |
              One manager, two workers.
            seed: 42
            ties: seeded
            until: 1m0s
            cluster:
              nodes:
              - name: manager1
                role: manager
              - name: worker
                count: 2
              - name: big
                address: 10.0.0.1
                labels:
                  zone: a
                engine_labels:
                  disk: ssd
                cpus: 0.5
                memory: 4GiB
                generic:
                  fpga: 2
                  gpu:
                  - uuid1
                  - uuid2
                platform: windows/amd64
                availability: pause
                plugins:
                - Volume/rexray
              - name: worker
                count: 3
                labels:
                  zone: b
              - name: late
                joined: false
              task_history_limit: 2
            timing:
              container_create: 150ms
              image_pull_bandwidth: 50MiB
            images:
              app:bad:
                exits:
                  code: 1
                  after: 1s
              app:flaky:
                crashes:
                  probability: 0.1
                  code: 1
                  after: 3s
                ignores_sigterm: true
                health:
                  passes_after: 5s
              app:sick:
                health:
                  never_passes: true
                preloaded: true
              nginx:
                size: 70MiB
                start: 500ms
            steps:
            - at: 0s
              run: docker service create --name web --replicas 2 nginx
            - at: 20s
              crash: worker1
              note: What happens to its tasks?
            - at: 25s
              run: docker service scale web=5
            - at: 25s
              recover: worker1
            - at: 40s
              kill: web.1
            - at: 41s
              join: late
            expect:
            - at: 10s
              service: web
              running: 2
            - eventually: 30s
              node: worker1
              tasks: 0
              why: it is dead
            - always:
                from: 5s
                to: 1m0s
              service: web
              running:
                at_least: 1
            - at: end
              node: worker2
              state: ready
              availability: drain
            - at: 12s
              output_of: docker service ls
              contains: web
              exit_code: 0
            - at: 5s
              task: web.3
              state: pending
              error:
                contains: no suitable node
            - at: 5s
              service: web
              node: worker1
              running:
                at_least: 1
                at_most: 3
        "#]],
    );
}

#[test]
fn short_forms_stay_short() {
    check(
        "cluster: {managers: 3, workers: 2}",
        expect![[r#"
        version: 1
        cluster:
          managers: 3
          workers: 2
    "#]],
    );
    check(
        "cluster:\n  nodes:\n    - {role: manager}\n    - {count: 500}\n    - {count: 500}",
        expect![[r#"
            version: 1
            cluster:
              managers: 1
              workers: 1000
        "#]],
    );
    check(
        "cluster:\n  managers: [{name: m, cpus: 2}]\n  workers: [{labels: {zone: a}}, {labels: \
         {zone: b}, count: 2}, {count: 1}]",
        expect![[r#"
            version: 1
            cluster:
              nodes:
              - name: m
                role: manager
                cpus: 2
              - name: worker
                count: 1
                labels:
                  zone: a
              - name: worker
                count: 2
                labels:
                  zone: b
              - name: worker4
        "#]],
    );
}

#[test]
fn ten_thousand_nodes_are_enough() {
    let (scenario, _) = Scenario::parse("cluster: {managers: 1, workers: 9999}").expect("good");
    assert_eq!(scenario.nodes.len(), 10_000);
    assert_eq!(scenario.nodes[0].address, "192.168.56.11");
    assert_eq!(scenario.nodes[9_999].address, "192.168.95.104");
    check(
        "cluster: {managers: 1, workers: 10000}",
        expect![[r#"
        s.yaml:1:33: error[E0008]: the cluster has more than 10000 nodes
          |
        1 | cluster: {managers: 1, workers: 10000}
          |                                 ^^^^^

    "#]],
    );
    check(
        "cluster: {managers: 1, workers: 10000000000}",
        expect![[r#"
            s.yaml:1:33: error[E0007]: `cluster.workers`: 10000000000 is too many
              |
            1 | cluster: {managers: 1, workers: 10000000000}
              |                                 ^^^^^^^^^^^

        "#]],
    );
}

#[test]
fn the_cluster_must_be_one() {
    check(
        "{}",
        expect![[r#"
        s.yaml:1:1: error[E0014]: the cluster has no nodes
          |
        1 | {}
          | ^^
          = help: the smallest cluster is `cluster: {managers: 1}`

    "#]],
    );
    check(
        "title: x\n",
        expect![[r#"
        s.yaml:1:1: error[E0014]: the cluster has no nodes
          |
        1 | title: x
          | ^^^^^
          = help: the smallest cluster is `cluster: {managers: 1}`

    "#]],
    );
    check(
        "cluster: {workers: 2}",
        expect![[r#"
        s.yaml:1:1: error[E0014]: the cluster has no manager
          |
        1 | cluster: {workers: 2}
          | ^^^^^^^
          = help: add `managers: 1`, or `role: manager` to one of the nodes

    "#]],
    );
    check(
        "cluster: {managers: 2}",
        expect![[r#"
        s.yaml:1:1: warning[W0001]: 2 managers survive no more failures than 1
          |
        1 | cluster: {managers: 2}
          | ^^^^^^^

        version: 1
        cluster:
          managers: 2
    "#]],
    );
    check(
        "cluster: {managers: 1, nodes: [{name: manager1}]}",
        expect![[r#"
            s.yaml:1:32: error[E0012]: two nodes are called `manager1`
              |
            1 | cluster: {managers: 1, nodes: [{name: manager1}]}
              |                                ^^^^^^^^^^^^^^^^
              = note: line 1, column 21: the first one is here

        "#]],
    );
    check(
        "cluster: {nodes: [{name: a, joined: false}, {name: b, joined: false}]}",
        expect![[r#"
            version: 1
            cluster:
              nodes:
              - name: a
                joined: false
              - name: b
                joined: false
        "#]],
    );
}

#[test]
fn nodes_must_make_sense() {
    check(
        r"
cluster:
  managers:
    - {name: m1, role: worker}
    - {name: a b, cpus: -1, memory: lots}
    - {name: m2, address: 1.2.3, plugins: [rexray], platform: linux}
    - {name: m, count: 2, address: 10.0.0.1}
  workers: many
  task_history_limit: -1
",
        expect![[r#"
            s.yaml:4:24: error[E0017]: this node is a worker in the list of managers
              |
            4 |     - {name: m1, role: worker}
              |                        ^^^^^^

            s.yaml:5:14: error[E0007]: `a b` is no name of a node
              |
            5 |     - {name: a b, cpus: -1, memory: lots}
              |              ^^^

            s.yaml:5:25: error[E0007]: `cluster.managers[1].cpus`: `-1` is no number of CPUs
              |
            5 |     - {name: a b, cpus: -1, memory: lots}
              |                         ^^
              = help: expected a number with at most nine decimals, such as `2` or `0.5`

            s.yaml:5:37: error[E0007]: `cluster.managers[1].memory`: `lots` is no amount of bytes
              |
            5 |     - {name: a b, cpus: -1, memory: lots}
              |                                     ^^^^
              = help: expected a number with a unit, such as `512MiB` or `4g`

            s.yaml:6:27: error[E0007]: `1.2.3` is no IP address
              |
            6 |     - {name: m2, address: 1.2.3, plugins: [rexray], platform: linux}
              |                           ^^^^^

            s.yaml:6:43: error[E0007]: `rexray` is no plugin
              |
            6 |     - {name: m2, address: 1.2.3, plugins: [rexray], platform: linux}
              |                                           ^^^^^^^^
              = help: expected a type and a name, such as `Volume/rexray`; the types are Volume, Network and Log

            s.yaml:6:63: error[E0007]: `linux` is no platform
              |
            6 |     - {name: m2, address: 1.2.3, plugins: [rexray], platform: linux}
              |                                                               ^^^^^
              = help: expected `linux/x86_64` or the like

            s.yaml:7:36: error[E0017]: `address` is for one node, `count` is for several
              |
            7 |     - {name: m, count: 2, address: 10.0.0.1}
              |                                    ^^^^^^^^

            s.yaml:8:12: error[E0005]: `cluster.workers`: expected a number of nodes or a list of them, found the text `many`
              |
            8 |   workers: many
              |            ^^^^

            s.yaml:9:23: error[E0007]: the number of old tasks to keep cannot be negative
              |
            9 |   task_history_limit: -1
              |                       ^^

        "#]],
    );
    check(
        "cluster:\n  nodes:\n    - {name: a, role: manager, address: 10.0.0.1}\n    - {name: b, address: 10.0.0.1, rôle: x}\n",
        expect![[r#"
            s.yaml:4:7: error[E0019]: the address 10.0.0.1 is used twice
              |
            4 |     - {name: b, address: 10.0.0.1, rôle: x}
              |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

            s.yaml:4:36: error[E0003]: there is no key `rôle` here
              |
            4 |     - {name: b, address: 10.0.0.1, rôle: x}
              |                                    ^^^^
              = help: did you mean `role`?

        "#]],
    );
}

#[test]
fn steps_must_make_sense() {
    check(
        r"
cluster: {managers: 1, workers: 2}
steps:
  - at: 5
    run: docker ps
  - {at: 5s, after: 1s, run: docker ps}
  - at: 6s
  - {run: docker ps, crash: worker1}
  - {crash: wroker1}
  - {on: worker9, run: docker ps}
  - {on: worker1, kill: web.1}
  - {rnu: docker ps}
  - run: ''
  - docker ps
",
        expect![[r#"
            s.yaml:4:9: error[E0007]: `steps[0].at`: `5` is no duration: the unit is missing
              |
            4 |   - at: 5
              |         ^
              = help: write `5s` for seconds

            s.yaml:6:14: error[E0016]: a step has `at` or `after`, not both
              |
            6 |   - {at: 5s, after: 1s, run: docker ps}
              |              ^^^^^

            s.yaml:7:5: error[E0015]: this step does nothing
              |
            7 |   - at: 6s
              |     ^^
              = help: add one of `run`, `crash`, `recover`, `join` or `kill`

            s.yaml:8:22: error[E0015]: this step has `run` and `crash`, but a step does one thing
              |
            8 |   - {run: docker ps, crash: worker1}
              |                      ^^^^^
              = help: make it two steps; they may have the same time

            s.yaml:9:13: error[E0013]: there is no node `wroker1`
              |
            9 |   - {crash: wroker1}
              |             ^^^^^^^
              = help: did you mean `worker1`?

            s.yaml:10:10: error[E0013]: there is no node `worker9`
               |
            10 |   - {on: worker9, run: docker ps}
               |          ^^^^^^^
               = help: did you mean `worker1`?

            s.yaml:11:6: error[E0017]: `on` says where a line is typed; `kill` needs no terminal
               |
            11 |   - {on: worker1, kill: web.1}
               |      ^^

            s.yaml:12:6: error[E0003]: there is no key `rnu` here
               |
            12 |   - {rnu: docker ps}
               |      ^^^
               = help: did you mean `run`?

            s.yaml:13:10: error[E0007]: `run` is empty
               |
            13 |   - run: ''
               |          ^^

            s.yaml:14:5: error[E0005]: `steps[9]`: expected a mapping, found the text `docker ps`
               |
            14 |   - docker ps
               |     ^^^^^^^^^

        "#]],
    );
}

#[test]
fn steps_are_done_in_order_of_time() {
    check(
        r"
cluster: {managers: 1}
until: 25s
steps:
  - {at: 20s, run: docker node ls}
  - {at: 10s, run: docker service ls}
  - {after: 10s, run: docker info}
  - {after: 10s, run: docker version}
",
        expect![[r#"
            s.yaml:6:10: warning[W0002]: this step comes before the one above it, which is at 20.000s
              |
            6 |   - {at: 10s, run: docker service ls}
              |          ^^^

            s.yaml:8:5: warning[W0003]: the run ends at 25.000s, before this step at 30.000s
              |
            8 |   - {after: 10s, run: docker version}
              |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

            version: 1
            until: 25s
            cluster:
              managers: 1
            steps:
            - at: 10s
              run: docker service ls
            - at: 20s
              run: docker node ls
            - at: 20s
              run: docker info
            - at: 30s
              run: docker version
        "#]],
    );
}

#[test]
fn expectations_must_make_sense() {
    check(
        r"
cluster: {managers: 1, workers: 2}
expect:
  - {service: web, running: 2}
  - {at: 5s, eventually: 6s, service: web, running: 2}
  - {at: 5s, running: 2}
  - {at: 5s, service: web}
  - {at: 5s, service: web, availability: drain}
  - {at: 5s, node: worker3, tasks: 0}
  - {at: 5s, node: worker1, state: raedy}
  - {at: 5s, task: web.1, state: ready, service: web}
  - {at: never, task: web.1, state: ready}
  - {always: {from: 6s, to: 5s}, service: web, running: {at_least: 3, at_most: 2}}
  - {at: 5s, service: web, running: some}
  - {at: 5s, service: web, running: {at_leats: 2}}
  - {at: 5s, service: web, running: {}}
  - {at: 5s, node: worker1, availability: drained}
  - {at: 5s, output_of: docker node ls, on: worker9, contains: x}
",
        expect![[r#"
            s.yaml:4:6: error[E0016]: this expectation does not say when it holds
              |
            4 |   - {service: web, running: 2}
              |      ^^^^^^^
              = help: add one of `at`, `eventually` or `always`

            s.yaml:5:14: error[E0016]: this expectation has `at` and `eventually`
              |
            5 |   - {at: 5s, eventually: 6s, service: web, running: 2}
              |              ^^^^^^^^^^
              = help: make it two expectations

            s.yaml:6:6: error[E0018]: this expectation does not say what it looks at
              |
            6 |   - {at: 5s, running: 2}
              |      ^^
              = help: add one of `service`, `task`, `output_of` or `node`

            s.yaml:7:6: error[E0018]: this expectation expects nothing of the service
              |
            7 |   - {at: 5s, service: web}
              |      ^^
              = help: add one of `running`, `desired` or `pending`

            s.yaml:8:28: error[E0017]: `availability` says nothing about a service
              |
            8 |   - {at: 5s, service: web, availability: drain}
              |                            ^^^^^^^^^^^^
              = help: about a service one can expect `running`, `desired` or `pending`

            s.yaml:9:20: error[E0013]: there is no node `worker3`
              |
            9 |   - {at: 5s, node: worker3, tasks: 0}
              |                    ^^^^^^^
              = help: did you mean `worker1`?

            s.yaml:10:36: error[E0006]: there is no state `raedy`
               |
            10 |   - {at: 5s, node: worker1, state: raedy}
               |                                    ^^^^^
               = help: did you mean `ready`?

            s.yaml:11:14: error[E0017]: this expectation looks at `service` and at `task`
               |
            11 |   - {at: 5s, task: web.1, state: ready, service: web}
               |              ^^^^
               = help: make it two expectations

            s.yaml:12:10: error[E0007]: `expect[8].at`: `never` is no duration
               |
            12 |   - {at: never, task: web.1, state: ready}
               |          ^^^^^
               = help: expected numbers with a unit, such as `1m30s`; the units are ns, us, ms, s, m and h

            s.yaml:13:14: error[E0020]: this time ends before it begins
               |
            13 |   - {always: {from: 6s, to: 5s}, service: web, running: {at_least: 3, at_most: 2}}
               |              ^^^^^^^^^^^^^^^^^^

            s.yaml:13:57: error[E0020]: no number lies between these limits
               |
            13 |   - {always: {from: 6s, to: 5s}, service: web, running: {at_least: 3, at_most: 2}}
               |                                                         ^^^^^^^^^^^^^^^^^^^^^^^^^

            s.yaml:14:37: error[E0005]: `expect[10].running`: expected a number or limits such as `{at_least: 1}`, found the text `some`
               |
            14 |   - {at: 5s, service: web, running: some}
               |                                     ^^^^

            s.yaml:15:37: error[E0007]: `expect[11].running`: these limits allow any number
               |
            15 |   - {at: 5s, service: web, running: {at_leats: 2}}
               |                                     ^^^^^^^^^^^^^
               = help: add `at_least` or `at_most`

            s.yaml:15:38: error[E0003]: `expect[11].running`: there is no key `at_leats` here
               |
            15 |   - {at: 5s, service: web, running: {at_leats: 2}}
               |                                      ^^^^^^^^
               = help: did you mean `at_least`?

            s.yaml:16:37: error[E0007]: `expect[12].running`: these limits allow any number
               |
            16 |   - {at: 5s, service: web, running: {}}
               |                                     ^^
               = help: add `at_least` or `at_most`

            s.yaml:17:43: error[E0006]: `expect[13].availability`: there is no `drained`
               |
            17 |   - {at: 5s, node: worker1, availability: drained}
               |                                           ^^^^^^^
               = help: did you mean `drain`?

            s.yaml:18:45: error[E0013]: there is no node `worker9`
               |
            18 |   - {at: 5s, output_of: docker node ls, on: worker9, contains: x}
               |                                             ^^^^^^^
               = help: did you mean `worker1`?

        "#]],
    );
}

#[test]
fn images_must_make_sense() {
    check(
        r"
cluster: {managers: 1}
images:
  a: {runs: forever, exits: {code: 0, after: 1s}}
  b: {crashes: {probability: 1.5, after: 1s}}
  c: {exits: {code: 256, after: 1s}}
  d: {health: {}}
  e: {runs: for ever}
  f: {exits: {code: 1}}
  g: {missing: true, preloaded: true}
  h: 5
",
        expect![[r#"
            s.yaml:4:22: error[E0017]: `exits` cannot be given beside `runs`
              |
            4 |   a: {runs: forever, exits: {code: 0, after: 1s}}
              |                      ^^^^^

            s.yaml:5:30: error[E0007]: `images.b.crashes.probability`: `1.5` is no probability
              |
            5 |   b: {crashes: {probability: 1.5, after: 1s}}
              |                              ^^^
              = help: expected a number from 0 to 1 with at most six decimals, such as `0.1`, or a percentage

            s.yaml:6:21: error[E0005]: `images.c.exits.code`: expected a whole number from 0 to 255, found the number 256
              |
            6 |   c: {exits: {code: 256, after: 1s}}
              |                     ^^^

            s.yaml:7:15: error[E0004]: the health check says nothing about when it passes
              |
            7 |   d: {health: {}}
              |               ^^
              = help: add `passes_after: 5s`, `fails_after: 5s` or `never_passes: true`

            s.yaml:8:13: error[E0006]: `images.e.runs`: there is no `for ever`
              |
            8 |   e: {runs: for ever}
              |             ^^^^^^^^
              = help: did you mean `forever`?

            s.yaml:9:14: error[E0004]: `images.f.exits`: the key `after` is missing
              |
            9 |   f: {exits: {code: 1}}
              |              ^

            s.yaml:10:7: error[E0017]: `missing` cannot be given beside `preloaded`
               |
            10 |   g: {missing: true, preloaded: true}
               |       ^^^^^^^

            s.yaml:11:6: error[E0005]: `images.h`: expected a mapping, found the number 5
               |
            11 |   h: 5
               |      ^

        "#]],
    );
}

#[test]
fn the_top_must_make_sense() {
    check(
        "version: 2\nties: random\nseed: -1\ncluster: {managers: 1}\nservices: {}\nexpects: []\n",
        expect![[r#"
            s.yaml:1:10: error[E0011]: version 2 of the scenario language is not known
              |
            1 | version: 2
              |          ^
              = help: this program reads `version: 1`

            s.yaml:2:7: error[E0006]: `ties`: there is no `random`
              |
            2 | ties: random
              |       ^^^^^^
              = help: expected `by-name` or `seeded`

            s.yaml:3:7: error[E0005]: `seed`: expected a whole number from 0 to 18446744073709551615, found the number -1
              |
            3 | seed: -1
              |       ^^

            s.yaml:5:1: error[E0003]: there is no key `services` here
              |
            5 | services: {}
              | ^^^^^^^^
              = help: expected `version`, `title`, `description`, `seed`, `ties`, `until`, `cluster`, `timing`, `images`, `steps` or `expect`

            s.yaml:6:1: error[E0003]: there is no key `expects` here
              |
            6 | expects: []
              | ^^^^^^^
              = help: did you mean `expect`?

        "#]],
    );
    check(
        "- 1\n",
        expect![[r#"
        s.yaml:1:1: error[E0005]: expected a mapping, found a list
          |
        1 | - 1
          | ^^^

    "#]],
    );
    check(
        "",
        expect![[r#"
        s.yaml:1:1: error[E0010]: the file is empty
          |
        1 |
          | ^

    "#]],
    );
}

#[test]
fn anchors_save_typing() {
    check(
        r"
x-small: &small {cpus: 1, memory: 1GiB}
cluster:
  managers: 1
  nodes:
    - {<<: *small, name: a}
    - {<<: *small, name: b, cpus: 2}
",
        expect![[r#"
            version: 1
            cluster:
              nodes:
              - name: manager1
                role: manager
              - name: a
                cpus: 1
                memory: 1GiB
              - name: b
                cpus: 2
                memory: 1GiB
        "#]],
    );
}

#[test]
fn lines_of_steps_can_be_pointed_into() {
    let text = "cluster: {managers: 1}\nsteps:\n  - run: |-\n      docker service create \\\n        \
                --nmae web nginx\n";
    let (scenario, _) = Scenario::parse(text).expect("good");
    let step = &scenario.steps[0];
    let Action::Run { line, .. } = &step.action else {
        panic!("{step:?}");
    };
    let at = line.find("--nmae").expect("the flag");
    let span = step.place.locate(&Source::new(text), at, at + 6);
    assert_eq!((span.line, span.column), (5, 9));
    assert_eq!(&text[span.range()], "--nmae");
}

#[test]
fn a_large_file_is_read() {
    let steps = "  - {after: 1ms, run: docker node ls}\n".repeat(100_000);
    let text = format!("cluster: {{managers: 1}}\nsteps:\n{steps}");
    let (scenario, _) = Scenario::parse(&text).expect("good");
    assert_eq!(scenario.steps.len(), 100_000);
    let text = text + "  - {after: 1ms, run: docker node ls}\n";
    let errors = Scenario::parse(&text).expect_err("too many");
    expect!["`steps` has 100001 entries, at most 100000 are read"].assert_eq(&errors[0].message);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, "[ -~\n\t]{0,4}|- |: |\\[|\\{|&a |\\*a|<<: ")
        , 1..6)
    ) {
        let mut text = WHOLE.to_owned();
        for (index, length, insert) in cuts {
            if text.is_empty() {
                break;
            }
            let start = index.index(text.len());
            let end = (start + length).min(text.len());
            text.replace_range(start..end, &insert);
        }
        outcome(&text);
    }

    #[test]
    fn no_arbitrary_text_makes_it_panic(text in "\\PC{0,80}|[\\x00-\\x7f]{0,80}") {
        outcome(&text);
    }
}
