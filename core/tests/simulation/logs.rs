//! `docker service logs` and `docker logs`.

use std::fmt::Write as _;

use expect_test::expect;
use swarmlab_core::kernel::What;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::SimTime;

use crate::commands::{typed, typed_at};
use crate::simulation;

const SCENARIO: &str = "
cluster: {managers: 1, workers: 2}
images:
  talker:1:
    output:
    - {line: hello}
    - {line: tick, after: 2s, every: 3s}
  short:1:
    exits: {after: 4s}
    output: [{line: once}]
until: 300s
steps:
- at: 1s
  run: docker service create -d --name talk --replicas 2 --constraint node.role==worker talker:1
";

fn started() -> Simulation {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    run.run_until(SimTime::from_secs(10));
    run
}

/// Everything that a terminal has printed, with the moments.
fn printed(run: &Simulation, terminal: u32) -> String {
    let mut text = String::new();
    for record in run.records() {
        match &record.what {
            What::Output {
                process,
                text: output,
                ..
            } if *process == terminal => {
                for line in output.lines() {
                    let _ = writeln!(text, "{} {line}", record.at);
                }
            }
            What::Exit { process, code } if *process == terminal => {
                let _ = writeln!(text, "{} exit {code}", record.at);
            }
            _ => {}
        }
    }
    text
}

#[test]
fn a_command_line_says_what_is_printed_and_how_it_ends() {
    let (_, mut run) = simulation(
        "
cluster: {managers: 1, workers: 2}
until: 300s
steps:
- at: 1s
  run: >-
    docker service create -d --name swarm-replicated --replicas 2
    --constraint node.role==worker
    alpine:3 /bin/ash -c \"while true; do echo 'Replicated Service'; sleep 3; done\"
",
        Options::default(),
    );
    run.run_until(SimTime::from_secs(9));
    let logs = typed(&mut run, "docker service logs -t swarm-replicated");
    expect![[r#"
        exit 0
        1|2026-01-01T00:00:02.000000000Z swarm-replicated.1.7tqckjuyw306@worker1    | Replicated Service
        1|2026-01-01T00:00:05.000000000Z swarm-replicated.1.7tqckjuyw306@worker1    | Replicated Service
        1|2026-01-01T00:00:08.000000000Z swarm-replicated.1.7tqckjuyw306@worker1    | Replicated Service
        1|2026-01-01T00:00:02.000000000Z swarm-replicated.2.1k0yn60v0efw@worker2    | Replicated Service
        1|2026-01-01T00:00:05.000000000Z swarm-replicated.2.1k0yn60v0efw@worker2    | Replicated Service
        1|2026-01-01T00:00:08.000000000Z swarm-replicated.2.1k0yn60v0efw@worker2    | Replicated Service
    "#]].assert_eq(&logs);
    typed(&mut run, "docker service rm swarm-replicated");
    // Nobody hears SIGTERM: the containers are killed when their time is over.
    for (second, count) in [(20, 1), (25, 0)] {
        run.run_until(SimTime::from_secs(second));
        let ps = typed_at(&mut run, "worker1", "docker ps -q");
        assert_eq!(ps.lines().count() - 1, count, "{second} s: {ps}");
    }
}

#[test]
fn the_output_of_a_service_is_told_task_by_task() {
    let mut run = started();
    let mut text = String::new();
    for line in [
        "docker service logs talk",
        "docker service logs --tail 1 --no-trunc --timestamps talk",
        "docker service logs --raw -n 1 talk",
        "docker service logs --raw --details -n 1 talk",
        "docker service logs --details --no-task-ids --since 4s talk",
        "docker service logs --no-resolve -n 1 talk",
        "docker service logs --since 2026-01-01T00:00:09 talk",
        "docker service logs --tail 0 talk",
        "docker service logs --tail x talk",
        "docker service logs --tail -1 talk",
        "docker service logs --since nonsense talk",
        "docker service logs --since 2026-13-01 talk",
        "docker service logs nope",
    ] {
        let _ = writeln!(text, "$ {line}\n{}", typed(&mut run, line));
    }
    expect![[r#"
        $ docker service logs talk
        exit 0
        1|talk.1.7tqckjuyw306@worker1    | hello
        1|talk.1.7tqckjuyw306@worker1    | tick
        1|talk.1.7tqckjuyw306@worker1    | tick
        1|talk.1.7tqckjuyw306@worker1    | tick
        1|talk.2.1k0yn60v0efw@worker2    | hello
        1|talk.2.1k0yn60v0efw@worker2    | tick
        1|talk.2.1k0yn60v0efw@worker2    | tick
        1|talk.2.1k0yn60v0efw@worker2    | tick

        $ docker service logs --tail 1 --no-trunc --timestamps talk
        exit 0
        1|2026-01-01T00:00:10.000000000Z talk.1.<ID>@worker1    | tick
        1|2026-01-01T00:00:10.000000000Z talk.2.<ID>@worker2    | tick

        $ docker service logs --raw -n 1 talk
        exit 0
        1|tick
        1|tick

        $ docker service logs --raw --details -n 1 talk
        exit 0
        1|com.docker.swarm.node.id=<ID>,com.docker.swarm.service.id=<ID>,com.docker.swarm.task.id=<ID> tick
        1|com.docker.swarm.node.id=<ID>,com.docker.swarm.service.id=<ID>,com.docker.swarm.task.id=<ID> tick

        $ docker service logs --details --no-task-ids --since 4s talk
        exit 0
        1|talk.1@worker1    |  tick
        1|talk.1@worker1    |  tick
        1|talk.2@worker2    |  tick
        1|talk.2@worker2    |  tick

        $ docker service logs --no-resolve -n 1 talk
        exit 0
        1|<ID>.1.7tqckjuyw306@<ID>    | tick
        1|<ID>.2.1k0yn60v0efw@<ID>    | tick

        $ docker service logs --since 2026-01-01T00:00:09 talk
        exit 0
        1|talk.1.7tqckjuyw306@worker1    | tick
        1|talk.2.1k0yn60v0efw@worker2    | tick

        $ docker service logs --tail 0 talk
        exit 0

        $ docker service logs --tail x talk
        exit 1
        2|Error response from daemon: tail value must be a positive integer or "all"

        $ docker service logs --tail -1 talk
        exit 1
        2|Error response from daemon: negative tail values not supported

        $ docker service logs --since nonsense talk
        exit 1
        2|invalid value for "since": failed to parse value as time or duration: "nonsense"

        $ docker service logs --since 2026-13-01 talk
        exit 1
        2|invalid value for "since": parsing time "2026-13-01": month out of range

        $ docker service logs nope
        exit 1
        2|no such task or service: nope

    "#]].assert_eq(&text);
}

#[test]
fn a_task_has_logs_of_its_own() {
    let mut run = started();
    let id = {
        let kernel = &run.swarm().kernel;
        kernel
            .ids
            .text(kernel.store.tasks().next().expect("a task").id)
    };
    let whole = typed(&mut run, &format!("docker service logs {id}"));
    expect![[r#"
        exit 0
        1|talk.1.7tqckjuyw306@worker1    | hello
        1|talk.1.7tqckjuyw306@worker1    | tick
        1|talk.1.7tqckjuyw306@worker1    | tick
        1|talk.1.7tqckjuyw306@worker1    | tick
    "#]]
    .assert_eq(&whole);
    // The beginning of an id is enough.
    let short = typed(&mut run, &format!("docker service logs {}", &id[..8]));
    assert_eq!(short, whole);
}

#[test]
fn what_cannot_be_had_is_said() {
    let mut run = started();
    typed(
        &mut run,
        "docker service create -d --name none --constraint node.role==x talker:1",
    );
    run.run_until(SimTime::from_secs(12));
    let refused = typed(&mut run, "docker service logs none");
    expect![[r#"
        exit 1
        2|error from daemon in stream: Error grabbing logs: rpc error: code = Unknown desc = warning: incomplete log stream. some logs could not be retrieved for the following reasons: task <ID> has not been scheduled
        2|
    "#]].assert_eq(&refused);
    typed(&mut run, "docker service create -d -t --name tty talker:1");
    let refused = typed(&mut run, "docker service logs tty");
    expect![[r#"
        exit 1
        2|tty service logs only supported with --raw
    "#]]
    .assert_eq(&refused);
}

#[test]
fn a_terminal_that_follows_prints_what_comes_and_ends_with_ctrl_c() {
    let mut run = started();
    let terminal = run.type_line("manager1", "docker service logs -f -n 1 --raw talk");
    run.run_until(SimTime::from_secs(14));
    typed(&mut run, "docker service scale -d talk=3");
    run.run_until(SimTime::from_secs(20));
    assert!(run.is_waiting(terminal));
    // What goes on in the background keeps no run alive.
    run.run_until(SimTime::from_secs(30));
    assert!(run.is_quiet() && run.next_at().is_some());
    assert!(run.screen(terminal).starts_with("tick\ntick\ntick\n"));
    run.interrupt(terminal);
    expect![[r#"
        10.000s tick
        10.000s tick
        13.000s tick
        13.000s tick
        15.000s hello
        16.000s tick
        16.000s tick
        17.000s tick
        19.000s tick
        19.000s tick
        20.000s tick
        22.000s tick
        22.000s tick
        23.000s tick
        25.000s tick
        25.000s tick
        26.000s tick
        28.000s tick
        28.000s tick
        29.000s tick
        30.000s exit 130
    "#]]
    .assert_eq(&printed(&run, terminal));
    // Nobody follows any more.
    assert!(run.next_at().is_none());
}

#[test]
fn a_quiet_service_costs_its_follower_nothing() {
    let mut run = started();
    typed(&mut run, "docker service create -d --name mute app:1");
    run.run_until(SimTime::from_secs(60));
    assert!(run.next_at().is_none());
    let terminal = run.type_line("manager1", "docker service logs -f mute");
    assert!(run.is_waiting(terminal) && run.next_at().is_none());
}

#[test]
fn the_logs_of_a_container_end_with_it() {
    let mut run = started();
    let line = "docker service create -d --name job --mode replicated-job \
                --constraint node.hostname==worker1 short:1";
    typed(&mut run, line);
    run.run_until(SimTime::from_secs(13));
    let name = typed_at(&mut run, "worker1", "docker ps -q --filter name=job -n 1");
    let id = name
        .lines()
        .nth(1)
        .expect("a container")
        .trim_start_matches("1|");
    let terminal = run.type_line("worker1", &format!("docker logs -f {id}"));
    run.run_until(SimTime::from_secs(20));
    expect![[r#"
        13.000s once
        15.000s exit 0
    "#]]
    .assert_eq(&printed(&run, terminal));
    let again = typed_at(&mut run, "worker1", &format!("docker logs -t {id}"));
    expect![[r#"
        exit 0
        1|2026-01-01T00:00:11.000000000Z once
    "#]]
    .assert_eq(&again);
    let elsewhere = typed_at(&mut run, "worker2", "docker logs nope");
    expect![[r#"
        exit 1
        2|Error response from daemon: No such container: nope
    "#]]
    .assert_eq(&elsewhere);
}
