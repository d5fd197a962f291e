//! `docker service ps` (docker/cli `cli/command/service/ps.go`).

use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::docker::print::{Format, TaskListOptions};
use crate::docker::values::Filter;

/// A list of the tasks of services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePs {
    /// The services as they were typed.
    pub services: Vec<String>,
    /// Conditions on tasks; several of one key are alternatives.
    pub filters: Vec<Filter>,
    /// In which form.
    pub options: TaskListOptions,
}

impl ServicePs {
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        let quiet = matches.flag("quiet");
        Ok(Self {
            services: matches.args.clone(),
            filters: matches.filters(),
            options: TaskListOptions {
                format: Format::of_list(matches)?,
                quiet,
                // Ids alone are always whole here, unlike those of `node ps`.
                no_trunc: quiet || matches.flag("no-trunc"),
                no_resolve: matches.flag("no-resolve"),
            },
        })
    }
}
