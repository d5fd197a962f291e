//! Lines of `docker network`, and services on networks.

use std::fmt::Write as _;

use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::SimTime;

use crate::commands::{typed, typed_at};
use crate::simulation;

const SCENARIO: &str = "
cluster: {managers: 1, workers: 2}
until: 300s
";

fn started() -> Simulation {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    run.run_until(SimTime::from_secs(1));
    run
}

#[test]
fn networks_are_made_listed_and_removed() {
    let mut run = started();
    let mut all = String::new();
    for line in [
        "docker network create -d overlay --attachable --label a=b mynet",
        "docker network create -d overlay mynet",
        "docker network create -d overlay 'my net'",
        "docker network create --ingress -d overlay ing2",
        "docker network create mine",
        "docker network create -d overlay --subnet 10.5.0.1/16 net2",
        "docker network create -d overlay --scope swarm host",
        "docker network ls --format '{{.Name}} {{.Driver}} {{.Scope}} {{.IPv4}} {{.Labels}}'",
        "docker network ls -q --no-trunc --filter name=mynet",
        "docker network ls --filter type=builtin --format '{{.Name}}'",
        "docker network ls --filter typ=builtin",
        "docker service create -d --name web --network mynet --network host nginx",
        "docker service create -d --name bad --network nope nginx",
        "docker service create -d --name bad --network ingress nginx",
        "docker service update -d --network-add mynet web",
        "docker network rm mynet nope",
        "docker network rm bridge host",
        "docker service update -d --network-rm mynet web",
        "docker service inspect --format '{{json .Spec.TaskTemplate.Networks}}' web",
        "docker service rm web",
        "docker network rm --force mynet nope",
        "docker network ls --filter scope=swarm --format '{{.Name}}'",
    ] {
        let _ = write!(all, "$ {line}\n{}", typed(&mut run, line));
    }
    for line in [
        "docker network create -d overlay wn",
        "docker network ls --format '{{.Name}}'",
        "docker network inspect mynet",
    ] {
        let told = typed_at(&mut run, "worker1", line);
        let _ = write!(all, "worker1$ {line}\n{told}");
    }
    expect_test::expect_file!["../data/networks.txt"].assert_eq(&all);
}
