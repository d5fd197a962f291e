//! `docker service logs` (docker/cli `cli/command/service/logs.go`).

use crate::docker::flags::Matches;

/// The output of a service or a task.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command, and none depends on another"
)]
pub struct ServiceLogs {
    /// The service or task as it was typed.
    pub target: String,
    /// Show more about each line.
    pub details: bool,
    /// Go on until interrupted.
    pub follow: bool,
    /// Ids instead of names.
    pub no_resolve: bool,
    /// Nothing before the line.
    pub no_task_ids: bool,
    /// Whole ids.
    pub no_trunc: bool,
    /// The lines as they are, without saying whose they are.
    pub raw: bool,
    /// Since when: a time or an age, as typed; empty for the beginning.
    pub since: String,
    /// How many lines from the end, as typed; `all` for all.
    pub tail: String,
    /// A time before each line.
    pub timestamps: bool,
}

impl ServiceLogs {
    pub(super) fn read(matches: &Matches) -> Self {
        Self {
            target: matches.args[0].clone(),
            details: matches.flag("details"),
            follow: matches.flag("follow"),
            no_resolve: matches.flag("no-resolve"),
            no_task_ids: matches.flag("no-task-ids"),
            no_trunc: matches.flag("no-trunc"),
            raw: matches.flag("raw"),
            since: matches.text_or_empty("since"),
            tail: matches.text("tail").unwrap_or_else(|| "all".to_owned()),
            timestamps: matches.flag("timestamps"),
        }
    }
}
