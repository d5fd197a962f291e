//! Which manager leads, and what becomes of the leader's components when that changes.
//!
//! Upstream: `manager/manager.go` handleLeadershipEvents, becomeLeader, becomeFollower.
//!
//! The components are those of the *acting* leader: the announced one of the latest term. While it
//! has no majority in step it cannot write. Upstream a component that writes then waits for the
//! commit, and all others for it; here everything that would make a component act is kept back.
//! When the majority is back it happens; when the leader steps down, or another one takes over, it
//! is lost with the components, and the next leader builds its own from the store.
//!
//! A leader that was cut off while another took over believes for a while that it leads. What can
//! be read from it is its copy of the store ([`Swarm::copy_of`]).

use super::sessions::Break;
use super::{Leader, Swarm};
use crate::ids::NodeId;
use crate::kernel::{RaftStep, What};
use crate::raft::{MemberId, News, Payload, Process, Role};
use crate::store::Store;

impl Swarm {
    /// Makes the managers that a swarm has from its beginning; the first of them leads.
    pub(crate) fn found_managers(&mut self, hosts: &[NodeId]) {
        let (raft, mut around) = self.kernel.raft_mut();
        let group = crate::raft::Group::founded(hosts, &mut around);
        *raft = group;
        self.acting = self.kernel.raft.leader();
        self.set_signer();
        self.kernel.raft.take_news();
        let nodes: Vec<NodeId> = self.kernel.store.nodes().map(|node| node.id).collect();
        for node in nodes {
            self.found_session(node);
        }
    }

    /// The member whose components act.
    pub fn acting(&self) -> Option<MemberId> {
        self.acting
    }

    /// Whether the acting leader's components may write. A swarm without managers, as tests of
    /// components make it, always writes.
    pub fn can_act(&self) -> bool {
        self.kernel.raft.is_empty()
            || self
                .acting
                .is_some_and(|leader| self.kernel.raft.can_write(leader))
    }

    /// What a manager reads that was cut off while it led, and still believes to lead.
    pub fn copy_of(&self, member: MemberId) -> Option<&Store> {
        self.copies.get(&member)
    }

    /// Writes that their writers waited for and that have been committed since the last call.
    pub(crate) fn take_written(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.written)
    }

    /// A leader without majority puts a write into its log, where its fate is open. One is written
    /// after the other: false if another waits already.
    pub(crate) fn hold_write(&mut self, leader: MemberId, number: u64) -> bool {
        let seat = self.kernel.raft.seat_of(leader);
        let is_first = seat.is_some_and(|seat| {
            let open = seat.member.log.payloads_from(seat.member.commit + 1);
            !open
                .into_iter()
                .any(|(_, payload)| matches!(payload, Payload::Write(_)))
        });
        if !is_first || !self.withheld.is_empty() {
            return false;
        }
        let (raft, mut around) = self.kernel.raft_mut();
        let held = raft.propose(leader, Payload::Write(number), &mut around);
        self.hear_news();
        held.is_some()
    }

    /// The network has changed.
    pub(crate) fn on_network(&mut self) {
        self.look_for_expired();
        let (raft, mut around) = self.kernel.raft_mut();
        raft.on_network(&mut around);
        self.hear_news();
    }

    /// A process on a node stops to run, and keeps all it has. False if it does not run.
    pub(crate) fn freeze(&mut self, node: NodeId) -> bool {
        if !self.is_up(node) || !self.frozen.insert(node) {
            return false;
        }
        let (raft, mut around) = self.kernel.raft_mut();
        raft.freeze(node, &mut around);
        self.hear_news();
        true
    }

    /// It goes on. False if it was not frozen.
    pub(crate) fn thaw(&mut self, node: NodeId) -> bool {
        if !self.frozen.remove(&node) {
            return false;
        }
        let (raft, mut around) = self.kernel.raft_mut();
        raft.thaw(node, &mut around);
        self.hear_news();
        for event in self.frozen_steps.remove(&node).unwrap_or_default() {
            self.kernel.after(0, event);
        }
        true
    }

    /// Whether the engine of a node is frozen.
    pub fn is_frozen(&self, node: NodeId) -> bool {
        self.frozen.contains(&node)
    }

    /// Sees to everything that follows from what has happened among the managers.
    pub(super) fn hear_news(&mut self) {
        for news in self.kernel.raft.take_news() {
            match news {
                News::Campaigns(member) => self.note_raft(member, RaftStep::Campaigns),
                News::Leads(member) => {
                    self.note_raft(member, RaftStep::Leads);
                    self.take_over(member);
                }
                News::LeadsNoLonger(member) => {
                    self.note_raft(member, RaftStep::StepsDown);
                    self.copies.remove(&member);
                    if self.acting == Some(member) {
                        let is_gone = self
                            .kernel
                            .raft
                            .seat_of(member)
                            .is_none_or(|seat| seat.process == Process::Gone);
                        self.lose_leader(if is_gone { Break::Silent } else { Break::Clean });
                    }
                }
                News::Written(number) => self.written.push(number),
                News::Added(_) => {}
                News::Removed(member, host) => {
                    self.copies.remove(&member);
                    self.restart_manager(host);
                }
            }
        }
        // Those that have caught up know the present key, too.
        let key = self.kernel.store.cluster().unlock_key;
        self.kernel.raft.lock_disks(key);
        self.refresh_sessions();
        if self.can_act() {
            self.admit();
            for event in std::mem::take(&mut self.withheld) {
                self.kernel.after(0, event);
            }
        }
    }

    /// Takes what a manager does about who leads into the trace. The end of its process says all
    /// about itself.
    fn note_raft(&mut self, member: MemberId, step: RaftStep) {
        let kernel = &mut self.kernel;
        if let Some(seat) = kernel.raft.seat_of(member)
            && seat.process != Process::Gone
        {
            let (node, term) = (seat.host, seat.member.term);
            let what = What::Raft { node, term, step };
            kernel.trace.record(kernel.now, what);
        }
    }

    fn lose_leader(&mut self, how: Break) {
        self.leader.stop(&mut self.kernel);
        self.leader = Leader::none();
        self.kernel.queue.retain(|event| !event.is_of_leader());
        self.withheld.clear();
        self.acting = None;
        self.end_sessions(how);
    }

    fn take_over(&mut self, member: MemberId) {
        if self.acting == Some(member) {
            return;
        }
        if let Some(old) = self.acting {
            let seat = self.kernel.raft.seat_of(old);
            if seat.is_some_and(|seat| seat.member.role == Role::Leader) {
                self.copies.insert(old, self.kernel.store.clone());
            }
            self.lose_leader(Break::Silent);
        }
        self.acting = Some(member);
        self.leader = Leader::start(&mut self.kernel);
        self.leader.take_over(&mut self.kernel);
        self.reconcile_all();
        self.take_over_certificates();
        self.set_signer();
    }
}
