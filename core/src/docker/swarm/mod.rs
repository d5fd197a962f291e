//! `docker swarm`: what each of its commands is asked to do.
//!
//! Upstream: docker/cli `cli/command/swarm`.

mod settings;
mod update;

pub use settings::SwarmSettings;
pub use update::SwarmUpdate;

use super::Outcome;
use super::flags::Matches;
use super::help;
use super::tree::ROOT;

/// A command of `docker swarm`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the commands")]
pub enum SwarmCommand {
    Update(SwarmUpdate),
}

impl SwarmCommand {
    /// Gives the flags of a command their meaning. Nothing for those that are not simulated yet.
    pub(super) fn read(name: &str, matches: &Matches) -> Result<Option<Self>, Outcome> {
        Ok(Some(match name {
            "update" => Self::Update(SwarmUpdate::read(matches)?),
            _ => return Ok(None),
        }))
    }
}

/// The help of a command of the group.
fn help_of(name: &str) -> String {
    let group = ROOT.child(ROOT.name, "swarm");
    let command = group.and_then(|group| group.child("docker swarm", name));
    command.map_or_else(String::new, |spec| {
        help::help(&format!("docker swarm {name}"), spec)
    })
}

#[cfg(test)]
mod tests;
