//! The restart supervisor: replaces tasks that ended or lost their node.
//!
//! Upstream: `manager/orchestrator/restart/restart.go`. A task is never started again: a new one
//! takes its slot. The new one is prepared at once (desired READY) and let go (desired RUNNING)
//! when the restart delay is over and, if the old task was still running, when that has stopped or
//! a minute has passed.

use std::sync::Arc;

use super::task::{new_task, restart_policy};
use crate::collections::{BTreeMap, BTreeSet, VecDeque};
use crate::ids::{IdTexts, ServiceId, TaskId};
use crate::kernel::{Event, EventQueue, Kernel, Timer};
use crate::model::{
    Availability, NodeState, RestartCondition, Service, ServiceMode, SlotKey, Task, TaskState,
    Version,
};
use crate::store::{Change, Delta, Transaction};
use crate::time::{MINUTE, SimTime};

/// A replacement waits no longer than this for the old task to stop.
pub const OLD_TASK_TIMEOUT_NS: u64 = MINUTE;

/// Replaces the tasks of one orchestrator.
#[derive(Clone, Debug, Default)]
pub struct RestartSupervisor {
    delays: BTreeMap<TaskId, DelayedStart>,
    history: BTreeMap<ServiceId, BTreeMap<SlotKey, History>>,
    generation: u32,
    ended_starts: u64,
}

/// A replacement that has not been let go yet.
#[derive(Clone, Debug)]
struct DelayedStart {
    generation: u32,
    /// The restart delay; none once it is over.
    delay_timer: Option<Timer>,
    /// The task that has to stop first.
    waits_for: Option<TaskId>,
    /// When it need not stop first any more.
    timeout_timer: Option<Timer>,
    /// The replacement itself ended meanwhile and is replaced as soon as its delay is over.
    restart_when_over: bool,
}

impl DelayedStart {
    /// Takes the timers that are still waiting out of the queue.
    fn disarm(self, queue: &mut EventQueue<Event>) {
        for timer in [self.delay_timer, self.timeout_timer].into_iter().flatten() {
            queue.cancel(timer);
        }
    }
}

/// How often a slot was restarted.
#[derive(Clone, Debug, Default)]
struct History {
    spec_version: Option<Version>,
    total_restarts: u64,
    /// When, as far as a window asks for it.
    instants: VecDeque<SimTime>,
}

impl RestartSupervisor {
    /// Replaces a task if its policy allows; in any case it is not wanted any more.
    pub fn restart(
        &mut self,
        tx: &mut Transaction<'_>,
        queue: &mut EventQueue<Event>,
        service: &Service,
        task: &Task,
    ) {
        if let Some(delay) = self.delays.get_mut(&task.id) {
            delay.restart_when_over = true;
            return;
        }
        if !task.is_wanted() {
            return;
        }
        tx.update_task(task.id, |task| task.desired_state = TaskState::Shutdown);
        if !self.should_restart(task, service) {
            return;
        }
        let now = tx.now();
        let cluster = tx.store().cluster().clone();
        // The first slot of a replicated job is 0, so only the mode tells.
        let node = match place_of(service, task) {
            SlotKey::Node(node) => Some(node),
            SlotKey::Slot(_) => None,
        };
        let mut replacement = new_task(&cluster, service, task.slot, node, now);
        replacement.desired_state = TaskState::Ready;
        let old_node = task.node_id.and_then(|node| tx.store().node(node));
        let is_drained = old_node.is_some_and(|node| node.spec.availability == Availability::Drain);
        let is_down = old_node.is_some_and(|node| node.status.state == NodeState::Down);
        let delay_ns = if is_drained {
            0
        } else {
            restart_policy(task).delay_ns
        };
        let has_stopped = task.status.state > TaskState::Running;
        let waits_for = (!is_down && !has_stopped).then_some(task.id);
        self.record(service, &replacement, now);
        let replacement = tx.create_task(replacement);
        self.delay_start(queue, now, replacement, delay_ns, waits_for);
    }

    /// Replaces several tasks in one batch: those that are still meant to run and for which
    /// `service_of`, which may write, finds a service.
    pub fn restart_all(
        &mut self,
        kernel: &mut Kernel,
        tasks: BTreeSet<TaskId>,
        mut service_of: impl FnMut(&mut Transaction<'_>, &IdTexts, &Task) -> Option<Arc<Service>>,
    ) {
        if tasks.is_empty() {
            return;
        }
        let Kernel {
            store,
            queue,
            now,
            ids,
            ..
        } = kernel;
        let mut batch = store.batch(*now);
        for id in tasks {
            batch.update(|tx| {
                let task = tx.store().task(id).cloned();
                if let Some(task) = task.filter(|task| task.desired_state <= TaskState::Running)
                    && let Some(service) = service_of(tx, ids, &task)
                {
                    self.restart(tx, queue, &service, &task);
                }
            });
        }
        batch.commit();
    }

    /// Lets a new task go when its delay is over and the old one has stopped (`DelayStart`).
    pub fn delay_start(
        &mut self,
        queue: &mut EventQueue<Event>,
        now: SimTime,
        task: TaskId,
        delay_ns: u64,
        waits_for: Option<TaskId>,
    ) {
        self.cancel(queue, task);
        self.generation += 1;
        let generation = self.generation;
        let delay_over = Event::RestartDelayOver { task, generation };
        let delay_timer = queue.push(now + delay_ns, delay_over);
        let timeout_timer = waits_for.map(|_| {
            // Counted from now, not from the end of the delay.
            let at = now + OLD_TASK_TIMEOUT_NS.max(delay_ns);
            queue.push(at, Event::OldTaskTimeout { task, generation })
        });
        let start = DelayedStart {
            generation,
            delay_timer: Some(delay_timer),
            waits_for,
            timeout_timer,
            restart_when_over: false,
        };
        self.delays.insert(task, start);
    }

    /// Drops a delayed start and its timers.
    pub fn cancel(&mut self, queue: &mut EventQueue<Event>, task: TaskId) {
        if let Some(delay) = self.delays.remove(&task) {
            self.ended_starts += 1;
            delay.disarm(queue);
        }
    }

    /// Whether a task waits until it may run.
    pub fn is_delayed(&self, task: TaskId) -> bool {
        self.delays.contains_key(&task)
    }

    /// How many delayed starts are over, one way or the other: what waits for one need not look
    /// before this changes.
    pub fn ended_starts(&self) -> u64 {
        self.ended_starts
    }

    /// Drops all delayed starts: the leader stops.
    pub fn stop(&mut self, queue: &mut EventQueue<Event>) {
        for delay in std::mem::take(&mut self.delays).into_values() {
            delay.disarm(queue);
        }
    }

    /// Drops what is known about the slots of a service that is gone.
    pub fn forget_service(&mut self, service: ServiceId) {
        self.history.remove(&service);
    }

    /// The restart delay of a replacement is over.
    pub fn on_delay_over(&mut self, kernel: &mut Kernel, task: TaskId, generation: u32) {
        if let Some(delay) = self.delays.get_mut(&task)
            && delay.generation == generation
        {
            delay.delay_timer = None;
            if delay.waits_for.is_none() {
                self.let_go(kernel, task);
            }
        }
    }

    /// A replacement has waited long enough.
    pub fn on_old_task_timeout(&mut self, kernel: &mut Kernel, task: TaskId, generation: u32) {
        if let Some(delay) = self.delays.get_mut(&task)
            && delay.generation == generation
        {
            delay.waits_for = None;
            if delay.delay_timer.is_none() {
                self.let_go(kernel, task);
            }
        }
    }

    /// Watches for old tasks that stop, and for their nodes.
    pub fn on_change(&mut self, kernel: &mut Kernel, change: &Change) {
        if self.delays.is_empty() {
            return;
        }
        match change {
            Change::Task(Delta::Updated { new, .. }) if new.status.state > TaskState::Running => {
                self.stopped(kernel, |_, task| task == new.id);
            }
            Change::Node(delta) => {
                let node = delta.object().id;
                let is_lost = delta
                    .present()
                    .is_none_or(|node| node.status.state == NodeState::Down);
                if is_lost {
                    self.stopped(kernel, |kernel, task| {
                        kernel
                            .store
                            .task(task)
                            .is_none_or(|task| task.node_id == Some(node))
                    });
                }
            }
            _ => {}
        }
    }

    /// The tasks for which `has_stopped` says yes need not be waited for any more.
    fn stopped(&mut self, kernel: &mut Kernel, has_stopped: impl Fn(&Kernel, TaskId) -> bool) {
        let mut ready = Vec::new();
        let mut timers = Vec::new();
        for (&task, delay) in &mut self.delays {
            if delay.waits_for.is_some_and(|old| has_stopped(kernel, old)) {
                delay.waits_for = None;
                if let Some(timer) = delay.timeout_timer.take() {
                    timers.push(timer);
                }
                if delay.delay_timer.is_none() {
                    ready.push(task);
                }
            }
        }
        for timer in timers {
            kernel.queue.cancel(timer);
        }
        for task in ready {
            self.let_go(kernel, task);
        }
    }

    /// A task may run now (`StartNow`).
    fn let_go(&mut self, kernel: &mut Kernel, id: TaskId) {
        let Some(delay) = self.delays.remove(&id) else {
            return;
        };
        self.ended_starts += 1;
        let Kernel {
            store, queue, now, ..
        } = kernel;
        let restart_when_over = delay.restart_when_over;
        delay.disarm(queue);
        let mut batch = store.batch(*now);
        batch.update(|tx| start_now(tx, id));
        batch.commit();
        if restart_when_over {
            let mut batch = store.batch(*now);
            batch.update(|tx| {
                let Some(task) = tx.store().task(id).cloned() else {
                    return;
                };
                let service = task
                    .service_id
                    .and_then(|id| tx.store().service(id))
                    .cloned();
                if let Some(service) = service
                    && task.desired_state <= TaskState::Running
                {
                    self.restart(tx, queue, &service, &task);
                }
            });
            batch.commit();
        }
    }

    /// Whether the policy allows a replacement for a task that ended.
    pub fn should_restart(&self, task: &Task, service: &Service) -> bool {
        let policy = restart_policy(task);
        let is_complete = task.status.state == TaskState::Complete;
        let may = match policy.condition {
            RestartCondition::None => false,
            RestartCondition::OnFailure => !is_complete,
            RestartCondition::Any => !(service.spec.mode.is_job() && is_complete),
        };
        if !may || policy.max_attempts == 0 {
            return may;
        }
        let Some(history) = self
            .history
            .get(&service.id)
            // As upstream: attempts of global jobs are written down and looked up in different
            // places, so they never count.
            .filter(|_| service.spec.mode != ServiceMode::GlobalJob)
            .and_then(|slots| slots.get(&place_of(service, task)))
        else {
            return true;
        };
        if history.spec_version != task.spec_version {
            return true;
        }
        if policy.window_ns == 0 {
            return history.total_restarts < policy.max_attempts;
        }
        let ended_at = task.status_time();
        let recent = history
            .instants
            .iter()
            .filter(|&&instant| {
                !has_left(instant, policy.window_ns, ended_at) && instant < ended_at
            })
            .count();
        (recent as u64) < policy.max_attempts
    }

    /// Remembers a restart, if its policy counts them.
    pub(super) fn record(&mut self, service: &Service, replacement: &Task, now: SimTime) {
        let policy = restart_policy(replacement);
        if policy.max_attempts == 0 {
            return;
        }
        let slots = self.history.entry(service.id).or_default();
        let history = slots.entry(place_of(service, replacement)).or_default();
        if history.spec_version != replacement.spec_version {
            *history = History {
                spec_version: replacement.spec_version,
                ..History::default()
            };
        }
        history.total_restarts += 1;
        if policy.window_ns > 0 {
            while history
                .instants
                .front()
                .is_some_and(|&instant| has_left(instant, policy.window_ns, now))
            {
                history.instants.pop_front();
            }
            history.instants.push_back(now);
        }
    }
}

/// The place that a task has in its service: whether a slot or a node is a matter of the mode.
pub(super) fn place_of(service: &Service, task: &Task) -> SlotKey {
    match (service.spec.mode, task.node_id) {
        (ServiceMode::Global | ServiceMode::GlobalJob, Some(node)) => SlotKey::Node(node),
        _ => SlotKey::Slot(task.slot),
    }
}

/// Whether an instant lies outside of the window that ends at `end`. The window may begin before
/// the simulation does.
fn has_left(instant: SimTime, window_ns: u64, end: SimTime) -> bool {
    instant.0.saturating_add(window_ns) <= end.0
}

/// Lets a task run, if it waits for that (`StartNow`).
pub fn start_now(tx: &mut Transaction<'_>, id: TaskId) {
    let Some(task) = tx.store().task(id) else {
        return;
    };
    let goal = goal_of(tx.store(), task);
    if task.desired_state < goal {
        tx.update_task(id, |task| task.desired_state = goal);
    }
}

/// What a task that is let go shall reach.
fn goal_of(store: &crate::store::Store, task: &Task) -> TaskState {
    let service = task.service_id.and_then(|id| store.service(id));
    let is_job = service.is_some_and(|service| service.spec.mode.is_job());
    if is_job {
        TaskState::Complete
    } else {
        TaskState::Running
    }
}
