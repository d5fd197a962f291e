//! Lines in, transcripts out; and what holds for any lines.

use expect_test::{Expect, expect};

use super::*;

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
        &expect![""],
    );
}

#[test]
fn time_passes_as_asked() {
    check(
        "docker service create -d --name web app\ntick\ntick 50ms\nrun until converged\nrun until 10s\nrun until quiet\nrun until 3s",
        &expect![""],
    );
}

#[test]
fn undo_and_redo() {
    check(
        "docker service create -d --name web app\nrun until converged\ndocker service scale -d web=3\nundo\nstatus\nredo\nundo\nundo\nundo\nundo",
        &expect![""],
    );
}

#[test]
fn at_another_node() {
    check(
        "on worker1\ndocker node ls\n@manager1 docker node ls -q\n@worker9 docker ps\n@worker2 tick\n@manager1",
        &expect![""],
    );
}

#[test]
fn a_task_that_waits() {
    check(
        "docker service create -d --name big --reserve-cpu 99 app\ntick 1s\ntasks\nexplain big.1\nexplain big.1 at 0s\nexplain big.1 at 9s\nexplain",
        &expect![""],
    );
}

#[test]
fn words_that_nobody_knows() {
    check(
        "tock 5s\nservice ls\nxyzzy\nhelp tick\nhelp foo\n# a comment\n\ntick 5\nsave\nload",
        &expect![""],
    );
}

#[test]
fn a_command_that_never_returns() {
    check(
        "docker service create --name big --reserve-cpu 99 app\ndocker service rm big",
        &expect![""],
    );
}

#[test]
fn to_another_moment() {
    check(
        "docker service create -d --name web app\ntick 5s\ndocker service scale -d web=2\ntick 5s\ngoto 4s\nstatus\ngoto 9s\nstatus\nevents\ntimeline",
        &expect![""],
    );
}

#[test]
fn faults_that_are_refused_or_done() {
    check("crash worker3\ncrash\nkill", &expect![""]);
}

#[test]
fn lines_that_docker_refuses() {
    check(
        "docker service create 'app\ndocker service creat app\ndocker service ps web\ndocker service create --replica 3 app",
        &expect![""],
    );
}

#[test]
fn another_seed() {
    check("seed\nseed 7\nseed\nseed x\nundo\nseed", &expect![""]);
}

#[test]
fn files_are_left_to_the_caller() {
    let mut console = console();
    console.type_line("docker service create --name web app");
    let Some(Request::Save { path, text }) = console.type_line("save my file.yaml").request else {
        panic!("a file to write");
    };
    assert_eq!(path, "my file.yaml");
    expect![""].assert_eq(&text);
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
    expect![""].assert_eq(&told);
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
