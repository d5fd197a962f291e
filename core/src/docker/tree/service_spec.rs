//! `docker service create` and `update`, with the flags that only one of them has.
//!
//! Upstream: docker/cli `cli/command/service/{opts,create,update}.go`.

use super::service_flags::SPEC_FLAGS;
use super::{Args, CommandSpec, command};
use crate::docker::flags::{Item, Kind, ReferenceKind, flag};

/// `docker service create`.
pub(super) const CREATE: CommandSpec = CommandSpec {
    interspersed: false,
    flags: &[
        SPEC_FLAGS,
        &[
            flag(
                "config",
                Kind::Reference(ReferenceKind::Config),
                "Specify configurations to expose to the service",
            ),
            flag("constraint", Kind::List(Item::Any), "Placement constraints"),
            flag(
                "container-label",
                Kind::List(Item::Label),
                "Container labels",
            ),
            flag("dns", Kind::List(Item::Ip), "Set custom DNS servers"),
            flag("dns-option", Kind::List(Item::Any), "Set DNS options"),
            flag(
                "dns-search",
                Kind::List(Item::Domain),
                "Set custom DNS search domains",
            ),
            flag("endpoint-mode", Kind::Text, "Endpoint mode (vip or dnsrr)").default("\"vip\""),
            flag("env", Kind::List(Item::Env), "Set environment variables").short('e'),
            flag(
                "env-file",
                Kind::List(Item::Any),
                "Read in a file of environment variables",
            ),
            flag(
                "generic-resource",
                Kind::List(Item::GenericResource),
                "User defined resources",
            ),
            flag(
                "group",
                Kind::List(Item::Any),
                "Set one or more supplementary user groups for the container",
            ),
            flag(
                "host",
                Kind::List(Item::Host),
                "Set one or more custom host-to-IP mappings (host:ip)",
            ),
            flag("label", Kind::List(Item::Label), "Service labels").short('l'),
            flag(
                "mode",
                Kind::Text,
                "Service mode (\"replicated\", \"global\", \"replicated-job\", \"global-job\")",
            )
            .default("\"replicated\""),
            flag(
                "mount",
                Kind::Mount,
                "Attach a filesystem mount to the service",
            ),
            flag("name", Kind::Text, "Service name"),
            flag("network", Kind::Network, "Network attachments"),
            flag(
                "placement-pref",
                Kind::Preference,
                "Add a placement preference",
            ),
            flag("publish", Kind::Port, "Publish a port as a node port").short('p'),
            flag(
                "restart-condition",
                Kind::Text,
                "Restart when condition is met (\"none\", \"on-failure\", \"any\")",
            )
            .default("\"any\""),
            flag(
                "restart-delay",
                Kind::Duration,
                "Delay between restart attempts (ns|us|ms|s|m|h)",
            )
            .default("5s"),
            flag(
                "rollback-delay",
                Kind::Duration,
                "Delay between task rollbacks (ns|us|ms|s|m|h)",
            )
            .default("0s"),
            flag(
                "rollback-failure-action",
                Kind::Text,
                "Action on rollback failure (\"pause\", \"continue\")",
            )
            .default("\"pause\""),
            flag(
                "rollback-max-failure-ratio",
                Kind::Ratio,
                "Failure rate to tolerate during a rollback",
            )
            .default("0"),
            flag(
                "rollback-monitor",
                Kind::Duration,
                "Duration after each task rollback to monitor for failure (ns|us|ms|s|m|h)",
            )
            .default("5s"),
            flag(
                "rollback-order",
                Kind::Text,
                "Rollback order (\"start-first\", \"stop-first\")",
            )
            .default("\"stop-first\""),
            flag(
                "rollback-parallelism",
                Kind::Uint,
                "Maximum number of tasks rolled back simultaneously (0 to roll back all at once)",
            )
            .default("1"),
            flag(
                "secret",
                Kind::Reference(ReferenceKind::Secret),
                "Specify secrets to expose to the service",
            ),
            flag(
                "stop-grace-period",
                Kind::Duration,
                "Time to wait before force killing a container (ns|us|ms|s|m|h)",
            )
            .default("10s"),
            flag("sysctl", Kind::List(Item::Any), "Sysctl options"),
            flag("ulimit", Kind::Ulimit, "Ulimit options").default("[]"),
            flag(
                "update-delay",
                Kind::Duration,
                "Delay between updates (ns|us|ms|s|m|h)",
            )
            .default("0s"),
            flag(
                "update-failure-action",
                Kind::Text,
                "Action on update failure (\"pause\", \"continue\", \"rollback\")",
            )
            .default("\"pause\""),
            flag(
                "update-max-failure-ratio",
                Kind::Ratio,
                "Failure rate to tolerate during an update",
            )
            .default("0"),
            flag(
                "update-monitor",
                Kind::Duration,
                "Duration after each task update to monitor for failure (ns|us|ms|s|m|h)",
            )
            .default("5s"),
            flag(
                "update-order",
                Kind::Text,
                "Update order (\"start-first\", \"stop-first\")",
            )
            .default("\"stop-first\""),
            flag(
                "update-parallelism",
                Kind::Uint,
                "Maximum number of tasks updated simultaneously (0 to update all at once)",
            )
            .default("1"),
        ],
    ],
    ..command(
        "create",
        "[OPTIONS] IMAGE [COMMAND] [ARG...]",
        "Create a new service",
        Args::AtLeast(1),
    )
};

/// `docker service update`.
pub(super) const UPDATE: CommandSpec = CommandSpec {
    flags: &[
        SPEC_FLAGS,
        &[
            flag("args", Kind::Words, "Service command args"),
            flag(
                "config-add",
                Kind::Reference(ReferenceKind::Config),
                "Add or update a config file on a service",
            ),
            flag(
                "config-rm",
                Kind::List(Item::Any),
                "Remove a configuration file",
            ),
            flag(
                "constraint-add",
                Kind::List(Item::Any),
                "Add or update a placement constraint",
            ),
            flag(
                "constraint-rm",
                Kind::List(Item::Any),
                "Remove a constraint",
            ),
            flag(
                "container-label-add",
                Kind::List(Item::Label),
                "Add or update a container label",
            ),
            flag(
                "container-label-rm",
                Kind::List(Item::Any),
                "Remove a container label by its key",
            ),
            flag(
                "dns-add",
                Kind::List(Item::Ip),
                "Add or update a custom DNS server",
            ),
            flag(
                "dns-option-add",
                Kind::List(Item::Any),
                "Add or update a DNS option",
            ),
            flag(
                "dns-option-rm",
                Kind::List(Item::Any),
                "Remove a DNS option",
            ),
            flag(
                "dns-rm",
                Kind::List(Item::Any),
                "Remove a custom DNS server",
            ),
            flag(
                "dns-search-add",
                Kind::List(Item::Domain),
                "Add or update a custom DNS search domain",
            ),
            flag(
                "dns-search-rm",
                Kind::List(Item::Any),
                "Remove a DNS search domain",
            ),
            flag("endpoint-mode", Kind::Text, "Endpoint mode (vip or dnsrr)"),
            flag(
                "env-add",
                Kind::List(Item::Env),
                "Add or update an environment variable",
            ),
            flag(
                "env-rm",
                Kind::List(Item::Any),
                "Remove an environment variable",
            ),
            flag(
                "force",
                Kind::Bool,
                "Force update even if no changes require it",
            ),
            flag(
                "generic-resource-add",
                Kind::List(Item::GenericResource),
                "Add a Generic resource",
            ),
            flag(
                "generic-resource-rm",
                Kind::List(Item::Any),
                "Remove a Generic resource",
            ),
            flag(
                "group-add",
                Kind::List(Item::Any),
                "Add an additional supplementary user group to the container",
            ),
            flag(
                "group-rm",
                Kind::List(Item::Any),
                "Remove a previously added supplementary user group from the container",
            ),
            flag(
                "host-add",
                Kind::List(Item::Host),
                "Add a custom host-to-IP mapping (\"host:ip\")",
            ),
            flag(
                "host-rm",
                Kind::List(Item::Any),
                "Remove a custom host-to-IP mapping (\"host:ip\")",
            ),
            flag("image", Kind::Text, "Service image tag"),
            flag(
                "label-add",
                Kind::List(Item::Label),
                "Add or update a service label",
            ),
            flag(
                "label-rm",
                Kind::List(Item::Any),
                "Remove a label by its key",
            ),
            flag(
                "mount-add",
                Kind::Mount,
                "Add or update a mount on a service",
            ),
            flag(
                "mount-rm",
                Kind::List(Item::Any),
                "Remove a mount by its target path",
            ),
            flag("network-add", Kind::Network, "Add a network"),
            flag("network-rm", Kind::List(Item::Any), "Remove a network"),
            flag(
                "placement-pref-add",
                Kind::Preference,
                "Add a placement preference",
            ),
            flag(
                "placement-pref-rm",
                Kind::Preference,
                "Remove a placement preference",
            ),
            flag("publish-add", Kind::Port, "Add or update a published port"),
            flag(
                "publish-rm",
                Kind::Port,
                "Remove a published port by its target port",
            ),
            flag(
                "restart-condition",
                Kind::Text,
                "Restart when condition is met (\"none\", \"on-failure\", \"any\")",
            ),
            flag(
                "restart-delay",
                Kind::Duration,
                "Delay between restart attempts (ns|us|ms|s|m|h)",
            ),
            flag("rollback", Kind::Bool, "Rollback to previous specification"),
            flag(
                "rollback-delay",
                Kind::Duration,
                "Delay between task rollbacks (ns|us|ms|s|m|h)",
            ),
            flag(
                "rollback-failure-action",
                Kind::Text,
                "Action on rollback failure (\"pause\", \"continue\")",
            ),
            flag(
                "rollback-max-failure-ratio",
                Kind::Ratio,
                "Failure rate to tolerate during a rollback",
            ),
            flag(
                "rollback-monitor",
                Kind::Duration,
                "Duration after each task rollback to monitor for failure (ns|us|ms|s|m|h)",
            ),
            flag(
                "rollback-order",
                Kind::Text,
                "Rollback order (\"start-first\", \"stop-first\")",
            ),
            flag(
                "rollback-parallelism",
                Kind::Uint,
                "Maximum number of tasks rolled back simultaneously (0 to roll back all at once)",
            ),
            flag(
                "secret-add",
                Kind::Reference(ReferenceKind::Secret),
                "Add or update a secret on a service",
            ),
            flag("secret-rm", Kind::List(Item::Any), "Remove a secret"),
            flag(
                "stop-grace-period",
                Kind::Duration,
                "Time to wait before force killing a container (ns|us|ms|s|m|h)",
            ),
            flag(
                "sysctl-add",
                Kind::List(Item::Any),
                "Add or update a Sysctl option",
            ),
            flag("sysctl-rm", Kind::List(Item::Any), "Remove a Sysctl option"),
            flag("ulimit-add", Kind::Ulimit, "Add or update a ulimit option").default("[]"),
            flag("ulimit-rm", Kind::List(Item::Any), "Remove a ulimit option"),
            flag(
                "update-delay",
                Kind::Duration,
                "Delay between updates (ns|us|ms|s|m|h)",
            ),
            flag(
                "update-failure-action",
                Kind::Text,
                "Action on update failure (\"pause\", \"continue\", \"rollback\")",
            ),
            flag(
                "update-max-failure-ratio",
                Kind::Ratio,
                "Failure rate to tolerate during an update",
            ),
            flag(
                "update-monitor",
                Kind::Duration,
                "Duration after each task update to monitor for failure (ns|us|ms|s|m|h)",
            ),
            flag(
                "update-order",
                Kind::Text,
                "Update order (\"start-first\", \"stop-first\")",
            ),
            flag(
                "update-parallelism",
                Kind::Uint,
                "Maximum number of tasks updated simultaneously (0 to update all at once)",
            ),
        ],
    ],
    ..command(
        "update",
        "[OPTIONS] SERVICE",
        "Update a service",
        Args::Exactly(1),
    )
};
