//! `docker config`: the commands and their flags, as docker 28.2.2 has them.
//!
//! Upstream: docker/cli `cli/command/config`.

use super::common::{FILTER, FORMAT, INSPECT_FORMAT, PRETTY, QUIET_IDS};
use super::{Args, CommandSpec, command, group};
use crate::docker::flags::{Item, Kind, flag};

/// `docker config` and what is below it.
pub(super) const GROUP: CommandSpec = group(
    "config",
    "Manage Swarm configs",
    "",
    &[CREATE, INSPECT, LS, RM],
);

const CREATE: CommandSpec = CommandSpec {
    flags: &[&[
        flag("label", Kind::List(Item::Any), "Config labels").short('l'),
        flag("template-driver", Kind::Text, "Template driver"),
    ]],
    ..command(
        "create",
        "[OPTIONS] CONFIG file|-",
        "Create a config from a file or STDIN",
        Args::Exactly(2),
    )
};

const INSPECT: CommandSpec = CommandSpec {
    flags: &[&[INSPECT_FORMAT, PRETTY]],
    ..command(
        "inspect",
        "[OPTIONS] CONFIG [CONFIG...]",
        "Display detailed information on one or more configs",
        Args::AtLeast(1),
    )
};

const LS: CommandSpec = CommandSpec {
    aliases: "docker config ls, docker config list",
    flags: &[&[FILTER, FORMAT, QUIET_IDS]],
    ..command("ls", "[OPTIONS]", "List configs", Args::None)
};

const RM: CommandSpec = CommandSpec {
    aliases: "docker config rm, docker config remove",
    ..command(
        "rm",
        "CONFIG [CONFIG...]",
        "Remove one or more configs",
        Args::AtLeast(1),
    )
};
