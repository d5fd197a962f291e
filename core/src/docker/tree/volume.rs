//! `docker volume`: the commands and their flags, as docker 28.2.2 has them.
//!
//! Upstream: docker/cli `cli/command/volume`.

use super::common::{FORMAT, INSPECT_FORMAT};
use super::{Args, CommandSpec, command, group};
use crate::docker::flags::{Item, Kind, flag};

/// `docker volume` and what is below it.
pub(super) const GROUP: CommandSpec = group(
    "volume",
    "Manage volumes",
    "COMMAND",
    &[CREATE, INSPECT, LS, PRUNE, RM, UPDATE],
);

const CREATE: CommandSpec = CommandSpec {
    flags: &[&[
        flag(
            "availability",
            Kind::Text,
            "Cluster Volume availability (\"active\", \"pause\", \"drain\")",
        )
        .default("\"active\""),
        flag("driver", Kind::Text, "Specify volume driver name")
            .short('d')
            .default("\"local\""),
        flag(
            "group",
            Kind::Text,
            "Cluster Volume group (cluster volumes)",
        ),
        flag(
            "label",
            Kind::List(Item::Label),
            "Set metadata for a volume",
        ),
        flag(
            "limit-bytes",
            Kind::Bytes,
            "Minimum size of the Cluster Volume in bytes",
        ),
        flag("opt", Kind::List(Item::Any), "Set driver specific options")
            .short('o')
            .shown_as("map")
            .default("map[]"),
        flag(
            "required-bytes",
            Kind::Bytes,
            "Maximum size of the Cluster Volume in bytes",
        ),
        flag(
            "scope",
            Kind::Text,
            "Cluster Volume access scope (\"single\", \"multi\")",
        )
        .default("\"single\""),
        flag("secret", Kind::List(Item::Any), "Cluster Volume secrets")
            .shown_as("map")
            .default("map[]"),
        flag(
            "sharing",
            Kind::Text,
            "Cluster Volume access sharing (\"none\", \"readonly\", \"onewriter\", \"all\")",
        )
        .default("\"none\""),
        flag(
            "topology-preferred",
            Kind::List(Item::Any),
            "A topology that the Cluster Volume would be preferred in",
        ),
        flag(
            "topology-required",
            Kind::List(Item::Any),
            "A topology that the Cluster Volume must be accessible from",
        ),
        flag(
            "type",
            Kind::Text,
            "Cluster Volume access type (\"mount\", \"block\")",
        )
        .default("\"block\""),
    ]],
    ..command(
        "create",
        "[OPTIONS] [VOLUME]",
        "Create a volume",
        Args::AtMost(1),
    )
};

const INSPECT: CommandSpec = CommandSpec {
    flags: &[&[INSPECT_FORMAT]],
    ..command(
        "inspect",
        "[OPTIONS] VOLUME [VOLUME...]",
        "Display detailed information on one or more volumes",
        Args::AtLeast(1),
    )
};

const LS: CommandSpec = CommandSpec {
    aliases: "docker volume ls, docker volume list",
    flags: &[&[
        flag(
            "cluster",
            Kind::Bool,
            "Display only cluster volumes, and use cluster volume list formatting",
        ),
        flag(
            "filter",
            Kind::Filter,
            "Provide filter values (e.g. \"dangling=true\")",
        )
        .short('f'),
        FORMAT,
        flag("quiet", Kind::Bool, "Only display volume names").short('q'),
    ]],
    ..command("ls", "[OPTIONS]", "List volumes", Args::None)
};

const PRUNE: CommandSpec = CommandSpec {
    flags: &[&[
        flag(
            "all",
            Kind::Bool,
            "Remove all unused volumes, not just anonymous ones",
        )
        .short('a'),
        flag(
            "filter",
            Kind::Filter,
            "Provide filter values (e.g. \"label=<label>\")",
        ),
        flag("force", Kind::Bool, "Do not prompt for confirmation").short('f'),
    ]],
    ..command(
        "prune",
        "[OPTIONS]",
        "Remove unused local volumes",
        Args::None,
    )
};

const RM: CommandSpec = CommandSpec {
    aliases: "docker volume rm, docker volume remove",
    long: "Remove one or more volumes. You cannot remove a volume that is in use by a container.",
    flags: &[&[flag(
        "force",
        Kind::Bool,
        "Force the removal of one or more volumes",
    )
    .short('f')]],
    ..command(
        "rm",
        "[OPTIONS] VOLUME [VOLUME...]",
        "Remove one or more volumes",
        Args::AtLeast(1),
    )
};

const UPDATE: CommandSpec = CommandSpec {
    flags: &[&[flag(
        "availability",
        Kind::Text,
        "Cluster Volume availability (\"active\", \"pause\", \"drain\")",
    )
    .default("\"active\"")]],
    ..command(
        "update",
        "[OPTIONS] [VOLUME]",
        "Update a volume (cluster volumes only)",
        Args::Exactly(1),
    )
};
