//! Running docker commands: what they do to a swarm, and what they print.
//!
//! A command is run at a node, against the manager there. It ends at once, or holds its terminal
//! until its service has converged, as the docker client does. The commands themselves are read by
//! the rest of [`crate::docker`]; here they meet the control API and the store.
//!
//! Left out for now: everything that says so when it is run.

mod container;
mod curl;
mod data_object;
mod engine;
mod exec;
mod existing;
mod find;
mod host;
mod inspect;
mod logs;
mod needs;
mod network;
mod node;
mod service;
mod shell;
mod stack;
mod swarm;
mod tasks;
mod update;
mod volume;
mod wait;

pub(crate) use existing::create as create_existing;
pub use host::{Engine, NOBODY, run_line_at_engine};
pub use inspect::MANAGER_PORT;
pub use needs::{Needs, needs, unavailable};
pub use node::manager_status;
pub use shell::{WORDS as SHELL_WORDS, is_shell_line};
pub use wait::{POLL_INTERVAL_NS, Wait, WaitStep};

use crate::docker::network::NetworkCommand;
use crate::docker::node::NodeCommand;
use crate::docker::service::ServiceCommand;
use crate::docker::{Command, Outcome};
use crate::ids::{NodeId, ServiceId};
use crate::kernel::Kernel;
use crate::model::{Config, NodeRole, Secret};
use crate::swarm::Swarm;

/// How a command goes on after it has been run.
#[derive(Clone, Debug)]
pub enum Execution {
    /// It has ended.
    Ended(Outcome),
    /// It holds its terminal. What it has printed so far is in the outcome.
    Waits(Outcome, Vec<Wait>),
    /// It goes on when the manager has done what follows from what it has done so far.
    Then(Outcome, Next),
}

/// The rest of a command whose first part the manager has to see first.
#[derive(Clone, Debug)]
pub enum Next {
    /// Networks of stacks are removed: for each stack their names, and whether something else could
    /// not be removed. Then the end of the tasks of these services is waited for.
    RemoveNetworks(Vec<(String, Vec<String>, bool)>, Vec<ServiceId>),
}

/// Does the rest of a command, and gives all that it has printed, and what it waits for.
pub fn go_on(
    kernel: &mut Kernel,
    at: NodeId,
    printed: Outcome,
    next: &Next,
) -> (Outcome, Vec<Wait>) {
    match next {
        Next::RemoveNetworks(stacks, services) => {
            let printed = join([printed, stack::remove_networks(kernel, at, stacks)]);
            // Where something could not be removed, the client waits for nothing.
            let waits = !services.is_empty() && printed.exit_code == 0;
            let waits = waits.then(|| Wait::gone(services.clone()));
            (printed, waits.into_iter().collect())
        }
    }
}

impl From<Outcome> for Execution {
    fn from(outcome: Outcome) -> Self {
        Self::Ended(outcome)
    }
}

/// Runs a line at a node.
pub fn run_line(swarm: &mut Swarm, at: NodeId, line: &str) -> Execution {
    if let Some(node) = swarm.kernel.store.node(at) {
        swarm.kernel.client.stand_at(node.hostname());
    }
    if is_shell_line(line) {
        return shell::run(swarm, at, line);
    }
    match crate::docker::parse_line(line) {
        Ok(command) => run(swarm, at, &command),
        Err(outcome) => outcome.into(),
    }
}

/// Runs a command at a node.
pub fn run(swarm: &mut Swarm, at: NodeId, command: &Command) -> Execution {
    let kernel = &mut swarm.kernel;
    if matches!(
        command,
        Command::Service(_)
            | Command::Node(_)
            | Command::Swarm(_)
            | Command::Config(_)
            | Command::Secret(_)
    ) && let Some(refusal) = refuse_without_manager(kernel, at)
    {
        return refusal.into();
    }
    match command {
        Command::Service(ServiceCommand::Create(create)) => service::create(kernel, create),
        Command::Service(ServiceCommand::Ls(ls)) => service::ls(kernel, ls).into(),
        Command::Service(ServiceCommand::Ps(ps)) => service::ps(kernel, at, ps).into(),
        Command::Service(ServiceCommand::Scale(scale)) => service::scale(kernel, scale),
        Command::Service(ServiceCommand::Rm(rm)) => service::rm(kernel, rm).into(),
        Command::Service(ServiceCommand::Inspect(look)) => inspect::services(kernel, look).into(),
        Command::Service(ServiceCommand::Rollback(back)) => update::rollback(kernel, back),
        Command::Service(ServiceCommand::Update(change)) => update::update(kernel, change),
        Command::Node(NodeCommand::Ls(ls)) => node::ls(kernel, at, ls).into(),
        Command::Node(NodeCommand::Update(update)) => node::update(kernel, update).into(),
        Command::Node(NodeCommand::Inspect(look)) => inspect::nodes(kernel, at, look).into(),
        Command::Node(NodeCommand::Promote(change) | NodeCommand::Demote(change)) => {
            node::change_role(kernel, change).into()
        }
        Command::Node(NodeCommand::Rm(rm)) => node::rm(kernel, rm).into(),
        Command::Node(NodeCommand::Ps(ps)) => node::ps(kernel, at, ps).into(),
        Command::Swarm(command) => swarm::run(kernel, at, command),
        Command::Network(NetworkCommand::Create(create)) => {
            network::create(kernel, at, create).into()
        }
        Command::Network(NetworkCommand::Ls(ls)) => network::ls(kernel, at, ls).into(),
        Command::Network(NetworkCommand::Inspect(look)) => {
            network::inspect(kernel, at, look).into()
        }
        Command::Network(NetworkCommand::Rm(rm)) => network::rm(kernel, at, rm).into(),
        Command::Config(command) => data_object::run::<Config>(kernel, command).into(),
        Command::Secret(command) => data_object::run::<Secret>(kernel, command).into(),
        Command::Stack(command) => stack::run(kernel, at, command),
        Command::Volume(command) => volume::run(kernel, at, command).into(),
        Command::Info(format) => engine::info(swarm, at, format).into(),
        Command::Version(format) => engine::version(kernel, at, format).into(),
        Command::Container(command) => container::run(swarm, at, command),
        Command::Service(ServiceCommand::Logs(logs)) => logs::service_logs(swarm, logs),
        Command::Other(invocation) if invocation.path == ["cp"] => {
            shell::cp(swarm, at, &invocation.matches).into()
        }
        Command::Other(invocation) if invocation.path == ["exec"] => {
            exec::exec(swarm, at, &invocation.matches).into()
        }
        Command::Other(invocation) => not_yet(&invocation.path.join(" ")),
    }
}

/// The command is known, and what it does is not simulated yet.
fn not_yet(command: &str) -> Execution {
    Outcome::refused(format!("docker {command} is not simulated yet"))
        .with_exit_code(1)
        .into()
}

/// What a worker says of questions about the swarm.
pub const NO_MANAGER: &str = "This node is not a swarm manager. Worker nodes can't be used to view \
                              or modify cluster state. Please run this command on a manager node \
                              or promote the current node to a manager.";

/// What an engine says that takes part in no swarm.
const NO_SWARM: &str = "Use \"docker swarm init\" or \"docker swarm join\" to connect this node to \
                        swarm and try again.";

/// A worker cannot answer questions about the swarm.
fn refuse_without_manager(kernel: &Kernel, at: NodeId) -> Option<Outcome> {
    if kernel.raft.awaited_key(at).is_some() {
        return Some(Outcome::refused_by_daemon(
            "Swarm is encrypted and needs to be unlocked before it can be used. Please use \
             \"docker swarm unlock\" to unlock it.",
        ));
    }
    if kernel.expired.contains_key(&at) {
        return Some(Outcome::refused_by_daemon(format!(
            "This node is not a swarm manager. {NO_SWARM}"
        )));
    }
    let role = kernel.store.node(at).map(|node| node.role);
    let why = match role {
        _ if kernel.raft.member_on(at).is_some() => return None,
        Some(NodeRole::Manager) if kernel.raft.is_empty() => return None,
        Some(NodeRole::Manager) => {
            "Manager is being prepared or has trouble connecting to the cluster."
        }
        // A node that was removed does not know.
        None if at != NOBODY => return Some(Outcome::refused_by_daemon(NO_MANAGER)),
        Some(NodeRole::Worker) => return Some(Outcome::refused_by_daemon(NO_MANAGER)),
        None => NO_SWARM,
    };
    Some(Outcome::refused_by_daemon(format!(
        "This node is not a swarm manager. {why}"
    )))
}

/// Several answers in one: texts one after the other, the last failure's code.
fn join(outcomes: impl IntoIterator<Item = Outcome>) -> Outcome {
    outcomes
        .into_iter()
        .fold(Outcome::default(), |mut all, outcome| {
            all.stdout.push_str(&outcome.stdout);
            all.stderr.push_str(&outcome.stderr);
            all.exit_code = all.exit_code.max(outcome.exit_code);
            all
        })
}
