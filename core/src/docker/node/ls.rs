//! `docker node ls` (docker/cli `cli/command/node/list.go`).

use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::docker::print::Format;
use crate::docker::values::Filter;

/// A list of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeLs {
    /// Conditions; several of one key are alternatives.
    pub filters: Vec<Filter>,
    /// In which form.
    pub format: Format,
    /// Ids alone.
    pub quiet: bool,
}

impl NodeLs {
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        Ok(Self {
            filters: matches.filters(),
            format: Format::of_list(matches)?,
            quiet: matches.flag("quiet"),
        })
    }
}
