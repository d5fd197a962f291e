//! Numbers that are given one after the other (moby `daemon/libnetwork/bitmap`).
//!
//! The next number is the first free one after the last that was given, so what has been given
//! back is not used again before all others have been. Taking a certain number does not move that
//! place.

use crate::collections::BTreeSet;

/// A range of numbers, some of which are taken.
#[derive(Clone, Debug)]
pub(super) struct Serial {
    first: u32,
    last: u32,
    taken: BTreeSet<u32>,
    /// Where the search begins: after the last number given.
    next: u32,
}

impl Serial {
    /// The numbers from `first` to `last`, all free.
    pub(super) fn new(first: u32, last: u32) -> Self {
        Self {
            first,
            last,
            taken: BTreeSet::new(),
            next: first,
        }
    }

    /// Takes the next free number, if there is one.
    pub(super) fn give(&mut self) -> Option<u32> {
        self.give_within(self.first, self.last)
    }

    /// Takes the next free number of a part of the range.
    pub(super) fn give_within(&mut self, first: u32, last: u32) -> Option<u32> {
        let from = self.next.max(first);
        let number = self
            .free_from(from, last)
            .or_else(|| self.free_from(first, last))?;
        self.taken.insert(number);
        self.next = number.saturating_add(1);
        Some(number)
    }

    fn free_from(&self, from: u32, last: u32) -> Option<u32> {
        let mut number = from;
        for &taken in self.taken.range(from..) {
            if taken != number {
                break;
            }
            number = number.checked_add(1)?;
        }
        (number <= last).then_some(number)
    }

    /// Takes this number. False if it is taken.
    pub(super) fn take(&mut self, number: u32) -> bool {
        self.taken.insert(number)
    }

    /// Gives a number back.
    pub(super) fn free(&mut self, number: u32) {
        self.taken.remove(&number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_back_waits_its_turn() {
        let mut serial = Serial::new(2, 6);
        assert!(serial.take(4));
        assert!(!serial.take(4));
        let given: Vec<_> = (0..2).filter_map(|_| serial.give()).collect();
        assert_eq!(given, [2, 3]);
        serial.free(2);
        let given: Vec<_> = (0..4).map(|_| serial.give()).collect();
        assert_eq!(given, [Some(5), Some(6), Some(2), None]);
        serial.free(4);
        assert_eq!(serial.give_within(5, 6), None);
        assert_eq!(serial.give(), Some(4));
    }
}
