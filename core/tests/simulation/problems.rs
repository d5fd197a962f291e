//! Scenarios that cannot be played, and lines that docker refuses.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use swarmlab_core::kernel::What;
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};

use crate::simulation;

#[test]
fn what_is_not_simulated_is_refused_with_its_place() {
    let text = "\
cluster: {managers: 2, workers: 1}
timing: {heartbeat_period: 0s}
images:
  app: {start: 3s}
steps:
- {at: 1s, crash: manager1}
- {at: 2s, run: \"docker service create 'app\"}
";
    let (scenario, _) = Scenario::parse(text).expect("a right file");
    let mistakes = Simulation::new(&scenario, Options::default()).expect_err("a refusal");
    expect![[r#"
        test.yaml:1:1: error[E0021]: a heartbeat period of 0 (`timing`) cannot be simulated yet
          |
        1 | cluster: {managers: 2, workers: 1}
          | ^

        test.yaml:7:3: error[E0022]: this line cannot be read: unterminated quote: the ' has no second one
          |
        7 | - {at: 2s, run: "docker service create 'app"}
          |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    "#]].assert_eq(&mistakes.render(text, "test.yaml", false));
}

/// Runs lines one after the other on a small swarm and gives what they print.
fn check(lines: &[(&str, &str)], expected: &Expect) {
    let mut text = "cluster: {managers: 1, workers: 2}\nsteps:\n".to_owned();
    for (index, (on, line)) in lines.iter().enumerate() {
        let at = index + 1;
        let _ = writeln!(text, "- {{at: {at}s, on: {on}, run: \"{line}\"}}");
    }
    let (_, mut run) = simulation(&text, Options::default());
    run.run_to_end();
    let mut told = String::new();
    for record in run.records() {
        match &record.what {
            What::Command { line, .. } => {
                let _ = writeln!(told, "$ {line}");
            }
            What::Output { text, .. } => told.push_str(text),
            What::Exit { code, .. } if *code != 0 => {
                let _ = writeln!(told, "[{code}]");
            }
            _ => {}
        }
    }
    expected.assert_eq(&told);
}

#[test]
fn dockers_own_refusals() {
    check(
        &[
            ("worker1", "docker node ls"),
            ("manager1", "docker service create -d --name web app"),
            ("manager1", "docker service create -d --name web app"),
            ("manager1", "docker service create -d --name -x app"),
            ("manager1", "docker service create -d --constraint zone app"),
            (
                "manager1",
                "docker service create -d --reserve-cpu 0.0001 app",
            ),
            ("manager1", "docker service create -d Bad/Image:"),
            ("manager1", "docker service create -d -p 80:80 -p 80:81 app"),
            ("manager1", "docker service scale nope=2 web=x"),
            ("manager1", "docker service ps nope"),
            ("manager1", "docker service rm nope"),
            ("manager1", "docker node update --availability gone worker1"),
            (
                "manager1",
                "docker node update --availability drain worker9",
            ),
            ("manager1", "docker service creat web"),
            ("manager1", "docker service create --replica 3 app"),
            ("manager1", "docker network ls"),
        ],
        &expect![[r#"
            $ docker node ls
            Error response from daemon: This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.
            [1]
            $ docker service create -d --name web app
            bwjt7vhofk0d5qkaswvjgipwz
            $ docker service create -d --name web app
            Error response from daemon: rpc error: code = AlreadyExists desc = name conflicts with an existing object: service web already exists
            [1]
            $ docker service create -d --name -x app
            Error response from daemon: rpc error: code = InvalidArgument desc = name must be valid as a DNS name component
            [1]
            $ docker service create -d --constraint zone app
            Error response from daemon: rpc error: code = Unknown desc = constraint expected one operator from ==, !=
            [1]
            $ docker service create -d --reserve-cpu 0.0001 app
            Error response from daemon: rpc error: code = InvalidArgument desc = invalid cpu value 0.0001: Must be at least 0.001
            [1]
            $ docker service create -d Bad/Image:
            Error response from daemon: rpc error: code = InvalidArgument desc = ContainerSpec: "Bad/Image:" is not a valid repository/tag
            [1]
            $ docker service create -d -p 80:80 -p 80:81 app
            Error response from daemon: rpc error: code = InvalidArgument desc = EndpointSpec: duplicate published ports provided
            [1]
            $ docker service scale nope=2 web=x
            nope: Error response from daemon: service nope not found
            web: invalid replicas value x: strconv.ParseUint: parsing "x": invalid syntax
            [1]
            $ docker service ps nope
            no such service: nope
            [1]
            $ docker service rm nope
            Error response from daemon: service nope not found
            [1]
            $ docker node update --availability gone worker1
            Error response from daemon: invalid Availability: "gone"
            [1]
            $ docker node update --availability drain worker9
            Error response from daemon: node worker9 not found
            [1]
            $ docker service creat web
            docker: unknown command: docker service creat

            Usage:  docker service

            Run 'docker service --help' for more information
            hint: did you mean docker service create?
            [1]
            $ docker service create --replica 3 app
            unknown flag: --replica

            Usage:  docker service create [OPTIONS] IMAGE [COMMAND] [ARG...]

            Run 'docker service create --help' for more information
            hint: did you mean --replicas?
            [125]
            $ docker network ls
            NETWORK ID     NAME              DRIVER    SCOPE
            691c7843a54a   bridge            bridge    local
            6f086ee4bb0f   docker_gwbridge   bridge    local
            cdbcc2fdf3b2   host              host      local
            e5qeb3q4gus6   ingress           overlay   swarm
            869dbebb5f8b   none              null      local
        "#]],
    );
}

#[test]
fn a_service_that_never_converges_holds_its_terminal() {
    check(
        &[
            (
                "manager1",
                "docker service create --name stuck --constraint node.role==none app",
            ),
            ("manager1", "docker service ls"),
        ],
        &expect![[r#"
            $ docker service create --name stuck --constraint node.role==none app
            $ docker service ls
            ID             NAME      MODE         REPLICAS   IMAGE        PORTS
            bwjt7vhofk0d   stuck     replicated   0/1        app:latest   
        "#]],
    );
}

#[test]
fn removing_a_service_ends_the_wait_for_it() {
    check(
        &[
            (
                "manager1",
                "docker service create --name stuck --constraint node.role==none app",
            ),
            ("manager1", "docker service rm stuck"),
            ("manager1", "docker service ls"),
        ],
        &expect![[r#"
            $ docker service create --name stuck --constraint node.role==none app
            $ docker service rm stuck
            stuck
            bwjt7vhofk0d5qkaswvjgipwz
            overall progress: 0 out of 1 tasks 
            1/1: no suitable node (scheduling constraints not satisfied on 3 nodes) 
            Error response from daemon: service bwjt7vhofk0d5qkaswvjgipwz not found
            [1]
            $ docker service ls
            ID        NAME      MODE      REPLICAS   IMAGE     PORTS
        "#]],
    );
}
