//! `docker ps` (docker/cli `cli/command/container/list.go`).

use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::docker::print::Format;
use crate::docker::values::Filter;

/// A list of containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPs {
    /// Those that do not run, too.
    pub all: bool,
    /// Conditions; several of one key are alternatives.
    pub filters: Vec<Filter>,
    /// In which form.
    pub format: Format,
    /// The newest so many, whether they run or not.
    pub last: Option<usize>,
    /// Whole ids, commands and images.
    pub no_trunc: bool,
    /// Ids alone.
    pub quiet: bool,
}

impl ContainerPs {
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        if matches.flag("size") {
            return Err(Outcome::refused("docker ps --size is not simulated yet"));
        }
        let last = match matches.int("last") {
            Some(count) if count > 0 => usize::try_from(count).ok(),
            _ => None,
        };
        Ok(Self {
            all: matches.flag("all"),
            filters: matches.filters(),
            format: Format::of_list(matches)?,
            last: last.or(matches.flag("latest").then_some(1)),
            no_trunc: matches.flag("no-trunc"),
            quiet: matches.flag("quiet"),
        })
    }
}
