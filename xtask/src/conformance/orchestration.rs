//! The replicated orchestrator with its updater and its restart supervisor.
//!
//! [`play`] plays a line with [`agents`] as it says, [`judge`] compares what came of it.

#![expect(missing_docs, reason = "the fields carry the names of the data")]

mod agents;
mod judge;
mod play;

use std::collections::BTreeMap;

use serde::Deserialize;
use swarmlab_core::model::{FailureAction, RestartCondition, TaskState, UpdateOrder};

use super::{Report, Source};

/// A line of `orchestration.jsonl`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    pub id: String,
    pub kind: Kind,
    pub runs: u32,
    pub stable: bool,
    pub nodes: Vec<String>,
    #[serde(default)]
    pub tasks: Vec<ExistingTask>,
    pub replicas: Option<u64>,
    pub replicas_to: u64,
    pub agent: Option<AgentTimes>,
    pub restart: Option<Restart>,
    pub update: Option<Update>,
    pub rollback: Option<Update>,
    pub fail: Option<Failing>,
    pub rollback_fail: Option<Failing>,
    pub exit: Option<String>,
    pub exits_per_slot: Option<u32>,
    pub node_op: Option<String>,
    #[serde(default)]
    pub op_nodes: Vec<String>,
    pub info: Option<Info>,
    pub expect: Vec<Expectation>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    ScaleDown,
    ScaleUp,
    Update,
    Restart,
    NodeEvent,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExistingTask {
    pub slot: u64,
    pub node: Option<String>,
    pub state: Option<TaskState>,
    pub desired: Option<TaskState>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentTimes {
    pub prepare_ms: u64,
    pub start_ms: u64,
    pub stop_ms: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    pub condition: RestartCondition,
    pub delay_ms: u64,
    pub max_attempts: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    pub parallelism: u64,
    pub delay_ms: Option<u64>,
    pub failure_action: FailureAction,
    pub monitor_ms: u64,
    pub max_failure_ratio: f32,
    pub order: UpdateOrder,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failing {
    pub ordinals: Vec<u32>,
    pub mode: String,
    pub after_ms: Option<u64>,
    pub restarts_fail_too: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Info {
    pub duration_ms: Vec<u64>,
    pub slot_sequences_seen: Vec<Option<Vec<u64>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    pub times: u32,
    pub removed_slots: Option<Vec<u64>>,
    pub created_slots: Option<Vec<u64>>,
    pub deleted_slots: Option<Vec<u64>>,
    pub kept_per_node: Option<BTreeMap<String, u32>>,
    pub kept_multiset: Option<Vec<u32>>,
    pub status_sequence: Option<Vec<String>>,
    pub final_message: Option<String>,
    pub slots_with_new_spec_tasks: Option<u32>,
    pub new_spec_tasks_created: Option<u32>,
    pub old_spec_tasks_created: Option<u32>,
    pub running_new_spec: Option<u32>,
    pub running_old_spec: Option<u32>,
    pub min_running: Option<u32>,
    pub max_running: Option<u32>,
    pub max_slots_in_flight: Option<u32>,
    pub per_slot_event_orders: Option<Vec<String>>,
    pub slot_sequence: Option<Vec<u64>>,
    pub never_settles: Option<bool>,
    pub tasks_created_per_slot: Option<BTreeMap<u64, u32>>,
    pub final_tasks: Option<BTreeMap<String, u32>>,
}

impl Kind {
    const fn row(self) -> &'static str {
        match self {
            Self::ScaleDown => "orchestration/scale_down",
            Self::ScaleUp => "orchestration/scale_up",
            Self::Update => "orchestration/update",
            Self::Restart => "orchestration/restart",
            Self::NodeEvent => "orchestration/node_event",
        }
    }
}

/// Plays the lines.
pub fn run(source: &Source, report: &mut Report) -> anyhow::Result<()> {
    let vectors: Vec<Vector> = source.vectors("orchestration")?;
    report.judge_all(
        &vectors,
        |vector| (vector.kind.row().to_owned(), &vector.id),
        judge::judge,
    );
    Ok(())
}
