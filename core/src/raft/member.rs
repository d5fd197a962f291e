//! One member: what it knows, and what a message makes of it. Pure: neither time nor chance.
//!
//! Upstream: `go.etcd.io/raft/v3` `raft.go`, with check-quorum and without pre-vote, as
//! `manager/state/raft/raft.go` sets it. Whoever holds the member knows the time: it says when a
//! member campaigns ([`Member::campaign`]), whether a leader has been heard of so lately that other
//! candidates are ignored (`has_lease`), and when a leader has lost its majority
//! ([`Member::step_down`]).

use crate::collections::{BTreeMap, BTreeSet, Order as _};

use super::log::{Entry, Log, Payload};
use super::message::{Envelope, Message};
use super::{Index, MemberId, Term};

/// So many entries are sent in one message.
const APPEND_COUNT_MAX: u64 = 1_000;

/// What a member is at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// It follows a leader, or waits for one.
    #[default]
    Follower,
    /// It wants to become leader.
    Candidate,
    /// It leads.
    Leader,
}

impl Role {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Follower => "follower",
            Self::Candidate => "candidate",
            Self::Leader => "leader",
        }
    }
}

/// What a leader knows of another member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Up to where its log is known to be the leader's.
    pub match_index: Index,
    /// What it is sent next.
    pub next_index: Index,
    /// Whether it has the whole log: then it gets every entry as it is made.
    pub is_in_step: bool,
}

/// A member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name among the members.
    pub id: MemberId,
    /// The latest term that it knows.
    pub term: Term,
    /// For whom it voted in this term.
    pub vote: Option<MemberId>,
    /// What it is.
    pub role: Role,
    /// Who leads, as far as it knows.
    pub leader: Option<MemberId>,
    /// Its log.
    pub log: Log,
    /// Up to where it knows the log to be committed. What is committed is applied.
    pub commit: Index,
    /// The members, itself included, as it knows them.
    pub voters: BTreeSet<MemberId>,
    /// What it knows of the others, while it leads.
    pub progress: BTreeMap<MemberId, Progress>,
    /// The votes that a candidate has got.
    pub votes: BTreeMap<MemberId, bool>,
    /// Whom a leader wants to be followed by.
    pub transferee: Option<MemberId>,
    /// Where the last change of membership of a leader is; one is made after the other.
    pending_change: Index,
    /// What is to be sent.
    outbox: Vec<Envelope>,
    /// What has been applied and says something.
    applied: Vec<(Index, Payload)>,
    /// Whether its role or its term has changed: its timeout is drawn anew.
    is_reset: bool,
}

impl Member {
    /// A member that knows nothing but the others.
    pub fn new(id: MemberId, voters: BTreeSet<MemberId>, log: Log, term: Term) -> Self {
        Self {
            id,
            term,
            vote: None,
            role: Role::Follower,
            leader: None,
            commit: log.snapshot().0,
            log,
            voters,
            progress: BTreeMap::new(),
            votes: BTreeMap::new(),
            transferee: None,
            pending_change: 0,
            outbox: Vec::new(),
            applied: Vec::new(),
            is_reset: true,
        }
    }

    /// What is to be sent since the last call.
    pub fn take_outbox(&mut self) -> Vec<Envelope> {
        std::mem::take(&mut self.outbox)
    }

    /// What has been applied since the last call.
    pub fn take_applied(&mut self) -> Vec<(Index, Payload)> {
        std::mem::take(&mut self.applied)
    }

    /// Whether the role or the term has changed since the last call.
    pub fn take_reset(&mut self) -> bool {
        std::mem::take(&mut self.is_reset)
    }

    /// Whether so many members are a majority.
    pub fn is_majority(&self, count: usize) -> bool {
        count > self.voters.len() / 2
    }

    /// Whether a leader has applied all that it found in its log.
    pub fn is_established(&self) -> bool {
        self.role == Role::Leader && self.log.term_at(self.commit) == Some(self.term)
    }

    fn send(&mut self, to: MemberId, message: Message) {
        self.outbox.push(Envelope {
            from: self.id,
            to,
            term: self.term,
            message,
        });
    }

    fn others(&self) -> Vec<MemberId> {
        let others = self.voters.iter().copied();
        others.filter(|&other| other != self.id).collect()
    }

    fn become_follower(&mut self, term: Term, leader: Option<MemberId>) {
        if term != self.term {
            self.term = term;
            self.vote = None;
        }
        self.role = Role::Follower;
        self.leader = leader;
        self.progress.clear();
        self.votes.clear();
        self.transferee = None;
        self.is_reset = true;
    }

    /// Leads a group in which nothing has been written yet and all follow it.
    pub(super) fn be_founder(&mut self) {
        self.lead();
        self.outbox.clear();
        let last_index = self.log.last_index();
        for progress in self.progress.values_mut() {
            *progress = Progress {
                match_index: last_index,
                next_index: last_index + 1,
                is_in_step: true,
            };
        }
        self.commit_what_a_majority_has();
    }

    /// Whether a leader may propose another change of membership.
    pub fn can_change_members(&self) -> bool {
        self.role == Role::Leader && self.transferee.is_none() && self.pending_change <= self.commit
    }

    /// Its process has ended: what it knew beside log, term and vote is lost.
    pub fn forget(&mut self) {
        self.become_follower(self.term, None);
        self.outbox.clear();
    }

    /// Makes it the only member of a group that goes on with what it knows to be committed, and
    /// with nothing else. Gives those that are members no longer.
    pub(super) fn begin_anew(&mut self) -> Vec<MemberId> {
        self.forget();
        self.log.truncate(self.commit + 1);
        let others = self.others();
        for &other in &others {
            self.log.append(Entry {
                term: self.term,
                payload: Payload::Remove(other),
            });
        }
        self.apply(self.log.last_index());
        self.voters.insert(self.id);
        others
    }

    /// A leader has not heard of a majority for too long.
    pub fn step_down(&mut self) {
        self.become_follower(self.term, None);
    }

    /// Nothing has been heard of a leader for too long, or the leader asks for it.
    pub fn campaign(&mut self, is_transfer: bool) {
        if self.role == Role::Leader || !self.voters.contains(&self.id) {
            return;
        }
        self.term += 1;
        self.role = Role::Candidate;
        self.leader = None;
        self.vote = Some(self.id);
        self.votes = BTreeMap::from([(self.id, true)]);
        self.is_reset = true;
        let (last_index, last_term) = (self.log.last_index(), self.log.last_term());
        for other in self.others() {
            self.send(
                other,
                Message::VoteRequest {
                    last_index,
                    last_term,
                    is_transfer,
                },
            );
        }
        self.count_votes();
    }

    fn count_votes(&mut self) {
        let is_voter = |(id, _): &(&MemberId, &bool)| self.voters.contains(id);
        let granted = self.votes.iter().filter(|vote| is_voter(vote) && *vote.1);
        let granted = granted.count();
        let refused = self.votes.iter().filter(|vote| is_voter(vote) && !*vote.1);
        let refused = refused.count();
        if self.is_majority(granted) {
            self.lead();
        } else if self.is_majority(refused) {
            self.become_follower(self.term, None);
        }
    }

    fn lead(&mut self) {
        self.role = Role::Leader;
        self.leader = Some(self.id);
        self.votes.clear();
        self.transferee = None;
        self.is_reset = true;
        let next_index = self.log.last_index() + 1;
        let progress = Progress {
            match_index: 0,
            next_index,
            is_in_step: false,
        };
        self.progress = self.others().into_iter().map(|id| (id, progress)).collect();
        // A change of membership that may be in the log counts as one that is under way.
        self.pending_change = self.log.last_index();
        self.log.append(Entry {
            term: self.term,
            payload: Payload::Plain,
        });
        for other in self.others() {
            self.send_entries(other);
        }
        self.commit_what_a_majority_has();
    }

    /// A leader writes an entry. Absent if it does not lead, hands its leadership over, or is asked
    /// to change the members before an earlier change is applied.
    ///
    /// Members that are in step are not sent the entry: who holds them hands it on
    /// ([`Member::follow_in_step`]).
    pub fn propose(&mut self, payload: Payload) -> Option<Index> {
        let is_change = matches!(payload, Payload::Add(_) | Payload::Remove(_));
        let is_busy = is_change && self.pending_change > self.commit;
        if self.role != Role::Leader || self.transferee.is_some() || is_busy {
            return None;
        }
        let term = self.term;
        let index = self.log.append(Entry { term, payload });
        if is_change {
            self.pending_change = index;
        }
        self.commit_what_a_majority_has();
        Some(index)
    }

    /// Takes an entry of the leader as a member that is in step.
    pub fn follow_in_step(&mut self, entry: Entry) {
        self.log.append(entry);
    }

    /// A member that is in step has taken the last entry.
    pub fn note_in_step(&mut self, follower: MemberId) {
        let last_index = self.log.last_index();
        if let Some(progress) = self.progress.get_mut(&follower) {
            progress.match_index = last_index;
            progress.next_index = last_index + 1;
        }
        self.commit_what_a_majority_has();
    }

    /// A member no longer gets entries as they are made.
    pub fn lose_step(&mut self, follower: MemberId) {
        if let Some(progress) = self.progress.get_mut(&follower) {
            progress.is_in_step = false;
        }
        if self.transferee == Some(follower) {
            self.transferee = None;
        }
    }

    /// Hands the leadership over to another member. False if this cannot be.
    pub fn transfer_to(&mut self, other: MemberId) -> bool {
        let Some(progress) = self.progress.get(&other) else {
            return false;
        };
        self.transferee = Some(other);
        if progress.match_index == self.log.last_index() {
            self.send(other, Message::TimeoutNow);
        } else {
            self.send_entries(other);
        }
        true
    }

    /// Says that it is there.
    pub fn beat(&mut self, to: MemberId) {
        let Some(progress) = self.progress.get(&to) else {
            return;
        };
        let commit = progress.match_index.min(self.commit);
        self.send(to, Message::Heartbeat { commit });
    }

    fn send_entries(&mut self, to: MemberId) {
        let Some(progress) = self.progress.get(&to).copied() else {
            return;
        };
        let prev_index = progress.next_index - 1;
        let entries = self.log.entries(progress.next_index, APPEND_COUNT_MAX);
        match (self.log.term_at(prev_index), entries) {
            (Some(prev_term), Some(entries)) => {
                let commit = self.commit;
                self.send(
                    to,
                    Message::Append {
                        prev_index,
                        prev_term,
                        entries,
                        commit,
                    },
                );
            }
            _ => {
                let index = self.commit;
                let term = self.log.term_at(index).unwrap_or_default();
                let voters = self.voters.iter().copied().collect();
                self.send(
                    to,
                    Message::Snapshot {
                        index,
                        term,
                        voters,
                    },
                );
            }
        }
    }

    fn commit_what_a_majority_has(&mut self) {
        if self.role != Role::Leader {
            return;
        }
        let mut indices: Vec<Index> = self
            .voters
            .iter()
            .map(|id| match self.progress.get(id) {
                Some(progress) => progress.match_index,
                None if *id == self.id => self.log.last_index(),
                None => 0,
            })
            .collect();
        indices.order_by(|a, b| b.cmp(a));
        let Some(&index) = indices.get(self.voters.len() / 2) else {
            return;
        };
        // Entries of earlier terms are committed by one of the leader's own.
        if index > self.commit && self.log.term_at(index) == Some(self.term) {
            self.apply(index);
        }
    }

    /// Applies the log up to an index that is known to be committed.
    pub fn apply(&mut self, to: Index) {
        let to = to.min(self.log.last_index());
        if to <= self.commit {
            return;
        }
        let said: Vec<_> = self
            .log
            .payloads_from(self.commit + 1)
            .take_while(|&(index, _)| index <= to)
            .collect();
        self.commit = to;
        for &(_, payload) in &said {
            match payload {
                Payload::Add(id) => {
                    self.voters.insert(id);
                    if self.role == Role::Leader && id != self.id {
                        let progress = Progress {
                            match_index: 0,
                            next_index: self.log.last_index() + 1,
                            is_in_step: false,
                        };
                        self.progress.entry(id).or_insert(progress);
                        self.send_entries(id);
                    }
                }
                Payload::Remove(id) => {
                    self.voters.remove(&id);
                    self.progress.remove(&id);
                    if self.transferee == Some(id) {
                        self.transferee = None;
                    }
                }
                Payload::Plain | Payload::Write(_) => {}
            }
        }
        self.applied.extend(said);
    }

    /// Takes a message. `has_lease`: it knows a leader and has heard of it so lately that it does
    /// not listen to other candidates.
    pub fn receive(&mut self, envelope: Envelope, has_lease: bool) {
        let Envelope {
            from,
            term,
            message,
            ..
        } = envelope;
        if term > self.term {
            match message {
                Message::VoteRequest { is_transfer, .. } => {
                    if has_lease && !is_transfer {
                        return;
                    }
                    self.become_follower(term, None);
                }
                Message::Append { .. } | Message::Heartbeat { .. } | Message::Snapshot { .. } => {
                    self.become_follower(term, Some(from));
                }
                _ => self.become_follower(term, None),
            }
        } else if term < self.term {
            // A leader of the past learns of the later term.
            if matches!(message, Message::Append { .. } | Message::Heartbeat { .. }) {
                let hint = self.commit;
                self.send(from, Message::Rejected { hint });
            }
            return;
        }
        match message {
            Message::VoteRequest {
                last_index,
                last_term,
                ..
            } => self.decide_vote(from, last_index, last_term),
            Message::Vote { is_granted } => {
                if self.role == Role::Candidate {
                    self.votes.entry(from).or_insert(is_granted);
                    self.count_votes();
                }
            }
            Message::Append {
                prev_index,
                prev_term,
                entries,
                commit,
            } => {
                self.hear(from);
                self.take_entries(from, (prev_index, prev_term), &entries, commit);
            }
            Message::Heartbeat { commit } => {
                self.hear(from);
                self.apply(commit);
                self.send(from, Message::HeartbeatAnswer);
            }
            Message::Snapshot {
                index,
                term,
                voters,
            } => {
                self.hear(from);
                if index > self.commit {
                    self.log = Log::from_snapshot(index, term);
                    self.commit = index;
                    self.voters = voters.into_iter().collect();
                }
                let index = self.commit;
                self.send(from, Message::Appended { index });
            }
            Message::TimeoutNow => self.campaign(true),
            Message::Appended { index } => self.on_appended(from, index),
            Message::Rejected { hint } => self.on_rejected(from, hint),
            Message::HeartbeatAnswer => {
                let behind = self.progress.get_mut(&from);
                if let Some(progress) = behind {
                    progress.is_in_step = progress.match_index == self.log.last_index();
                    if !progress.is_in_step {
                        self.send_entries(from);
                    }
                }
            }
        }
    }

    fn decide_vote(&mut self, from: MemberId, last_index: Index, last_term: Term) {
        let is_free = self.vote == Some(from) || (self.vote.is_none() && self.leader.is_none());
        let is_granted = is_free && self.log.is_behind_or_equal(last_index, last_term);
        if is_granted {
            self.vote = Some(from);
        }
        self.send(from, Message::Vote { is_granted });
    }

    /// The leader of its term has spoken.
    fn hear(&mut self, leader: MemberId) {
        if self.role != Role::Follower {
            self.become_follower(self.term, Some(leader));
        }
        self.leader = Some(leader);
    }

    fn take_entries(
        &mut self,
        from: MemberId,
        (prev_index, prev_term): (Index, Term),
        entries: &[Entry],
        commit: Index,
    ) {
        if prev_index < self.commit {
            let index = self.commit;
            return self.send(from, Message::Appended { index });
        }
        if self.log.term_at(prev_index) != Some(prev_term) {
            let hint = self.hint(prev_index, prev_term);
            return self.send(from, Message::Rejected { hint });
        }
        let mut index = prev_index;
        for &entry in entries {
            index += 1;
            if self.log.term_at(index) != Some(entry.term) {
                self.log.truncate(index);
                self.log.append(entry);
            }
        }
        self.apply(commit.min(index));
        self.send(from, Message::Appended { index });
    }

    /// The last place before `index` where this log may agree with one whose entry there has
    /// `term`.
    fn hint(&self, index: Index, term: Term) -> Index {
        let mut hint = index.saturating_sub(1).min(self.log.last_index());
        while hint > self.commit && self.log.term_at(hint).is_some_and(|own| own > term) {
            hint -= 1;
        }
        hint.max(self.commit)
    }

    fn on_appended(&mut self, from: MemberId, index: Index) {
        let last_index = self.log.last_index();
        let Some(progress) = self.progress.get_mut(&from) else {
            return;
        };
        progress.match_index = progress.match_index.max(index);
        progress.next_index = progress.match_index + 1;
        progress.is_in_step = progress.match_index == last_index;
        let is_in_step = progress.is_in_step;
        let commit = self.commit;
        self.commit_what_a_majority_has();
        if self.commit > commit {
            for other in self.others() {
                self.send_entries(other);
            }
        } else if !is_in_step {
            self.send_entries(from);
        }
        if is_in_step && self.transferee == Some(from) {
            self.send(from, Message::TimeoutNow);
        }
    }

    fn on_rejected(&mut self, from: MemberId, hint: Index) {
        let Some(progress) = self.progress.get_mut(&from) else {
            return;
        };
        if hint + 1 >= progress.next_index && progress.next_index > progress.match_index + 1 {
            progress.next_index -= 1;
        } else {
            progress.next_index = progress.next_index.min(hint + 1);
        }
        progress.next_index = progress.next_index.max(progress.match_index + 1);
        progress.is_in_step = false;
        self.send_entries(from);
    }
}
