//! Laws of updates in whole scenarios: random configs, images and faults, typed as docker lines.
//!
//! `upstream_updater` holds the same laws for the updater alone; here schedulers, agents and people
//! who do other things meanwhile take part.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use swarmlab_core::model::{
    Availability, NodeState, Service, ServiceMode, Task, TaskState, UpdateState,
};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::{MINUTE, SimTime};

use crate::cases;

const WORKERS: usize = 3;

/// What the containers of these images do; the first ones are healthy.
const IMAGES: [(&str, &str); 7] = [
    ("plain", "{runs: forever}"),
    ("slow", "{start: 4s, size: 100MiB}"),
    ("checked", "{health: {passes_after: 3s}}"),
    ("deaf", "{ignores_sigterm: true}"),
    ("broken", "{exits: {after: 1s, code: 3}}"),
    ("shaky", "{crashes: {after: 3s, probability: 50%}}"),
    ("sick", "{health: {never_passes: true}}"),
];
const HEALTHY: usize = 4;

/// How updates go on, as flags. Health checks look often, so that something happens.
fn config(orders: &'static [&'static str]) -> impl Strategy<Value = String> {
    let actions = prop::sample::select(&["pause", "continue", "rollback"][..]);
    let back = prop::sample::select(&["pause", "continue"][..]);
    let orders = prop::sample::select(orders);
    let seconds = || 0..8_u64;
    let ratios = prop::sample::select(&["0", "0.3", "1"][..]);
    (0..4_u64, seconds(), 1..8_u64, actions, back, orders, ratios).prop_map(
        |(parallelism, delay, monitor, action, back, order, ratio)| {
            format!(
                "--update-parallelism {parallelism} --update-delay {delay}s --update-monitor \
                 {monitor}s --update-failure-action {action} --update-order {order} \
                 --update-max-failure-ratio {ratio} --rollback-failure-action {back} \
                 --rollback-parallelism {parallelism} --stop-grace-period 2s"
            )
        },
    )
}

/// One thing that is done while an update may be on its way.
fn deed(images: usize) -> impl Strategy<Value = String> {
    let node = || 1..=WORKERS;
    let update = (0..images).prop_map(|image| {
        let image = IMAGES[image].0;
        format!("run: docker service update -d --image {image} web")
    });
    let force = Just("run: docker service update -d --force web".to_owned());
    let back = Just("run: docker service rollback -d web".to_owned());
    let scale =
        (1..6_u64).prop_map(|replicas| format!("run: docker service scale -d web={replicas}"));
    let drain = (
        node(),
        prop::sample::select(&["active", "pause", "drain"][..]),
    )
        .prop_map(|(node, word)| {
            format!("run: docker node update --availability {word} worker{node}")
        });
    let crash = node().prop_map(|node| format!("crash: worker{node}"));
    let recover = node().prop_map(|node| format!("recover: worker{node}"));
    let kill = (1..6_u64).prop_map(|slot| format!("kill: web.{slot}"));
    prop_oneof![
        6 => update,
        1 => force,
        1 => back,
        1 => scale,
        2 => drain,
        1 => crash,
        2 => recover,
        2 => kill,
    ]
}

/// A story: a service, and what is done to it and around it.
fn story(seed: u64, replicas: u64, first: usize, config: &str, deeds: &[(u64, String)]) -> String {
    let mut text = format!(
        "seed: {seed}\ncluster:\n  managers: [{{name: manager1, availability: drain}}]\n  workers: \
         {WORKERS}\nimages:\n"
    );
    for (name, what) in IMAGES {
        let _ = writeln!(text, "  {name}: {what}");
    }
    let image = IMAGES[first].0;
    let _ = writeln!(
        text,
        "steps:\n  - run: 'docker service create -d --name web --replicas {replicas} --health-interval \
         1s --restart-delay 1s {config} {image}'\n  - at: 30s\n    run: docker service ls"
    );
    for (pause_ms, deed) in deeds {
        let _ = writeln!(text, "  - after: {pause_ms}ms\n    {deed}");
    }
    text
}

fn begin(story: &str) -> (Simulation, SimTime) {
    let (scenario, _) = Scenario::parse(story).unwrap_or_else(|mistakes| {
        panic!("{}", mistakes.render(story, "story.yaml", false));
    });
    let run = Simulation::new(&scenario, Options::default()).unwrap_or_else(|mistakes| {
        panic!("{}", mistakes.render(story, "story.yaml", false));
    });
    let last = scenario.steps.last().map_or(SimTime::ZERO, |step| step.at);
    (run, last)
}

fn web(run: &Simulation) -> Option<&Service> {
    run.swarm()
        .kernel
        .store
        .services()
        .next()
        .map(std::ops::Deref::deref)
}

/// The slots in which the updater waits for a new task. Not counted, as SwarmKit does not count
/// them: slots whose task ended or lost its node since the update began, because those are replaced
/// by the restart supervisor, and slots that have never had another task.
fn slots_in_flight(run: &Simulation, service: &Service, since: SimTime) -> usize {
    let store = &run.swarm().kernel.store;
    let is_new = |task: &Task| task.spec_version == Some(service.spec_version);
    let is_lost = |task: &Task| {
        let node = task.node_id.and_then(|id| store.node(id));
        node.is_none_or(|node| {
            node.status.state == NodeState::Down || node.spec.availability == Availability::Drain
        })
    };
    let tasks: Vec<_> = store.tasks_of_service(service.id).collect();
    let coming = tasks.iter().filter(|task| {
        is_new(task)
            && task.desired_state <= TaskState::Running
            && task.status.state < TaskState::Running
    });
    coming
        .filter(|task| {
            let others = || {
                tasks
                    .iter()
                    .filter(|other| other.slot == task.slot && other.id != task.id)
            };
            let has_ended = others().any(|other| {
                other.status_time() >= since
                    && other.status.state > TaskState::Running
                    && other.status.state != TaskState::Shutdown
            });
            let has_old = others().any(|other| !is_new(other));
            has_old && !has_ended && !others().any(|other| is_lost(other))
        })
        .count()
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn an_update_has_no_more_slots_in_flight_than_it_may(
        seed in 0..8_u64,
        replicas in 1..6_u64,
        config in config(&["stop-first", "start-first"]),
        deeds in vec((0..20_000_u64, deed(IMAGES.len())), 1..8),
    ) {
        let story = story(seed, replicas, 0, &config, &deeds);
        let (mut run, last) = begin(&story);
        let end = last + MINUTE;
        // Nodes that were drained or lost during an update have left tasks behind that are counted
        // by nobody: they are remembered.
        let mut has_drained = false;
        while run.moment().time <= end && run.step() {
            let Some(service) = web(&run) else { continue };
            let store = &run.swarm().kernel.store;
            has_drained |= store.nodes().any(|node| {
                node.role != swarmlab_core::model::NodeRole::Manager
                    && (node.status.state == NodeState::Down
                        || node.spec.availability == Availability::Drain)
            });
            let status = service.update_status.as_ref();
            let Some(status) = status.filter(|it| it.state == UpdateState::Updating) else {
                continue;
            };
            let most = service.spec.update.as_ref().map_or(1, |config| config.parallelism);
            if most == 0 || has_drained {
                continue;
            }
            let since = status.started_at.unwrap_or(SimTime::ZERO);
            let in_flight = slots_in_flight(&run, service, since) as u64;
            prop_assert!(in_flight <= most, "{in_flight} at {}\n{story}", run.moment().time);
        }
    }

    #[test]
    fn start_first_with_healthy_images_never_takes_a_task_away(
        seed in 0..8_u64,
        replicas in 1..5_u64,
        first in 0..HEALTHY,
        config in config(&["start-first"]),
        updates in vec((0..30_000_u64, 0..HEALTHY), 1..6),
    ) {
        let deeds: Vec<(u64, String)> = updates
            .into_iter()
            .map(|(pause_ms, image)| {
                let image = IMAGES[image].0;
                (pause_ms, format!("run: docker service update -d --image {image} web"))
            })
            .collect();
        let story = story(seed, replicas, first, &config, &deeds);
        let (mut run, last) = begin(&story);
        run.run_until(SimTime::from_secs(30));
        let end = last + 10 * MINUTE;
        while run.moment().time <= end && run.step() {
            let Some(service) = web(&run) else { continue };
            let tasks = run.swarm().kernel.store.tasks_of_service(service.id);
            let running = tasks.filter(|task| task.status.state == TaskState::Running);
            let running = running.count() as u64;
            prop_assert!(
                running >= replicas,
                "{running} of {replicas} at {}\n{story}",
                run.moment().time
            );
        }
        let state = web(&run).and_then(|web| web.update_status.as_ref()).map(|it| it.state);
        prop_assert!(matches!(state, None | Some(UpdateState::Completed)), "{state:?}\n{story}");
    }

    #[test]
    fn an_update_ends_when_the_faults_do(
        seed in 0..8_u64,
        replicas in 1..6_u64,
        config in config(&["stop-first", "start-first"]),
        deeds in vec((0..20_000_u64, deed(IMAGES.len())), 1..8),
        impossible in prop::bool::weighted(0.2),
    ) {
        let mut deeds = deeds;
        if impossible {
            let line = "run: docker service update -d --constraint-add node.labels.x==y web";
            deeds.push((1_000, line.to_owned()));
        }
        // The faults end.
        for node in 1..=WORKERS {
            deeds.push((100, format!("recover: worker{node}")));
            let active = "run: docker node update --availability active";
            deeds.push((100, format!("{active} worker{node}")));
        }
        let story = story(seed, replicas, 0, &config, &deeds);
        let (mut run, last) = begin(&story);
        run.run_until(last + 15 * MINUTE);
        let Some(service) = web(&run) else { return Ok(()) };
        let state = service.update_status.as_ref().map(|status| status.state);
        let store = &run.swarm().kernel.store;
        let mut tasks = store.tasks_of_service(service.id);
        // The one situation that is left in which an update hangs: a task that fits nowhere, and it
        // says so.
        if let Some(UpdateState::Updating | UpdateState::RollbackStarted) = state {
            let has_reason = tasks.any(|task| {
                task.status.state == TaskState::Pending
                    && task.desired_state <= TaskState::Running
                    && task.status.err.starts_with("no suitable node")
            });
            prop_assert!(has_reason, "{state:?} without a reason\n{story}");
        }
        if let ServiceMode::Replicated { replicas } = service.spec.mode
            && state == Some(UpdateState::Completed)
            && run.is_quiet()
        {
            let live = store.tasks_of_service(service.id);
            let live = live.filter(|task| task.desired_state <= TaskState::Running);
            prop_assert_eq!(live.count() as u64, replicas, "{}", story);
        }
        // The same seed tells the same story.
        let (mut again, _) = begin(&story);
        again.run_until(last + 15 * MINUTE);
        prop_assert_eq!(run.fingerprint(), again.fingerprint());
    }
}
