//! Going back, and on differently.

use swarmlab_core::model::TaskState;
use swarmlab_core::scenario::Action;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::SimTime;

use crate::simulation;

const SCENARIO: &str = "
cluster: {managers: 1, workers: 3}
steps:
- {at: 1s, run: docker service create -d --name web --replicas 4 app}
- {at: 20s, run: docker service scale -d web=6}
- {at: 40s, run: docker node update --availability drain worker1}
";

fn running(run: &Simulation) -> usize {
    let tasks = run.swarm().kernel.store.tasks();
    tasks
        .filter(|task| task.status.state == TaskState::Running)
        .count()
}

fn line(text: &str) -> Action {
    Action::Run {
        on: "manager1".to_owned(),
        line: text.to_owned(),
    }
}

#[test]
fn a_fork_leaves_its_origin_alone() {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    run.run_to_end();
    let (end, fingerprint) = (run.moment(), run.fingerprint());
    run.seek(SimTime::from_secs(30));
    let mut other = run.fork();
    other.act(line("docker service scale -d web=1"));
    other.run_until(SimTime::from_secs(39));
    assert_eq!(running(&other), 1);
    assert_eq!(running(&run), 6);
    run.seek(end.time);
    assert_eq!(run.fingerprint(), fingerprint);
    assert_ne!(other.fingerprint(), fingerprint);
}

#[test]
fn what_was_done_is_done_again_on_the_way() {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    run.run_until(SimTime::from_secs(10));
    run.act(line("docker service scale -d web=9"));
    run.run_until(SimTime::from_secs(15));
    run.act(line("docker service create -d --name api app"));
    run.run_until(SimTime::from_secs(19));
    let fingerprint = run.fingerprint();
    assert_eq!(running(&run), 10);
    run.seek(SimTime::from_secs(5));
    assert_eq!(running(&run), 4);
    run.seek(SimTime::from_secs(12));
    assert_eq!(running(&run), 9);
    run.seek(SimTime::from_secs(19));
    assert_eq!(run.fingerprint(), fingerprint);
}

#[test]
fn doing_something_in_the_past_forgets_what_followed() {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    run.run_until(SimTime::from_secs(10));
    run.act(line("docker service scale -d web=9"));
    run.run_until(SimTime::from_secs(18));
    run.seek(SimTime::from_secs(9));
    run.act(line("docker service scale -d web=2"));
    run.run_until(SimTime::from_secs(19));
    assert_eq!(running(&run), 2);
}

#[test]
fn seeds_decide_ties_only_if_they_are_asked_to() {
    use swarmlab_core::kernel::Ties::{ByName, Seeded};

    let fingerprint = |seed, ties| {
        let options = Options {
            seed: Some(seed),
            ties: Some(ties),
            ..Options::default()
        };
        let (_, mut run) = simulation(SCENARIO, options);
        run.run_to_end();
        let tasks = run.swarm().kernel.store.tasks();
        tasks.map(|task| task.node_id).collect::<Vec<_>>()
    };
    assert_eq!(fingerprint(1, ByName), fingerprint(2, ByName));
    assert_eq!(fingerprint(3, Seeded), fingerprint(3, Seeded));
    assert!((1..20).any(|seed| fingerprint(seed, Seeded) != fingerprint(0, Seeded)));
}
