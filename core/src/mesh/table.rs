//! The load balancer of one service on one node: round robin, as the kernel's IPVS does it
//! (linux `net/netfilter/ipvs/ip_vs_rr.c`, `ip_vs_ctl.c`).
//!
//! Left out: weights other than 0 and 1, and connections that stay with their backend.

use crate::ids::TaskId;

/// The backends that a node knows, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    backends: Vec<Backend>,
    /// The place of the one that had the last connection; the head of the list before the first.
    last: Option<u32>,
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
        if !self.contains(task) {
            let backend = Backend {
                task,
                is_open: true,
            };
            self.backends.insert(0, backend);
            self.last = self.last.map(|last| last + 1);
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
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        self.last = match self.last {
            Some(last) if last >= place => last.checked_sub(1),
            last => last,
        };
    }

    /// Whether a task is among them.
    pub fn contains(&self, task: TaskId) -> bool {
        self.tasks().any(|other| other == task)
    }

    /// Those that take connections.
    pub fn open(&self) -> impl Iterator<Item = TaskId> {
        let open = self.backends.iter().filter(|backend| backend.is_open);
        open.map(|backend| backend.task)
    }

    /// The place of the backend of the next connection, if one takes it.
    pub fn pick_place(&mut self) -> Option<usize> {
        let from = self.last.map_or(0, |last| last as usize + 1);
        let count = self.backends.len();
        let mut places = (from..count).chain(0..from.min(count));
        let found = places.find(|&place| self.backends[place].is_open)?;
        self.last = u32::try_from(found).ok();
        Some(found)
    }

    /// The backend of the next connection, if one takes it.
    pub fn pick(&mut self) -> Option<TaskId> {
        let place = self.pick_place()?;
        Some(self.backends[place].task)
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
