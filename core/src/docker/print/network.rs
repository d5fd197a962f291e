//! `docker network ls` (docker/cli `cli/command/network/formatter.go`).

use serde_json::{Map, Value};

use super::format::{Format, Row, list, object};
use super::{natural, short_id};
use crate::collections::Order as _;
use crate::docker::Outcome;
use crate::model::Labels;
use crate::time::SimTime;

/// A network as a list shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkRow {
    /// Id, as long as it is to be shown.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its driver.
    pub driver: String,
    /// `swarm` or `local`.
    pub scope: &'static str,
    /// Whether the node that is asked has addresses in it.
    pub ipv4: bool,
    /// Not reachable from outside.
    pub internal: bool,
    /// Its labels.
    pub labels: Labels,
    /// When it was created.
    pub created_at: SimTime,
}

impl Row for NetworkRow {
    const TYPE_NAME: &'static str = "*network.networkContext";
    const HEADINGS: &'static [(&'static str, &'static str)] = &[
        ("ID", "NETWORK ID"),
        ("Name", "NAME"),
        ("Driver", "DRIVER"),
        ("Scope", "SCOPE"),
        ("IPv4", "IPV4"),
        ("IPv6", "IPV6"),
        ("Internal", "INTERNAL"),
        ("Labels", "LABELS"),
        ("CreatedAt", "CREATED AT"),
    ];
    const COLUMNS: &'static [&'static str] = &["ID", "Name", "Driver", "Scope"];

    fn fields(&self) -> Map<String, Value> {
        let labels: Vec<String> = self
            .labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        // As Go prints a time.
        let created_at = self.created_at.to_rfc3339().replace('T', " ");
        let created_at = format!("{} +0000 UTC", created_at.trim_end_matches('Z'));
        object([
            ("ID", Value::from(self.id.as_str())),
            ("Name", Value::from(self.name.as_str())),
            ("Driver", Value::from(self.driver.as_str())),
            ("Scope", Value::from(self.scope)),
            ("IPv4", Value::from(self.ipv4.to_string())),
            ("IPv6", Value::from("false")),
            ("Internal", Value::from(self.internal.to_string())),
            ("Labels", Value::from(labels.join(","))),
            ("CreatedAt", Value::from(created_at)),
        ])
    }
}

/// Prints networks in the natural order of their names.
pub fn network_ls(
    mut rows: Vec<NetworkRow>,
    format: &Format,
    quiet: bool,
    no_trunc: bool,
) -> Result<String, Outcome> {
    rows.order_by(|a, b| natural(&a.name, &b.name));
    if !no_trunc {
        for row in &mut rows {
            row.id = short_id(&row.id).to_owned();
        }
    }
    list(&rows, format, quiet)
}
