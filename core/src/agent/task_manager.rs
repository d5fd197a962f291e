//! The task manager: walks one task through its states, one operation at a time.
//!
//! Upstream: `agent/task.go`, `agent/exec/controller.go`. A change of what is wanted cancels an
//! operation, after which the agent pauses for a second before it goes on. Left out: the wake-up
//! of a pause that was cut short, which upstream does not withdraw.

use super::container::{Container, Ending};
use super::controller::Controller;
use super::image::{ImageCache, familiar};
use super::{EngineEnd, Report};
use super::{timing, volume};
use crate::ids::NodeId;
use crate::kernel::{Event, EventQueue, Kernel, Timer};
use crate::model::{ContainerStatus, Task, TaskState, TaskStatus, Text};
use crate::time::{SECOND, SimTime};

/// Pause after an operation that was cancelled.
const RETRY_PAUSE_NS: u64 = SECOND;

/// What an agent knows of one of its tasks.
#[derive(Clone, Debug)]
pub(super) struct TaskManager {
    desired_state: TaskState,
    pub(super) status: TaskStatus,
    operation: Option<Operation>,
    /// The end of the operation, or what happens to the container next.
    timer: Option<Timer>,
    pub(super) controller: Controller,
}

/// What an agent is doing for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    /// Image and container.
    Prepare,
    /// Waiting for a registry that does not have the image.
    PrepareInVain,
    /// Starting the container.
    Start,
    /// The process has been started before; its health does not matter.
    StartAgain,
    /// The process runs; its health check has yet to pass.
    AwaitHealth,
    /// The container runs.
    Wait,
    /// Stopping the container.
    Shutdown,
    /// The pause after a cancelled operation.
    Pause,
}

impl TaskManager {
    pub(super) fn new(kernel: &Kernel, node: NodeId, task: &Task) -> Self {
        Self {
            desired_state: task.desired_state,
            status: task.status.clone(),
            operation: None,
            timer: None,
            controller: Controller::new(kernel, node, task),
        }
    }

    /// Takes a new or a changed assignment.
    pub(super) fn assign(
        &mut self,
        kernel: &mut Kernel,
        images: &mut ImageCache,
        desired_state: TaskState,
        reports: &mut Vec<Report>,
    ) {
        // What is wanted never goes back.
        let has_changed = desired_state > self.desired_state;
        self.desired_state = self.desired_state.max(desired_state);
        match self.operation {
            // A stop is never interrupted, nor is the engine while it starts a process.
            Some(Operation::Shutdown | Operation::Start | Operation::StartAgain) => {}
            Some(Operation::Pause) | None => {
                self.abandon(&mut kernel.queue);
                self.proceed(kernel, images, reports);
            }
            Some(_) if !has_changed => {}
            Some(operation) => {
                if operation == Operation::Wait {
                    // The cancelled wait is reported with an exit code that says nothing.
                    self.status.timestamp = kernel.now;
                    self.status.container = Some(ContainerStatus {
                        exit_code: -1,
                        ..ContainerStatus::default()
                    });
                    self.report(reports);
                }
                self.begin(kernel, Operation::Pause, kernel.now + RETRY_PAUSE_NS);
            }
        }
    }

    /// Whether its image is being pulled or made into a container.
    pub(super) fn needs_image(&self, name: &str) -> bool {
        self.status.state <= TaskState::Preparing
            && self.desired_state < TaskState::Shutdown
            && familiar(&self.controller.spec.container.image) == name
    }

    /// Nothing is waited for any more.
    pub(super) fn abandon(&mut self, queue: &mut EventQueue<Event>) {
        self.operation = None;
        if let Some(timer) = self.timer.take() {
            queue.cancel(timer);
        }
    }

    /// Something that was waited for has come: the end of an operation, a change of the container.
    pub(super) fn on_step(
        &mut self,
        kernel: &mut Kernel,
        images: &mut ImageCache,
        reports: &mut Vec<Report>,
    ) {
        self.timer = None;
        match self.operation.take() {
            Some(Operation::Prepare) => {
                let Controller { node, task, .. } = self.controller;
                match volume::mount(kernel, node, task, &self.controller.spec) {
                    Ok(()) => {
                        self.controller.container = Some(Container {
                            created_at: kernel.now,
                            ..Container::default()
                        });
                        self.reach(kernel, TaskState::Ready, "prepared", reports);
                    }
                    Err(why) => self.fail(kernel, TaskState::Rejected, why, reports),
                }
            }
            Some(Operation::PrepareInVain) => {
                let name = familiar(&self.controller.spec.container.image);
                let failure = timing::failure(kernel, self.controller.task, false);
                let err = failure.and_then(|failure| failure.err.clone());
                let err = err.unwrap_or_else(|| format!("No such image: {name}"));
                self.fail(kernel, TaskState::Rejected, err, reports);
            }
            Some(Operation::Start)
                if timing::failure(kernel, self.controller.task, true).is_some() =>
            {
                let failure = timing::failure(kernel, self.controller.task, true);
                let err = failure.and_then(|failure| failure.err.clone());
                self.fail(kernel, TaskState::Failed, err.unwrap_or_default(), reports);
            }
            Some(Operation::Start)
                if self.has_health_check() && self.desired_state >= TaskState::Shutdown =>
            {
                // Nobody waits for its health any more.
                return self.begin(kernel, Operation::Pause, kernel.now + RETRY_PAUSE_NS);
            }
            Some(Operation::Start) if self.has_health_check() => {
                return self.watch(kernel, Operation::AwaitHealth, reports);
            }
            Some(Operation::Start | Operation::StartAgain) => {
                self.reach(kernel, TaskState::Running, "started", reports);
            }
            Some(operation @ (Operation::AwaitHealth | Operation::Wait)) => {
                self.watch(kernel, operation, reports);
                if self.operation.is_some() {
                    return;
                }
            }
            Some(Operation::Shutdown) => {
                self.reach(kernel, TaskState::Shutdown, "shutdown", reports);
            }
            Some(Operation::Pause) | None => {}
        }
        self.proceed(kernel, images, reports);
    }

    fn has_health_check(&self) -> bool {
        let container = self.controller.container.as_ref();
        container.is_some_and(|container| container.health.is_some())
    }

    /// Looks at the container while it runs, and waits for what happens to it next. Leaves no
    /// operation when that has led to another state.
    fn watch(&mut self, kernel: &mut Kernel, operation: Operation, reports: &mut Vec<Report>) {
        let now = kernel.now;
        let Some(container) = &mut self.controller.container else {
            return;
        };
        let is_awaited = operation == Operation::AwaitHealth;
        if let Some(code) = container.exit_code_at(now) {
            let is_unhealthy = container.is_unhealthy;
            self.operation = None;
            if code != 0 {
                let cause = if is_unhealthy {
                    ": dockerexec: unhealthy container"
                } else {
                    ""
                };
                let err = format!("task: non-zero exit ({code}){cause}");
                self.fail(kernel, TaskState::Failed, err, reports);
            } else if is_awaited {
                self.reach(kernel, TaskState::Running, "started", reports);
            } else {
                self.reach(kernel, TaskState::Complete, "finished", reports);
            }
            return;
        }
        let has_come = |age_ns: Option<u64>| {
            let at = container.started_at.zip(age_ns);
            at.is_some_and(|(started_at, age_ns)| started_at + age_ns <= now)
        };
        let health = container.health.unwrap_or_default();
        if is_awaited && has_come(health.healthy_ns) {
            self.operation = None;
            return self.reach(kernel, TaskState::Running, "started", reports);
        }
        if has_come(health.unhealthy_ns) && !container.is_unhealthy {
            container.is_unhealthy = true;
            self.controller.shutdown(kernel);
        }
        let container = self.controller.container.as_ref();
        match container.and_then(|container| container.next_change(now)) {
            Some(at) => self.begin(kernel, operation, at),
            None => self.operation = Some(operation),
        }
    }

    /// The process of the container is killed from outside. Says whether one ran.
    pub(super) fn kill(&mut self, kernel: &mut Kernel) -> bool {
        let now = kernel.now;
        let container = self.controller.container.as_mut();
        let Some(container) = container.filter(|container| container.runs_at(now)) else {
            return false;
        };
        container.end_by(now, super::container::KILLED);
        if let Some(operation) = self.operation
            && matches!(operation, Operation::AwaitHealth | Operation::Wait)
        {
            self.begin(kernel, operation, now);
        }
        true
    }

    /// Somebody asks the process of the container to stop. When it has ended, if that is known.
    pub(super) fn stop(&mut self, kernel: &mut Kernel, ending: &Ending<'_>) -> Option<SimTime> {
        let end = self.controller.stop_now(kernel, ending);
        self.watch_anew(kernel);
        end
    }

    /// The process is killed after a while: when it has ended.
    pub(super) fn kill_after(&mut self, kernel: &mut Kernel, grace_ns: u64) -> Option<SimTime> {
        let container = self.controller.container.as_mut()?;
        container.end_by(kernel.now + grace_ns, super::container::KILLED);
        let end = container.end.map(|(at, _)| at);
        self.watch_anew(kernel);
        end
    }

    /// The plan of the container has changed while it was watched.
    fn watch_anew(&mut self, kernel: &mut Kernel) {
        let now = kernel.now;
        if let Some(operation) = self.operation
            && matches!(operation, Operation::AwaitHealth | Operation::Wait)
        {
            let container = self.controller.container.as_ref();
            if let Some(at) = container.and_then(|container| container.next_change(now)) {
                self.begin(kernel, operation, at);
            }
        }
    }

    /// The engine has ended, and its machine has not.
    pub(super) fn end_engine(&mut self, kernel: &mut Kernel, how: EngineEnd) {
        self.abandon(&mut kernel.queue);
        self.controller.end_engine(kernel, how);
    }

    /// The machine has lost its power.
    pub(super) fn crash(&mut self, kernel: &mut Kernel) {
        self.abandon(&mut kernel.queue);
        self.controller.crash(kernel.now);
    }

    /// The next operation, as upstream's `exec.Do` chooses it.
    pub(super) fn proceed(
        &mut self,
        kernel: &mut Kernel,
        images: &mut ImageCache,
        reports: &mut Vec<Report>,
    ) {
        loop {
            let (state, desired) = (self.status.state, self.desired_state);
            if desired >= TaskState::Shutdown {
                if state < TaskState::Complete {
                    let done_at = self.controller.shutdown(kernel);
                    self.begin(kernel, Operation::Shutdown, done_at);
                }
                return;
            }
            if state > desired {
                return;
            }
            match state {
                TaskState::Preparing => {
                    return match self.controller.prepare(kernel, images) {
                        Ok(at) => self.begin(kernel, Operation::Prepare, at),
                        Err(at) => self.begin(kernel, Operation::PrepareInVain, at),
                    };
                }
                TaskState::Starting => {
                    let (at, again) = self.controller.start(kernel);
                    let operation = if again {
                        Operation::StartAgain
                    } else {
                        Operation::Start
                    };
                    return self.begin(kernel, operation, at);
                }
                TaskState::Running => {
                    self.watch(kernel, Operation::Wait, reports);
                    if self.operation.is_some() || self.controller.container.is_none() {
                        return;
                    }
                }
                _ if state >= desired => return,
                TaskState::New | TaskState::Pending | TaskState::Assigned => {
                    self.reach(kernel, TaskState::Accepted, "accepted", reports);
                }
                TaskState::Accepted => {
                    self.reach(kernel, TaskState::Preparing, "preparing", reports);
                }
                TaskState::Ready => {
                    self.reach(kernel, TaskState::Starting, "starting", reports);
                }
                _ => return,
            }
        }
    }

    fn begin(&mut self, kernel: &mut Kernel, operation: Operation, until: SimTime) {
        self.abandon(&mut kernel.queue);
        self.operation = Some(operation);
        let event = Event::AgentStep {
            node: self.controller.node,
            task: self.controller.task,
        };
        self.timer = Some(kernel.queue.push(until, event));
    }

    fn reach(
        &mut self,
        kernel: &Kernel,
        state: TaskState,
        message: &'static str,
        reports: &mut Vec<Report>,
    ) {
        self.status.message = Text::constant(message);
        self.enter(kernel, state, Text::EMPTY, reports);
    }

    /// A state with an error; the message stays that of the state before.
    fn fail(&mut self, kernel: &Kernel, state: TaskState, err: String, reports: &mut Vec<Report>) {
        self.enter(kernel, state, Text::from(err), reports);
    }

    fn enter(&mut self, kernel: &Kernel, state: TaskState, err: Text, reports: &mut Vec<Report>) {
        self.status.state = state;
        self.status.err = err;
        self.status.timestamp = kernel.now;
        if state >= TaskState::Starting {
            let status = |container: &Container| container.status(self.controller.task, kernel.now);
            self.status.container = self.controller.container.as_ref().map(status);
        }
        self.report(reports);
    }

    fn report(&self, reports: &mut Vec<Report>) {
        reports.push(Report {
            node: self.controller.node,
            task: self.controller.task,
            status: self.status.clone(),
        });
    }
}
