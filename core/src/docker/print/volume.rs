//! `docker volume`: lists and objects (docker/cli `cli/command/formatter/volume.go`,
//! moby `api/types/volume/volume.go`).

use serde_json::{Map, Value};

use super::format::{Format, Row, list, object};
use super::natural;
use super::ordered::{Json, Object};
use super::spec_json::labels_json;
use crate::agent::LocalVolume;
use crate::collections::Order as _;
use crate::docker::Outcome;
use crate::model::Labels;

/// A volume as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeRow {
    /// Its name.
    pub name: String,
    /// The rest.
    pub volume: LocalVolume,
}

/// Where an engine keeps it.
fn mountpoint(name: &str) -> String {
    format!("/var/lib/docker/volumes/{name}/_data")
}

impl Row for VolumeRow {
    const TYPE_NAME: &'static str = "*formatter.volumeContext";
    const HEADINGS: &'static [(&'static str, &'static str)] = &[
        ("Driver", "DRIVER"),
        ("Name", "VOLUME NAME"),
        ("Labels", "LABELS"),
        ("Mountpoint", "MOUNTPOINT"),
        ("Scope", "SCOPE"),
    ];
    const COLUMNS: &'static [&'static str] = &["Driver", "Name"];

    fn fields(&self) -> Map<String, Value> {
        let labels: Vec<String> = self
            .volume
            .labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        object([
            ("Driver", Value::from(self.volume.driver.as_str())),
            ("Name", Value::from(self.name.as_str())),
            ("Labels", Value::from(labels.join(","))),
            ("Mountpoint", Value::from(mountpoint(&self.name))),
            ("Scope", Value::from("local")),
        ])
    }
}

/// Prints volumes in the natural order of their names.
pub fn volume_ls(
    mut rows: Vec<VolumeRow>,
    format: &Format,
    quiet: bool,
) -> Result<String, Outcome> {
    rows.order_by(|a, b| natural(&a.name, &b.name));
    if quiet && *format == Format::Table {
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        let end = if names.is_empty() { "" } else { "\n" };
        return Ok(names.join("\n") + end);
    }
    list(&rows, format, false)
}

/// A volume as `inspect` shows it.
pub fn volume_json(row: &VolumeRow) -> Object {
    let or_null = |labels: &Labels| {
        if labels.is_empty() {
            Json::Plain(Value::Null)
        } else {
            labels_json(labels)
        }
    };
    Object::default()
        .with("CreatedAt", row.volume.created_at.to_rfc3339())
        .with("Driver", row.volume.driver.as_str())
        .with("Labels", or_null(&row.volume.labels))
        .with("Mountpoint", mountpoint(&row.name))
        .with("Name", row.name.as_str())
        .with("Options", or_null(&row.volume.options))
        .with("Scope", "local")
}
