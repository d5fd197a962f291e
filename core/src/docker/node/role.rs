//! `docker node promote` and `docker node demote`
//! (docker/cli `cli/command/node/{promote,demote}.go`).

use crate::docker::flags::Matches;
use crate::model::NodeRole;

/// Nodes that shall have another role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRoleChange {
    /// The nodes as they were typed.
    pub nodes: Vec<String>,
    /// The role that is wanted.
    pub role: NodeRole,
}

impl NodeRoleChange {
    pub(super) fn read(role: NodeRole, matches: &Matches) -> Self {
        Self {
            nodes: matches.args.clone(),
            role,
        }
    }

    /// What is printed for a node that changes, by the name as typed.
    pub fn done(&self, node: &str) -> String {
        match self.role {
            NodeRole::Manager => format!("Node {node} promoted to a manager in the swarm.\n"),
            NodeRole::Worker => format!("Manager {node} demoted in the swarm.\n"),
        }
    }

    /// What is printed for a node that has the role already, by its id.
    pub fn already(&self, id: &str) -> String {
        format!("Node {id} is already a {}.\n", self.role)
    }
}
