//! The engine's own commands about the containers of its node, and what they do to tasks.
//!
//! Upstream: moby `daemon/{list,kill,stop,delete}.go`. A node has the containers of its tasks and
//! no others. The agent sees what becomes of them: a process that is killed fails its task, one
//! that is asked to stop and ends well completes it.
//!
//! Left out: filters by volume, network and exposed port; the removal of a container that has
//! never run.

mod inspect;
mod ps;

use super::wait::Wait;
use super::{Execution, join, logs};
use crate::agent::{ContainerOf, container_id, container_name};
use crate::docker::Outcome;
use crate::docker::container::{ContainerCommand, ContainerKill, ContainerRm, ContainerStop};
use crate::ids::{NodeId, TaskId};
use crate::swarm::Swarm;
use crate::time::{SECOND, SimTime};

/// Runs a command at the engine of a node.
pub(super) fn run(swarm: &mut Swarm, at: NodeId, command: &ContainerCommand) -> Execution {
    match command {
        ContainerCommand::Ps(ps) => ps::ps(swarm, at, ps).into(),
        ContainerCommand::Kill(kill_) => kill(swarm, at, kill_).into(),
        ContainerCommand::Stop(stop_) => stop(swarm, at, stop_),
        ContainerCommand::Rm(rm_) => rm(swarm, at, rm_).into(),
        ContainerCommand::Inspect(look) => inspect::inspect(swarm, at, look).into(),
        ContainerCommand::Logs(command) => match find(swarm, at, &command.container) {
            Ok(found) => logs::container_logs(swarm, at, found.task, command),
            Err(missing) => Outcome::refused_by_daemon(missing).into(),
        },
    }
}

/// The containers of a node, in order of their tasks.
fn containers(swarm: &Swarm, at: NodeId) -> impl Iterator<Item = ContainerOf<'_>> {
    swarm
        .agent(at)
        .into_iter()
        .flat_map(crate::agent::Agent::containers)
}

/// The name of a container, which is that of its task.
pub(super) fn name_of(swarm: &Swarm, at: NodeId, of: &ContainerOf<'_>) -> String {
    let service = (of.service_name, of.service);
    container_name(&swarm.kernel.ids, at, of.task, service, of.slot)
}

/// The labels of a container: those of its spec, and those by which swarm knows it (moby
/// `daemon/cluster/executor/container/container.go`).
pub(super) fn labels_of(swarm: &Swarm, at: NodeId, of: &ContainerOf<'_>) -> crate::model::Labels {
    let ids = &swarm.kernel.ids;
    let mut labels = of.spec.container.labels.clone();
    let own = [
        ("task", String::new()),
        ("task.id", ids.text(of.task)),
        ("task.name", name_of(swarm, at, of)),
        ("node.id", ids.text(at)),
        (
            "service.id",
            of.service.map_or_else(String::new, |id| ids.text(id)),
        ),
        ("service.name", of.service_name.to_owned()),
    ];
    labels.extend(own.map(|(key, value)| (format!("com.docker.swarm.{key}"), value)));
    labels
}

/// The id of a container.
pub(super) fn id_of(swarm: &Swarm, of: &ContainerOf<'_>) -> String {
    container_id(swarm.kernel.settings.seed, of.task)
}

/// The container that is meant: by id, name, or the beginning of its id. The refusal is the
/// engine's message.
pub(super) fn find<'s>(
    swarm: &'s Swarm,
    at: NodeId,
    text: &str,
) -> Result<ContainerOf<'s>, String> {
    let name = text.strip_prefix('/').unwrap_or(text);
    let missing = || format!("No such container: {text}");
    if name.is_empty() {
        return Err(missing());
    }
    let named = containers(swarm, at).find(|of| name_of(swarm, at, of) == name);
    if let Some(of) = named {
        return Ok(of);
    }
    let mut found = containers(swarm, at).filter(|of| id_of(swarm, of).starts_with(text));
    match (found.next(), found.next()) {
        (Some(of), None) => Ok(of),
        (Some(_), Some(_)) => Err(format!("multiple IDs found with provided prefix: {text}")),
        (None, _) => Err(missing()),
    }
}

/// The number of a signal, by number or name; nothing if there is none of it.
fn signal(text: &str) -> Option<u32> {
    const NAMES: [&str; 31] = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
        "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
        "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];
    if let Ok(number) = text.parse::<u32>() {
        return (1..=64).contains(&number).then_some(number);
    }
    let name = text.to_ascii_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    let index = NAMES.iter().position(|known| *known == name)?;
    u32::try_from(index + 1).ok()
}

/// SIGKILL.
const KILL: u32 = 9;

/// Whether a process takes a signal as a request to end. What it makes of the others is its own
/// affair; here nothing.
const fn asks_to_end(signal: u32) -> bool {
    matches!(signal, 2 | 3 | 15)
}

/// `docker kill`
fn kill(swarm: &mut Swarm, at: NodeId, command: &ContainerKill) -> Outcome {
    each(&command.containers, |name| {
        let number = match command.signal.as_str() {
            "" => KILL,
            text => signal(text).ok_or_else(|| format!("invalid signal: {text}"))?,
        };
        let found = find(swarm, at, name)?;
        if !found.container.runs_at(swarm.kernel.now) {
            let id = id_of(swarm, &found);
            return Err(format!("container {id} is not running"));
        }
        let task = found.task;
        if number == KILL {
            swarm.kill(at, task);
        } else if asks_to_end(number) {
            swarm.with_agent(at, |kernel, agent| agent.stop(kernel, task, "", None));
        }
        Ok(())
    })
    .report(|name, error| {
        let error = format!("cannot kill container: {name}: {error}");
        Outcome::refused_by_daemon(error)
    })
}

/// `docker stop`: it returns when the last of the processes has ended.
fn stop(swarm: &mut Swarm, at: NodeId, command: &ContainerStop) -> Execution {
    let now = swarm.kernel.now;
    let mut last = now;
    let mut is_endless = false;
    let answers = each(&command.containers, |name| {
        let found = find(swarm, at, name)?;
        if !found.container.runs_at(now) {
            return Ok(());
        }
        let spec = &found.spec.container;
        let own_signal = if spec.stop_signal.is_empty() {
            "TERM"
        } else {
            &spec.stop_signal
        };
        let given = if command.signal.is_empty() {
            own_signal
        } else {
            &command.signal
        };
        let Some(number) = signal(given) else {
            return Err(format!(
                "cannot stop container: {name}: invalid signal: {given}"
            ));
        };
        let declared_ns = spec.stop_grace_period_ns;
        let grace_ns = match command.timeout_s {
            Some(seconds) => u64::try_from(seconds)
                .ok()
                .map(|seconds| seconds.saturating_mul(SECOND)),
            None => Some(declared_ns.map_or(10 * SECOND, |grace_ns| grace_ns / SECOND * SECOND)),
        };
        let task = found.task;
        let end = match (number, grace_ns) {
            (KILL, _) => {
                swarm.kill(at, task);
                Some(now)
            }
            (number, _) if asks_to_end(number) => {
                swarm.with_agent(at, |kernel, agent| agent.stop(kernel, task, "", grace_ns))
            }
            // It takes no notice of the signal, and is killed.
            (_, Some(grace_ns)) => stop_by_kill(swarm, at, task, grace_ns),
            (_, None) => None,
        };
        match end {
            Some(end) => last = last.max(end),
            None => is_endless = true,
        }
        Ok(())
    });
    let outcome = answers.report(|_, error| Outcome::refused_by_daemon(error));
    if is_endless {
        Execution::Waits(Outcome::default(), vec![Wait::pause(None, outcome)])
    } else if last > now {
        Execution::Waits(Outcome::default(), vec![Wait::pause(Some(last), outcome)])
    } else {
        outcome.into()
    }
}

/// A process that only a kill ends, after a while.
fn stop_by_kill(swarm: &mut Swarm, at: NodeId, task: TaskId, grace_ns: u64) -> Option<SimTime> {
    swarm.with_agent(at, |kernel, agent| agent.kill_after(kernel, task, grace_ns))
}

/// `docker rm`
fn rm(swarm: &mut Swarm, at: NodeId, command: &ContainerRm) -> Outcome {
    let answers = each(&command.containers, |name| {
        let found = find(swarm, at, name)?;
        let task = found.task;
        if found.container.runs_at(swarm.kernel.now) {
            if !command.force {
                let full = name_of(swarm, at, &found);
                return Err(format!(
                    "cannot remove container \"/{full}\": container is running: stop the \
                     container before removing or force remove"
                ));
            }
            swarm.kill(at, task);
        } else if found.container.exit_code_at(swarm.kernel.now).is_none() {
            return Err(
                "the removal of a container that has not run is not simulated yet".to_owned(),
            );
        }
        swarm.with_agent(at, |_, agent| agent.remove_container(task));
        Ok(())
    });
    let mut outcome = Outcome::default();
    for (name, answer) in answers.0 {
        outcome = match answer {
            Ok(()) => join([outcome, Outcome::printed(format!("{name}\n"))]),
            Err(error) => {
                let is_missing = error.starts_with("No such container");
                let mut refusal = Outcome::refused_by_daemon(error);
                // What is gone already is what was wanted.
                if command.force && is_missing {
                    refusal.exit_code = 0;
                }
                join([outcome, refusal])
            }
        };
    }
    outcome
}

/// What became of each of several containers.
struct Answers(Vec<(String, Result<(), String>)>);

fn each(names: &[String], mut act: impl FnMut(&str) -> Result<(), String>) -> Answers {
    Answers(names.iter().map(|name| (name.clone(), act(name))).collect())
}

impl Answers {
    /// The names of those with which all went well, and the refusals of the others.
    fn report(self, refusal: impl Fn(&str, String) -> Outcome) -> Outcome {
        join(self.0.into_iter().map(|(name, answer)| match answer {
            Ok(()) => Outcome::printed(format!("{name}\n")),
            Err(error) => refusal(&name, error),
        }))
    }
}
