//! What became of the requests of clients: in sum, by task and by node, and second by second.

use std::fmt;

use serde::Serialize;

use crate::kernel::{Record, What};
use crate::simulation::Simulation;
use crate::time::{MICROSECOND, MILLISECOND, format_duration};
use crate::traffic::{Counts, Histogram, INTERVAL_NS};

/// What became of the requests of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrafficView {
    /// The name of the client.
    pub client: String,
    /// What became of its requests.
    pub counts: Counts,
    /// How long those took that were answered.
    pub latency: Latency,
    /// How many each task answered, in order of creation.
    pub tasks: Vec<Share>,
    /// How many were sent to each node, in order of joining.
    pub nodes: Vec<Share>,
    /// Its seconds, without those in which nothing was sent, answered or given up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seconds: Vec<Second>,
}

/// How long requests took, in nanoseconds; 0 if none was answered. Within a sixteenth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Latency {
    /// Half of them took no longer.
    pub p50_ns: u64,
    /// 95 of 100 took no longer.
    pub p95_ns: u64,
    /// 99 of 100 took no longer.
    pub p99_ns: u64,
    /// None took longer.
    pub max_ns: u64,
}

/// A part of the requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Share {
    /// The task (`web.1`) or the node.
    pub name: String,
    /// The node of the task; absent of nodes.
    pub node: Option<String>,
    /// How many.
    pub count: u64,
}

/// What became of requests in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Second {
    /// When it began, in nanoseconds.
    pub from_ns: u64,
    /// What became of them.
    pub counts: Counts,
    /// How long those took that were answered.
    pub latency: Latency,
}

impl Latency {
    fn of(latencies: &Histogram) -> Self {
        Self {
            p50_ns: latencies.permille_ns(500),
            p95_ns: latencies.permille_ns(950),
            p99_ns: latencies.permille_ns(990),
            max_ns: latencies.permille_ns(1_000),
        }
    }
}

/// Everything that has become of the requests of all clients, without the seconds.
pub fn sums(simulation: &Simulation) -> Vec<TrafficView> {
    let swarm = simulation.swarm();
    let store = &swarm.kernel.store;
    let node_name = |node| {
        store
            .node(node)
            .map_or("?", |node| node.hostname())
            .to_owned()
    };
    let clients = swarm.traffic.sums();
    clients
        .map(|(client, sums)| {
            let tasks = sums.tasks.iter().map(|(&task, &(node, count))| Share {
                name: swarm.traffic.task_name(task).to_owned(),
                node: Some(node_name(node)),
                count,
            });
            let nodes = sums.nodes.iter().map(|(&node, &count)| Share {
                name: node_name(node),
                node: None,
                count,
            });
            TrafficView {
                client: client.to_owned(),
                counts: sums.counts,
                latency: Latency::of(&sums.latencies),
                tasks: tasks.collect(),
                nodes: nodes.collect(),
                seconds: Vec::new(),
            }
        })
        .collect()
}

/// The same with the seconds, of a simulation that keeps its records.
pub fn of(simulation: &Simulation) -> Vec<TrafficView> {
    let mut watch = Watch::default();
    for record in simulation.records() {
        watch.see(record);
    }
    watch.with_sums(sums(simulation))
}

/// The same as JSON.
pub fn json(simulation: &Simulation) -> String {
    // Plain data: nothing in it can fail to be written.
    serde_json::to_string(&of(simulation)).unwrap_or_default()
}

/// Sees the records of a run go by, and keeps the seconds.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    seconds: Vec<(u32, Second)>,
}

impl Watch {
    /// Takes the next record.
    pub fn see(&mut self, record: &Record) {
        if let What::Traffic(interval) = &record.what {
            let mut latencies = Histogram::default();
            latencies.merge(&interval.latencies);
            let second = Second {
                from_ns: interval.from_ns.as_nanos(),
                counts: interval.counts,
                latency: Latency::of(&latencies),
            };
            self.seconds.push((interval.client, second));
        }
    }

    /// Puts the seconds beside the sums.
    pub fn with_sums(self, mut sums: Vec<TrafficView>) -> Vec<TrafficView> {
        for (client, second) in self.seconds {
            if let Some(view) = sums.get_mut(client as usize) {
                view.seconds.push(second);
            }
        }
        sums
    }
}

/// The ways in which requests failed: `3 refused, 1 timed out`; empty if none did.
pub fn failures(counts: &Counts) -> String {
    let kinds = [
        (counts.refused, "refused"),
        (counts.reset, "reset"),
        (counts.timed_out, "timed out"),
        (counts.unresolved, "without an address"),
    ];
    let there = kinds.iter().filter(|(count, _)| *count > 0);
    let there: Vec<String> = there
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    there.join(", ")
}

/// A duration that is not more exact than it is known.
fn rounded(ns: u64) -> String {
    let unit = match ns {
        0..100_000 => MICROSECOND,
        100_000..10_000_000 => 100 * MICROSECOND,
        10_000_000..1_000_000_000 => MILLISECOND,
        _ => 10 * MILLISECOND,
    };
    format_duration(ns / unit * unit)
}

impl fmt::Display for TrafficView {
    /// `users: 4000 requests, 3622 ok, 378 refused; half within 11ms, 99% within 40ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.counts;
        write!(
            f,
            "{}: {} requests, {} ok",
            self.client, counts.sent, counts.ok
        )?;
        let failures = failures(counts);
        if !failures.is_empty() {
            write!(f, ", {failures}")?;
        }
        if counts.open() > 0 {
            write!(f, ", {} not answered yet", counts.open())?;
        }
        if counts.retried > 0 {
            write!(f, "; {} attempts repeated", counts.retried)?;
        }
        if counts.ok > 0 {
            let Latency { p50_ns, p99_ns, .. } = self.latency;
            let (half, most) = (rounded(p50_ns), rounded(p99_ns));
            write!(f, "; half within {half}, 99% within {most}")?;
        }
        Ok(())
    }
}

/// A time in which requests of a client failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spell {
    from_ns: u64,
    /// The end of the last second with failures.
    to_ns: u64,
    /// What became of requests up to there.
    counts: Counts,
    /// And since.
    since: Counts,
}

impl Spell {
    /// So long nothing fails before a spell is over.
    const CALM_NS: u64 = 2 * INTERVAL_NS;

    /// A spell that begins with a second.
    pub(super) fn new(from_ns: u64) -> Self {
        Self {
            from_ns,
            to_ns: from_ns,
            counts: Counts::default(),
            since: Counts::default(),
        }
    }

    /// Takes a second. False if the spell was over before.
    pub(super) fn see(&mut self, from_ns: u64, counts: &Counts) -> bool {
        if counts.failed() == 0 {
            self.since.add(counts);
            return from_ns + INTERVAL_NS < self.to_ns + Self::CALM_NS;
        }
        if from_ns >= self.to_ns + Self::CALM_NS {
            return false;
        }
        self.counts.add(&std::mem::take(&mut self.since));
        self.counts.add(counts);
        self.to_ns = from_ns + INTERVAL_NS;
        true
    }

    /// `users: 37 of 520 requests failed from 20s to 27s: 30 refused, 7 timed out`.
    pub(super) fn text(&self, client: &str) -> String {
        let ended = self.counts.ok + self.counts.failed();
        format!(
            "{client}: {} of {ended} requests failed from {} to {}: {}",
            self.counts.failed(),
            format_duration(self.from_ns),
            format_duration(self.to_ns),
            failures(&self.counts)
        )
    }
}
