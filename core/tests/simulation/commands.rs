//! Docker commands, as a user types them at a running swarm.
//!
//! `docker-transcripts.txt` holds what a real client printed against a real engine, ids masked: a
//! line is typed here at a swarm of the same shape, and has to end in the same way. `1|` is the
//! output, `2|` the error stream. `docker-stories.txt` holds more of them, with what has to happen
//! before: `#` begins a swarm, `.` is typed and not looked at, `>` lets seconds pass, `!` takes the
//! power from a node, `@` types at another node.

use std::fmt::Write as _;

use expect_test::expect;
use swarmlab_core::kernel::What;
use swarmlab_core::model::TaskState;
use swarmlab_core::scenario::Action;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::{SECOND, SimTime};

use crate::simulation;

const TRANSCRIPTS: &str = include_str!("../data/docker-transcripts.txt");

const STORIES: &str = include_str!("../data/docker-stories.txt");

const SCENARIO: &str = "
cluster: {managers: 1, workers: 2}
until: 300s
steps:
- at: 1s
  run: >-
    docker service create -d --name web --replicas 2 -p 8080:80 --update-delay 1s
    --label tier=front --env A=1 --constraint node.role==worker nginx:latest
";

/// What a line prints, and its exit code.
pub(crate) fn typed_at(run: &mut Simulation, on: &str, line: &str) -> String {
    let before = run.records().len();
    run.act(Action::Run {
        on: on.to_owned(),
        line: line.to_owned(),
    });
    let (mut texts, mut exit) = (String::new(), None);
    while exit.is_none() {
        for record in &run.records()[before..] {
            match &record.what {
                What::Output { is_error, text, .. } => {
                    for line in text.lines() {
                        let _ = writeln!(texts, "{}|{line}", if *is_error { 2 } else { 1 });
                    }
                }
                What::Exit { code, .. } => exit = Some(*code),
                _ => {}
            }
        }
        if exit.is_none() {
            texts.clear();
            assert!(run.step(), "{line}: never returns");
        }
    }
    format!("exit {}\n{}", exit.unwrap_or(-1), masked(&texts))
}

pub(crate) fn typed(run: &mut Simulation, line: &str) -> String {
    typed_at(run, "manager1", line)
}

/// What is printed otherwise than in a file of transcripts, whose lines are typed one by one.
pub(crate) fn differences(transcripts: &str, mut typed: impl FnMut(&str) -> String) -> String {
    let mut differences = String::new();
    for block in transcripts.trim_end().split("\n\n") {
        let (command, expected) = block.split_once('\n').expect("a command and its end");
        let line = command.strip_prefix("$ ").expect("a command");
        let found = typed(line);
        if found.trim_end() != expected {
            let _ = writeln!(differences, "{command}\n{expected}\n--- but here\n{found}");
        }
    }
    differences
}

/// The text without ids: words of 25 letters and digits.
pub(crate) fn masked(text: &str) -> String {
    let is_in_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let mut all = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if is_in_id(c) {
            word.push(c);
            continue;
        }
        all += if word.len() == 25 { "<ID>" } else { &word };
        word.clear();
        if c != '\0' {
            all.push(c);
        }
    }
    all
}

fn started() -> Simulation {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    run.run_until(SimTime::from_secs(30));
    run
}

#[test]
fn transcripts_of_the_real_client() {
    let (_, mut before) = simulation(SCENARIO, Options::default());
    let mut after = started();
    let differences = differences(TRANSCRIPTS, |line| {
        // The first of them were typed before there was a service.
        let run = if line.contains(" node ") {
            &mut before
        } else {
            &mut after
        };
        typed(run, line)
    });
    assert!(differences.is_empty(), "{differences}");
}

/// A line of a story: what is typed, or what happens between.
fn tell(run: &mut Simulation, line: &str) -> String {
    let (what, rest) = line.split_once(' ').unwrap_or((line, ""));
    match what {
        // Typed, and not looked at.
        "." => {
            let ended = typed(run, rest);
            assert!(ended.starts_with("exit 0"), "{rest}: {ended}");
            String::new()
        }
        // Seconds pass.
        ">" => {
            let seconds: u64 = rest.parse().expect("seconds");
            run.run_until(run.moment().time + seconds * SECOND);
            String::new()
        }
        // A node loses its power.
        "!" => {
            let node = rest.to_owned();
            run.act(Action::Crash { node });
            String::new()
        }
        // Typed at another node.
        "@" => {
            let (on, line) = rest.split_once(' ').expect("a node and a line");
            without_ages(&typed_at(run, on, line))
        }
        _ => without_ages(&typed(run, rest)),
    }
}

/// The text without what is different each time: ages, and ids of containers.
fn without_ages(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let mut masked: Vec<&str> = Vec::new();
        for (index, word) in words.iter().enumerate() {
            let is_in_id = |c: char| c.is_ascii_digit() || c.is_ascii_lowercase();
            let bare = word.trim_start_matches("1|");
            let is_id = matches!(bare.len(), 12 | 64) && bare.chars().all(is_in_id);
            let is_age = words.get(index + 1).is_some_and(|unit| {
                ["second", "minute", "hour"].contains(&unit.trim_end_matches('s'))
            });
            masked.push(match word {
                _ if is_id => "<SHORT ID>",
                _ if is_age => "<N>",
                word => word
                    .trim_end_matches('s')
                    .strip_prefix("second")
                    .map_or(word, |_| "seconds"),
            });
        }
        masked.join(" ") + "\n"
    });
    lines.collect()
}

#[test]
fn stories_of_the_real_client() {
    let mut found = String::new();
    let mut run = None;
    for line in STORIES.lines() {
        let kind = line.split(' ').next().unwrap_or("");
        match kind {
            "#" => {
                let scenario = "{cluster: {managers: 1, workers: 2}, until: 900s}";
                run = Some(simulation(scenario, Options::default()).1);
            }
            "." | ">" | "!" | "@" | "$" => {}
            // What the real client printed is not told but found.
            _ => continue,
        }
        let _ = writeln!(found, "{line}");
        if let Some(run) = run.as_mut().filter(|_| kind != "#") {
            found += &tell(run, line);
        }
    }
    let mut found = found.lines().map(str::trim_end);
    for (number, line) in STORIES.lines().enumerate() {
        // Blanks at the end of a line are not in the file.
        if !line.is_empty() {
            assert_eq!(found.next(), Some(line.trim_end()), "line {}", number + 1);
        }
    }
    assert_eq!(found.next(), None);
}

#[test]
fn an_update_replaces_the_tasks_and_can_be_taken_back() {
    let mut run = started();
    let image = "docker service inspect --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}' web";
    // What the manager refuses changes nothing.
    let refused = typed(&mut run, "docker service update --image UPPER:1 web");
    assert!(
        refused.contains("is not a valid repository/tag"),
        "{refused}"
    );
    assert_eq!(typed(&mut run, image), "exit 0\n1|nginx:latest\n");
    let converged = "exit 0\n1|web\n1|overall progress: 2 out of 2 tasks \n\
                     1|1/2: running   \n\
                     1|2/2: running   \n\
                     1|verify: Service web converged \n";
    let line = "docker service update --image nginx:2 web";
    assert_eq!(typed(&mut run, line), converged);
    assert_eq!(typed(&mut run, image), "exit 0\n1|nginx:2\n");
    let running = "docker service ps --format '{{.Name}} {{.Image}} {{.DesiredState}}' web";
    assert_eq!(
        typed(&mut run, running),
        "exit 0\n1|web.1 nginx:2 Running\n1|web.1 nginx:latest Shutdown\n\
         1|web.2 nginx:2 Running\n1|web.2 nginx:latest Shutdown\n"
    );
    for line in [
        "docker service rollback -d web",
        "docker service update -d --rollback web",
    ] {
        assert_eq!(typed(&mut run, line), "exit 0\n1|web\n");
        run.run_until(run.moment().time + 60 * SECOND);
    }
    assert_eq!(typed(&mut run, image), "exit 0\n1|nginx:2\n");
}

#[test]
fn a_node_that_is_removed_loses_its_tasks() {
    let mut run = started();
    let refused = typed(&mut run, "docker node rm --force manager1");
    assert!(
        refused.ends_with(
            "node <ID> is a cluster manager and is a member of the raft cluster. It must be \
             demoted to worker before removal\n"
        ),
        "{refused}"
    );
    assert_eq!(
        typed(&mut run, "docker node rm nope"),
        "exit 1\n2|Error response from daemon: node nope not found\n"
    );
    assert_eq!(
        typed(&mut run, "docker node rm -f worker1"),
        "exit 0\n1|worker1\n"
    );
    let store = &run.swarm().kernel.store;
    let lost: Vec<_> = store
        .tasks()
        .filter(|task| task.status.state == TaskState::Orphaned)
        .collect();
    assert_eq!(lost.len(), 1);
    assert_eq!(
        lost[0].status.message,
        "Task belonged to a node that has been deleted"
    );
    run.run_until(SimTime::from_secs(60));
    assert!(typed(&mut run, "docker service ls").contains("2/2"));
    let nodes = typed(&mut run, "docker node ls --format '{{.Hostname}}'");
    assert_eq!(nodes, "exit 0\n1|manager1\n1|worker2\n");
}

#[test]
fn roles_are_asked_for() {
    let mut run = started();
    for (line, expected) in [
        (
            "docker node promote manager1",
            "exit 0\n1|Node <ID> is already a manager.\n",
        ),
        (
            "docker node demote worker1",
            "exit 0\n1|Node <ID> is already a worker.\n",
        ),
        (
            "docker node promote worker1",
            "exit 0\n1|Node worker1 promoted to a manager in the swarm.\n",
        ),
        (
            "docker node update --role manager worker1",
            "exit 0\n1|worker1\n",
        ),
    ] {
        assert_eq!(typed(&mut run, line), expected, "{line}");
    }
}

#[test]
fn engines_introduce_themselves() {
    let mut run = started();
    let manager = typed(&mut run, "docker info");
    for line in [
        "  Is Manager: true",
        "  Managers: 1",
        "  Nodes: 3",
        " Name: manager1",
    ] {
        assert!(manager.contains(line), "{line}\n{manager}");
    }
    let worker = typed_at(&mut run, "worker1", "docker info");
    assert!(
        worker.contains("  Is Manager: false\n1|  Node Address: "),
        "{worker}"
    );
    assert!(!worker.contains("ClusterID"), "{worker}");
    for (line, expected) in [
        (
            "docker info --format '{{json .Swarm.Nodes}}'",
            "exit 0\n1|3\n",
        ),
        (
            "docker info --format '{{.Swarm.LocalNodeState}}'",
            "exit 0\n1|active\n",
        ),
    ] {
        assert_eq!(typed(&mut run, line), expected);
    }
    let node = typed(&mut run, "docker node inspect --pretty self");
    assert!(node.contains(" Leader:\t\tYes"), "{node}");
}

#[test]
fn a_global_service_is_waited_for_on_every_node() {
    let mut run = started();
    let found = typed(
        &mut run,
        "docker service create --no-resolve-image --name gg --mode global app:1",
    );
    expect![[r#"
        exit 0
        1|<ID>
        1|overall progress: 3 out of 3 tasks 
        1|6u6j7sjo3z6r: running   
        1|d1uvaqcc8ist: running   
        1|1wpdu02phoap: running   
        1|verify: Service <ID> converged 
    "#]]
    .assert_eq(&found);
    // No node is eligible: the client waits for ever, and costs nothing.
    let line = "docker service create --name none --mode global --constraint node.id==x app:1";
    let terminal = run.type_line("manager1", line);
    run.run_until(SimTime::from_secs(120));
    assert!(run.is_waiting(terminal) && run.is_quiet());
    assert!(
        run.screen(terminal)
            .ends_with("overall progress: waiting for new tasks \n")
    );
}

#[test]
fn an_interrupted_wait_leaves_its_operation_going() {
    let mut run = started();
    let terminal = run.type_line("manager1", "docker service scale web=4");
    run.interrupt(terminal);
    assert!(!run.is_waiting(terminal));
    let said = run
        .records()
        .iter()
        .filter_map(|record| match &record.what {
            What::Output { process, text, .. } if *process == terminal => Some(text.as_str()),
            _ => None,
        });
    let said: String = said.collect();
    expect![[r#"
        web scaled to 4
        overall progress: 2 out of 4 tasks 
        1/4: running   
        2/4: running   
        3/4: pending   
        4/4: pending   
        Operation continuing in background.
        Use `docker service ps web` to check progress.
    "#]]
    .assert_eq(&said);
    run.run_until(SimTime::from_secs(60));
    assert!(typed(&mut run, "docker service ls").contains("4/4"));
    // What has returned cannot be interrupted.
    let records = run.records().len();
    run.interrupt(terminal);
    assert_eq!(run.records().len(), records);
}

#[test]
fn a_service_without_a_past_cannot_go_back() {
    let mut run = started();
    let refused = "exit 1\n2|Error response from daemon: rpc error: code = FailedPrecondition \
                   desc = service <ID> does not have a previous spec\n";
    assert_eq!(typed(&mut run, "docker service rollback web"), refused);
    let line = "docker service update --rollback web";
    assert_eq!(typed(&mut run, line), refused);
}

#[expect(clippy::too_many_lines, reason = "one session and what it prints")]
#[test]
fn lists_are_filtered_as_the_engine_filters_them() {
    let mut run = started();
    for line in [
        "docker service create -d --name all --mode global --label tier=back app:1",
        "docker node update --label-add zone=a worker1",
    ] {
        typed(&mut run, line);
    }
    run.run_until(run.moment().time + 10 * SECOND);
    typed(&mut run, "docker service scale -d web=1");
    run.run_until(run.moment().time + 20 * SECOND);
    let mut text = String::new();
    for line in [
        "docker service ls --format '{{.Name}}' --filter label=tier=back",
        "docker service ls --format '{{.Name}}' --filter mode=global --filter mode=replicated",
        "docker service ls --format '{{.Name}}' --filter name=w",
        "docker service ls --format '{{.Name}}' --filter runtime=plugin",
        "docker service ls --filter foo=bar",
        "docker service ps --format '{{.Name}} {{.Node}}' --filter node=worker1 web",
        "docker service ps --format '{{.Name}} {{.DesiredState}}' --filter desired-state=shutdown web",
        "docker service ps --format '{{.Name}} {{.DesiredState}}' --filter desired-state=Running web",
        "docker service ps --format '{{.Name}}' --filter name=web.1 web",
        "docker service ps --format '{{.Name}} {{.Node}}' --filter node=self all",
        "docker service ps --filter node=nope web",
        "docker service ps --filter desired-state=foo web",
        "docker service ps --filter foo=bar web",
        "docker service ps --filter foo=bar nope",
        "docker service ps nope",
        "docker node ps --format '{{.Name}}' --filter name=web --filter desired-state=running worker1",
        "docker node ps --format '{{.Name}}' --filter service=web worker1 worker2",
        "docker node ps --format '{{.Name}}' --filter label=tier worker2",
        "docker node ps --filter desired-state=foo worker1",
        "docker node ps --filter foo=bar worker1",
        "docker node ps nope",
        "docker node ls --format '{{.Hostname}}' --filter node.label=zone=a",
        "docker node ls --format '{{.Hostname}}' --filter label=zone=a",
        "docker node ls --format '{{.Hostname}}' --filter membership=accepted --filter role=WORKER",
        "docker node ls --filter membership=foo",
    ] {
        let _ = writeln!(text, "$ {line}\n{}", typed(&mut run, line));
    }
    expect![[r#"
        $ docker service ls --format '{{.Name}}' --filter label=tier=back
        exit 0
        1|all

        $ docker service ls --format '{{.Name}}' --filter mode=global --filter mode=replicated
        exit 0
        1|all
        1|web

        $ docker service ls --format '{{.Name}}' --filter name=w
        exit 0
        1|web

        $ docker service ls --format '{{.Name}}' --filter runtime=plugin
        exit 0

        $ docker service ls --filter foo=bar
        exit 1
        2|Error response from daemon: invalid filter 'foo'

        $ docker service ps --format '{{.Name}} {{.Node}}' --filter node=worker1 web
        exit 0
        1|web.1 worker1

        $ docker service ps --format '{{.Name}} {{.DesiredState}}' --filter desired-state=shutdown web
        exit 0

        $ docker service ps --format '{{.Name}} {{.DesiredState}}' --filter desired-state=Running web
        exit 0
        1|web.1 Running

        $ docker service ps --format '{{.Name}}' --filter name=web.1 web
        exit 0
        1|web.1

        $ docker service ps --format '{{.Name}} {{.Node}}' --filter node=self all
        exit 0
        1|all.<ID> manager1

        $ docker service ps --filter node=nope web
        exit 1
        2|Error response from daemon: node nope not found

        $ docker service ps --filter desired-state=foo web
        exit 1
        2|Error response from daemon: Invalid desired-state filter: 'foo'

        $ docker service ps --filter foo=bar web
        exit 1
        2|Error response from daemon: invalid filter 'foo'

        $ docker service ps --filter foo=bar nope
        exit 1
        2|no such service: nope

        $ docker service ps nope
        exit 1
        2|no such service: nope

        $ docker node ps --format '{{.Name}}' --filter name=web --filter desired-state=running worker1
        exit 0
        1|web.1

        $ docker node ps --format '{{.Name}}' --filter service=web worker1 worker2
        exit 0
        1|web.1

        $ docker node ps --format '{{.Name}}' --filter label=tier worker2
        exit 0
        1|all.<ID>

        $ docker node ps --filter desired-state=foo worker1
        exit 1
        2|Error response from daemon: Invalid desired-state filter: 'foo'

        $ docker node ps --filter foo=bar worker1
        exit 1
        2|Error response from daemon: invalid filter 'foo'

        $ docker node ps nope
        exit 1
        2|Error response from daemon: node nope not found

        $ docker node ls --format '{{.Hostname}}' --filter node.label=zone=a
        exit 0
        1|worker1

        $ docker node ls --format '{{.Hostname}}' --filter label=zone=a
        exit 0

        $ docker node ls --format '{{.Hostname}}' --filter membership=accepted --filter role=WORKER
        exit 0
        1|worker1
        1|worker2

        $ docker node ls --filter membership=foo
        exit 1
        2|Error response from daemon: Invalid membership filter: 'foo'

    "#]].assert_eq(&text);
}

#[test]
fn an_image_that_no_registry_has_is_warned_of() {
    let scenario = "
cluster: {managers: 1, workers: 1}
images:
  gone: {missing: true}
until: 300s
";
    let (_, mut run) = simulation(scenario, Options::default());
    let mut text = String::new();
    for line in [
        "docker service create -d --name a gone",
        "docker service create -d --name b --no-resolve-image gone",
        "docker service create -d --name c here",
        "docker service update -d --image gone:latest c",
        "docker service update -d --env-add A=1 a",
    ] {
        let _ = writeln!(text, "$ {line}\n{}", typed(&mut run, line));
    }
    expect![[r#"
        $ docker service create -d --name a gone
        exit 0
        1|<ID>
        2|image gone:latest could not be accessed on a registry to record
        2|its digest. Each node will access gone:latest independently,
        2|possibly leading to different nodes running different
        2|versions of the image.
        2|

        $ docker service create -d --name b --no-resolve-image gone
        exit 0
        1|<ID>

        $ docker service create -d --name c here
        exit 0
        1|<ID>

        $ docker service update -d --image gone:latest c
        exit 0
        1|c
        2|image gone:latest could not be accessed on a registry to record
        2|its digest. Each node will access gone:latest independently,
        2|possibly leading to different nodes running different
        2|versions of the image.
        2|

        $ docker service update -d --env-add A=1 a
        exit 0
        1|a

    "#]]
    .assert_eq(&text);
}
