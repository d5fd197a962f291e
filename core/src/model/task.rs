//! Tasks (`api/objects.proto` Task, `api/types.proto` TaskState and TaskStatus).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Driver, Endpoint, GenericResource, Meta, NetworkAttachment, Node, Service, TaskSpec, Text,
    Version, VolumeAttachment,
};
use crate::ids::{NodeId, ServiceId, TaskId};
use crate::time::SimTime;

/// One container that the swarm wants somewhere: the unit of scheduling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Task {
    /// Its id.
    #[serde(rename = "ID")]
    pub id: TaskId,
    /// Version and times.
    pub meta: Meta,
    /// What to run: the service's task spec at the moment of creation, never changed.
    pub spec: Arc<TaskSpec>,
    /// Which version of the service's spec that was. Tasks without one are scheduled one by one.
    pub spec_version: Option<Version>,
    /// The service it belongs to. Network attachment tasks have none.
    #[serde(rename = "ServiceID")]
    pub service_id: Option<ServiceId>,
    /// The place in a replicated service, from 1; 0 for tasks that belong to a node.
    pub slot: u64,
    /// The node it is bound to.
    #[serde(rename = "NodeID")]
    pub node_id: Option<NodeId>,
    /// What was last observed of it.
    pub status: TaskStatus,
    /// The state that the managers want it to reach.
    pub desired_state: TaskState,
    /// The networks it is attached to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<NetworkAttachment>,
    /// Its published ports.
    pub endpoint: Option<Arc<Endpoint>>,
    /// Where its output goes.
    pub log_driver: Option<Arc<Driver>>,
    /// The generic resources that it was given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assigned_generic_resources: Vec<GenericResource>,
    /// The cluster volumes that it was given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<VolumeAttachment>,
    /// Which execution of a job this task belongs to.
    pub job_iteration: Option<JobIteration>,
}

impl Task {
    /// A task as it is first created, for tests and for whoever plays the orchestrator.
    pub fn new(id: TaskId, spec: Arc<TaskSpec>) -> Self {
        Self {
            id,
            meta: Meta::default(),
            spec,
            spec_version: None,
            service_id: None,
            slot: 0,
            node_id: None,
            status: TaskStatus::default(),
            desired_state: TaskState::Running,
            networks: Vec::new(),
            endpoint: None,
            log_driver: None,
            assigned_generic_resources: Vec::new(),
            volumes: Vec::new(),
            job_iteration: None,
        }
    }

    /// What people call it: `web.3`, or `web.worker1` for the task of a node. The slots of jobs
    /// begin with 0.
    pub fn name_in(&self, service: Option<&Service>, node: Option<&Node>) -> String {
        let has_slot = service.is_some_and(|service| !service.spec.mode.is_of_nodes());
        let service = service.map_or("?", Service::name);
        match (self.slot, node) {
            (0, Some(node)) if !has_slot => format!("{service}.{}", node.hostname()),
            (slot, _) => format!("{service}.{slot}"),
        }
    }

    /// The place this task occupies in its service.
    pub fn slot_key(&self) -> SlotKey {
        match (self.slot, self.node_id) {
            (0, Some(node)) => SlotKey::Node(node),
            (slot, _) => SlotKey::Slot(slot),
        }
    }

    /// Whether the managers still want this task to do something (`desired <= COMPLETE`).
    pub fn is_wanted(&self) -> bool {
        self.desired_state <= TaskState::Complete
    }

    /// When the status was last applied by a manager, else when it was observed: the time by which
    /// upstream orders the tasks of a slot (`manager/orchestrator/task.go` TasksByTimestamp).
    pub fn status_time(&self) -> SimTime {
        self.status.applied_at.unwrap_or(self.status.timestamp)
    }
}

/// The place of a task in its service: a slot number, or a node for global services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SlotKey {
    /// Slot of a replicated service or job.
    Slot(u64),
    /// Node of a global service or job.
    Node(NodeId),
}

/// Which execution of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JobIteration(pub u64);

/// What was last observed of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TaskStatus {
    /// When the reporter observed it.
    pub timestamp: SimTime,
    /// How far it is.
    pub state: TaskState,
    /// What happened, in the reporter's words.
    pub message: Text,
    /// What went wrong.
    pub err: Text,
    /// What the engine knows about the container.
    pub container: Option<ContainerStatus>,
    /// When the dispatcher wrote an agent's report into the store.
    pub applied_at: Option<SimTime>,
}

/// What the engine knows about the container of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContainerStatus {
    /// The process, while it runs.
    #[serde(rename = "PID")]
    pub pid: u32,
    /// The code it exited with.
    pub exit_code: i32,
}

/// How far a task is. The numbers are SwarmKit's, and every comparison is one of numbers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[repr(u16)]
pub enum TaskState {
    /// Created by an orchestrator.
    #[default]
    New = 0,
    /// Its networks are allocated; it waits for a node.
    Pending = 64,
    /// It has a node.
    Assigned = 192,
    /// The node's agent took it.
    Accepted = 256,
    /// The agent pulls the image and creates the container.
    Preparing = 320,
    /// The container could be started.
    Ready = 384,
    /// The container is being started.
    Starting = 448,
    /// It runs.
    Running = 512,
    /// It ended with exit code 0.
    Complete = 576,
    /// It was stopped on request.
    Shutdown = 640,
    /// It ended with an error.
    Failed = 704,
    /// It could not be prepared, or its node no longer fits.
    Rejected = 768,
    /// Only as a desired state: to be stopped and forgotten.
    Remove = 800,
    /// Its node is gone for good.
    Orphaned = 832,
}

impl TaskState {
    /// Every state in ascending order.
    pub const ALL: &[Self] = &[
        Self::New,
        Self::Pending,
        Self::Assigned,
        Self::Accepted,
        Self::Preparing,
        Self::Ready,
        Self::Starting,
        Self::Running,
        Self::Complete,
        Self::Shutdown,
        Self::Failed,
        Self::Rejected,
        Self::Remove,
        Self::Orphaned,
    ];

    /// The word of the Docker API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Pending => "pending",
            Self::Assigned => "assigned",
            Self::Accepted => "accepted",
            Self::Preparing => "preparing",
            Self::Ready => "ready",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Shutdown => "shutdown",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Remove => "remove",
            Self::Orphaned => "orphaned",
        }
    }

    /// The state with this word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|state| state.as_str() == text)
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
