//! `docker secret`: the commands and their flags, as docker 28.2.2 has them.
//!
//! Upstream: docker/cli `cli/command/secret`.

use super::common::{FILTER, FORMAT, INSPECT_FORMAT, PRETTY, QUIET_IDS};
use super::{Args, CommandSpec, command, group};
use crate::docker::flags::{Item, Kind, flag};

/// `docker secret` and what is below it.
pub(super) const GROUP: CommandSpec = group(
    "secret",
    "Manage Swarm secrets",
    "",
    &[CREATE, INSPECT, LS, RM],
);

const CREATE: CommandSpec = CommandSpec {
    flags: &[&[
        flag("driver", Kind::Text, "Secret driver").short('d'),
        flag("label", Kind::List(Item::Any), "Secret labels").short('l'),
        flag("template-driver", Kind::Text, "Template driver"),
    ]],
    ..command(
        "create",
        "[OPTIONS] SECRET [file|-]",
        "Create a secret from a file or STDIN as content",
        Args::Range(1, 2),
    )
};

const INSPECT: CommandSpec = CommandSpec {
    flags: &[&[INSPECT_FORMAT, PRETTY]],
    ..command(
        "inspect",
        "[OPTIONS] SECRET [SECRET...]",
        "Display detailed information on one or more secrets",
        Args::AtLeast(1),
    )
};

const LS: CommandSpec = CommandSpec {
    aliases: "docker secret ls, docker secret list",
    flags: &[&[FILTER, FORMAT, QUIET_IDS]],
    ..command("ls", "[OPTIONS]", "List secrets", Args::None)
};

const RM: CommandSpec = CommandSpec {
    aliases: "docker secret rm, docker secret remove",
    ..command(
        "rm",
        "SECRET [SECRET...]",
        "Remove one or more secrets",
        Args::AtLeast(1),
    )
};
