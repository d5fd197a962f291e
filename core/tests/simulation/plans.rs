//! The dry run, for the stack files that people have.

use std::fmt::Write as _;

use expect_test::{expect, expect_file};
use swarmlab_core::plan::{self, Question};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::SimTime;

use crate::stack_files::STACK_FILES;
use crate::stacks::with_files;

fn planned(run: &Simulation, file: &str, stack: &str) -> String {
    let (scenario, _) = Scenario::parse("cluster: {managers: 1}").expect("a scenario");
    let question = Question {
        stack: stack.to_owned(),
        files: vec![file.to_owned()],
        prune: false,
    };
    plan::render(&plan::plan(run, &scenario, &question))
}

#[test]
fn what_deploying_the_stack_files_that_people_have_would_do() {
    let mut text = String::new();
    for &(name, content) in STACK_FILES {
        let run = with_files(&[(name, content)]);
        let stack = name.trim_end_matches(".yml");
        let _ = writeln!(text, "=== {name}\n{}", planned(&run, name, stack));
    }
    expect_file!["../data/stacks/plan.expected"].assert_eq(&text);
}

/// A file of three hundred services with an anchor in each, and one that grows without end.
#[test]
fn files_that_are_large() {
    let mut huge =
        String::from("x-common: &common\n  image: app:1\n  networks: [net]\nservices:\n");
    for number in 0..300 {
        let _ = writeln!(
            huge,
            "  s{number}:\n    <<: *common\n    ports: ['{}:80']\n    deploy: {{labels: {{n: '{number}'}}}}",
            20_000 + number
        );
    }
    huge += "networks: {net: {}}\n";
    let run = with_files(&[("huge.yml", &huge)]);
    let text = planned(&run, "huge.yml", "huge");
    assert!(text.contains("+ service huge_s299\n"), "{text}");
    assert!(
        text.contains("301 to create, 0 to change, 0 to remove."),
        "{text}"
    );
    let mut bomb = String::from("x-0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for number in 1..12 {
        let inner = vec![format!("*a{}", number - 1); 9].join(", ");
        let _ = writeln!(bomb, "x-{number}: &a{number} [{inner}]");
    }
    bomb += "services: {a: {image: x, command: *a11}}\n";
    let run = with_files(&[("bomb.yml", &bomb)]);
    let text = planned(&run, "bomb.yml", "bomb");
    assert!(text.len() < 2_000, "{} bytes", text.len());
    assert!(text.to_lowercase().contains("refuse"), "{text}");
}

/// The loss of one of three managers is tried, and that of one of two is not: nothing would happen.
#[test]
fn managers_that_may_not_fail() {
    let stack = "services: {web: {image: a, deploy: {replicas: 3, placement: {max_replicas_per_node: \
                 1}, resources: {reservations: {memory: 3G, cpus: '1.5'}}}}}\nversion: '3.8'\n";
    let mut text = String::new();
    for cluster in [
        "{managers: 3}",
        "{managers: 2, workers: 2}",
        "{managers: 3, workers: 1}",
    ] {
        let (mut scenario, _) =
            Scenario::parse(&format!("cluster: {cluster}")).expect("a scenario");
        scenario.files.insert("x.yml".to_owned(), stack.to_owned());
        let mut run = Simulation::new(&scenario, Options::default()).expect("a simulation");
        run.run_until(SimTime::from_secs(1));
        let planned = planned(&run, "x.yml", "x");
        let (_, risks) = planned.split_once("Risks:\n").unwrap_or(("", &planned));
        let _ = writeln!(text, "{cluster}\n{risks}");
    }
    expect![[r#"
        {managers: 3}
          manager1 without it x_web.1 finds no other place: no suitable node (max replicas per node limit exceed; 1 node not available for new tasks)
          manager2 without it x_web.2 finds no other place: no suitable node (max replicas per node limit exceed; 1 node not available for new tasks)
          manager3 without it x_web.3 finds no other place: no suitable node (max replicas per node limit exceed; 1 node not available for new tasks)
          manager1 is a manager and runs 1 task: what it uses up is missing for the decisions of the swarm
          manager2 is a manager and runs 1 task: what it uses up is missing for the decisions of the swarm
          manager3 is a manager and runs 1 task: what it uses up is missing for the decisions of the swarm

        After the loss of manager1 the other nodes have 5 CPUs and 10GiB left that no task has reserved.

        {managers: 2, workers: 2}
          the swarm of 2 managers 2 answer, and 2 must: when one more fails, nothing can be changed and no task is replaced
          manager1 is a manager and runs 1 task: what it uses up is missing for the decisions of the swarm
          manager2 is a manager and runs 1 task: what it uses up is missing for the decisions of the swarm

        After the loss of worker1 the other nodes have 7.5 CPUs and 15GiB left that no task has reserved.

        {managers: 3, workers: 1}
          manager1 is a manager and runs 1 task: what it uses up is missing for the decisions of the swarm
          manager2 is a manager and runs 1 task: what it uses up is missing for the decisions of the swarm
          manager3 is a manager and runs 1 task: what it uses up is missing for the decisions of the swarm

        After the loss of manager1 the other nodes have 7.5 CPUs and 15GiB left that no task has reserved.

    "#]].assert_eq(&text);
}
