//! Containers and the engine: the commands and their flags, as docker 28.2.2 has them.
//!
//! Upstream: docker/cli `cli/command/container`.

use super::common::{FILTER, FORMAT, INSPECT_FORMAT, LOG_FLAGS};
use super::{Args, CommandSpec, command, group, unmodelled};
use crate::docker::flags::{Item, Kind, flag};

pub(super) const INFO: CommandSpec = CommandSpec {
    aliases: "docker system info, docker info",
    flags: &[&[INSPECT_FORMAT]],
    ..command(
        "info",
        "[OPTIONS]",
        "Display system-wide information",
        Args::None,
    )
};

pub(super) const VERSION: CommandSpec = CommandSpec {
    flags: &[&[INSPECT_FORMAT]],
    ..command(
        "version",
        "[OPTIONS]",
        "Show the Docker version information",
        Args::None,
    )
};

pub(super) const PS: CommandSpec = CommandSpec {
    aliases: "docker container ls, docker container list, docker container ps, docker ps",
    flags: &[&[
        flag("all", Kind::Bool, "Show all containers")
            .short('a')
            .default("shows just running"),
        FILTER,
        FORMAT,
        flag(
            "last",
            Kind::Int,
            "Show n last created containers (includes all states)",
        )
        .short('n')
        .default("-1"),
        flag(
            "latest",
            Kind::Bool,
            "Show the latest created container (includes all states)",
        )
        .short('l'),
        flag("no-trunc", Kind::Bool, "Don't truncate output"),
        flag("quiet", Kind::Bool, "Only display container IDs").short('q'),
        flag("size", Kind::Bool, "Display total file sizes").short('s'),
    ]],
    ..command("ps", "[OPTIONS]", "List containers", Args::None)
};

pub(super) const EXEC: CommandSpec = CommandSpec {
    aliases: "docker container exec, docker exec",
    interspersed: false,
    flags: &[&[
        flag(
            "detach",
            Kind::Bool,
            "Detached mode: run command in the background",
        )
        .short('d'),
        flag(
            "detach-keys",
            Kind::Text,
            "Override the key sequence for detaching a container",
        ),
        flag("env", Kind::List(Item::Env), "Set environment variables").short('e'),
        flag(
            "env-file",
            Kind::List(Item::Any),
            "Read in a file of environment variables",
        ),
        flag(
            "interactive",
            Kind::Bool,
            "Keep STDIN open even if not attached",
        )
        .short('i'),
        flag(
            "privileged",
            Kind::Bool,
            "Give extended privileges to the command",
        ),
        flag("tty", Kind::Bool, "Allocate a pseudo-TTY").short('t'),
        flag(
            "user",
            Kind::Text,
            "Username or UID (format: \"<name|uid>[:<group|gid>]\")",
        )
        .short('u'),
        flag(
            "workdir",
            Kind::Text,
            "Working directory inside the container",
        )
        .short('w'),
    ]],
    ..command(
        "exec",
        "[OPTIONS] CONTAINER COMMAND [ARG...]",
        "Execute a command in a running container",
        Args::AtLeast(2),
    )
};

pub(super) const CP: CommandSpec = CommandSpec {
    aliases: "docker container cp, docker cp",
    long: "Copy files/folders between a container and the local filesystem\n\nUse '-' as the source to read a tar archive from stdin\nand extract it to a directory destination in a container.\nUse '-' as the destination to stream a tar archive of a\ncontainer source to stdout.",
    flags: &[&[
            flag("archive", Kind::Bool, "Archive mode (copy all uid/gid information)").short('a'),
            flag("follow-link", Kind::Bool, "Always follow symbol link in SRC_PATH").short('L'),
            flag("quiet", Kind::Bool, "Suppress progress output during copy. Progress output is automatically suppressed if no terminal is attached").short('q'),
        ]],
    ..command("cp", "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH", "Copy files/folders between a container and the local filesystem", Args::Exactly(2))
};

pub(super) const LOGS: CommandSpec = CommandSpec {
    aliases: "docker container logs, docker logs",
    flags: &[
        LOG_FLAGS,
        &[flag(
            "until",
            Kind::Text,
            "Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)",
        )],
    ],
    ..command(
        "logs",
        "[OPTIONS] CONTAINER",
        "Fetch the logs of a container",
        Args::Exactly(1),
    )
};

pub(super) const INSPECT: CommandSpec = CommandSpec {
    flags: &[&[
        INSPECT_FORMAT,
        flag(
            "size",
            Kind::Bool,
            "Display total file sizes if the type is container",
        )
        .short('s'),
        flag("type", Kind::Text, "Only inspect objects of the given type"),
    ]],
    ..command(
        "inspect",
        "[OPTIONS] NAME|ID [NAME|ID...]",
        "Return low-level information on Docker objects",
        Args::AtLeast(1),
    )
};

pub(super) const STOP: CommandSpec = CommandSpec {
    aliases: "docker container stop, docker stop",
    flags: &[&[
        flag("signal", Kind::Text, "Signal to send to the container").short('s'),
        flag(
            "timeout",
            Kind::Int,
            "Seconds to wait before killing the container",
        )
        .short('t'),
    ]],
    ..command(
        "stop",
        "[OPTIONS] CONTAINER [CONTAINER...]",
        "Stop one or more running containers",
        Args::AtLeast(1),
    )
};

pub(super) const KILL: CommandSpec = CommandSpec {
    aliases: "docker container kill, docker kill",
    flags: &[&[flag("signal", Kind::Text, "Signal to send to the container").short('s')]],
    ..command(
        "kill",
        "[OPTIONS] CONTAINER [CONTAINER...]",
        "Kill one or more running containers",
        Args::AtLeast(1),
    )
};

pub(super) const RM: CommandSpec = CommandSpec {
    aliases: "docker container rm, docker container remove, docker rm",
    flags: &[&[
        flag(
            "force",
            Kind::Bool,
            "Force the removal of a running container (uses SIGKILL)",
        )
        .short('f'),
        flag("link", Kind::Bool, "Remove the specified link").short('l'),
        flag(
            "volumes",
            Kind::Bool,
            "Remove anonymous volumes associated with the container",
        )
        .short('v'),
    ]],
    ..command(
        "rm",
        "[OPTIONS] CONTAINER [CONTAINER...]",
        "Remove one or more containers",
        Args::AtLeast(1),
    )
};

/// `docker container`: most of what is also directly under `docker`, once more.
pub(super) const GROUP: CommandSpec = group(
    "container",
    "Manage containers",
    "",
    &[
        ATTACH,
        COMMIT,
        CP,
        CREATE,
        DIFF,
        EXEC,
        EXPORT,
        CONTAINER_INSPECT,
        KILL,
        LOGS,
        LS,
        PAUSE,
        PORT,
        PRUNE,
        RENAME,
        RESTART,
        RM,
        RUN,
        START,
        STATS,
        STOP,
        TOP,
        UNPAUSE,
        UPDATE,
        WAIT,
    ],
);

const LS: CommandSpec = CommandSpec { name: "ls", ..PS };

const CONTAINER_INSPECT: CommandSpec = CommandSpec {
    flags: &[&[
        INSPECT_FORMAT,
        flag("size", Kind::Bool, "Display total file sizes").short('s'),
    ]],
    ..command(
        "inspect",
        "[OPTIONS] CONTAINER [CONTAINER...]",
        "Display detailed information on one or more containers",
        Args::AtLeast(1),
    )
};

const PRUNE: CommandSpec = unmodelled("prune", "Remove all stopped containers");

pub(super) const RUN: CommandSpec =
    unmodelled("run", "Create and run a new container from an image");

pub(super) const ATTACH: CommandSpec = unmodelled(
    "attach",
    "Attach local standard input, output, and error streams to a running container",
);

pub(super) const COMMIT: CommandSpec =
    unmodelled("commit", "Create a new image from a container's changes");

pub(super) const CREATE: CommandSpec = unmodelled("create", "Create a new container");

pub(super) const DIFF: CommandSpec = unmodelled(
    "diff",
    "Inspect changes to files or directories on a container's filesystem",
);

pub(super) const EXPORT: CommandSpec =
    unmodelled("export", "Export a container's filesystem as a tar archive");

pub(super) const PAUSE: CommandSpec =
    unmodelled("pause", "Pause all processes within one or more containers");

pub(super) const PORT: CommandSpec = unmodelled(
    "port",
    "List port mappings or a specific mapping for the container",
);

pub(super) const RENAME: CommandSpec = unmodelled("rename", "Rename a container");

pub(super) const RESTART: CommandSpec = unmodelled("restart", "Restart one or more containers");

pub(super) const START: CommandSpec = unmodelled("start", "Start one or more stopped containers");

pub(super) const STATS: CommandSpec = unmodelled(
    "stats",
    "Display a live stream of container(s) resource usage statistics",
);

pub(super) const TOP: CommandSpec =
    unmodelled("top", "Display the running processes of a container");

pub(super) const UNPAUSE: CommandSpec = unmodelled(
    "unpause",
    "Unpause all processes within one or more containers",
);

pub(super) const UPDATE: CommandSpec =
    unmodelled("update", "Update configuration of one or more containers");

pub(super) const WAIT: CommandSpec = unmodelled(
    "wait",
    "Block until one or more containers stop, then print their exit codes",
);
