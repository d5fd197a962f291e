//! `docker swarm join-token` and `docker swarm unlock-key` (docker/cli
//! `cli/command/swarm/{join_token,unlock_key}.go`).

use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::model::NodeRole;

/// The token with which machines join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwarmJoinToken {
    /// In this role.
    pub role: NodeRole,
    /// A new one in its place.
    pub rotate: bool,
    /// Nothing else.
    pub quiet: bool,
}

impl SwarmJoinToken {
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        let word = matches.args.first().map_or("", String::as_str);
        let role = NodeRole::parse(word)
            .ok_or_else(|| Outcome::refused(format!("unknown role {word}")))?;
        Ok(Self {
            role,
            rotate: matches.flag("rotate"),
            quiet: matches.flag("quiet"),
        })
    }
}

/// The key that unlocks managers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwarmUnlockKey {
    /// A new one in its place.
    pub rotate: bool,
    /// Nothing else.
    pub quiet: bool,
}

impl SwarmUnlockKey {
    pub(super) fn read(matches: &Matches) -> Self {
        Self {
            rotate: matches.flag("rotate"),
            quiet: matches.flag("quiet"),
        }
    }
}
