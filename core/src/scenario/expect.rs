//! What should be seen, and when.

mod file;

use std::fmt;

use super::predicate::{Count, TextMatch};
use super::units::Duration;
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
    /// Of the requests of a client, from the beginning up to that moment.
    Traffic(TrafficClaim),
}

/// What should have become of the requests of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrafficClaim {
    /// Its name.
    pub client: String,
    /// Only requests that were answered on this node are counted as answered.
    pub node: Option<String>,
    /// How many were sent.
    pub sent: Option<Count>,
    /// How many were answered.
    pub ok: Option<Count>,
    /// How many failed, in whatever way.
    pub failed: Option<Count>,
    /// How many were refused.
    pub refused: Option<Count>,
    /// How many lost the process that worked on them.
    pub reset: Option<Count>,
    /// How many were not answered in time.
    pub timed_out: Option<Count>,
    /// How often one was tried again.
    pub retried: Option<Count>,
    /// Within what half of them are answered.
    pub p50: Option<Duration>,
    /// Within what 95 of 100 are answered.
    pub p95: Option<Duration>,
    /// Within what 99 of 100 are answered.
    pub p99: Option<Duration>,
}

impl TrafficClaim {
    /// The numbers that are expected, with their words.
    pub fn counts(&self) -> [(&'static str, Option<Count>); 7] {
        [
            ("sent", self.sent),
            ("ok", self.ok),
            ("failed", self.failed),
            ("refused", self.refused),
            ("reset", self.reset),
            ("timed out", self.timed_out),
            ("retried", self.retried),
        ]
    }

    /// The percentiles that are expected, with their words and in thousandths.
    pub fn percentiles(&self) -> [(&'static str, u64, Option<Duration>); 3] {
        [
            ("p50", 500, self.p50),
            ("p95", 950, self.p95),
            ("p99", 990, self.p99),
        ]
    }
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

impl fmt::Display for Claim {
    /// The claim in words: `web: running 2`, `worker2: availability drain`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        let subject = match self {
            Self::Service(claim) => {
                let counts = [
                    ("running", claim.running),
                    ("desired", claim.desired),
                    ("pending", claim.pending),
                ];
                let given = counts
                    .into_iter()
                    .filter_map(|(what, count)| Some((what, count?)));
                parts.extend(given.map(|(what, count)| format!("{what} {count}")));
                match &claim.node {
                    Some(node) => format!("{} on {node}", claim.service),
                    None => claim.service.clone(),
                }
            }
            Self::Node(claim) => {
                parts.extend(claim.tasks.map(|count| format!("tasks {count}")));
                parts.extend(claim.state.map(|state| format!("state {state}")));
                parts.extend(
                    claim
                        .availability
                        .map(|word| format!("availability {word}")),
                );
                claim.node.clone()
            }
            Self::Task(claim) => {
                parts.extend(claim.state.map(|state| format!("state {state}")));
                parts.extend(claim.node.as_ref().map(|node| format!("node {node}")));
                parts.extend(claim.error.as_ref().map(|error| format!("error {error}")));
                claim.task.clone()
            }
            Self::Output(claim) => {
                parts.extend(
                    claim
                        .contains
                        .as_ref()
                        .map(|part| format!("contains {part:?}")),
                );
                parts.extend(claim.lacks.as_ref().map(|part| format!("lacks {part:?}")));
                parts.extend(claim.equals.as_ref().map(|text| format!("is {text:?}")));
                parts.extend(claim.exit_code.map(|code| format!("exit code {code}")));
                format!("`{}`", claim.line)
            }
            Self::Traffic(claim) => {
                let counts = claim.counts().into_iter();
                parts.extend(counts.filter_map(|(what, count)| Some(format!("{what} {}", count?))));
                let percentiles = claim.percentiles().into_iter();
                parts.extend(
                    percentiles
                        .filter_map(|(what, _, limit)| Some(format!("{what} at most {}", limit?))),
                );
                match &claim.node {
                    Some(node) => format!("requests of {} on {node}", claim.client),
                    None => format!("requests of {}", claim.client),
                }
            }
        };
        write!(f, "{subject}: {}", parts.join(", "))
    }
}
