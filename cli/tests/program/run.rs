//! `swarmlab run`: what it prints while it goes on, and how it ends.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use expect_test::expect;

use crate::{SCENARIO, program, run};

/// A run without an end that anybody would wait for.
const ENDLESS: &str = "\
cluster: {managers: 1}
images: {bad: {exits: {code: 1, after: 1s}}}
until: 1000000h
steps: [{run: docker service create -d --name web bad}]
";

/// A file that goes away with the test.
struct File(std::path::PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("swarmlab-{}-{name}", std::process::id()));
        std::fs::write(&path, text).expect("a file");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a path in UTF-8")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn records_are_told_as_they_happen_and_nobody_has_to_read_on() {
    let file = File::new("endless.yaml", ENDLESS);
    for format in ["text", "jsonl"] {
        let mut child = program(&["run", "--format", format, file.path()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("an output")).lines();
        let told = lines.by_ref().take(50).filter_map(Result::ok).count();
        assert_eq!(told, 50);
        // The reader goes away.
        drop(lines);
        let output = child.wait_with_output().expect("the program ends");
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

#[test]
fn services_whose_users_missed_something() {
    let update = "\
cluster: {managers: 1, workers: 2}
steps:
- run: docker service create -d --name web --replicas 3 app:1
- run: docker service create -d --name calm app:1
- {at: 10s, run: docker service update -d --image app:2 web}
";
    let (stdout, ..) = run(&["run", "-"], update);
    let told: Vec<&str> = stdout
        .lines()
        .filter(|line| line.contains("fewest"))
        .collect();
    expect![[r#""#]].assert_eq(&told.join("\n"));
    let (stdout, ..) = run(&["run", "--format", "json", "-"], update);
    let result: serde_json::Value = serde_json::from_str(&stdout).expect("one object");
    let web = &result["services"][0];
    assert_eq!(web["lowest"]["running"], 2);
    assert_eq!(web["series"][1]["running"], 3);
    assert_eq!(result["services"][1]["lowest"], serde_json::Value::Null);
}

#[test]
fn several_files() {
    let good = File::new("good.yaml", "title: Good\ncluster: {managers: 1}\n");
    let bad = File::new("bad.yaml", "cluster: {mangers: 1}\n");
    let files = [
        "run",
        "--quiet",
        good.path(),
        bad.path(),
        "nowhere.yaml",
        "-",
    ];
    let (stdout, stderr, code) = run(&files, SCENARIO);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("did you mean `managers`?"), "{stderr}");
    assert!(stderr.contains("nowhere.yaml: "), "{stderr}");
    let stdout = stdout.replace(good.path(), "good.yaml");
    expect![[r#""#]].assert_eq(&stdout);
}

#[test]
fn variables_about_colour() {
    let is_coloured = |arguments: &[&str], variables: &[(&str, &str)]| {
        let file = File::new(&format!("colour-{}.yaml", variables.len()), SCENARIO);
        let output = program(&["run", file.path()])
            .args(arguments)
            .envs(variables.iter().copied())
            .output()
            .expect("the program runs");
        output.stdout.contains(&0x1b)
    };
    assert!(is_coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!is_coloured(
        &[],
        &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]
    ));
    assert!(!is_coloured(
        &["--color", "never"],
        &[("CLICOLOR_FORCE", "1")]
    ));
    assert!(is_coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
}
