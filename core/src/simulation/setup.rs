//! From a scenario to a stage: the cluster as it is before anything happens.

use std::sync::Arc;

use super::machines::Machines;
use super::{Options, Stage};
use crate::agent::{Timing, familiar};
use crate::collections::{BTreeMap, BTreeSet, Order as _};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::docker::run::{create_existing, is_shell_line};
use crate::docker::words;
use crate::ids::NodeId;
use crate::kernel::{Choices, Components, Settings};
use crate::model::{
    Annotations, Engine, Meta, Network, NetworkSpec, Node, NodeDescription, NodeRole, NodeSpec,
    NodeState, NodeStatus, OVERLAY, PREDEFINED_LABEL, Plugin, Resources,
};
use crate::scenario::{Action, Duration, NodeSetup, Scenario};
use crate::store::Transaction;
use crate::swarm::Swarm;

/// The version of the engines.
const ENGINE_VERSION: &str = "28.2.2";

/// What every engine has built in (`moby daemon/cluster/executor/container/executor.go`).
pub(crate) const BUILT_IN: [(&str, &[&str]); 3] = [
    (
        "Log",
        &[
            "awslogs",
            "fluentd",
            "gcplogs",
            "gelf",
            "journald",
            "json-file",
            "local",
            "splunk",
            "syslog",
        ],
    ),
    (
        "Network",
        &["bridge", "host", "ipvlan", "macvlan", "null", "overlay"],
    ),
    ("Volume", &["local"]),
];

/// Sets the stage, or says what in the scenario cannot be simulated.
pub(super) fn stage(
    scenario: &Scenario,
    options: Options,
    choices: Option<Arc<Choices>>,
) -> Result<Stage, Diagnostics> {
    let problems = problems(scenario);
    if problems.has_errors() {
        return Err(problems);
    }
    let settings = Settings {
        seed: options.seed.unwrap_or(scenario.seed),
        ties: options.ties.unwrap_or(scenario.ties),
        components: Components::ALL,
        timing: timing(scenario),
        images: scenario
            .images
            .iter()
            .map(|(name, image)| (familiar(name), image.clone()))
            .collect(),
        choices,
        paths: paths(scenario),
        keep_records: !options.forget_past || options.hand_over_records,
    };
    let mut swarm = Swarm::new(settings);
    if let Some(latency) = scenario.timing.network_latency {
        swarm.kernel.network = crate::network::Network::new(latency.0);
    }
    for (name, content) in &scenario.files {
        swarm.kernel.client.give(name, content.as_str());
    }
    for (name, value) in &scenario.environment {
        swarm.kernel.client.set_variable(name, value);
    }
    let now = swarm.kernel.now;
    let Ok(nodes) = swarm.kernel.store.update(now, |tx| {
        tx.update_cluster(|cluster| {
            if let Some(limit) = scenario.task_history_limit {
                cluster.spec.orchestration.task_history_retention_limit = limit;
            }
            if let Some(period) = scenario.timing.heartbeat_period {
                cluster.spec.dispatcher.heartbeat_period_ns =
                    i64::try_from(period.0).unwrap_or(i64::MAX);
            }
        });
        let joined: Vec<&NodeSetup> = scenario.nodes.iter().filter(|one| one.joined).collect();
        if !joined.is_empty() {
            create_networks(tx);
        }
        let nodes = joined.iter().map(|&setup| tx.create_node(node(setup)));
        Ok::<Vec<NodeId>, std::convert::Infallible>(nodes.collect())
    });
    swarm.settle();
    let is_manager = |node: &&NodeId| {
        let node = swarm.kernel.store.node(**node);
        node.is_some_and(|node| node.role == NodeRole::Manager)
    };
    let managers: Vec<NodeId> = nodes.iter().filter(is_manager).copied().collect();
    swarm.found_managers(&managers);
    create_existing(&mut swarm.kernel, &scenario.existing)?;
    swarm.settle();
    let machines = Machines::new(&scenario.nodes, nodes);
    Ok(Stage::new(swarm, machines, scenario))
}

/// The networks that every swarm has from the beginning.
pub(super) fn create_networks(tx: &mut Transaction<'_>) {
    tx.create_network(ingress());
    for name in ["bridge", "host"] {
        tx.create_network(predefined(name));
    }
}

/// The paths that some machines have and others do not.
fn paths(scenario: &Scenario) -> BTreeMap<String, BTreeSet<String>> {
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for setup in &scenario.nodes {
        for path in &setup.paths {
            paths
                .entry(path.clone())
                .or_default()
                .insert(setup.name.clone());
        }
    }
    paths
}

/// The network of the routing mesh.
fn ingress() -> Network {
    Network::new(NetworkSpec {
        annotations: Annotations {
            name: "ingress".to_owned(),
            ..Annotations::default()
        },
        driver_name: OVERLAY.to_owned(),
        ingress: true,
        ..NetworkSpec::default()
    })
}

/// A network that every node has, and of which the swarm knows for the sake of services that name
/// it (moby `daemon/libnetwork/cnmallocator/drivers_network_linux.go`).
fn predefined(name: &str) -> Network {
    let label = (PREDEFINED_LABEL.to_owned(), "true".to_owned());
    Network::new(NetworkSpec {
        annotations: Annotations {
            name: name.to_owned(),
            labels: [label].into(),
        },
        driver_name: name.to_owned(),
        ..NetworkSpec::default()
    })
}

/// What a machine says about itself.
pub(super) fn description(setup: &NodeSetup) -> NodeDescription {
    let built_in = BUILT_IN.iter().flat_map(|&(kind, names)| {
        names.iter().map(move |&name| Plugin {
            kind: kind.to_owned(),
            name: name.to_owned(),
        })
    });
    let mut plugins: Vec<Plugin> = built_in.chain(setup.plugins.iter().cloned()).collect();
    plugins.order_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
    plugins.dedup();
    NodeDescription {
        hostname: setup.name.clone(),
        platform: Some(setup.platform.clone()),
        resources: Some(Resources {
            cpu_nano: setup.cpu_nano,
            memory_bytes: setup.memory_bytes,
            generic: setup.generic.clone(),
        }),
        engine: Some(Engine {
            engine_version: ENGINE_VERSION.to_owned(),
            labels: setup.engine_labels.clone(),
            plugins,
        }),
        ..NodeDescription::default()
    }
}

/// The node that a machine is in the swarm.
pub(super) fn node(setup: &NodeSetup) -> Node {
    Node {
        id: NodeId(0),
        meta: Meta::default(),
        spec: NodeSpec {
            annotations: Annotations {
                name: String::new(),
                labels: setup.labels.clone(),
            },
            desired_role: setup.role,
            availability: setup.availability,
        },
        description: Some(Arc::new(description(setup))),
        status: NodeStatus {
            state: NodeState::Ready,
            addr: setup.address.clone(),
            ..NodeStatus::default()
        },
        role: setup.role,
        attachments: Vec::new(),
        certificate: crate::model::Certificate::default(),
    }
}

fn timing(scenario: &Scenario) -> Timing {
    let default = Timing::default();
    let set = &scenario.timing;
    let or = |set: Option<Duration>, default_ns| set.map_or(default_ns, |set| set.0);
    Timing {
        container_create_ns: or(set.container_create, default.container_create_ns),
        container_start_ns: or(set.container_start, default.container_start_ns),
        container_stop_ns: or(set.container_stop, default.container_stop_ns),
        image_pull_latency_ns: or(set.image_pull_latency, default.image_pull_latency_ns),
        image_pull_bytes_per_second: set
            .image_pull_bandwidth
            .map_or(default.image_pull_bytes_per_second, |bandwidth| bandwidth.0),
        node_boot_ns: or(set.node_boot, default.node_boot_ns),
    }
}

/// What a scenario asks for that cannot be given.
fn problems(scenario: &Scenario) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let mut refuse = |span, what: &str| {
        let message = format!("{what} cannot be simulated yet");
        problems.push(Diagnostic::new(Code::NotSimulated, span, message));
    };
    let setup_of = |name: &str| scenario.nodes.iter().find(|setup| setup.name == name);
    for step in &scenario.steps {
        if let Action::Join { node } = &step.action
            && setup_of(node).is_some_and(|setup| setup.joined)
        {
            refuse(step.span, "a second joining of the same machine");
        }
    }
    let start = crate::diagnostic::Span {
        start: 0,
        end: 0,
        line: 1,
        column: 1,
    };
    let timing = &scenario.timing;
    if timing.heartbeat_period.is_some_and(|period| period.0 == 0) {
        refuse(start, "a heartbeat period of 0 (`timing`)");
    }
    for step in &scenario.steps {
        if let Action::Run { line, .. } = &step.action
            && !is_shell_line(line)
            && let Err(error) = words::split(line)
        {
            let message = format!("this line cannot be read: {error}");
            problems.push(Diagnostic::new(Code::CommandLine, step.span, message));
        }
    }
    problems
}
