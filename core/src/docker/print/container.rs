//! `docker ps` (docker/cli `cli/command/formatter/container.go`).
//!
//! Left out: sizes and mounts.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::fields::ellipsis;
use super::format::{Format, Row, list, object};
use super::{familiar_image, short_id};
use crate::collections::Order as _;
use crate::docker::Outcome;
use crate::model::{Labels, PortConfig, PublishMode};
use crate::time::human_age;

/// A container as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerRow {
    /// Whole id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its image, as in the spec.
    pub image: String,
    /// What runs in it, words with blanks in quotes.
    pub command: String,
    /// When it was made, as a date.
    pub created_at: String,
    /// How long ago that was, in nanoseconds.
    pub age_ns: u64,
    /// `running`, `exited`, `created`.
    pub state: &'static str,
    /// `Up 5 minutes`.
    pub status: String,
    /// What it opens while it runs.
    pub ports: Vec<PortConfig>,
    /// Its labels.
    pub labels: Labels,
    /// Whole ids, commands and images.
    pub no_trunc: bool,
}

impl Row for ContainerRow {
    const TYPE_NAME: &'static str = "*formatter.ContainerContext";
    const HEADINGS: &'static [(&'static str, &'static str)] = &[
        ("ID", "CONTAINER ID"),
        ("Image", "IMAGE"),
        ("Command", "COMMAND"),
        ("CreatedAt", "CREATED AT"),
        ("RunningFor", "CREATED"),
        ("State", "STATE"),
        ("Status", "STATUS"),
        ("Ports", "PORTS"),
        ("Names", "NAMES"),
        ("Labels", "LABELS"),
    ];
    const COLUMNS: &'static [&'static str] = &[
        "ID",
        "Image",
        "Command",
        "RunningFor",
        "Status",
        "Ports",
        "Names",
    ];

    fn fields(&self) -> Map<String, Value> {
        /// Longer commands are cut.
        const COMMAND_WIDTH: usize = 20;
        let (id, image, command) = if self.no_trunc {
            (self.id.as_str(), self.image.as_str(), self.command.clone())
        } else {
            (
                short_id(&self.id),
                familiar_image(&self.image),
                ellipsis(&self.command, COMMAND_WIDTH),
            )
        };
        let labels: Vec<String> = self
            .labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        object([
            ("ID", Value::from(id)),
            ("Image", Value::from(image)),
            ("Command", Value::from(quoted(&command))),
            ("CreatedAt", Value::from(self.created_at.as_str())),
            (
                "RunningFor",
                Value::from(format!("{} ago", human_age(self.age_ns))),
            ),
            ("State", Value::from(self.state)),
            ("Status", Value::from(self.status.as_str())),
            ("Ports", Value::from(ports(&self.ports))),
            ("Names", Value::from(self.name.as_str())),
            ("Labels", Value::from(labels.join(","))),
        ])
    }
}

/// Prints containers.
pub fn container_ls(
    rows: &[ContainerRow],
    format: &Format,
    quiet: bool,
) -> Result<String, Outcome> {
    list(rows, format, quiet)
}

/// A text as Go quotes it (`strconv.Quote`).
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\x{:02x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Ports of the host with those of the container behind; of the routing mesh only the latter.
fn ports(ports: &[PortConfig]) -> String {
    let text = |port: &PortConfig| {
        let target = format!("{}/{}", port.target_port, port.protocol);
        match port.publish_mode {
            PublishMode::Ingress => target,
            PublishMode::Host => {
                let published = port.published_port;
                format!("0.0.0.0:{published}->{target}, [::]:{published}->{target}")
            }
        }
    };
    let mut sorted: Vec<&PortConfig> = ports.iter().collect();
    sorted.order_by_key(|port| (port.target_port, port.protocol.as_str()));
    let mut texts: Vec<String> = sorted.into_iter().map(text).collect();
    texts.dedup();
    texts.join(", ")
}
