//! Laws of whole scenarios: docker lines, crashes, recoveries and dying containers in any order,
//! as a person could write them down.
//!
//! A story is made of words, goes through the scenario language and the docker command language
//! like any file, and is judged by what can be seen of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use swarmlab_core::kernel::{Record, What};
use swarmlab_core::model::{
    Availability, NodeState, RestartCondition, Service, ServiceMode, Task, TaskState,
};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::store::{Change, Delta};
use swarmlab_core::time::{MINUTE, SimTime};

use crate::cases;

const WORKERS: usize = 4;
const SERVICES: usize = 4;

/// One thing that is done.
#[derive(Clone, Debug)]
enum Deed {
    Create {
        service: usize,
        mode: Mode,
        image: usize,
        flags: Vec<&'static str>,
    },
    Scale {
        service: usize,
        replicas: u64,
    },
    Remove {
        service: usize,
    },
    Availability {
        node: usize,
        availability: &'static str,
    },
    Label {
        node: usize,
        zone: Option<&'static str>,
    },
    Crash {
        node: usize,
    },
    Recover {
        node: usize,
    },
    Kill {
        service: usize,
        slot: u64,
    },
}

#[derive(Clone, Debug)]
enum Mode {
    Replicated(u64),
    Global,
}

/// What the containers of these images do.
const IMAGES: [(&str, &str); 5] = [
    ("steady", "{runs: forever}"),
    ("brief", "{exits: {after: 4s}}"),
    ("broken", "{exits: {after: 2s, code: 3}}"),
    ("shaky", "{crashes: {after: 6s, probability: 40%}}"),
    ("deaf", "{ignores_sigterm: true, size: 200MiB}"),
];

/// What a service may say about itself.
const FLAGS: [&str; 11] = [
    "--constraint node.labels.zone==a",
    "--constraint node.labels.zone!=b",
    "--constraint node.role==worker",
    "--placement-pref spread=node.labels.zone",
    "--reserve-memory 3GiB",
    "--restart-max-attempts 2",
    "--restart-condition on-failure",
    "--restart-condition none",
    "--restart-delay 1s",
    "--publish published=80,target=80,mode=host",
    "--stop-grace-period 3s",
];

fn deed() -> impl Strategy<Value = Deed> {
    let service = || 0..SERVICES;
    let node = || 0..=WORKERS;
    let mode = prop_oneof![4 => (0..6_u64).prop_map(Mode::Replicated), 1 => Just(Mode::Global)];
    let flags = prop::sample::subsequence(&FLAGS[..], 0..3);
    let zone = prop::option::of(prop::sample::select(&["a", "b"][..]));
    let availability = prop::sample::select(&["active", "pause", "drain"][..]);
    prop_oneof![
        5 => (service(), mode, 0..IMAGES.len(), flags).prop_map(|(service, mode, image, flags)| {
            Deed::Create { service, mode, image, flags }
        }),
        3 => (service(), 0..7_u64).prop_map(|(service, replicas)| Deed::Scale { service, replicas }),
        1 => service().prop_map(|service| Deed::Remove { service }),
        3 => (node(), availability)
            .prop_map(|(node, availability)| Deed::Availability { node, availability }),
        2 => (node(), zone).prop_map(|(node, zone)| Deed::Label { node, zone }),
        2 => (1..=WORKERS).prop_map(|node| Deed::Crash { node }),
        2 => (1..=WORKERS).prop_map(|node| Deed::Recover { node }),
        3 => (service(), 1..5_u64).prop_map(|(service, slot)| Deed::Kill { service, slot }),
    ]
}

fn node_name(node: usize) -> String {
    match node {
        0 => "manager1".to_owned(),
        worker => format!("worker{worker}"),
    }
}

/// The line of a scenario file for a deed.
fn step(deed: &Deed) -> String {
    match deed {
        Deed::Create {
            service,
            mode,
            image,
            flags,
        } => {
            let mode = match mode {
                Mode::Replicated(replicas) => format!("--replicas {replicas}"),
                Mode::Global => "--mode global".to_owned(),
            };
            let (flags, (image, _)) = (flags.join(" "), IMAGES[*image]);
            format!("run: 'docker service create -d --name s{service} {mode} {flags} {image}'")
        }
        Deed::Scale { service, replicas } => {
            format!("run: docker service scale -d s{service}={replicas}")
        }
        Deed::Remove { service } => format!("run: docker service rm s{service}"),
        Deed::Availability { node, availability } => {
            let node = node_name(*node);
            format!("run: docker node update --availability {availability} {node}")
        }
        Deed::Label {
            node,
            zone: Some(zone),
        } => {
            format!(
                "run: docker node update --label-add zone={zone} {}",
                node_name(*node)
            )
        }
        Deed::Label { node, zone: None } => {
            format!(
                "run: docker node update --label-rm zone {}",
                node_name(*node)
            )
        }
        Deed::Crash { node } => format!("crash: {}", node_name(*node)),
        Deed::Recover { node } => format!("recover: {}", node_name(*node)),
        Deed::Kill { service, slot } => format!("kill: s{service}.{slot}"),
    }
}

/// A scenario file, told with pauses of milliseconds to minutes.
fn story() -> impl Strategy<Value = String> {
    let pause_ms = prop_oneof![0..=100_u64, 100..=3_000_u64, 3_000..=40_000_u64];
    let deeds = vec((pause_ms, deed()), 1..=14);
    (0..8_u64, deeds, any::<bool>()).prop_map(|(history, deeds, seeded)| {
        let mut text = format!("seed: {history}\n");
        if seeded {
            text.push_str("ties: seeded\n");
        }
        let _ = writeln!(
            text,
            "cluster: {{managers: 1, workers: {WORKERS}, task_history_limit: {history}}}"
        );
        text.push_str("images:\n");
        for (name, what) in IMAGES {
            let _ = writeln!(text, "  {name}: {what}");
        }
        text.push_str("steps:\n");
        for (pause_ms, deed) in &deeds {
            let _ = writeln!(text, "  - after: {pause_ms}ms\n    {}", step(deed));
        }
        text
    })
}

/// Plays a story for ten minutes after its last step, and says whether it came to rest: where
/// containers keep ending it does not.
fn play(story: &str) -> (Simulation, bool) {
    let (scenario, _) = Scenario::parse(story).unwrap_or_else(|mistakes| {
        panic!("{}", mistakes.render(story, "story.yaml", false));
    });
    let mut run = Simulation::new(&scenario, Options::default()).unwrap_or_else(|mistakes| {
        panic!("{}", mistakes.render(story, "story.yaml", false));
    });
    let last = scenario.steps.last().map_or(SimTime::ZERO, |step| step.at);
    run.run_until(last + 10 * MINUTE);
    let is_quiet = run.is_quiet();
    (run, is_quiet)
}

/// The moves that the task model has, each by whoever may make it. States on the way of an agent
/// may be skipped, because reports are gathered.
fn is_permitted(old: &Task, new: &Task) -> bool {
    use TaskState::{
        Assigned, Complete, Failed, New, Orphaned, Pending, Rejected, Running, Shutdown,
    };
    let (from, to) = (old.status.state, new.status.state);
    match (from, to) {
        _ if from == to => true,
        (New, Pending) | (Pending, Assigned | Shutdown) => true,
        // The enforcer, and the end of a node.
        (New | Pending, Rejected | Orphaned) => new.node_id.is_some(),
        _ if from >= Assigned && from <= Running => {
            to > from
                && (to <= Running
                    || matches!(to, Complete | Shutdown | Failed | Rejected | Orphaned))
        }
        _ => false,
    }
}

fn task_changes(records: &[Record]) -> impl Iterator<Item = &Delta<Task>> {
    records.iter().filter_map(|record| match &record.what {
        What::Change(Change::Task(delta)) => Some(delta),
        _ => None,
    })
}

fn slot_of(task: &Task) -> (Option<u32>, String) {
    let slot = match task.slot {
        0 => format!("node {:?}", task.node_id),
        slot => format!("slot {slot}"),
    };
    (task.service_id.map(|id| id.0), slot)
}

/// Tasks of a service that are meant to run, by slot.
fn runnable(run: &Simulation, service: &Service) -> BTreeMap<String, Vec<Arc<Task>>> {
    let store = &run.swarm().kernel.store;
    let mut slots: BTreeMap<String, Vec<Arc<Task>>> = BTreeMap::new();
    for task in store.tasks_of_service(service.id) {
        if task.desired_state <= TaskState::Running {
            slots
                .entry(slot_of(task).1)
                .or_default()
                .push(Arc::clone(task));
        }
    }
    slots
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn no_task_makes_a_move_that_the_model_forbids(story in story()) {
        let (run, _) = play(&story);
        for delta in task_changes(run.records()) {
            match delta {
                Delta::Created(task) => {
                    prop_assert_eq!(task.status.state, TaskState::New);
                    prop_assert!(matches!(task.desired_state, TaskState::Ready | TaskState::Running));
                }
                Delta::Updated { old, new } => {
                    prop_assert!(is_permitted(old, new), "{old:?}\n{new:?}\n{story}");
                    prop_assert!(old.desired_state <= new.desired_state, "{old:?}\n{new:?}\n{story}");
                    prop_assert!(old.node_id.is_none() || old.node_id == new.node_id, "{story}");
                    prop_assert_eq!(&old.spec, &new.spec);
                    prop_assert_eq!((old.service_id, old.slot), (new.service_id, new.slot));
                }
                Delta::Deleted(_) => {}
            }
        }
    }

    #[test]
    fn a_swarm_at_rest_is_as_desired_or_says_why_not(story in story()) {
        let (run, is_quiet) = play(&story);
        // A swarm whose containers keep ending has no end that could be judged.
        if !is_quiet {
            return Ok(());
        }
        let store = &run.swarm().kernel.store;
        for service in store.services() {
            let slots = runnable(&run, service);
            for (slot, tasks) in &slots {
                prop_assert!(tasks.len() == 1, "{slot} is taken twice: {tasks:?}\n{story}");
                let task = &tasks[0];
                prop_assert_eq!(task.desired_state, TaskState::Running, "{}", story);
                match task.status.state {
                    TaskState::Running => {}
                    // As in SwarmKit's `noSuitableNode`: the scheduler says nothing of a task that
                    // is older than its service, and a change that replaces no task leaves it so.
                    TaskState::Pending
                        if task
                            .spec_version
                            .is_some_and(|own| own.index < service.spec_version.index) => {}
                    TaskState::Pending => prop_assert!(
                        task.slot == 0 && !task.status.err.is_empty()
                            || task.status.err.starts_with("no suitable node"),
                        "{task:?}\n{story}"
                    ),
                    _ => prop_assert!(false, "it neither runs nor says why: {task:?}\n{story}"),
                }
            }
            let policy = service.spec.task.restart;
            let condition = policy.as_ref().map_or(RestartCondition::Any, |p| p.condition);
            let may_give_up = condition != RestartCondition::Any
                || policy.as_ref().is_some_and(|p| p.max_attempts > 0);
            if let ServiceMode::Replicated { replicas } = service.spec.mode {
                let live = slots.len() as u64;
                prop_assert!(live <= replicas, "{live} of {replicas}\n{story}");
                prop_assert!(live == replicas || may_give_up, "{live} of {replicas}\n{story}");
            }
            if service.spec.mode == ServiceMode::Global {
                for tasks in slots.values() {
                    let node = tasks[0].node_id.and_then(|id| store.node(id));
                    let is_good = node.is_some_and(|node| {
                        node.status.state == NodeState::Ready
                            && node.spec.availability != Availability::Drain
                    });
                    prop_assert!(is_good, "{tasks:?}\n{story}");
                }
            }
        }
        // What nobody wants has ended, unless its node is gone and nobody can know.
        for task in store.tasks().filter(|task| task.desired_state > TaskState::Running) {
            let node = task.node_id.and_then(|id| store.node(id));
            let is_lost = node.is_some_and(|node| node.status.state == NodeState::Down);
            // A task of a global service that was given up before it was assigned is nobody's: its
            // agent has never heard of it, and the reaper only takes what is to be removed.
            let is_nobodys = task.slot == 0 && task.status.state == TaskState::Pending;
            prop_assert!(
                is_lost || is_nobodys || task.status.state > TaskState::Running,
                "{task:?}\n{story}"
            );
        }
    }

    #[test]
    fn no_slot_keeps_more_of_its_past_than_the_limit(story in story()) {
        let (run, is_quiet) = play(&story);
        if !is_quiet {
            return Ok(());
        }
        let store = &run.swarm().kernel.store;
        let limit = store.cluster().spec.orchestration.task_history_retention_limit;
        for service in store.services() {
            let attempts = service.spec.task.restart.as_ref().map_or(0, |p| p.max_attempts);
            let limit = if attempts > 0 { attempts + 1 } else { u64::try_from(limit).unwrap_or(0) };
            let mut ended: BTreeMap<(Option<u32>, String), u64> = BTreeMap::new();
            let mut all = ended.clone();
            for task in store.tasks_of_service(service.id) {
                *all.entry(slot_of(task)).or_default() += 1;
                if task.status.state > TaskState::Running {
                    *ended.entry(slot_of(task)).or_default() += 1;
                }
            }
            for (slot, count) in all {
                // Tasks that have not ended are never deleted, and a slot is only trimmed when a
                // task is made in it: then the new one counts, too.
                let old = ended.get(&slot).copied().unwrap_or(0);
                prop_assert!(count <= limit.max(1) || old == 0 || count - old > 1, "{count} of {limit} in {slot:?}\n{story}");
            }
        }
    }

    #[test]
    fn a_story_told_again_is_the_same_story(story in story()) {
        let (first, _) = play(&story);
        let (mut second, _) = play(&story);
        prop_assert_eq!(first.fingerprint(), second.fingerprint());
        let middle = SimTime(first.moment().time.as_nanos() / 2);
        let end = second.moment().time;
        second.seek(middle);
        second.run_until(end);
        prop_assert_eq!(first.fingerprint(), second.fingerprint(), "{}", story);
    }

    #[test]
    fn nothing_runs_where_it_must_not(story in story()) {
        let (run, is_quiet) = play(&story);
        if !is_quiet {
            return Ok(());
        }
        let store = &run.swarm().kernel.store;
        for node in store.nodes() {
            let mut ports = BTreeSet::new();
            for task in store.tasks_of_node(node.id) {
                if !(task.status.state == TaskState::Running && task.desired_state == TaskState::Running) {
                    continue;
                }
                prop_assert!(node.spec.availability != Availability::Drain, "{task:?}\n{story}");
                let service = task.service_id.and_then(|id| store.service(id));
                prop_assert!(service.is_some(), "{task:?}\n{story}");
                let has_port = service.is_some_and(|s| {
                    s.spec.endpoint.as_ref().is_some_and(|e| !e.ports.is_empty())
                });
                // All of them publish the same port.
                prop_assert!(!has_port || ports.insert(80), "port 80 twice on {:?}\n{story}", node.id);
            }
        }
    }
}
