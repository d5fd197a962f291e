//! Random services.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::node::{CPU_STEP_NANO, MEMORY_STEP_BYTES, platform};
use crate::model::{
    ContainerSpec, Driver, EndpointSpec, GenericRequest, Mount, MountType, Placement, Platform,
    PortConfig, PortProtocol, PublishMode, ResourceAmounts, ResourceRequirements, ServiceMode,
    ServiceSpec, TaskSpec,
};

/// Constraints over everything that nodes are given here, some in unusual case, one over a key
/// that does not exist.
const CONSTRAINTS: [&str; 11] = [
    "node.labels.zone==a",
    "node.labels.zone!=b",
    "node.labels.zone == C",
    "node.labels.disk==ssd",
    "NODE.LABELS.rack!=r1",
    "engine.labels.kind==new",
    "node.role==worker",
    "node.hostname!=h3",
    "node.platform.os==linux",
    "node.ip!=10.0.0.0/30",
    "node.colour==red",
];
/// Spread descriptors; the last is one that the scheduler passes over.
const PREFERENCES: [&str; 5] = [
    "node.labels.zone",
    "node.labels.rack",
    "engine.labels.kind",
    "Node.Labels.disk",
    "node.hostname",
];
const HOST_PORTS: [(PortProtocol, u32); 3] = [
    (PortProtocol::Tcp, 80),
    (PortProtocol::Udp, 80),
    (PortProtocol::Tcp, 443),
];

/// A replicated service that asks for a few things of many. Its name is set when it is created.
pub fn service() -> impl Strategy<Value = ServiceSpec> {
    with_odds(0.25)
}

/// The same, asking for more at once: good at not being placeable.
pub fn demanding_service() -> impl Strategy<Value = ServiceSpec> {
    with_odds(0.7)
}

/// Each kind of demand is made with these odds.
fn with_odds(odds: f64) -> impl Strategy<Value = ServiceSpec> {
    let placement = (
        sometimes(odds, subsequence(&CONSTRAINTS[..], 1..=2)),
        sometimes(odds, subsequence(&PREFERENCES[..], 1..=3).prop_shuffle()),
        sometimes(odds, prop::collection::vec(wanted_platform(), 1..=2)),
        prop::option::weighted(odds, 1..=3_u64),
    );
    let placement = placement.prop_map(|(constraints, preferences, platforms, most)| Placement {
        constraints: constraints.into_iter().map(str::to_owned).collect(),
        preferences: preferences.into_iter().map(str::to_owned).collect(),
        platforms,
        max_replicas: most.unwrap_or(0),
    });
    let ports = sometimes(odds / 2.0, subsequence(&HOST_PORTS[..], 1..=2));
    let plugins = prop::option::weighted(odds / 2.0, plugin_user());
    let demands = (placement, reservations(odds), ports, plugins);
    (0..=6_u64, demands).prop_map(|(replicas, (placement, reservations, ports, plugins))| {
        let (container, log_driver) = plugins.unwrap_or_default();
        let task = TaskSpec {
            container,
            log_driver,
            placement,
            resources: ResourceRequirements {
                reservations,
                ..ResourceRequirements::default()
            },
            ..TaskSpec::default()
        };
        ServiceSpec {
            task: Arc::new(task),
            mode: ServiceMode::Replicated { replicas },
            endpoint: (!ports.is_empty()).then(|| Arc::new(host_ports(&ports))),
            ..ServiceSpec::default()
        }
    })
}

/// A list that is empty unless the odds will have it.
fn sometimes<T: Clone + std::fmt::Debug>(
    odds: f64,
    list: impl Strategy<Value = Vec<T>>,
) -> impl Strategy<Value = Vec<T>> {
    prop::option::weighted(odds, list).prop_map(Option::unwrap_or_default)
}

fn wanted_platform() -> impl Strategy<Value = Platform> {
    let any_architecture = Just(Platform {
        architecture: String::new(),
        os: "linux".to_owned(),
    });
    prop_oneof![1 => any_architecture, 3 => platform()]
}

fn reservations(odds: f64) -> impl Strategy<Value = ResourceAmounts> {
    let amount = move || prop::option::weighted(odds, 1..=3_i64);
    (amount(), amount(), amount(), amount()).prop_map(|(cores, memory, ssds, gpus)| {
        let request = |kind: &str, amount: Option<i64>| {
            let kind = kind.to_owned();
            amount.map(|value| GenericRequest { kind, value })
        };
        ResourceAmounts {
            cpu_nano: cores.unwrap_or(0) * CPU_STEP_NANO,
            memory_bytes: memory.unwrap_or(0) * MEMORY_STEP_BYTES,
            generic: [request("ssd", ssds), request("gpu", gpus)]
                .into_iter()
                .flatten()
                .collect(),
        }
    })
}

/// A container with a volume of some driver, or a log driver.
fn plugin_user() -> impl Strategy<Value = (ContainerSpec, Option<Arc<Driver>>)> {
    let volume = select(vec!["nfs", "rexray", "local", "ghost"]).prop_map(|driver| {
        let mount = Mount {
            kind: MountType::Volume,
            volume_driver: driver.to_owned(),
            ..Mount::default()
        };
        let container = ContainerSpec {
            mounts: vec![mount],
            ..ContainerSpec::default()
        };
        (container, None)
    });
    let log = select(vec!["splunk", "json-file", "none", "ghost"]).prop_map(|name| {
        let driver = Driver {
            name: name.to_owned(),
            ..Driver::default()
        };
        (ContainerSpec::default(), Some(Arc::new(driver)))
    });
    prop_oneof![volume, log]
}

fn host_ports(ports: &[(PortProtocol, u32)]) -> EndpointSpec {
    let ports = ports.iter().map(|&(protocol, port)| PortConfig {
        protocol,
        target_port: port,
        published_port: port,
        publish_mode: PublishMode::Host,
    });
    EndpointSpec {
        ports: ports.collect(),
        ..EndpointSpec::default()
    }
}
