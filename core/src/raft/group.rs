//! All members, with their clocks, their processes and the connections between them.
//!
//! Upstream: `manager/state/raft/raft.go` Run (ticks, messages, news of leadership) and
//! `manager/state/raft/transport`. Time and connections are here, what a message means is in
//! [`Member`].

mod lines;
mod locks;
mod refresh;

use super::log::{Entry, Log, Payload};
use super::member::{Member, Role};
use super::message::{Envelope, Message};
use super::ticks::Ticks;
use super::{ELECTION_TICKS, Index, KEPT_FOR_SLOW, MemberId, SNAPSHOT_INTERVAL, TICK_NS, Term};
use crate::collections::{BTreeMap, BTreeSet};
use crate::ids::NodeId;
use crate::kernel::{Elections, Event, EventQueue, Timer};
use crate::model::SecretNumber;
use crate::network::Network;
use crate::rng::Stream;
use crate::time::SimTime;
pub(super) use lines::Line;

/// The term of a swarm that was founded before the run: the first is that of its founding.
const FOUNDING_TERM: Term = 2;

/// Something of raft that is waiting to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RaftEvent {
    /// A message arrives.
    Arrives(Box<Envelope>),
    /// A member has not heard of a leader for as long as it waits.
    Silence(MemberId),
    /// A leader looks whether it has a majority.
    CheckQuorum(MemberId),
    /// A member tries to reach another one again.
    Redial(MemberId, MemberId),
    /// A leader beats for those that are not in step with it.
    Beat(MemberId),
}

/// What the rest of the swarm has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// A member wants to become leader.
    Campaigns(MemberId),
    /// A member leads and has applied its whole log.
    Leads(MemberId),
    /// It leads no longer.
    LeadsNoLonger(MemberId),
    /// A node has become a member.
    Added(MemberId),
    /// A member has been removed and knows it: its manager stops.
    Removed(MemberId, NodeId),
    /// A write whose writer waits for it is committed.
    Written(u64),
}

/// What a manager's process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// It runs.
    Runs,
    /// It is stopped and notices nothing.
    Frozen(SimTime),
    /// It does not exist.
    Gone,
}

/// A member at its place.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Where it runs.
    pub host: NodeId,
    /// The member.
    pub member: Member,
    /// Its process.
    pub process: Process,
    /// The key without which its disk cannot be read; absent without autolock.
    lock: Option<SecretNumber>,
    /// Whether its engine is up and waits for the key.
    is_locked: bool,
    /// When it ticks.
    pub(super) ticks: Ticks,
    /// From when on it counts ticks without a leader's word.
    pub(super) counts_from: SimTime,
    /// The leader that it hears at the moment.
    pub(super) hears: Option<MemberId>,
    /// After how many ticks of silence it campaigns.
    timeout_ticks: u64,
    election: Option<Timer>,
    /// While it leads: since when.
    leads_since: SimTime,
    /// Those that answer it at the moment.
    pub(super) contacts: BTreeSet<MemberId>,
    /// When the others answered it last.
    answered_at: BTreeMap<MemberId, SimTime>,
    check: Option<Timer>,
    beat: Option<Timer>,
    /// When it last wrote.
    wrote_at: SimTime,
    /// Since when it has not known a leader.
    pub(super) leaderless_since: Option<SimTime>,
    is_announced: bool,
}

/// What the group stands on.
pub struct Surroundings<'k> {
    /// The present moment.
    pub now: SimTime,
    /// Where its timers are.
    pub queue: &'k mut EventQueue<Event>,
    /// Where its draws come from.
    pub stream: &'k mut Stream,
    /// Who reaches whom.
    pub network: &'k Network,
    /// What a recording says about elections, if the run follows one.
    pub elections: Option<Elections<'k>>,
}

impl Surroundings<'_> {
    fn push(&mut self, at: SimTime, event: RaftEvent) -> Timer {
        self.queue.push(at.max(self.now), Event::Raft(event))
    }

    /// How long members do not listen to candidates. The phases of the clocks of a recording are not
    /// known, so there its winner is listened to a little earlier.
    const fn lease_ticks(&self) -> u64 {
        match self.elections {
            Some(_) => ELECTION_TICKS - 3,
            None => ELECTION_TICKS,
        }
    }

    fn cancel(&mut self, timer: &mut Option<Timer>) {
        if let Some(timer) = timer.take() {
            self.queue.cancel(timer);
        }
    }
}

/// The managers of a swarm as raft knows them.
#[derive(Clone, Debug, Default)]
pub struct Group {
    pub(super) seats: BTreeMap<MemberId, Seat>,
    removed: BTreeSet<MemberId>,
    /// Those of them that have been told.
    told: BTreeSet<MemberId>,
    member_count: u32,
    /// Connections that are down.
    pub(super) lines: BTreeMap<(MemberId, MemberId), Line>,
    /// Who is asked about the others, if it is not the leader.
    pub(super) asked: Option<MemberId>,
    /// Connections over which nothing has come yet.
    fresh: BTreeSet<(MemberId, MemberId)>,
    news: Vec<News>,
}

impl Group {
    /// A group that has existed for a while: the first leads, all are in step.
    pub fn founded(hosts: &[NodeId], around: &mut Surroundings<'_>) -> Self {
        let mut group = Self::default();
        let ids: Vec<MemberId> = hosts.iter().map(|&host| group.seat(host, around)).collect();
        let Some(&first) = ids.first() else {
            return group;
        };
        let voters: BTreeSet<MemberId> = ids.iter().copied().collect();
        for (&id, seat) in &mut group.seats {
            seat.member = Member::new(id, voters.clone(), Log::default(), FOUNDING_TERM);
            seat.member.vote = Some(first);
            seat.member.leader = Some(first);
            seat.leaderless_since = None;
        }
        if let Some(seat) = group.seats.get_mut(&first) {
            seat.member.be_founder();
        }
        let entry = Entry {
            term: FOUNDING_TERM,
            payload: Payload::Plain,
        };
        for (&id, seat) in &mut group.seats {
            if id != first {
                seat.member.follow_in_step(entry);
                seat.member.apply(1);
            }
        }
        group.refresh(around);
        group
    }

    /// A place for a member that knows nothing yet.
    fn seat(&mut self, host: NodeId, around: &mut Surroundings<'_>) -> MemberId {
        let id = MemberId(self.member_count);
        self.member_count += 1;
        let seat = Seat {
            host,
            member: Member::new(id, BTreeSet::new(), Log::default(), 0),
            process: Process::Runs,
            lock: None,
            is_locked: false,
            ticks: Ticks::new(around.stream.below(TICK_NS)),
            counts_from: around.now,
            hears: None,
            timeout_ticks: ELECTION_TICKS,
            election: None,
            leads_since: around.now,
            contacts: BTreeSet::new(),
            answered_at: BTreeMap::new(),
            check: None,
            beat: None,
            wrote_at: SimTime::ZERO,
            leaderless_since: Some(around.now),
            is_announced: false,
        };
        self.seats.insert(id, seat);
        id
    }

    /// All members with their places.
    pub fn seats(&self) -> impl Iterator<Item = (MemberId, &Seat)> {
        self.seats.iter().map(|(&id, seat)| (id, seat))
    }

    /// A member at its place.
    pub fn seat_of(&self, id: MemberId) -> Option<&Seat> {
        self.seats.get(&id)
    }

    /// The member that runs on a host; of several the one that has not been removed.
    pub fn member_on(&self, host: NodeId) -> Option<MemberId> {
        let seats = self.seats.iter().filter(|(_, seat)| seat.host == host);
        seats
            .max_by_key(|(id, _)| !self.removed.contains(id))
            .map(|(&id, _)| id)
    }

    /// The member that a host is in the eyes of the leader.
    pub fn membership_of(&self, host: NodeId) -> Option<MemberId> {
        let id = self.member_on(host)?;
        let leader = self.leader().and_then(|leader| self.seats.get(&leader))?;
        leader.member.voters.contains(&id).then_some(id)
    }

    /// Whether the leader counts a host among the members.
    pub fn is_member(&self, host: NodeId) -> bool {
        self.membership_of(host).is_some()
    }

    /// Lets a member be asked that is not the leader, or the leader again.
    pub fn ask(&mut self, member: Option<MemberId>) {
        self.asked = member;
    }

    /// Whether there are no managers at all.
    pub fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// Whether two members can talk.
    pub fn connects(&self, from: MemberId, to: MemberId) -> bool {
        self.is_up(from, to)
    }

    /// What has happened since the last call.
    pub fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// The announced leader of the latest term.
    pub fn leader(&self) -> Option<MemberId> {
        let leaders = self.seats.iter().filter(|(_, seat)| seat.is_announced);
        let latest = leaders.max_by_key(|(_, seat)| seat.member.term);
        latest.map(|(&id, _)| id)
    }

    /// Whether what a leader writes now is committed at once.
    pub fn can_write(&self, id: MemberId) -> bool {
        let Some(seat) = self.seats.get(&id) else {
            return false;
        };
        let in_step = seat.contacts.iter().filter(|other| {
            let progress = seat.member.progress.get(other);
            progress.is_some_and(|progress| progress.is_in_step)
        });
        seat.process == Process::Runs
            && seat.member.role == Role::Leader
            && seat.member.transferee.is_none()
            && seat.member.is_majority(in_step.count() + 1)
    }

    /// A leader writes. Absent if it cannot; otherwise the entry may still have to be committed.
    pub fn propose(
        &mut self,
        id: MemberId,
        payload: Payload,
        around: &mut Surroundings<'_>,
    ) -> Option<Index> {
        let index = self.write(id, payload, around.now)?;
        if payload != Payload::Plain {
            self.flush(around);
        }
        Some(index)
    }

    /// The leader's store has carried out a transaction, which [`Group::can_write`] allowed.
    pub fn note_transaction(&mut self, id: MemberId, now: SimTime) {
        self.write(id, Payload::Plain, now);
    }

    fn write(&mut self, id: MemberId, payload: Payload, now: SimTime) -> Option<Index> {
        let seat = self.seats.get_mut(&id)?;
        if seat.process != Process::Runs {
            return None;
        }
        let index = seat.member.propose(payload)?;
        seat.wrote_at = now;
        let term = seat.member.term;
        let entry = Entry { term, payload };
        let is_in_step = |seat: &Seat, other: &MemberId| {
            let progress = seat.member.progress.get(other);
            progress.is_some_and(|progress| progress.is_in_step)
        };
        let contacts = seat.contacts.iter().copied();
        let followers: Vec<_> = contacts.filter(|other| is_in_step(seat, other)).collect();
        for &other in &followers {
            if let Some(follower) = self.seats.get_mut(&other) {
                follower.member.follow_in_step(entry);
            }
            if let Some(seat) = self.seats.get_mut(&id) {
                seat.member.note_in_step(other);
            }
        }
        let commit = self.seats.get(&id).map_or(0, |seat| seat.member.commit);
        for other in followers {
            if let Some(follower) = self.seats.get_mut(&other) {
                follower.member.apply(commit);
                cut_log(&mut follower.member);
            }
        }
        if let Some(seat) = self.seats.get_mut(&id) {
            cut_log(&mut seat.member);
        }
        Some(index)
    }

    /// A node becomes a member: the leader proposes it. Absent if there is no leader that can.
    pub fn add(&mut self, host: NodeId, around: &mut Surroundings<'_>) -> Option<MemberId> {
        let leader = self.leader().filter(|&leader| self.can_write(leader))?;
        let id = MemberId(self.member_count);
        let voters = &self.seats.get(&leader)?.member.voters;
        let voters: BTreeSet<MemberId> = voters.iter().copied().chain([id]).collect();
        let committed = self.seats.get(&leader)?.member.can_change_members();
        if !committed {
            return None;
        }
        let id = self.seat(host, around);
        if let Some(seat) = self.seats.get_mut(&id) {
            seat.member = Member::new(id, voters, Log::default(), 0);
        }
        self.connect_new(id, around);
        self.write(leader, Payload::Add(id), around.now);
        self.flush(around);
        Some(id)
    }

    /// A member is to be removed: the leader proposes it. False if it cannot now.
    pub fn remove(&mut self, id: MemberId, around: &mut Surroundings<'_>) -> bool {
        let Some(leader) = self.leader() else {
            return false;
        };
        let proposed = self.write(leader, Payload::Remove(id), around.now);
        self.flush(around);
        proposed.is_some()
    }

    /// The leader hands its leadership over to a member that it reaches. False if there is none.
    pub fn transfer(&mut self, id: MemberId, around: &mut Surroundings<'_>) -> bool {
        let is_next = |other: &MemberId| {
            let elections = around.elections.zip(self.seats.get(other));
            elections.is_some_and(|(elections, seat)| elections.is_next(seat.host, around.now))
        };
        let contacts = self.seats.get(&id).map(|seat| &seat.contacts);
        let mut contacts = contacts.into_iter().flatten().copied();
        let first = contacts.clone().next();
        let Some(other) = contacts.find(is_next).or(first) else {
            return false;
        };
        let Some(seat) = self.seats.get_mut(&id) else {
            return false;
        };
        let is_asked = seat.member.role == Role::Leader && seat.member.transfer_to(other);
        self.flush(around);
        is_asked
    }

    /// The process on a host is gone at once.
    pub fn crash(&mut self, host: NodeId, around: &mut Surroundings<'_>) {
        self.each_on(host, around, |seat, now| {
            seat.note_silence(now);
            seat.process = Process::Gone;
            seat.is_locked = false;
            seat.member.forget();
        });
    }

    /// The process on a host starts again with what is on its disk.
    pub fn restart(&mut self, host: NodeId, around: &mut Surroundings<'_>) {
        let phase_ns = around.stream.below(TICK_NS);
        self.each_on(host, around, |seat, now| {
            if seat.process == Process::Gone {
                seat.process = Process::Runs;
                seat.ticks = Ticks::new(phase_ns);
                seat.counts_from = now;
                seat.leaderless_since = Some(now);
            }
        });
        let Some(id) = self.member_on(host) else {
            return;
        };
        self.connect_new(id, around);
        // A member that is alone does not wait for anybody.
        if let Some(seat) = self.seats.get_mut(&id)
            && seat.member.voters.len() == 1
        {
            seat.member.campaign(false);
        }
        self.flush(around);
    }

    /// The process on a host, which has ended, starts again as the only member: all others are
    /// members no longer, and learn of it when they talk to it.
    pub fn begin_anew(&mut self, host: NodeId, around: &mut Surroundings<'_>) {
        let Some(id) = self.member_on(host) else {
            return;
        };
        let Some(seat) = self.seats.get_mut(&id) else {
            return;
        };
        seat.member.begin_anew();
        let others = self.seats.keys().copied().filter(|&other| other != id);
        self.removed.extend(others);
        self.restart(host, around);
    }

    /// Whether a member knows all that any member knows to be committed.
    pub fn knows_all(&self, id: MemberId) -> bool {
        let others = self.seats.iter();
        let others = others.filter(|(other, _)| !self.removed.contains(other));
        let most = others.map(|(_, seat)| seat.member.commit).max();
        self.seat_of(id).map(|seat| seat.member.commit) >= most
    }

    /// The process on a host stops to run, and keeps all it has.
    pub fn freeze(&mut self, host: NodeId, around: &mut Surroundings<'_>) {
        self.each_on(host, around, |seat, now| {
            if seat.process == Process::Runs {
                seat.note_silence(now);
                seat.process = Process::Frozen(now);
            }
        });
    }

    /// The process on a host goes on as if nothing had been.
    pub fn thaw(&mut self, host: NodeId, around: &mut Surroundings<'_>) {
        self.each_on(host, around, |seat, now| {
            if let Process::Frozen(since) = seat.process {
                seat.process = Process::Runs;
                seat.skip(now.since(since));
            }
        });
    }

    fn each_on(
        &mut self,
        host: NodeId,
        around: &mut Surroundings<'_>,
        mut change: impl FnMut(&mut Seat, SimTime),
    ) {
        for seat in self.seats.values_mut().filter(|seat| seat.host == host) {
            change(seat, around.now);
        }
        self.flush(around);
    }

    /// Something of raft happens.
    pub fn on_event(&mut self, event: RaftEvent, around: &mut Surroundings<'_>) {
        match event {
            RaftEvent::Arrives(envelope) => self.deliver(*envelope, around),
            RaftEvent::Silence(id) => {
                if let Some(seat) = self.seats.get_mut(&id) {
                    seat.election = None;
                    seat.counts_from = around.now;
                    seat.member.campaign(false);
                }
            }
            RaftEvent::CheckQuorum(id) => self.check_quorum(id, around),
            RaftEvent::Redial(from, to) => self.redial(from, to, around),
            RaftEvent::Beat(id) => {
                let laggards = self.laggards(id);
                if let Some(seat) = self.seats.get_mut(&id) {
                    seat.beat = None;
                    for other in laggards {
                        seat.member.beat(other);
                    }
                }
            }
        }
        self.flush(around);
    }

    fn deliver(&mut self, envelope: Envelope, around: &mut Surroundings<'_>) {
        let (from, to) = (envelope.from, envelope.to);
        if !self.is_usable(from, to, around) {
            return;
        }
        self.fresh.remove(&(from, to));
        if self.is_stranger(from, to) {
            self.told.insert(from);
            return;
        }
        // A vote is only given to a member that can be reached in turn.
        let answers = self.is_up(to, from);
        let Some(seat) = self.seats.get_mut(&to) else {
            return;
        };
        let is_request = matches!(envelope.message, Message::VoteRequest { .. });
        if is_request && !(answers && seat.member.voters.contains(&from)) {
            return;
        }
        let has_lease = seat.has_lease(around.now, around.lease_ticks());
        let of_leader = matches!(
            envelope.message,
            Message::Append { .. } | Message::Heartbeat { .. } | Message::Snapshot { .. }
        );
        let is_answer = matches!(
            envelope.message,
            Message::Appended { .. } | Message::HeartbeatAnswer | Message::Rejected { .. }
        );
        let before = seat.member.vote;
        seat.member.receive(envelope, has_lease);
        if (of_leader && seat.member.leader == Some(from))
            || (is_request && seat.member.vote == Some(from) && before != Some(from))
        {
            seat.counts_from = around.now;
        }
        if is_answer && seat.member.role == Role::Leader {
            seat.answered_at.insert(from, around.now);
        }
        cut_log(&mut seat.member);
    }

    /// Whether one who is a member no longer talks to one who knows it.
    fn is_stranger(&self, from: MemberId, to: MemberId) -> bool {
        let knows = |seat: &Seat| !seat.member.voters.contains(&from);
        self.removed.contains(&from)
            && !self.removed.contains(&to)
            && self.seats.get(&to).is_some_and(knows)
    }

    /// Those that have answered a leader since it looked last, and itself, are a majority, or it
    /// leads no longer.
    fn check_quorum(&mut self, id: MemberId, around: &mut Surroundings<'_>) {
        let Some(seat) = self.seats.get_mut(&id) else {
            return;
        };
        seat.check = None;
        let looked_at = SimTime(around.now.0.saturating_sub(ELECTION_TICKS * TICK_NS));
        let voters = seat.member.voters.iter();
        let active = voters.filter(|other| {
            **other == id
                || seat.contacts.contains(other)
                || seat
                    .answered_at
                    .get(other)
                    .is_some_and(|&at| at > looked_at)
        });
        let count = active.count();
        if seat.member.role == Role::Leader && !seat.member.is_majority(count) {
            seat.member.step_down();
        }
    }
}

impl Seat {
    /// Whether it does not listen to other candidates.
    fn has_lease(&self, now: SimTime, ticks: u64) -> bool {
        self.member.leader.is_some()
            && (self.member.role == Role::Leader
                || self.hears.is_some()
                || self.ticks.count(self.counts_from, now) < ticks)
    }

    /// Its own clock skips a pause.
    fn skip(&mut self, pause_ns: u64) {
        self.ticks = self.ticks.paused_for(pause_ns);
        self.counts_from = self.counts_from + pause_ns;
        self.leads_since = self.leads_since + pause_ns;
        for at in self.answered_at.values_mut() {
            *at = *at + pause_ns;
        }
        if let Some(since) = &mut self.leaderless_since {
            *since = *since + pause_ns;
        }
    }

    /// From now on nobody answers it: those that do have answered its last beat.
    fn note_silence(&mut self, now: SimTime) {
        let beat_at = self.ticks.last_at(now).max(self.wrote_at);
        for other in std::mem::take(&mut self.contacts) {
            self.answered_at.insert(other, beat_at);
            self.member.lose_step(other);
        }
    }
}

/// Leaves to the snapshot what nobody needs any more.
fn cut_log(member: &mut Member) {
    let (start, _) = member.log.snapshot();
    if member.commit >= start + SNAPSHOT_INTERVAL + KEPT_FOR_SLOW {
        member.log.compact(member.commit - KEPT_FOR_SLOW);
    }
}
