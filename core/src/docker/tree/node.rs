//! `docker node`: the commands and their flags, as docker 28.2.2 has them.
//!
//! Upstream: docker/cli `cli/command/node`.

use super::common::{
    FILTER, FORMAT, INSPECT_FORMAT, NO_RESOLVE, NO_TRUNC, PRETTY, QUIET_IDS, QUIET_TASK_IDS,
    TASK_FORMAT,
};
use super::{Args, CommandSpec, command, group};
use crate::docker::flags::{Item, Kind, flag};

/// `docker node` and what is below it.
pub(super) const GROUP: CommandSpec = group(
    "node",
    "Manage Swarm nodes",
    "",
    &[DEMOTE, INSPECT, LS, PROMOTE, PS, RM, UPDATE],
);

const DEMOTE: CommandSpec = CommandSpec {
    ..command(
        "demote",
        "NODE [NODE...]",
        "Demote one or more nodes from manager in the swarm",
        Args::AtLeast(1),
    )
};

const INSPECT: CommandSpec = CommandSpec {
    flags: &[&[INSPECT_FORMAT, PRETTY]],
    ..command(
        "inspect",
        "[OPTIONS] self|NODE [NODE...]",
        "Display detailed information on one or more nodes",
        Args::AtLeast(1),
    )
};

const LS: CommandSpec = CommandSpec {
    aliases: "docker node ls, docker node list",
    flags: &[&[FILTER, FORMAT, QUIET_IDS]],
    ..command("ls", "[OPTIONS]", "List nodes in the swarm", Args::None)
};

const PROMOTE: CommandSpec = CommandSpec {
    ..command(
        "promote",
        "NODE [NODE...]",
        "Promote one or more nodes to manager in the swarm",
        Args::AtLeast(1),
    )
};

const PS: CommandSpec = CommandSpec {
    flags: &[&[FILTER, TASK_FORMAT, NO_RESOLVE, NO_TRUNC, QUIET_TASK_IDS]],
    ..command(
        "ps",
        "[OPTIONS] [NODE...]",
        "List tasks running on one or more nodes, defaults to current node",
        Args::Any,
    )
};

const RM: CommandSpec = CommandSpec {
    aliases: "docker node rm, docker node remove",
    flags: &[&[flag("force", Kind::Bool, "Force remove a node from the swarm").short('f')]],
    ..command(
        "rm",
        "[OPTIONS] NODE [NODE...]",
        "Remove one or more nodes from the swarm",
        Args::AtLeast(1),
    )
};

const UPDATE: CommandSpec = CommandSpec {
    flags: &[&[
        flag(
            "availability",
            Kind::Text,
            "Availability of the node (\"active\", \"pause\", \"drain\")",
        ),
        flag(
            "label-add",
            Kind::List(Item::Any),
            "Add or update a node label (\"key=value\")",
        ),
        flag(
            "label-rm",
            Kind::List(Item::Any),
            "Remove a node label if exists",
        ),
        flag(
            "role",
            Kind::Text,
            "Role of the node (\"worker\", \"manager\")",
        ),
    ]],
    ..command(
        "update",
        "[OPTIONS] NODE",
        "Update a node",
        Args::Exactly(1),
    )
};
