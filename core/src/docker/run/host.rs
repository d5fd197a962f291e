//! The engine at which a line is typed, and its place in a swarm as it sees it.
//!
//! Upstream: moby `daemon/cluster/cluster.go` (errNoManager), `daemon/cluster/noderunner.go`. Most
//! lines only need the node that the engine is; what an engine that is none can answer, it answers
//! from what it knows about itself.

use super::{Execution, engine, run, shell};
use crate::docker::print::{LocalState, SwarmInfo};
use crate::docker::{Command, parse_line};
use crate::ids::NodeId;
use crate::kernel::Kernel;
use crate::model::NodeDescription;
use crate::swarm::Swarm;

/// The number of an engine that belongs to no swarm.
pub const NOBODY: NodeId = NodeId(u32::MAX);
/// The number of an engine that is on its way into a swarm.
const NOT_YET: NodeId = NodeId(u32::MAX - 1);

/// An engine as the docker client meets it.
#[derive(Clone, Debug)]
pub struct Engine {
    node: NodeId,
    description: NodeDescription,
    address: String,
    state: LocalState,
    error: String,
}

impl Engine {
    /// An engine that takes itself for a node of the swarm.
    pub fn member(node: NodeId, description: NodeDescription, address: &str) -> Self {
        Self {
            node,
            description,
            address: address.to_owned(),
            state: LocalState::Active,
            error: String::new(),
        }
    }

    /// An engine that belongs to no swarm.
    pub fn outside(description: NodeDescription) -> Self {
        Self::member(NOBODY, description, "")
    }

    /// An engine that tries to join, or has failed to.
    pub fn joining(description: NodeDescription, address: &str, error: Option<String>) -> Self {
        Self {
            state: match error {
                None => LocalState::Pending,
                Some(_) => LocalState::Error,
            },
            error: error.unwrap_or_default(),
            ..Self::member(NOT_YET, description, address)
        }
    }

    /// What it knows of its swarm by itself.
    fn swarm(&self, kernel: &Kernel) -> Option<SwarmInfo> {
        (self.node != NOBODY).then(|| SwarmInfo {
            state: self.state,
            node_id: match self.state {
                LocalState::Active => kernel.ids.text(self.node),
                LocalState::Pending | LocalState::Error => String::new(),
            },
            error: self.error.clone(),
            node_address: self.address.clone(),
            ..SwarmInfo::default()
        })
    }
}

/// Runs a line at an engine, whether it is a node or not.
pub fn run_line_at_engine(swarm: &mut Swarm, engine: &Engine, line: &str) -> Execution {
    let hostname = &engine.description.hostname;
    swarm.kernel.client.stand_at(hostname);
    if shell::is_shell_line(line) {
        return shell::run(swarm, engine.node, line);
    }
    match parse_line(line) {
        Ok(command) => run_at_engine(swarm, engine, &command),
        Err(outcome) => outcome.into(),
    }
}

fn run_at_engine(swarm: &mut Swarm, engine: &Engine, command: &Command) -> Execution {
    let kernel = &swarm.kernel;
    if kernel.store.node(engine.node).is_none() {
        match command {
            Command::Info(format) => {
                let swarm = engine.swarm(kernel);
                return engine::info_outside(&engine.description, swarm, format).into();
            }
            Command::Version(format) => {
                return engine::version_of(Some(&engine.description), format).into();
            }
            _ => {}
        }
    }
    run(swarm, engine.node, command)
}
