//! Whole swarms with several managers under random faults: whatever is done to them, when all is
//! repaired somebody leads, every node is ready, every service has what it asks for, no slot has two
//! tasks that are wanted, nothing is lost that was said to be done, and a replay is the same run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use swarmlab_core::kernel::What;
use swarmlab_core::model::{NodeState, TaskState};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::SimTime;

use crate::cases;

/// A step at a node, and how many seconds after the one before.
fn step() -> impl Strategy<Value = (&'static str, usize, u64)> {
    let what = prop_oneof![
        3 => Just("crash"),
        4 => Just("recover"),
        2 => Just("freeze"),
        3 => Just("thaw"),
        2 => Just("partition"),
        1 => Just("mute"),
        1 => Just("slow"),
        3 => Just("heal"),
        2 => Just("docker service create"),
        3 => Just("docker service scale --detach web=2"),
        3 => Just("docker service scale --detach web=5"),
        1 => Just("docker node ls"),
        1 => Just("docker node promote"),
        1 => Just("docker node demote"),
        1 => Just("docker service update --detach --force web"),
    ];
    (what, 0..8_usize, 0..30_u64)
}

fn play(managers: usize, workers: usize, seed: u64, steps: &[(&str, usize, u64)]) -> Simulation {
    let mut names: Vec<String> = (1..=managers).map(|n| format!("manager{n}")).collect();
    names.extend((1..=workers).map(|n| format!("worker{n}")));
    let mut text = format!(
        "cluster: {{managers: {managers}, workers: {workers}}}\nseed: {seed}\nsteps:\n\
         - {{at: 1s, run: docker service create --detach --name web --replicas 3 app}}\n"
    );
    let mut at = 3;
    for (index, &(what, node, seconds)) in steps.iter().enumerate() {
        at += seconds;
        let name = &names[node % names.len()];
        let next = &names[(node + 1) % names.len()];
        let _ = match what {
            "docker node promote" | "docker node demote" => {
                writeln!(text, "- {{at: {at}s, run: {what} {name}}}")
            }
            "docker service create" => writeln!(
                text,
                "- {{at: {at}s, on: {name}, run: {what} --detach --name s{index} app}}"
            ),
            "slow" if name == next => Ok(()),
            "slow" => writeln!(text, "- {{at: {at}s, slow: '{name}, {next}, 700ms'}}"),
            "heal" => writeln!(text, "- {{at: {at}s, heal: network}}"),
            line if line.starts_with("docker") => {
                writeln!(text, "- {{at: {at}s, on: {name}, run: {line}}}")
            }
            fault => writeln!(text, "- {{at: {at}s, {fault}: {name}}}"),
        };
    }
    let _ = writeln!(text, "- {{at: {at}s, heal: network}}");
    for name in &names {
        let _ = writeln!(text, "- {{at: {at}s, thaw: {name}}}");
        let _ = writeln!(text, "- {{at: {at}s, recover: {name}}}");
    }
    let (scenario, _) = Scenario::parse(&text).expect("a right file");
    let mut run = Simulation::new(&scenario, Options::default()).expect("it can be simulated");
    run.run_until(SimTime::from_secs(at + 600));
    run
}

/// The services of which somebody was told that they are there.
fn created(run: &Simulation) -> Vec<String> {
    let mut lines: BTreeMap<u32, &str> = BTreeMap::new();
    let mut names = Vec::new();
    for record in run.records() {
        match &record.what {
            What::Command { process, line, .. } => {
                lines.insert(*process, line);
            }
            What::Exit { process, code: 0 } => {
                let line = lines.get(process).copied().unwrap_or_default();
                let words: Vec<&str> = line.split_whitespace().collect();
                if let ["docker", "service", "create", .., name, "app"] = words.as_slice()
                    && name.starts_with('s')
                {
                    names.push((*name).to_owned());
                }
            }
            _ => {}
        }
    }
    names
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn what_is_repaired_works(
        managers in 1..6_usize,
        workers in 0..3_usize,
        seed in any::<u32>(),
        steps in vec(step(), 0..25),
    ) {
        let run = play(managers, workers, u64::from(seed), &steps);
        let swarm = run.swarm();
        let store = &swarm.kernel.store;
        let raft = swarm.kernel.raft.table(|host| host.to_string(), swarm.kernel.now);
        prop_assert!(swarm.can_act(), "nobody leads:\n{raft}");
        for node in store.nodes() {
            prop_assert_eq!(node.status.state, NodeState::Ready, "{}\n{}", node.hostname(), raft);
            prop_assert_eq!(node.role, node.spec.desired_role);
        }
        for name in created(&run) {
            prop_assert!(store.service_by_name(&name).is_some(), "{name} is lost\n{raft}");
        }
        for service in store.services() {
            let tasks = store.tasks_of_service(service.id);
            let wanted: Vec<_> = tasks
                .filter(|task| task.desired_state <= TaskState::Running)
                .collect();
            let slots: BTreeSet<u64> = wanted.iter().map(|task| task.slot).collect();
            prop_assert_eq!(slots.len(), wanted.len(), "a slot is taken twice");
            for task in wanted {
                prop_assert_eq!(task.status.state, TaskState::Running, "{:?}", task);
            }
        }
        let again = play(managers, workers, u64::from(seed), &steps);
        prop_assert_eq!(run.fingerprint(), again.fingerprint());
    }
}
