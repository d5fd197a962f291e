//! What an update writes into its service.
//!
//! Each write is a transaction of its own. All but the first do nothing if the service is gone or
//! has no status: then somebody has changed it meanwhile, and the status is none of this update.

use crate::ids::{ServiceId, TaskId};
use crate::kernel::Kernel;
use crate::model::{Service, Text, UpdateState, UpdateStatus};

/// What a failure leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consequence {
    /// An update or a rollback stops.
    Pause,
    /// A rollback stops because a failure asked for a rollback.
    PauseRollback,
    /// An update is taken back.
    RollBack,
}

/// Edits a service in a transaction.
fn edit(kernel: &mut Kernel, id: ServiceId, edit: impl FnOnce(&mut Service)) {
    let mut batch = kernel.store.batch(kernel.now);
    batch.update(|tx| tx.update_service(id, edit));
    batch.commit();
}

/// The state of the update of a service; none if there is no status.
fn state_of(kernel: &Kernel, id: ServiceId) -> Option<UpdateState> {
    let status = kernel.store.service(id)?.update_status.as_ref()?;
    Some(status.state)
}

/// An update begins.
pub(super) fn start(kernel: &mut Kernel, id: ServiceId) {
    let service = kernel.store.service(id);
    if service.is_none_or(|service| service.update_status.is_some()) {
        return;
    }
    let now = kernel.now;
    edit(kernel, id, |service| {
        service.update_status = Some(UpdateStatus {
            state: UpdateState::Updating,
            started_at: Some(now),
            completed_at: None,
            message: Text::constant("update in progress"),
        });
    });
}

/// An update is at its end.
pub(super) fn complete(kernel: &mut Kernel, id: ServiceId) {
    let Some(state) = state_of(kernel, id) else {
        return;
    };
    let (state, message) = if state == UpdateState::RollbackStarted {
        (UpdateState::RollbackCompleted, "rollback completed")
    } else {
        (UpdateState::Completed, "update completed")
    };
    let now = kernel.now;
    edit(kernel, id, |service| {
        if let Some(status) = &mut service.update_status {
            status.state = state;
            status.message = Text::constant(message);
            status.completed_at = Some(now);
        }
    });
}

/// Too many tasks have failed.
pub(super) fn fail(kernel: &mut Kernel, id: ServiceId, task: TaskId, consequence: Consequence) {
    let Some(state) = state_of(kernel, id) else {
        return;
    };
    let what = match consequence {
        Consequence::Pause => "update paused",
        Consequence::PauseRollback => "rollback paused",
        Consequence::RollBack => "update rolled back",
    };
    let message = format!(
        "{what} due to failure or early termination of task {}",
        kernel.ids.text(task)
    );
    if consequence == Consequence::RollBack {
        roll_back(kernel, id, message.into());
        return;
    }
    let state = if state == UpdateState::RollbackStarted {
        UpdateState::RollbackPaused
    } else {
        UpdateState::Paused
    };
    edit(kernel, id, |service| {
        if let Some(status) = &mut service.update_status {
            status.state = state;
            status.message = message.into();
        }
    });
}

/// The service gets its previous spec again, and has no previous one any more. Without one
/// nothing happens: the update ends as it stands.
fn roll_back(kernel: &mut Kernel, id: ServiceId, message: Text) {
    edit_if_previous(kernel, id, |service| {
        if let Some(status) = &mut service.update_status {
            status.state = UpdateState::RollbackStarted;
            status.message = message;
        }
        if let Some(spec) = service.previous_spec.take() {
            service.spec = spec;
            service.spec_version = service.previous_spec_version.take().unwrap_or_default();
        }
    });
}

fn edit_if_previous(kernel: &mut Kernel, id: ServiceId, change: impl FnOnce(&mut Service)) {
    let service = kernel.store.service(id);
    if service.is_some_and(|service| service.previous_spec.is_some()) {
        edit(kernel, id, change);
    }
}
