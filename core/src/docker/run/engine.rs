//! `docker info` and `docker version`: what an engine says about itself.
//!
//! Upstream: docker/cli `cli/command/system/{info,version}.go`, moby `daemon/info.go`.
//!
//! Left out: what a simulated engine has no value for, such as its drivers, its kernel and its
//! directories.

use serde_json::{Value, json};

use super::inspect::manager_address;
use crate::agent::Agent;
use crate::docker::print::{
    self, EngineInfo, LocalState, ServerVersion, SwarmInfo, SwarmManagerInfo,
};
use crate::docker::{CLIENT_COMMIT, CLIENT_VERSION, EngineFormat, Outcome};
use crate::ids::NodeId;
use crate::kernel::Kernel;
use crate::model::{Node, NodeDescription, NodeRole};
use crate::swarm::Swarm;

/// `docker info`
pub(super) fn info(swarm: &Swarm, at: NodeId, format: &EngineFormat) -> Outcome {
    info_of(&engine(swarm, at), format)
}

/// `docker info` at an engine that is no node of the swarm.
pub(super) fn info_outside(
    description: &NodeDescription,
    swarm: Option<SwarmInfo>,
    format: &EngineFormat,
) -> Outcome {
    let engine = EngineInfo {
        swarm,
        ..described(description)
    };
    info_of(&engine, format)
}

fn info_of(engine: &EngineInfo, format: &EngineFormat) -> Outcome {
    if *format == EngineFormat::Text {
        return print::info(engine);
    }
    formatted(&info_json(engine), format, "system.dockerInfo")
}

/// `docker version`
pub(super) fn version(kernel: &Kernel, at: NodeId, format: &EngineFormat) -> Outcome {
    let node = kernel.store.node(at);
    version_of(node.and_then(|node| node.description.as_deref()), format)
}

/// `docker version` at an engine that says this about itself.
pub(super) fn version_of(description: Option<&NodeDescription>, format: &EngineFormat) -> Outcome {
    let mut server = ServerVersion::default();
    if let Some(engine) = description.and_then(|description| description.engine.clone())
        && !engine.engine_version.is_empty()
    {
        server.version = engine.engine_version;
    }
    if *format == EngineFormat::Text {
        return Outcome::printed(print::version(&server));
    }
    let client = ServerVersion::default();
    let value = json!({
        "Client": {
            "Version": CLIENT_VERSION, "ApiVersion": client.api_version,
            "DefaultAPIVersion": client.api_version, "GitCommit": CLIENT_COMMIT,
            "GoVersion": client.go_version, "Os": client.os, "Arch": client.arch,
            "BuildTime": client.built, "Context": "default",
        },
        "Server": {
            "Version": server.version, "ApiVersion": server.api_version,
            "MinAPIVersion": server.api_version_min, "GitCommit": server.git_commit,
            "GoVersion": server.go_version, "Os": server.os, "Arch": server.arch,
            "BuildTime": server.built,
        },
    });
    formatted(&value, format, "system.versionInfo")
}

fn formatted(value: &Value, format: &EngineFormat, type_name: &str) -> Outcome {
    match format {
        EngineFormat::Template(template) => match template.execute(value, type_name) {
            Ok(text) => Outcome::printed(format!("{text}\n")),
            Err(message) => Outcome::refused(message),
        },
        EngineFormat::Text | EngineFormat::Json => Outcome::printed(format!("{value}\n")),
    }
}

fn engine(swarm: &Swarm, at: NodeId) -> EngineInfo {
    let kernel = &swarm.kernel;
    let Some(node) = kernel.store.node(at) else {
        return EngineInfo {
            server_version: CLIENT_VERSION.to_owned(),
            ..EngineInfo::default()
        };
    };
    let description = node.description.as_deref().cloned().unwrap_or_default();
    let agent = swarm.agent(at);
    let containers = || agent.into_iter().flat_map(Agent::containers);
    let running = containers().filter(|of| of.container.runs_at(kernel.now));
    let running = running.count() as u64;
    EngineInfo {
        containers_running: running,
        containers_stopped: containers().count() as u64 - running,
        images: agent.map_or(0, |agent| agent.image_count(&kernel.settings, kernel.now)),
        swarm: Some(swarm_of(kernel, node)),
        ..described(&description)
    }
}

/// What a machine is.
fn described(description: &NodeDescription) -> EngineInfo {
    let platform = description.platform.clone().unwrap_or_default();
    let resources = description.resources.clone().unwrap_or_default();
    let engine = description.engine.clone().unwrap_or_default();
    EngineInfo {
        server_version: engine.engine_version,
        name: description.hostname.clone(),
        os: platform.os,
        architecture: platform.architecture,
        cpus: u64::try_from(resources.cpu_nano / 1_000_000_000).unwrap_or(0),
        memory_bytes: u64::try_from(resources.memory_bytes).unwrap_or(0),
        labels: engine
            .labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect(),
        ..EngineInfo::default()
    }
}

fn swarm_of(kernel: &Kernel, node: &Node) -> SwarmInfo {
    let managers = kernel
        .store
        .nodes()
        .filter(|node| node.role == NodeRole::Manager);
    if kernel.raft.awaited_key(node.id).is_some() {
        return SwarmInfo {
            state: LocalState::Locked,
            ..SwarmInfo::default()
        };
    }
    if let Some(&until) = kernel.expired.get(&node.id) {
        let (until, now) = (until, kernel.now);
        let error = format!(
            "error while loading TLS certificate in /var/lib/docker/swarm/certificates/swarm-node.crt: \
             certificate (1 - {}) not valid after {}, and it is currently {}: x509: certificate has \
             expired or is not yet valid: current time {} is after {}",
            kernel.ids.text(node.id),
            until.to_rfc1123(),
            now.to_rfc1123(),
            now.to_rfc3339_seconds(),
            until.to_rfc3339_seconds(),
        );
        return SwarmInfo {
            state: LocalState::Error,
            error,
            node_address: node.status.addr.clone(),
            ..SwarmInfo::default()
        };
    }
    let cluster = kernel.store.cluster();
    let spec = &cluster.spec;
    let duration_ns = |duration_ns: i64| u64::try_from(duration_ns).unwrap_or(0);
    let manager_addresses: Vec<String> = managers.map(|node| manager_address(node)).collect();
    let manager = SwarmManagerInfo {
        cluster_id: kernel.ids.cluster(cluster.generation),
        managers: manager_addresses.len() as u64,
        nodes: kernel.store.node_count() as u64,
        task_history_limit: spec.orchestration.task_history_retention_limit,
        snapshot_interval: spec.raft.snapshot_interval,
        old_snapshots: spec.raft.keep_old_snapshots,
        heartbeat_tick: u64::from(spec.raft.heartbeat_tick),
        election_tick: u64::from(spec.raft.election_tick),
        dispatcher_heartbeat_ns: duration_ns(spec.dispatcher.heartbeat_period_ns),
        certificate_expiry_ns: duration_ns(spec.ca_config.node_cert_expiry_ns),
        force_rotate: spec.ca_config.force_rotate,
        autolock: spec.encryption_config.auto_lock_managers,
        root_rotation: cluster.root_ca.rotation.is_some(),
    };
    SwarmInfo {
        state: LocalState::Active,
        node_id: kernel.ids.text(node.id),
        error: String::new(),
        manager: (node.role == NodeRole::Manager).then_some(manager),
        node_address: node.status.addr.clone(),
        manager_addresses,
    }
}

fn info_json(engine: &EngineInfo) -> Value {
    let swarm = match &engine.swarm {
        None => json!({"LocalNodeState": "inactive", "ControlAvailable": false}),
        Some(swarm) => {
            let manager = swarm.manager.as_ref();
            let mut value = json!({
                "NodeID": swarm.node_id, "NodeAddr": swarm.node_address,
                "LocalNodeState": swarm.state.as_str(), "ControlAvailable": manager.is_some(),
                "Error": swarm.error,
            });
            if let Some(manager) = manager {
                value["Nodes"] = manager.nodes.into();
                value["Managers"] = manager.managers.into();
                value["Cluster"] = json!({ "ID": manager.cluster_id });
            }
            value
        }
    };
    json!({
        "Containers": engine.containers_running + engine.containers_stopped,
        "ContainersRunning": engine.containers_running, "ContainersPaused": 0,
        "ContainersStopped": engine.containers_stopped, "Images": engine.images,
        "LoggingDriver": "json-file", "OSType": engine.os, "Architecture": engine.architecture,
        "NCPU": engine.cpus, "MemTotal": engine.memory_bytes, "Name": engine.name,
        "Labels": engine.labels, "ServerVersion": engine.server_version, "Swarm": swarm,
    })
}
