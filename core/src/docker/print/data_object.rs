//! `docker config` and `docker secret`: lists, objects, texts for people
//! (docker/cli `cli/command/{config,secret}/formatter.go`).

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::format::{Format, Row, list, object};
use super::natural;
use super::objects_json::head;
use super::ordered::Object;
use super::spec_json::labels_json;
use crate::api::to_base64;
use crate::collections::Order as _;
use crate::docker::Outcome;
use crate::model::{Annotations, Labels, Meta};
use crate::time::{SimTime, human_age};

/// A config or a secret as a list shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataRow {
    /// Whole id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Labels.
    pub labels: Labels,
    /// How long ago it was made, in nanoseconds.
    pub created_ago_ns: u64,
    /// How long ago it was last written, in nanoseconds.
    pub updated_ago_ns: u64,
}

impl DataRow {
    fn all_fields(&self) -> Map<String, Value> {
        let ago = |age_ns| Value::from(format!("{} ago", human_age(age_ns)));
        let labels: Vec<String> = self
            .labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        object([
            ("ID", Value::from(self.id.as_str())),
            ("Name", Value::from(self.name.as_str())),
            ("CreatedAt", ago(self.created_ago_ns)),
            ("UpdatedAt", ago(self.updated_ago_ns)),
            ("Labels", Value::from(labels.join(","))),
        ])
    }
}

struct ConfigRow(DataRow);
struct SecretRow(DataRow);

impl Row for ConfigRow {
    const TYPE_NAME: &'static str = "*config.configContext";
    const HEADINGS: &'static [(&'static str, &'static str)] = &[
        ("ID", "ID"),
        ("Name", "NAME"),
        ("CreatedAt", "CREATED"),
        ("UpdatedAt", "UPDATED"),
        ("Labels", "LABELS"),
    ];
    const COLUMNS: &'static [&'static str] = &["ID", "Name", "CreatedAt", "UpdatedAt"];

    fn fields(&self) -> Map<String, Value> {
        self.0.all_fields()
    }
}

impl Row for SecretRow {
    const TYPE_NAME: &'static str = "*secret.secretContext";
    const HEADINGS: &'static [(&'static str, &'static str)] = &[
        ("ID", "ID"),
        ("Name", "NAME"),
        ("Driver", "DRIVER"),
        ("CreatedAt", "CREATED"),
        ("UpdatedAt", "UPDATED"),
        ("Labels", "LABELS"),
    ];
    const COLUMNS: &'static [&'static str] = &["ID", "Name", "Driver", "CreatedAt", "UpdatedAt"];

    fn fields(&self) -> Map<String, Value> {
        let mut fields = self.0.all_fields();
        fields.insert("Driver".to_owned(), Value::from(""));
        fields
    }
}

/// Prints configs in the natural order of their names.
pub fn config_ls(rows: Vec<DataRow>, format: &Format, quiet: bool) -> Result<String, Outcome> {
    let rows: Vec<_> = sorted(rows).into_iter().map(ConfigRow).collect();
    list(&rows, format, quiet)
}

/// Prints secrets in the natural order of their names.
pub fn secret_ls(rows: Vec<DataRow>, format: &Format, quiet: bool) -> Result<String, Outcome> {
    let rows: Vec<_> = sorted(rows).into_iter().map(SecretRow).collect();
    list(&rows, format, quiet)
}

fn sorted(mut rows: Vec<DataRow>) -> Vec<DataRow> {
    rows.order_by(|a, b| natural(&a.name, &b.name));
    rows
}

/// A config or a secret that is looked at closely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataPretty {
    /// Whole id.
    pub id: String,
    /// Version and times.
    pub meta: Meta,
    /// Name and labels.
    pub annotations: Annotations,
    /// What fills in the data; empty for nothing.
    pub template_driver: String,
    /// What it holds; absent for a secret.
    pub data: Option<Vec<u8>>,
}

/// The object as `inspect` shows it.
pub fn data_json(object: &DataPretty) -> Object {
    let mut spec = Object::default()
        .with("Name", object.annotations.name.as_str())
        .with("Labels", labels_json(&object.annotations.labels));
    if let Some(data) = &object.data {
        spec = spec.with("Data", to_base64(data));
    }
    if !object.template_driver.is_empty() {
        let driver = Object::default().with("Name", object.template_driver.as_str());
        spec = spec.with("Templating", driver);
    }
    head(&object.id, &object.meta).with("Spec", spec)
}

/// Prints objects for people, one after the other.
pub fn data_pretty(objects: &[DataPretty]) -> String {
    let mut text = String::new();
    for object in objects {
        match &object.data {
            Some(data) => config(&mut text, object, data),
            None => secret(&mut text, object),
        }
        text.push('\n');
    }
    text
}

/// A secret. Writing to a text cannot fail.
fn secret(text: &mut String, secret: &DataPretty) {
    let name = &secret.annotations.name;
    let _ = writeln!(
        text,
        "ID:              {}\nName:              {name}",
        secret.id
    );
    labels(text, &secret.annotations.labels);
    let _ = writeln!(
        text,
        "Driver:            \nCreated at:        {}\nUpdated at:        {}",
        moment(secret.meta.created_at),
        moment(secret.meta.updated_at)
    );
}

fn config(text: &mut String, config: &DataPretty, data: &[u8]) {
    let name = &config.annotations.name;
    let _ = writeln!(text, "ID:\t\t\t{}\nName:\t\t\t{name}", config.id);
    labels(text, &config.annotations.labels);
    let _ = writeln!(
        text,
        "Created at:            \t{}\nUpdated at:            \t{}\nData:\n{}",
        moment(config.meta.created_at),
        moment(config.meta.updated_at),
        String::from_utf8_lossy(data)
    );
}

fn labels(text: &mut String, labels: &Labels) {
    if labels.is_empty() {
        return;
    }
    text.push_str("Labels:\n");
    for (key, value) in labels {
        let equals = if value.is_empty() { "" } else { "=" };
        let _ = writeln!(text, " - {key}{equals}{value}");
    }
}

/// A moment as Go prints it, in small letters as the client's templates make them.
fn moment(time: SimTime) -> String {
    time.to_rfc3339()
        .replace('T', " ")
        .replace('Z', " +0000 utc")
}
