//! Several managers: what becomes of lines that are typed while nobody can lead, and what a quiet
//! swarm costs.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use swarmlab_core::kernel::What;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::{DAY, SimTime};

use crate::simulation;

fn told(run: &Simulation) -> String {
    let mut told = String::new();
    for record in run.records() {
        let at = record.at;
        let _ = match &record.what {
            What::Command { line, .. } => writeln!(told, "{at} $ {line}"),
            What::Output { text, .. } => write!(told, "{at} {text}"),
            What::Fault { text, .. } => writeln!(told, "{at} # {text}"),
            _ => Ok(()),
        };
    }
    told
}

fn check(text: &str, expected: &Expect) -> Simulation {
    let (_, mut run) = simulation(text, Options::default());
    run.run_to_end();
    expected.assert_eq(&told(&run));
    run
}

fn services(run: &Simulation) -> Vec<String> {
    let services = run.swarm().kernel.store.services();
    services.map(|service| service.name().to_owned()).collect()
}

#[test]
fn what_was_said_to_have_failed_may_still_happen() {
    let run = check(
        "\
cluster: {managers: 3}
steps:
- {at: 5s, crash: manager2}
- {at: 5s, crash: manager3}
- {at: 6s, run: docker service create --detach --name late app}
- {at: 7s, run: docker service create --detach --name never app}
- {at: 7s, run: docker service ls}
- {at: 60s, recover: manager2}
- {at: 120s, run: \"docker service ls --format '{{.Name}}'\"}
",
        &expect![[r#"
            5.000s # manager2 loses its power
            5.000s # manager3 loses its power
            6.000s $ docker service create --detach --name late app
            7.000s $ docker service create --detach --name never app
            7.000s $ docker service ls
            7.000s ID        NAME      MODE      REPLICAS   IMAGE     PORTS
            19.924s Error response from daemon: rpc error: code = Unknown desc = raft: failed to process the request: node lost leader status
            19.924s Error response from daemon: rpc error: code = Unknown desc = raft: failed to process the request: node lost leader status
            60.000s # manager2 has power again and boots
            120.000s $ docker service ls --format '{{.Name}}'
            120.000s late
        "#]],
    );
    assert_eq!(services(&run), ["late"]);
}

#[test]
fn a_frozen_leader_that_goes_on_in_time_is_still_the_leader() {
    check(
        "\
cluster: {managers: 3}
steps:
- {at: 5s, freeze: manager1}
- {at: 6s, on: manager2, run: \"docker node ls --format '{{.Hostname}} {{.ManagerStatus}}'\"}
- {at: 9s, run: docker service create --detach --name web app}
- {at: 11s, thaw: manager1}
- {at: 40s, run: \"docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'\"}
",
        &expect![[r#"
            5.000s # the engine of manager1 is frozen
            6.000s $ docker node ls --format '{{.Hostname}} {{.ManagerStatus}}'
            9.000s $ docker service create --detach --name web app
            11.000s # the engine of manager1 goes on
            11.000s manager1 Leader
            manager2 Reachable
            manager3 Reachable
            11.925s bwjt7vhofk0d5qkaswvjgipwz
            40.000s $ docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'
            40.000s manager1 Ready Leader
            manager2 Ready Reachable
            manager3 Ready Reachable
        "#]],
    );
}

#[test]
fn a_leader_that_is_frozen_for_too_long_finds_another_one() {
    check(
        "\
cluster: {managers: 3}
steps:
- {at: 5s, freeze: manager1}
- {at: 60s, on: manager2, run: docker service create --detach --name web app}
- {at: 70s, thaw: manager1}
- {at: 70s, run: docker service ls}
- {at: 90s, run: \"docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'\"}
",
        &expect![[r#"
            5.000s # the engine of manager1 is frozen
            60.000s $ docker service create --detach --name web app
            60.000s bwjt7vhofk0d5qkaswvjgipwz
            70.000s # the engine of manager1 goes on
            70.000s $ docker service ls
            70.000s ID        NAME      MODE      REPLICAS   IMAGE     PORTS
            90.000s $ docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'
            90.000s manager1 Ready Reachable
            manager2 Ready Leader
            manager3 Ready Reachable
        "#]],
    );
}

#[test]
fn a_sole_manager_that_comes_back_leads_again() {
    check(
        "\
cluster: {managers: 1, workers: 1}
steps:
- {at: 1s, run: docker service create --detach --name web --constraint node.role==worker app}
- {at: 5s, crash: manager1}
- {at: 6s, run: docker node ls}
- {at: 30s, recover: manager1}
- {at: 60s, run: \"docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'\"}
- {at: 61s, run: \"docker service ls --format '{{.Name}} {{.Replicas}}'\"}
",
        &expect![[r#"
            1.000s $ docker service create --detach --name web --constraint node.role==worker app
            1.000s bwjt7vhofk0d5qkaswvjgipwz
            5.000s # manager1 loses its power
            6.000s $ docker node ls
            6.000s manager1 is switched off
            30.000s # manager1 has power again and boots
            60.000s $ docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'
            60.000s manager1 Ready Leader
            worker1 Ready 
            61.000s $ docker service ls --format '{{.Name}} {{.Replicas}}'
            61.000s web 1/1
        "#]],
    );
}

#[test]
fn a_manager_joins() {
    check(
        "\
cluster: {nodes: [{name: m1, role: manager}, {name: m2, role: manager, joined: false}]}
steps:
- {at: 5s, join: m2}
- {at: 6s, on: m2, run: \"docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'\"}
- {at: 7s, crash: m2}
- {at: 60s, run: docker node ls}
",
        &expect![[r#"
            6.000s $ docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'
            6.000s m1 Ready Leader
            m2 Ready Reachable
            7.000s # m2 loses its power
            60.000s $ docker node ls
            60.000s Error response from daemon: rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online.
        "#]],
    );
}

#[test]
fn a_quiet_week_of_a_large_swarm_has_no_events() {
    let (_, mut run) = simulation("cluster: {managers: 7, workers: 1000}", Options::default());
    // The scheduler looks once at the nodes that it finds.
    run.run_until(SimTime::from_secs(1));
    let events = run.moment().events;
    run.run_until(SimTime(7 * DAY));
    assert_eq!(run.moment().events, events);
    assert_eq!(run.next_at(), None);
}

#[test]
fn a_new_cluster_begins_only_where_it_makes_no_second_one() {
    check(
        "\
cluster: {managers: 3, workers: 1}
steps:
- {at: 5s, run: docker swarm init --force-new-cluster}
- {at: 6s, crash: manager3}
- {at: 10s, run: docker service create --detach --name web app}
- {at: 20s, crash: manager1}
- {at: 20s, crash: manager2}
- {at: 30s, recover: manager3}
- {at: 60s, on: manager3, run: docker swarm init --force-new-cluster}
- {at: 61s, on: worker1, run: docker swarm init --force-new-cluster}
",
        &expect![[r#"
            5.000s $ docker swarm init --force-new-cluster
            5.000s a new cluster while other managers run, who would go on as a swarm of their own, is not simulated yet
            6.000s # manager3 loses its power
            10.000s $ docker service create --detach --name web app
            10.000s bwjt7vhofk0d5qkaswvjgipwz
            20.000s # manager1 loses its power
            20.000s # manager2 loses its power
            30.000s # manager3 has power again and boots
            60.000s $ docker swarm init --force-new-cluster
            60.000s a new cluster of a manager that lacks what others have written while it was away is not simulated yet
            61.000s $ docker swarm init --force-new-cluster
            61.000s Error response from daemon: This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.
        "#]],
    );
}

#[test]
fn the_key_comes_from_standard_input() {
    check(
        "\
cluster: {managers: 1, workers: 1}
steps:
- {at: 1s, run: docker swarm unlock}
- {at: 2s, run: docker swarm update --autolock}
- {at: 3s, crash: manager1}
- {at: 4s, recover: manager1}
- {at: 10s, run: docker swarm unlock}
- {at: 11s, run: \"echo {unlock-key} | docker swarm unlock\"}
- {at: 12s, run: \"echo {unlock-key} | docker swarm unlock\"}
- {at: 13s, run: \"docker info --format '{{.Swarm.LocalNodeState}}'\"}
",
        &expect![[r#"
            1.000s $ docker swarm unlock
            1.000s Error: swarm is not locked
            2.000s $ docker swarm update --autolock
            2.000s Swarm updated.
            To unlock a swarm manager after it restarts, run the `docker swarm unlock`
            command and provide the following key:

                SWMKEY-1-TOj5tJ3UkGZdXcJ/5AjfnNG/68tr9kQJnH19p/CjUmg

            Remember to store this key in a password manager, since without it you
            will not be able to restart the manager.
            3.000s # manager1 loses its power
            4.000s # manager1 has power again and boots
            10.000s $ docker swarm unlock
            10.000s Error response from daemon: invalid key string
            hint: the key is read from standard input: echo KEY | docker swarm unlock
            11.000s $ echo {unlock-key} | docker swarm unlock
            12.000s $ echo {unlock-key} | docker swarm unlock
            12.000s Error: swarm is not locked
            13.000s $ docker info --format '{{.Swarm.LocalNodeState}}'
            13.000s active
        "#]],
    );
}
