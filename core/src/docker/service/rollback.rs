//! `docker service rollback` (docker/cli `cli/command/service/rollback.go`).

use crate::docker::flags::Matches;

/// A service to take back to the spec it had before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRollback {
    /// The service as it was typed.
    pub service: String,
    /// Do not wait until the service has converged.
    pub detach: bool,
    /// Print the name and nothing else.
    pub quiet: bool,
}

impl ServiceRollback {
    pub(super) fn read(matches: &Matches) -> Self {
        Self {
            service: matches.args[0].clone(),
            detach: matches.flag("detach"),
            quiet: matches.flag("quiet"),
        }
    }
}
