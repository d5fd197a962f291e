//! `docker node rm` (docker/cli `cli/command/node/remove.go`).

use crate::docker::flags::Matches;

/// Nodes to remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRm {
    /// The nodes as they were typed.
    pub nodes: Vec<String>,
    /// Even if they are alive.
    pub force: bool,
}

impl NodeRm {
    pub(super) fn read(matches: &Matches) -> Self {
        Self {
            nodes: matches.args.clone(),
            force: matches.flag("force"),
        }
    }
}
