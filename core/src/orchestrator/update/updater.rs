//! One update of one service: its slots are handed out to workers, then its new tasks are watched
//! for a while, then it is complete. Failures of new tasks may end it before.

use std::sync::Arc;

use super::Progress;
use super::order::{SlotOrder, hand_out_order};
use super::status::{self, Consequence};
use super::worker::{self, Worker};
use crate::collections::{BTreeMap, VecDeque};
use crate::ids::{ServiceId, TaskId};
use crate::kernel::{Event, EventQueue, Kernel, Timer};
use crate::model::{
    FailureAction, Service, ServiceSpec, Task, TaskState, UpdateConfig, UpdateOrder, UpdateState,
};
use crate::orchestrator::dirty::is_task_dirty;
use crate::orchestrator::restart::RestartSupervisor;
use crate::orchestrator::slot::Slot;
use crate::time::{SECOND, SimTime};

/// An update that goes on.
#[derive(Clone, Debug)]
pub(super) struct Updater {
    /// The service as it was when the update began.
    service: Arc<Service>,
    config: UpdateConfig,
    /// How many slots there were to update: what failures are a share of.
    dirty_count: u32,
    /// The slots that no worker has taken.
    queue: VecDeque<Slot>,
    workers: Vec<Worker>,
    /// The tasks that this update created.
    created: BTreeMap<TaskId, Created>,
    failure_count: u32,
    /// Tasks that ended while only workers were waited for: they are judged later.
    unjudged: Vec<TaskId>,
    /// The end of watching, once all workers are done.
    monitor_timer: Option<Timer>,
    /// It ends without being complete.
    is_stopped: bool,
}

/// A task that an update created.
#[derive(Clone, Copy, Debug, Default)]
struct Created {
    /// The first state from RUNNING on that it was in.
    seen: Option<TaskState>,
    /// When a worker took note of that.
    started_at: Option<SimTime>,
    /// Its failure has been counted.
    is_counted: bool,
}

impl Updater {
    /// An update of the slots that are not as the service wants them. None if there is nothing to
    /// do, or if an update has been stopped.
    pub(super) fn start(
        kernel: &mut Kernel,
        service: &Arc<Service>,
        slots: Vec<Slot>,
        order: SlotOrder,
    ) -> Option<Self> {
        let state = service.update_status.as_ref().map(|status| status.state);
        if matches!(
            state,
            Some(UpdateState::Paused | UpdateState::RollbackPaused)
        ) {
            return None;
        }
        let is_dirty = |slot: &Slot| match &slot.tasks[..] {
            [task] => is_task_dirty(&kernel.store, &kernel.ids, service, task),
            tasks => !tasks.is_empty(),
        };
        let mut dirty: Vec<Slot> = slots.into_iter().filter(is_dirty).collect();
        if dirty.is_empty() {
            if matches!(
                state,
                Some(UpdateState::Updating | UpdateState::RollbackStarted)
            ) {
                status::complete(kernel, service.id);
            }
            return None;
        }
        if state.is_none() {
            status::start(kernel, service.id);
        }
        hand_out_order(kernel, &mut dirty, order);
        let spec = &service.spec;
        let is_rollback = state == Some(UpdateState::RollbackStarted);
        let config = if is_rollback {
            spec.rollback
        } else {
            spec.update
        };
        let mut config = config.unwrap_or_default();
        if config.monitor_ns == 0 {
            config.monitor_ns = UpdateConfig::default().monitor_ns;
        }
        // More workers than slots would never have anything to do.
        let worker_count = match usize::try_from(config.parallelism) {
            Ok(0) | Err(_) => dirty.len(),
            Ok(parallelism) => parallelism.min(dirty.len()),
        };
        Some(Self {
            service: Arc::clone(service),
            config,
            dirty_count: u32::try_from(dirty.len()).unwrap_or(u32::MAX),
            queue: dirty.into(),
            workers: vec![Worker::Idle; worker_count],
            created: BTreeMap::new(),
            failure_count: 0,
            unjudged: Vec::new(),
            monitor_timer: None,
            is_stopped: false,
        })
    }

    pub(super) fn service_id(&self) -> ServiceId {
        self.service.id
    }

    /// Whether this is the update to a spec.
    pub(super) fn is_for(&self, spec: &Arc<ServiceSpec>) -> bool {
        self.service.spec == *spec
    }

    /// Takes its timers out of the queue.
    pub(super) fn disarm(self, queue: &mut EventQueue<Event>) {
        for worker in self.workers {
            if let Worker::Resting { timer } = worker {
                queue.cancel(timer);
            }
        }
        if let Some(timer) = self.monitor_timer {
            queue.cancel(timer);
        }
    }

    /// The update is over.
    pub(super) fn complete(self, kernel: &mut Kernel) {
        status::complete(kernel, self.service.id);
        self.disarm(&mut kernel.queue);
    }

    /// A worker has rested.
    pub(super) fn wake(&mut self, worker: u32) {
        if let Some(worker) = self.workers.get_mut(worker as usize)
            && matches!(worker, Worker::Resting { .. })
        {
            *worker = Worker::Idle;
        }
    }

    /// A task runs, or has ended. Says whether a worker may have waited for that.
    pub(super) fn task_arrived(&mut self, task: &Task) -> bool {
        match self.created.get_mut(&task.id) {
            Some(created) if created.seen.is_none() => {
                created.seen = Some(task.status.state);
                true
            }
            _ => false,
        }
    }

    /// A task has ended.
    pub(super) fn task_failed(&mut self, kernel: &mut Kernel, task: TaskId) -> Progress {
        let is_watching = self.config.failure_action != FailureAction::Continue;
        if !is_watching || !self.created.contains_key(&task) {
            return Progress::Waiting;
        }
        if self.monitor_timer.is_some() {
            if !self.judge(kernel, task) {
                return Progress::Waiting;
            }
            if !self.is_stopped {
                status::complete(kernel, self.service.id);
            }
            return Progress::Done;
        }
        if self.queue.is_empty() {
            self.unjudged.push(task);
        } else if self.judge(kernel, task) {
            self.queue.clear();
        }
        Progress::Waiting
    }

    /// Counts a failure, if it is one. Says whether it is one too many; then the consequences have
    /// been drawn.
    fn judge(&mut self, kernel: &mut Kernel, task: TaskId) -> bool {
        let Some(created) = self.created.get_mut(&task) else {
            return false;
        };
        let is_late = created
            .started_at
            .is_some_and(|start| kernel.now.0.saturating_sub(start.0) > self.config.monitor_ns);
        if created.is_counted || is_late {
            return false;
        }
        created.is_counted = true;
        self.failure_count += 1;
        if !self.is_ratio_exceeded() {
            return false;
        }
        let status = self.service.update_status.as_ref();
        let is_rollback = status.is_some_and(|s| s.state == UpdateState::RollbackStarted);
        let consequence = match self.config.failure_action {
            FailureAction::Continue => return false,
            FailureAction::Pause => Consequence::Pause,
            FailureAction::Rollback if is_rollback => Consequence::PauseRollback,
            FailureAction::Rollback => Consequence::RollBack,
        };
        // A rollback that is to be rolled back is not stopped upstream: it will be called complete.
        self.is_stopped = consequence != Consequence::PauseRollback;
        status::fail(kernel, self.service.id, task, consequence);
        true
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "upstream compares 32-bit floats"
    )]
    fn is_ratio_exceeded(&self) -> bool {
        self.failure_count as f32 / self.dirty_count as f32 > self.config.max_failure_ratio
    }

    /// Goes on as far as possible.
    pub(super) fn advance(
        &mut self,
        kernel: &mut Kernel,
        restart: &mut RestartSupervisor,
    ) -> Progress {
        if self.monitor_timer.is_some() {
            return Progress::Waiting;
        }
        for index in 0..self.workers.len() {
            self.advance_worker(kernel, restart, index);
        }
        let is_idle = |worker: &Worker| matches!(worker, Worker::Idle);
        if !self.workers.iter().all(is_idle) {
            return Progress::Waiting;
        }
        if self.is_stopped {
            return Progress::Done;
        }
        self.monitor(kernel)
    }

    /// All workers are done: new tasks are watched a little longer.
    fn monitor(&mut self, kernel: &mut Kernel) -> Progress {
        let config = &mut self.config;
        if config.delay_ns >= config.monitor_ns {
            config.monitor_ns = config.delay_ns.saturating_add(SECOND);
        }
        for task in std::mem::take(&mut self.unjudged) {
            if self.judge(kernel, task) {
                if !self.is_stopped {
                    status::complete(kernel, self.service.id);
                }
                return Progress::Done;
            }
        }
        let service = self.service.id;
        let over = Event::UpdateMonitorOver { service };
        self.monitor_timer = Some(kernel.after(self.config.monitor_ns, over));
        Progress::Waiting
    }

    /// Lets a worker go on until it has to wait.
    fn advance_worker(
        &mut self,
        kernel: &mut Kernel,
        restart: &mut RestartSupervisor,
        index: usize,
    ) {
        loop {
            let worker = std::mem::take(&mut self.workers[index]);
            if !self.may_go_on(restart, &worker) {
                self.workers[index] = worker;
                return;
            }
            let next = match worker {
                Worker::Idle => {
                    let Some(slot) = self.queue.pop_front() else {
                        return;
                    };
                    self.begin(kernel, restart, slot)
                }
                Worker::Replacing { task, slot } => {
                    self.arrived(kernel, task, &slot);
                    Worker::Idle
                }
                Worker::Keeping { .. } | Worker::Resting { .. } => Worker::Idle,
            };
            self.workers[index] = match next {
                Worker::Idle => self.rest(kernel, index),
                next => next,
            };
        }
    }

    /// Whether a worker has what it waits for.
    fn may_go_on(&self, restart: &RestartSupervisor, worker: &Worker) -> bool {
        match worker {
            Worker::Idle => true,
            Worker::Keeping { task } => !restart.is_delayed(*task),
            Worker::Replacing { task, .. } => {
                // Without a limit: a new task that finds no node holds its worker for ever.
                let created = self.created.get(task);
                !restart.is_delayed(*task) && created.is_some_and(|task| task.seen.is_some())
            }
            Worker::Resting { .. } => false,
        }
    }

    fn begin(
        &mut self,
        kernel: &mut Kernel,
        restart: &mut RestartSupervisor,
        slot: Slot,
    ) -> Worker {
        let worker = worker::begin(kernel, restart, &self.service, self.config.order, slot);
        if let Worker::Replacing { task, .. } = &worker {
            self.created.insert(*task, Created::default());
        }
        worker
    }

    /// The new task of a slot runs, or will not.
    fn arrived(&mut self, kernel: &mut Kernel, task: TaskId, slot: &Slot) {
        let Some(created) = self.created.get_mut(&task) else {
            return;
        };
        created.started_at = Some(kernel.now);
        let is_running = created.seen == Some(TaskState::Running);
        if self.config.order == UpdateOrder::StartFirst && is_running {
            worker::stop_old(kernel, slot);
        }
    }

    /// A slot is done. The pause comes after the last one too.
    fn rest(&self, kernel: &mut Kernel, index: usize) -> Worker {
        if self.config.delay_ns == 0 {
            return Worker::Idle;
        }
        let over = Event::UpdateDelayOver {
            service: self.service.id,
            worker: u32::try_from(index).unwrap_or(u32::MAX),
        };
        let timer = kernel.after(self.config.delay_ns, over);
        Worker::Resting { timer }
    }
}
