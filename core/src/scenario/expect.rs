//! What should be seen, and when.

mod file;

use super::predicate::{Count, TextMatch};
use crate::diagnostic::Span;
use crate::model::{Availability, NodeState, TaskState};
use crate::time::SimTime;
use crate::yaml::ScalarPlace;

pub(super) use file::{ExpectFile, lower, raise};

/// Something that should be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// When.
    pub when: When,
    /// What.
    pub claim: Claim,
    /// Why, for whoever reads that it failed.
    pub why: Option<String>,
    /// Where it stands in the file.
    pub span: Span,
    /// Where its subject stands (the name, or the docker line), for mistakes found in it later.
    pub place: ScalarPlace,
}

/// When something should be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At this moment, after everything that happens then.
    At(SimTime),
    /// At the end of the run.
    End,
    /// At some moment up to this one.
    Eventually(SimTime),
    /// At every moment between these; up to the end of the run if there is no second one.
    Always {
        /// From this one on.
        from: SimTime,
        /// Up to this one, included.
        to: Option<SimTime>,
    },
}

/// What should be seen. All that is given must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Of a service.
    Service(ServiceClaim),
    /// Of a node.
    Node(NodeClaim),
    /// Of a task.
    Task(TaskClaim),
    /// Of what a docker line prints at that moment.
    Output(OutputClaim),
}

/// What should be seen of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceClaim {
    /// Its name.
    pub service: String,
    /// Only its tasks on this node are counted.
    pub node: Option<String>,
    /// Tasks that run.
    pub running: Option<Count>,
    /// Tasks that are wanted.
    pub desired: Option<Count>,
    /// Tasks that wait for a node.
    pub pending: Option<Count>,
}

/// What should be seen of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeClaim {
    /// Its name.
    pub node: String,
    /// Running tasks on it, of all services.
    pub tasks: Option<Count>,
    /// Its state.
    pub state: Option<NodeState>,
    /// Its availability.
    pub availability: Option<Availability>,
}

/// What should be seen of a task: of the newest one in its slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskClaim {
    /// Its name, such as `web.3`, or `web.worker1` for global services.
    pub task: String,
    /// Its state.
    pub state: Option<TaskState>,
    /// The node it is on.
    pub node: Option<String>,
    /// Its error.
    pub error: Option<TextMatch>,
}

/// What should be seen of the output of a docker line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputClaim {
    /// The line.
    pub line: String,
    /// The node at which it is typed.
    pub on: String,
    /// A part of the output.
    pub contains: Option<String>,
    /// What is no part of the output.
    pub lacks: Option<String>,
    /// The whole output, without line breaks at the end.
    pub equals: Option<String>,
    /// The exit code.
    pub exit_code: Option<u8>,
}
