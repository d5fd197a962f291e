//! Rolling updates: the tasks of a service are replaced slot by slot.
//!
//! Upstream: `manager/orchestrator/update/updater.go`. The [`UpdateSupervisor`] of an orchestrator
//! keeps at most one updater a service; [`updater`] is one update from its first slot to the end of
//! its monitoring, [`worker`] what is done for one slot, [`status`] what is written about it into
//! the service, [`order`] which slot comes first.
//!
//! Upstream an updater is a goroutine with one goroutine more for each worker. Here each is a
//! value that says what it waits for, and is asked to go on when that may have come: at the end of
//! every transaction and after every timer. A task that ends is first replaced by the restart
//! supervisor, by the spec that holds at the time; then its failure is judged; then workers may take
//! more slots.
//!
//! Left out: the credentials of a registry, which may change without a task being replaced.

mod order;
mod status;
mod updater;
mod worker;

use std::sync::Arc;

pub use order::SlotOrder;

use self::updater::Updater;
use super::restart::RestartSupervisor;
use super::slot::Slot;
use crate::collections::BTreeMap;
use crate::ids::ServiceId;
use crate::kernel::{Event, EventQueue, Kernel};
use crate::model::{Service, TaskState};
use crate::store::{Change, Delta};

/// Updates the services of one orchestrator.
#[derive(Clone, Debug, Default)]
pub struct UpdateSupervisor {
    updaters: BTreeMap<ServiceId, Updater>,
    /// Whether some worker may go on.
    is_due: bool,
    /// How many delayed starts had ended when the workers were last asked.
    ended_starts: u64,
}

/// Whether an updater has something left to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Waiting,
    Done,
}

impl UpdateSupervisor {
    /// Brings the live slots of a service up to date. What runs for the same spec goes on
    /// undisturbed; what runs for another one is given up, and the tasks that it created stay.
    pub fn update(
        &mut self,
        kernel: &mut Kernel,
        restart: &mut RestartSupervisor,
        service: &Arc<Service>,
        slots: Vec<Slot>,
        order: SlotOrder,
    ) {
        if let Some(running) = self.updaters.get(&service.id) {
            if running.is_for(&service.spec) {
                return;
            }
            self.give_up(&mut kernel.queue, service.id);
        }
        let Some(mut updater) = Updater::start(kernel, service, slots, order) else {
            return;
        };
        if updater.advance(kernel, restart) == Progress::Waiting {
            self.updaters.insert(service.id, updater);
        }
    }

    /// Gives up the update of a service.
    fn give_up(&mut self, queue: &mut EventQueue<Event>, service: ServiceId) {
        if let Some(updater) = self.updaters.remove(&service) {
            updater.disarm(queue);
        }
    }

    /// Gives up all updates: the leader stops.
    pub fn stop(&mut self, queue: &mut EventQueue<Event>) {
        for updater in std::mem::take(&mut self.updaters).into_values() {
            updater.disarm(queue);
        }
    }

    /// Reacts to a transaction: first failures are judged, then workers go on.
    pub fn on_commit(
        &mut self,
        kernel: &mut Kernel,
        restart: &mut RestartSupervisor,
        changes: &[Change],
    ) {
        for change in changes {
            self.on_change(kernel, change);
        }
        self.advance(kernel, restart);
    }

    /// Watches the new tasks.
    fn on_change(&mut self, kernel: &mut Kernel, change: &Change) {
        if self.updaters.is_empty() {
            return;
        }
        match change {
            Change::Task(Delta::Updated { new, .. }) if new.status.state >= TaskState::Running => {
                let updater = new.service_id.and_then(|id| self.updaters.get_mut(&id));
                let Some(updater) = updater else { return };
                self.is_due |= updater.task_arrived(new);
                if new.status.state > TaskState::Running
                    && updater.task_failed(kernel, new.id) == Progress::Done
                {
                    let service = updater.service_id();
                    self.give_up(&mut kernel.queue, service);
                }
            }
            // Upstream goes on, but nothing that it does has an effect any more.
            Change::Service(Delta::Deleted(service)) => {
                self.give_up(&mut kernel.queue, service.id);
            }
            _ => {}
        }
    }

    /// Lets workers go on that have what they waited for.
    pub fn advance(&mut self, kernel: &mut Kernel, restart: &mut RestartSupervisor) {
        if self.updaters.is_empty() || !(self.is_due || self.ended_starts != restart.ended_starts())
        {
            return;
        }
        self.is_due = false;
        self.ended_starts = restart.ended_starts();
        self.updaters
            .retain(|_, updater| updater.advance(kernel, restart) == Progress::Waiting);
    }

    /// The pause of a worker after a slot is over.
    pub fn on_delay_over(
        &mut self,
        kernel: &mut Kernel,
        restart: &mut RestartSupervisor,
        service: ServiceId,
        worker: u32,
    ) {
        if let Some(updater) = self.updaters.get_mut(&service) {
            updater.wake(worker);
            self.is_due = true;
            self.advance(kernel, restart);
        }
    }

    /// The new tasks of a service have been watched for long enough.
    pub fn on_monitor_over(&mut self, kernel: &mut Kernel, service: ServiceId) {
        // It goes before what it writes is known: whatever it has left undone is put right at once.
        if let Some(updater) = self.updaters.remove(&service) {
            updater.complete(kernel);
        }
    }
}
