//! A run of a real swarm as it was recorded: the types of `recordings.jsonl`.

#![expect(missing_docs, reason = "the fields carry the names of the data")]

use std::collections::BTreeMap;

use serde::Deserialize;
use swarmlab_core::model::TaskState;

/// One run of one recorded scenario. Times are seconds since its beginning.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    pub name: String,
    pub run: u32,
    pub runs: u32,
    pub engine: String,
    pub cli: String,
    pub nodes: Vec<NodeAtStart>,
    /// Stack files by name.
    pub files: BTreeMap<String, String>,
    pub end: f64,
    pub steps: Vec<Step>,
    pub tasks: Vec<RecordedTask>,
    pub services: Vec<ServiceChange>,
    pub node_changes: Vec<NodeChange>,
    pub leaders: Vec<NewLeader>,
    /// The slots of each service that were the same in all runs after a step, by its line.
    #[serde(default)]
    pub stable_slots: BTreeMap<String, BTreeMap<String, Vec<u64>>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeAtStart {
    pub hostname: String,
    pub role: String,
    pub availability: String,
    pub labels: BTreeMap<String, String>,
    pub leader: bool,
    pub address: String,
    pub cpu_nano: i64,
    pub memory_bytes: i64,
    pub os: String,
    pub arch: String,
}

/// Something that was done, or looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    Command {
        t: f64,
        on: String,
        line: String,
        #[serde(default)]
        changes: bool,
        exit_code: i32,
        stdout: String,
        stderr: String,
        #[serde(default)]
        shell: bool,
        /// The output shows a task in the middle of something.
        #[serde(default)]
        unsettled: bool,
    },
    Fault {
        t: f64,
        fault: String,
        nodes: Vec<String>,
        #[serde(default)]
        words: String,
    },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedTask {
    pub task: String,
    pub service: String,
    pub slot: u64,
    pub image: String,
    pub spec: u64,
    pub changes: Vec<TaskChange>,
    /// When it was deleted.
    pub deleted: Option<f64>,
}

/// A write of a task that changed something.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskChange {
    pub t: f64,
    /// Changes of one transaction have one number.
    pub v: Option<i64>,
    pub node: String,
    pub desired: TaskState,
    pub state: TaskState,
    pub message: String,
    pub err: String,
    /// When the status was observed.
    pub at: f64,
    pub exit_code: Option<i32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceChange {
    pub t: f64,
    pub service: String,
    pub action: String,
    pub mode: String,
    pub replicas: Option<u64>,
    pub update_status: Option<UpdateStatus>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateStatus {
    pub state: String,
    pub message: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeChange {
    pub t: f64,
    pub node: String,
    pub nid: Option<String>,
    pub action: String,
    pub role: String,
    pub desired_role: String,
    pub availability: String,
    pub state: String,
    pub message: String,
    pub labels: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLeader {
    pub t: f64,
    pub node: String,
}

impl Step {
    /// When it was done.
    pub fn t(&self) -> f64 {
        match self {
            Self::Command { t, .. } | Self::Fault { t, .. } => *t,
        }
    }
}

impl RecordedTask {
    /// Its place in the service: the slot, or the hostname of the node that it was made for.
    pub fn place(&self) -> String {
        let first = self.changes.first();
        let node = first.map_or("", |change| change.node.as_str());
        if self.slot == 0 && !node.is_empty() {
            node.to_owned()
        } else {
            self.slot.to_string()
        }
    }
}
