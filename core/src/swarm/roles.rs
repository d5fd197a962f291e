//! Nodes that join, are promoted and demoted: what becomes of their membership.
//!
//! Upstream: `manager/role_manager.go`, `node/node.go` (superviseManager). A promotion gives the
//! node its role at once; its manager starts when the node has its new certificate, and joins. A
//! demotion takes the member out of raft first, and then the role; a leader that is demoted hands
//! its leadership over, and the next one finishes.
//!
//! Left out: the certificate's back-off when it comes with the old role.

use super::Swarm;
use crate::ids::NodeId;
use crate::kernel::{Event, Followed};
use crate::model::{Node, NodeRole};
use crate::raft::MemberId;
use crate::store::{Change, Delta};
use crate::time::{MILLISECOND, SECOND};

/// From a new role to what the node makes of it: the pause before the certificate is asked for. The
/// request is a change of the node, at which the leader looks at its role once more.
const CERTIFICATE_NS: u64 = 500 * MILLISECOND;
/// How often roles are looked at that could not be brought into line (`roleReconcileInterval`).
const RECONCILE_NS: u64 = 5 * SECOND;
/// How long a manager that is a member no longer waits for the certificate of a worker before it
/// starts again: twice `roleChangeTimeout`.
const REJOIN_NS: u64 = 2 * 16 * SECOND;

impl Swarm {
    /// Sees to what a change of a node means for the managers.
    pub(super) fn watch_roles(&mut self, changes: &[Change]) {
        self.watch_certificates(changes);
        for change in changes {
            match change {
                Change::Node(Delta::Created(node)) => {
                    self.found_session(node.id);
                    if node.role == NodeRole::Manager && !self.kernel.raft.is_empty() {
                        self.joining.insert(node.id);
                        self.admit();
                    }
                }
                Change::Node(Delta::Updated { old, new })
                    if old.spec.desired_role != new.spec.desired_role =>
                {
                    self.reconcile(new);
                }
                Change::Node(Delta::Deleted(node)) => {
                    self.sessions.forget(node.id);
                    self.joining.remove(&node.id);
                }
                Change::Cluster(Delta::Updated { old, new })
                    if old.unlock_key != new.unlock_key =>
                {
                    self.kernel.raft.lock_disks(new.unlock_key);
                }
                _ => {}
            }
        }
    }

    /// A new leader looks at every node.
    pub(super) fn reconcile_all(&mut self) {
        let nodes: Vec<_> = self.kernel.store.nodes().cloned().collect();
        for node in nodes {
            self.reconcile(&node);
        }
    }

    /// How long a node needs for a certificate and to join: the pause, and a round trip for each
    /// where the link to the leader is slow.
    fn certificate_ns(&self, node: NodeId) -> u64 {
        let leader = self.acting.and_then(|id| self.kernel.raft.seat_of(id));
        let way_ns = leader.map_or(0, |leader| self.kernel.network.extra_ns(node, leader.host));
        CERTIFICATE_NS.saturating_add(way_ns.saturating_mul(4))
    }

    /// Brings the role of a node closer to the one that is wanted.
    fn reconcile(&mut self, node: &Node) {
        if self.kernel.raft.is_empty() {
            return;
        }
        match node.spec.desired_role {
            NodeRole::Manager => {
                if node.role == NodeRole::Worker {
                    self.set_role(node.id, NodeRole::Manager);
                }
                // One that still takes itself for a member has to learn first that it is none.
                if self.kernel.raft.member_on(node.id).is_none() {
                    let event = Event::ManagerStarts { node: node.id };
                    self.kernel.after(self.certificate_ns(node.id), event);
                }
            }
            NodeRole::Worker => {
                self.joining.remove(&node.id);
                if let Some(member) = self.kernel.raft.membership_of(node.id) {
                    let event = Event::ManagerStarts { node: node.id };
                    self.kernel.after(self.certificate_ns(node.id), event);
                    self.evict(node.id, member);
                } else if node.role == NodeRole::Manager {
                    self.set_role(node.id, NodeRole::Worker);
                }
            }
        }
    }

    /// Takes a member out of raft, or lets the leader hand its leadership over first.
    fn evict(&mut self, node: NodeId, member: MemberId) {
        // What cannot be done now is done at a later look.
        let now = self.kernel.now;
        if self.kernel.raft.can_remove(member, now) {
            let (raft, mut around) = self.kernel.raft_mut();
            if raft.leader() == Some(member) {
                raft.transfer(member, &mut around);
            } else {
                raft.remove(member, &mut around);
            }
        }
        self.kernel.after(RECONCILE_NS, Event::CheckRole { node });
        self.hear_news();
    }

    /// The time to look at a role again has come.
    pub(super) fn check_role(&mut self, node: NodeId) {
        if !self.can_act() {
            return;
        }
        if let Some(node) = self.kernel.store.node(node).cloned()
            && node.role != node.spec.desired_role
        {
            self.reconcile(&node);
        }
    }

    /// A node has begun a session: if its manager is gone by now, it is a worker.
    pub(super) fn settle_role(&mut self, node: NodeId) {
        let known = self.kernel.store.node(node);
        let is_leftover = known.is_some_and(|node| {
            node.spec.desired_role == NodeRole::Worker && node.role == NodeRole::Manager
        });
        if is_leftover && !self.kernel.raft.is_empty() && !self.kernel.raft.is_member(node) {
            self.set_role(node, NodeRole::Worker);
        }
    }

    fn set_role(&mut self, node: NodeId, role: NodeRole) {
        let now = self.kernel.now;
        let Ok(()) = self.kernel.store.update(now, |tx| {
            tx.update_node(node, |node| node.role = role);
            Ok::<_, std::convert::Infallible>(())
        });
    }

    /// A manager has learned that it is a member no longer. If its role says that it should be one,
    /// it joins again after a while.
    pub(super) fn restart_manager(&mut self, node: NodeId) {
        let known = self.kernel.store.node(node);
        if known.is_some_and(|node| node.spec.desired_role == NodeRole::Manager) {
            self.kernel.after(REJOIN_NS, Event::ManagerStarts { node });
        }
    }

    /// A node asks for the certificate of its new role: a manager wants to join then, and one that
    /// is no member any more is a worker.
    pub(super) fn start_manager(&mut self, node: NodeId) {
        let is_wanted = self.kernel.store.node(node);
        let hostname = is_wanted.map_or("", |node| node.hostname());
        let is_stuck = |followed: &Followed| followed.is_stuck(hostname);
        if self.kernel.followed.as_ref().is_some_and(is_stuck) {
            // In the recording its engine hung over this.
            self.freeze(node);
            return;
        }
        if is_wanted.is_some_and(|node| node.spec.desired_role == NodeRole::Manager) {
            self.joining.insert(node);
            self.admit();
        } else if self.can_act() {
            self.settle_role(node);
        }
    }

    /// Lets those join that can: one after the other, each when the one before is a member.
    pub(super) fn admit(&mut self) {
        let waiting: Vec<NodeId> = self.joining.iter().copied().collect();
        for node in waiting {
            if self.kernel.raft.is_member(node) {
                self.joining.remove(&node);
                continue;
            }
            if self.kernel.raft.member_on(node).is_some() {
                continue;
            }
            let leader = self.acting.and_then(|id| self.kernel.raft.seat_of(id));
            let reaches =
                leader.is_some_and(|leader| self.kernel.network.connects(node, leader.host));
            if !self.can_act() || !reaches || !self.is_up(node) || self.is_frozen(node) {
                continue;
            }
            let (raft, mut around) = self.kernel.raft_mut();
            if raft.add(node, &mut around).is_some() {
                self.joining.remove(&node);
            }
        }
    }
}
