//! When the nodes of a recording were told what changed for them.
//!
//! A node is told when nothing has changed for it for a moment, so this follows from the changes.

use std::collections::BTreeMap;

use swarmlab_core::dispatcher::ASSIGNMENT_BATCH_WAIT_NS;
use swarmlab_core::model::TaskState;

use super::{Recording, losses};

/// The moments at which something changed for each node, in order.
#[derive(Debug, Default)]
pub(super) struct Assignments {
    changes: BTreeMap<String, Vec<f64>>,
    /// When nodes could not be told, by hostname.
    away: BTreeMap<String, Vec<(f64, f64)>>,
}

#[expect(clippy::cast_precision_loss, reason = "a small number")]
const WAIT_S: f64 = ASSIGNMENT_BATCH_WAIT_NS as f64 / 1e9;

impl Assignments {
    pub(super) fn of(recording: &Recording) -> Self {
        let mut changes: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for task in &recording.tasks {
            let mut last = None;
            for change in &task.changes {
                let is_assigned = change.state >= TaskState::Assigned && !change.node.is_empty();
                let told = is_assigned.then_some(change.desired);
                if is_assigned && told != last {
                    changes
                        .entry(change.node.clone())
                        .or_default()
                        .push(change.t);
                }
                last = told;
            }
            let node = task.changes.last().map(|change| change.node.clone());
            if let (Some(t), Some(node)) = (task.deleted, node) {
                changes.entry(node).or_default().push(t);
            }
        }
        for times in changes.values_mut() {
            times.sort_by(f64::total_cmp);
        }
        let nodes = changes.keys().cloned();
        let away = nodes.map(|node| {
            let times = losses::away(recording, &node);
            (node, times)
        });
        Self {
            away: away.collect(),
            changes,
        }
    }

    /// When a node was told of a change.
    pub(super) fn heard_at(&self, node: &str, t: f64) -> f64 {
        let mut last = t;
        let mut away = self.away.get(node).into_iter().flatten();
        if let Some((_, back)) = away.find(|(from, to)| (from..to).contains(&&t)) {
            return *back;
        }
        for &change in self.changes.get(node).into_iter().flatten() {
            if change > last && change < last + WAIT_S {
                last = change;
            }
        }
        last + WAIT_S
    }
}
