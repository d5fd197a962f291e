//! `docker service`: the commands and their flags, as docker 28.2.2 has them.
//!
//! Upstream: docker/cli `cli/command/service`.

use super::service_spec::{CREATE, UPDATE};
use super::{Args, CommandSpec, FORMAT_INSPECT, FORMAT_LIST, command, group};
use crate::docker::flags::{Kind, flag};

/// `docker service` and what is below it.
pub(super) const GROUP: CommandSpec = group(
    "service",
    "Manage Swarm services",
    "",
    &[CREATE, INSPECT, LOGS, LS, PS, RM, ROLLBACK, SCALE, UPDATE],
);

const INSPECT: CommandSpec = CommandSpec {
    flags: &[&[
        flag("format", Kind::Text, FORMAT_INSPECT).short('f'),
        flag(
            "pretty",
            Kind::Bool,
            "Print the information in a human friendly format",
        ),
    ]],
    ..command(
        "inspect",
        "[OPTIONS] SERVICE [SERVICE...]",
        "Display detailed information on one or more services",
        Args::AtLeast(1),
    )
};

const LOGS: CommandSpec = CommandSpec {
    flags: &[&[
        flag("details", Kind::Bool, "Show extra details provided to logs"),
        flag("follow", Kind::Bool, "Follow log output").short('f'),
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
        flag("no-trunc", Kind::Bool, "Do not truncate output"),
        flag("raw", Kind::Bool, "Do not neatly format logs"),
        flag(
            "since",
            Kind::Text,
            "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)",
        ),
        flag(
            "tail",
            Kind::Text,
            "Number of lines to show from the end of the logs",
        )
        .short('n')
        .default("\"all\""),
        flag("timestamps", Kind::Bool, "Show timestamps").short('t'),
    ]],
    ..command(
        "logs",
        "[OPTIONS] SERVICE|TASK",
        "Fetch the logs of a service or task",
        Args::Exactly(1),
    )
};

const LS: CommandSpec = CommandSpec {
    aliases: "docker service ls, docker service list",
    flags: &[&[
        flag(
            "filter",
            Kind::Filter,
            "Filter output based on conditions provided",
        )
        .short('f'),
        flag("format", Kind::Text, FORMAT_LIST),
        flag("quiet", Kind::Bool, "Only display IDs").short('q'),
    ]],
    ..command("ls", "[OPTIONS]", "List services", Args::None)
};

const PS: CommandSpec = CommandSpec {
    flags: &[&[
        flag(
            "filter",
            Kind::Filter,
            "Filter output based on conditions provided",
        )
        .short('f'),
        flag(
            "format",
            Kind::Text,
            "Pretty-print tasks using a Go template",
        ),
        flag("no-resolve", Kind::Bool, "Do not map IDs to Names"),
        flag("no-trunc", Kind::Bool, "Do not truncate output"),
        flag("quiet", Kind::Bool, "Only display task IDs").short('q'),
    ]],
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
    flags: &[&[
        flag(
            "detach",
            Kind::Bool,
            "Exit immediately instead of waiting for the service to converge",
        )
        .short('d'),
        flag("quiet", Kind::Bool, "Suppress progress output").short('q'),
    ]],
    ..command(
        "rollback",
        "[OPTIONS] SERVICE",
        "Revert changes to a service's configuration",
        Args::Exactly(1),
    )
};

const SCALE: CommandSpec = CommandSpec {
    flags: &[&[flag(
        "detach",
        Kind::Bool,
        "Exit immediately instead of waiting for the service to converge",
    )
    .short('d')]],
    ..command(
        "scale",
        "SERVICE=REPLICAS [SERVICE=REPLICAS...]",
        "Scale one or multiple replicated services",
        Args::AtLeast(1),
    )
};
