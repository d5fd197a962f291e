//! From a scenario to a stage: the cluster as it is before anything happens.

use std::sync::Arc;

use super::{Options, Stage};
use crate::agent::Timing;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::docker::words;
use crate::ids::NodeId;
use crate::kernel::{Components, Settings};
use crate::model::{
    Annotations, Engine, Meta, Network, NetworkSpec, Node, NodeDescription, NodeSpec, NodeState,
    NodeStatus, Plugin, Resources,
};
use crate::scenario::{Action, NodeSetup, Scenario};
use crate::swarm::Swarm;

/// The version of the engines.
const ENGINE_VERSION: &str = "28.2.2";

/// What every engine has built in (`moby daemon/cluster/executor/container/executor.go`).
const BUILT_IN: [(&str, &[&str]); 3] = [
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
pub(super) fn stage(scenario: &Scenario, options: Options) -> Result<Stage, Diagnostics> {
    let problems = problems(scenario);
    if problems.has_errors() {
        return Err(problems);
    }
    let settings = Settings {
        seed: options.seed.unwrap_or(scenario.seed),
        ties: options.ties.unwrap_or(scenario.ties),
        components: Components::ALL,
        timing: timing(scenario),
        keep_records: !options.forget_past,
    };
    let mut swarm = Swarm::new(settings);
    let now = swarm.kernel.now;
    let written = swarm.kernel.store.update(now, |tx| {
        tx.update_cluster(|cluster| {
            if let Some(limit) = scenario.task_history_limit {
                cluster.spec.orchestration.task_history_retention_limit = limit;
            }
        });
        tx.create_network(ingress());
        for setup in &scenario.nodes {
            tx.create_node(node(setup));
        }
        Ok::<_, std::convert::Infallible>(())
    });
    let Ok(()) = written;
    swarm.settle();
    Ok(Stage::new(swarm, scenario))
}

/// The network of the routing mesh, which every swarm has from the beginning.
fn ingress() -> Network {
    let annotations = Annotations {
        name: "ingress".to_owned(),
        ..Annotations::default()
    };
    let driver_name = "overlay".to_owned();
    Network {
        id: crate::ids::NetworkId(0),
        meta: Meta::default(),
        spec: NetworkSpec {
            annotations,
            driver_name,
            ingress: true,
            ..NetworkSpec::default()
        },
        driver_state_name: "overlay".to_owned(),
    }
}

fn node(setup: &NodeSetup) -> Node {
    let built_in = BUILT_IN.iter().flat_map(|&(kind, names)| {
        names.iter().map(move |&name| Plugin {
            kind: kind.to_owned(),
            name: name.to_owned(),
        })
    });
    let mut plugins: Vec<Plugin> = built_in.chain(setup.plugins.iter().cloned()).collect();
    plugins.sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
    plugins.dedup();
    let description = NodeDescription {
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
    };
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
        description: Some(Arc::new(description)),
        status: NodeStatus {
            state: NodeState::Ready,
            addr: setup.address.clone(),
            ..NodeStatus::default()
        },
        role: setup.role,
    }
}

fn timing(scenario: &Scenario) -> Timing {
    let default = Timing::default();
    let set = &scenario.timing;
    Timing {
        container_create_ns: set
            .container_create
            .map_or(default.container_create_ns, |d| d.0),
        container_start_ns: set
            .container_start
            .map_or(default.container_start_ns, |d| d.0),
        container_stop_ns: set
            .container_stop
            .map_or(default.container_stop_ns, |d| d.0),
    }
}

/// What an action would be that cannot be done yet.
pub(super) fn not_simulated(action: &Action) -> Option<&'static str> {
    match action {
        Action::Run { .. } => None,
        Action::Crash { .. } => Some("the crash of a node"),
        Action::Recover { .. } => Some("the recovery of a node"),
        Action::Join { .. } => Some("a node that joins"),
        Action::Kill { .. } => Some("the end of a container"),
    }
}

/// What a scenario asks for that cannot be given.
fn problems(scenario: &Scenario) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let mut refuse = |span, what: &str| {
        let message = format!("{what} cannot be simulated yet");
        problems.push(Diagnostic::new(Code::NotSimulated, span, message));
    };
    let managers = scenario
        .nodes
        .iter()
        .filter(|n| n.role == crate::model::NodeRole::Manager)
        .count();
    for node in &scenario.nodes {
        if !node.joined {
            refuse(node.span, "machines that do not belong to the swarm");
        }
    }
    if managers > 1
        && let Some(second) = scenario
            .nodes
            .iter()
            .filter(|n| n.role == crate::model::NodeRole::Manager)
            .nth(1)
    {
        refuse(second.span, "more than one manager");
    }
    for step in &scenario.steps {
        if let Some(what) = not_simulated(&step.action) {
            refuse(step.span, what);
        }
    }
    let start = crate::diagnostic::Span {
        start: 0,
        end: 0,
        line: 1,
        column: 1,
    };
    if !scenario.images.is_empty() {
        refuse(start, "the behaviour of images (`images`)");
    }
    let timing = &scenario.timing;
    let is_unused = timing.container_remove.is_some()
        || timing.image_pull_bandwidth.is_some()
        || timing.image_pull_latency.is_some()
        || timing.network_latency.is_some()
        || timing.heartbeat_period.is_some()
        || timing.node_boot.is_some();
    if is_unused {
        refuse(
            start,
            "timings of pulls, networks, heartbeats and machines (`timing`)",
        );
    }
    for step in &scenario.steps {
        if let Action::Run { line, .. } = &step.action
            && let Err(error) = words::split(line)
        {
            let message = format!("this line cannot be read: {error}");
            problems.push(Diagnostic::new(Code::CommandLine, step.span, message));
        }
    }
    problems
}
