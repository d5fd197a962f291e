//! `docker info` (docker/cli `cli/command/system/info.go`).
//!
//! Left out: what has no counterpart in a simulation (storage of images, registries, runtimes,
//! the security of the kernel).

use std::fmt::Write;

use super::binary_size;
use crate::collections::Order as _;
use crate::docker::{CLIENT_VERSION, Outcome};
use crate::time::human_age;

/// What an engine tells about its node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineInfo {
    /// Containers that run.
    pub containers_running: u64,
    /// Containers that have stopped.
    pub containers_stopped: u64,
    /// Images in its cache.
    pub images: u64,
    /// Version of the engine.
    pub server_version: String,
    /// Hostname.
    pub name: String,
    /// `linux`.
    pub os: String,
    /// `x86_64`.
    pub architecture: String,
    /// Cores.
    pub cpus: u64,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Labels of the engine, as `key=value`.
    pub labels: Vec<String>,
    /// Its part in a swarm; absent when it has none.
    pub swarm: Option<SwarmInfo>,
}

/// How far an engine is with its swarm (moby `api/types/swarm` LocalNodeState).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LocalState {
    /// It takes part.
    #[default]
    Active,
    /// It tries to join.
    Pending,
    /// It has failed to.
    Error,
    /// Its manager waits for the unlock key.
    Locked,
}

impl LocalState {
    /// The word of the Docker API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Error => "error",
            Self::Locked => "locked",
        }
    }
}

/// What a node knows of its swarm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwarmInfo {
    /// How far it is.
    pub state: LocalState,
    /// Its id in the swarm.
    pub node_id: String,
    /// Why it cannot take part; empty when it can.
    pub error: String,
    /// What only a manager knows.
    pub manager: Option<SwarmManagerInfo>,
    /// Its address.
    pub node_address: String,
    /// Addresses of the managers.
    pub manager_addresses: Vec<String>,
}

/// What a manager knows of its swarm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwarmManagerInfo {
    /// Id of the swarm.
    pub cluster_id: String,
    /// How many nodes are managers.
    pub managers: u64,
    /// How many nodes there are.
    pub nodes: u64,
    /// How many tasks of a slot are kept.
    pub task_history_limit: i64,
    /// Log entries between snapshots.
    pub snapshot_interval: u64,
    /// Snapshots that are kept besides the newest.
    pub old_snapshots: u64,
    /// Ticks between heartbeats of raft.
    pub heartbeat_tick: u64,
    /// Ticks without a heartbeat before an election.
    pub election_tick: u64,
    /// How often agents report, in nanoseconds.
    pub dispatcher_heartbeat_ns: u64,
    /// How long certificates hold, in nanoseconds.
    pub certificate_expiry_ns: u64,
    /// How often all certificates were replaced on demand.
    pub force_rotate: u64,
    /// Managers start locked.
    pub autolock: bool,
    /// The root certificate is being replaced.
    pub root_rotation: bool,
}

/// Prints what an engine tells; warnings go to the other stream.
pub fn info(engine: &EngineInfo) -> Outcome {
    let mut text = format!(
        "Client:\n\
         \x20Version:    {CLIENT_VERSION}\n\
         \x20Context:    default\n\
         \x20Debug Mode: false\n\
         \n\
         Server:\n\
         \x20Containers: {}\n\
         \x20 Running: {}\n\
         \x20 Paused: 0\n\
         \x20 Stopped: {}\n\
         \x20Images: {}\n\
         \x20Server Version: {}\n\
         \x20Logging Driver: json-file\n",
        engine.containers_running + engine.containers_stopped,
        engine.containers_running,
        engine.containers_stopped,
        engine.images,
        engine.server_version
    );
    match &engine.swarm {
        None => text += " Swarm: inactive\n",
        Some(swarm) => swarm_lines(&mut text, swarm),
    }
    let _ = write!(
        text,
        " OSType: {}\n Architecture: {}\n CPUs: {}\n Total Memory: {}\n Name: {}\n",
        engine.os,
        engine.architecture,
        engine.cpus,
        binary_size(engine.memory_bytes),
        engine.name
    );
    if !engine.labels.is_empty() {
        text += " Labels:\n";
        for label in &engine.labels {
            let _ = writeln!(text, "  {label}");
        }
    }
    text += " Experimental: false\n\n";
    Outcome {
        stderr: warnings(engine),
        ..Outcome::printed(text)
    }
}

/// The block about the swarm. Writing to a text cannot fail.
fn swarm_lines(text: &mut String, swarm: &SwarmInfo) {
    let state = swarm.state.as_str();
    if swarm.state == LocalState::Locked {
        let _ = writeln!(text, " Swarm: {state}");
        return;
    }
    let _ = writeln!(text, " Swarm: {state}\n  NodeID: {}", swarm.node_id);
    if !swarm.error.is_empty() {
        let _ = writeln!(text, "  Error: {}", swarm.error);
    }
    let _ = writeln!(text, "  Is Manager: {}", swarm.manager.is_some());
    if let Some(manager) = swarm.manager.as_ref().filter(|_| swarm.error.is_empty()) {
        let history = match manager.task_history_limit {
            limit if limit < 0 => "unlimited".to_owned(),
            limit => limit.to_string(),
        };
        let _ = write!(
            text,
            "\x20 ClusterID: {}\n\
             \x20 Managers: {}\n\
             \x20 Nodes: {}\n\
             \x20 Data Path Port: 4789\n\
             \x20 Orchestration:\n\
             \x20  Task History Retention Limit: {history}\n\
             \x20 Raft:\n\
             \x20  Snapshot Interval: {}\n\
             \x20  Number of Old Snapshots to Retain: {}\n\
             \x20  Heartbeat Tick: {}\n\
             \x20  Election Tick: {}\n\
             \x20 Dispatcher:\n\
             \x20  Heartbeat Period: {}\n\
             \x20 CA Configuration:\n\
             \x20  Expiry Duration: {}\n\
             \x20  Force Rotate: {}\n\
             \x20 Autolock Managers: {}\n\
             \x20 Root Rotation In Progress: {}\n",
            manager.cluster_id,
            manager.managers,
            manager.nodes,
            manager.snapshot_interval,
            manager.old_snapshots,
            manager.heartbeat_tick,
            manager.election_tick,
            human_age(manager.dispatcher_heartbeat_ns),
            human_age(manager.certificate_expiry_ns),
            manager.force_rotate,
            manager.autolock,
            manager.root_rotation
        );
    }
    let _ = writeln!(text, "  Node Address: {}", swarm.node_address);
    if !swarm.manager_addresses.is_empty() {
        text.push_str("  Manager Addresses:\n");
        let mut addresses: Vec<&String> = swarm.manager_addresses.iter().collect();
        addresses.order();
        for address in addresses {
            let _ = writeln!(text, "   {address}");
        }
    }
}

fn warnings(engine: &EngineInfo) -> String {
    let manager = engine
        .swarm
        .as_ref()
        .and_then(|swarm| swarm.manager.as_ref());
    if manager.is_some_and(|manager| manager.managers == 2) {
        return "WARNING: Running Swarm in a two-manager configuration. This configuration \
                provides\n         no fault tolerance, and poses a high risk to lose control over \
                the cluster.\n         Refer to \
                https://docs.docker.com/engine/swarm/admin_guide/ to configure the\n         \
                Swarm for fault-tolerance.\n"
            .to_owned();
    }
    String::new()
}
