//! The order of nodes: which of two is the better place for a task.
//!
//! Upstream: `manager/scheduler/scheduler.go` nodeLess. First the nodes on which the service did
//! not fail too often of late, then those with fewer tasks of the service, then those with fewer
//! tasks at all. What is still equal is a tie, which a rank decides.

use super::view::FAILURE_COUNT_MAX;

/// A place in the order, packed so that comparing is comparing one number: failures from the limit
/// on, active tasks of the service, active tasks in all, rank, 32 bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderKey(u128);

impl OrderKey {
    /// The place of a node.
    pub fn new(failures: u32, service_tasks: u32, active_tasks: u32, rank: u32) -> Self {
        let failures = if failures >= FAILURE_COUNT_MAX {
            failures
        } else {
            0
        };
        Self(
            u128::from(failures) << 96
                | u128::from(service_tasks) << 64
                | u128::from(active_tasks) << 32
                | u128::from(rank),
        )
    }

    /// Recent failures, if they are so many that they count; else 0.
    pub fn failures(self) -> u32 {
        self.part(96)
    }

    /// Active tasks of the service.
    pub fn service_tasks(self) -> u32 {
        self.part(64)
    }

    /// Active tasks in all.
    pub fn active_tasks(self) -> u32 {
        self.part(32)
    }

    /// What decides a tie.
    pub fn rank(self) -> u32 {
        self.part(0)
    }

    /// Whether a node at this place is strictly better than one at the other: ties are not.
    #[inline]
    pub fn is_better_than(self, other: Self) -> bool {
        self.0 >> 32 < other.0 >> 32
    }

    /// The place of the same node with one more task of the service.
    #[inline]
    #[must_use]
    pub fn with_one_more(self) -> Self {
        Self(self.0 + (1 << 64) + (1 << 32))
    }

    fn part(self, shift: u32) -> u32 {
        u32::try_from(self.0 >> shift & u128::from(u32::MAX)).expect("32 bits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_count_from_the_limit_on() {
        let node = |failures, tasks| OrderKey::new(failures, tasks, tasks, 0);
        for (left, right, better) in [
            ((4, 1), (0, 2), true),
            ((4, 1), (0, 1), false),
            ((5, 0), (0, 9), false),
            ((0, 9), (5, 0), true),
            ((5, 9), (6, 0), true),
            ((5, 1), (5, 2), true),
            ((4, 1), (5, 0), true),
        ] {
            let (left_key, right_key) = (node(left.0, left.1), node(right.0, right.1));
            assert_eq!(
                left_key.is_better_than(right_key),
                better,
                "{left:?} {right:?}"
            );
        }
    }

    #[test]
    fn one_more_task_raises_both_counts() {
        let key = OrderKey::new(6, 2, 7, 3).with_one_more();
        assert_eq!(
            (
                key.failures(),
                key.service_tasks(),
                key.active_tasks(),
                key.rank()
            ),
            (6, 3, 8, 3)
        );
    }
}
