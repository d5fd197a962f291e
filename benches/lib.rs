//! Workloads shared by the benches: the very ones on which the real scheduler was measured.
//!
//! Each bench asserts what came out, so that a fast wrong answer fails.

use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use swarmlab_core::ids::{NodeId, ServiceId, TaskId};
use swarmlab_core::kernel::{Components, Settings, World as _};
use swarmlab_core::model::{
    Annotations, Certificate, Engine, Meta, Network, NetworkAttachment, NetworkSpec, Node,
    NodeDescription, NodeRole, NodeSpec, NodeState, NodeStatus, Placement, Plugin, ResourceAmounts,
    ResourceRequirements, Resources, Service, ServiceMode, ServiceSpec, Task, TaskSpec, TaskState,
    TaskStatus, Text, Version,
};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::swarm::Swarm;
use swarmlab_core::time::{SECOND, SimTime};

/// The allocator of the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Settings that measure the model alone: nothing is recorded, only hashed.
pub fn settings(components: Components) -> Settings {
    Settings {
        components,
        keep_records: false,
        ..Settings::default()
    }
}

/// A READY and ACTIVE node.
fn node(description: NodeDescription, labels: &[(&str, String)]) -> Node {
    let labels = labels
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    let annotations = Annotations {
        name: String::new(),
        labels,
    };
    Node {
        certificate: Certificate::default(),
        id: NodeId(0),
        meta: Meta::default(),
        spec: NodeSpec {
            annotations,
            ..NodeSpec::default()
        },
        description: Some(Arc::new(description)),
        status: NodeStatus {
            state: NodeState::Ready,
            ..NodeStatus::default()
        },
        role: NodeRole::Worker,
        attachments: Vec::new(),
    }
}

/// The nodes of the real scheduler's own benchmarks: without resources, every third with a network
/// plugin.
fn benchmark_node(index: usize) -> Node {
    let plugins = if index.is_multiple_of(3) {
        vec![Plugin {
            kind: "Network".to_owned(),
            name: "network".to_owned(),
        }]
    } else {
        Vec::new()
    };
    let engine = Some(Engine {
        plugins,
        ..Engine::default()
    });
    let hostname = format!("name{index}");
    node(
        NodeDescription {
            hostname,
            engine,
            ..NodeDescription::default()
        },
        &[],
    )
}

/// A node with 64 CPUs, 256 GiB and one of ten zones.
fn zoned_node(index: usize) -> Node {
    let resources = Resources {
        cpu_nano: 64_000_000_000,
        memory_bytes: 256 << 30,
        ..Resources::default()
    };
    let description = NodeDescription {
        hostname: format!("node{index}"),
        resources: Some(resources),
        engine: Some(Engine::default()),
        ..NodeDescription::default()
    };
    node(description, &[("zone", format!("z{}", index % 10))])
}

/// The task spec of the variants `plain` and `spread`.
fn spec(spread: bool) -> Arc<TaskSpec> {
    if !spread {
        return Arc::default();
    }
    let reservations = ResourceAmounts {
        cpu_nano: 10_000_000,
        memory_bytes: 1 << 20,
        ..ResourceAmounts::default()
    };
    let preferences = vec!["node.labels.zone".to_owned()];
    Arc::new(TaskSpec {
        resources: ResourceRequirements {
            reservations,
            ..ResourceRequirements::default()
        },
        placement: Placement {
            preferences,
            ..Placement::default()
        },
        ..TaskSpec::default()
    })
}

fn pending_status() -> TaskStatus {
    TaskStatus {
        state: TaskState::Pending,
        ..TaskStatus::default()
    }
}

/// Tasks without service and spec version, which are placed one by one; with `constrained`, each
/// is attached to a network that only every third node can serve.
pub fn ungrouped(nodes: usize, tasks: usize, constrained: bool) -> Swarm {
    let mut swarm = Swarm::new(settings(Components::SCHEDULER));
    let network = Arc::new(Network {
        driver_state_name: "network".to_owned(),
        ..Network::new(NetworkSpec::default())
    });
    write(&mut swarm, |tx| {
        for index in 0..nodes {
            tx.create_node(benchmark_node(index));
        }
        for _ in 0..tasks {
            // A spec of its own for each, as in the original.
            let mut task = Task::new(TaskId(0), Arc::default());
            task.status = pending_status();
            if constrained {
                task.networks
                    .push(NetworkAttachment::new(Arc::clone(&network)));
            }
            tx.create_task(task);
        }
    });
    swarm
}

/// Tasks of one service, which are placed as one group.
pub fn one_service(nodes: usize, tasks: usize, spread: bool) -> Swarm {
    let mut swarm = Swarm::new(settings(Components::SCHEDULER));
    let spec = spec(spread);
    write(&mut swarm, |tx| {
        for index in 0..nodes {
            tx.create_node(zoned_node(index));
        }
        let mut service = service(&spec, tasks);
        service.spec_version = Version { index: 1 };
        tx.create_service(service);
        for slot in 1..=tasks {
            let mut task = Task::new(TaskId(0), Arc::clone(&spec));
            task.service_id = Some(ServiceId(0));
            task.spec_version = Some(Version { index: 1 });
            task.slot = slot as u64;
            task.status = pending_status();
            tx.create_task(task);
        }
    });
    swarm
}

/// A cluster that waits for [`create_service`]: store, allocator, orchestrator and scheduler.
pub fn waiting_cluster(nodes: usize) -> Swarm {
    let components = Components {
        agents: false,
        ..Components::ALL
    };
    let mut swarm = Swarm::new(settings(components));
    write(&mut swarm, |tx| {
        for index in 0..nodes {
            tx.create_node(zoned_node(index));
        }
    });
    assert!(swarm.run_until_idle(SimTime::MAX));
    swarm
}

/// Creates a service with so many replicas.
pub fn create_service(swarm: &mut Swarm, replicas: usize, spread: bool) {
    let spec = spec(spread);
    write(swarm, |tx| {
        tx.create_service(service(&spec, replicas));
    });
}

fn service(task: &Arc<TaskSpec>, replicas: usize) -> Service {
    let spec = ServiceSpec {
        annotations: Annotations {
            name: "bench".to_owned(),
            ..Annotations::default()
        },
        task: Arc::clone(task),
        mode: ServiceMode::Replicated {
            replicas: replicas as u64,
        },
        ..ServiceSpec::default()
    };
    Service::new(spec)
}

fn write(swarm: &mut Swarm, write: impl FnOnce(&mut swarmlab_core::store::Transaction<'_>)) {
    let now = swarm.now();
    let done = swarm.kernel.store.update(now, |tx| {
        write(tx);
        Ok::<_, ()>(())
    });
    assert_eq!(done, Ok(()));
}

/// Measures how long it takes until the scheduler has nothing left to do, and checks afterwards
/// that every task has a node and that no node has fewer or more than the range says.
pub fn time_placement(
    bencher: &mut criterion::Bencher<'_>,
    prepare: impl Fn() -> Swarm,
    begin: impl Fn(&mut Swarm),
    tasks_per_node: RangeInclusive<usize>,
) {
    bencher.iter_custom(|iterations| {
        let mut total = Duration::ZERO;
        for _ in 0..iterations {
            let mut swarm = prepare();
            let start = Instant::now();
            begin(&mut swarm);
            let limit = swarm.now() + SECOND;
            let is_done = swarm.run_until_idle(limit);
            total += start.elapsed();
            assert!(is_done);
            let store = &swarm.kernel.store;
            let is_placed = |task: &Task| {
                task.status.state == TaskState::Assigned && task.status.err == Text::EMPTY
            };
            assert!(store.tasks().all(|task| is_placed(task)));
            let counts = store
                .nodes()
                .map(|node| store.tasks_of_node(node.id).count());
            let (least, most) = counts.fold((usize::MAX, 0), |(least, most), count| {
                (least.min(count), most.max(count))
            });
            assert_eq!(least..=most, tasks_per_node);
        }
        total
    });
}

/// A scenario in which services of so many replicas are created one after the other; half of them
/// are scaled up and down again, and two nodes are drained and return.
pub fn busy_scenario(nodes: usize, services: usize, replicas: usize) -> String {
    let mut text =
        format!("cluster:\n  managers: [{{availability: drain}}]\n  workers: {nodes}\nsteps:\n");
    let mut step = |at_ms: usize, line: &str| {
        let _ = writeln!(text, "- {{at: {at_ms}ms, run: {line}}}");
    };
    for index in 0..services {
        let at_ms = 1_000 + index * 300;
        step(
            at_ms,
            &format!("docker service create -d --name s{index} --replicas {replicas} app"),
        );
        if index % 2 == 0 {
            step(
                at_ms + 20_000,
                &format!("docker service scale -d s{index}={}", replicas * 2),
            );
            step(
                at_ms + 40_000,
                &format!("docker service scale -d s{index}={replicas}"),
            );
        }
    }
    for node in ["worker1", "worker2"] {
        step(
            70_000,
            &format!("docker node update --availability drain {node}"),
        );
        step(
            80_000,
            &format!("docker node update --availability active {node}"),
        );
    }
    text
}

/// Twenty steps on a small cluster.
pub fn small_scenario() -> String {
    busy_scenario(3, 8, 3)
}

/// A simulation at its beginning.
pub fn simulation(text: &str) -> Simulation {
    let (scenario, _) = Scenario::parse(text).expect("the workload is a right scenario");
    Simulation::new(&scenario, Options::default()).expect("the workload can be simulated")
}
