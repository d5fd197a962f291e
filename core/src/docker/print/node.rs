//! `docker node ls` (docker/cli `cli/command/node/formatter.go`).

use serde_json::{Map, Value};

use super::format::{Format, Row, list, object};
use super::{capitalised, natural};
use crate::collections::Order as _;
use crate::docker::Outcome;
use crate::model::{Availability, NodeState};

/// A node as a list shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeRow {
    /// Whole id.
    pub id: String,
    /// Whether it is the node that was asked.
    pub is_self: bool,
    /// Hostname.
    pub hostname: String,
    /// Whether it answers.
    pub state: NodeState,
    /// Whether it takes tasks.
    pub availability: Availability,
    /// What it is among the managers; absent for a worker.
    pub manager: Option<ManagerStatus>,
    /// Version of its engine.
    pub engine_version: String,
}

/// What a node is among the managers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagerStatus {
    /// The one that decides.
    Leader,
    /// One that the leader hears from.
    Reachable,
    /// One that it does not hear from.
    Unreachable,
    /// Not known yet.
    Unknown,
}

impl ManagerStatus {
    /// The word of the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Leader => "Leader",
            Self::Reachable => "Reachable",
            Self::Unreachable => "Unreachable",
            Self::Unknown => "Unknown",
        }
    }
}

impl Row for NodeRow {
    const TYPE_NAME: &'static str = "*node.nodeContext";
    const HEADINGS: &'static [(&'static str, &'static str)] = &[
        ("ID", "ID"),
        ("Self", ""),
        ("Hostname", "HOSTNAME"),
        ("Status", "STATUS"),
        ("Availability", "AVAILABILITY"),
        ("ManagerStatus", "MANAGER STATUS"),
        ("EngineVersion", "ENGINE VERSION"),
        ("TLSStatus", "TLS STATUS"),
    ];
    const COLUMNS: &'static [&'static str] = &[
        "ID",
        "Hostname",
        "Status",
        "Availability",
        "ManagerStatus",
        "EngineVersion",
    ];

    fn fields(&self) -> Map<String, Value> {
        object([
            ("ID", Value::from(self.id.as_str())),
            ("Self", Value::from(self.is_self)),
            ("Hostname", Value::from(self.hostname.as_str())),
            ("Status", Value::from(capitalised(self.state.as_str()))),
            (
                "Availability",
                Value::from(capitalised(self.availability.as_str())),
            ),
            (
                "ManagerStatus",
                Value::from(self.manager.map_or("", ManagerStatus::as_str)),
            ),
            ("EngineVersion", Value::from(self.engine_version.as_str())),
            // Certificates of a simulated swarm are always those of its root.
            ("TLSStatus", Value::from("Ready")),
        ])
    }

    fn cell(&self, field: &str) -> String {
        match self.fields().get(field) {
            Some(Value::String(id)) if field == "ID" => {
                format!("{id} {}", if self.is_self { '*' } else { ' ' })
            }
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        }
    }
}

/// Prints nodes in the natural order of their hostnames.
pub fn node_ls(mut rows: Vec<NodeRow>, format: &Format, quiet: bool) -> Result<String, Outcome> {
    rows.order_by(|a, b| natural(&a.hostname, &b.hostname));
    list(&rows, format, quiet)
}
