//! The load balancer of one service on one node: round robin, as the kernel's IPVS does it
//! (linux `net/netfilter/ipvs/ip_vs_rr.c`, `ip_vs_ctl.c`).
//!
//! Left out: weights other than 0 and 1, and connections that stay with their backend.

use crate::ids::TaskId;

/// The backends that a node knows, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    backends: Vec<Backend>,
    /// The one that had the last connection; the head of the list before the first.
    last: Option<TaskId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Backend {
    task: TaskId,
    /// It takes new connections.
    is_open: bool,
}

impl Table {
    /// Whether there is none at all.
    pub fn is_empty(&self) -> bool {
        self.backends.is_empty()
    }

    /// The backends, the newest first.
    pub fn tasks(&self) -> impl Iterator<Item = TaskId> {
        self.backends.iter().map(|backend| backend.task)
    }

    /// A backend is there, in front of the others.
    pub fn add(&mut self, task: TaskId) {
        if self.tasks().all(|other| other != task) {
            let backend = Backend {
                task,
                is_open: true,
            };
            self.backends.insert(0, backend);
        }
    }

    /// A backend takes no new connections any more.
    pub fn close(&mut self, task: TaskId) {
        for backend in &mut self.backends {
            backend.is_open &= backend.task != task;
        }
    }

    /// A backend is gone. If it had the last connection, its place is that of the one before it.
    pub fn remove(&mut self, task: TaskId) {
        let Some(place) = self.tasks().position(|other| other == task) else {
            return;
        };
        self.backends.remove(place);
        if self.last == Some(task) {
            let before = place.checked_sub(1).and_then(|at| self.backends.get(at));
            self.last = before.map(|backend| backend.task);
        }
    }

    /// The backend of the next connection, if one takes it.
    pub fn pick(&mut self) -> Option<TaskId> {
        let last = self
            .last
            .and_then(|last| self.tasks().position(|other| other == last));
        let from = last.map_or(0, |last| last + 1);
        let count = self.backends.len();
        let mut places = (from..count).chain(0..from);
        let found = places.find(|&place| self.backends[place].is_open)?;
        self.last = Some(self.backends[found].task);
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(tasks: &[u32]) -> Table {
        let mut table = Table::default();
        for task in tasks {
            table.add(TaskId(*task));
        }
        table
    }

    fn picks(table: &mut Table, count: usize) -> Vec<u32> {
        let picks = (0..count).filter_map(|_| table.pick());
        picks.map(|task| task.0).collect()
    }

    #[test]
    fn connections_go_round_from_the_newest() {
        let mut three = table(&[1, 2, 3]);
        assert_eq!(picks(&mut three, 5), [3, 2, 1, 3, 2]);
        // The one that had the last connection goes: its successor is next.
        three.remove(TaskId(2));
        assert_eq!(picks(&mut three, 3), [1, 3, 1]);
        let mut one = table(&[1]);
        assert_eq!(picks(&mut one, 1), [1]);
        one.add(TaskId(2));
        assert_eq!(picks(&mut one, 3), [2, 1, 2]);
    }

    #[test]
    fn a_closed_backend_is_passed_over() {
        let mut table = table(&[1, 2, 3]);
        assert_eq!(picks(&mut table, 1), [3]);
        table.close(TaskId(2));
        assert_eq!(picks(&mut table, 3), [1, 3, 1]);
        table.close(TaskId(1));
        table.close(TaskId(3));
        assert_eq!(table.pick(), None);
        assert!(!table.is_empty());
        table.remove(TaskId(9));
        for task in 1..=3 {
            table.remove(TaskId(task));
        }
        assert!(table.is_empty());
    }
}
