//! A whole swarm: the kernel, the leader's components and the agents, wired together.
//!
//! One thread, one clock. An event is processed, then every transaction that was committed on the
//! way is handed to the components in a fixed order: first its changes one by one, then the fact
//! that it is complete. Nothing upstream guarantees an order between components, so this one is as
//! legal as any (allocator, scheduler, constraint enforcer, reaper, orchestrators, dispatcher).
//!
//! The components of the leader are one value that is built from the store, as a new leader's are:
//! a change of leader replaces it (`managers`). `sessions` says through whom agents talk with it.

mod certificates;
mod expiry;
mod leader;
mod managers;
mod membership;
mod roles;
mod sessions;

pub use leader::Leader;
use sessions::{Sessions, Way};

use std::convert::Infallible;

use crate::agent::{Agent, Container, EngineEnd, Report};
use crate::ca::Signer;
use crate::collections::{BTreeMap, BTreeSet};
use crate::dispatcher::Assignments;
use crate::ids::{NodeId, TaskId};
use crate::kernel::{Event, Fingerprint, Kernel, Record, Settings, Timer, World};
use crate::mesh::Mesh;
use crate::raft::MemberId;
use crate::store::{Store, Transaction};
use crate::time::SimTime;
use crate::traffic::Traffic;

/// A swarm.
#[derive(Clone, Debug)]
pub struct Swarm {
    /// What everything stands on.
    pub kernel: Kernel,
    /// The components of the leading manager.
    pub leader: Leader,
    /// What nodes know of the backends of services.
    pub mesh: Mesh,
    /// Clients, and what becomes of their requests.
    pub traffic: Traffic,
    agents: Vec<Agent>,
    /// The member whose components they are.
    acting: Option<MemberId>,
    /// What its components would do if it had a majority.
    withheld: Vec<Event>,
    /// What leaders read that have been replaced and do not know it.
    copies: BTreeMap<MemberId, Store>,
    sessions: Sessions,
    /// Nodes whose processes do not run, and what they would do.
    frozen: BTreeSet<NodeId>,
    frozen_steps: BTreeMap<NodeId, Vec<Event>>,
    /// Writes that were waited for and are committed.
    written: Vec<u64>,
    /// Nodes whose managers want to join.
    joining: BTreeSet<NodeId>,
    /// When the leader looks at certificates next.
    certificate_check: Option<Timer>,
    /// How long certificates hold that are signed now, and before.
    signer: Signer,
    /// When nodes have got certificates of another root.
    signed_at: BTreeMap<NodeId, SimTime>,
}

impl Swarm {
    fn with(kernel: Kernel, leader: Leader) -> Self {
        Self {
            kernel,
            leader,
            mesh: Mesh::default(),
            traffic: Traffic::default(),
            agents: Vec::new(),
            acting: None,
            withheld: Vec::new(),
            copies: BTreeMap::new(),
            sessions: Sessions::default(),
            frozen: BTreeSet::new(),
            frozen_steps: BTreeMap::new(),
            written: Vec::new(),
            joining: BTreeSet::new(),
            certificate_check: None,
            signer: Signer::default(),
            signed_at: BTreeMap::new(),
        }
    }

    /// A swarm with an empty store.
    pub fn new(settings: Settings) -> Self {
        let mut kernel = Kernel::new(settings);
        let leader = Leader::start(&mut kernel);
        Self::with(kernel, leader)
    }

    /// A swarm that had a history before this run: `write` fills the store, then the leader takes
    /// over and finds everything there, as a new leader does.
    pub fn founded(settings: Settings, write: impl FnOnce(&mut Transaction<'_>)) -> Self {
        let mut kernel = Kernel::new(settings);
        let now = kernel.now;
        let Ok(()) = kernel.store.update(now, |tx| {
            write(tx);
            Ok::<_, Infallible>(())
        });
        while let Some(commit) = kernel.store.next_commit() {
            kernel.note_commit(&commit);
        }
        let leader = Leader::start(&mut kernel);
        let mut swarm = Self::with(kernel, leader);
        swarm.settle();
        swarm
    }

    /// Writes to the store as one transaction and hands it out, for whoever plays a part that is
    /// not taken by a component.
    pub fn write<R>(&mut self, write: impl FnOnce(&mut Transaction<'_>) -> R) -> R {
        let now = self.kernel.now;
        let Ok(result) = self
            .kernel
            .store
            .update(now, |tx| Ok::<_, Infallible>(write(tx)));
        self.settle();
        result
    }

    /// Replaces the leader's components by new ones that know only what is in the store.
    pub fn restart_leader(&mut self) {
        self.leader.stop(&mut self.kernel);
        self.leader = Leader::start(&mut self.kernel);
        self.settle();
    }

    /// Hands out what has been committed until nothing is left.
    pub fn settle(&mut self) {
        while let Some(commit) = self.kernel.store.next_commit() {
            self.kernel.note_commit(&commit);
            if let Some(leader) = self.acting {
                let now = self.kernel.now;
                self.kernel.raft.note_transaction(leader, now);
            }
            self.leader.on_commit(&mut self.kernel, &commit);
            self.watch_roles(&commit.changes);
        }
    }

    /// Processes everything that happens up to a moment and stands there.
    pub fn run_until(&mut self, moment: SimTime) {
        self.settle();
        while self.kernel.queue.next_at().is_some_and(|at| at <= moment) {
            self.step();
        }
        self.wait_until(moment);
    }

    /// Processes events until none is left that keeps a run alive, or `limit` is reached. Says
    /// whether none is left.
    pub fn run_until_idle(&mut self, limit: SimTime) -> bool {
        self.settle();
        while !self.kernel.queue.is_quiet() {
            if self.kernel.queue.next_at().is_none_or(|at| at > limit) {
                return false;
            }
            self.step();
        }
        true
    }

    /// The name of everything that has happened so far.
    pub fn fingerprint(&self) -> Fingerprint {
        self.kernel.trace.fingerprint()
    }

    /// What the agent of a node does at the moment.
    pub fn agent(&self, node: NodeId) -> Option<&Agent> {
        self.agents.get(node.index())
    }

    /// The container of a task, on the node that the task is assigned to.
    pub fn container(&self, task: TaskId) -> Option<&Container> {
        let node = self.kernel.store.task(task)?.node_id?;
        self.agent(node)?.container(task)
    }

    /// Whether the engine of a node answers.
    pub fn is_up(&self, node: NodeId) -> bool {
        self.agent(node).is_none_or(Agent::is_up)
    }

    /// Whether the machine of a node is on, whatever its engine does.
    pub fn has_power(&self, node: NodeId) -> bool {
        self.agent(node).is_none_or(Agent::has_power)
    }

    /// The engine of a node ends, and its machine stays on. False if it does not run.
    pub(crate) fn end_engine(&mut self, node: NodeId, how: EngineEnd) -> bool {
        self.agent_mut(node);
        if !self.agents[node.index()].end_engine(&mut self.kernel, how) {
            return false;
        }
        self.lose_process(node, true);
        true
    }

    /// A node loses its power: its agent and containers are gone at once. False if it has none.
    pub(crate) fn crash(&mut self, node: NodeId) -> bool {
        self.agent_mut(node);
        let Some(was_up) = self.agents[node.index()].crash(&mut self.kernel) else {
            return false;
        };
        self.lose_process(node, was_up);
        true
    }

    /// Agent and manager of a node are gone at once.
    fn lose_process(&mut self, node: NodeId, was_up: bool) {
        self.frozen.remove(&node);
        self.frozen_steps.remove(&node);
        if self.kernel.raft.is_empty() {
            if was_up {
                self.leader.lose(&mut self.kernel, node, 0);
            }
        } else {
            let (raft, mut around) = self.kernel.raft_mut();
            raft.crash(node, &mut around);
            self.hear_news();
        }
    }

    /// A node gets its power back. False if it has not lost it.
    pub(crate) fn recover(&mut self, node: NodeId) -> bool {
        self.agent_mut(node);
        self.agents[node.index()].recover(&mut self.kernel, node)
    }

    /// Kills the process of a task's container. False if there is none.
    pub(crate) fn kill(&mut self, node: NodeId, task: TaskId) -> bool {
        self.agent_mut(node);
        self.agents[node.index()].kill(&mut self.kernel, task)
    }

    /// The agent of a node, for what is done at the node itself.
    pub(crate) fn with_agent<R>(
        &mut self,
        node: NodeId,
        act: impl FnOnce(&mut Kernel, &mut Agent) -> R,
    ) -> R {
        self.agent_mut(node);
        act(&mut self.kernel, &mut self.agents[node.index()])
    }

    /// An engine is up again. If its manager is locked, nothing goes on before it is unlocked.
    fn boot(&mut self, node: NodeId) {
        if self.has_expired(node) || self.kernel.raft.wait_for_key(node) {
            self.agent_mut(node).power_on();
        } else {
            self.start_node(node);
        }
    }

    /// A node goes on with what it remembers, then hears what is wanted now.
    fn start_node(&mut self, node: NodeId) {
        self.agent_mut(node);
        let agent = &mut self.agents[node.index()];
        let reports = agent.on_booted(&mut self.kernel);
        if !self.kernel.raft.is_empty() {
            let (raft, mut around) = self.kernel.raft_mut();
            raft.restart(node, &mut around);
            self.hear_news();
        }
        if self.kernel.recorded_session(node).is_some() {
            return self.await_session(node);
        }
        if self.can_act() && self.begin_session(node) {
            self.report(node, reports);
        }
    }

    /// The manager of a node is told the key that it waits for.
    pub(crate) fn unlock(&mut self, node: NodeId) {
        self.kernel.raft.unlock(node);
        self.start_node(node);
        self.settle();
    }

    fn agent_mut(&mut self, node: NodeId) -> &mut Agent {
        let index = node.index();
        if index >= self.agents.len() {
            self.agents.resize_with(index + 1, Agent::default);
        }
        &mut self.agents[index]
    }

    /// What an agent reports reaches the leader if it has a session; otherwise it is reported when
    /// it has one.
    fn report(&mut self, node: NodeId, reports: Vec<Report>) {
        if reports.is_empty() || !self.has_session(node) {
            return;
        }
        match self.arrival(node, Way::ToLeader) {
            None => self.leader.report(&mut self.kernel, reports),
            Some(at) => {
                let event = Event::ReportsArrive { node, reports };
                self.kernel.queue.push(at, event);
            }
        }
    }

    /// An agent is told what has changed for it, as soon as that has come to it.
    fn tell(&mut self, node: NodeId, assignments: Assignments) {
        match self.arrival(node, Way::ToAgent) {
            None => self.deliver(node, &assignments),
            Some(at) => {
                let assignments = Box::new(assignments);
                let event = Event::AssignmentsArrive { node, assignments };
                self.kernel.queue.push(at, event);
            }
        }
    }

    /// Lets an event happen. What it commits has to be handed out afterwards ([`Swarm::settle`]).
    pub(crate) fn process(&mut self, event: Event) {
        if event.is_of_leader() && !self.can_act() {
            // Without a leader nobody is there who would do it later.
            if self.acting.is_some() {
                self.withheld.push(event);
            }
            return;
        }
        match event {
            Event::SendAssignments { node } => {
                let assignments = self.leader.take_assignments(&mut self.kernel, node);
                if let Some(assignments) = assignments
                    && self.has_session(node)
                {
                    self.tell(node, assignments);
                }
            }
            Event::AssignmentsArrive { node, assignments } => {
                if self.has_session(node) {
                    self.deliver(node, &assignments);
                }
            }
            Event::ReportsArrive { node, reports } => {
                if self.has_session(node) {
                    self.leader.report(&mut self.kernel, reports);
                }
            }
            Event::AgentStep { node, .. } if self.frozen.contains(&node) => {
                self.frozen_steps.entry(node).or_default().push(event);
            }
            Event::AgentStep { node, task } => {
                self.agent_mut(node);
                let agent = &mut self.agents[node.index()];
                let reports = agent.on_step(&mut self.kernel, task);
                self.report(node, reports);
            }
            Event::NodeBooted { node } => self.boot(node),
            Event::AgentRegisters { node } => self.on_registers(node),
            Event::ManagerStarts { node } => self.start_manager(node),
            Event::CheckRole { node } => self.check_role(node),
            Event::CheckCertificates => self.check_certificates(),
            Event::NewCertificate { node } => self.take_certificate(node),
            Event::Raft(event) => {
                let (raft, mut around) = self.kernel.raft_mut();
                raft.on_event(event, &mut around);
                self.hear_news();
            }
            timer => self.leader.on_timer(&mut self.kernel, &timer),
        }
    }

    /// An agent is told what has changed for it.
    fn deliver(&mut self, node: NodeId, assignments: &Assignments) {
        self.agent_mut(node);
        let agent = &mut self.agents[node.index()];
        // What is sent to a machine without power is lost.
        if !agent.is_up() {
            return;
        }
        for &task in &assignments.withdrawn {
            agent.withdraw(&mut self.kernel, task);
        }
        for task in &assignments.changed {
            let agent = &mut self.agents[node.index()];
            let reports = agent.assign(&mut self.kernel, node, task);
            self.report(node, reports);
        }
    }
}

impl World for Swarm {
    type Input = ();
    type Record = Record;

    fn now(&self) -> SimTime {
        self.kernel.now
    }

    fn next_at(&self) -> Option<SimTime> {
        self.kernel.queue.next_at()
    }

    fn step(&mut self) -> bool {
        let Some((at, event)) = self.kernel.queue.pop() else {
            return false;
        };
        self.kernel.now = at;
        self.process(event);
        self.settle();
        true
    }

    fn wait_until(&mut self, moment: SimTime) {
        self.kernel.now = self.kernel.now.max(moment);
    }

    fn apply(&mut self, (): ()) {}

    fn take_records(&mut self) -> Vec<Record> {
        self.kernel.trace.take_records()
    }

    fn record_count(&self) -> u64 {
        self.kernel.trace.count()
    }

    fn weight(&self) -> u64 {
        let store = &self.kernel.store;
        (store.task_count() + store.node_count()) as u64
    }
}
