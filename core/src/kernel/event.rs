//! Everything that can be waiting to happen.
//!
//! An event is a timer that some component armed, a step of an agent, or something that the
//! scenario has in store. Nothing here repeats by itself: in a swarm in which nothing happens the
//! queue is empty.

use crate::agent::Report;
use crate::dispatcher::Assignments;
use crate::ids::{NodeId, ServiceId, TaskId};
use crate::raft::RaftEvent;

/// What happens next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The scheduler's debounce gap is over.
    SchedulerRound,
    /// The reaper's batch interval is over.
    ReapTasks,
    /// The delay of a replacement task is over.
    RestartDelayOver {
        /// The replacement.
        task: TaskId,
        /// Which start of it.
        generation: u32,
    },
    /// A replacement has waited long enough for the task that it replaces.
    OldTaskTimeout {
        /// The replacement.
        task: TaskId,
        /// Which start of it.
        generation: u32,
    },
    /// A worker of an update has waited long enough after a slot.
    UpdateDelayOver {
        /// The service.
        service: ServiceId,
        /// Which worker of its update.
        worker: u32,
    },
    /// The new tasks of an update have been watched for long enough.
    UpdateMonitorOver {
        /// The service.
        service: ServiceId,
    },
    /// The dispatcher writes the reports of agents into the store.
    ApplyReports,
    /// The dispatcher sends a node what has changed for it.
    SendAssignments {
        /// The node.
        node: NodeId,
    },
    /// What a node is told arrives there, over a slow link.
    AssignmentsArrive {
        /// The node.
        node: NodeId,
        /// What it is told.
        assignments: Box<Assignments>,
    },
    /// What an agent reports arrives at the leader, over a slow link.
    ReportsArrive {
        /// The agent's node.
        node: NodeId,
        /// What it reports.
        reports: Vec<Report>,
    },
    /// Something that an agent does for a task is done.
    AgentStep {
        /// The agent's node.
        node: NodeId,
        /// The task.
        task: TaskId,
    },
    /// A node has not been heard of for as long as the managers wait.
    NodeSilent {
        /// The node.
        node: NodeId,
    },
    /// A node has been down for as long as its tasks may still come back.
    OrphanTasks {
        /// The node.
        node: NodeId,
    },
    /// The engine of a machine that had lost its power is up again.
    NodeBooted {
        /// The node.
        node: NodeId,
    },
    /// An agent without a session tries to begin one.
    AgentRegisters {
        /// Its node.
        node: NodeId,
    },
    /// A node that has been promoted starts its manager.
    ManagerStarts {
        /// The node.
        node: NodeId,
    },
    /// A role that could not be brought into line is looked at again.
    CheckRole {
        /// Whose.
        node: NodeId,
    },
    /// The leader looks which nodes have a certificate of the new root.
    CheckCertificates,
    /// A node has asked for a certificate, or has heard of another root.
    NewCertificate {
        /// The node.
        node: NodeId,
    },
    /// Something of raft.
    Raft(RaftEvent),
    /// A step of the scenario.
    ScenarioStep {
        /// Its number.
        index: u32,
    },
    /// A command that holds its terminal looks again.
    PollProcess {
        /// The command.
        process: u32,
    },
}

impl Event {
    /// Whether what it leads to at once can change who answers connections.
    pub const fn touches_containers(&self) -> bool {
        match self {
            Self::SchedulerRound
            | Self::RestartDelayOver { .. }
            | Self::OldTaskTimeout { .. }
            | Self::UpdateDelayOver { .. }
            | Self::UpdateMonitorOver { .. }
            | Self::ApplyReports
            | Self::ReportsArrive { .. }
            | Self::NodeSilent { .. }
            | Self::OrphanTasks { .. }
            | Self::CheckRole { .. }
            | Self::Raft(_) => false,
            Self::ReapTasks
            | Self::CheckCertificates
            | Self::NewCertificate { .. }
            | Self::SendAssignments { .. }
            | Self::AssignmentsArrive { .. }
            | Self::AgentStep { .. }
            | Self::NodeBooted { .. }
            | Self::AgentRegisters { .. }
            | Self::ManagerStarts { .. }
            | Self::ScenarioStep { .. }
            | Self::PollProcess { .. } => true,
        }
    }

    /// Whether a component of the leader waits for it. Another leader does not.
    pub const fn is_of_leader(&self) -> bool {
        match self {
            Self::SchedulerRound
            | Self::ReapTasks
            | Self::RestartDelayOver { .. }
            | Self::OldTaskTimeout { .. }
            | Self::UpdateDelayOver { .. }
            | Self::UpdateMonitorOver { .. }
            | Self::ApplyReports
            | Self::SendAssignments { .. }
            | Self::ReportsArrive { .. }
            | Self::CheckRole { .. }
            | Self::CheckCertificates
            | Self::NodeSilent { .. }
            | Self::OrphanTasks { .. } => true,
            Self::AgentStep { .. }
            | Self::AssignmentsArrive { .. }
            | Self::NodeBooted { .. }
            | Self::AgentRegisters { .. }
            | Self::ManagerStarts { .. }
            | Self::NewCertificate { .. }
            | Self::Raft(_)
            | Self::ScenarioStep { .. }
            | Self::PollProcess { .. } => false,
        }
    }
}
