//! `docker network`: the commands and their flags, as docker 28.2.2 has them.
//!
//! Upstream: docker/cli `cli/command/network`.

use super::common::{FORMAT, INSPECT_FORMAT};
use super::{Args, CommandSpec, command, group};
use crate::docker::flags::{Item, Kind, flag};

/// `docker network` and what is below it.
pub(super) const GROUP: CommandSpec = group(
    "network",
    "Manage networks",
    "",
    &[CONNECT, CREATE, DISCONNECT, INSPECT, LS, PRUNE, RM],
);

const CONNECT: CommandSpec = CommandSpec {
    flags: &[&[
        flag(
            "alias",
            Kind::Strings,
            "Add network-scoped alias for the container",
        ),
        flag(
            "driver-opt",
            Kind::Strings,
            "driver options for the network",
        ),
        flag(
            "gw-priority",
            Kind::Int,
            "Highest gw-priority provides the default gateway. Accepts positive and negative values.",
        ),
        flag("ip", Kind::Text, "IPv4 address (e.g., \"172.30.100.104\")"),
        flag("ip6", Kind::Text, "IPv6 address (e.g., \"2001:db8::33\")"),
        flag(
            "link",
            Kind::List(Item::Any),
            "Add link to another container",
        ),
        flag(
            "link-local-ip",
            Kind::Strings,
            "Add a link-local address for the container",
        ),
    ]],
    ..command(
        "connect",
        "[OPTIONS] NETWORK CONTAINER",
        "Connect a container to a network",
        Args::Exactly(2),
    )
};

const CREATE: CommandSpec = CommandSpec {
    flags: &[&[
        flag(
            "attachable",
            Kind::Bool,
            "Enable manual container attachment",
        ),
        flag(
            "aux-address",
            Kind::List(Item::Any),
            "Auxiliary IPv4 or IPv6 addresses used by Network driver",
        )
        .shown_as("map")
        .default("map[]"),
        flag(
            "config-from",
            Kind::Text,
            "The network from which to copy the configuration",
        ),
        flag(
            "config-only",
            Kind::Bool,
            "Create a configuration only network",
        ),
        flag("driver", Kind::Text, "Driver to manage the Network")
            .short('d')
            .default("\"bridge\""),
        flag(
            "gateway",
            Kind::Strings,
            "IPv4 or IPv6 Gateway for the master subnet",
        ),
        flag("ingress", Kind::Bool, "Create swarm routing-mesh network"),
        flag(
            "internal",
            Kind::Bool,
            "Restrict external access to the network",
        ),
        flag(
            "ip-range",
            Kind::Strings,
            "Allocate container ip from a sub-range",
        ),
        flag("ipam-driver", Kind::Text, "IP Address Management Driver").default("\"default\""),
        flag(
            "ipam-opt",
            Kind::List(Item::Any),
            "Set IPAM driver specific options",
        )
        .shown_as("map")
        .default("map[]"),
        flag(
            "ipv4",
            Kind::Bool,
            "Enable or disable IPv4 address assignment",
        )
        .default("true"),
        flag(
            "ipv6",
            Kind::Bool,
            "Enable or disable IPv6 address assignment",
        ),
        flag(
            "label",
            Kind::List(Item::Label),
            "Set metadata on a network",
        ),
        flag("opt", Kind::List(Item::Any), "Set driver specific options")
            .short('o')
            .shown_as("map")
            .default("map[]"),
        flag("scope", Kind::Text, "Control the network's scope"),
        flag(
            "subnet",
            Kind::Strings,
            "Subnet in CIDR format that represents a network segment",
        ),
    ]],
    ..command(
        "create",
        "[OPTIONS] NETWORK",
        "Create a network",
        Args::Exactly(1),
    )
};

const DISCONNECT: CommandSpec = CommandSpec {
    flags: &[&[flag(
        "force",
        Kind::Bool,
        "Force the container to disconnect from a network",
    )
    .short('f')]],
    ..command(
        "disconnect",
        "[OPTIONS] NETWORK CONTAINER",
        "Disconnect a container from a network",
        Args::Exactly(2),
    )
};

const INSPECT: CommandSpec = CommandSpec {
    flags: &[&[
        INSPECT_FORMAT,
        flag("verbose", Kind::Bool, "Verbose output for diagnostics").short('v'),
    ]],
    ..command(
        "inspect",
        "[OPTIONS] NETWORK [NETWORK...]",
        "Display detailed information on one or more networks",
        Args::AtLeast(1),
    )
};

const LS: CommandSpec = CommandSpec {
    aliases: "docker network ls, docker network list",
    flags: &[&[
        flag(
            "filter",
            Kind::Filter,
            "Provide filter values (e.g. \"driver=bridge\")",
        )
        .short('f'),
        FORMAT,
        flag("no-trunc", Kind::Bool, "Do not truncate the output"),
        flag("quiet", Kind::Bool, "Only display network IDs").short('q'),
    ]],
    ..command("ls", "[OPTIONS]", "List networks", Args::None)
};

const PRUNE: CommandSpec = CommandSpec {
    flags: &[&[
        flag(
            "filter",
            Kind::Filter,
            "Provide filter values (e.g. \"until=<timestamp>\")",
        ),
        flag("force", Kind::Bool, "Do not prompt for confirmation").short('f'),
    ]],
    ..command(
        "prune",
        "[OPTIONS]",
        "Remove all unused networks",
        Args::None,
    )
};

const RM: CommandSpec = CommandSpec {
    aliases: "docker network rm, docker network remove",
    flags: &[&[flag(
        "force",
        Kind::Bool,
        "Do not error if the network does not exist",
    )
    .short('f')]],
    ..command(
        "rm",
        "NETWORK [NETWORK...]",
        "Remove one or more networks",
        Args::AtLeast(1),
    )
};
