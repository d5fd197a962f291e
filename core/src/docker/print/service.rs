//! `docker service ls` (docker/cli `cli/command/service/formatter.go`).

use serde_json::{Map, Value};

use super::format::{Format, Row, list, object};
use super::{familiar_image, ingress_ports, natural, short_id};
use crate::collections::Order as _;
use crate::docker::Outcome;
use crate::model::{PortConfig, ServiceMode};

/// A service as a list shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceRow {
    /// Whole id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Mode.
    pub mode: ServiceMode,
    /// Tasks that run.
    pub running: u64,
    /// Tasks that should run.
    pub desired: u64,
    /// Executions of a job that are done.
    pub completed: u64,
    /// How many tasks a node may have; 0 for any number.
    pub max_per_node: u64,
    /// Image, as in the spec.
    pub image: String,
    /// Ports of the endpoint.
    pub ports: Vec<PortConfig>,
}

impl ServiceRow {
    fn replicas(&self) -> String {
        let counts = format!("{}/{}", self.running, self.desired);
        match self.mode {
            ServiceMode::Replicated { .. } if self.max_per_node > 0 => {
                format!("{counts} (max {} per node)", self.max_per_node)
            }
            ServiceMode::Replicated { .. } | ServiceMode::Global => counts,
            ServiceMode::ReplicatedJob {
                total_completions, ..
            } => format!(
                "{counts} ({}/{total_completions} completed)",
                self.completed
            ),
            // Every node has one execution: those that are done and those that should run.
            ServiceMode::GlobalJob => {
                format!(
                    "{counts} ({}/{} completed)",
                    self.completed,
                    self.desired + self.completed
                )
            }
        }
    }
}

impl Row for ServiceRow {
    const TYPE_NAME: &'static str = "*service.serviceContext";
    const HEADINGS: &'static [(&'static str, &'static str)] = &[
        ("ID", "ID"),
        ("Name", "NAME"),
        ("Mode", "MODE"),
        ("Replicas", "REPLICAS"),
        ("Image", "IMAGE"),
        ("Ports", "PORTS"),
    ];
    const COLUMNS: &'static [&'static str] = &["ID", "Name", "Mode", "Replicas", "Image", "Ports"];

    fn fields(&self) -> Map<String, Value> {
        object([
            ("ID", Value::from(short_id(&self.id))),
            ("Name", Value::from(self.name.as_str())),
            ("Mode", Value::from(self.mode.as_str())),
            ("Replicas", Value::from(self.replicas())),
            ("Image", Value::from(familiar_image(&self.image))),
            ("Ports", Value::from(ingress_ports(&self.ports))),
        ])
    }
}

/// Prints services in the natural order of their names.
pub fn service_ls(
    mut rows: Vec<ServiceRow>,
    format: &Format,
    quiet: bool,
) -> Result<String, Outcome> {
    rows.order_by(|a, b| natural(&a.name, &b.name));
    list(&rows, format, quiet)
}
