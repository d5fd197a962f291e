//! Judging what a scenario expects to see.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use super::machines::Machines;
use super::membership;
use crate::collections::Order as _;
use crate::kernel::What;
use crate::model::{Task, TaskState, Version};
use crate::scenario::{Claim, Count, Expectation, TrafficClaim, When};
use crate::swarm::Swarm;
use crate::time::{SimTime, format_duration};

/// How an expectation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// What has come of it.
    pub outcome: Outcome,
    /// When that was decided.
    pub at: Option<SimTime>,
    /// What was seen at that moment.
    pub seen: String,
}

/// What has come of an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Its moment has not come.
    Open,
    /// It holds.
    Holds,
    /// It does not.
    Fails,
}

/// The expectations of a scenario, and how they stand.
#[derive(Clone, Debug)]
pub(super) struct Expectations {
    list: Arc<[Expectation]>,
    judgements: Vec<Judgement>,
    /// Moments at which something is judged, with its number; the next one last.
    due: Vec<(SimTime, usize)>,
    /// What of the store has been seen by those that are judged all the time.
    seen: Option<Version>,
}

impl Expectations {
    pub(super) fn new(expectations: &[Expectation]) -> Self {
        let open = Judgement {
            outcome: Outcome::Open,
            at: None,
            seen: String::new(),
        };
        let mut due: Vec<(SimTime, usize)> = Vec::new();
        for (index, expectation) in expectations.iter().enumerate() {
            match expectation.when {
                When::At(at) | When::Eventually(at) => due.push((at, index)),
                When::Always { from, to } => {
                    due.push((from, index));
                    due.extend(to.map(|to| (to, index)));
                }
                When::End => {}
            }
        }
        due.order_by(|a, b| b.cmp(a));
        Self {
            judgements: vec![open; expectations.len()],
            list: expectations.into(),
            due,
            seen: None,
        }
    }

    pub(super) fn judgements(&self) -> &[Judgement] {
        &self.judgements
    }

    pub(super) fn next_at(&self) -> Option<SimTime> {
        self.due.last().map(|&(at, _)| at)
    }

    pub(super) fn last_moment(&self) -> SimTime {
        self.due.first().map_or(SimTime::ZERO, |&(at, _)| at)
    }

    /// Judges one expectation whose moment has come.
    pub(super) fn judge(&mut self, swarm: &mut Swarm, machines: &Machines, at: SimTime) {
        let Some((_, index)) = self.due.pop() else {
            return;
        };
        if self.judgements[index].outcome != Outcome::Open {
            return;
        }
        let (holds, seen) = look(swarm, machines, &self.list[index].claim);
        match self.list[index].when {
            When::At(_) | When::Eventually(_) | When::End => {
                self.settle(swarm, index, holds, seen);
            }
            When::Always { to, .. } => {
                if !holds || to == Some(at) {
                    self.settle(swarm, index, holds, seen);
                }
            }
        }
    }

    /// Looks at those that may hold or fail at any moment, if anything has changed.
    pub(super) fn watch(&mut self, swarm: &mut Swarm, machines: &Machines) {
        let version = swarm.kernel.store.version();
        if self.seen == Some(version) {
            return;
        }
        self.seen = Some(version);
        let now = swarm.kernel.now;
        for index in 0..self.list.len() {
            if self.judgements[index].outcome != Outcome::Open {
                continue;
            }
            let expectations = Arc::clone(&self.list);
            let expectation = &expectations[index];
            match expectation.when {
                When::Eventually(by) if now <= by => {
                    let (holds, seen) = look(swarm, machines, &expectation.claim);
                    if holds {
                        self.settle(swarm, index, true, seen);
                    }
                }
                // What happens at the first moment itself is judged when it is over.
                When::Always { from, to } if now > from && to.is_none_or(|to| now <= to) => {
                    let (holds, seen) = look(swarm, machines, &expectation.claim);
                    if !holds {
                        self.settle(swarm, index, false, seen);
                    }
                }
                _ => {}
            }
        }
    }

    /// The same when requests may have been answered since.
    pub(super) fn watch_traffic(&mut self, swarm: &mut Swarm, machines: &Machines) {
        self.seen = None;
        self.watch(swarm, machines);
    }

    /// The run is over: whatever is open is judged now.
    pub(super) fn finish(&mut self, swarm: &mut Swarm, machines: &Machines) {
        for index in 0..self.list.len() {
            if self.judgements[index].outcome == Outcome::Open {
                let (holds, seen) = look(swarm, machines, &self.list[index].claim);
                self.settle(swarm, index, holds, seen);
            }
        }
        self.due.clear();
    }

    fn settle(&mut self, swarm: &mut Swarm, index: usize, holds: bool, seen: String) {
        let now = swarm.kernel.now;
        let outcome = if holds {
            Outcome::Holds
        } else {
            Outcome::Fails
        };
        self.judgements[index] = Judgement {
            outcome,
            at: Some(now),
            seen: seen.clone(),
        };
        let index = u32::try_from(index).expect("the number of expectations is limited");
        swarm
            .kernel
            .trace
            .record(now, What::Expectation { index, holds, seen });
    }
}

/// Whether a claim holds at the moment, and what is seen.
fn look(swarm: &Swarm, machines: &Machines, claim: &Claim) -> (bool, String) {
    let store = &swarm.kernel.store;
    let mut report = Report::default();
    match claim {
        Claim::Service(claim) => {
            let Some(service) = store.service_by_name(&claim.service) else {
                return (false, format!("there is no service {}", claim.service));
            };
            let node = claim.node.as_deref();
            let tasks: Vec<&Arc<Task>> = store
                .tasks_of_service(service.id)
                .filter(|task| node.is_none_or(|name| is_on(store, task, name)))
                .collect();
            let count = |wanted: &dyn Fn(&Task) -> bool| {
                tasks.iter().filter(|task| wanted(task)).count() as u64
            };
            let is_running = |task: &Task| task.status.state == TaskState::Running;
            let is_desired = |task: &Task| task.desired_state <= TaskState::Running;
            let is_pending =
                |task: &Task| is_desired(task) && task.status.state <= TaskState::Pending;
            report.count("running", claim.running, count(&is_running));
            report.count("desired", claim.desired, count(&is_desired));
            report.count("pending", claim.pending, count(&is_pending));
        }
        Claim::Node(claim) => {
            // A machine that has left and come back is another node.
            let mut nodes = store.nodes();
            let found = nodes.rfind(|node| node.hostname() == claim.node);
            let Some(node) = found else {
                return (false, format!("there is no node {}", claim.node));
            };
            let tasks = store.tasks_of_node(node.id);
            let running = tasks
                .filter(|task| task.status.state == TaskState::Running)
                .count();
            report.count("tasks", claim.tasks, running as u64);
            report.word("state", claim.state, &node.status.state);
            report.word("availability", claim.availability, &node.spec.availability);
        }
        Claim::Task(claim) => {
            let Some(task) = newest_task(store, &claim.task) else {
                return (false, format!("there is no task {}", claim.task));
            };
            report.word("state", claim.state, &task.status.state);
            if let Some(name) = &claim.node {
                let node = task.node_id.and_then(|id| store.node(id));
                let seen = node.map_or("", |node| node.hostname());
                report.text("node", seen == name, seen);
            }
            if let Some(error) = &claim.error {
                report.text("error", error.holds(&task.status.err), &task.status.err);
            }
        }
        Claim::Output(claim) => {
            let Some(outcome) = membership::look_at(swarm, machines, &claim.on, &claim.line) else {
                return (false, format!("there is no node {}", claim.on));
            };
            let text = format!("{}{}", outcome.stdout, outcome.stderr);
            let shown = text.trim_end();
            if let Some(part) = &claim.contains {
                report.text("output", text.contains(part.as_str()), shown);
            }
            if let Some(part) = &claim.lacks {
                report.text("output", !text.contains(part.as_str()), shown);
            }
            if let Some(whole) = &claim.equals {
                report.text("output", shown == whole.trim_end(), shown);
            }
            if let Some(code) = claim.exit_code {
                let seen = outcome.exit_code;
                report.text("exit code", seen == code, &seen.to_string());
            }
        }
        Claim::Traffic(claim) => look_at_traffic(swarm, claim, &mut report),
    }
    (report.holds, report.seen)
}

fn look_at_traffic(swarm: &Swarm, claim: &TrafficClaim, report: &mut Report) {
    let mut clients = swarm.traffic.sums();
    let Some((_, sums)) = clients.find(|(name, _)| *name == claim.client) else {
        return report.text("client", false, "");
    };
    let counts = &sums.counts;
    let ok = match &claim.node {
        Some(name) => {
            let nodes = swarm.kernel.store.nodes();
            let nodes = nodes.filter(|node| node.hostname() == name);
            nodes.map(|node| sums.answered_on(node.id)).sum()
        }
        None => counts.ok,
    };
    let seen = [
        counts.sent,
        ok,
        counts.failed(),
        counts.refused,
        counts.reset,
        counts.timed_out,
        counts.retried,
    ];
    for ((what, wanted), seen) in claim.counts().into_iter().zip(seen) {
        report.count(what, wanted, seen);
    }
    for (what, permille, limit) in claim.percentiles() {
        if let Some(limit) = limit {
            let seen = sums.latencies.permille_ns(permille);
            report.text(what, seen <= limit.0, &format_duration(seen));
        }
    }
}

fn is_on(store: &crate::store::Store, task: &Task, name: &str) -> bool {
    let node = task.node_id.and_then(|id| store.node(id));
    node.is_some_and(|node| node.hostname() == name)
}

/// The newest task in a slot: `web.3`, or `web.worker1` for global services.
pub(super) fn newest_task<'s>(store: &'s crate::store::Store, name: &str) -> Option<&'s Arc<Task>> {
    let (service, place) = name.rsplit_once('.')?;
    let service = store.service_by_name(service)?;
    let tasks = store
        .tasks_of_service(service.id)
        .filter(|task| match place.parse::<u64>() {
            Ok(slot) => task.slot == slot,
            Err(_) => task.slot == 0 && is_on(store, task, place),
        });
    tasks.max_by_key(|task| task.id)
}

/// Gathers what is seen, as a text such as `running 2, pending 1`.
struct Report {
    holds: bool,
    seen: String,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            holds: true,
            seen: String::new(),
        }
    }
}

impl Report {
    fn text(&mut self, what: &str, holds: bool, seen: &str) {
        self.holds &= holds;
        if !self.seen.is_empty() {
            self.seen.push_str(", ");
        }
        let seen = if seen.is_empty() { "(nothing)" } else { seen };
        let _ = write!(self.seen, "{what} {seen}");
    }

    fn count(&mut self, what: &str, wanted: Option<Count>, seen: u64) {
        if let Some(wanted) = wanted {
            self.text(what, wanted.holds(seen), &seen.to_string());
        }
    }

    fn word<T: PartialEq + std::fmt::Display>(&mut self, what: &str, wanted: Option<T>, seen: &T) {
        if let Some(wanted) = wanted {
            self.text(what, wanted == *seen, &seen.to_string());
        }
    }
}
