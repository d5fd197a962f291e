//! Why a task is not where it was, or not there at all.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use swarmlab_core::report::{life, why};
use swarmlab_core::simulation::Options;

use crate::simulation;

/// Plays lines on a manager and two workers, and tells what became of tasks.
fn check(rest: &str, tasks: &[&str], expected: &Expect) {
    let text = format!("cluster: {{managers: 1, workers: 2}}\n{rest}");
    let (_, mut run) = simulation(&text, Options::default());
    run.run_to_end();
    let mut told = String::new();
    for task in tasks {
        match why::ask(&run, task) {
            Ok(why) => {
                let life = why.life.expect("its records are there");
                let _ = write!(told, "{}. {}", why.name, life::render(&life));
            }
            Err(refusal) => {
                let _ = writeln!(told, "{refusal}");
            }
        }
    }
    expected.assert_eq(&told);
}

#[test]
fn containers_that_end() {
    check(
        "images: {bad: {exits: {code: 3, after: 2s}}, ok: {exits: {after: 2s}}}
until: 30s
steps:
- run: docker service create -d --name once --restart-condition none bad
- run: docker service create -d --name twice --restart-max-attempts 1 bad
- run: docker service create -d --name fine --restart-condition on-failure ok",
        &["once.1", "twice.1", "fine.1"],
        &expect![[r#"
            once.1. What became of it (task 7tqckjuyw3060n3jq58ciicha):
               0.000s  created
               0.000s  pending
               0.050s  assigned to manager1
               0.200s  preparing
               0.700s  starting
               1.100s  running on manager1
               3.100s  failed: task: non-zero exit (3): not replaced; its restart condition is none
            twice.1. What became of it (task 7m0vhtl8hwl84k3jzntqj0bg4):
               3.100s  created in the place of an earlier task: it starts when its predecessor has stopped and the restart delay is over
               3.100s  pending
               3.150s  assigned to manager1
               3.300s  preparing
               3.800s  ready
               8.100s  may start now
               8.300s  starting
               8.700s  running on manager1
              10.700s  failed: task: non-zero exit (3): not replaced; its restart condition is any, at most 1 attempts
            before it  1k0yn60v0efw57ynnfguemek9 failed: task: non-zero exit (3): replaced by 7m0vhtl8hwl84k3jzntqj0bg4 after a delay of 5s; its restart condition is any, at most 1 attempts
            fine.1. What became of it (task dma4jo5qr1iz9x266xw6j8c8z):
               0.000s  created
               0.000s  pending
               0.050s  assigned to worker2
               0.200s  preparing
               0.700s  starting
               1.100s  running on worker2
               3.100s  complete: not replaced; its restart condition is on-failure
        "#]],
    );
}

#[test]
fn nodes_that_are_drained_and_lost() {
    check(
        "steps:
- run: docker service create -d --name web --replicas 3 app
- run: docker service create -d --name all --mode global app
- {at: 10s, run: docker node update --availability drain worker1}
- {at: 20s, crash: worker2}",
        &["web.2", "web.3", "all.worker1", "all.worker2"],
        &expect![[r#"
            web.2. What became of it (task a3gznif17ydartghi2ieuootd):
              10.000s  created in the place of an earlier task: it starts when its predecessor has stopped and the restart delay is over
              10.000s  pending
              10.050s  assigned to manager1
              10.200s  preparing
              10.700s  ready
              11.400s  may start now
              11.600s  starting
              12.000s  running on manager1
            before it  1k0yn60v0efw57ynnfguemek9 shutdown: worker1 is drained
            web.3. What became of it (task 01q0ybm3o9m7ar4f556a08gmt):
              29.935s  created in the place of an earlier task: it starts when its predecessor has stopped and the restart delay is over
              29.935s  pending
              29.985s  assigned to manager1
              30.100s  preparing
              30.600s  ready
              34.935s  may start now
              35.100s  starting
              35.500s  running on manager1
            before it  dma4jo5qr1iz9x266xw6j8c8z running: worker2 is down
            all.worker1. What became of it (task ayaz78jyl8y6n8vuiyijjzfvg):
               0.000s  created
               0.000s  pending
               0.050s  assigned to worker1
               0.200s  preparing
               0.700s  starting
               1.100s  running on worker1
              10.000s  to be shut down: worker1 is drained
              11.400s  shutdown
            all.worker2. What became of it (task 1xkbeujc99f1bf4iftinfkovo):
               0.000s  created
               0.000s  pending
               0.050s  assigned to worker2
               0.200s  preparing
               0.700s  starting
               1.100s  running on worker2
              29.935s  to be shut down: worker2 is down
        "#]],
    );
}

#[test]
fn services_that_change() {
    check(
        "steps:
- run: docker service create -d --name web --replicas 3 --constraint node.role==worker app:1
- run: docker service create -d --name gone app
- {at: 10s, run: docker service update -d --image app:2 web}
- {at: 60s, run: docker service scale -d web=2}
- {at: 60s, run: docker service rm gone}
- {at: 61s, run: docker node promote worker1}",
        &["web.1", "web.3", "gone.1", "wbe.1", "x.y"],
        &expect![[r#"
            web.1. What became of it (task 01q0ybm3o9m7ar4f556a08gmt):
              61.000s  created in the place of an earlier task: it starts when its predecessor has stopped and the restart delay is over
              61.000s  pending
              61.050s  assigned to worker2
              61.200s  preparing
              61.700s  ready
              66.000s  may start now
              66.200s  starting
              66.600s  running on worker2
            before it  ayaz78jyl8y6n8vuiyijjzfvg rejected: assigned node no longer meets constraints: replaced by 01q0ybm3o9m7ar4f556a08gmt after a delay of 5s; its restart condition is any
                       7tqckjuyw3060n3jq58ciicha shutdown: web was updated, and a new task takes its place
            web.3. What became of it (task dma4jo5qr1iz9x266xw6j8c8z):
               0.000s  created
               0.000s  pending
               0.050s  assigned to worker1
               0.200s  preparing
               0.700s  starting
               1.100s  running on worker1
              14.200s  to be shut down: web was updated, and a new task takes its place
              15.700s  shutdown
             after it  a3gznif17ydartghi2ieuootd
            there is no task gone.1 at 66.850s; there are web.1, web.2, web.3
            there is no task wbe.1 at 66.850s; did you mean web.1?
            there is no task x.y at 66.850s; there are web.1, web.2, web.3
        "#]],
    );
}

#[test]
fn a_node_that_stops_meeting_a_constraint() {
    check(
        "steps:
- run: docker node update --label-add zone=a worker1
- run: docker service create -d --name web --constraint node.labels.zone==a app
- {at: 10s, run: docker node update --label-rm zone worker1}",
        &["web.1"],
        &expect![[r#"
            web.1. What became of it (task 1k0yn60v0efw57ynnfguemek9):
              10.000s  created in the place of an earlier task: it starts when its predecessor has stopped and the restart delay is over
              10.000s  pending
              10.050s  pending: no suitable node (scheduling constraints not satisfied on 3 nodes)
              15.000s  may start now
            before it  7tqckjuyw3060n3jq58ciicha rejected: assigned node no longer meets constraints: replaced by 1k0yn60v0efw57ynnfguemek9 after a delay of 5s; its restart condition is any
        "#]],
    );
}

#[test]
fn an_old_task_by_its_id() {
    let text = "cluster: {managers: 1}
images: {bad: {exits: {code: 1, after: 2s}}}
until: 9s
steps: [{run: docker service create -d --name web bad}]";
    let (_, mut run) = simulation(text, Options::default());
    run.run_to_end();
    let kernel = &run.swarm().kernel;
    let first = kernel.store.tasks().next().expect("a task");
    let id = kernel.ids.text(first.id);
    let why = why::ask(&run, &id[..6]).expect("it is there");
    expect![[r#"
        At 0.050s:
        web.1 goes to manager1: the best of the nodes that pass.

        What the filters say of each node:
          manager1  ✓ passes

        The nodes that pass, best first (tasks of the service, all tasks):
          → manager1  0, 0

        What became of it (task 7tqckjuyw3060n3jq58ciicha):
           0.000s  created
           0.000s  pending
           0.050s  assigned to manager1
           0.200s  preparing
           0.700s  starting
           1.100s  running on manager1
           3.100s  failed: task: non-zero exit (1): replaced by 1k0yn60v0efw57ynnfguemek9 after a delay of 5s; its restart condition is any
         after it  1k0yn60v0efw57ynnfguemek9
    "#]].assert_eq(&why::render(&why));
    let value = serde_json::to_value(&why).expect("plain data");
    assert_eq!(value["life"]["state"], "failed");
    assert_eq!(value["verdict"]["verdict"], "placed");
}
