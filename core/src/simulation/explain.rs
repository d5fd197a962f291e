//! Asking a simulation why: for tasks that wait, and for those that were placed long ago.

use super::Simulation;
use super::expectations::newest_task;
use crate::ids::{ID_LENGTH, TaskId};
use crate::kernel::What;
use crate::model::TaskState;
use crate::scheduler::explain::Explanation;
use crate::store::Change;
use crate::time::SimTime;

/// A task that was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The task.
    pub task: TaskId,
    /// What people call it: `web.3`.
    pub name: String,
    /// Its id.
    pub id: String,
}

impl Simulation {
    /// The task that a text means: `web.3` (the newest one in its slot), or an id or the beginning
    /// of one.
    pub fn find_task(&self, text: &str) -> Option<Subject> {
        let kernel = &self.swarm().kernel;
        let by_name = newest_task(&kernel.store, text);
        let task = by_name.or_else(|| {
            let may_be_id = !text.is_empty() && text.len() <= ID_LENGTH;
            let mut tasks = kernel.store.tasks().filter(|_| may_be_id);
            tasks.find(|task| kernel.ids.text(task.id).starts_with(text))
        })?;
        let service = task.service_id.and_then(|id| kernel.store.service(id));
        let node = task.node_id.and_then(|id| kernel.store.node(id));
        let name = task.name_in(service.map(|own| &**own), node.map(|own| &**own));
        Some(Subject {
            task: task.id,
            name,
            id: kernel.ids.text(task.id),
        })
    }

    /// Why a task has the node that it has, or none. The moment of the decision is returned with
    /// it; for a task that waits that is now. Absent for tasks about which the scheduler never
    /// decided.
    pub fn explain(&self, task: TaskId) -> Option<(SimTime, Explanation)> {
        let swarm = self.swarm();
        let scheduler = swarm.leader.scheduler.as_ref()?;
        if let Some(explanation) = scheduler.explain(&swarm.kernel, task) {
            return Some((swarm.kernel.now, explanation));
        }
        let assigned_at = self
            .records()
            .iter()
            .find_map(|record| match &record.what {
                What::Change(Change::Task(delta)) => delta
                    .present()
                    .filter(|new| new.id == task && new.status.state == TaskState::Assigned)
                    .map(|_| record.at),
                _ => None,
            })?;
        // Back to the moment before, and on event by event until it is decided.
        let mut past = self.fork();
        past.seek(SimTime(assigned_at.0.saturating_sub(1)));
        loop {
            let before = past.swarm().clone();
            if !past.step() {
                return None;
            }
            let stored = past.swarm().kernel.store.task(task);
            if stored.is_some_and(|stored| stored.status.state >= TaskState::Assigned) {
                let mut kernel = before.kernel;
                kernel.now = assigned_at;
                let scheduler = before.leader.scheduler?;
                return scheduler
                    .explain(&kernel, task)
                    .map(|why| (assigned_at, why));
            }
        }
    }
}
