//! The log of one member, without what the entries say.
//!
//! Upstream: `go.etcd.io/raft/v3` `log.go`. Most entries are transactions of the store, which is
//! one for all (see the module), so an entry is its term; only what raft itself must know later
//! (changes of membership, writes whose fate is open) is kept beside it. Entries of one term in a
//! row are one number, and a log of any length is a few of them.

use crate::collections::BTreeMap;

use super::{Index, MemberId, Term};

/// What an entry says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Payload {
    /// Nothing, or a transaction that the store has carried out.
    #[default]
    Plain,
    /// A write whose writer waits for it, by the writer's number.
    Write(u64),
    /// A manager becomes a member.
    Add(MemberId),
    /// A member is one no longer.
    Remove(MemberId),
}

/// An entry on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The term of the leader that made it.
    pub term: Term,
    /// What it says.
    pub payload: Payload,
}

/// A log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The last entry that is only in the snapshot.
    start: (Index, Term),
    /// Where each row of entries of one term begins.
    rows: Vec<(Index, Term)>,
    last_index: Index,
    payloads: BTreeMap<Index, Payload>,
}

impl Log {
    /// A log whose entries up to `index` are in a snapshot.
    pub fn from_snapshot(index: Index, term: Term) -> Self {
        Self {
            start: (index, term),
            last_index: index,
            ..Self::default()
        }
    }

    /// The index of the last entry.
    pub fn last_index(&self) -> Index {
        self.last_index
    }

    /// The term of the last entry.
    pub fn last_term(&self) -> Term {
        self.rows.last().map_or(self.start.1, |&(_, term)| term)
    }

    /// The last entry that is only in the snapshot.
    pub fn snapshot(&self) -> (Index, Term) {
        self.start
    }

    /// The term of an entry; absent if it does not exist or only in the snapshot.
    pub fn term_at(&self, index: Index) -> Option<Term> {
        if index == self.start.0 {
            return Some(self.start.1);
        }
        if index < self.start.0 || index > self.last_index {
            return None;
        }
        let after = self.rows.partition_point(|&(first, _)| first <= index);
        let row = after.checked_sub(1)?;
        self.rows.get(row).map(|&(_, term)| term)
    }

    /// What an entry says.
    pub fn payload_at(&self, index: Index) -> Payload {
        self.payloads.get(&index).copied().unwrap_or_default()
    }

    /// The entries that say something, from an index on.
    pub fn payloads_from(&self, from: Index) -> impl Iterator<Item = (Index, Payload)> {
        let payloads = self.payloads.range(from..);
        payloads.map(|(&index, &payload)| (index, payload))
    }

    /// Adds an entry at the end.
    pub fn append(&mut self, entry: Entry) -> Index {
        self.last_index += 1;
        if self.rows.is_empty() || self.last_term() != entry.term {
            self.rows.push((self.last_index, entry.term));
        }
        if entry.payload != Payload::Plain {
            self.payloads.insert(self.last_index, entry.payload);
        }
        self.last_index
    }

    /// Takes away an entry and all after it.
    pub fn truncate(&mut self, from: Index) {
        self.last_index = self
            .last_index
            .min(from.saturating_sub(1))
            .max(self.start.0);
        let last = self.last_index;
        self.rows.retain(|&(first, _)| first <= last);
        self.payloads.split_off(&(last + 1));
    }

    /// Entries from an index on, no more than `count_max`; absent if they are only in the snapshot.
    pub fn entries(&self, from: Index, count_max: u64) -> Option<Vec<Entry>> {
        if from <= self.start.0 {
            return None;
        }
        let to = self.last_index.min(from.saturating_add(count_max) - 1);
        let entries = (from..=to).filter_map(|index| {
            Some(Entry {
                term: self.term_at(index)?,
                payload: self.payload_at(index),
            })
        });
        Some(entries.collect())
    }

    /// Leaves the entries up to an index to the snapshot.
    pub fn compact(&mut self, to: Index) {
        let Some(term) = self.term_at(to).filter(|_| to > self.start.0) else {
            return;
        };
        let next = to + 1;
        let next_term = self.term_at(next);
        self.rows.retain(|&(first, _)| first > to);
        if let Some(term) = next_term
            && self.rows.first().is_none_or(|&(first, _)| first > next)
        {
            self.rows.insert(0, (next, term));
        }
        self.payloads = self.payloads.split_off(&next);
        self.start = (to, term);
    }

    /// Whether a log that ends with this entry knows at least as much.
    pub fn is_behind_or_equal(&self, last_index: Index, last_term: Term) -> bool {
        (last_term, last_index) >= (self.last_term(), self.last_index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(terms: &[Term]) -> Log {
        let mut log = Log::default();
        for &term in terms {
            log.append(Entry {
                term,
                payload: Payload::Write(term * 100 + log.last_index()),
            });
        }
        log
    }

    fn terms(log: &Log) -> Vec<Option<Term>> {
        (0..=log.last_index() + 1).map(|i| log.term_at(i)).collect()
    }

    #[test]
    fn rows_remember_every_term() {
        let mut log = log(&[1, 1, 2, 2, 5]);
        let all = [Some(0), Some(1), Some(1), Some(2), Some(2), Some(5), None];
        assert_eq!(terms(&log), all);
        log.truncate(4);
        assert_eq!(terms(&log), [Some(0), Some(1), Some(1), Some(2), None]);
        assert_eq!(log.payload_at(4), Payload::Plain);
        log.append(Entry {
            term: 2,
            payload: Payload::Plain,
        });
        assert_eq!((log.last_index(), log.last_term()), (4, 2));
    }

    #[test]
    fn what_is_compacted_is_only_in_the_snapshot() {
        let mut log = log(&[1, 1, 2, 2, 5]);
        log.compact(3);
        assert_eq!(log.snapshot(), (3, 2));
        let kept = [None, None, None, Some(2), Some(2), Some(5), None];
        assert_eq!(terms(&log), kept);
        assert_eq!(log.entries(3, 10), None);
        assert_eq!(log.entries(4, 10).map(|entries| entries.len()), Some(2));
        assert_eq!(log.entries(6, 10), Some(Vec::new()));
        log.compact(5);
        assert_eq!((log.last_index(), log.last_term()), (5, 5));
        log.truncate(2);
        assert_eq!(log.last_index(), 5);
    }
}
