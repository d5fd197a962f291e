//! Why tasks are where they are.

use expect_test::{Expect, expect};
use swarmlab_core::scheduler::explain::text;
use swarmlab_core::simulation::Options;

use crate::simulation;

/// Plays a scenario to its end and asks about a task.
fn check(scenario: &str, task: &str, expected: &Expect) {
    let (_, mut run) = simulation(scenario, Options::default());
    run.run_to_end();
    let subject = run.find_task(task).expect("the task");
    let (at, explanation) = run.explain(subject.task).expect("an explanation");
    let told = format!("at {at}: {}", text::render(&explanation, &subject.name));
    expected.assert_eq(&told);
}

#[test]
fn a_task_that_asks_for_too_much() {
    check(
        "
cluster:
  managers: [{name: boss, cpus: 2, memory: 2GiB}]
  workers: [{name: big, cpus: 4}, {name: small, cpus: 1}]
steps:
- {at: 1s, run: docker service create -d --name one --replicas 2 --reserve-cpu 1.5 app}
- {at: 9s, run: docker service create -d --name two --reserve-cpu 3 app}
",
        "two.1",
        &expect![[r#"
            at 9.250s: two.1 cannot be placed. SwarmKit says:
              no suitable node (insufficient resources on 3 nodes)

            What the filters say of each node:
              big    ✗ resources: needs 3 CPU, 2.5 free
              boss   ✗ resources: needs 3 CPU, 0.5 free
              small  ✗ resources: needs 3 CPU, 1 free

            Any of these would place it:
              - free 0.5 CPU on big
              - lower the CPU reservation to 2.5
              - lower the CPU reservation to 0.5
              - lower the CPU reservation to 1
              - give boss 2.5 CPU more
        "#]],
    );
}

#[test]
fn a_label_that_no_node_has() {
    check(
        "
cluster:
  managers: 1
  workers: [{name: east, labels: {zone: a}}, {name: west, availability: pause}]
steps:
- {at: 1s, run: docker service create -d --name db --constraint node.labels.zone==b --constraint node.role==worker app}
",
        "db.1",
        &expect![[r#"
            at 1.250s: db.1 cannot be placed. SwarmKit says:
              no suitable node (scheduling constraints not satisfied on 2 nodes; 1 node not available for new tasks)

            What the filters say of each node:
              east      ✗ constraints: node.labels.zone==b, but it is "a" here
              manager1  ✗ constraints: node.labels.zone==b, but it is not set here; node.role==worker, but it is "MANAGER" here
              west      ✗ ready: the node is ready and pause; it has to be ready and active
                        · constraints: node.labels.zone==b, but it is not set here

            Any of these would place it:
              - label east zone=b
              - drop the constraint node.labels.zone==b
              - set the availability of west to active and label west zone=b
              - label manager1 zone=b and drop the constraint node.role==worker
              - set the availability of west to active and drop the constraint node.labels.zone==b
        "#]],
    );
}

#[test]
fn a_port_and_a_maximum() {
    check(
        "
cluster:
  managers: 1
  workers: 1
steps:
- {at: 1s, run: 'docker service create -d --name edge --replicas 3 --publish published=80,target=80,mode=host app'}
",
        "edge.3",
        &expect![[r#"
            at 2.350s: edge.3 cannot be placed. SwarmKit says:
              no suitable node (host-mode port already in use on 2 nodes)

            What the filters say of each node:
              manager1  ✗ host ports: port 80/tcp is taken
              worker1   ✗ host ports: port 80/tcp is taken

            Any of these would place it:
              - free port 80/tcp on manager1
              - free port 80/tcp on worker1
        "#]],
    );
    check(
        "
cluster:
  managers: 1
  workers: 1
steps:
- {at: 1s, run: docker service create -d --name pair --replicas 3 --replicas-max-per-node 1 app}
",
        "pair.3",
        &expect![[r#"
            at 2.350s: pair.3 cannot be placed. SwarmKit says:
              no suitable node (max replicas per node limit exceed)

            What the filters say of each node:
              manager1  ✗ max replicas: has 1 of at most 1 tasks of the service
              worker1   ✗ max replicas: has 1 of at most 1 tasks of the service

            Any of these would place it:
              - raise the maximum of replicas per node to 2
        "#]],
    );
}

#[test]
fn a_spread_over_zones() {
    check(
        "
cluster:
  managers: [{availability: drain}]
  workers:
  - {name: a1, labels: {zone: a}}
  - {name: a2, labels: {zone: a}}
  - {name: b1, labels: {zone: b}}
steps:
- {at: 1s, run: docker service create -d --name web --replicas 5 --placement-pref spread=node.labels.zone app}
",
        "web.4",
        &expect![[r#"
            at 1.050s: web.4 goes to b1: every candidate had its share, now they take turns.

            What the filters say of each node:
              a1        ✓ passes
              a2        ✓ passes
              b1        ✓ passes
              manager1  ✗ ready: the node is ready and drain; it has to be ready and active

            How the group was divided by the spread preferences:
              (no label): has 0, each should have 1; asked for 2, took 0
              a: has 0, each should have 1; asked for 2, took 2
              b: has 0, each should have 1; asked for 2, took 2  ← here

            The nodes that pass, best first (tasks of the service, all tasks):
              → b1  1, 1
              and, in other branches or beyond the size of the group:
                a1  1, 1
                a2  1, 1  (tie)
        "#]],
    );
}

#[test]
fn a_placement_of_long_ago() {
    check(
        "
cluster: {managers: 1, workers: 2}
steps:
- {at: 1s, run: docker service create -d --name web --replicas 2 app}
- {at: 5s, run: docker service create -d --name api app}
- {at: 60s, run: docker node update --availability drain worker1}
",
        "api.1",
        &expect![[r#"
            at 5.050s: api.1 goes to worker2: the best of the nodes that pass.

            What the filters say of each node:
              manager1  ✓ passes
              worker1   ✓ passes
              worker2   ✓ passes

            The nodes that pass, best first (tasks of the service, all tasks):
              → worker2   0, 0
              and, in other branches or beyond the size of the group:
                manager1  0, 1
                worker1   0, 1  (tie)
        "#]],
    );
}
