//! Writing what was decided into the store.
//!
//! Upstream: `manager/scheduler/scheduler.go` applySchedulingDecisions. A decision that changes
//! neither state nor message nor error is not written, which is what keeps an unplaceable task from
//! being rewritten at every attempt.

use std::sync::Arc;

use super::placement::Placed;
use super::view::View;
use super::{MESSAGE_ASSIGNED, MESSAGE_CONFIRMED};
use crate::ids::{NodeId, TaskId, VolumeId};
use crate::kernel::Kernel;
use crate::model::{
    GenericResource, Task, TaskState, Text, VolumeAttachment, VolumeAvailability,
    VolumePublishState, VolumePublishStatus,
};
use crate::store::{Store, Transaction};

/// What was decided about a task.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    /// The task as it was.
    pub(super) task: Arc<Task>,
    pub(super) what: Verdict,
}

/// The kinds of decisions.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// It gets a node.
    Assigned {
        node: NodeId,
        message: Text,
        generic: Vec<GenericResource>,
        volumes: Vec<VolumeAttachment>,
        /// Whether the picture took note of the volumes, too.
        holds_volumes: bool,
    },
    /// It stays pending, for this reason.
    Failed { err: Text },
    /// It ends before it began.
    ShutDown,
}

impl Decision {
    pub(super) fn assigned(placed: Placed) -> Self {
        let what = Verdict::Assigned {
            node: placed.node,
            message: MESSAGE_ASSIGNED,
            generic: placed.generic,
            volumes: placed.volumes,
            holds_volumes: true,
        };
        Self {
            task: placed.task,
            what,
        }
    }

    pub(super) fn confirmed(
        task: &Arc<Task>,
        node: NodeId,
        generic: Vec<GenericResource>,
        volumes: Vec<VolumeAttachment>,
    ) -> Self {
        let message = MESSAGE_CONFIRMED;
        let what = Verdict::Assigned {
            node,
            message,
            generic,
            volumes,
            holds_volumes: false,
        };
        Self {
            task: Arc::clone(task),
            what,
        }
    }

    pub(super) fn failed(task: &Arc<Task>, err: Text) -> Self {
        Self {
            task: Arc::clone(task),
            what: Verdict::Failed { err },
        }
    }

    pub(super) fn shut_down(task: &Arc<Task>) -> Self {
        Self {
            task: Arc::clone(task),
            what: Verdict::ShutDown,
        }
    }

    pub(super) fn is_assigned(&self) -> bool {
        matches!(self.what, Verdict::Assigned { .. })
    }

    /// Whether writing it would change anything that counts.
    fn is_news(&self, stored: &Task) -> bool {
        let status = &stored.status;
        match &self.what {
            Verdict::Assigned { message, .. } => {
                status.state != TaskState::Assigned
                    || status.message != *message
                    || !status.err.is_empty()
            }
            Verdict::Failed { err } => {
                status.state != self.task.status.state
                    || status.message != self.task.status.message
                    || status.err != *err
            }
            Verdict::ShutDown => status.state != TaskState::Shutdown,
        }
    }
}

/// What became of decisions.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// The tasks that have a node now.
    pub(super) assigned: Vec<TaskId>,
    /// They would have changed nothing.
    pub(super) dropped: Vec<Decision>,
    /// The store did not agree.
    pub(super) failed: Vec<Decision>,
    /// Their tasks are gone.
    pub(super) missing: Vec<Arc<Task>>,
}

/// Writes decisions in order, in transactions of limited size.
pub(super) fn apply(kernel: &mut Kernel, view: &mut View, decisions: Vec<Decision>) -> Applied {
    let mut applied = Applied::default();
    let now = kernel.now;
    let mut batch = kernel.store.batch(now);
    for decision in decisions {
        let outcome = batch.update(|tx| write(tx, view, &decision));
        match outcome {
            Outcome::Written => {
                if decision.is_assigned() {
                    applied.assigned.push(decision.task.id);
                }
            }
            Outcome::NoNews => {
                // An assignment that is already in the store is not taken back.
                if !decision.is_assigned() {
                    applied.dropped.push(decision);
                }
            }
            Outcome::Refused => applied.failed.push(decision),
            Outcome::Missing => applied.missing.push(decision.task),
        }
    }
    batch.commit();
    applied
}

enum Outcome {
    Written,
    NoNews,
    Refused,
    Missing,
}

fn write(tx: &mut Transaction<'_>, view: &View, decision: &Decision) -> Outcome {
    let id = decision.task.id;
    let Some(stored) = tx.store().task(id) else {
        return Outcome::Missing;
    };
    if !decision.is_news(stored) {
        return Outcome::NoNews;
    }
    if stored.status.state >= TaskState::Assigned && !knows_node(tx.store(), view, decision) {
        return Outcome::Refused;
    }
    let now = tx.now();
    match &decision.what {
        Verdict::Assigned {
            node,
            message,
            generic,
            volumes,
            ..
        } => {
            if !volumes.is_empty() && !publish_volumes(tx, volumes, *node) {
                return Outcome::Refused;
            }
            tx.update_task(id, |task| {
                task.node_id = Some(*node);
                task.assigned_generic_resources.clone_from(generic);
                task.volumes.clone_from(volumes);
                task.status.state = TaskState::Assigned;
                task.status.timestamp = now;
                task.status.message = message.clone();
                task.status.err = Text::EMPTY;
            });
        }
        Verdict::Failed { err } => {
            tx.update_task(id, |task| {
                task.status.timestamp = now;
                task.status.err = err.clone();
            });
        }
        Verdict::ShutDown => {
            tx.update_task(id, |task| {
                task.status.timestamp = now;
                task.status.state = TaskState::Shutdown;
                task.status.err = Text::EMPTY;
            });
        }
    }
    Outcome::Written
}

/// A task that is further than pending is only touched while its node is the one that was seen.
fn knows_node(store: &Store, view: &View, decision: &Decision) -> bool {
    let node = match &decision.what {
        Verdict::Assigned { node, .. } => Some(*node),
        _ => decision.task.node_id,
    };
    let Some(node) = node else { return false };
    match (view.node(node), store.node(node)) {
        (Some(seen), Some(stored)) => seen.node.meta.version == stored.meta.version,
        _ => false,
    }
}

/// Asks for the volumes to be published on the node. False if one of them may not be used.
fn publish_volumes(tx: &mut Transaction<'_>, volumes: &[VolumeAttachment], node: NodeId) -> bool {
    let is_usable = |id: VolumeId| {
        let volume = tx.store().volume(id);
        volume.is_some_and(|volume| volume.availability == VolumeAvailability::Active)
    };
    if !volumes.iter().all(|attachment| is_usable(attachment.id)) {
        return false;
    }
    for attachment in volumes {
        let is_published = tx.store().volume(attachment.id).is_some_and(|volume| {
            volume
                .publish_status
                .iter()
                .any(|status| status.node_id == node)
        });
        if !is_published {
            tx.update_volume(attachment.id, |volume| {
                let state = VolumePublishState::PendingPublish;
                volume.publish_status.push(VolumePublishStatus {
                    node_id: node,
                    state,
                });
            });
        }
    }
    true
}

/// Takes back what a decision did to the picture.
pub(super) fn undo(view: &mut View, decision: &Decision) {
    if let Verdict::Assigned {
        volumes,
        holds_volumes,
        ..
    } = &decision.what
    {
        view.remove_task(&decision.task);
        if *holds_volumes && !volumes.is_empty() {
            let mut user = Task::clone(&decision.task);
            user.volumes.clone_from(volumes);
            view.volumes_mut().release(&user);
        }
    }
}

/// Lets nodes let go of published volumes that none of their tasks uses (`freeVolumes`).
pub(super) fn release_unused_volumes(kernel: &mut Kernel, view: &View) {
    if view.volumes().is_empty() {
        return;
    }
    let now = kernel.now;
    let mut batch = kernel.store.batch(now);
    for id in view.volumes().ids() {
        batch.update(|tx| {
            let is_idle = |status: &VolumePublishStatus| {
                status.state == VolumePublishState::Published
                    && !view.volumes().is_used_on(id, status.node_id)
            };
            let has_idle = tx
                .store()
                .volume(id)
                .is_some_and(|volume| volume.publish_status.iter().any(is_idle));
            if has_idle {
                tx.update_volume(id, |volume| {
                    for status in &mut volume.publish_status {
                        if is_idle(status) {
                            status.state = VolumePublishState::PendingNodeUnpublish;
                        }
                    }
                });
            }
        });
    }
    batch.commit();
}
