//! What docker prints: tables, pretty texts, lines of progress. Plain rows in, text out.
//!
//! Upstream: docker/cli `cli/command/formatter`, the formatters of each command, and
//! `cli/command/service/progress`. Ages are given by whoever makes a row; nothing here has a
//! clock.

mod container;
mod data_object;
mod fields;
mod format;
mod info;
mod logs;

mod network;
mod network_json;
mod node;
mod node_pretty;

mod notices;
mod objects_json;
mod ordered;
mod ports;
mod progress;
mod service;
mod service_pretty;
mod sort;
mod spec_json;
mod stack;
mod swarm;
mod table;
mod task;
mod template;
mod version;
mod volume;

pub use container::{ContainerRow, container_ls};
pub use data_object::{DataPretty, DataRow, config_ls, data_json, data_pretty, secret_ls};
pub use fields::{binary_size, capitalised, familiar_image, short_id};
pub use format::{Format, InspectFormat, Row, list};
pub use info::{EngineInfo, LocalState, SwarmInfo, SwarmManagerInfo, info};
pub use logs::{LogSource, container_log_line, service_log_line};
pub use network::{NetworkRow, network_ls};
pub use network_json::{EndpointRow, NetworkJson, network_json};
pub use node::{ManagerStatus, NodeRow, node_ls};
pub use node_pretty::{ManagerPretty, NodePretty, TlsInfo, node_pretty};
pub use notices::unresolved_image;
pub use objects_json::{node_json, service_json};
pub use ordered::{Json, Object, inspect};
pub use ports::{host_ports, ingress_ports};
pub use progress::{Message, Screen};
pub use service::{ServiceRow, service_ls};
pub use service_pretty::{ServicePretty, UpdateStatusPretty, service_pretty};
pub use sort::natural;
pub use spec_json::service_spec_json;
pub use stack::{StackRow, stack_ls};
pub use swarm::{join_command, leave_warning, swarm_initialized, unlock_command};
pub use table::Table;
pub use task::{TaskListOptions, TaskRow, task_ls};
pub use template::Template;
pub use version::{Component, ServerVersion, version};
pub use volume::{VolumeRow, volume_json, volume_ls};

#[cfg(test)]
mod tests;
