//! Texts that are broken in any way are answered, and nothing panics: scenarios, docker lines, and
//! what `inspect` prints. Stack files are in `stack_files`.
//!
//! A good text is taken and cut up in a few places, where pieces that people put into such texts
//! (rightly or not) are put in. `PROPTEST_CASES` says how many are tried; `cargo xtask fuzz` goes on
//! for as long as is wanted.

use proptest::prelude::*;
use swarmlab_core::import::{Input, import};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};

/// Pieces for texts of all kinds.
const PIECES: [&str; 46] = [
    "${A:?b}",
    "$",
    "${",
    "$$",
    "\n",
    "  ",
    ":",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "null",
    "0400",
    "-1",
    "1e999",
    "\"",
    "'",
    "<<: *a",
    "&a ",
    "\u{feff}",
    "é",
    "18446744073709551616",
    "x-",
    ",",
    "=",
    "--",
    "/",
    "0",
    "\\",
    " ",
    "\t",
    "true",
    "9999999999999999999s",
    "1ns",
    ".",
    "*",
    "|",
    "%",
    "{{.ID}}",
    "{{",
    "}}",
    "-f",
    "web",
    "🐳",
    "\\ud83d",
];

/// How a text is broken: where, by which piece, and how much of it is lost.
type Break = (prop::sample::Index, usize, usize);

pub(crate) fn breaks() -> impl Strategy<Value = Vec<Break>> {
    let one = (any::<prop::sample::Index>(), 0..PIECES.len(), 0..12usize);
    prop::collection::vec(one, 1..5)
}

pub(crate) fn broken(text: &str, breaks: &[Break]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for (at, piece, length) in breaks {
        let at = at.index(text.len() + 1);
        let end = (at + length).min(text.len());
        text.splice(at..end, PIECES[*piece].chars());
    }
    text.into_iter().collect()
}

/// As many cases as are asked for, else so many.
pub(crate) fn config(usual: u32) -> ProptestConfig {
    let asked = ProptestConfig::default().cases;
    let is_asked = asked != 256;
    super::cases(if is_asked { asked } else { usual })
}

const SCENARIOS: [&str; 8] = [
    include_str!("../../../scenarios/first-cluster.yaml"),
    include_str!("../../../scenarios/stack-deploy.yaml"),
    include_str!("../../../scenarios/health-check-saves.yaml"),
    include_str!("../../../scenarios/zone-lost.yaml"),
    include_str!("../../../scenarios/nightly-batch.yaml"),
    include_str!("../../../scenarios/partition-leader.yaml"),
    include_str!("../../../scenarios/secret-rotation.yaml"),
    EXISTING,
];

const EXISTING: &str = "\
cluster:
  managers: 1
  workers: 2
  networks: [{Name: n, Driver: overlay, IPAM: {Config: [{Subnet: 10.7.0.0/24, Gateway: 10.7.0.1}]}}]
  configs: [{Name: c, Data: Zm9v}]
  secrets: [{Name: s, Labels: {a: b}}]
  services:
  - Name: web
    TaskTemplate:
      ContainerSpec:
        Image: a:1
        Configs: [{ConfigName: c, File: {Name: /c, UID: '0', GID: '0', Mode: 292}}]
        Secrets: [{SecretName: s, File: {Name: s, UID: '0', GID: '0', Mode: 292}}]
        Mounts: [{Type: volume, Source: v, Target: /v}]
      Networks: [{Target: n, Aliases: [w]}]
      Resources: {Reservations: {NanoCPUs: 1000000, GenericResources: []}}
    Mode: {Replicated: {Replicas: 3}}
    UpdateConfig: {Parallelism: 1, MaxFailureRatio: 0.5, FailureAction: rollback}
    EndpointSpec: {Mode: vip, Ports: [{TargetPort: 80, PublishedPort: 8080}]}
";

const INSPECTED: [&str; 2] = [
    r#"[{"ID": "n1", "Spec": {"Labels": {"a": "b"}, "Role": "manager"}, "Description": {"Hostname":
"m", "Resources": {"NanoCPUs": 1, "GenericResources": [{"DiscreteResourceSpec": {"Kind": "a",
"Value": 2}}]}}, "Status": {"State": "ready", "Addr": "10.0.0.1"}, "ManagerStatus": {"Leader": true,
"Addr": "[::1]:2377"}}] {"NCPU": 4, "Swarm": {"Cluster": {"Spec": {}}}, "Name": "x"}"#,
    r#"[{"ID": "n1", "Spec": {"Role": "manager"}, "Description": {"Hostname": "m"}},
{"ID": "s", "Spec": {"Name": "st_web", "Labels": {"com.docker.stack.namespace": "st"}, "TaskTemplate":
{"ContainerSpec": {"Image": "a/b:1@sha256:0", "Env": ["A=b"], "Hosts": ["1.2.3.4 h"]}, "Networks":
[{"Target": "x"}], "Placement": {"Constraints": ["node.id==n1", "node.labels.a!=b"]}}}},
{"IPAM": {"Config": [{"Subnet": "10.0.0.0/24"}]}, "Driver": "overlay", "Scope": "swarm", "Name": "st_n",
"Id": "x"}, {"Spec": {"Name": "c", "Data": "Zg=="}, "CreatedAt": ""}]"#,
];

/// A cluster small enough to be played by the hundred.
fn play(scenario: &Scenario) {
    if scenario.nodes.len() > 20 {
        return;
    }
    let Ok(mut simulation) = Simulation::new(scenario, Options::default()) else {
        return;
    };
    for _ in 0..200 {
        if simulation.is_quiet() {
            break;
        }
        simulation.step();
    }
}

fn try_scenario(text: &str) {
    match Scenario::parse(text) {
        Ok((scenario, warnings)) => {
            let _ = warnings.render(text, "x", false);
            let again = scenario.to_yaml();
            let read = Scenario::parse(&again);
            assert!(read.is_ok(), "{again}");
            play(&scenario);
        }
        Err(problems) => {
            let _ = problems.render(text, "x", false);
        }
    }
}

fn try_import(text: &str) {
    for redact in [false, true] {
        let imported = import(&[Input { text }], redact);
        for diagnostics in &imported.diagnostics {
            let _ = diagnostics.render(text, "x", false);
        }
        if let Some(scenario) = imported.scenario {
            let again = scenario.to_yaml();
            match Scenario::parse(&again) {
                Ok((scenario, _)) => play(&scenario),
                Err(problems) => {
                    let _ = problems.render(&again, "x", false);
                }
            }
        }
    }
}

/// A swarm on which there is something of everything.
fn swarm() -> &'static Simulation {
    static SWARM: std::sync::OnceLock<Simulation> = std::sync::OnceLock::new();
    SWARM.get_or_init(|| {
        let (scenario, _) = Scenario::parse(EXISTING).expect("a scenario");
        let mut simulation = Simulation::new(&scenario, Options::default()).expect("a simulation");
        simulation.run_to_end();
        simulation
    })
}

fn try_line(line: &str) {
    let mut fork = swarm().fork();
    fork.type_line("manager1", line);
    for _ in 0..100 {
        if fork.is_quiet() {
            break;
        }
        fork.step();
    }
}

fn lines() -> Vec<&'static str> {
    let accepted = include_str!("../data/docker-accepted.txt").lines();
    let refused = include_str!("../data/docker-refusals.txt").lines();
    let own = [
        "docker service update --image a:2 --secret-rm s --env-add A=b web",
        "docker stack deploy -c x.yml x",
        "docker service logs -f --tail 3 --since 1s web",
        "docker service inspect --format '{{json .Spec.TaskTemplate}}' web",
        "docker node update --label-add a=b --availability drain worker1",
        "docker volume create -d local -o a=b v; docker ps | grep web && curl -s localhost:8080",
        "for i in 1 2 3; do docker service scale web=$i; done",
    ];
    let all = accepted.chain(refused).chain(own);
    all.filter(|line| line.starts_with("docker") || line.starts_with("for"))
        .collect()
}

#[test]
fn good_texts_are_answered() {
    SCENARIOS.into_iter().for_each(try_scenario);
    INSPECTED.into_iter().for_each(try_import);
    for line in lines().into_iter().step_by(10) {
        try_line(line);
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn broken_scenarios_are_answered(file in 0..SCENARIOS.len(), breaks in breaks()) {
        try_scenario(&broken(SCENARIOS[file], &breaks));
    }

    #[test]
    fn broken_lines_are_answered(line in any::<prop::sample::Index>(), breaks in breaks()) {
        let lines = lines();
        try_line(&broken(lines[line.index(lines.len())], &breaks));
    }

    #[test]
    fn broken_objects_are_answered(file in 0..INSPECTED.len(), breaks in breaks()) {
        try_import(&broken(INSPECTED[file], &breaks));
    }
}
