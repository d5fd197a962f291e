//! `docker swarm` lines, as a user types them.
//!
//! `swarm-transcripts.txt` holds what a real client printed against a real engine, ids and secrets
//! masked.

use swarmlab_core::simulation::Options;
use swarmlab_core::time::{SECOND, SimTime};

use crate::commands::{differences, typed};
use crate::simulation;

const TRANSCRIPTS: &str = include_str!("../data/swarm-transcripts.txt");

const SCENARIO: &str = "
cluster: {managers: 1, workers: 2}
until: 600s
";

/// The text without tokens and keys.
fn masked(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n']);
    let words = words.map(|word| {
        let secret = word.trim_end();
        let mask = match secret.trim_start_matches("1|") {
            word if word.starts_with("SWMKEY-1-") => "<KEY>",
            word if word.starts_with("SWMTKN-1-") => "<TOKEN>",
            word => word,
        };
        word.replace(secret.trim_start_matches("1|"), mask)
    });
    words.collect()
}

#[test]
fn transcripts_of_the_real_client() {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    let found = differences(TRANSCRIPTS, |line| masked(&typed(&mut run, line)));
    assert!(found.is_empty(), "{found}");
}

#[test]
fn settings_show_in_info() {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    typed(
        &mut run,
        "docker swarm update --task-history-limit -1 --dispatcher-heartbeat 20s --autolock \
         --max-snapshots 3 --snapshot-interval 500 --cert-expiry 720h",
    );
    let info = typed(&mut run, "docker info");
    for line in [
        "Task History Retention Limit: unlimited",
        "Snapshot Interval: 500",
        "Number of Old Snapshots to Retain: 3",
        "Heartbeat Period: 20 seconds",
        "Expiry Duration: 4 weeks",
        "Autolock Managers: true",
    ] {
        assert!(info.contains(line), "{line}: {info}");
    }
}

#[test]
fn a_lower_history_limit_forgets_old_tasks() {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    typed(&mut run, "docker service create --name web app");
    for image in ["app:2", "app:3", "app:4"] {
        typed(
            &mut run,
            &format!("docker service update --image {image} web"),
        );
    }
    let count = |lines: &str| lines.matches("web").count();
    let names = "docker service ps --format {{.Name}} web";
    assert_eq!(count(&typed(&mut run, names)), 4);
    typed(&mut run, "docker swarm update --task-history-limit 1");
    // It is looked at when a task changes the next time.
    typed(&mut run, "docker service update --image app:5 web");
    run.run_until(run.moment().time + 10 * SECOND);
    assert_eq!(count(&typed(&mut run, names)), 1);
}

#[test]
fn a_longer_heartbeat_period_hides_a_dead_node_for_longer() {
    let (_, mut run) = simulation(
        "
cluster: {managers: 1, workers: 2}
until: 600s
steps:
- {at: 1s, run: docker swarm update --dispatcher-heartbeat 60s}
- {at: 120s, crash: worker1}
",
        Options::default(),
    );
    let state = "docker node ls --filter name=worker1 --format {{.Status}}";
    run.run_until(SimTime::from_secs(220));
    assert_eq!(typed(&mut run, state), "exit 0\n1|Ready\n");
    run.run_until(SimTime::from_secs(310));
    assert_eq!(typed(&mut run, state), "exit 0\n1|Down\n");
}
