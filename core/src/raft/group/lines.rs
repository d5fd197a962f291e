//! The connections between the members (`manager/state/raft/transport/peer.go`).
//!
//! Each member dials every other one. A connection that breaks is dialled again after a time that
//! grows with the time it has been down (gRPC's back-off, with SwarmKit's limit); a process that
//! starts dials all others at once. A frozen process keeps its connections: they carry nothing
//! until it goes on.

use super::{Group, Process, RaftEvent, Surroundings};
use crate::kernel::Timer;
use crate::raft::MemberId;
use crate::time::{SECOND, SimTime};

/// The first wait before a connection is dialled again ...
const REDIAL_MIN_NS: u64 = SECOND;
/// ... and the longest.
const REDIAL_MAX_NS: u64 = 8 * SECOND;

/// A connection that is down.
#[derive(Clone, Copy, Debug)]
pub(in crate::raft) struct Line {
    /// Since when.
    pub(in crate::raft) since: SimTime,
    /// Whether only the process at one end does not run.
    is_frozen: bool,
    redial: Option<Timer>,
}

impl Group {
    /// Whether two members could hold a connection.
    pub(super) fn is_usable(&self, a: MemberId, b: MemberId, around: &Surroundings<'_>) -> bool {
        match (self.seats.get(&a), self.seats.get(&b)) {
            (Some(one), Some(other)) => {
                one.process == Process::Runs
                    && other.process == Process::Runs
                    && around.network.connects(one.host, other.host)
            }
            _ => false,
        }
    }

    /// Whether the connection that one member has dialled to another is up.
    pub(in crate::raft) fn is_up(&self, from: MemberId, to: MemberId) -> bool {
        !self.lines.contains_key(&(from, to))
    }

    /// Whether something has come over a connection since it is up.
    pub(super) fn is_proven(&self, from: MemberId, to: MemberId) -> bool {
        self.is_up(from, to) && !self.fresh.contains(&(from, to))
    }

    /// Sees which connections break, and which can be dialled again.
    pub(super) fn refresh_lines(&mut self, around: &mut Surroundings<'_>) {
        let ids: Vec<MemberId> = self.seats.keys().copied().collect();
        self.lines
            .retain(|(from, to), _| ids.contains(from) && ids.contains(to));
        self.fresh
            .retain(|(from, to)| ids.contains(from) && ids.contains(to));
        for &from in &ids {
            for &to in ids.iter().filter(|&&to| to != from) {
                self.refresh_line(from, to, around);
            }
        }
    }

    fn refresh_line(&mut self, from: MemberId, to: MemberId, around: &mut Surroundings<'_>) {
        let is_usable = self.is_usable(from, to, around);
        let is_frozen = self.is_only_frozen(from, to, around);
        let Some(line) = self.lines.get_mut(&(from, to)) else {
            if !is_usable {
                let line = Line {
                    since: around.now,
                    is_frozen,
                    redial: None,
                };
                self.lines.insert((from, to), line);
            }
            return;
        };
        if !is_usable {
            line.is_frozen &= is_frozen;
            around.cancel(&mut line.redial);
        } else if line.is_frozen {
            self.come_up(from, to);
        } else if line.redial.is_none() {
            let away_ns = around.now.since(line.since);
            let wait_ns = REDIAL_MIN_NS.saturating_add(away_ns.saturating_mul(3) / 5);
            let delay_ns = around.stream.below(wait_ns.min(REDIAL_MAX_NS));
            let at = around.now + delay_ns;
            line.redial = Some(around.push(at, RaftEvent::Redial(from, to)));
        }
    }

    /// Whether nothing stands between two members but that one of them does not run.
    fn is_only_frozen(&self, a: MemberId, b: MemberId, around: &Surroundings<'_>) -> bool {
        match (self.seats.get(&a), self.seats.get(&b)) {
            (Some(one), Some(other)) => {
                one.process != Process::Gone
                    && other.process != Process::Gone
                    && around.network.connects(one.host, other.host)
            }
            _ => false,
        }
    }

    /// The time to dial again has come.
    pub(super) fn redial(&mut self, from: MemberId, to: MemberId, around: &mut Surroundings<'_>) {
        if let Some(line) = self.lines.get_mut(&(from, to)) {
            line.redial = None;
            if self.is_usable(from, to, around) {
                self.come_up(from, to);
            }
        }
    }

    /// A process has started: it dials all others.
    pub(super) fn connect_new(&mut self, id: MemberId, around: &mut Surroundings<'_>) {
        self.refresh_lines(around);
        let others: Vec<MemberId> = self.seats.keys().copied().collect();
        for other in others.into_iter().filter(|&other| other != id) {
            if self.is_usable(id, other, around) && !self.is_up(id, other) {
                if let Some(line) = self.lines.get_mut(&(id, other)) {
                    around.cancel(&mut line.redial);
                }
                self.come_up(id, other);
            }
        }
    }

    /// A connection is up. A leader's next beat will be the first thing that is heard over it.
    fn come_up(&mut self, from: MemberId, to: MemberId) {
        self.lines.remove(&(from, to));
        self.fresh.insert((from, to));
    }
}
