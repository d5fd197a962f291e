//! `docker node inspect` (docker/cli `cli/command/node/inspect.go`).

use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::docker::print::InspectFormat;

/// A close look at nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeInspect {
    /// The nodes as they were typed; `self` is the one that is asked.
    pub nodes: Vec<String>,
    /// In which form.
    pub format: InspectFormat,
}

impl NodeInspect {
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        Ok(Self {
            nodes: matches.args.clone(),
            format: InspectFormat::read(matches)?,
        })
    }
}
