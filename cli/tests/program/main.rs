//! The program as people meet it: arguments in, texts and exit codes out.

mod help;
mod import;
mod plan;
mod run;

use std::io::Write as _;
use std::process::{Command, Stdio};

use expect_test::{Expect, expect};

const SCENARIO: &str = "\
title: Two tasks
cluster: {managers: 1, workers: 1}
steps:
- {at: 1s, run: docker service create -d --name web --replicas 2 app}
- {at: 5s, run: docker service ls}
expect:
- {at: 4s, service: web, running: 2}
- {at: end, node: worker1, tasks: 5, why: It has one.}
";

/// The program, in an environment that says nothing.
fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_swarmlab"));
    program.args(arguments);
    for variable in [
        "SWARMLAB_SEED",
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "COLUMNS",
    ] {
        program.env_remove(variable);
    }
    program
}

/// Runs the program with a text on its standard input.
fn run(arguments: &[&str], input: &str) -> (String, String, Option<i32>) {
    let mut child = program(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that does not read its input has closed it: not a failure.
    let _ = child
        .stdin
        .take()
        .expect("an input")
        .write_all(input.as_bytes());
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code(),
    )
}

fn check(arguments: &[&str], input: &str, code: i32, expected: &Expect) {
    let (stdout, stderr, status) = run(arguments, input);
    expected.assert_eq(&format!("{stdout}{stderr}"));
    assert_eq!(status, Some(code));
}

#[test]
fn a_run_tells_what_happened() {
    check(
        &["run", "-"],
        SCENARIO,
        1,
        &expect![[r#"
            Two tasks  -

               1.000s    manager1$ docker service create -d --name web --replicas 2 app
                       · service web created (2 replicas)
                       · web.1, web.2  created
                         bwjt7vhofk0d5qkaswvjgipwz
               1.050s  · web.1  assigned to manager1
                       · web.2  assigned to worker1
               2.100s  · web.1  running on manager1
                       · web.2  running on worker1
               4.000s  ✓ web: running 2
               5.000s    manager1$ docker service ls
                         ID             NAME      MODE         REPLICAS   IMAGE        PORTS
                         bwjt7vhofk0d   web       replicated   2/2        app:latest
                       ✗ worker1: tasks 5: seen tasks 1
                         It has one.

            ✗ 1 of 2 expectations fail
            ended at 5.000s: nothing is left to happen
            fingerprint fc413b03ebf74a41  → swarmlab run - --seed 1
        "#]],
    );
}

#[test]
fn a_quiet_run_tells_what_fails() {
    check(
        &["run", "--quiet", "--seed", "7", "-"],
        SCENARIO,
        1,
        &expect![[r#"
            Two tasks  -
            ✗ line 8: worker1: tasks 5: seen tasks 1
            ✗ 1 of 2 expectations fail
            ended at 5.000s: nothing is left to happen
            fingerprint d71c5bf68b53e450  → swarmlab run - --seed 7
        "#]],
    );
}

#[test]
fn a_result_for_programs() {
    let (stdout, _, code) = run(&["run", "--format", "json", "-"], SCENARIO);
    assert_eq!(code, Some(1));
    let result: serde_json::Value = serde_json::from_str(&stdout).expect("one object");
    assert_eq!(result["failed"], 1);
    assert_eq!(result["expectations"][0]["outcome"], "holds");
    let (stdout, _, _) = run(&["run", "--format", "jsonl", "-"], SCENARIO);
    let lines: Vec<serde_json::Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    assert_eq!(
        lines.last().expect("a result")["fingerprint"],
        result["fingerprint"]
    );
    assert!(
        lines
            .iter()
            .any(|line| line["kind"] == "change" && line["object"] == "task")
    );
}

#[test]
fn the_past_is_the_same_whoever_looks() {
    let fingerprint = |format| {
        let (stdout, ..) = run(&["run", "--format", format, "-"], SCENARIO);
        let last = stdout.lines().last().expect("a line").to_owned();
        let result: serde_json::Value = serde_json::from_str(&last).expect("an object");
        result["fingerprint"].clone()
    };
    // Without records and without copies of earlier moments, and with both.
    assert_eq!(fingerprint("json"), fingerprint("jsonl"));
}

#[test]
fn mistakes_in_a_file_have_a_place() {
    check(
        &["run", "-"],
        "cluster: {managers: 1, wrokers: 2}\nsteps:\n- {at: 5, run: docker service ls}\n",
        2,
        &expect![[r#"
            -:1:24: error[E0003]: there is no key `wrokers` here
              |
            1 | cluster: {managers: 1, wrokers: 2}
              |                        ^^^^^^^
              = help: did you mean `workers`?
            -:3:8: error[E0007]: `steps[0].at`: `5` is no duration: the unit is missing
              |
            3 | - {at: 5, run: docker service ls}
              |        ^
              = help: write `5s` for seconds
        "#]],
    );
}

#[test]
fn a_file_that_is_not_there() {
    let (_, stderr, code) = run(&["run", "nowhere.yaml"], "");
    assert_eq!(code, Some(2));
    assert!(stderr.starts_with("swarmlab: nowhere.yaml: "), "{stderr}");
}

#[test]
fn reasons() {
    check(
        &["explain", "-", "web.2", "--at", "3s"],
        SCENARIO,
        0,
        &expect![[r#"
            At 1.050s:
            web.2 goes to worker1: after the last task this node had become the better one.

            What the filters say of each node:
              manager1  ✓ passes
              worker1   ✓ passes

            The nodes that pass, best first (tasks of the service, all tasks):
              → worker1   0, 0
                manager1  1, 1

            What became of it (task 1k0yn60v0efw57ynnfguemek9):
               1.000s  created
               1.000s  pending
               1.050s  assigned to worker1
               1.200s  preparing
               1.700s  starting
               2.100s  running on worker1
        "#]],
    );
    check(
        &["explain", "-", "web.9"],
        SCENARIO,
        2,
        &expect![[r#"
            swarmlab: there is no task web.9 at 5.000s; did you mean web.1?
        "#]],
    );
    let (stdout, _, code) = run(&["explain", "--format", "json", "-", "web.1"], SCENARIO);
    assert_eq!(code, Some(0));
    let why: serde_json::Value = serde_json::from_str(&stdout).expect("an object");
    assert_eq!(why["verdict"]["verdict"], "placed");
}

#[test]
fn kinds_of_mistakes() {
    check(
        &["diagnostic", "e0013"],
        "",
        0,
        &expect![[r#"
        E0013: There is no such node.

        A step or an expectation names a node that the cluster does not have.
    "#]],
    );
    check(
        &["diagnostic", "E9999"],
        "",
        2,
        &expect![[r#"
        there is no code E9999; `swarmlab diagnostic` lists them all
    "#]],
    );
}

#[test]
fn colour_only_where_it_is_asked_for() {
    let (plain, ..) = run(&["run", "-"], SCENARIO);
    assert!(!plain.contains('\u{1b}'));
    let (coloured, ..) = run(&["run", "--color", "always", "-"], SCENARIO);
    assert!(coloured.contains('\u{1b}'));
}

#[test]
fn a_shell_reads_lines() {
    let lines = "docker service create --name web \\\n--replicas 2 nginx\ndocker service ls\ntok\n";
    check(
        &["shell"],
        lines,
        0,
        &expect![[r#"
            [0s] swarm-manager$ docker service create --name web \
            > --replicas 2 nginx
            bwjt7vhofk0d5qkaswvjgipwz
            overall progress: 2 out of 2 tasks 
            1/2: running   
            2/2: running   
            verify: Service bwjt7vhofk0d5qkaswvjgipwz converged 
            [6.2s] swarm-manager$ docker service ls
            ID             NAME      MODE         REPLICAS   IMAGE          PORTS
            bwjt7vhofk0d   web       replicated   2/2        nginx:latest   
            [6.201s] swarm-manager$ tok
            unknown word "tok"; `help` lists what can be typed
        "#]],
    );
    let (stdout, _, code) = run(&["shell", "--strict", "--nodes", "1+3"], "tok\nstatus\n");
    assert_eq!(code, Some(1));
    assert!(!stdout.contains("swarm-worker3"), "{stdout}");
    let (stdout, ..) = run(&["shell", "--nodes", "1+3"], "status\nexit\ntasks\n");
    assert!(
        stdout.contains("swarm-worker3") && stdout.ends_with("exit\n"),
        "{stdout}"
    );
    let (_, stderr, code) = run(&["shell", "--nodes", "0+1"], "");
    assert_eq!(code, Some(2));
    assert!(stderr.contains("no manager"), "{stderr}");
}

#[test]
fn a_file_is_not_overwritten_by_accident() {
    let file = std::env::temp_dir().join(format!("swarmlab-{}-kept.yaml", std::process::id()));
    std::fs::write(&file, "mine\n").expect("a file");
    let path = file.to_string_lossy();
    let (stdout, ..) = run(&["shell"], &format!("save {path}\n"));
    assert!(stdout.contains("is there already; `save! "), "{stdout}");
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), "mine\n");
    for line in ["save!", "save --force"] {
        std::fs::write(&file, "mine\n").expect("a file");
        let (stdout, ..) = run(&["shell"], &format!("{line} {path}\n"));
        assert!(stdout.contains("saved in "), "{stdout}");
        assert_ne!(std::fs::read_to_string(&file).expect("a file"), "mine\n");
    }
    std::fs::remove_file(&file).expect("the file");
}

#[test]
fn what_was_saved_can_be_loaded_and_played() {
    let folder = std::env::temp_dir().join(format!("swarmlab-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("saved.yaml");
    let path = file.to_string_lossy();
    let lines = format!(
        "docker service create --name web nginx\nsave {path}\nload {path}\nrun until quiet\n"
    );
    let (stdout, _, code) = run(&["shell"], &lines);
    assert_eq!(code, Some(0));
    assert!(
        stdout.contains("web.1  running on swarm-manager"),
        "{stdout}"
    );
    let (stdout, ..) = run(&["run", "--quiet", &path], "");
    assert!(stdout.contains("ended at 6.2"), "{stdout}");
    std::fs::remove_dir_all(&folder).expect("the folder");
}
