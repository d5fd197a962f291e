//! `docker swarm`: what each of its commands is asked to do.
//!
//! Upstream: docker/cli `cli/command/swarm`.

mod ca;
mod init;
mod join;
mod settings;
mod tokens;
mod update;

pub use ca::SwarmCa;
pub use init::SwarmInit;
pub use join::{SwarmJoin, SwarmLeave};
pub use settings::SwarmSettings;
pub use tokens::{SwarmJoinToken, SwarmUnlockKey};
pub use update::SwarmUpdate;

use super::Outcome;
use super::flags::Matches;
use super::help;
use super::tree::ROOT;
use crate::model::Availability;

/// A command of `docker swarm`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the commands")]
pub enum SwarmCommand {
    Ca(SwarmCa),
    Init(SwarmInit),
    Join(SwarmJoin),
    JoinToken(SwarmJoinToken),
    Leave(SwarmLeave),
    Unlock,
    UnlockKey(SwarmUnlockKey),
    Update(SwarmUpdate),
}

impl SwarmCommand {
    /// Gives the flags of a command their meaning.
    pub(super) fn read(name: &str, matches: &Matches) -> Result<Self, Outcome> {
        Ok(match name {
            "ca" => Self::Ca(SwarmCa::read(matches)),
            "init" => Self::Init(SwarmInit::read(matches)?),
            "join" => Self::Join(SwarmJoin::read(matches)?),
            "join-token" => Self::JoinToken(SwarmJoinToken::read(matches)?),
            "leave" => Self::Leave(SwarmLeave::read(matches)),
            "unlock-key" => Self::UnlockKey(SwarmUnlockKey::read(matches)),
            "update" => Self::Update(SwarmUpdate::read(matches)?),
            _ => Self::Unlock,
        })
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

/// Whether a new node takes tasks, if it was said.
fn availability(matches: &Matches) -> Result<Option<Availability>, Outcome> {
    let Some(word) = matches.text("availability") else {
        return Ok(None);
    };
    match Availability::parse(&word.to_lowercase()) {
        Some(availability) => Ok(Some(availability)),
        None => Err(Outcome::refused(format!(
            "invalid availability {word:?}, only active, pause and drain are supported"
        ))),
    }
}

#[cfg(test)]
mod tests;
