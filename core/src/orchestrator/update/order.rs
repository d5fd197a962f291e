//! Which slot of an update comes first.
//!
//! Upstream hands slots out in the order in which it found them in a Go map, which is no order at
//! all. The one exception is a service that shrinks at the same time: its slots were sorted.

use crate::collections::Order as _;
use crate::kernel::{Kernel, Ties};
use crate::orchestrator::slot::Slot;
use crate::time::SimTime;

/// Whether the order of slots means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotOrder {
    /// Any order would do; slots are given in ascending order.
    Any,
    /// They come in the order in which they are given.
    Given,
}

/// Puts the slots of an update in the order in which they are handed out. This is the one place
/// that decides it.
pub(super) fn hand_out_order(kernel: &mut Kernel, slots: &mut [Slot], order: SlotOrder) {
    if order == SlotOrder::Given {
        return;
    }
    if kernel.settings.ties == Ties::Seeded {
        kernel.streams.ties.shuffle(slots);
    }
    if let Some(followed) = &kernel.followed {
        slots.order_by_key(|slot| {
            let task = slot.tasks.first();
            let next_at = task.and_then(|task| followed.next_created_at(&kernel.store, task));
            next_at.unwrap_or(SimTime::MAX)
        });
    }
}
