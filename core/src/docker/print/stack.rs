//! `docker stack ls` (docker/cli `cli/command/stack/formatter/formatter.go`).

use serde_json::{Map, Value};

use super::format::{Format, Row, list, object};
use super::natural;
use crate::collections::Order as _;
use crate::docker::Outcome;

/// A stack as a list shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackRow {
    /// Name.
    pub name: String,
    /// How many services it has.
    pub service_count: u64,
}

impl Row for StackRow {
    const TYPE_NAME: &'static str = "*formatter.stackContext";
    const HEADINGS: &'static [(&'static str, &'static str)] =
        &[("Name", "NAME"), ("Services", "SERVICES")];
    const COLUMNS: &'static [&'static str] = &["Name", "Services"];

    fn fields(&self) -> Map<String, Value> {
        object([
            ("Name", Value::from(self.name.as_str())),
            ("Services", Value::from(self.service_count.to_string())),
        ])
    }
}

/// Prints stacks in the natural order of their names.
pub fn stack_ls(mut rows: Vec<StackRow>, format: &Format) -> Result<String, Outcome> {
    rows.order_by(|a, b| natural(&a.name, &b.name));
    list(&rows, format, false)
}
