//! `docker` itself: its sections, its global flags, and the commands by name.
//!
//! Upstream: docker/cli `cmd/docker/docker.go`, `cli/cobra.go`. The global flags choose a daemon,
//! a configuration and an amount of logging; there is one daemon here, so they are read and have
//! no effect.

use super::{
    Args, CommandSpec, command, config, container, network, node, secret, service, stack, swarm,
    system, unmodelled, volume,
};
use crate::docker::flags::{Flag, Item, Kind, flag};

/// The sections of `docker --help`, with the names of their commands in the order of print.
pub const SECTIONS: &[(&str, &[&str])] = &[
    (
        "Common Commands",
        &[
            "run", "exec", "ps", "build", "pull", "push", "images", "login", "logout", "search",
            "version", "info",
        ],
    ),
    (
        "Management Commands",
        &[
            "builder",
            "checkpoint",
            "container",
            "context",
            "image",
            "manifest",
            "network",
            "plugin",
            "system",
            "trust",
            "volume",
        ],
    ),
    (
        "Swarm Commands",
        &["config", "node", "secret", "service", "stack", "swarm"],
    ),
    (
        "Commands",
        &[
            "attach", "commit", "cp", "create", "diff", "events", "export", "history", "import",
            "inspect", "kill", "load", "logs", "pause", "port", "rename", "restart", "rm", "rmi",
            "save", "start", "stats", "stop", "tag", "top", "unpause", "update", "wait",
        ],
    ),
];

/// The whole tree.
pub const ROOT: CommandSpec = CommandSpec {
    flags: &[GLOBAL_FLAGS],
    children: &[
        container::RUN,
        container::EXEC,
        container::PS,
        unmodelled("build", "Build an image from a Dockerfile"),
        unmodelled("pull", "Download an image from a registry"),
        unmodelled("push", "Upload an image to a registry"),
        unmodelled("images", "List images"),
        unmodelled("login", "Authenticate to a registry"),
        unmodelled("logout", "Log out from a registry"),
        unmodelled("search", "Search Docker Hub for images"),
        container::VERSION,
        container::INFO,
        unmodelled("builder", "Manage builds"),
        unmodelled("checkpoint", "Manage checkpoints"),
        container::GROUP,
        unmodelled("context", "Manage contexts"),
        unmodelled("image", "Manage images"),
        unmodelled(
            "manifest",
            "Manage Docker image manifests and manifest lists",
        ),
        network::GROUP,
        unmodelled("plugin", "Manage plugins"),
        system::GROUP,
        unmodelled("trust", "Manage trust on Docker images"),
        volume::GROUP,
        config::GROUP,
        node::GROUP,
        secret::GROUP,
        service::GROUP,
        stack::GROUP,
        swarm::GROUP,
        container::ATTACH,
        container::COMMIT,
        container::CP,
        container::CREATE,
        container::DIFF,
        unmodelled("events", "Get real time events from the server"),
        container::EXPORT,
        unmodelled("history", "Show the history of an image"),
        unmodelled(
            "import",
            "Import the contents from a tarball to create a filesystem image",
        ),
        container::INSPECT,
        container::KILL,
        unmodelled("load", "Load an image from a tar archive or STDIN"),
        container::LOGS,
        container::PAUSE,
        container::PORT,
        container::RENAME,
        container::RESTART,
        container::RM,
        unmodelled("rmi", "Remove one or more images"),
        unmodelled(
            "save",
            "Save one or more images to a tar archive (streamed to STDOUT by default)",
        ),
        container::START,
        container::STATS,
        container::STOP,
        unmodelled(
            "tag",
            "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
        ),
        container::TOP,
        container::UNPAUSE,
        container::UPDATE,
        container::WAIT,
    ],
    ..command(
        "docker",
        "[OPTIONS] COMMAND",
        "A self-sufficient runtime for containers",
        Args::Any,
    )
};

const GLOBAL_FLAGS: &[Flag] = &[
    flag("config", Kind::Text, "Location of client config files").default("\"/root/.docker\""),
    flag("context", Kind::Text, "Name of the context to use to connect to the daemon (overrides DOCKER_HOST env var and default context set with \"docker context use\")").short('c'),
    flag("debug", Kind::Bool, "Enable debug mode").short('D'),
    flag("host", Kind::List(Item::Any), "Daemon socket to connect to").short('H'),
    flag("log-level", Kind::Text, "Set the logging level (\"debug\", \"info\", \"warn\", \"error\", \"fatal\")").short('l').default("\"info\""),
    flag("tls", Kind::Bool, "Use TLS; implied by --tlsverify"),
    flag("tlscacert", Kind::Text, "Trust certs signed only by this CA").default("\"/root/.docker/ca.pem\""),
    flag("tlscert", Kind::Text, "Path to TLS certificate file").default("\"/root/.docker/cert.pem\""),
    flag("tlskey", Kind::Text, "Path to TLS key file").default("\"/root/.docker/key.pem\""),
    flag("tlsverify", Kind::Bool, "Use TLS and verify the remote"),
    flag("version", Kind::Bool, "Print version information and quit").short('v'),
];
