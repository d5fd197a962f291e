//! What the program says of itself: helps, mistakes in arguments, pages, completions.

use expect_test::expect_file;

use crate::{check, run};

use expect_test::expect;

/// The commands, in the order of the help.
const COMMANDS: [&str; 7] = [
    "run",
    "shell",
    "explain",
    "diagnostic",
    "schema",
    "completions",
    "man",
];

#[test]
fn helps() {
    let mut all = String::new();
    let mut add = |arguments: &[&str]| {
        let (stdout, stderr, code) = run(arguments, "");
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
        all.push_str(&format!("$ swarmlab {}\n", arguments.join(" ")));
        // Clap indents empty lines.
        for line in stdout.lines() {
            all.push_str(line.trim_end());
            all.push('\n');
        }
        all.push('\n');
    };
    add(&["-h"]);
    add(&["--help"]);
    for command in COMMANDS {
        add(&[command, "--help"]);
    }
    expect_file!["expected/help.txt"].assert_eq(&all);
}

#[test]
fn mistakes_in_arguments() {
    let mut all = String::new();
    for arguments in [
        &["rnu"][..],
        &["Cargo.toml"],
        &["run"],
        &["run", "--seed", "many", "-"],
        &["run", "--until", "soon", "-"],
        &["run", "--formt", "json", "-"],
        &["explain", "-"],
        &["explain", "-", "web.1", "--at", "yesterday"],
        &["shell", "--nodes", "three"],
        &["shell", "--nodes", "0+1"],
        &["completions", "cmd"],
        &["man", "rum"],
        &["diagnostic", "E9999"],
    ] {
        let (stdout, stderr, code) = run(arguments, "");
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{arguments:?}");
        all.push_str(&format!("$ swarmlab {}\n{stderr}\n", arguments.join(" ")));
    }
    expect_file!["expected/mistakes.txt"].assert_eq(&all);
}

#[test]
fn without_arguments_it_helps_and_fails() {
    let (stdout, stderr, code) = run(&[], "");
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert!(stderr.contains("Begin with `swarmlab shell`"), "{stderr}");
}

#[test]
fn pages_and_completions() {
    let (page, _, code) = run(&["man"], "");
    assert!(code == Some(0) && page.contains("Exit codes"), "{page}");
    for command in COMMANDS {
        let (page, _, code) = run(&["man", command], "");
        assert!(
            code == Some(0) && page.contains(&format!("swarmlab\\-{command}")),
            "{page}"
        );
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (script, _, code) = run(&["completions", shell], "");
        assert_eq!(code, Some(0));
        for word in COMMANDS.iter().chain(&["--until", "jsonl"]) {
            assert!(
                script.contains(word.trim_start_matches("--")),
                "{shell}: {word}"
            );
        }
    }
}

#[test]
fn the_schema_is_an_object() {
    let (schema, _, code) = run(&["schema"], "");
    assert_eq!(code, Some(0));
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("an object");
    assert!(schema["properties"]["steps"].is_object());
}

#[test]
fn files_that_are_no_scenarios() {
    check(&["run", "-"], "", 2, &expect![[r#""#]]);
    check(&["run", "-"], "- 1\n- 2\n", 2, &expect![[r#""#]]);
    check(&["run", "-"], "cluster: [\n", 2, &expect![[r#""#]]);
    check(&["run", "."], "", 2, &expect![[r#""#]]);
}
