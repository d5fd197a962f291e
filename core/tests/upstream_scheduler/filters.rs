//! `scheduler_test.go`: what the filters let through, and the texts of those that wait.

use std::sync::Arc;

use swarmlab_core::ids::{NodeId, ServiceId, TaskId};
use swarmlab_core::model::{
    Driver, Endpoint, GenericResource, Mount, MountType, Network, NetworkAttachment, NetworkSpec,
    Node, NodeDescription, NodeState, Platform, PortConfig, PortProtocol, PublishMode, Task,
    TaskState,
};

use super::support::{
    Cluster, discrete, labels, named, node, node_in_state, on, pending_of, request, service,
    set_description, set_plugins, set_resources, with_spec,
};

const SERVICE: ServiceId = ServiceId(0);

fn with_resources(mut node: Node, memory: i64, generic: Vec<GenericResource>) -> Node {
    set_resources(&mut node, memory, generic);
    node
}

fn reserving(memory: i64, generic: &[(&str, i64)]) -> Task {
    with_spec(pending_of(SERVICE, None), |spec| {
        let reservations = &mut spec.resources.reservations;
        reservations.memory_bytes = memory;
        reservations.generic = generic.iter().map(|&(kind, n)| request(kind, n)).collect();
    })
}

#[test]
fn test_scheduler_resource_constraint() {
    let plenty = || {
        let oranges = ["blue", "red", "green"].map(|value| named("orange", value));
        let mut generic = Vec::from(oranges);
        generic.push(discrete("apple", 4));
        generic
    };
    let mut cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        let little = vec![named("orange", "blue"), discrete("apple", 1)];
        tx.create_node(with_resources(node(), 1_000_000_000, little));
        for _ in 0..2 {
            let unknown = node_in_state(NodeState::Unknown);
            tx.create_node(with_resources(unknown, 8_000_000_000, plenty()));
        }
        tx.create_task(reserving(2_000_000_000, &[("orange", 2), ("apple", 2)]));
    });
    assert_eq!(
        cluster.err(TaskId(0)),
        "no suitable node (2 nodes not available for new tasks; insufficient resources on 1 node)"
    );
    let big = cluster.write(|tx| tx.create_node(with_resources(node(), 8_000_000_000, plenty())));
    assert_eq!(cluster.node_of(TaskId(0)), big);
}

#[test]
fn test_scheduler_resource_constraint_ha() {
    let cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        for (memory, apples, running) in [(1_000_000_000, 2, 1), (100_000_000_000, 5, 3)] {
            let generic = vec![discrete("apple", apples)];
            let node = tx.create_node(with_resources(node(), memory, generic));
            for _ in 0..running {
                let task = reserving(500_000_000, &[("apple", 1)]);
                tx.create_task(on(task, node, TaskState::Running));
            }
        }
        for _ in 0..2 {
            tx.create_task(reserving(500_000_000, &[("apple", 1)]));
        }
    });
    assert_eq!(cluster.sorted_counts(SERVICE), [2, 4]);
}

#[test]
fn test_scheduler_resource_constraint_dead_task() {
    let task = || reserving(800_000_000, &[("apple", 3)]);
    let mut cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        tx.create_node(with_resources(
            node(),
            1_000_000_000,
            vec![discrete("apple", 4)],
        ));
        tx.create_task(task());
    });
    assert_eq!(cluster.node_of(TaskId(0)), NodeId(0));
    let second = cluster.write(|tx| tx.create_task(task()));
    assert_eq!(
        cluster.err(second),
        "no suitable node (insufficient resources on 1 node)"
    );
    cluster.write(|tx| {
        tx.update_task(TaskId(0), |task| task.status.state = TaskState::Shutdown);
    });
    assert_eq!(cluster.node_of(second), NodeId(0));
}

#[test]
fn test_scheduler_preexisting_dead_task() {
    let task = || reserving(800_000_000, &[("apple", 1)]);
    let mut cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        let id = tx.create_node(with_resources(
            node(),
            1_000_000_000,
            vec![discrete("apple", 1)],
        ));
        tx.create_task(on(task(), id, TaskState::Shutdown));
    });
    let bound = cluster.write(|tx| tx.create_task(on(task(), NodeId(0), TaskState::Pending)));
    assert_eq!(cluster.node_of(bound), NodeId(0));
}

fn platform(os: &str, architecture: &str) -> Platform {
    let (os, architecture) = (os.to_owned(), architecture.to_owned());
    Platform { architecture, os }
}

#[test]
fn test_scheduler_compatible_platform() {
    let described = |platform| {
        let mut node = node();
        let description = NodeDescription {
            platform,
            ..NodeDescription::default()
        };
        set_description(&mut node, description);
        node
    };
    let mut cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        tx.create_node(described(Some(platform("linux", "x86_64"))));
        tx.create_node(described(Some(platform("windows", "amd64"))));
        tx.create_node(described(None));
    });
    let mut add = |platforms: &[(&str, &str)]| {
        let id = cluster.write(|tx| {
            tx.create_task(with_spec(pending_of(SERVICE, None), |spec| {
                let platforms = platforms.iter();
                spec.placement.platforms = platforms
                    .map(|&(os, architecture)| platform(os, architecture))
                    .collect();
            }))
        });
        cluster
            .task(id)
            .node_id
            .ok_or(cluster.task(id).status.err.to_string())
    };
    let [node1, node2, node3] = [0, 1, 2].map(|id| Ok(NodeId(id)));
    assert_eq!(add(&[("linux", "amd64")]), node1);
    let none = "no suitable node (unsupported platform on 3 nodes)";
    assert_eq!(add(&[("linux", "arm")]), Err(none.to_owned()));
    let anywhere = add(&[]);
    assert!(anywhere == node2 || anywhere == node3, "the emptiest");
    assert_eq!(add(&[("linux", "")]), node1);
    let either = add(&[("linux", "amd64"), ("windows", "x86_64")]);
    assert!(either == node1 || either == node2);
}

/// What a task needs of the engine.
#[derive(Default)]
struct Needs<'n> {
    volumes: &'n [&'n str],
    network: Option<&'n str>,
    log: Option<(&'n str, &'n [(&'n str, &'n str)])>,
    bind: bool,
}

fn needing(needs: &Needs<'_>) -> Task {
    let mut task = with_spec(pending_of(SERVICE, None), |spec| {
        let volumes = needs.volumes.iter().map(|driver| Mount {
            kind: MountType::Volume,
            source: "data".to_owned(),
            target: format!("/{driver}"),
            volume_driver: (*driver).to_owned(),
            ..Mount::default()
        });
        spec.container.mounts = volumes.collect();
        if needs.bind {
            spec.container.mounts.push(Mount {
                source: "/srv".to_owned(),
                target: "/srv".to_owned(),
                ..Mount::default()
            });
        }
        spec.log_driver = needs.log.map(|(name, options)| {
            let (name, options) = (name.to_owned(), labels(options));
            Arc::new(Driver { name, options })
        });
    });
    let networks = needs.network.into_iter().map(|driver| {
        NetworkAttachment::new(Arc::new(Network {
            driver_state_name: driver.to_owned(),
            ..Network::new(NetworkSpec::default())
        }))
    });
    task.networks = networks.collect();
    task
}

#[test]
fn test_scheduler_plugin_constraint() {
    let with_plugins = |plugins: &[(&str, &str)]| {
        let mut node = node();
        set_plugins(&mut node, plugins);
        node
    };
    let n1 = [("Volume", "plugin1"), ("Log", "default")];
    let n2 = [
        ("Volume", "plugin1"),
        ("Volume", "plugin2"),
        ("Log", "default"),
    ];
    let n3 = [
        ("Volume", "plugin1"),
        ("Network", "plugin1"),
        ("Log", "default"),
    ];
    let n4 = [("Log", "plugin1")];
    let mut cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        tx.create_node(with_plugins(&n1));
    });
    let add = |cluster: &mut Cluster, needs: Needs<'_>| {
        cluster.write(|tx| tx.create_task(needing(&needs)))
    };
    let volume = Needs {
        volumes: &["plugin1"],
        ..Needs::default()
    };
    let id = add(&mut cluster, volume);
    assert_eq!(cluster.node_of(id), NodeId(0));
    let bind = Needs {
        bind: true,
        ..Needs::default()
    };
    let id = add(&mut cluster, bind);
    assert_eq!(cluster.node_of(id), NodeId(0));

    let both = Needs {
        volumes: &["plugin1", "plugin2"],
        ..Needs::default()
    };
    let id = add(&mut cluster, both);
    let missing_on = |nodes: &str| format!("no suitable node (missing plugin on {nodes})");
    assert_eq!(cluster.err(id), missing_on("1 node"));
    let second = cluster.write(|tx| tx.create_node(with_plugins(&n2)));
    assert_eq!(cluster.node_of(id), second);

    let network = Needs {
        volumes: &["plugin1"],
        network: Some("plugin1"),
        ..Needs::default()
    };
    let id = add(&mut cluster, network);
    assert_eq!(cluster.err(id), missing_on("2 nodes"));
    let third = cluster.write(|tx| tx.create_node(with_plugins(&n3)));
    assert_eq!(cluster.node_of(id), third);

    let log = |name, options| Needs {
        log: Some((name, options)),
        ..Needs::default()
    };
    let id = add(&mut cluster, log("plugin1", &[]));
    assert_eq!(cluster.err(id), missing_on("3 nodes"));
    let fourth = cluster.write(|tx| tx.create_node(with_plugins(&n4)));
    assert_eq!(cluster.node_of(id), fourth);
    let id = add(&mut cluster, log("plugin1", &[]));
    assert_eq!(cluster.node_of(id), fourth);
    for needs in [log("none", &[]), log("", &[("max-size", "50k")])] {
        let id = add(&mut cluster, needs);
        cluster.node_of(id);
    }
}

fn publishing(ports: &[PortProtocol]) -> Task {
    let ports = ports.iter().map(|&protocol| PortConfig {
        protocol,
        target_port: 58,
        published_port: 58,
        publish_mode: PublishMode::Host,
    });
    let endpoint = Endpoint {
        ports: ports.collect(),
        ..Endpoint::default()
    };
    let mut task = pending_of(SERVICE, None);
    task.endpoint = Some(Arc::new(endpoint));
    task
}

#[test]
fn test_scheduler_host_port() {
    let mut cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        tx.create_task(publishing(&[PortProtocol::Tcp]));
        tx.create_task(publishing(&[PortProtocol::Udp]));
    });
    for id in [0, 1] {
        assert_eq!(cluster.err(TaskId(id)), "no suitable node");
    }
    cluster.write(|tx| {
        tx.create_node(node());
        tx.create_node(node());
    });
    assert_ne!(cluster.node_of(TaskId(0)), cluster.node_of(TaskId(1)));
    let both = [PortProtocol::Udp, PortProtocol::Tcp];
    let id = cluster.write(|tx| tx.create_task(publishing(&both)));
    assert_eq!(
        cluster.err(id),
        "no suitable node (host-mode port already in use on 2 nodes)"
    );
}

#[test]
fn test_scheduler_max_replicas() {
    let limited = |max, constraints: &[&str]| {
        with_spec(pending_of(SERVICE, None), |spec| {
            spec.placement.max_replicas = max;
            let constraints = constraints.iter();
            spec.placement.constraints = constraints.map(|&text| text.to_owned()).collect();
        })
    };
    let mut cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        tx.create_task(limited(1, &[]));
        tx.create_task(limited(1, &[]));
    });
    for id in [0, 1] {
        assert_eq!(cluster.err(TaskId(id)), "no suitable node");
    }
    cluster.write(|tx| {
        tx.create_node(node());
        tx.create_node(node());
    });
    assert_ne!(cluster.node_of(TaskId(0)), cluster.node_of(TaskId(1)));
    let third = cluster.write(|tx| tx.create_task(limited(1, &[])));
    assert_eq!(
        cluster.err(third),
        "no suitable node (max replicas per node limit exceed)"
    );
    let new = cluster.write(|tx| tx.create_node(node()));
    assert_eq!(cluster.node_of(third), new);
    let nowhere = cluster.write(|tx| tx.create_task(limited(3, &["node.hostname==node1"])));
    assert_eq!(
        cluster.err(nowhere),
        "no suitable node (scheduling constraints not satisfied on 3 nodes)"
    );
}
