//! `docker node ps` (docker/cli `cli/command/node/ps.go`).

use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::docker::print::{Format, TaskListOptions};
use crate::docker::values::Filter;

/// A list of the tasks on nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodePs {
    /// The nodes as they were typed; `self` when none was.
    pub nodes: Vec<String>,
    /// Conditions on tasks; several of one key are alternatives.
    pub filters: Vec<Filter>,
    /// In which form.
    pub options: TaskListOptions,
}

impl NodePs {
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        let mut nodes = matches.args.clone();
        if nodes.is_empty() {
            nodes.push("self".to_owned());
        }
        Ok(Self {
            nodes,
            filters: matches.filters(),
            options: TaskListOptions {
                format: Format::of_list(matches)?,
                quiet: matches.flag("quiet"),
                no_trunc: matches.flag("no-trunc"),
                no_resolve: matches.flag("no-resolve"),
            },
        })
    }
}
