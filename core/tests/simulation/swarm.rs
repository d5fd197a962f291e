//! `docker swarm` lines, as a user types them.
//!
//! `swarm-transcripts.txt` holds what a real client printed against a real engine, ids and secrets
//! masked.

use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::{SECOND, SimTime};

use crate::commands::{differences, typed, typed_at};
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

/// A manager, two workers, and a machine that belongs to no swarm.
const WITH_A_SPARE: &str = "
cluster:
  managers: 1
  workers: [{count: 2}, {name: spare, joined: false}]
until: 3000s
";

fn wait(run: &mut Simulation, seconds: u64) {
    run.run_until(run.moment().time + seconds * SECOND);
}

#[test]
fn a_machine_joins_with_a_token_and_leaves() {
    let (_, mut run) = simulation(WITH_A_SPARE, Options::default());
    let join = "docker swarm join --token {token:worker} 192.168.56.11:2377";
    let outside = "exit 1\n2|Error response from daemon: This node is not a swarm manager. Use \
                   \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm \
                   and try again.\n";
    let state = "docker info --format '{{.Swarm.LocalNodeState}} {{.Name}}'";
    assert_eq!(typed_at(&mut run, "spare", "docker node ls"), outside);
    assert_eq!(
        typed_at(&mut run, "spare", state),
        "exit 0\n1|inactive spare\n"
    );
    assert_eq!(
        typed_at(&mut run, "spare", "docker swarm leave"),
        "exit 1\n2|Error response from daemon: This node is not part of a swarm\n"
    );
    assert_eq!(
        typed_at(&mut run, "spare", "docker swarm unlock"),
        "exit 1\n2|Error: This node is not part of a swarm\n"
    );
    assert_eq!(
        typed_at(&mut run, "spare", join),
        "exit 0\n1|This node joined a swarm as a worker.\n"
    );
    assert_eq!(
        typed_at(&mut run, "spare", state),
        "exit 0\n1|active spare\n"
    );
    let already = "exit 1\n2|Error response from daemon: This node is already part of a swarm. \
                   Use \"docker swarm leave\" to leave this swarm and join another one.\n";
    assert_eq!(typed_at(&mut run, "spare", join), already);
    assert_eq!(typed_at(&mut run, "spare", "docker swarm init"), already);
    typed(
        &mut run,
        "docker service create --mode global --name all app",
    );
    let count = "docker service ls --format {{.Replicas}}";
    assert_eq!(typed(&mut run, count), "exit 0\n1|4/4\n");
    let left = "exit 0\n1|Node left the swarm.\n";
    assert_eq!(typed_at(&mut run, "spare", "docker swarm leave"), left);
    assert_eq!(typed_at(&mut run, "spare", "docker node ls"), outside);
    // Nobody has told the manager.
    let node = "docker node ls --filter name=spare --format {{.Status}}";
    assert_eq!(typed(&mut run, node), "exit 0\n1|Ready\n");
    let refused = typed(&mut run, "docker node rm spare");
    assert!(
        refused.ends_with("is not down and can't be removed\n"),
        "{refused}"
    );
    wait(&mut run, 20);
    assert_eq!(typed(&mut run, node), "exit 0\n1|Down\n");
    // It comes back as another node.
    assert!(typed_at(&mut run, "spare", join).starts_with("exit 0"));
    assert_eq!(typed(&mut run, node), "exit 0\n1|Down\n1|Ready\n");
    let ambiguous = "exit 1\n2|Error response from daemon: node spare is ambiguous (2 matches \
                     found)\n";
    assert_eq!(typed(&mut run, "docker node rm spare"), ambiguous);
}

#[test]
fn what_is_refused_takes_its_time() {
    let (_, mut run) = simulation(WITH_A_SPARE, Options::default());
    let mut join = |arguments: &str| {
        let before = run.moment().time;
        let line = format!("docker swarm join {arguments}");
        let printed = typed_at(&mut run, "spare", &line);
        let took = run.moment().time.since(before) / SECOND;
        let state = typed_at(
            &mut run,
            "spare",
            "docker info --format {{.Swarm.LocalNodeState}}",
        );
        (printed, took, state.lines().nth(1).unwrap_or("").to_owned())
    };
    let expect = |text: &str, seconds: u64, state: &str| {
        (
            format!("exit 1\n2|Error response from daemon: {text}\n"),
            seconds,
            format!("1|{state}"),
        )
    };
    assert_eq!(
        join("--token SWMTKN-1-bad 192.168.56.11:2377"),
        expect("invalid join token", 0, "inactive")
    );
    let no_token = "rpc error: code = InvalidArgument desc = A valid join token is necessary to \
                    join this cluster";
    assert_eq!(join("192.168.56.11:2377"), expect(no_token, 10, "inactive"));
    let other = format!("SWMTKN-1-{}1-{}", "0".repeat(49), "0".repeat(25));
    assert_eq!(
        join(&format!("--token {other} 192.168.56.11")),
        expect(
            &format!(
                "remote CA does not match fingerprint. Expected: {}1",
                "0".repeat(63)
            ),
            10,
            "inactive"
        )
    );
    assert_eq!(
        join("--token {token:worker} worker1:2377"),
        expect(
            "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error \
             while dialing: dial tcp 192.168.56.12:2377: connect: connection refused\"",
            10,
            "inactive"
        )
    );
    assert_eq!(
        join("--token {token:worker} 10.99.4.99:2377"),
        expect(
            "Timeout was reached before node joined. The attempt to join the swarm will continue \
             in the background. Use the \"docker info\" command to see the current swarm status \
             of your node.",
            20,
            "pending"
        )
    );
    wait(&mut run, 20);
    let info = typed_at(&mut run, "spare", "docker info");
    assert!(info.contains("Swarm: error"), "{info}");
    assert!(typed_at(&mut run, "spare", "docker swarm leave").starts_with("exit 0"));
}

#[test]
fn an_old_token_is_worth_nothing() {
    let (_, mut run) = simulation(WITH_A_SPARE, Options::default());
    typed(&mut run, "docker swarm join-token --rotate worker");
    let join = |which: &str| format!("docker swarm join --token {{token:{which}}} manager1");
    let refused = typed_at(&mut run, "spare", &join("worker:initial"));
    assert!(
        refused.contains("A valid join token is necessary"),
        "{refused}"
    );
    let joined = typed_at(&mut run, "spare", &join("worker"));
    assert_eq!(joined, "exit 0\n1|This node joined a swarm as a worker.\n");
}

#[test]
fn a_swarm_begins_and_ends() {
    let (_, mut run) = simulation(
        "
cluster:
  nodes: [{name: m1, joined: false}, {name: w1, joined: false}]
until: 3000s
",
        Options::default(),
    );
    let init = typed_at(
        &mut run,
        "m1",
        "docker swarm init --advertise-addr 192.168.56.11",
    );
    let init = masked(&init);
    assert_eq!(
        init,
        "exit 0\n\
         1|Swarm initialized: current node (<ID>) is now a manager.\n\
         1|\n\
         1|To add a worker to this swarm, run the following command:\n\
         1|\n\
         1|    docker swarm join --token <TOKEN> 192.168.56.11:2377\n\
         1|\n\
         1|To add a manager to this swarm, run 'docker swarm join-token manager' and follow the \
         instructions.\n"
    );
    let join = "docker swarm join --availability drain --token {token:worker} 192.168.56.11:2377";
    assert!(typed_at(&mut run, "w1", join).starts_with("exit 0"));
    let nodes = "docker node ls --format '{{.Hostname}} {{.Availability}} {{.ManagerStatus}}'";
    assert_eq!(
        typed_at(&mut run, "m1", nodes),
        "exit 0\n1|m1 Active Leader\n1|w1 Drain \n"
    );
    let cluster = "docker info --format {{.Swarm.Cluster.ID}}";
    let first = run.swarm().kernel.ids.cluster(0);
    typed_at(&mut run, "m1", "docker service create --name web app");
    assert_eq!(
        typed_at(&mut run, "m1", "docker swarm leave"),
        "exit 1\n2|Error response from daemon: You are attempting to leave the swarm on a node \
         that is participating as a manager. Removing the last manager erases all current state \
         of the swarm. Use `--force` to ignore this message. \n"
    );
    assert_eq!(
        typed_at(&mut run, "m1", "docker swarm leave --force"),
        "exit 0\n1|Node left the swarm.\n"
    );
    assert_eq!(run.swarm().kernel.store.task_count(), 0);
    // The worker does not know.
    let state = "docker info --format {{.Swarm.LocalNodeState}}";
    assert_eq!(typed_at(&mut run, "w1", state), "exit 0\n1|active\n");
    let old = "docker swarm join --token {token:worker:initial} m1";
    assert!(typed_at(&mut run, "w1", "docker swarm leave").starts_with("exit 0"));
    let line = "docker swarm init --autolock --task-history-limit 2";
    let again = masked(&typed_at(&mut run, "m1", line));
    assert!(again.contains("1|    <KEY>\n"), "{again}");
    assert_ne!(run.swarm().kernel.ids.cluster(1), first);
    assert!(typed_at(&mut run, "m1", cluster).starts_with("exit 0"));
    let refused = typed_at(&mut run, "w1", old);
    assert!(refused.contains("does not match fingerprint"), "{refused}");
    let services = "docker service ls -q";
    assert_eq!(typed_at(&mut run, "m1", services), "exit 0\n");
}

#[test]
fn a_node_that_was_removed_by_force_does_not_know() {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    assert!(typed(&mut run, "docker node rm --force worker1").starts_with("exit 0"));
    let state = "docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.Error}}'";
    assert_eq!(typed_at(&mut run, "worker1", state), "exit 0\n1|active \n");
    let refused = typed_at(&mut run, "worker1", "docker node ls");
    assert!(refused.contains("Worker nodes can't be used"), "{refused}");
    assert!(typed_at(&mut run, "worker1", "docker swarm leave").starts_with("exit 0"));
    let again = typed_at(
        &mut run,
        "worker1",
        "docker swarm join --token {token:worker} manager1",
    );
    assert!(again.starts_with("exit 0"), "{again}");
}

#[test]
fn what_is_not_simulated_says_so() {
    let (_, mut run) = simulation(WITH_A_SPARE, Options::default());
    for line in [
        "docker swarm init",
        "docker swarm init --force-new-cluster",
        "docker swarm join --token {token:worker} --advertise-addr 1.2.3.4 manager1",
    ] {
        let refused = typed_at(&mut run, "spare", line);
        assert!(
            refused.ends_with("is not simulated yet\n"),
            "{line}: {refused}"
        );
    }
}

#[test]
fn a_second_manager_joins_and_should_not_leave() {
    let (_, mut run) = simulation(WITH_A_SPARE, Options::default());
    assert_eq!(
        typed_at(
            &mut run,
            "spare",
            "docker swarm join --token {token:manager} manager1"
        ),
        "exit 0\n1|This node joined a swarm as a manager.\n"
    );
    wait(&mut run, 5);
    let managers =
        "docker node ls --filter role=manager --format '{{.Hostname}} {{.ManagerStatus}}'";
    assert_eq!(
        typed_at(&mut run, "spare", managers),
        "exit 0\n1|manager1 Leader\n1|spare Reachable\n"
    );
    let refused = typed_at(&mut run, "spare", "docker swarm leave");
    assert!(refused.contains("leaves 1 managers out of 2."), "{refused}");
    assert!(typed_at(&mut run, "spare", "docker swarm leave --force").starts_with("exit 0"));
    wait(&mut run, 60);
    // It still counts, so the one that is left has no majority.
    let refused = typed(&mut run, "docker node ls");
    assert!(
        refused.contains("The swarm does not have a leader"),
        "{refused}"
    );
}
