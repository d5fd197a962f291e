//! What the users of a service notice: how many of its tasks run, over time.
//!
//! A task counts while SwarmKit calls it running, which it does not before its health check has
//! passed, and as long as its node is neither down nor without power. A service is *short* while
//! fewer tasks run than its users had got used to: the largest number that has run of those that
//! are wanted now. So neither a service that starts nor one that is being scaled up is short, while
//! an update that takes tasks away before it brings new ones makes it so.
//!
//! Left out: jobs, which serve nobody, and services that nobody has ever been served by.

use std::fmt;

use serde::Serialize;

use crate::collections::{BTreeMap, BTreeSet};
use crate::ids::{NodeId, ServiceId, TaskId};
use crate::kernel::{Record, What};
use crate::model::{Node, NodeState, Service, ServiceMode, Task, TaskState};
use crate::simulation::Simulation;
use crate::store::{Change, Delta};
use crate::time::{MILLISECOND, SimTime, format_duration};

/// How many tasks of a service ran, and what that means to its users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Availability {
    /// The name of the service.
    pub service: String,
    /// The moment with the fewest running tasks among those when it was short; the first of them.
    pub lowest: Option<Lowest>,
    /// For how long it was short, in all.
    pub short_ns: u64,
    /// How many times it was short.
    pub short_count: u64,
    /// Whether it is short now.
    pub is_short: bool,
    /// Whether any task has run.
    pub has_served: bool,
    /// The numbers of running and wanted tasks, whenever one of them changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Point>,
}

/// When a service had its fewest tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Lowest {
    /// From when on.
    pub at_ns: SimTime,
    /// So many tasks ran,
    pub running: u64,
    /// of so many that its users had got used to.
    pub of: u64,
}

/// How many tasks there were from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Point {
    /// The moment, after everything that happened at it.
    pub at_ns: SimTime,
    /// Tasks that ran, healthy if they have a health check.
    pub running: u64,
    /// Tasks that were wanted.
    pub desired: u64,
}

impl fmt::Display for Availability {
    /// `web: 2 of 3 running at 12.000s, the fewest; short of tasks for 4.5s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(lowest) = self.lowest else {
            let what = if self.has_served {
                "never short of tasks"
            } else {
                "no task has run"
            };
            return write!(f, "{}: {what}", self.service);
        };
        let Lowest { at_ns, running, of } = lowest;
        let duration = format_duration(self.short_ns / MILLISECOND * MILLISECOND);
        write!(
            f,
            "{}: {running} of {of} running at {at_ns}, the fewest; short of tasks for {duration}",
            self.service
        )?;
        if self.short_count > 1 {
            write!(f, " in {} spells", self.short_count)?;
        }
        if self.is_short {
            f.write_str(", and still short")?;
        }
        Ok(())
    }
}

/// The services of a run up to a moment, in order of creation.
pub fn of(records: &[Record], now: SimTime) -> Vec<Availability> {
    let mut watch = Watch::default();
    for record in records {
        watch.see(record);
    }
    watch.services(now)
}

/// The same of a simulation that keeps its records, as JSON.
pub fn json(simulation: &Simulation) -> String {
    let services = of(simulation.records(), simulation.moment().time);
    // Plain data: nothing in it can fail to be written.
    serde_json::to_string(&services).unwrap_or_default()
}

/// Sees the records of a run go by, in their order, and counts.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    now: SimTime,
    services: BTreeMap<ServiceId, Counts>,
    /// Services for which something has changed at the present moment.
    changed: BTreeSet<ServiceId>,
    /// The tasks that run, and where.
    running: BTreeMap<TaskId, (ServiceId, NodeId)>,
    /// Only sums are wanted.
    forgets_series: bool,
}

/// What is known of a service.
#[derive(Clone, Debug)]
struct Counts {
    name: String,
    mode: ServiceMode,
    running: u64,
    /// Tasks of a global service that are wanted, by node.
    wanted_on: BTreeMap<NodeId, u64>,
    is_gone: bool,
    /// What its users had got used to.
    due: u64,
    lowest: Option<Lowest>,
    short_since: Option<SimTime>,
    short_ns: u64,
    short_count: u64,
    has_served: bool,
    /// The last point, running and wanted.
    last: Option<(u64, u64)>,
    series: Vec<Point>,
}

impl Watch {
    /// Keeps no series, so that a run can be as long as it likes.
    pub fn without_series() -> Self {
        Self {
            forgets_series: true,
            ..Self::default()
        }
    }

    /// Takes the next record.
    pub fn see(&mut self, record: &Record) {
        if record.at != self.now {
            self.close_moment();
            self.now = record.at;
        }
        match &record.what {
            What::Change(Change::Service(delta)) => self.see_service(delta),
            What::Change(Change::Task(delta)) => self.see_task(delta),
            What::Change(Change::Node(delta)) => {
                let is_down = |node: &Node| node.status.state == NodeState::Down;
                if delta.present().is_none_or(|node| is_down(node)) {
                    self.lose(delta.object().id);
                }
            }
            What::Fault {
                lost: Some(node), ..
            } => self.lose(*node),
            _ => {}
        }
    }

    /// How it stands at a moment that is not before the last record. Services that were never up
    /// are among them; jobs are not.
    pub fn services(&self, now: SimTime) -> Vec<Availability> {
        let mut watch = self.clone();
        watch.close_moment();
        watch
            .services
            .into_values()
            .map(|counts| counts.into_availability(now))
            .collect()
    }

    fn see_service(&mut self, delta: &Delta<Service>) {
        let service = delta.object();
        if service.spec.mode.is_job() {
            return;
        }
        let counts = self
            .services
            .entry(service.id)
            .or_insert_with(|| Counts::of(service));
        counts.mode = service.spec.mode;
        counts.is_gone = delta.present().is_none();
        self.changed.insert(service.id);
    }

    fn see_task(&mut self, delta: &Delta<Task>) {
        let task = delta.object();
        let (Some(service), Some(node)) = (task.service_id, task.node_id) else {
            return;
        };
        let Some(counts) = self.services.get_mut(&service) else {
            return;
        };
        let is_running = |task: &Task| task.status.state == TaskState::Running;
        let did_run = delta.before().is_some_and(|old| is_running(old));
        let does_run = delta.present().is_some_and(|new| is_running(new));
        if does_run && !did_run {
            if self.running.insert(task.id, (service, node)).is_none() {
                counts.running += 1;
            }
        } else if !does_run && self.running.remove(&task.id).is_some() {
            counts.running -= 1;
        }
        if counts.mode == ServiceMode::Global {
            let is_wanted =
                |task: &Task| task.node_id.is_some() && task.desired_state <= TaskState::Running;
            let was_wanted = delta.before().is_some_and(|old| is_wanted(old));
            let on_node = counts.wanted_on.entry(node).or_default();
            match (
                was_wanted,
                delta.present().is_some_and(|new| is_wanted(new)),
            ) {
                (false, true) => *on_node += 1,
                (true, false) => *on_node = on_node.saturating_sub(1),
                _ => {}
            }
            if *on_node == 0 {
                counts.wanted_on.remove(&node);
            }
        }
        self.changed.insert(service);
    }

    /// Nobody is served by a node any more.
    fn lose(&mut self, node: NodeId) {
        let (services, changed) = (&mut self.services, &mut self.changed);
        self.running.retain(|_, &mut (service, on)| {
            if on == node {
                if let Some(counts) = services.get_mut(&service) {
                    counts.running -= 1;
                }
                changed.insert(service);
            }
            on != node
        });
    }

    /// Looks at what has come of the present moment; what was so within it was seen by nobody.
    fn close_moment(&mut self) {
        for service in std::mem::take(&mut self.changed) {
            if let Some(counts) = self.services.get_mut(&service) {
                counts.look(self.now);
                if self.forgets_series {
                    counts.series.clear();
                }
            }
        }
    }
}

impl Counts {
    fn of(service: &Service) -> Self {
        Self {
            name: service.name().to_owned(),
            mode: service.spec.mode,
            running: 0,
            wanted_on: BTreeMap::new(),
            is_gone: false,
            due: 0,
            lowest: None,
            short_since: None,
            short_ns: 0,
            short_count: 0,
            has_served: false,
            last: None,
            series: Vec::new(),
        }
    }

    fn desired(&self) -> u64 {
        match self.mode {
            _ if self.is_gone => 0,
            ServiceMode::Replicated { replicas } => replicas,
            _ => self.wanted_on.len() as u64,
        }
    }

    fn look(&mut self, now: SimTime) {
        let (running, desired) = (self.running, self.desired());
        self.has_served |= running > 0;
        if self.last.replace((running, desired)) != Some((running, desired)) {
            self.series.push(Point {
                at_ns: now,
                running,
                desired,
            });
        }
        self.due = desired.min(self.due.max(running));
        if running >= self.due {
            self.short_ns += self.short_since.take().map_or(0, |since| now.since(since));
            return;
        }
        if self.short_since.is_none() {
            self.short_since = Some(now);
            self.short_count += 1;
        }
        if self.lowest.is_none_or(|lowest| running < lowest.running) {
            self.lowest = Some(Lowest {
                at_ns: now,
                running,
                of: self.due,
            });
        }
    }

    fn into_availability(self, now: SimTime) -> Availability {
        let open_ns = self.short_since.map_or(0, |since| now.since(since));
        Availability {
            service: self.name,
            lowest: self.lowest,
            short_ns: self.short_ns + open_ns,
            short_count: self.short_count,
            is_short: self.short_since.is_some(),
            has_served: self.has_served,
            series: self.series,
        }
    }
}
