//! Steps and expectations.

#![allow(clippy::too_many_lines, reason = "expected texts are long")]

use expect_test::expect;

use super::check;
use crate::diagnostic::Source;
use crate::scenario::{Action, Scenario};

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
              = help: add one of `run`, `crash`, `kill_engine`, `stop_engine`, `recover`, `join`, `kill`, `freeze`, `thaw`, `partition`, `mute`, `heal` or `interrupt`

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

            s.yaml:15:38: error[E0003]: `expect[11].running`: there is no key `at_leats` here
               |
            15 |   - {at: 5s, service: web, running: {at_leats: 2}}
               |                                      ^^^^^^^^
               = help: did you mean `at_least`?

            s.yaml:16:37: error[E0020]: these limits allow any number
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
