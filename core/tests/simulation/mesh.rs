//! The routing mesh, and what containers answer: the exercise in which two of them take turns.

use expect_test::expect;
use std::fmt::Write as _;

use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::SimTime;

use crate::commands::typed_at;
use crate::simulation;

const SCENARIO: &str = "
cluster:
  managers: [{name: swarm-manager, address: 192.168.56.10}]
  workers:
  - {name: swarm-worker1, address: 192.168.56.11}
  - {name: swarm-worker2, address: 192.168.56.12}
until: 300s
steps:
- at: 1s
  run: >-
    docker service create -d --name web-alb --constraint node.role==worker --replicas 2
    --publish 8081:80 nginx
- at: 2s
  run: >-
    docker service create -d --name=viz_swarm --publish=7070:8080
    --constraint=node.role==manager
    --mount=type=bind,src=/var/run/docker.sock,dst=/var/run/docker.sock dockersamples/visualizer
";

fn started() -> Simulation {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    run.run_until(SimTime::from_secs(30));
    run
}

fn curl(run: &mut Simulation, on: &str, url: &str) -> String {
    typed_at(run, on, &format!("curl {url}"))
}

/// Gives the container of a worker a page of its own, with the lines of the exercise.
fn write_page(run: &mut Simulation, worker: &str, text: &str) {
    let ps = typed_at(run, worker, "docker ps -q");
    let id = ps
        .lines()
        .find_map(|line| line.strip_prefix("1|"))
        .expect("a container");
    let echo = format!("echo \"<h1>Hello - Docker Swarm {text}</h1>\" > index.html");
    assert_eq!(typed_at(run, worker, &echo), "exit 0\n");
    let cp = format!("docker cp index.html {id}:/usr/share/nginx/html/index.html");
    assert_eq!(typed_at(run, worker, &cp), "exit 0\n");
    let exec = format!("docker exec {id} cat /usr/share/nginx/html/index.html");
    assert!(typed_at(run, worker, &exec).contains(text));
}

#[test]
fn two_containers_take_turns() {
    let mut run = started();
    let fresh = curl(&mut run, "swarm-manager", "192.168.56.10:8081");
    assert!(fresh.contains("Welcome to nginx!"), "{fresh}");
    write_page(&mut run, "swarm-worker1", "Worker1");
    write_page(&mut run, "swarm-worker2", "Worker2");
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(curl(&mut run, "swarm-manager", "192.168.56.10:8081"));
    }
    assert!(answers[0].contains("Worker") && answers[1].contains("Worker"));
    assert_ne!(answers[0], answers[1]);
    assert_eq!(answers[..2], answers[2..]);
    // Each node has a place of its own, and every node answers.
    let other = curl(&mut run, "swarm-worker1", "http://192.168.56.12:8081/");
    assert!(other.contains("Worker"), "{other}");
    let nothing = "exit 7\n2|curl: (7) Failed to connect to 192.168.56.10 port 8082 after 0 ms: \
                   Couldn't connect to server\n";
    assert_eq!(
        curl(&mut run, "swarm-worker1", "192.168.56.10:8082"),
        nothing
    );
    let page = curl(&mut run, "swarm-worker1", "192.168.56.10:7070");
    for text in ["swarm-worker2", "web-alb.1.", "viz_swarm.1.", "running"] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[test]
fn a_dead_node_leaves_connections_hanging_until_the_others_notice() {
    let mut run = started();
    run.act(swarmlab_core::scenario::Action::Crash {
        node: "swarm-worker2".to_owned(),
    });
    // The kernel tries again after 1, 3 and 7 seconds; by then the others have noticed.
    let mut codes = String::new();
    for _ in 0..4 {
        let answer = curl(&mut run, "swarm-manager", "-m 2 192.168.56.10:8081");
        codes += answer.lines().next().unwrap_or_default();
        let _ = write!(codes, " at {}, ", run.moment().time);
    }
    expect!["exit 28 at 32.000s, exit 0 at 32.000s, exit 28 at 34.000s, exit 0 at 34.000s, "]
        .assert_eq(&codes);
    let patient = curl(&mut run, "swarm-manager", "192.168.56.10:8081");
    assert!(patient.starts_with("exit 0\n"), "{patient}");
    let silent = curl(&mut run, "swarm-manager", "-m 1.5 192.168.56.12:8081");
    expect![[r#"
        exit 28
        2|curl: (28) Connection timed out after 1500 milliseconds
    "#]]
    .assert_eq(&silent);
    let silent = curl(&mut run, "swarm-manager", "192.168.56.12:8081");
    expect![[r#"
        exit 28
        2|curl: (28) Failed to connect to 192.168.56.12 port 8081 after 133000 ms: Couldn't connect to server
        at 171.500s"#]].assert_eq(&format!("{silent}at {}", run.moment().time));
}

#[test]
fn a_container_that_is_not_ready_refuses_and_one_that_dies_leaves_no_answer() {
    let text = "
cluster: {managers: [{name: m1, address: 10.0.0.1}]}
images:
  slow: {warm_up: 3s, service_time: 2s}
until: 60s
steps:
- {at: 1s, run: docker service create -d --name slow -p 8080:80 slow}
- {at: 3s, run: curl localhost:8080}
- {at: 10s, run: curl localhost:8080}
- {at: 11s, kill: slow.1}
- {at: 30s, run: curl --max-time 1 localhost:8080}
";
    let (scenario, mut run) = simulation(text, Options::default());
    run.run_to_end();
    let store = &run.swarm().kernel.store;
    let lines = swarmlab_core::report::timeline::lines(run.records(), store, &scenario);
    let told: Vec<String> = lines
        .iter()
        .filter(|line| line.text.contains("curl"))
        .map(|line| format!("{} {}", line.at, line.text))
        .collect();
    expect![[r#"
        3.000s m1$ curl localhost:8080
        3.000s curl: (7) Failed to connect to localhost port 8080 after 0 ms: Couldn't connect to server
        10.000s m1$ curl localhost:8080
        11.200s curl: (52) Empty reply from server
        30.000s m1$ curl --max-time 1 localhost:8080
        31.000s curl: (28) Operation timed out after 1000 milliseconds with 0 bytes received"#]].assert_eq(&told.join("\n"));
}

#[test]
fn without_backends_the_port_is_closed() {
    let mut run = started();
    let scale = "docker service scale -d web-alb=0";
    assert!(typed_at(&mut run, "swarm-manager", scale).starts_with("exit 0\n"));
    run.run_until(SimTime::from_secs(60));
    let closed = curl(&mut run, "swarm-manager", "localhost:8081");
    assert!(closed.starts_with("exit 7\n"), "{closed}");
}
