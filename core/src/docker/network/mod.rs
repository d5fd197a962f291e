//! `docker network`: what each of its commands is asked to do.
//!
//! Upstream: docker/cli `cli/command/network`.
//!
//! Left out: `connect`, `disconnect` and `prune`, which are about containers that are no tasks.

mod create;
#[cfg(test)]
mod tests;

pub use create::{NetworkCreate, check_ranges};

use super::Outcome;
use super::flags::Matches;
use super::print::{Format, InspectFormat};
use super::values::Filter;

/// A command of `docker network`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the commands")]
pub enum NetworkCommand {
    Create(NetworkCreate),
    Inspect(NetworkInspect),
    Ls(NetworkLs),
    Rm(NetworkRm),
}

/// A close look at networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkInspect {
    /// The networks as they were typed.
    pub networks: Vec<String>,
    /// In which form.
    pub format: InspectFormat,
    /// With what the data plane of the node knows.
    pub verbose: bool,
}

/// A list of networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkLs {
    /// Conditions; several of one key are alternatives.
    pub filters: Vec<Filter>,
    /// In which form.
    pub format: Format,
    /// Ids alone.
    pub quiet: bool,
    /// Whole ids.
    pub no_trunc: bool,
}

/// Networks that shall go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkRm {
    /// The networks as they were typed.
    pub networks: Vec<String>,
    /// Say nothing of networks that do not exist.
    pub force: bool,
}

impl NetworkCommand {
    /// Gives the flags of a command their meaning; nothing for a command that is only read.
    pub(super) fn read(name: &str, matches: &Matches) -> Result<Option<Self>, Outcome> {
        Ok(Some(match name {
            "create" => Self::Create(NetworkCreate::read(matches)?),
            "inspect" => Self::Inspect(NetworkInspect {
                networks: matches.args.clone(),
                format: InspectFormat::read(matches)?,
                verbose: matches.flag("verbose"),
            }),
            "ls" => Self::Ls(NetworkLs {
                filters: matches.filters(),
                format: Format::of_list(matches)?,
                quiet: matches.flag("quiet"),
                no_trunc: matches.flag("no-trunc"),
            }),
            "rm" => Self::Rm(NetworkRm {
                networks: matches.args.clone(),
                force: matches.flag("force"),
            }),
            _ => return Ok(None),
        }))
    }
}
