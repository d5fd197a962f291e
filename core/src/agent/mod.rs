//! Agents: what a node does with the tasks that it is given.
//!
//! Upstream: `agent/task.go`, `agent/exec/controller.go`, and below them Docker's executor
//! (`moby daemon/cluster/executor/container`). One task manager a task walks it through its states
//! one operation at a time and reports each; an operation takes simulated time, and a change of
//! what is wanted cancels it, after which the agent pauses for a second before it goes on.
//!
//! Left out for now: image pulls by size, health checks, containers that end by themselves.

mod timing;

pub use timing::Timing;

use std::collections::BTreeMap;

use crate::ids::{NodeId, TaskId};
use crate::kernel::{Event, Kernel};
use crate::model::{Task, TaskState, TaskStatus, Text};
use crate::time::SECOND;

/// Pause after an operation that was cancelled (`agent/task.go`).
const RETRY_PAUSE_NS: u64 = SECOND;

/// The agent of one node.
#[derive(Clone, Debug, Default)]
pub struct Agent {
    tasks: BTreeMap<TaskId, TaskManager>,
}

/// What an agent knows of one of its tasks.
#[derive(Clone, Debug)]
struct TaskManager {
    desired_state: TaskState,
    status: TaskStatus,
    operation: Option<Operation>,
    /// Raised when an operation begins or is cancelled, so that the end of another is ignored.
    generation: u32,
}

/// What an agent is doing for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    /// Image and container.
    Prepare,
    /// Starting the container.
    Start,
    /// The container runs; nothing is waiting to happen.
    Wait,
    /// Stopping the container.
    Shutdown,
    /// The pause after a cancelled operation.
    Pause,
}

/// A report of an agent.
#[derive(Clone, Debug)]
pub struct Report {
    /// The node it comes from.
    pub node: NodeId,
    /// The task.
    pub task: TaskId,
    /// What was observed.
    pub status: TaskStatus,
}

impl Agent {
    /// Takes a new or a changed assignment.
    pub fn assign(&mut self, kernel: &mut Kernel, node: NodeId, task: &Task) -> Vec<Report> {
        let mut reports = Vec::new();
        let manager = self.tasks.entry(task.id).or_insert_with(|| TaskManager {
            desired_state: task.desired_state,
            status: task.status.clone(),
            operation: None,
            generation: 0,
        });
        // What is wanted never goes back.
        manager.desired_state = manager.desired_state.max(task.desired_state);
        match manager.operation {
            // A stop is never interrupted.
            Some(Operation::Shutdown) => {}
            Some(Operation::Prepare | Operation::Start | Operation::Wait) => {
                if manager.has_to_turn(task.desired_state) {
                    manager.begin(kernel, node, task.id, Operation::Pause, RETRY_PAUSE_NS);
                }
            }
            Some(Operation::Pause) | None => {
                manager.operation = None;
                manager.proceed(kernel, node, task.id, &mut reports);
            }
        }
        reports
    }

    /// Forgets a task that is no longer in the store; its container goes, too.
    pub fn withdraw(&mut self, task: TaskId) {
        self.tasks.remove(&task);
    }

    /// An operation is done.
    pub fn on_step(
        &mut self,
        kernel: &mut Kernel,
        node: NodeId,
        task: TaskId,
        generation: u32,
    ) -> Vec<Report> {
        let mut reports = Vec::new();
        let Some(manager) = self.tasks.get_mut(&task) else {
            return reports;
        };
        if manager.generation != generation {
            return reports;
        }
        match manager.operation.take() {
            Some(Operation::Prepare) => {
                manager.reach(
                    kernel,
                    node,
                    task,
                    TaskState::Ready,
                    "prepared",
                    &mut reports,
                );
            }
            Some(Operation::Start) => {
                manager.reach(
                    kernel,
                    node,
                    task,
                    TaskState::Running,
                    "started",
                    &mut reports,
                );
            }
            Some(Operation::Shutdown) => {
                manager.reach(
                    kernel,
                    node,
                    task,
                    TaskState::Shutdown,
                    "shutdown",
                    &mut reports,
                );
            }
            Some(Operation::Wait | Operation::Pause) | None => {}
        }
        manager.proceed(kernel, node, task, &mut reports);
        reports
    }

    /// The tasks that the agent has, with the states that it knows.
    pub fn tasks(&self) -> impl Iterator<Item = (TaskId, TaskState)> {
        self.tasks
            .iter()
            .map(|(&id, manager)| (id, manager.status.state))
    }
}

impl TaskManager {
    /// Whether an assignment with this desired state interrupts what is going on.
    fn has_to_turn(&self, desired: TaskState) -> bool {
        desired >= TaskState::Shutdown || self.operation != Some(Operation::Wait)
    }

    /// The next operation, as upstream's `exec.Do` chooses it.
    fn proceed(
        &mut self,
        kernel: &mut Kernel,
        node: NodeId,
        task: TaskId,
        reports: &mut Vec<Report>,
    ) {
        loop {
            let (state, desired) = (self.status.state, self.desired_state);
            if desired >= TaskState::Shutdown {
                if state < TaskState::Complete {
                    let delay_ns = kernel.settings.timing.container_stop_ns;
                    self.begin(kernel, node, task, Operation::Shutdown, delay_ns);
                }
                return;
            }
            if state > desired {
                return;
            }
            match state {
                TaskState::Preparing => {
                    let delay_ns = kernel.settings.timing.container_create_ns;
                    return self.begin(kernel, node, task, Operation::Prepare, delay_ns);
                }
                TaskState::Starting => {
                    let delay_ns = kernel.settings.timing.container_start_ns;
                    return self.begin(kernel, node, task, Operation::Start, delay_ns);
                }
                TaskState::Running => {
                    self.generation += 1;
                    self.operation = Some(Operation::Wait);
                    return;
                }
                _ if state >= desired => return,
                TaskState::New | TaskState::Pending | TaskState::Assigned => {
                    self.reach(kernel, node, task, TaskState::Accepted, "accepted", reports);
                }
                TaskState::Accepted => {
                    self.reach(
                        kernel,
                        node,
                        task,
                        TaskState::Preparing,
                        "preparing",
                        reports,
                    );
                }
                TaskState::Ready => {
                    self.reach(kernel, node, task, TaskState::Starting, "starting", reports);
                }
                _ => return,
            }
        }
    }

    fn begin(
        &mut self,
        kernel: &mut Kernel,
        node: NodeId,
        task: TaskId,
        operation: Operation,
        delay_ns: u64,
    ) {
        self.generation += 1;
        self.operation = Some(operation);
        let generation = self.generation;
        kernel.after(
            delay_ns,
            Event::AgentStep {
                node,
                task,
                generation,
            },
        );
    }

    fn reach(
        &mut self,
        kernel: &Kernel,
        node: NodeId,
        task: TaskId,
        state: TaskState,
        message: &'static str,
        reports: &mut Vec<Report>,
    ) {
        self.status.state = state;
        self.status.message = Text::constant(message);
        self.status.err = Text::EMPTY;
        self.status.timestamp = kernel.now;
        reports.push(Report {
            node,
            task,
            status: self.status.clone(),
        });
    }
}
