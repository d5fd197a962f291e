//! The lines of `placement.jsonl`.

#![expect(missing_docs, reason = "the fields carry the names of the data")]

use std::collections::BTreeMap;

use serde::Deserialize;
use swarmlab_core::model::{Availability, Labels, NodeRole, NodeState, TaskState};

/// A cluster, what is done to it, and what the real scheduler made of it in many runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    pub id: String,
    pub kind: String,
    #[serde(default)]
    pub note: String,
    /// Informative: no two nodes start with the same number of tasks.
    #[serde(default)]
    pub tie_free: bool,
    pub nodes: Vec<Node>,
    #[serde(default)]
    pub tasks: Vec<TaskGroup>,
    pub steps: Vec<Step>,
    pub runs_total: u32,
    /// For each step and service, over all runs.
    pub summary: Vec<BTreeMap<String, Summary>>,
    /// Some complete runs.
    pub runs: Vec<Run>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    pub id: String,
    pub hostname: String,
    #[serde(default)]
    pub addr: String,
    #[serde(default)]
    pub role: NodeRole,
    #[serde(default)]
    pub avail: Availability,
    #[serde(default = "ready")]
    pub state: NodeState,
    #[serde(default)]
    pub labels: Labels,
    #[serde(default)]
    pub engine_labels: Labels,
    pub os: Option<String>,
    pub arch: Option<String>,
    pub cpu: i64,
    pub mem: i64,
    #[serde(default)]
    pub generic: Vec<Generic>,
    #[serde(default)]
    pub plugins: Vec<String>,
}

const fn ready() -> NodeState {
    NodeState::Ready
}

/// An amount of a kind, or one thing with a name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generic {
    pub kind: String,
    /// Absent: 0.
    #[serde(default)]
    pub value: i64,
    pub name: Option<String>,
}

/// Tasks that exist before the scheduler starts, named `ID.1`, `ID.2`, ...
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskGroup {
    pub id: String,
    pub service: String,
    pub node: String,
    pub count: u64,
    #[serde(default = "running")]
    pub state: TaskState,
    #[serde(default = "running")]
    pub desired: TaskState,
    pub version: Option<u64>,
    #[serde(default)]
    pub spec: Spec,
}

const fn running() -> TaskState {
    TaskState::Running
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Spec {
    pub constraints: Vec<String>,
    pub prefs: Vec<String>,
    pub max_replicas: u64,
    pub platforms: Vec<String>,
    pub cpu: i64,
    pub mem: i64,
    pub generic: Vec<Generic>,
    pub host_ports: Vec<String>,
    pub ingress_ports: Vec<String>,
    pub networks: Vec<String>,
    pub volume_drivers: Vec<String>,
    pub log_driver: Option<String>,
}

/// One store transaction.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    Create {
        service: String,
        #[serde(default)]
        version: u64,
        #[serde(default)]
        replicas: u64,
        #[serde(default)]
        spec: Spec,
    },
    Scale {
        service: String,
        #[serde(default)]
        count: u64,
    },
    Respec {
        service: String,
        #[serde(default)]
        version: u64,
        #[serde(default)]
        count: u64,
        #[serde(default)]
        spec: Spec,
    },
    Global {
        service: String,
        #[serde(default)]
        version: u64,
        #[serde(default)]
        spec: Spec,
        node_ids: Vec<String>,
    },
    Fail {
        service: String,
        #[serde(default)]
        version: u64,
        node_id: String,
        #[serde(default)]
        count: u64,
        #[serde(default = "failed")]
        state: TaskState,
    },
    Advance {
        #[serde(default)]
        seconds: u64,
    },
    AddNode {
        node: Node,
    },
    UpdateNode {
        node: Node,
    },
    RemoveNode {
        node_id: String,
    },
    EndTasks {
        tasks: Vec<String>,
        state: TaskState,
    },
    DesireShutdown {
        tasks: Vec<String>,
    },
}

const fn failed() -> TaskState {
    TaskState::Failed
}

/// What became of a service in a step, over all runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    pub stable: bool,
    /// Absent together with `multisets`: no task on any node.
    pub per_node_counts: Option<BTreeMap<String, u32>>,
    pub multisets: Option<Vec<Vec<u32>>>,
    #[serde(default)]
    pub branches: Vec<Branches>,
    #[serde(default)]
    pub incomplete: bool,
    pub unassigned: Vec<u32>,
    #[serde(default)]
    pub errs: Vec<String>,
    /// Informative: texts that stood for a while.
    #[serde(default)]
    pub errs_transient: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branches {
    /// From 1.
    pub level: usize,
    pub counts: Option<BTreeMap<String, u32>>,
    pub multisets: Option<Vec<Vec<u32>>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    pub times: u32,
    /// For each step, the services whose numbers changed in it.
    pub after: Vec<BTreeMap<String, Outcome>>,
}

/// How a service stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Active tasks by node. Missing numbers at the end are zeros.
    pub on: Vec<u32>,
    /// Tasks that wait.
    pub un: u32,
    /// The texts of those, with their numbers.
    #[serde(default)]
    pub errs: BTreeMap<String, u32>,
    /// Waiting tasks that the scheduler itself ended.
    #[serde(default)]
    pub shutdown: u32,
}

impl Outcome {
    /// The same with so many numbers in `on`.
    #[must_use]
    pub fn padded(mut self, nodes: usize) -> Self {
        self.on.resize(nodes.max(self.on.len()), 0);
        self
    }
}
