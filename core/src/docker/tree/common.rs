//! Flags that several commands have in common, word for word.

use super::{FORMAT_INSPECT, FORMAT_LIST};
use crate::docker::flags::{Flag, Kind, flag};

/// Of a list: conditions.
pub(super) const FILTER: Flag = flag(
    "filter",
    Kind::Filter,
    "Filter output based on conditions provided",
)
.short('f');

/// Of a list: its form.
pub(super) const FORMAT: Flag = flag("format", Kind::Text, FORMAT_LIST);

/// Of a list of tasks: its form.
pub(super) const TASK_FORMAT: Flag = flag(
    "format",
    Kind::Text,
    "Pretty-print tasks using a Go template",
);

/// Of a close look at objects: its form.
pub(super) const INSPECT_FORMAT: Flag = flag("format", Kind::Text, FORMAT_INSPECT).short('f');

/// Of a close look at objects: for people.
pub(super) const PRETTY: Flag = flag(
    "pretty",
    Kind::Bool,
    "Print the information in a human friendly format",
);

/// Of a list: ids alone.
pub(super) const QUIET_IDS: Flag = flag("quiet", Kind::Bool, "Only display IDs").short('q');

/// Of a list of tasks: ids alone.
pub(super) const QUIET_TASK_IDS: Flag =
    flag("quiet", Kind::Bool, "Only display task IDs").short('q');

/// Of a list: nothing is cut.
pub(super) const NO_TRUNC: Flag = flag("no-trunc", Kind::Bool, "Do not truncate output");

/// Of a list of tasks: ids instead of names.
pub(super) const NO_RESOLVE: Flag = flag("no-resolve", Kind::Bool, "Do not map IDs to Names");

/// Of a change of a service: nobody waits.
pub(super) const DETACH: Flag = flag(
    "detach",
    Kind::Bool,
    "Exit immediately instead of waiting for the service to converge",
)
.short('d');

/// Of a change of a service: nothing is told on the way.
pub(super) const QUIET_PROGRESS: Flag =
    flag("quiet", Kind::Bool, "Suppress progress output").short('q');

/// What the logs of services and of containers have in common.
pub(super) const LOG_FLAGS: &[Flag] = &[
    flag("details", Kind::Bool, "Show extra details provided to logs"),
    flag("follow", Kind::Bool, "Follow log output").short('f'),
    flag(
        "since",
        Kind::Text,
        "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)",
    ),
    flag(
        "tail",
        Kind::Text,
        "Number of lines to show from the end of the logs",
    )
    .short('n')
    .default("\"all\""),
    flag("timestamps", Kind::Bool, "Show timestamps").short('t'),
];
