//! The tasks that wait for a tick.

use crate::collections::Order as _;
use crate::ids::TaskId;

/// A set of tasks that is filled mostly in order of age and emptied as a whole: a list, and a mark
/// for each task that is in it.
#[derive(Clone, Debug, Default)]
pub(super) struct TaskQueue {
    /// May hold tasks that have been removed since; those have no mark.
    list: Vec<TaskId>,
    /// By task. A task that came, went and came again is in the list twice and counts once.
    marks: Vec<bool>,
}

impl TaskQueue {
    pub(super) fn insert(&mut self, task: TaskId) {
        let index = task.index();
        if index >= self.marks.len() {
            self.marks.resize(index + 1, false);
        }
        if !std::mem::replace(&mut self.marks[index], true) {
            self.list.push(task);
        }
    }

    pub(super) fn remove(&mut self, task: TaskId) {
        if let Some(mark) = self.marks.get_mut(task.index()) {
            *mark = false;
        }
    }

    pub(super) fn contains(&self, task: TaskId) -> bool {
        self.marks.get(task.index()).is_some_and(|&mark| mark)
    }

    /// Empties the queue, oldest task first.
    pub(super) fn take(&mut self) -> Vec<TaskId> {
        let mut list = std::mem::take(&mut self.list);
        if !list.is_sorted() {
            list.order();
        }
        // The mark goes with the first of two entries, so the second is left out.
        list.retain(|task| std::mem::replace(&mut self.marks[task.index()], false));
        list
    }

    /// The waiting tasks, oldest first.
    pub(super) fn to_vec(&self) -> Vec<TaskId> {
        let mut list: Vec<TaskId> = self
            .list
            .iter()
            .copied()
            .filter(|&task| self.contains(task))
            .collect();
        list.order();
        list.dedup();
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_come_out_once_and_in_order_of_age() {
        let mut queue = TaskQueue::default();
        for id in [3, 1, 4, 1, 5] {
            queue.insert(TaskId(id));
        }
        queue.remove(TaskId(4));
        queue.remove(TaskId(3));
        queue.insert(TaskId(3));
        queue.remove(TaskId(9));
        let expected = [TaskId(1), TaskId(3), TaskId(5)];
        assert_eq!(queue.to_vec(), expected);
        assert!(queue.contains(TaskId(3)) && !queue.contains(TaskId(4)));
        assert_eq!(queue.take(), expected);
        assert_eq!(queue.take(), []);
        queue.insert(TaskId(3));
        assert_eq!(queue.take(), [TaskId(3)]);
    }
}
