//! The machines: short forms, long forms, mistakes.

use expect_test::expect;

use super::check;
use crate::scenario::Scenario;

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
