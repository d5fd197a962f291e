//! `docker service ps`, `node ps` and `stack ps` (docker/cli `cli/command/task`).

use serde_json::{Map, Value};

use super::fields::ellipsis;
use super::format::{Format, Row, list, object};
use super::{capitalised, familiar_image, host_ports, natural, short_id};
use crate::collections::Order as _;
use crate::docker::Outcome;
use crate::model::{PortConfig, TaskState};
use crate::time::{SimTime, human_age};

/// A task as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRow {
    /// Whole id.
    pub id: String,
    /// Name of its service and its slot, or the whole id of its node: `web.1`.
    pub name: String,
    /// When it was created: of the tasks of one name, the newest comes first.
    pub created_at: SimTime,
    /// Image, as in the spec.
    pub image: String,
    /// Name of its node; empty before it has one.
    pub node: String,
    /// The state it should be in.
    pub desired_state: TaskState,
    /// The state it is in.
    pub state: TaskState,
    /// For how long it has been in it, in nanoseconds.
    pub age_ns: u64,
    /// What went wrong; empty for nothing.
    pub error: String,
    /// Ports that are open on its node.
    pub ports: Vec<PortConfig>,
}

/// In which form tasks are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskListOptions {
    /// Table, template, JSON.
    pub format: Format,
    /// Ids alone.
    pub quiet: bool,
    /// Whole ids, images and errors.
    pub no_trunc: bool,
    /// Ids of services and nodes instead of names; that is for whoever makes the rows.
    pub no_resolve: bool,
}

/// A task and how it is printed.
struct Shown {
    task: TaskRow,
    no_trunc: bool,
}

impl Row for Shown {
    const TYPE_NAME: &'static str = "*task.taskContext";
    const HEADINGS: &'static [(&'static str, &'static str)] = &[
        ("ID", "ID"),
        ("Name", "NAME"),
        ("Image", "IMAGE"),
        ("Node", "NODE"),
        ("DesiredState", "DESIRED STATE"),
        ("CurrentState", "CURRENT STATE"),
        ("Error", "ERROR"),
        ("Ports", "PORTS"),
    ];
    const COLUMNS: &'static [&'static str] = &[
        "ID",
        "Name",
        "Image",
        "Node",
        "DesiredState",
        "CurrentState",
        "Error",
        "Ports",
    ];

    fn fields(&self) -> Map<String, Value> {
        /// Longer errors are cut.
        const ERROR_WIDTH: usize = 30;
        let task = &self.task;
        let (id, image, error) = if self.no_trunc {
            (task.id.as_str(), task.image.as_str(), task.error.clone())
        } else {
            (
                short_id(&task.id),
                familiar_image(&task.image),
                ellipsis(&task.error, ERROR_WIDTH),
            )
        };
        let quoted = if error.is_empty() {
            error
        } else {
            format!("\"{error}\"")
        };
        let state = format!(
            "{} {} ago",
            capitalised(task.state.as_str()),
            human_age(task.age_ns).to_lowercase()
        );
        object([
            ("ID", Value::from(id)),
            ("Name", Value::from(task.name.as_str())),
            ("Image", Value::from(image)),
            ("Node", Value::from(task.node.as_str())),
            (
                "DesiredState",
                Value::from(capitalised(task.desired_state.as_str())),
            ),
            ("CurrentState", Value::from(state)),
            ("Error", Value::from(quoted)),
            ("Ports", Value::from(host_ports(&task.ports))),
        ])
    }
}

/// Prints tasks by name, the newest of a name first and the older ones indented under it.
pub fn task_ls(mut rows: Vec<TaskRow>, options: &TaskListOptions) -> Result<String, Outcome> {
    // Rows come in order of creation: of two of the same moment the later is the newer.
    rows.reverse();
    rows.order_by(|a, b| natural(&a.name, &b.name).then(b.created_at.cmp(&a.created_at)));
    let mut shown: Vec<Shown> = Vec::new();
    let mut previous = String::new();
    for mut task in rows {
        let name = task.name.clone();
        let lists_names = matches!(options.format, Format::Table | Format::TableOf(_));
        if lists_names && previous == name {
            task.name = format!(" \\_ {name}");
        }
        previous = name;
        shown.push(Shown {
            task,
            no_trunc: options.no_trunc,
        });
    }
    list(&shown, &options.format, options.quiet)
}
