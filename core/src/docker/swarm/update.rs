//! `docker swarm update` (docker/cli `cli/command/swarm/update.go`).

use super::{SwarmSettings, help_of};
use crate::docker::Outcome;
use crate::docker::flags::Matches;

/// Other settings for the swarm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwarmUpdate {
    /// The settings that change.
    pub settings: SwarmSettings,
}

impl SwarmUpdate {
    /// Without flags the help is printed, and nothing is wrong.
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        if matches.is_empty() {
            return Err(Outcome::printed(help_of("update")));
        }
        Ok(Self {
            settings: SwarmSettings::read(matches),
        })
    }
}
