//! What docker prints: tables, pretty texts, lines of progress. Plain rows in, text out.
//!
//! Upstream: docker/cli `cli/command/formatter`, the formatters of each command, and
//! `cli/command/service/progress`. Ages are given by whoever makes a row; nothing here has a
//! clock.

mod fields;
mod format;

mod node;

mod ports;

mod service;

mod sort;
mod table;
mod task;
mod template;

pub use format::{Format, InspectFormat, Row, list};

pub use node::{ManagerStatus, NodeRow, node_ls};

pub use ports::{host_ports, ingress_ports};

pub use service::{ServiceRow, service_ls};

pub use sort::natural;
pub use table::Table;
pub use task::{TaskListOptions, TaskRow, task_ls};
pub use template::Template;

pub use fields::{binary_size, capitalised, familiar_image, short_id};

#[cfg(test)]
mod tests;
