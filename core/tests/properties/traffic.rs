//! Laws of traffic: requests only reach tasks of the right service, rounds are exact, sums add up,
//! nobody has the address of another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use swarmlab_core::ids::{NodeId, ServiceId, TaskId};
use swarmlab_core::kernel::What;
use swarmlab_core::model::TaskState;
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::store::Change;
use swarmlab_core::traffic::Sums;

use crate::cases;

const SERVICES: usize = 3;
const WORKERS: usize = 3;

/// What can be done while requests come.
fn step() -> impl Strategy<Value = String> {
    let worker = 1..=WORKERS;
    let service = 0..SERVICES;
    prop_oneof![
        worker
            .clone()
            .prop_map(|worker| format!("crash: worker{worker}")),
        worker
            .clone()
            .prop_map(|worker| format!("recover: worker{worker}")),
        worker
            .clone()
            .prop_map(|worker| format!("partition: worker{worker}")),
        Just("heal: network".to_owned()),
        (
            worker,
            prop_oneof![Just("drain"), Just("active"), Just("pause")]
        )
            .prop_map(|(worker, word)| format!(
                "run: docker node update --availability {word} worker{worker}"
            )),
        (service.clone(), 0..5_u32).prop_map(|(service, replicas)| format!(
            "run: docker service scale -d s{service}={replicas}"
        )),
        (service.clone(), 1..4_u32).prop_map(|(service, slot)| format!("kill: s{service}.{slot}")),
        (service.clone(), 1..3_u32).prop_map(|(service, image)| format!(
            "run: docker service update -d --image app:{image} s{service}"
        )),
        service.prop_map(|service| format!("run: docker service rm s{service}")),
    ]
}

/// How a client asks.
fn client() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(""),
        Just(", arrivals: poisson"),
        Just(", retries: 2, timeout: 1s"),
        Just(", keep_alive: 3"),
        Just(", check_every: 3s"),
        Just(", nodes: [manager1, worker2]"),
        Just(", keep_alive: 2, retries: 1, arrivals: poisson, timeout: 700ms"),
    ]
    .prop_map(str::to_owned)
}

fn image() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("{}"),
        Just("{warm_up: 2s, service_time: 100ms, capacity: 2}"),
        Just("{service_time: 3s, on_sigterm: drop}"),
        Just("{service_time: 1s, stop: 4s, ignores_sigterm: true}"),
        Just("{service_time: 200ms, capacity: 1}"),
    ]
}

/// A scenario in which every service has a client of its own.
fn scenario() -> impl Strategy<Value = String> {
    let replicas = vec(0..4_u32, SERVICES);
    let clients = vec(client(), SERVICES);
    let steps = vec((5..30_u64, step()), 0..8);
    (replicas, clients, vec(image(), 2), steps, any::<u64>()).prop_map(
        |(replicas, clients, images, steps, seed)| {
            let mut text = format!(
                "seed: {seed}\nuntil: 60s\ncluster: {{managers: 1, workers: {WORKERS}}}\nimages:\n  \
                 app:1: {}\n  app:2: {}\ntraffic:\n",
                images[0], images[1]
            );
            for (index, client) in clients.iter().enumerate() {
                let _ = writeln!(
                    text,
                    "- {{to: {}, rate: 20, from: 3s, until: 40s{client}}}",
                    8080 + index
                );
            }
            text.push_str("steps:\n");
            for (index, replicas) in replicas.iter().enumerate() {
                let mode = if index == 2 {
                    "--publish mode=host,target=80,published="
                } else {
                    "-p target=80,published="
                };
                let _ = writeln!(
                    text,
                    "- {{at: 1s, run: 'docker service create -d --name s{index} --replicas \
                     {replicas} {mode}{} app:1'}}",
                    8080 + index
                );
            }
            let mut steps = steps;
            steps.sort();
            for (at, step) in steps {
                let _ = writeln!(text, "- at: {at}s\n  {step}");
            }
            text
        },
    )
}

fn played(text: &str) -> Simulation {
    let (scenario, _) = Scenario::parse(text).unwrap_or_else(|mistakes| {
        panic!("{}", mistakes.render(text, "story", false));
    });
    let mut run = Simulation::new(&scenario, Options::default()).expect("it can be played");
    run.run_to_end();
    run
}

/// The service of every task that there ever was, and where it was.
fn tasks_of(run: &Simulation) -> BTreeMap<TaskId, (Option<ServiceId>, Option<NodeId>)> {
    let mut tasks = BTreeMap::new();
    for record in run.records() {
        if let What::Change(Change::Task(delta)) = &record.what {
            let task = delta.object();
            tasks.insert(task.id, (task.service_id, task.node_id));
        }
    }
    tasks
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn requests_reach_tasks_of_their_service_and_sums_add_up(text in scenario()) {
        let run = played(&text);
        let tasks = tasks_of(&run);
        let mut services = BTreeMap::new();
        for record in run.records() {
            if let What::Change(Change::Service(delta)) = &record.what {
                let service = delta.object();
                services.insert(service.name().to_owned(), service.id);
            }
        }
        let mut told: BTreeMap<u32, Sums> = BTreeMap::new();
        for record in run.records() {
            if let What::Traffic(interval) = &record.what {
                told.entry(interval.client).or_default().add(interval);
            }
        }
        for ((name, sums), index) in run.swarm().traffic.sums().zip(0_u32..) {
            let counts = sums.counts;
            prop_assert_eq!(counts.open(), 0, "{}: {:?}", name, counts);
            prop_assert_eq!(counts.ok + counts.failed(), counts.sent);
            prop_assert_eq!(sums.latencies.total(), counts.ok);
            prop_assert_eq!(sums.tasks.values().map(|(_, count)| count).sum::<u64>(), counts.ok);
            let entered = sums.nodes.values().sum::<u64>();
            prop_assert!(entered <= counts.sent + counts.retried);
            // The trace says the same.
            prop_assert_eq!(told.remove(&index).unwrap_or_default(), sums.clone());
            for (task, (node, _)) in &sums.tasks {
                let known = tasks.get(task).copied();
                let service = services.get(&format!("s{index}")).copied();
                prop_assert_eq!(known, Some((service, Some(*node))));
            }
        }
    }

    #[test]
    fn the_round_of_a_node_is_exact(
        replicas in 1..6_u64,
        node in 1..=WORKERS,
        rate in 1..200_u64,
        seed in any::<u64>(),
    ) {
        let text = format!(
            "seed: {seed}\nuntil: 30s\ncluster: {{managers: 1, workers: {WORKERS}}}\ntraffic:\n\
             - {{to: 'worker{node}:8080', rate: {rate}, arrivals: poisson, from: 10s, until: 25s}}\n\
             steps:\n- {{at: 1s, run: docker service create -d --name web --replicas {replicas} \
             -p 8080:80 app}}\n"
        );
        let run = played(&text);
        let (_, sums) = run.swarm().traffic.sums().next().expect("a client");
        prop_assert_eq!(sums.counts.ok, sums.counts.sent);
        let answered: Vec<u64> = sums.tasks.values().map(|(_, count)| *count).collect();
        let most = answered.iter().max().copied().unwrap_or(0);
        let least = if answered.len() as u64 == replicas {
            answered.iter().min().copied().unwrap_or(0)
        } else {
            0
        };
        prop_assert!(most - least <= 1, "{:?}", answered);
    }

    #[test]
    fn nobody_has_the_address_of_another(text in scenario()) {
        let run = played(&text);
        let store = &run.swarm().kernel.store;
        let mut addresses = BTreeSet::new();
        let mut ports = BTreeSet::new();
        let mut take = |network, address: Option<std::net::Ipv4Addr>| {
            address.is_none_or(|address| addresses.insert((network, address)))
        };
        for service in store.services() {
            for vip in service.endpoint.iter().flat_map(|endpoint| &endpoint.virtual_ips) {
                prop_assert!(take(vip.network, vip.address.map(|cidr| cidr.address)));
            }
            for port in service.endpoint.iter().flat_map(|endpoint| &endpoint.ports) {
                prop_assert!(ports.insert((port.protocol, port.published_port)));
            }
        }
        let tasks = store.tasks().filter(|task| task.status.state <= TaskState::Running);
        let attachments = tasks
            .flat_map(|task| &task.networks)
            .chain(store.nodes().flat_map(|node| &node.attachments));
        for attachment in attachments {
            let address = attachment.address.map(|cidr| cidr.address);
            prop_assert!(take(attachment.network.id, address), "{:?}", address);
        }
    }
}

#[test]
fn what_is_freed_comes_back() {
    let mut text = "until: 400s\ncluster: {managers: 1, workers: 2}\nsteps:\n".to_owned();
    // A small network and one port, taken and given back again and again.
    text.push_str("- {at: 1s, run: docker network create -d overlay --subnet 10.9.0.0/28 small}\n");
    for round in 0..12 {
        let at = 5 + round * 30;
        let _ = writeln!(
            text,
            "- {{at: {at}s, run: docker service create -d --name s{round} --replicas 4 --network \
             small -p 9000:80 app}}\n- {{at: {}s, run: docker service rm s{round}}}",
            at + 20
        );
    }
    let (scenario, _) = Scenario::parse(&text).expect("a scenario");
    let mut run = Simulation::new(&scenario, Options::default()).expect("it can be played");
    for round in 0..12 {
        run.run_until(swarmlab_core::time::SimTime::from_secs(24 + round * 30));
        let store = &run.swarm().kernel.store;
        let service = store
            .service_by_name(&format!("s{round}"))
            .expect("a service");
        let running = store
            .tasks_of_service(service.id)
            .filter(|task| task.status.state == TaskState::Running);
        assert_eq!(running.count(), 4, "round {round}");
    }
}
