//! The containers of a node: what each of the engine's own commands is asked to do.
//!
//! Upstream: docker/cli `cli/command/container`. Left out: everything that makes a container that
//! belongs to no task.

mod inspect;
mod ps;

pub use inspect::{Inspect, ObjectType};
pub use ps::ContainerPs;

use super::Outcome;
use super::flags::Matches;

/// A command of an engine about its containers.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are the commands")]
pub enum ContainerCommand {
    Inspect(Inspect),
    Kill(ContainerKill),
    Logs(ContainerLogs),
    Ps(ContainerPs),
    Rm(ContainerRm),
    Stop(ContainerStop),
}

impl ContainerCommand {
    /// Gives the flags of a command their meaning; nothing for a command that is none of these.
    pub(super) fn read(name: &str, matches: &Matches) -> Option<Result<Self, Outcome>> {
        Some(match name {
            "inspect" => Inspect::read(matches).map(Self::Inspect),
            "kill" => Ok(Self::Kill(ContainerKill {
                containers: matches.args.clone(),
                signal: matches.text_or_empty("signal"),
            })),
            "logs" => Ok(Self::Logs(ContainerLogs::read(matches))),
            "ps" => ContainerPs::read(matches).map(Self::Ps),
            "rm" => ContainerRm::read(matches).map(Self::Rm),
            "stop" => Ok(Self::Stop(ContainerStop {
                containers: matches.args.clone(),
                signal: matches.text_or_empty("signal"),
                timeout_s: matches.int("timeout"),
            })),
            _ => return None,
        })
    }
}

/// `docker kill` (docker/cli `cli/command/container/kill.go`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerKill {
    /// The containers as they were typed.
    pub containers: Vec<String>,
    /// The signal as it was typed; empty for SIGKILL.
    pub signal: String,
}

/// `docker stop` (docker/cli `cli/command/container/stop.go`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerStop {
    /// The containers as they were typed.
    pub containers: Vec<String>,
    /// The signal as it was typed; empty for that of the container.
    pub signal: String,
    /// Seconds until the process is killed, if not as the container says; negative for never.
    pub timeout_s: Option<i64>,
}

/// `docker rm` (docker/cli `cli/command/container/rm.go`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerRm {
    /// The containers as they were typed.
    pub containers: Vec<String>,
    /// Kill those that run.
    pub force: bool,
}

impl ContainerRm {
    fn read(matches: &Matches) -> Result<Self, Outcome> {
        if matches.flag("link") {
            return Err(Outcome::refused("docker rm --link is not simulated yet"));
        }
        Ok(Self {
            containers: matches.args.clone(),
            force: matches.flag("force"),
        })
    }
}

/// `docker logs` (docker/cli `cli/command/container/logs.go`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerLogs {
    /// The container as it was typed.
    pub container: String,
    /// Show more about each line.
    pub details: bool,
    /// Go on until it ends or is interrupted.
    pub follow: bool,
    /// Since when: a time or an age, as typed; empty for the beginning.
    pub since: String,
    /// Until when, in the same way; empty for now.
    pub until: String,
    /// How many lines from the end, as typed.
    pub tail: String,
    /// A time before each line.
    pub timestamps: bool,
}

impl ContainerLogs {
    fn read(matches: &Matches) -> Self {
        Self {
            container: matches.args[0].clone(),
            details: matches.flag("details"),
            follow: matches.flag("follow"),
            since: matches.text_or_empty("since"),
            until: matches.text_or_empty("until"),
            tail: matches.text("tail").unwrap_or_else(|| "all".to_owned()),
            timestamps: matches.flag("timestamps"),
        }
    }
}
