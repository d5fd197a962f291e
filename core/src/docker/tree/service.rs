//! `docker service`: the commands and their flags, as docker 28.2.2 has them.
//!
//! Upstream: docker/cli `cli/command/service`.

use super::common::{
    DETACH, FILTER, FORMAT, INSPECT_FORMAT, LOG_FLAGS, NO_RESOLVE, NO_TRUNC, PRETTY, QUIET_IDS,
    QUIET_PROGRESS, QUIET_TASK_IDS, TASK_FORMAT,
};
use super::service_spec::{CREATE, UPDATE};
use super::{Args, CommandSpec, command, group};
use crate::docker::flags::{Kind, flag};

/// `docker service` and what is below it.
pub(super) const GROUP: CommandSpec = group(
    "service",
    "Manage Swarm services",
    "",
    &[CREATE, INSPECT, LOGS, LS, PS, RM, ROLLBACK, SCALE, UPDATE],
);

const INSPECT: CommandSpec = CommandSpec {
    flags: &[&[INSPECT_FORMAT, PRETTY]],
    ..command(
        "inspect",
        "[OPTIONS] SERVICE [SERVICE...]",
        "Display detailed information on one or more services",
        Args::AtLeast(1),
    )
};

const LOGS: CommandSpec = CommandSpec {
    flags: &[
        LOG_FLAGS,
        &[
            flag(
                "no-resolve",
                Kind::Bool,
                "Do not map IDs to Names in output",
            ),
            flag(
                "no-task-ids",
                Kind::Bool,
                "Do not include task IDs in output",
            ),
            NO_TRUNC,
            flag("raw", Kind::Bool, "Do not neatly format logs"),
        ],
    ],
    ..command(
        "logs",
        "[OPTIONS] SERVICE|TASK",
        "Fetch the logs of a service or task",
        Args::Exactly(1),
    )
};

const LS: CommandSpec = CommandSpec {
    aliases: "docker service ls, docker service list",
    flags: &[&[FILTER, FORMAT, QUIET_IDS]],
    ..command("ls", "[OPTIONS]", "List services", Args::None)
};

const PS: CommandSpec = CommandSpec {
    flags: &[&[FILTER, TASK_FORMAT, NO_RESOLVE, NO_TRUNC, QUIET_TASK_IDS]],
    ..command(
        "ps",
        "[OPTIONS] SERVICE [SERVICE...]",
        "List the tasks of one or more services",
        Args::AtLeast(1),
    )
};

const RM: CommandSpec = CommandSpec {
    aliases: "docker service rm, docker service remove",
    ..command(
        "rm",
        "SERVICE [SERVICE...]",
        "Remove one or more services",
        Args::AtLeast(1),
    )
};

const ROLLBACK: CommandSpec = CommandSpec {
    flags: &[&[DETACH, QUIET_PROGRESS]],
    ..command(
        "rollback",
        "[OPTIONS] SERVICE",
        "Revert changes to a service's configuration",
        Args::Exactly(1),
    )
};

const SCALE: CommandSpec = CommandSpec {
    flags: &[&[DETACH]],
    ..command(
        "scale",
        "SERVICE=REPLICAS [SERVICE=REPLICAS...]",
        "Scale one or multiple replicated services",
        Args::AtLeast(1),
    )
};
