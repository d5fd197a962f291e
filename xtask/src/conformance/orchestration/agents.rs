//! A stand-in for the agents of all nodes, whose times and failures are given.

use swarmlab_core::ids::{NodeId, TaskId};
use swarmlab_core::model::{Task, TaskState};
use swarmlab_core::time::MILLISECOND;

use super::Failing;
use super::play::{Play, is_new};

/// A task that is to exit does so this long after it runs.
const EXIT_AFTER_MS: u64 = 5;

/// What a stand-in agent does for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    Prepare,
    Start,
    Stop,
    Exit(TaskState),
}

impl<'v> Play<'v> {
    /// An agent sees a task.
    pub(super) fn consider(&mut self, task: &Task) {
        let Some(times) = &self.vector.agent else {
            return;
        };
        let state = task.status.state;
        let (act, delay_ms) = match task.desired_state {
            TaskState::Ready if state < TaskState::Ready => (Act::Prepare, times.prepare_ms),
            TaskState::Running if state < TaskState::Running => (Act::Start, times.start_ms),
            desired if desired > TaskState::Running && state <= TaskState::Running => {
                (Act::Stop, times.stop_ms)
            }
            _ => return,
        };
        if !self.is_silent(task) && self.armed.insert((task.id, act)) {
            self.after(delay_ms, task.id, act);
        }
    }

    fn after(&mut self, delay_ms: u64, task: TaskId, act: Act) {
        let at = self.swarm.kernel.now + delay_ms * MILLISECOND;
        self.act_count += 1;
        self.acts.insert((at, self.act_count), (task, act));
    }

    /// Whether a task is on a node that does not answer.
    fn is_silent(&self, task: &Task) -> bool {
        let is_lost = matches!(self.vector.node_op.as_deref(), Some("down" | "remove"));
        is_lost && self.is_on_op_node(task.node_id)
    }

    fn is_on_op_node(&self, node: Option<NodeId>) -> bool {
        let place = self.nodes.iter().position(|&other| Some(other) == node);
        place.is_some_and(|place| self.vector.op_nodes.contains(&self.vector.nodes[place]))
    }

    /// An agent does something for a task, if that is still asked for.
    pub(super) fn act(&mut self, id: TaskId, act: Act) {
        let Some(task) = self.swarm.kernel.store.task(id).cloned() else {
            return;
        };
        let state = task.status.state;
        let next = match act {
            Act::Prepare
                if task.desired_state <= TaskState::Running && state < TaskState::Ready =>
            {
                TaskState::Ready
            }
            Act::Start
                if task.desired_state == TaskState::Running && state < TaskState::Running =>
            {
                self.started(&task)
            }
            Act::Stop if state <= TaskState::Running => TaskState::Shutdown,
            Act::Exit(end) if state == TaskState::Running => end,
            _ => return,
        };
        let spare = self.nodes.iter().copied();
        let spare = spare
            .into_iter()
            .find(|&node| !self.is_on_op_node(Some(node)));
        self.swarm.write(|tx| {
            let now = tx.now();
            tx.update_task(id, |task| {
                task.node_id = task.node_id.or(spare);
                task.status.state = next;
                task.status.timestamp = now;
            })
        });
        if next == TaskState::Running {
            self.consider_exit(&task);
        }
    }

    /// What becomes of a task that is started.
    fn started(&mut self, task: &Task) -> TaskState {
        if self.vector.exit.as_deref() == Some("rejected") && self.takes_exit(task.slot) {
            return TaskState::Rejected;
        }
        match self.failing(task).map(|failing| failing.mode.as_str()) {
            Some("start") => TaskState::Failed,
            Some("reject") => TaskState::Rejected,
            _ => TaskState::Running,
        }
    }

    /// A task that runs may exit later.
    pub(super) fn consider_exit(&mut self, task: &Task) {
        let exit = match self.vector.exit.as_deref() {
            Some("failed") => Some(TaskState::Failed),
            Some("complete") => Some(TaskState::Complete),
            _ => None,
        };
        if let Some(end) = exit
            && self.takes_exit(task.slot)
        {
            self.after(EXIT_AFTER_MS, task.id, Act::Exit(end));
        }
        let Some(failing) = self.failing(task) else {
            return;
        };
        let end = match failing.mode.as_str() {
            "complete" => TaskState::Complete,
            "after" => TaskState::Failed,
            _ => return,
        };
        self.after(failing.after_ms.unwrap_or(0), task.id, Act::Exit(end));
    }

    /// Whether a slot has exits left.
    fn takes_exit(&mut self, slot: u64) -> bool {
        let exits = self.exits.entry(slot).or_default();
        *exits += 1;
        *exits <= self.vector.exits_per_slot.unwrap_or(0)
    }

    /// In which way a task is to misbehave, if it is.
    fn failing(&self, task: &Task) -> Option<&'v Failing> {
        let failing = if is_new(task) {
            self.vector.fail.as_ref()?
        } else {
            self.vector.rollback_fail.as_ref()?
        };
        let of_kind = self.seen.created.iter();
        let of_kind: Vec<_> = of_kind
            .filter(|other| is_new(other) == is_new(task))
            .collect();
        let first_of_slot = of_kind.iter().find(|other| other.slot == task.slot)?;
        let mut slots: Vec<u64> = Vec::new();
        for other in &of_kind {
            if !slots.contains(&other.slot) {
                slots.push(other.slot);
            }
        }
        let ordinal = slots.iter().position(|&slot| slot == task.slot)? + 1;
        let is_first = first_of_slot.id == task.id;
        let fails = failing
            .ordinals
            .iter()
            .any(|&other| other as usize == ordinal);
        (fails && (is_first || failing.restarts_fail_too == Some(true))).then_some(failing)
    }
}
