//! The event queue: earliest first, and of those at one moment the one that was added first.

use proptest::collection::vec;
use proptest::prelude::*;
use swarmlab_core::kernel::EventQueue;
use swarmlab_core::time::SimTime;

use crate::cases;

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn events_come_in_order_of_time_and_then_of_insertion(
        // An absent time takes an event out.
        steps in vec(prop::option::weighted(0.7, 0..6_u64), 0..60),
    ) {
        let mut queue = EventQueue::new();
        let mut waiting: Vec<(SimTime, usize)> = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            if let Some(at) = step {
                queue.push(SimTime(at), number);
                waiting.push((SimTime(at), number));
            } else {
                let first = (0..waiting.len()).min_by_key(|&index| waiting[index]);
                prop_assert_eq!(queue.pop(), first.map(|index| waiting.remove(index)));
            }
            prop_assert_eq!(queue.len(), waiting.len());
            prop_assert_eq!(queue.is_empty(), waiting.is_empty());
            prop_assert_eq!(queue.next_at(), waiting.iter().map(|&(at, _)| at).min());
        }
        waiting.sort_unstable();
        let rest: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        prop_assert_eq!(rest, waiting);
    }
}
