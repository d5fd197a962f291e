//! `docker stack`: the commands and their flags, as docker 28.2.2 has them.
//!
//! Upstream: docker/cli `cli/command/stack`.

use super::common::{
    FILTER, FORMAT, NO_RESOLVE, NO_TRUNC, QUIET_IDS, QUIET_PROGRESS, QUIET_TASK_IDS,
};
use super::{Args, CommandSpec, command, group};
use crate::docker::flags::{Kind, flag};

/// `docker stack` and what is below it.
pub(super) const GROUP: CommandSpec = group(
    "stack",
    "Manage Swarm stacks",
    "[OPTIONS]",
    &[CONFIG, DEPLOY, LS, PS, RM, SERVICES],
);

const CONFIG: CommandSpec = CommandSpec {
    flags: &[&[
        flag(
            "compose-file",
            Kind::Strings,
            "Path to a Compose file, or \"-\" to read from stdin",
        )
        .short('c'),
        flag(
            "skip-interpolation",
            Kind::Bool,
            "Skip interpolation and output only merged config",
        ),
    ]],
    ..command(
        "config",
        "[OPTIONS]",
        "Outputs the final config file, after doing merges and interpolations",
        Args::None,
    )
};

const DEPLOY: CommandSpec = CommandSpec {
    aliases: "docker stack deploy, docker stack up",
    flags: &[&[
            flag("compose-file", Kind::Strings, "Path to a Compose file, or \"-\" to read from stdin").short('c'),
            flag("detach", Kind::Bool, "Exit immediately instead of waiting for the stack services to converge").short('d').default("true"),
            flag("prune", Kind::Bool, "Prune services that are no longer referenced"),
            QUIET_PROGRESS,
            flag("resolve-image", Kind::Text, "Query the registry to resolve image digest and supported platforms (\"always\", \"changed\", \"never\")").default("\"always\""),
            flag("with-registry-auth", Kind::Bool, "Send registry authentication details to Swarm agents"),
        ]],
    ..command("deploy", "[OPTIONS] STACK", "Deploy a new stack or update an existing stack", Args::Exactly(1))
};

const LS: CommandSpec = CommandSpec {
    aliases: "docker stack ls, docker stack list",
    flags: &[&[FORMAT]],
    ..command("ls", "[OPTIONS]", "List stacks", Args::None)
};

const PS: CommandSpec = CommandSpec {
    flags: &[&[FILTER, FORMAT, NO_RESOLVE, NO_TRUNC, QUIET_TASK_IDS]],
    ..command(
        "ps",
        "[OPTIONS] STACK",
        "List the tasks in the stack",
        Args::Exactly(1),
    )
};

const RM: CommandSpec = CommandSpec {
    aliases: "docker stack rm, docker stack remove, docker stack down",
    flags: &[
        &[flag("detach", Kind::Bool, "Do not wait for stack removal")
            .short('d')
            .default("true")],
    ],
    ..command(
        "rm",
        "[OPTIONS] STACK [STACK...]",
        "Remove one or more stacks",
        Args::AtLeast(1),
    )
};

const SERVICES: CommandSpec = CommandSpec {
    flags: &[&[FILTER, FORMAT, QUIET_IDS]],
    ..command(
        "services",
        "[OPTIONS] STACK",
        "List the services in the stack",
        Args::Exactly(1),
    )
};
