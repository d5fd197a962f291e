//! The flags that `docker service create` and `update` share, as docker 28.2.2 has them.
//!
//! Upstream: docker/cli `cli/command/service/opts.go` addServiceFlags.

use super::common::{DETACH, QUIET_PROGRESS};
use crate::docker::flags::{Flag, Item, Kind, flag};

/// What `create` and `update` have in common.
pub(super) const SPEC_FLAGS: &[Flag] = &[
    flag("cap-add", Kind::List(Item::Any), "Add Linux capabilities"),
    flag("cap-drop", Kind::List(Item::Any), "Drop Linux capabilities"),
    flag(
        "credential-spec",
        Kind::CredentialSpec,
        "Credential spec for managed service account (Windows only)",
    ),
    DETACH,
    flag(
        "entrypoint",
        Kind::Words,
        "Overwrite the default ENTRYPOINT of the image",
    ),
    flag("health-cmd", Kind::Text, "Command to run to check health"),
    flag(
        "health-interval",
        Kind::Duration,
        "Time between running the check (ms|s|m|h)",
    ),
    flag(
        "health-retries",
        Kind::Int,
        "Consecutive failures needed to report unhealthy",
    ),
    flag(
        "health-start-interval",
        Kind::Duration,
        "Time between running the check during the start period (ms|s|m|h)",
    ),
    flag(
        "health-start-period",
        Kind::Duration,
        "Start period for the container to initialize before counting retries towards unstable (ms|s|m|h)",
    ),
    flag(
        "health-timeout",
        Kind::Duration,
        "Maximum time to allow one check to run (ms|s|m|h)",
    ),
    flag("hostname", Kind::Text, "Container hostname"),
    flag(
        "init",
        Kind::Bool,
        "Use an init inside each service container to forward signals and reap processes",
    ),
    flag("isolation", Kind::Text, "Service container isolation mode"),
    flag("limit-cpu", Kind::Cpu, "Limit CPUs"),
    flag("limit-memory", Kind::Bytes, "Limit Memory"),
    flag(
        "limit-pids",
        Kind::Int,
        "Limit maximum number of processes (default 0 = unlimited)",
    ),
    flag("log-driver", Kind::Text, "Logging driver for service"),
    flag("log-opt", Kind::List(Item::Any), "Logging driver options"),
    flag(
        "max-concurrent",
        Kind::Uint,
        "Number of job tasks to run concurrently (default equal to --replicas)",
    ),
    flag(
        "no-healthcheck",
        Kind::Bool,
        "Disable any container-specified HEALTHCHECK",
    ),
    flag(
        "no-resolve-image",
        Kind::Bool,
        "Do not query the registry to resolve image digest and supported platforms",
    ),
    flag(
        "oom-score-adj",
        Kind::Int,
        "Tune host's OOM preferences (-1000 to 1000) ",
    ),
    QUIET_PROGRESS,
    flag(
        "read-only",
        Kind::Bool,
        "Mount the container's root filesystem as read only",
    ),
    flag("replicas", Kind::Uint, "Number of tasks"),
    flag(
        "replicas-max-per-node",
        Kind::Uint,
        "Maximum number of tasks per node (default 0 = unlimited)",
    ),
    flag("reserve-cpu", Kind::Cpu, "Reserve CPUs"),
    flag("reserve-memory", Kind::Bytes, "Reserve Memory"),
    flag(
        "restart-max-attempts",
        Kind::Uint,
        "Maximum number of restarts before giving up",
    ),
    flag(
        "restart-window",
        Kind::Duration,
        "Window used to evaluate the restart policy (ns|us|ms|s|m|h)",
    ),
    flag("stop-signal", Kind::Text, "Signal to stop the container"),
    flag("tty", Kind::Bool, "Allocate a pseudo-TTY").short('t'),
    flag(
        "user",
        Kind::Text,
        "Username or UID (format: <name|uid>[:<group|gid>])",
    )
    .short('u'),
    flag(
        "with-registry-auth",
        Kind::Bool,
        "Send registry authentication details to swarm agents",
    ),
    flag(
        "workdir",
        Kind::Text,
        "Working directory inside the container",
    )
    .short('w'),
];
