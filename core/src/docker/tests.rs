//! Lines in, commands or outcomes out.

use std::fmt::Write;

use std::path::PathBuf;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::help::help;
use super::tree::{CommandSpec, ROOT};
use super::{Command, EngineFormat, Outcome, parse_line};

/// The folder of texts that the real client printed.
pub(super) fn data(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a line that is no command ends with.
pub(super) fn refusal(line: &str) -> Outcome {
    match parse_line(line) {
        Ok(command) => panic!("{line}: is {command:?}"),
        Err(outcome) => outcome,
    }
}

fn check(line: &str, expect: &Expect) {
    let outcome = refusal(line);
    expect.assert_eq(&format!(
        "{}{}exit code {}\n",
        outcome.stdout, outcome.stderr, outcome.exit_code
    ));
}

fn walk(path: &str, spec: &'static CommandSpec, visit: &mut impl FnMut(&str, &CommandSpec)) {
    visit(path, spec);
    for child in spec.children {
        walk(&format!("{path} {}", child.name), child, visit);
    }
}

#[test]
fn help_is_that_of_the_real_client() {
    let mut count = 0;
    walk("docker", &ROOT, &mut |path, spec| {
        if !spec.modelled {
            return;
        }
        let golden = data(&format!("docker-help/{}.txt", path.replace(' ', "-")));
        assert_eq!(help(path, spec), golden, "{path}");
        assert_eq!(
            refusal(&format!("{path} --help")),
            Outcome::printed(golden),
            "{path}"
        );
        count += 1;
    });
    assert_eq!(count, 81);
}

/// The file holds, for each line, what the real client printed and its exit code; the lines are
/// those that it answers without an engine.
#[test]
fn refusals_are_those_of_the_real_client() {
    let mut count = 0;
    let mut wrong = String::new();
    for case in data("docker-refusals.txt").split("=== ").skip(1) {
        let (line, rest) = case.split_once('\n').expect("a line and its answer");
        let (answer, code) = rest.rsplit_once("rc=").expect("an exit code");
        let outcome = refusal(line);
        // Hints are our own.
        let ours: String = outcome
            .stderr
            .split_inclusive('\n')
            .filter(|line| !line.starts_with("hint: "))
            .collect();
        let code_ours = outcome.exit_code.to_string();
        if ours != answer || code_ours != code.trim() {
            let _ = write!(
                wrong,
                "{line}
{answer}{code}is here:
{ours}{code_ours}

"
            );
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count > 200, "{count}");
}

/// The file holds lines that the real client sends to its engine.
#[test]
fn what_the_real_client_accepts_is_a_command() {
    for line in data("docker-accepted.txt").lines() {
        if let Err(outcome) = parse_line(line) {
            assert!(
                outcome.stderr.starts_with("Error response from daemon: "),
                "{line}: {}",
                outcome.stderr
            );
        }
    }
}

#[test]
fn groups_alone_print_their_help_as_a_complaint() {
    for line in ["docker service", "node", "docker"] {
        let outcome = refusal(line);
        assert_eq!(
            (outcome.stdout.as_str(), outcome.exit_code),
            ("", 0),
            "{line}"
        );
        assert!(outcome.stderr.starts_with("Usage:  docker"), "{line}");
    }
    assert_eq!(parse_line(""), Err(Outcome::default()));
    assert_eq!(parse_line("  # a comment"), Err(Outcome::default()));
}

#[test]
fn hints_follow_dockers_text() {
    check(
        "docker service create --replica 3 nginx",
        &expect![[r"
            unknown flag: --replica

            Usage:  docker service create [OPTIONS] IMAGE [COMMAND] [ARG...]

            Run 'docker service create --help' for more information
            hint: did you mean --replicas?
            exit code 125
        "]],
    );
    check(
        "docker servce ls",
        &expect![[r"
            docker: unknown command: docker servce

            Run 'docker --help' for more information
            hint: did you mean docker service?
            exit code 1
        "]],
    );
    check(
        "docker node list-all",
        &expect![[r"
            docker: unknown command: docker node list-all

            Usage:  docker node

            Run 'docker node --help' for more information
            exit code 1
        "]],
    );
}

#[test]
fn broken_lines_have_places() {
    check(
        "docker service create --name 'web nginx",
        &expect![[r"
            30: unterminated quote: the ' has no second one
            exit code 2
        "]],
    );
    check(
        "docker run nginx",
        &expect![[r"
            docker: 'docker run' has no part in a swarm and is not simulated
            exit code 1
        "]],
    );
}

#[test]
fn other_commands_are_read_but_have_no_type() {
    let Ok(Command::Other(invocation)) =
        parse_line("docker -H tcp://m1 network prune --force=false --filter until=1h")
    else {
        panic!("not a command");
    };
    assert_eq!(invocation.path, ["network", "prune"]);
    assert!(invocation.matches.changed("filter"));
    assert_eq!(invocation.matches.bool("force"), Some(false));
}

#[test]
fn engines_are_asked_in_a_form() {
    assert_eq!(
        parse_line("docker info"),
        Ok(Command::Info(EngineFormat::Text))
    );
    assert_eq!(
        parse_line("version -f json"),
        Ok(Command::Version(EngineFormat::Json))
    );
    assert!(matches!(
        parse_line("docker info --format '{{.Swarm.NodeID}}'"),
        Ok(Command::Info(EngineFormat::Template(_)))
    ));
}

proptest! {
    #[test]
    fn no_line_makes_it_panic(line in ".{0,200}") {
        let _ = parse_line(&line);
    }

    #[test]
    fn no_words_of_the_language_make_it_panic(words in proptest::collection::vec(word(), 0..8)) {
        let _ = parse_line(&words.join(" "));
    }
}

/// Words that reach far into the language.
fn word() -> impl Strategy<Value = String> {
    let known = vec![
        "docker",
        "service",
        "node",
        "create",
        "update",
        "ls",
        "ps",
        "scale",
        "--name",
        "-d",
        "-dq",
        "--replicas",
        "--replicas=3",
        "-p",
        "80-82:80",
        "target=80,published=",
        "--mount",
        "type=bind,target=/x",
        "--limit-cpu",
        "1/3",
        "1e99",
        "--limit-memory",
        "5.5gib",
        "--",
        "-",
        "''",
        "\"",
        "--format",
        "'table {{.ID}}\\t{{.Name}}'",
        "{{",
        "}}",
        "{{.ID|json}}",
        "--env",
        "A=1",
        "--restart-delay",
        "5s",
        "µs",
        "nginx",
        "web=3",
        "--help",
        "help",
        "inspect",
        "--pretty",
        "--ulimit",
        "nofile=1:2",
        "--host",
        "a:::1",
        "--filter",
        "name=web",
        "-f",
    ];
    prop_oneof![
        4 => proptest::sample::select(known).prop_map(str::to_owned),
        1 => "[a-z0-9=,:./-]{0,12}",
    ]
}
