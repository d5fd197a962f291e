//! `docker system`: of its commands only `info` has a part in a swarm.
//!
//! Upstream: docker/cli `cli/command/system/cmd.go`.

use super::{CommandSpec, container, group, unmodelled};

/// The group.
pub(super) const GROUP: CommandSpec = group(
    "system",
    "Manage Docker",
    "COMMAND",
    &[
        unmodelled("df", "Show docker disk usage"),
        unmodelled("events", "Get real time events from the server"),
        container::INFO,
        unmodelled("prune", "Remove unused data"),
    ],
);
