//! Scenario texts in, the scenario as it would be saved or the diagnostics out.

#![allow(clippy::too_many_lines, reason = "expected texts are long")]

mod cluster;
mod timeline;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{Scenario, ScenarioFile};
use crate::diagnostic::Span;
use crate::yaml::ScalarPlace;

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
    for service in &mut scenario.existing.services {
        service.span = Span::default();
    }
    for network in &mut scenario.existing.networks {
        network.span = Span::default();
    }
    for config in &mut scenario.existing.configs {
        config.span = Span::default();
    }
    for secret in &mut scenario.existing.secrets {
        secret.span = Span::default();
    }
    for node in &mut scenario.nodes {
        node.span = Span::default();
    }
    for step in &mut scenario.steps {
        (step.span, step.place) = (Span::default(), ScalarPlace::default());
    }
    for expectation in &mut scenario.expectations {
        (expectation.span, expectation.place) = (Span::default(), ScalarPlace::default());
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

/// The types of the file are those of serde: serde_yaml itself reads what is written.
#[test]
fn serde_yaml_reads_the_same() {
    let (scenario, _) = Scenario::parse(WHOLE).expect("good");
    let written = scenario.to_yaml();
    let file: ScenarioFile = serde_yaml::from_str(&written).expect("readable");
    let again = serde_yaml::to_string(&file).expect("writable");
    assert_eq!(again, written);
}

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
              = help: expected `version`, `title`, `description`, `seed`, `ties`, `until`, `cluster`, `timing`, `images`, `files`, `environment`, `traffic`, `steps` or `expect`

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
