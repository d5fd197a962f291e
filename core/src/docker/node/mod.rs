//! `docker node`: what each of its commands is asked to do.
//!
//! Upstream: docker/cli `cli/command/node`.

mod inspect;
mod ls;
mod ps;
mod rm;
mod role;
mod update;

pub use inspect::NodeInspect;
pub use ls::NodeLs;
pub use ps::NodePs;
pub use rm::NodeRm;
pub use role::NodeRoleChange;
pub use update::NodeUpdate;

use super::Outcome;
use super::flags::Matches;
use crate::model::NodeRole;

/// A command of `docker node`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the commands")]
pub enum NodeCommand {
    Demote(NodeRoleChange),
    Inspect(NodeInspect),
    Ls(NodeLs),
    Promote(NodeRoleChange),
    Ps(NodePs),
    Rm(NodeRm),
    Update(NodeUpdate),
}

impl NodeCommand {
    /// Gives the flags of a command their meaning.
    pub(super) fn read(name: &str, matches: &Matches) -> Result<Self, Outcome> {
        Ok(match name {
            "demote" => Self::Demote(NodeRoleChange::read(NodeRole::Worker, matches)),
            "inspect" => Self::Inspect(NodeInspect::read(matches)?),
            "ls" => Self::Ls(NodeLs::read(matches)?),
            "promote" => Self::Promote(NodeRoleChange::read(NodeRole::Manager, matches)),
            "ps" => Self::Ps(NodePs::read(matches)?),
            "rm" => Self::Rm(NodeRm::read(matches)),
            "update" => Self::Update(NodeUpdate::read(matches)),
            _ => unreachable!("the tree has no other command"),
        })
    }
}

#[cfg(test)]
mod tests;
