//! A client while it sends: where it is in its round, and what it keeps.

use crate::collections::BTreeMap;
use std::sync::Arc;

use super::arrivals::Arrivals;
use super::door::Way;
use super::histogram::Histogram;
use super::sums::{Counts, Interval, Sums};
use crate::ids::NodeId;
use crate::scenario::{Client as Setup, Duration};
use crate::time::SimTime;

/// A client.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) setup: Arc<Setup>,
    pub(super) destination: u32,
    pub(super) arrivals: Arrivals,
    /// The nodes that it asks in turn.
    pub(super) doors: Vec<u32>,
    /// Those that did not answer the last health check.
    pub(super) passed_over: Vec<bool>,
    next_door: u32,
    /// When the next health check comes.
    pub(super) check_at_ns: u64,
    /// The connections that it keeps.
    pub(super) connections: Vec<Option<Connection>>,
    pub(super) next_connection: u32,
    /// What a name stood for, and until when that is remembered.
    pub(super) remembered: Option<(u64, Way)>,
    /// Whether it sends at all: a container does not without its node.
    pub(super) is_up: bool,
    /// What has become of its requests in the present interval.
    pub(super) counts: Counts,
    pub(super) latencies: Histogram,
    /// How many came in at each door in the present interval.
    pub(super) entered: Vec<u64>,
    /// How many came in at doors that it does not have any more.
    entered_before: BTreeMap<NodeId, u64>,
    /// All intervals before.
    pub(super) sums: Sums,
}

/// A connection that is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection {
    pub(super) door: u32,
    /// The place of the door among those of the client.
    pub(super) place: usize,
    pub(super) way: Way,
}

impl Client {
    pub(super) fn of(setup: &Setup, destination: u32, seed: u64) -> Self {
        let every = setup.check_every.map(|every| every.0.max(1));
        Self {
            arrivals: Arrivals::of(setup, seed),
            setup: Arc::new(setup.clone()),
            destination,
            doors: Vec::new(),
            passed_over: Vec::new(),
            next_door: 0,
            check_at_ns: every.map_or(u64::MAX, |every| setup.from.0 / every * every),
            connections: vec![None; setup.keep_alive as usize],
            next_connection: 0,
            remembered: None,
            is_up: false,
            counts: Counts::default(),
            latencies: Histogram::default(),
            entered: Vec::new(),
            entered_before: BTreeMap::new(),
            sums: Sums::default(),
        }
    }

    /// It has other doors from now on.
    pub(super) fn take_doors(&mut self, doors: Vec<u32>, node_of: impl Fn(u32) -> NodeId) {
        if doors == self.doors {
            return;
        }
        for (&door, count) in self.doors.iter().zip(&self.entered) {
            *self.entered_before.entry(node_of(door)).or_default() += count;
        }
        self.entered = vec![0; doors.len()];
        self.passed_over = vec![false; doors.len()];
        self.doors = doors;
    }

    /// The place of the door for the next connection, if there is any that is not passed over.
    #[inline]
    pub(super) fn next_door(&mut self) -> Option<usize> {
        let count = self.doors.len();
        for _ in 0..count {
            let place = self.next_door as usize;
            let place = if place < count { place } else { 0 };
            self.next_door = u32::try_from(place + 1).unwrap_or(0);
            if !self.passed_over[place] {
                return Some(place);
            }
        }
        None
    }

    /// Counts a request over a connection that is kept.
    pub(super) fn reenter(&mut self, kept: Connection) {
        if self.doors.get(kept.place) == Some(&kept.door) {
            self.entered[kept.place] += 1;
        }
    }

    /// The health check after the present one.
    pub(super) fn plan_check(&mut self) {
        let every = self.setup.check_every.unwrap_or(Duration(u64::MAX));
        let next_ns = self.check_at_ns.saturating_add(every.0);
        self.check_at_ns = if next_ns < self.setup.until.0 {
            next_ns
        } else {
            u64::MAX
        };
    }

    /// Whether something is left to be told of the present interval.
    pub(super) fn has_news(&self) -> bool {
        self.counts != Counts::default()
    }

    /// What became of its requests in an interval, which is over.
    pub(super) fn close(
        &mut self,
        number: u32,
        from: SimTime,
        node_of: impl Fn(u32) -> NodeId,
    ) -> Interval {
        let mut nodes = std::mem::take(&mut self.entered_before);
        for (&door, count) in self.doors.iter().zip(&mut self.entered) {
            if *count > 0 {
                *nodes.entry(node_of(door)).or_default() += *count;
            }
            *count = 0;
        }
        Interval {
            client: number,
            from_ns: from,
            counts: std::mem::take(&mut self.counts),
            latencies: self.latencies.take(),
            tasks: Vec::new(),
            nodes: nodes.into_iter().filter(|(_, count)| *count > 0).collect(),
        }
    }
}
