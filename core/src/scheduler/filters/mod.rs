//! The filter pipeline: which nodes may take a task.
//!
//! Upstream: `manager/scheduler/filter.go`, `manager/scheduler/pipeline.go`. There is one filter a
//! file, each compiled once for a group of equal tasks and then asked about many nodes. The order
//! is upstream's; a node counts under the first filter that it fails, and a node that passes
//! resets all counters, as upstream does.
//!
//! A filter has one check, written once: with [`Silent`] evidence it only says yes or no, with
//! [`Findings`] it also tells every operand that it compared, so an explanation cannot disagree
//! with the decision.

mod constraint;
mod host_port;
mod max_replicas;
mod platform;
mod plugin;
mod ready;
mod resource;
mod volumes;

use std::fmt::Write as _;

use super::view::{NodeInfo, View};
use crate::collections::Order as _;
use crate::ids::IdTexts;
use crate::model::Task;

pub use constraint::ConstraintFilter;
pub use host_port::HostPortFilter;
pub use max_replicas::MaxReplicasFilter;
pub use platform::PlatformFilter;
pub use plugin::PluginFilter;
pub use ready::ReadyFilter;
pub use resource::ResourceFilter;
pub use volumes::VolumesFilter;

/// How many filters there are.
pub const FILTER_COUNT: usize = 8;

/// The filters in the order of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each has a file of its own")]
pub enum FilterKind {
    Ready,
    Resource,
    Plugin,
    Constraint,
    Platform,
    HostPort,
    MaxReplicas,
    Volumes,
}

impl FilterKind {
    /// Every filter, in the order of the pipeline.
    pub const ALL: [Self; FILTER_COUNT] = [
        Self::Ready,
        Self::Resource,
        Self::Plugin,
        Self::Constraint,
        Self::Platform,
        Self::HostPort,
        Self::MaxReplicas,
        Self::Volumes,
    ];

    /// A short name for tables.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Resource => "resources",
            Self::Plugin => "plugins",
            Self::Constraint => "constraints",
            Self::Platform => "platform",
            Self::HostPort => "host ports",
            Self::MaxReplicas => "max replicas",
            Self::Volumes => "volumes",
        }
    }

    /// Upstream's words for "so many nodes failed here".
    pub fn explain(self, nodes: u32) -> String {
        let (one, many) = match self {
            Self::Ready => {
                return if nodes == 1 {
                    "1 node not available for new tasks".to_owned()
                } else {
                    format!("{nodes} nodes not available for new tasks")
                };
            }
            Self::MaxReplicas => return "max replicas per node limit exceed".to_owned(),
            Self::Resource => (
                "insufficient resources on 1 node",
                "insufficient resources on",
            ),
            Self::Plugin => ("missing plugin on 1 node", "missing plugin on"),
            Self::Constraint => (
                "scheduling constraints not satisfied on 1 node",
                "scheduling constraints not satisfied on",
            ),
            Self::Platform => ("unsupported platform on 1 node", "unsupported platform on"),
            Self::HostPort => (
                "host-mode port already in use on 1 node",
                "host-mode port already in use on",
            ),
            Self::Volumes => (
                "cannot fulfill requested CSI volume mounts on 1 node",
                "cannot fulfill requested CSI volume mounts on",
            ),
        };
        if nodes == 1 {
            one.to_owned()
        } else {
            format!("{many} {nodes} nodes")
        }
    }
}

/// Something that a filter compared, with both sides of the comparison.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
#[expect(missing_docs, reason = "the fields are the operands")]
pub enum Finding {
    /// The node does not answer, or is not active.
    NotAvailable {
        state: crate::model::NodeState,
        availability: crate::model::Availability,
    },
    /// CPU in billionths of a core.
    Cpu { needs_nano: i64, free_nano: i64 },
    /// Memory in bytes.
    Memory { needs_bytes: i64, free_bytes: i64 },
    /// A generic resource.
    Generic {
        resource: String,
        needs: i64,
        free: i64,
    },
    /// A plugin of the engine.
    Plugin { plugin_type: String, name: String },
    /// A constraint; what the node has there, absent if the key names no place.
    Constraint {
        expression: String,
        actual: Option<String>,
    },
    /// The platforms that the image was built for, and the node's.
    Platform {
        wanted: Vec<String>,
        actual: Option<String>,
    },
    /// A port of the node that another task holds.
    HostPort {
        protocol: crate::model::PortProtocol,
        port: u32,
    },
    /// The number of tasks of the service that the node has.
    MaxReplicas { limit: u64, has: u64 },
    /// A mount for which no cluster volume can be used.
    Volume { source: String },
}

/// Who listens to what a filter compares.
pub trait Evidence {
    /// Whether every failed comparison is wanted, not only the first.
    const WANTS_ALL: bool;

    /// Takes note of a failed comparison.
    fn failed(&mut self, finding: impl FnOnce() -> Finding);
}

/// Nobody: the way of the scheduler itself.
#[derive(Debug)]
pub struct Silent;

impl Evidence for Silent {
    const WANTS_ALL: bool = false;

    #[inline]
    fn failed(&mut self, _finding: impl FnOnce() -> Finding) {}
}

/// Collects every failed comparison.
#[derive(Debug, Default)]
pub struct Findings(pub Vec<Finding>);

impl Evidence for Findings {
    const WANTS_ALL: bool = true;

    fn failed(&mut self, finding: impl FnOnce() -> Finding) {
        self.0.push(finding());
    }
}

/// What all filters have in common. Compiling tells whether the filter is enabled for a task.
trait Filter: Sized {
    fn compile(task: &Task) -> Option<Self>;
    fn check(&self, context: &Context<'_>, evidence: &mut impl Evidence) -> bool;
}

/// The node that is asked about, and where the rest can be looked up.
struct Context<'v> {
    view: &'v View,
    info: &'v NodeInfo,
    ids: &'v IdTexts,
}

/// All filters, compiled for one group of equal tasks, with upstream's counters.
#[derive(Clone, Debug)]
pub struct Pipeline {
    ready: Option<ReadyFilter>,
    resource: Option<ResourceFilter>,
    plugin: Option<PluginFilter>,
    constraint: Option<ConstraintFilter>,
    platform: Option<PlatformFilter>,
    host_port: Option<HostPortFilter>,
    max_replicas: Option<MaxReplicasFilter>,
    volumes: Option<VolumesFilter>,
    /// The filters that have anything to say about this task, in the order of the pipeline.
    enabled: Vec<FilterKind>,
    failures: [u32; FILTER_COUNT],
}

impl Pipeline {
    /// Compiles the filters for a task.
    pub fn new(task: &Task) -> Self {
        let mut pipeline = Self {
            ready: ReadyFilter::compile(task),
            resource: ResourceFilter::compile(task),
            plugin: PluginFilter::compile(task),
            constraint: ConstraintFilter::compile(task),
            platform: PlatformFilter::compile(task),
            host_port: HostPortFilter::compile(task),
            max_replicas: MaxReplicasFilter::compile(task),
            volumes: VolumesFilter::compile(task),
            enabled: Vec::new(),
            failures: [0; FILTER_COUNT],
        };
        let all = FilterKind::ALL.into_iter();
        pipeline.enabled = all.filter(|&kind| pipeline.is_enabled(kind)).collect();
        pipeline
    }

    /// Whether a node passes, and the counting that goes with it.
    #[inline]
    pub fn process(&mut self, view: &View, info: &NodeInfo, ids: &IdTexts) -> bool {
        match self.first_failure(view, info, ids) {
            None => {
                self.failures = [0; FILTER_COUNT];
                true
            }
            Some(kind) => {
                self.failures[kind as usize] += 1;
                false
            }
        }
    }

    /// The first filter that a node fails.
    #[inline]
    pub fn first_failure(&self, view: &View, info: &NodeInfo, ids: &IdTexts) -> Option<FilterKind> {
        let context = Context { view, info, ids };
        let mut enabled = self.enabled.iter().copied();
        enabled.find(|&kind| !self.check(kind, &context, &mut Silent))
    }

    /// What each enabled filter says of a node: its failed comparisons, none where it passes.
    pub fn findings(
        &self,
        view: &View,
        info: &NodeInfo,
        ids: &IdTexts,
    ) -> Vec<(FilterKind, Vec<Finding>)> {
        let context = Context { view, info, ids };
        self.enabled
            .iter()
            .map(|&kind| {
                let mut findings = Findings::default();
                self.check(kind, &context, &mut findings);
                (kind, findings.0)
            })
            .collect()
    }

    /// Whether a filter has anything to say about this task.
    pub fn is_enabled(&self, kind: FilterKind) -> bool {
        match kind {
            FilterKind::Ready => self.ready.is_some(),
            FilterKind::Resource => self.resource.is_some(),
            FilterKind::Plugin => self.plugin.is_some(),
            FilterKind::Constraint => self.constraint.is_some(),
            FilterKind::Platform => self.platform.is_some(),
            FilterKind::HostPort => self.host_port.is_some(),
            FilterKind::MaxReplicas => self.max_replicas.is_some(),
            FilterKind::Volumes => self.volumes.is_some(),
        }
    }

    #[inline]
    fn check(&self, kind: FilterKind, context: &Context<'_>, evidence: &mut impl Evidence) -> bool {
        fn ask<F: Filter>(
            filter: Option<&F>,
            context: &Context<'_>,
            evidence: &mut impl Evidence,
        ) -> bool {
            filter.is_none_or(|filter| filter.check(context, evidence))
        }
        match kind {
            FilterKind::Ready => ask(self.ready.as_ref(), context, evidence),
            FilterKind::Resource => ask(self.resource.as_ref(), context, evidence),
            FilterKind::Plugin => ask(self.plugin.as_ref(), context, evidence),
            FilterKind::Constraint => ask(self.constraint.as_ref(), context, evidence),
            FilterKind::Platform => ask(self.platform.as_ref(), context, evidence),
            FilterKind::HostPort => ask(self.host_port.as_ref(), context, evidence),
            FilterKind::MaxReplicas => ask(self.max_replicas.as_ref(), context, evidence),
            FilterKind::Volumes => ask(self.volumes.as_ref(), context, evidence),
        }
    }

    /// Upstream's text of the counters: the filters by falling count, equal counts in the order of
    /// the pipeline.
    pub fn explain(&self) -> String {
        let mut failed: Vec<(FilterKind, u32)> = FilterKind::ALL
            .into_iter()
            .zip(self.failures)
            .filter(|&(_, nodes)| nodes > 0)
            .collect();
        failed.order_by_key(|&(_, nodes)| std::cmp::Reverse(nodes));
        let mut text = String::new();
        for (index, (kind, nodes)) in failed.into_iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            let _ = write!(text, "{separator}{}", kind.explain(nodes));
        }
        text
    }
}
