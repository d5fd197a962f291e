//! `docker service logs` and `docker logs`: a line of output, and whose it is.
//!
//! Upstream: docker/cli `cli/command/service/logs.go`, moby `daemon/server/httputils`
//! `write_log_stream.go`. Left out: labels and variables that a log driver is told to add, so the
//! details of a line are the ids alone.

use std::fmt::Write;

use super::short_id;
use crate::docker::service::ServiceLogs;
use crate::time::SimTime;

/// The task that a line of a service's output comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSource {
    /// Its service: name, or id where names are not wanted.
    pub service: String,
    /// Its slot; 0 for a task of a global service.
    pub slot: u64,
    /// Its node: name, or id.
    pub node: String,
    /// Ids of node, service and task.
    pub ids: [String; 3],
}

/// A line of a service's output. `slot_digits` is how many digits the largest slot has.
pub fn service_log_line(
    source: &LogSource,
    at: SimTime,
    line: &str,
    options: &ServiceLogs,
    slot_digits: usize,
) -> String {
    let [node_id, service_id, task_id] = &source.ids;
    let mut text = log_time(at, options.timestamps);
    if options.raw {
        if options.details {
            let _ = write!(
                text,
                "com.docker.swarm.node.id={node_id},com.docker.swarm.service.id={service_id},\
                 com.docker.swarm.task.id={task_id} "
            );
        }
    } else {
        let slot = source.slot.to_string();
        let _ = write!(text, "{}.{slot}", source.service);
        if !options.no_task_ids {
            let id = if options.no_trunc {
                task_id
            } else {
                short_id(task_id)
            };
            let _ = write!(text, ".{id}");
        }
        let padding = " ".repeat(slot_digits.saturating_sub(slot.len()));
        let _ = write!(text, "@{}{padding}    | ", source.node);
        if options.details {
            // What is left of the details without the ids: nothing.
            text.push(' ');
        }
    }
    text + line + "\n"
}

/// A line of a container's output.
pub fn container_log_line(at: SimTime, line: &str, timestamps: bool, details: bool) -> String {
    let mut text = log_time(at, timestamps);
    if details {
        text.push(' ');
    }
    text + line + "\n"
}

/// The time of a line, with all nine digits, if it is wanted.
fn log_time(at: SimTime, wanted: bool) -> String {
    if wanted {
        format!("{} ", at.to_rfc3339_nano())
    } else {
        String::new()
    }
}
