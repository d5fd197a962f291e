//! Slots: the places of a replicated service (`manager/orchestrator/slot.go`,
//! `manager/orchestrator/replicated/slot.go`).

use std::sync::Arc;

use super::restart::RestartSupervisor;
use crate::collections::{BTreeMap, Order as _};
use crate::ids::NodeId;
use crate::model::{Service, SlotKey, Task, TaskState, UpdateState};

/// The tasks that occupy one place. More than one for short times only.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Which place.
    pub key: SlotKey,
    /// The tasks, oldest first.
    pub tasks: Vec<Arc<Task>>,
}

impl Slot {
    fn is_running(&self) -> bool {
        self.tasks
            .iter()
            .any(|task| task.status.state == TaskState::Running)
    }

    /// The node of the only task, if there is one task and it has one.
    fn only_node(&self) -> Option<NodeId> {
        match &self.tasks[..] {
            [task] => task.node_id,
            _ => None,
        }
    }
}

/// Puts slots in the order in which they are kept when a service shrinks: the first are kept.
///
/// On each node the slots are numbered, running ones first; the lowest numbers are kept, so that
/// what remains is spread. Slots without a node, or with several tasks, go first. Upstream's two
/// sorts are unstable for more than 12 slots; here ties always keep running ones first and then
/// the order of slot numbers.
pub fn sort_for_removal(slots: &mut [Slot]) {
    slots.order_by_key(|slot| (!slot.is_running(), slot.key));
    let mut counts: BTreeMap<NodeId, u32> = BTreeMap::new();
    let mut numbered: Vec<(u32, Slot)> = Vec::with_capacity(slots.len());
    for slot in slots.iter() {
        let number = slot.only_node().map_or(u32::MAX, |node| {
            let count = counts.entry(node).or_insert(0);
            *count += 1;
            *count
        });
        numbered.push((number, slot.clone()));
    }
    numbered.order_by_key(|&(number, _)| number);
    for (place, (_, slot)) in slots.iter_mut().zip(numbered) {
        *place = slot;
    }
}

/// The tasks by which a slot lives (`UpdatableTasksInSlot`): those that are meant to run, or else
/// the last one, if it ended for good.
pub fn updatable_tasks(
    restart: &RestartSupervisor,
    service: &Service,
    tasks: &[Arc<Task>],
) -> Vec<Arc<Task>> {
    let runnable = tasks
        .iter()
        .filter(|task| task.desired_state <= TaskState::Running);
    let runnable: Vec<Arc<Task>> = runnable.cloned().collect();
    if !runnable.is_empty() {
        return runnable;
    }
    let is_rolling_back = service
        .update_status
        .as_ref()
        .is_some_and(|status| status.state == UpdateState::RollbackStarted);
    if is_rolling_back {
        return Vec::new();
    }
    let newest = tasks.iter().rev().max_by_key(|task| task.status_time());
    newest
        .filter(|task| !restart.should_restart(task, service))
        .cloned()
        .into_iter()
        .collect()
}
