//! The sessions of agents: through which manager a node talks with the leader, and what happens
//! when it cannot.
//!
//! Upstream: `agent/session.go`, `agent/agent.go` (back-off), `connectionbroker/broker.go`. A node
//! that runs a manager talks through it; a worker through any manager, which hands the calls on to
//! the leader. A connection that breaks is noticed at once; one that falls silent at the next
//! heartbeat, which is not answered. Then the agent tries again, at growing intervals, and begins a
//! session with the first manager that knows the leader.
//!
//! What is said in a session takes as much longer than usual as the links on its way do; the usual
//! time is part of the measured durations.
//!
//! Left out: the weights of managers that did not answer. A worker takes any manager that can
//! help, every one equally likely, and an attempt with one that cannot costs no time of its own.

use super::Swarm;
use crate::collections::BTreeMap;
use crate::ids::NodeId;
use crate::kernel::{Event, Timer};
use crate::raft::{MemberId, Process};
use crate::time::{MILLISECOND, SECOND, SimTime};

/// The first wait of an agent without a session, and what each adds (`initialSessionFailureBackoff`).
const BACKOFF_MIN_NS: u64 = 100 * MILLISECOND;
/// The longest wait (`maxSessionFailureBackoff`).
const BACKOFF_MAX_NS: u64 = 8 * SECOND;
/// How long a heartbeat may take (`dispatcherRPCTimeout`).
const CALL_TIMEOUT_NS: u64 = 5 * SECOND;

/// How an agent stands with the leader.
#[derive(Clone, Debug)]
enum Session {
    /// It has a session, through this manager.
    Held(MemberId),
    /// It had one through this manager, and has yet to notice that it is broken.
    Silent(MemberId, SimTime),
    /// It looks for a manager.
    Seeks { since: SimTime, next: Option<Timer> },
}

/// The sessions of all nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Sessions {
    of: BTreeMap<NodeId, Session>,
    /// Nodes with slow links: when what was sent last arrives, each way. Nothing overtakes.
    on_the_way: BTreeMap<(NodeId, Way), SimTime>,
}

/// Which way something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// From an agent to the leader.
    ToLeader,
    /// From the leader to an agent.
    ToAgent,
}

impl Sessions {
    pub(super) fn forget(&mut self, node: NodeId) {
        self.of.remove(&node);
    }
}

/// How a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Break {
    /// The other side says so, or its process is known to be gone.
    Clean,
    /// Nothing comes any more.
    Silent,
}

impl Swarm {
    /// Whether calls of a node reach the acting leader through a manager.
    fn has_route(&self, node: NodeId, via: MemberId) -> bool {
        let raft = &self.kernel.raft;
        let (Some(leader), Some(seat)) = (self.acting, raft.seat_of(via)) else {
            return false;
        };
        let runs = |member| {
            let seat = raft.seat_of(member);
            seat.is_some_and(|seat| seat.process == Process::Runs)
        };
        self.is_up(node)
            && !self.is_frozen(node)
            && self.kernel.network.connects(node, seat.host)
            && runs(via)
            && runs(leader)
            && (via == leader || (seat.member.leader == Some(leader) && raft.connects(via, leader)))
    }

    /// How much longer than usual something takes between a node and the leader, by a manager.
    fn distance_ns(&self, node: NodeId, via: MemberId) -> u64 {
        let raft = &self.kernel.raft;
        let (Some(seat), Some(leader)) = (
            raft.seat_of(via),
            self.acting.and_then(|id| raft.seat_of(id)),
        ) else {
            return 0;
        };
        let network = &self.kernel.network;
        let first_ns = network.extra_ns(node, seat.host);
        first_ns.saturating_add(network.extra_ns(seat.host, leader.host))
    }

    /// When something arrives that is sent in the session of a node; absent if that is now.
    pub(super) fn arrival(&mut self, node: NodeId, way: Way) -> Option<SimTime> {
        let distance_ns = match self.sessions.of.get(&node) {
            Some(Session::Held(via)) => self.distance_ns(node, *via),
            _ => 0,
        };
        let now = self.kernel.now;
        let before = self.sessions.on_the_way.remove(&(node, way));
        let at = before.unwrap_or(now).max(now + distance_ns);
        if at == now {
            return None;
        }
        self.sessions.on_the_way.insert((node, way), at);
        Some(at)
    }

    /// The managers through which a node could talk with the leader.
    fn routes(&self, node: NodeId) -> Vec<MemberId> {
        let raft = &self.kernel.raft;
        if raft.awaited_key(node).is_some() || self.kernel.expired.contains_key(&node) {
            return Vec::new();
        }
        // Where a manager runs, the agent talks with no other one. When that one finds the leader
        // again is chance, which a recording does not tell: it tells when the agent was back.
        if let Some(own) = raft.member_on(node)
            && raft
                .seat_of(own)
                .is_some_and(|seat| seat.process == Process::Runs)
        {
            let has_own = self.has_route(node, own);
            if has_own || self.kernel.followed.is_none() {
                return has_own.then_some(own).into_iter().collect();
            }
        }
        let managers = raft.seats().map(|(id, _)| id);
        managers.filter(|&id| self.has_route(node, id)).collect()
    }

    /// Whether a node has a session with the acting leader.
    pub(super) fn has_session(&self, node: NodeId) -> bool {
        self.kernel.raft.is_empty() || matches!(self.sessions.of.get(&node), Some(Session::Held(_)))
    }

    /// Since when a node has had no session.
    pub(super) fn away_since(&self, node: NodeId) -> Option<SimTime> {
        match self.sessions.of.get(&node)? {
            Session::Held(_) => None,
            Session::Silent(_, since) | Session::Seeks { since, .. } => Some(*since),
        }
    }

    /// The nodes that have no session.
    pub(super) fn away(&self) -> Vec<NodeId> {
        let nodes = self.sessions.of.keys().copied();
        nodes
            .filter(|&node| self.away_since(node).is_some())
            .collect()
    }

    /// A new node of a swarm that exists: it has a session at once.
    pub(super) fn found_session(&mut self, node: NodeId) {
        if self.kernel.raft.is_empty() || self.sessions.of.contains_key(&node) {
            return;
        }
        let session = match self.choose_route(node) {
            Some(via) => Session::Held(via),
            None => Session::Seeks {
                since: self.kernel.now,
                next: None,
            },
        };
        self.sessions.of.insert(node, session);
    }

    fn choose_route(&mut self, node: NodeId) -> Option<MemberId> {
        let routes = self.routes(node);
        let pick = match routes.len() {
            0 | 1 => 0,
            count => self.kernel.streams.raft.below(count as u64),
        };
        routes.get(usize::try_from(pick).unwrap_or(0)).copied()
    }

    /// Every session ends: there is another leader, or none.
    pub(super) fn end_sessions(&mut self, how: Break) {
        let nodes: Vec<NodeId> = self.sessions.of.keys().copied().collect();
        for node in nodes {
            let noticed_at = match how {
                Break::Clean => self.kernel.now,
                Break::Silent => self.noticed_at(),
            };
            if let Some(session) = self.sessions.of.get_mut(&node) {
                let since = match *session {
                    Session::Held(_) => noticed_at,
                    Session::Silent(_, since) => since,
                    Session::Seeks { since, next } => {
                        if let Some(timer) = next {
                            self.kernel.queue.cancel(timer);
                        }
                        since
                    }
                };
                *session = Session::Seeks { since, next: None };
            }
        }
    }

    /// When an agent whose calls are not answered any more notices it.
    fn noticed_at(&mut self) -> SimTime {
        let config = &self.kernel.store.cluster().spec.dispatcher;
        let period_ns = u64::try_from(config.heartbeat_period_ns).unwrap_or(0);
        let elapsed_ns = self.kernel.streams.raft.below(period_ns);
        self.kernel.now + elapsed_ns + CALL_TIMEOUT_NS
    }

    /// Sees which sessions are broken, and which can be had again.
    pub(super) fn refresh_sessions(&mut self) {
        if self.kernel.raft.is_empty() {
            return;
        }
        let nodes: Vec<NodeId> = self.sessions.of.keys().copied().collect();
        for node in nodes {
            self.refresh_session(node);
        }
    }

    fn refresh_session(&mut self, node: NodeId) {
        let Some(session) = self.sessions.of.get(&node).cloned() else {
            return;
        };
        let now = self.kernel.now;
        match session {
            Session::Held(via) => {
                if self.has_route(node, via) {
                    return;
                }
                let round_trip_ns = self.distance_ns(node, via).saturating_mul(2);
                self.leader.lose(&mut self.kernel, node, round_trip_ns);
                let since = if self.is_up(node) {
                    self.noticed_at()
                } else {
                    now
                };
                let session = Session::Silent(via, since);
                self.sessions.of.insert(node, session);
                self.seek(node, since);
            }
            Session::Silent(via, since) => {
                if self.has_route(node, via) && self.leader.resume(&mut self.kernel, node) {
                    self.sessions.of.insert(node, Session::Held(via));
                } else {
                    self.seek(node, since);
                }
            }
            Session::Seeks { since, .. } => self.seek(node, since),
        }
    }

    /// An agent tries again as soon as it can succeed.
    fn seek(&mut self, node: NodeId, since: SimTime) {
        let now = self.kernel.now;
        let can = self.is_up(node) && !self.is_frozen(node) && !self.routes(node).is_empty();
        let session = self.sessions.of.get(&node);
        let waits = match session {
            Some(Session::Seeks { next, .. }) => *next,
            _ => None,
        };
        if !can {
            if let Some(timer) = waits {
                self.kernel.queue.cancel(timer);
            }
            if !matches!(session, Some(Session::Silent(..))) {
                let next = None;
                self.sessions
                    .of
                    .insert(node, Session::Seeks { since, next });
            }
            return;
        }
        if waits.is_some() {
            return;
        }
        let elapsed_ns = now.since(since);
        let backoff_ns = BACKOFF_MIN_NS.saturating_add(elapsed_ns.saturating_mul(5) / 2);
        let wait_ns = self
            .kernel
            .streams
            .raft
            .below(backoff_ns.min(BACKOFF_MAX_NS));
        let routes = self.routes(node);
        let way_ns = routes.first().map_or(0, |&via| self.distance_ns(node, via));
        let recorded = self.kernel.recorded_session(node);
        let at = recorded.unwrap_or(now.max(since) + wait_ns + way_ns);
        let timer = self.kernel.queue.push(at, Event::AgentRegisters { node });
        let next = Some(timer);
        self.sessions
            .of
            .insert(node, Session::Seeks { since, next });
    }

    /// An agent tries to begin a session.
    pub(super) fn on_registers(&mut self, node: NodeId) {
        if let Some(Session::Seeks { next, .. }) = self.sessions.of.get_mut(&node) {
            *next = None;
        }
        if self.kernel.store.node(node).is_none() {
            return self.sessions.forget(node);
        }
        if !self.can_act() || !self.take_up_session(node) {
            self.refresh_session(node);
            return;
        }
        let reports = self.agent_mut(node).report_all(node);
        self.report(node, reports);
    }

    /// A node begins a session, if the leader can be reached at once.
    pub(super) fn begin_session(&mut self, node: NodeId) -> bool {
        let routes = self.routes(node);
        let is_far = routes
            .first()
            .is_some_and(|&via| self.distance_ns(node, via) > 0);
        if is_far {
            let since = self.kernel.now;
            self.sessions
                .of
                .insert(node, Session::Seeks { since, next: None });
            self.seek(node, since);
            return false;
        }
        self.take_up_session(node)
    }

    /// A node that has no session begins one as soon as it can.
    pub(super) fn await_session(&mut self, node: NodeId) {
        let since = self.kernel.now;
        self.sessions
            .of
            .entry(node)
            .or_insert(Session::Seeks { since, next: None });
        self.refresh_session(node);
    }

    /// A node begins a session, if the leader can be reached. It hears all that is wanted of it.
    fn take_up_session(&mut self, node: NodeId) -> bool {
        if self.has_expired(node) {
            return false;
        }
        if self.kernel.store.node(node).is_none() {
            self.sessions.forget(node);
            return false;
        }
        if !self.kernel.raft.is_empty() {
            if let Some(Session::Seeks { next, .. }) = self.sessions.of.get_mut(&node)
                && let Some(timer) = next.take()
            {
                self.kernel.queue.cancel(timer);
            }
            let Some(via) = self.choose_route(node).filter(|_| self.can_act()) else {
                let since = self.kernel.now;
                let next = None;
                let session = Session::Seeks { since, next };
                self.sessions.of.insert(node, session);
                return false;
            };
            self.sessions.of.insert(node, Session::Held(via));
            self.settle_role(node);
            self.ask_for_certificate(node);
            self.tell_root(node);
        }
        if let Some(assignments) = self.leader.register(&mut self.kernel, node) {
            let index = node.index();
            self.agent_mut(node);
            self.agents[index].keep_only(&mut self.kernel, &assignments.changed);
            self.tell(node, assignments);
        }
        true
    }
}
