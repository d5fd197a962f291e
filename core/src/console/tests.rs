//! Lines in, transcripts out; and what holds for any lines.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::simulation::Options;

const CLUSTER: &str = "cluster: {managers: 1, workers: 2}\n";

fn console() -> Console {
    let (scenario, _) = Scenario::parse(CLUSTER).expect("a right file");
    Console::new(scenario).expect("a stage")
}

fn check(lines: &str, expected: &Expect) {
    let mut console = console();
    let mut transcript = String::new();
    for line in lines.lines() {
        let _ = writeln!(transcript, "{}{line}", console.prompt());
        let answer = console.type_line(line);
        transcript.push_str(&answer.text);
        if answer.exit_code != 0 {
            let _ = writeln!(transcript, "[{}]", answer.exit_code);
        }
    }
    expected.assert_eq(&transcript);
}

#[test]
fn names_are_separated_as_scenarios_separate_them() {
    check(
        "partition zone=a,<\nmute ,\npartition worker1,worker2\ncrash orker1\ncrash r1",
        &expect![[r#"
            [0s] manager1$ partition zone=a,<
            there is no node called "<"
            [1]
            [0s] manager1$ mute ,
            this needs a name
            [1]
            [0s] manager1$ partition worker1,worker2
               0.000s  ! worker1, worker2 cut off from all others
            [0s] manager1$ crash orker1
            there is no node called "orker1"; did you mean worker1?
            [1]
            [0s] manager1$ crash r1
            there is no node called "r1"; did you mean manager1?
            [1]
        "#]],
    );
}

/// What has been typed, saved and played again.
fn replayed(console: &Console) -> Fingerprint {
    let yaml = console.scenario().to_yaml();
    let (scenario, _) = Scenario::parse(&yaml).expect("a file that reads");
    let mut run = Simulation::new(&scenario, Options::default()).expect("a stage");
    run.run_to_end();
    run.fingerprint()
}

#[test]
fn a_service_is_created_and_waited_for() {
    check(
        "docker service create --name web --replicas 2 app\ndocker service ls\nstatus",
        &expect![[r#"
            [0s] manager1$ docker service create --name web --replicas 2 app
            bwjt7vhofk0d5qkaswvjgipwz
            overall progress: 2 out of 2 tasks 
            1/2: running   
            2/2: running   
            verify: Service bwjt7vhofk0d5qkaswvjgipwz converged 
            [6.2s] manager1$ docker service ls
            ID             NAME      MODE         REPLICAS   IMAGE        PORTS
            bwjt7vhofk0d   web       replicated   2/2        app:latest   
            [6.201s] manager1$ status
            service web                  2/2 running
            node    manager1             ready, active, 1 task
            node    worker1              ready, active, 1 task
            node    worker2              ready, active, 0 tasks
        "#]],
    );
}

#[test]
fn time_passes_as_asked() {
    check(
        "docker service create -d --name web app\ntick\ntick 50ms\nrun until converged\nrun until 10s\nrun until quiet\nrun until 3s",
        &expect![[r#"
            [0s] manager1$ docker service create -d --name web app
            bwjt7vhofk0d5qkaswvjgipwz
            [0s] manager1$ tick
               0.000s  · service web created (1 replica)
                       · web.1  created
               0.050s  · web.1  assigned to manager1
            [0.05s] manager1$ tick 50ms
            [0.1s] manager1$ run until converged
               1.100s  · web.1  running on manager1
            converged
            [1.1s] manager1$ run until 10s
            [10s] manager1$ run until quiet
            [10s] manager1$ run until 3s
            3s has passed; `goto` goes back
            [1]
        "#]],
    );
}

#[test]
fn undo_and_redo() {
    check(
        "docker service create -d --name web app\nrun until converged\ndocker service scale -d web=3\nundo\nstatus\nredo\nundo\nundo\nundo\nundo",
        &expect![[r#"
            [0s] manager1$ docker service create -d --name web app
            bwjt7vhofk0d5qkaswvjgipwz
            [0s] manager1$ run until converged
               0.000s  · service web created (1 replica)
                       · web.1  created
               0.050s  · web.1  assigned to manager1
               1.100s  · web.1  running on manager1
            converged
            [1.1s] manager1$ docker service scale -d web=3
            web scaled to 3
            [1.101s] manager1$ undo
            at 1.1s
            [1.1s] manager1$ status
            service web                  1/1 running
            node    manager1             ready, active, 1 task
            node    worker1              ready, active, 0 tasks
            node    worker2              ready, active, 0 tasks
            [1.1s] manager1$ redo
            at 1.101s
            [1.101s] manager1$ undo
            at 1.1s
            [1.1s] manager1$ undo
            at 0s
            [0s] manager1$ undo
            at 0s
            [0s] manager1$ undo
            there is nothing to undo
            [1]
        "#]],
    );
}

#[test]
fn at_another_node() {
    check(
        "on worker1\ndocker node ls\n@manager1 docker node ls -q\n@worker9 docker ps\n@worker2 tick\n@manager1",
        &expect![[r#"
            [0s] manager1$ on worker1
            [0s] worker1$ docker node ls
            Error response from daemon: This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.
            [1]
            [0s] worker1$ @manager1 docker node ls -q
            6u6j7sjo3z6rn3u5t0v02nr5h
            d1uvaqcc8ist5g5ur8ur1bh60
            1wpdu02phoapte8fr0uif5ycl
            [0.001s] worker1$ @worker9 docker ps
            there is no node called "worker9"; did you mean worker1?
            [1]
            [0.001s] worker1$ @worker2 tick
            after `@NODE` comes a docker command
            [1]
            [0.001s] worker1$ @manager1
        "#]],
    );
}

#[test]
fn a_task_that_waits() {
    check(
        "docker service create -d --name big --reserve-cpu 99 app\ntick 1s\ntasks\nexplain big.1\nexplain big.1 at 0s\nexplain big.1 at 9s\nexplain",
        &expect![[r#"
            [0s] manager1$ docker service create -d --name big --reserve-cpu 99 app
            bwjt7vhofk0d5qkaswvjgipwz
            [0s] manager1$ tick 1s
               0.000s  · service big created (1 replica)
                       · big.1  created
               0.050s  ! big.1  pending: no suitable node (insufficient resources on 3 nodes)
            [1s] manager1$ tasks
            big.1                pending    -  no suitable node (insufficient resources on 3 nodes)
            [1s] manager1$ explain big.1
            At 1.000s:
            big.1 cannot be placed. SwarmKit says:
              no suitable node (insufficient resources on 3 nodes)

            What the filters say of each node:
              manager1  ✗ resources: needs 99 CPU, 4 free
              worker1   ✗ resources: needs 99 CPU, 4 free
              worker2   ✗ resources: needs 99 CPU, 4 free

            Any of these would place it:
              - lower the CPU reservation to 4
              - give manager1 95 CPU more
              - give worker1 95 CPU more
              - give worker2 95 CPU more

            What became of it (task 7tqckjuyw3060n3jq58ciicha):
               0.000s  created
               0.000s  pending
               0.050s  pending: no suitable node (insufficient resources on 3 nodes)
            [1s] manager1$ explain big.1 at 0s
            At 0.000s:
            big.1 cannot be placed. SwarmKit says:
              no suitable node (insufficient resources on 3 nodes)

            What the filters say of each node:
              manager1  ✗ resources: needs 99 CPU, 4 free
              worker1   ✗ resources: needs 99 CPU, 4 free
              worker2   ✗ resources: needs 99 CPU, 4 free

            Any of these would place it:
              - lower the CPU reservation to 4
              - give manager1 95 CPU more
              - give worker1 95 CPU more
              - give worker2 95 CPU more

            What became of it (task 7tqckjuyw3060n3jq58ciicha):
               0.000s  created
               0.000s  pending
            [1s] manager1$ explain big.1 at 9s
            9s has not come yet
            [1]
            [1s] manager1$ explain
            usage: explain web.3 [at 30s]
            [1]
        "#]],
    );
}

#[test]
fn words_that_nobody_knows() {
    check(
        "tock 5s\nservice ls\nxyzzy\nhelp tick\nhelp foo\n# a comment\n\ntick 5\nsave\nload",
        &expect![[r#"
            [0s] manager1$ tock 5s
            unknown word "tock"; did you mean `tick`?
            [1]
            [0s] manager1$ service ls
            unknown word "service"; did you mean `docker service`?
            [1]
            [0s] manager1$ xyzzy
            unknown word "xyzzy"; `help` lists what can be typed
            [1]
            [0s] manager1$ help tick
              tick [5s]                       let time pass, or process the next event
            [0s] manager1$ help foo
            unknown word "foo"; `help` lists what can be typed
            [1]
            [0s] manager1$ # a comment
            [0s] manager1$ 
            [0s] manager1$ tick 5
            `5` is no time; write 5s, 1m30s or 200ms
            [1]
            [0s] manager1$ save
            save what? save FILE
            [1]
            [0s] manager1$ load
            load what? load FILE
            [1]
        "#]],
    );
}

#[test]
fn a_command_that_never_returns() {
    check(
        "docker service create --name big --reserve-cpu 99 app\ndocker service rm big",
        &expect![[r#"
            [0s] manager1$ docker service create --name big --reserve-cpu 99 app
            bwjt7vhofk0d5qkaswvjgipwz
            overall progress: 0 out of 1 tasks 
            1/1: no suitable node (insufficient resources on 3 nodes) 
            Operation continuing in background.
            Use `docker service ps bwjt7vhofk0d5qkaswvjgipwz` to check progress.
            (Ctrl-C: nothing more would happen by itself)
            [0.251s] manager1$ docker service rm big
            big
        "#]],
    );
}

#[test]
fn an_interrupted_line() {
    let mut console = console();
    console.interrupter().press();
    let answer = console.type_line("docker service create --name web --replicas 2 app");
    expect![[r#"
        bwjt7vhofk0d5qkaswvjgipwz
        overall progress: 0 out of 2 tasks 
        1/2: pending   
        2/2: pending   
        Operation continuing in background.
        Use `docker service ps bwjt7vhofk0d5qkaswvjgipwz` to check progress.
        ^C
    "#]]
    .assert_eq(&answer.text);
    assert_eq!(answer.exit_code, 0);
    console.interrupter().press();
    expect![[r#"
           0.000s  · service web created (2 replicas)
                   · web.1, web.2  created
        ^C
    "#]]
    .assert_eq(&console.type_line("run until converged").text);
    console.interrupter().press();
    let text = console.type_line("tick 5s").text;
    assert!(text.ends_with("^C\n"), "{text}");
    assert!(console.type_line("tick 5s").text.contains("running on"));
    assert_eq!(replayed(&console), console.fingerprint());
}

#[test]
fn an_interrupted_line_of_the_scenario() {
    let text = format!(
        "{CLUSTER}steps: [{{at: 1s, run: docker service create --name web --reserve-cpu 99 app}}]\n"
    );
    let (scenario, _) = Scenario::parse(&text).expect("a right file");
    let mut console = Console::new(scenario).expect("a stage");
    console.type_line("tick 2s");
    let mut told = String::new();
    for line in ["interrupt", "interrupt worker1"] {
        let _ = write!(told, "> {line}\n{}", console.type_line(line).text);
    }
    expect![[r#"
        > interrupt
           2.000s    bwjt7vhofk0d5qkaswvjgipwz
                     overall progress: 0 out of 1 tasks 
                     1/1: no suitable node (insufficient resources on 3 nodes) 
                     Operation continuing in background.
                     Use `docker service ps bwjt7vhofk0d5qkaswvjgipwz` to check progress.
        > interrupt worker1
           2.001s  ! no line waits at worker1: nothing to interrupt
    "#]]
    .assert_eq(&told);
    assert_eq!(replayed(&console), console.fingerprint());
}

#[test]
fn to_another_moment() {
    check(
        "docker service create -d --name web app\ntick 5s\ndocker service scale -d web=2\ntick 5s\ngoto 4s\nstatus\ngoto 9s\nstatus\nevents\ntimeline",
        &expect![[r#"
            [0s] manager1$ docker service create -d --name web app
            bwjt7vhofk0d5qkaswvjgipwz
            [0s] manager1$ tick 5s
               0.000s  · service web created (1 replica)
                       · web.1  created
               0.050s  · web.1  assigned to manager1
               1.100s  · web.1  running on manager1
            [5s] manager1$ docker service scale -d web=2
            web scaled to 2
            [5s] manager1$ tick 5s
               5.000s  · service web scaled to 2 replicas
                       · web.2  created
               5.050s  · web.2  assigned to worker1
               6.100s  · web.2  running on worker1
            [10s] manager1$ goto 4s
            [4s] manager1$ status
            service web                  1/1 running
            node    manager1             ready, active, 1 task
            node    worker1              ready, active, 0 tasks
            node    worker2              ready, active, 0 tasks
            [4s] manager1$ goto 9s
               5.000s  · service web scaled to 2 replicas
                       · web.2  created
               5.050s  · web.2  assigned to worker1
               6.100s  · web.2  running on worker1
            [9s] manager1$ status
            service web                  2/2 running
            node    manager1             ready, active, 1 task
            node    worker1              ready, active, 1 task
            node    worker2              ready, active, 0 tasks
            [9s] manager1$ events
            [9s] manager1$ timeline
               0.000s    manager1$ docker service create -d --name web app
                       · service web created (1 replica)
                       · web.1  created
                         bwjt7vhofk0d5qkaswvjgipwz
               0.050s  · web.1  assigned to manager1
               1.100s  · web.1  running on manager1
               5.000s    manager1$ docker service scale -d web=2
                       · service web scaled to 2 replicas
                       · web.2  created
                         web scaled to 2
               5.050s  · web.2  assigned to worker1
               6.100s  · web.2  running on worker1
        "#]],
    );
}

#[test]
fn faults_that_are_refused_or_done() {
    check(
        "crash worker3\ncrash worker1\ncrash\nkill",
        &expect![[r#"
            [0s] manager1$ crash worker3
            there is no node called "worker3"; did you mean worker1?
            [1]
            [0s] manager1$ crash worker1
               0.000s  ! worker1 loses its power
            [0s] manager1$ crash
            this needs a name
            [1]
            [0s] manager1$ kill
            this needs a name
            [1]
        "#]],
    );
}

#[test]
fn lines_that_docker_refuses() {
    check(
        "docker service create 'app\ndocker service creat app\ndocker service ps web\ndocker service create --replica 3 app",
        &expect![[r#"
            [0s] manager1$ docker service create 'app
            this line cannot be read: unterminated quote: the ' has no second one
            [1]
            [0s] manager1$ docker service creat app
            docker: unknown command: docker service creat

            Usage:  docker service

            Run 'docker service --help' for more information
            hint: did you mean docker service create?
            [1]
            [0s] manager1$ docker service ps web
            no such service: web
            [1]
            [0.001s] manager1$ docker service create --replica 3 app
            unknown flag: --replica

            Usage:  docker service create [OPTIONS] IMAGE [COMMAND] [ARG...]

            Run 'docker service create --help' for more information
            hint: did you mean --replicas?
            [125]
        "#]],
    );
}

#[test]
fn another_seed() {
    check(
        "seed\nseed 7\nseed\nseed x\nundo\nseed",
        &expect![[r#"
        [0s] manager1$ seed
        1
        [0s] manager1$ seed 7
        begun anew with seed 7
        [0s] manager1$ seed
        7
        [0s] manager1$ seed x
        `x` is no seed: a whole number is
        [1]
        [0s] manager1$ undo
        at 0s
        [0s] manager1$ seed
        1
    "#]],
    );
}

#[test]
fn files_are_left_to_the_caller() {
    let mut console = console();
    console.type_line("docker service create --name web app");
    let Some(Request::Save { path, text, .. }) = console.type_line("save my file.yaml").request
    else {
        panic!("a file to write");
    };
    assert_eq!(path, "my file.yaml");
    expect![[r#"
        version: 1
        until: 6.2s
        cluster:
          managers: 1
          workers: 2
        steps:
        - at: 0s
          run: docker service create --name web app
    "#]]
    .assert_eq(&text);
    assert_eq!(replayed(&console), console.fingerprint());
    assert_eq!(
        console.load("cluster: {managers: x}", "x.yaml").exit_code,
        2
    );
    assert_eq!(console.load(&text, "x.yaml").exit_code, 0);
    assert_eq!(console.type_line("exit").request, Some(Request::Exit));
}

#[test]
fn completion() {
    let mut console = console();
    console.type_line("docker service create -d --name web --replicas 2 app");
    let mut told = String::new();
    for line in [
        "",
        "ru",
        "run until ",
        "docker ser",
        "docker service s",
        "docker service ps ",
        "docker service scale w",
        "docker service create --rep",
        "docker node update --availability drain work",
        "explain ",
        "@w",
        "@worker1 docker n",
        "on man",
    ] {
        let found = console.complete(line, line.len());
        let _ = writeln!(told, "{line:?} {:?} {}", found.range, found.words.join(" "));
    }
    expect![[r#"
        "" 0..0 crash docker events exit explain freeze goto heal help interrupt join kill kill-engine load mute on partition quit raft recover redo run save seed slow status stop-engine tasks thaw tick timeline undo wipe
        "ru" 0..2 run
        "run until " 10..10 converged quiet
        "docker ser" 7..10 service
        "docker service s" 15..16 scale
        "docker service ps " 18..18 web
        "docker service scale w" 21..22 web=
        "docker service create --rep" 22..27 --replicas --replicas-max-per-node
        "docker node update --availability drain work" 40..44 worker1 worker2
        "explain " 8..8 web.1 web.2
        "@w" 0..2 @worker1 @worker2
        "@worker1 docker n" 16..17 network node
        "on man" 3..6 manager1
    "#]]
    .assert_eq(&told);
}

#[test]
fn completion_in_the_units_of_browsers() {
    let console = console();
    // An emoji is four bytes and two units.
    let found = console.complete_utf16("@\u{1f433} docker ser", 14);
    assert_eq!(
        (found.range, found.words),
        (11..14, vec!["service".to_owned()])
    );
    let found = console.complete_utf16("\u{1f433} ", 1);
    assert_eq!(found.range, 0..0);
    assert_eq!(console.complete_utf16("ru", 99).range, 0..2);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn line() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("docker service create -d --name web --replicas 3 app".to_owned()),
            Just("docker service create --name api app".to_owned()),
            (0..6u32).prop_map(|n| format!("docker service scale -d web={n}")),
            (0..3u32).prop_map(|n| format!("docker service scale api={n}")),
            Just("docker service ls".to_owned()),
            Just("docker service rm web".to_owned()),
            Just("docker node update --availability drain worker1".to_owned()),
            Just("docker node update --availability active worker1".to_owned()),
            Just("@worker1 docker node ls".to_owned()),
            (0..3000u32).prop_map(|n| format!("tick {n}ms")),
            (0..5000u32).prop_map(|n| format!("goto {n}ms")),
            Just("tick".to_owned()),
            Just("run until converged".to_owned()),
            Just("run until quiet".to_owned()),
            Just("undo".to_owned()),
            Just("redo".to_owned()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn what_was_typed_plays_again(lines in prop::collection::vec(line(), 1..12)) {
            let mut console = console();
            for line in &lines {
                console.type_line(line);
            }
            prop_assert_eq!(replayed(&console), console.fingerprint());
        }

        #[test]
        fn undo_restores(lines in prop::collection::vec(line(), 1..8)) {
            let mut console = console();
            for line in lines.iter().filter(|line| !matches!(line.as_str(), "undo" | "redo")) {
                let (before, depth) = (console.fingerprint(), console.undo.len());
                console.type_line(line);
                if console.undo.len() > depth {
                    let after = console.fingerprint();
                    console.type_line("undo");
                    prop_assert_eq!(console.fingerprint(), before);
                    console.type_line("redo");
                    prop_assert_eq!(console.fingerprint(), after);
                }
            }
        }

        /// YAML knows more line breaks than a terminal does.
        #[test]
        fn line_breaks_of_yaml_are_typed_as_spaces(end in "[\u{85}\u{2028}\u{2029}]{1,2}") {
            let mut console = console();
            console.type_line(&format!("docker service create -d '0{end}' 0{end}"));
            prop_assert_eq!(replayed(&console), console.fingerprint());
        }

        #[test]
        fn any_text_is_answered(
            lines in prop::collection::vec(any::<String>(), 1..4),
            word in 0..words::WORDS.len(),
            cursor in 0..40usize,
        ) {
            let mut console = console();
            for line in &lines {
                console.type_line(line);
                console.type_line(&format!("docker service create -d '{line}' {line}"));
                console.type_line(&format!("{} {line}", words::WORDS[word].name));
                console.complete(line, cursor);
            }
            prop_assert_eq!(replayed(&console), console.fingerprint());
        }
    }
}
