//! `docker service ls` (docker/cli `cli/command/service/list.go`).

use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::docker::print::Format;
use crate::docker::values::Filter;

/// A list of services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLs {
    /// Conditions; several of one key are alternatives.
    pub filters: Vec<Filter>,
    /// In which form.
    pub format: Format,
    /// Ids alone.
    pub quiet: bool,
}

impl ServiceLs {
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        Ok(Self {
            filters: matches.filters(),
            format: Format::of_list(matches)?,
            quiet: matches.flag("quiet"),
        })
    }
}
