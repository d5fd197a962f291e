//! `docker swarm join` and `docker swarm leave` (docker/cli `cli/command/swarm/{join,leave}.go`).

use super::availability;
use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::model::Availability;

/// A machine that wants to be a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwarmJoin {
    /// Where a manager is, as it was typed.
    pub remote: String,
    /// The token; empty if none was given.
    pub token: String,
    /// Whether the node takes tasks.
    pub availability: Option<Availability>,
    /// Where it listens, as it was typed.
    pub listen_addr: Option<String>,
    /// Where others reach it, as it was typed.
    pub advertise_addr: Option<String>,
}

impl SwarmJoin {
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        Ok(Self {
            remote: matches.args.first().cloned().unwrap_or_default(),
            token: matches.text_or_empty("token"),
            availability: availability(matches)?,
            listen_addr: matches.text("listen-addr"),
            advertise_addr: matches.text("advertise-addr"),
        })
    }
}

/// A node that wants to be none any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SwarmLeave {
    /// Whatever it breaks.
    pub force: bool,
}

impl SwarmLeave {
    pub(super) fn read(matches: &Matches) -> Self {
        Self {
            force: matches.flag("force"),
        }
    }
}
