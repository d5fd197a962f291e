//! The components of the leading manager (`manager/manager.go` becomeLeader).

use crate::agent::Report;
use crate::allocator::Allocator;
use crate::dispatcher::{Assignments, Dispatcher};
use crate::ids::NodeId;
use crate::kernel::{Event, Kernel};
use crate::orchestrator::global::GlobalOrchestrator;
use crate::orchestrator::jobs::JobsOrchestrator;
use crate::orchestrator::replicated::ReplicatedOrchestrator;
use crate::orchestrator::restart::RestartSupervisor;
use crate::orchestrator::task_reaper::TaskReaper;
use crate::orchestrator::update::UpdateSupervisor;
use crate::orchestrator::{constraint_enforcer, volume_enforcer};
use crate::scheduler::Scheduler;
use crate::store::Commit;

/// The components, each absent if it takes no part in the run. All their knowledge comes from the
/// store, or is lost with them as it is upstream.
#[derive(Clone, Debug)]
pub struct Leader {
    /// Makes tasks ready to be scheduled.
    pub allocator: Option<Allocator>,
    /// Places tasks.
    pub scheduler: Option<Scheduler>,
    /// Deletes tasks.
    pub reaper: Option<TaskReaper>,
    /// Keeps replicated services.
    pub replicated: Option<ReplicatedOrchestrator>,
    /// Runs jobs.
    pub jobs: Option<JobsOrchestrator>,
    /// Keeps global services.
    pub global: Option<GlobalOrchestrator>,
    /// Talks with the agents.
    pub dispatcher: Option<Dispatcher>,
}

impl Leader {
    /// No components at all: nobody leads.
    pub fn none() -> Self {
        Self {
            allocator: None,
            scheduler: None,
            reaper: None,
            replicated: None,
            jobs: None,
            global: None,
            dispatcher: None,
        }
    }

    /// Builds all components from the store.
    pub fn start(kernel: &mut Kernel) -> Self {
        let parts = kernel.settings.components;
        if parts.orchestrators {
            constraint_enforcer::start(kernel);
            volume_enforcer::start(kernel);
        }
        Self {
            replicated: parts
                .orchestrators
                .then(|| ReplicatedOrchestrator::start(kernel)),
            jobs: parts.orchestrators.then(|| JobsOrchestrator::start(kernel)),
            global: parts
                .orchestrators
                .then(|| GlobalOrchestrator::start(kernel)),
            reaper: parts.reaper.then(|| TaskReaper::start(kernel)),
            scheduler: parts.scheduler.then(|| Scheduler::start(kernel)),
            allocator: parts.allocator.then(|| Allocator::start(kernel)),
            dispatcher: parts.agents.then(|| Dispatcher::start(kernel)),
        }
    }

    /// Takes back the timers of components that go: a manager is leader no longer.
    pub fn stop(&mut self, kernel: &mut Kernel) {
        for restart in self.restart_supervisors() {
            restart.stop(&mut kernel.queue);
        }
        for (_, updates) in self.update_supervisors() {
            updates.stop(&mut kernel.queue);
        }
        if let Some(reaper) = &mut self.reaper {
            reaper.stop(kernel);
        }
    }

    /// A delayed start is known to one of them.
    fn restart_supervisors(&mut self) -> impl Iterator<Item = &mut RestartSupervisor> {
        let replicated = self.replicated.iter_mut().map(|part| &mut part.restart);
        let jobs = self.jobs.iter_mut().map(|part| &mut part.restart);
        let global = self.global.iter_mut().map(|part| &mut part.restart);
        replicated.chain(jobs).chain(global)
    }

    /// The orchestrators that update services, by their supervisors. An update is known to one.
    fn update_supervisors(
        &mut self,
    ) -> impl Iterator<Item = (&mut RestartSupervisor, &mut UpdateSupervisor)> {
        let replicated = self.replicated.iter_mut();
        let replicated = replicated.map(|part| (&mut part.restart, &mut part.updates));
        let global = self.global.iter_mut();
        replicated.chain(global.map(|part| (&mut part.restart, &mut part.updates)))
    }

    /// A delayed start may be over that a worker of an update waits for.
    fn advance_updates(&mut self, kernel: &mut Kernel) {
        for (restart, updates) in self.update_supervisors() {
            updates.advance(kernel, restart);
        }
    }

    /// Hands a committed transaction to every component in turn.
    pub fn on_commit(&mut self, kernel: &mut Kernel, commit: &Commit) {
        if let Some(allocator) = &mut self.allocator {
            for change in &commit.changes {
                allocator.on_change(change);
            }
            allocator.on_commit(kernel);
        }
        if let Some(scheduler) = &mut self.scheduler {
            for change in &commit.changes {
                scheduler.on_change(change, kernel.now);
            }
            scheduler.on_commit(kernel);
        }
        if kernel.settings.components.orchestrators {
            for change in &commit.changes {
                constraint_enforcer::on_change(kernel, change);
            }
            for change in &commit.changes {
                volume_enforcer::on_change(kernel, change);
            }
        }
        if let Some(reaper) = &mut self.reaper {
            for change in &commit.changes {
                reaper.on_change(change);
            }
            reaper.on_commit(kernel);
        }
        if let Some(replicated) = &mut self.replicated {
            for change in &commit.changes {
                replicated.on_change(kernel, change);
            }
            let followed = kernel.followed.as_ref();
            if followed.is_some_and(|f| f.judges_first(&kernel.store, &commit.changes)) {
                replicated.watch_updates(kernel, &commit.changes);
            }
            replicated.on_commit(kernel);
            replicated.watch_updates(kernel, &commit.changes);
        }
        if let Some(jobs) = &mut self.jobs {
            for change in &commit.changes {
                jobs.on_change(kernel, change);
            }
        }
        if let Some(global) = &mut self.global {
            for change in &commit.changes {
                global.on_change(kernel, change);
            }
            global.watch_updates(kernel, &commit.changes);
        }
        if let Some(dispatcher) = &mut self.dispatcher {
            for change in &commit.changes {
                dispatcher.on_change(kernel, change);
            }
        }
    }

    /// A timer of some component.
    pub fn on_timer(&mut self, kernel: &mut Kernel, event: &Event) {
        match *event {
            Event::SchedulerRound => {
                if let Some(scheduler) = &mut self.scheduler {
                    scheduler.on_timer(kernel);
                }
            }
            Event::ReapTasks => {
                if let Some(reaper) = &mut self.reaper {
                    reaper.on_timer(kernel);
                }
            }
            Event::RestartDelayOver { task, generation } => {
                for restart in self.restart_supervisors() {
                    restart.on_delay_over(kernel, task, generation);
                }
                self.advance_updates(kernel);
            }
            Event::OldTaskTimeout { task, generation } => {
                for restart in self.restart_supervisors() {
                    restart.on_old_task_timeout(kernel, task, generation);
                }
                self.advance_updates(kernel);
            }
            Event::UpdateDelayOver { service, worker } => {
                for (restart, updates) in self.update_supervisors() {
                    updates.on_delay_over(kernel, restart, service, worker);
                }
            }
            Event::UpdateMonitorOver { service } => {
                for (_, updates) in self.update_supervisors() {
                    updates.on_monitor_over(kernel, service);
                }
            }
            Event::ApplyReports => {
                if let Some(dispatcher) = &mut self.dispatcher {
                    dispatcher.on_timer(kernel);
                }
            }
            Event::NodeSilent { node } => {
                if let Some(dispatcher) = &mut self.dispatcher {
                    dispatcher.on_silent(kernel, node);
                }
            }
            Event::OrphanTasks { node } => {
                if let Some(dispatcher) = &mut self.dispatcher {
                    dispatcher.on_lost_for_good(kernel, node);
                }
            }
            Event::Raft(_)
            | Event::SendAssignments { .. }
            | Event::AssignmentsArrive { .. }
            | Event::ReportsArrive { .. }
            | Event::NodeBooted { .. }
            | Event::AgentRegisters { .. }
            | Event::ManagerStarts { .. }
            | Event::CheckRole { .. }
            | Event::CheckCertificates
            | Event::NewCertificate { .. }
            | Event::AgentStep { .. }
            | Event::ScenarioStep { .. }
            | Event::PollProcess { .. } => {}
        }
    }

    /// What a node is to be told now.
    pub fn take_assignments(&mut self, kernel: &mut Kernel, node: NodeId) -> Option<Assignments> {
        self.dispatcher.as_mut()?.take_assignments(kernel, node)
    }

    /// A node falls silent, to which it took a round trip longer than usual.
    pub fn lose(&mut self, kernel: &mut Kernel, node: NodeId, round_trip_ns: u64) {
        if let Some(dispatcher) = &mut self.dispatcher {
            dispatcher.lose(kernel, node, round_trip_ns);
        }
    }

    /// A node is heard of again before it was given up. False if it was.
    pub fn resume(&mut self, kernel: &mut Kernel, node: NodeId) -> bool {
        let dispatcher = self.dispatcher.as_mut();
        dispatcher.is_some_and(|dispatcher| dispatcher.resume(kernel, node))
    }

    /// The leader before is gone: nobody knows how the nodes are.
    pub fn take_over(&mut self, kernel: &mut Kernel) {
        if let Some(dispatcher) = &mut self.dispatcher {
            dispatcher.take_over(kernel);
        }
    }

    /// A node begins a session.
    pub fn register(&mut self, kernel: &mut Kernel, node: NodeId) -> Option<Assignments> {
        Some(self.dispatcher.as_mut()?.register(kernel, node))
    }

    /// Takes reports of an agent.
    pub fn report(&mut self, kernel: &mut Kernel, reports: Vec<Report>) {
        if let Some(dispatcher) = &mut self.dispatcher {
            dispatcher.report(kernel, reports);
        }
    }
}
