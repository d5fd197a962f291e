//! `docker service rm` (docker/cli `cli/command/service/remove.go`).

use crate::docker::flags::Matches;

/// Services to remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRm {
    /// The services as they were typed.
    pub services: Vec<String>,
}

impl ServiceRm {
    pub(super) fn read(matches: &Matches) -> Self {
        Self {
            services: matches.args.clone(),
        }
    }
}
