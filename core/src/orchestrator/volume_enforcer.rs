//! The volume enforcer: rejects tasks that hold a cluster volume which is being drained.
//!
//! Upstream: `manager/orchestrator/volumeenforcer/volume_enforcer.go`. It looks at a volume when it
//! changes, and at all of them when a manager becomes leader. As with the constraint enforcer a
//! rejected task keeps its desired state, and here even the time of its status: to stop and to
//! replace it is the part of its orchestrator.

use std::sync::Arc;

use crate::ids::TaskId;
use crate::kernel::Kernel;
use crate::model::{Task, TaskState, Text, Volume, VolumeAvailability};
use crate::store::{Change, Delta};

const MESSAGE_REJECTED: Text = Text::constant("task rejected by volume enforcer");
const ERR_REJECTED: Text = Text::constant("attached to volume which is being drained");

/// Looks at all volumes: a manager has become leader.
pub fn start(kernel: &mut Kernel) {
    let volumes: Vec<Arc<Volume>> = kernel.store.volumes().cloned().collect();
    for volume in volumes {
        reject_noncompliant(kernel, &volume);
    }
}

/// Reacts to one change in the store.
pub fn on_change(kernel: &mut Kernel, change: &Change) {
    if let Change::Volume(Delta::Updated { new, .. }) = change {
        reject_noncompliant(kernel, new);
    }
}

fn reject_noncompliant(kernel: &mut Kernel, volume: &Volume) {
    if volume.availability != VolumeAvailability::Drain {
        return;
    }
    let is_live = |task: &Task| task.is_wanted() && task.status.state < TaskState::Complete;
    let holds = |task: &Task| task.volumes.iter().any(|held| held.id == volume.id);
    let tasks = kernel.store.tasks();
    let rejected = tasks.filter(|task| is_live(task) && holds(task));
    let rejected: Vec<TaskId> = rejected.map(|task| task.id).collect();
    let mut batch = kernel.store.batch(kernel.now);
    for id in rejected {
        batch.update(|tx| {
            tx.update_task(id, |task| {
                task.status.state = TaskState::Rejected;
                task.status.message = MESSAGE_REJECTED;
                task.status.err = ERR_REJECTED;
            });
        });
    }
    batch.commit();
}
