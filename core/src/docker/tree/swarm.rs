//! `docker swarm`: the commands and their flags, as docker 28.2.2 has them.
//!
//! Upstream: docker/cli `cli/command/swarm`.

use super::common::QUIET_PROGRESS;
use super::{Args, CommandSpec, command, group};
use crate::docker::flags::{Kind, flag};

/// `docker swarm` and what is below it.
pub(super) const GROUP: CommandSpec = group(
    "swarm",
    "Manage Swarm",
    "",
    &[
        CA, INIT, JOIN, JOIN_TOKEN, LEAVE, UNLOCK, UNLOCK_KEY, UPDATE,
    ],
);

const CA: CommandSpec = CommandSpec {
    flags: &[&[
        flag(
            "ca-cert",
            Kind::Text,
            "Path to the PEM-formatted root CA certificate to use for the new cluster",
        )
        .shown_as("pem-file"),
        flag(
            "ca-key",
            Kind::Text,
            "Path to the PEM-formatted root CA key to use for the new cluster",
        )
        .shown_as("pem-file"),
        flag(
            "cert-expiry",
            Kind::SignedDuration,
            "Validity period for node certificates (ns|us|ms|s|m|h)",
        )
        .default("2160h0m0s"),
        flag(
            "detach",
            Kind::Bool,
            "Exit immediately instead of waiting for the root rotation to converge",
        )
        .short('d'),
        flag(
            "external-ca",
            Kind::ExternalCa,
            "Specifications of one or more certificate signing endpoints",
        )
        .shown_as("external-ca"),
        QUIET_PROGRESS,
        flag(
            "rotate",
            Kind::Bool,
            "Rotate the swarm CA - if no certificate or key are provided, new ones will be generated",
        ),
    ]],
    ..command(
        "ca",
        "[OPTIONS]",
        "Display and rotate the root CA",
        Args::None,
    )
};

const INIT: CommandSpec = CommandSpec {
    flags: &[&[
            flag("advertise-addr", Kind::Text, "Advertised address (format: \"<ip|interface>[:port]\")"),
            flag("autolock", Kind::Bool, "Enable manager autolocking (requiring an unlock key to start a stopped manager)"),
            flag("availability", Kind::Text, "Availability of the node (\"active\", \"pause\", \"drain\")").default("\"active\""),
            flag("cert-expiry", Kind::SignedDuration, "Validity period for node certificates (ns|us|ms|s|m|h)").default("2160h0m0s"),
            flag("data-path-addr", Kind::Text, "Address or interface to use for data path traffic (format: \"<ip|interface>\")"),
            flag("data-path-port", Kind::Uint, "Port number to use for data path traffic (1024 - 49151). If no value is set or is set to 0, the default port (4789) is used.").shown_as("uint32"),
            flag("default-addr-pool", Kind::Strings, "default address pool in CIDR format").shown_as("ipNetSlice").default("[]"),
            flag("default-addr-pool-mask-length", Kind::Uint, "default address pool subnet mask length").shown_as("uint32").default("24"),
            flag("dispatcher-heartbeat", Kind::SignedDuration, "Dispatcher heartbeat period (ns|us|ms|s|m|h)").default("5s"),
            flag("external-ca", Kind::ExternalCa, "Specifications of one or more certificate signing endpoints").shown_as("external-ca"),
            flag("force-new-cluster", Kind::Bool, "Force create a new cluster from current state"),
            flag("listen-addr", Kind::Text, "Listen address (format: \"<ip|interface>[:port]\")").shown_as("node-addr").default("0.0.0.0:2377"),
            flag("max-snapshots", Kind::Uint, "Number of additional Raft snapshots to retain"),
            flag("snapshot-interval", Kind::Uint, "Number of log entries between Raft snapshots").default("10000"),
            flag("task-history-limit", Kind::Int, "Task history retention limit").default("5"),
        ]],
    ..command("init", "[OPTIONS]", "Initialize a swarm", Args::None)
};

const JOIN: CommandSpec = CommandSpec {
    flags: &[&[
        flag(
            "advertise-addr",
            Kind::Text,
            "Advertised address (format: \"<ip|interface>[:port]\")",
        ),
        flag(
            "availability",
            Kind::Text,
            "Availability of the node (\"active\", \"pause\", \"drain\")",
        )
        .default("\"active\""),
        flag(
            "data-path-addr",
            Kind::Text,
            "Address or interface to use for data path traffic (format: \"<ip|interface>\")",
        ),
        flag(
            "listen-addr",
            Kind::Text,
            "Listen address (format: \"<ip|interface>[:port]\")",
        )
        .shown_as("node-addr")
        .default("0.0.0.0:2377"),
        flag("token", Kind::Text, "Token for entry into the swarm"),
    ]],
    ..command(
        "join",
        "[OPTIONS] HOST:PORT",
        "Join a swarm as a node and/or manager",
        Args::Exactly(1),
    )
};

const JOIN_TOKEN: CommandSpec = CommandSpec {
    flags: &[&[
        flag("quiet", Kind::Bool, "Only display token").short('q'),
        flag("rotate", Kind::Bool, "Rotate join token"),
    ]],
    ..command(
        "join-token",
        "[OPTIONS] (worker|manager)",
        "Manage join tokens",
        Args::Exactly(1),
    )
};

const LEAVE: CommandSpec = CommandSpec {
    flags: &[&[flag(
        "force",
        Kind::Bool,
        "Force this node to leave the swarm, ignoring warnings",
    )
    .short('f')]],
    ..command("leave", "[OPTIONS]", "Leave the swarm", Args::None)
};

const UNLOCK: CommandSpec = CommandSpec {
    ..command("unlock", "", "Unlock swarm", Args::None)
};

const UNLOCK_KEY: CommandSpec = CommandSpec {
    flags: &[&[
        flag("quiet", Kind::Bool, "Only display token").short('q'),
        flag("rotate", Kind::Bool, "Rotate unlock key"),
    ]],
    ..command(
        "unlock-key",
        "[OPTIONS]",
        "Manage the unlock key",
        Args::None,
    )
};

const UPDATE: CommandSpec = CommandSpec {
    flags: &[&[
        flag(
            "autolock",
            Kind::Bool,
            "Change manager autolocking setting (true|false)",
        ),
        flag(
            "cert-expiry",
            Kind::SignedDuration,
            "Validity period for node certificates (ns|us|ms|s|m|h)",
        )
        .default("2160h0m0s"),
        flag(
            "dispatcher-heartbeat",
            Kind::SignedDuration,
            "Dispatcher heartbeat period (ns|us|ms|s|m|h)",
        )
        .default("5s"),
        flag(
            "external-ca",
            Kind::ExternalCa,
            "Specifications of one or more certificate signing endpoints",
        )
        .shown_as("external-ca"),
        flag(
            "max-snapshots",
            Kind::Uint,
            "Number of additional Raft snapshots to retain",
        ),
        flag(
            "snapshot-interval",
            Kind::Uint,
            "Number of log entries between Raft snapshots",
        )
        .default("10000"),
        flag(
            "task-history-limit",
            Kind::Int,
            "Task history retention limit",
        )
        .default("5"),
    ]],
    ..command("update", "[OPTIONS]", "Update the swarm", Args::None)
};
