//! After every change: what is sent, who hears whom, which timers wait, what is new.

use super::{Group, News, Process, RaftEvent, Surroundings};
use crate::kernel::Timer;
use crate::raft::{ELECTION_TICKS, MemberId, Payload, Role};
use crate::time::SimTime;

impl Group {
    /// The network has changed.
    pub fn on_network(&mut self, around: &mut Surroundings<'_>) {
        self.flush(around);
    }

    /// Sends what members have to say and sees to everything that follows.
    pub(super) fn flush(&mut self, around: &mut Surroundings<'_>) {
        self.refresh_lines(around);
        loop {
            self.note_resets(around);
            self.refresh_hearing(around);
            self.send_all(around);
            if !self.apply_all(around) {
                break;
            }
            self.refresh_lines(around);
        }
        self.refresh(around);
    }

    fn send_all(&mut self, around: &mut Surroundings<'_>) {
        let ids: Vec<MemberId> = self.seats.keys().copied().collect();
        for id in ids {
            let Some(seat) = self.seats.get_mut(&id) else {
                continue;
            };
            let (host, runs) = (seat.host, seat.process == Process::Runs);
            for envelope in seat.member.take_outbox() {
                let Some(to) = self.seats.get(&envelope.to) else {
                    continue;
                };
                // What cannot be sent is lost; the next beat makes up for it.
                if runs && self.is_up(id, envelope.to) {
                    let latency_ns = around.network.latency_ns(host, to.host);
                    let event = RaftEvent::Arrives(Box::new(envelope));
                    around.push(around.now + latency_ns, event);
                }
            }
        }
    }

    /// Handles what members have applied. Says whether anything may follow from it.
    fn apply_all(&mut self, around: &mut Surroundings<'_>) -> bool {
        let mut applied = Vec::new();
        for (&id, seat) in &mut self.seats {
            let is_leader = seat.member.role == Role::Leader;
            let said = seat.member.take_applied();
            applied.extend(
                said.into_iter()
                    .map(|(_, payload)| (id, is_leader, payload)),
            );
        }
        let has_more = !applied.is_empty();
        for (id, is_leader, payload) in applied {
            match payload {
                Payload::Add(member) if is_leader => self.news.push(News::Added(member)),
                Payload::Write(number) if is_leader => self.news.push(News::Written(number)),
                Payload::Remove(member) if is_leader || member == id => {
                    self.removed.insert(member);
                }
                _ => {}
            }
        }
        self.dismiss_removed(around) || has_more
    }

    /// A removed member learns that it is one no longer from its own log, or from the first of the
    /// others that it talks to. Says whether one did.
    fn dismiss_removed(&mut self, around: &mut Surroundings<'_>) -> bool {
        let knows = |id: &MemberId| {
            let seat = self.seats.get(id);
            seat.is_some_and(|seat| {
                seat.process == Process::Runs
                    && (self.told.contains(id) || !seat.member.voters.contains(id))
            })
        };
        let dismissed: Vec<MemberId> = self.removed.iter().copied().filter(knows).collect();
        for &id in &dismissed {
            if let Some(mut seat) = self.seats.remove(&id) {
                around.cancel(&mut seat.election);
                around.cancel(&mut seat.check);
                around.cancel(&mut seat.beat);
                if seat.is_announced {
                    self.news.push(News::LeadsNoLonger(id));
                }
                self.news.push(News::Removed(id, seat.host));
            }
        }
        !dismissed.is_empty()
    }

    /// A new role or term: the timeout is drawn anew, and counting begins.
    fn note_resets(&mut self, around: &mut Surroundings<'_>) {
        for (&id, seat) in &mut self.seats {
            if seat.member.take_reset() {
                if seat.member.role == Role::Candidate {
                    self.news.push(News::Campaigns(id));
                }
                seat.timeout_ticks = ELECTION_TICKS + around.stream.below(ELECTION_TICKS);
                seat.counts_from = around.now;
                seat.leads_since = around.now;
                seat.answered_at.clear();
                seat.contacts.clear();
            }
        }
    }

    /// Whom a member hears at the moment.
    fn heard_by(&self, id: MemberId) -> Option<MemberId> {
        let seat = self.seats.get(&id)?;
        let leader = seat.member.leader.filter(|&leader| leader != id)?;
        let of_leader = &self.seats.get(&leader)?;
        let is_heard = seat.process == Process::Runs
            && of_leader.process == Process::Runs
            && of_leader.member.role == Role::Leader
            && of_leader.member.term == seat.member.term
            && of_leader.member.progress.contains_key(&id)
            && self.is_proven(leader, id);
        is_heard.then_some(leader)
    }

    fn refresh_hearing(&mut self, around: &Surroundings<'_>) {
        let ids: Vec<MemberId> = self.seats.keys().copied().collect();
        for &id in &ids {
            let heard = self.heard_by(id);
            let before = self.seats.get(&id).and_then(|seat| seat.hears);
            if before == heard {
                continue;
            }
            // It counts from the last thing that it heard.
            let leader = before.and_then(|leader| self.seats.get(&leader));
            let beat_at = leader.map(|leader| {
                let sent_at = leader.ticks.last_at(around.now).max(leader.wrote_at);
                let host = self.seats.get(&id).map_or(leader.host, |seat| seat.host);
                sent_at + around.network.extra_ns(leader.host, host)
            });
            if let Some(seat) = self.seats.get_mut(&id) {
                seat.counts_from = seat.counts_from.max(beat_at.unwrap_or(SimTime::ZERO));
                seat.hears = heard;
            }
        }
        for &id in &ids {
            self.refresh_contacts(id, &ids, around);
        }
    }

    fn refresh_contacts(&mut self, id: MemberId, ids: &[MemberId], around: &Surroundings<'_>) {
        let answers = |other: &MemberId| {
            let seat = self.seats.get(other);
            seat.is_some_and(|seat| seat.hears == Some(id)) && self.is_proven(*other, id)
        };
        let answering: Vec<MemberId> = ids.iter().copied().filter(answers).collect();
        let Some(seat) = self.seats.get_mut(&id) else {
            return;
        };
        if seat.member.role != Role::Leader {
            seat.contacts.clear();
            return;
        }
        let beat_at = seat.ticks.last_at(around.now).max(seat.wrote_at);
        let lost: Vec<MemberId> = seat
            .contacts
            .iter()
            .copied()
            .filter(|other| !answering.contains(other))
            .collect();
        for other in lost {
            seat.contacts.remove(&other);
            seat.answered_at.insert(other, beat_at);
            seat.member.lose_step(other);
        }
        seat.contacts.extend(answering);
    }

    /// Those that a leader can send to and that do not yet know all that it knows: for them its
    /// beats are events.
    pub(super) fn laggards(&self, leader: MemberId) -> Vec<MemberId> {
        let Some(seat) = self.seats.get(&leader) else {
            return Vec::new();
        };
        let lags = |other: &MemberId| {
            let progress = seat.member.progress.get(other);
            let commit = self.seats.get(other).map(|seat| seat.member.commit);
            self.is_up(leader, *other)
                && commit.is_some()
                && !(seat.contacts.contains(other)
                    && progress.is_some_and(|progress| progress.is_in_step)
                    && commit == Some(seat.member.commit))
        };
        let others = seat.member.progress.keys().copied();
        others.filter(lags).collect()
    }

    /// Arms and takes back timers, and says what is new.
    pub(super) fn refresh(&mut self, around: &mut Surroundings<'_>) {
        self.note_resets(around);
        self.refresh_hearing(around);
        let ids: Vec<MemberId> = self.seats.keys().copied().collect();
        for id in ids {
            let is_needed = !self.laggards(id).is_empty();
            if let Some(seat) = self.seats.get_mut(&id) {
                let leads = seat.process == Process::Runs && seat.member.role == Role::Leader;
                let at = seat.ticks.nth_after(around.now, 1);
                let at = (is_needed && leads).then_some(at);
                set(around, &mut seat.beat, at, RaftEvent::Beat(id));
            }
        }
        for (&id, seat) in &mut self.seats {
            let runs = seat.process == Process::Runs;
            let is_leader = runs && seat.member.role == Role::Leader;
            let waits =
                runs && !is_leader && seat.hears.is_none() && seat.member.voters.contains(&id);
            let after = |ticks| seat.ticks.nth_after(seat.counts_from, ticks);
            let recorded = around.elections.filter(|_| waits).and_then(|elections| {
                let range = [after(ELECTION_TICKS), after(2 * ELECTION_TICKS - 1)];
                elections.campaign_at(seat.host, around.now, range)
            });
            let silence_at = recorded.unwrap_or_else(|| after(seat.timeout_ticks));
            let event = RaftEvent::Silence(id);
            set(
                around,
                &mut seat.election,
                waits.then_some(silence_at),
                event,
            );

            let has_majority = seat.member.is_majority(seat.contacts.len() + 1);
            let check_at = (is_leader && !has_majority).then(|| {
                let counted = seat.ticks.count(seat.leads_since, around.now);
                let next = (counted / ELECTION_TICKS + 1) * ELECTION_TICKS;
                seat.ticks.nth_after(seat.leads_since, next)
            });
            set(
                around,
                &mut seat.check,
                check_at,
                RaftEvent::CheckQuorum(id),
            );

            match (runs, seat.member.leader) {
                (true, None) => {
                    seat.leaderless_since.get_or_insert(around.now);
                }
                (true, Some(_)) => seat.leaderless_since = None,
                (false, _) => {}
            }
            // Of those who are members no longer none leads the swarm, even if they find a majority
            // among themselves.
            let is_leading = seat.process != Process::Gone
                && seat.member.is_established()
                && !self.removed.contains(&id);
            if is_leading != seat.is_announced {
                seat.is_announced = is_leading;
                self.news.push(if is_leading {
                    News::Leads(id)
                } else {
                    News::LeadsNoLonger(id)
                });
            }
        }
    }
}

/// Lets a timer wait for a moment, or for none.
fn set(
    around: &mut Surroundings<'_>,
    timer: &mut Option<Timer>,
    at: Option<SimTime>,
    event: RaftEvent,
) {
    let Some(at) = at else {
        return around.cancel(timer);
    };
    let at = at.max(around.now);
    if timer.is_none_or(|timer| timer.at() != at) {
        around.cancel(timer);
        *timer = Some(around.push(at, event));
    }
}
