//! The event queue: what will happen, ordered by time and then by order of insertion.
//!
//! An event that has lost its meaning is cancelled, so that a run does not go on for it. One that
//! is in the *background* happens like any other but keeps no run alive: see
//! [`EventQueue::is_quiet`].

use std::collections::BTreeMap;

use crate::time::SimTime;

/// Events that are still to come.
#[derive(Clone, Debug)]
pub struct EventQueue<E> {
    entries: BTreeMap<(SimTime, u64), Entry<E>>,
    inserted: u64,
    background: u64,
}

#[derive(Clone, Debug)]
struct Entry<E> {
    event: E,
    is_background: bool,
}

/// Names an event that is waiting, so that it can be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer {
    at: SimTime,
    order: u64,
}

impl Timer {
    /// When the event comes.
    pub fn at(self) -> SimTime {
        self.at
    }
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            inserted: 0,
            background: 0,
        }
    }
}

impl<E> EventQueue<E> {
    /// An empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event. Of two events at the same moment the one that was added first comes first.
    pub fn push(&mut self, at: SimTime, event: E) -> Timer {
        self.insert(at, event, false)
    }

    /// Adds an event that keeps no run alive.
    pub fn push_background(&mut self, at: SimTime, event: E) -> Timer {
        self.insert(at, event, true)
    }

    fn insert(&mut self, at: SimTime, event: E, is_background: bool) -> Timer {
        let order = self.inserted;
        self.inserted += 1;
        self.background += u64::from(is_background);
        let entry = Entry {
            event,
            is_background,
        };
        self.entries.insert((at, order), entry);
        Timer { at, order }
    }

    /// Takes an event out before its time. One that has happened or was cancelled before stays
    /// what it is.
    pub fn cancel(&mut self, timer: Timer) -> Option<E> {
        let entry = self.entries.remove(&(timer.at, timer.order))?;
        self.background -= u64::from(entry.is_background);
        Some(entry.event)
    }

    /// Takes out every event that is not wanted any more.
    pub fn retain(&mut self, mut is_wanted: impl FnMut(&E) -> bool) {
        let background = &mut self.background;
        self.entries.retain(|_, entry| {
            let is_kept = is_wanted(&entry.event);
            *background -= u64::from(!is_kept && entry.is_background);
            is_kept
        });
    }

    /// When the next event comes.
    pub fn next_at(&self) -> Option<SimTime> {
        self.entries.first_key_value().map(|(&(at, _), _)| at)
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        let ((at, _), entry) = self.entries.pop_first()?;
        self.background -= u64::from(entry.is_background);
        Some((at, entry.event))
    }

    /// How many events are waiting.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is waiting.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether nothing is waiting but events in the background.
    pub fn is_quiet(&self) -> bool {
        self.entries.len() as u64 == self.background
    }

    /// The waiting events in the order in which they come.
    pub fn iter(&self) -> impl Iterator<Item = (SimTime, &E)> {
        self.entries
            .iter()
            .map(|(&(at, _), entry)| (at, &entry.event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_time_then_insertion() {
        let mut queue = EventQueue::new();
        for (at, name) in [(5, "c"), (1, "a"), (5, "d"), (1, "b")] {
            queue.push(SimTime(at), name);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop())
            .map(|(_, name)| name)
            .collect();
        assert_eq!(order, ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_cancelled_event_does_not_come() {
        let mut queue = EventQueue::new();
        let first = queue.push(SimTime(1), "first");
        let second = queue.push(SimTime(1), "second");
        assert_eq!(queue.cancel(first), Some("first"));
        assert_eq!(queue.cancel(first), None);
        assert_eq!(queue.pop(), Some((SimTime(1), "second")));
        assert_eq!(queue.cancel(second), None);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_queue_with_background_events_only_is_quiet() {
        let mut queue = EventQueue::new();
        let background = queue.push_background(SimTime(2), "background");
        assert!(queue.is_quiet() && !queue.is_empty());
        queue.push(SimTime(3), "foreground");
        assert!(!queue.is_quiet());
        queue.pop();
        assert!(!queue.is_quiet());
        queue.pop();
        queue.cancel(background);
        assert!(queue.is_quiet() && queue.is_empty());
    }
}
