//! `docker service logs` and `docker logs`: what containers have printed, and what they print
//! while a terminal follows them.
//!
//! Upstream: docker/cli `cli/command/service/logs.go`, moby `daemon/cluster/services.go`, SwarmKit
//! `manager/logbroker`. The lines of tasks arrive in the order in which their nodes answer, task
//! by task; here they come in order of slot. What is printed later comes in order of time.
//! A terminal that follows looks again when the next line is due or the store has changed, so it
//! costs nothing while nothing is printed.
//!
//! Left out: log drivers; the output of containers that have been removed.

use std::collections::BTreeMap;

use super::wait::{Wait, WaitStep};
use super::{Execution, find};
use crate::agent::Process;
use crate::docker::Outcome;
use crate::docker::print::{self, LogSource};
use crate::docker::service::ServiceLogs;
use crate::docker::values::parse_moment;
use crate::ids::{NodeId, ServiceId, TaskId};
use crate::kernel::Kernel;
use crate::model::{NodeState, ServiceMode, Task};
use crate::swarm::Swarm;
use crate::time::SimTime;

/// Whose output is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Service(ServiceId),
    Task(TaskId),
    Container(NodeId, TaskId),
}

/// How a line is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Layout {
    Service {
        options: Box<ServiceLogs>,
        slot_digits: usize,
    },
    Container {
        timestamps: bool,
        details: bool,
    },
}

/// A terminal that follows the output of containers.
#[derive(Clone, Debug)]
pub(super) struct Follow {
    target: Target,
    layout: Layout,
    /// Everything up to this moment has been printed.
    told_until: SimTime,
    /// What has been printed and not been taken yet.
    fresh: String,
}

impl Follow {
    /// What is new since it was taken last.
    pub(super) fn take_fresh(&mut self) -> String {
        std::mem::take(&mut self.fresh)
    }

    /// Prints what is new. The output of a container ends with it, that of a service does not.
    pub(super) fn poll(&mut self, swarm: &Swarm) -> WaitStep {
        let now = swarm.kernel.now;
        let from = self.told_until + 1;
        let mut lines: Vec<(SimTime, usize, TaskId, String)> = Vec::new();
        let mut next: Option<SimTime> = None;
        let mut has_ended = matches!(self.target, Target::Container(..));
        for (node, task) in places(&swarm.kernel, self.target) {
            let Some(output) = Output::of(swarm, node, task) else {
                continue;
            };
            if from <= now {
                let new = output.lines(from, now).into_iter().enumerate();
                lines.extend(new.map(|(index, (at, line))| (at, index, task, line)));
            }
            let mut at = output.next(now);
            if matches!(self.target, Target::Container(..)) {
                at = at.or_else(|| output.ends_after(now));
            }
            next = next.into_iter().chain(at).min();
            has_ended &= output.has_ended(now);
        }
        self.told_until = now;
        lines.sort();
        let mut sources = BTreeMap::new();
        for (at, _, task, line) in lines {
            let text = self
                .layout
                .line(&swarm.kernel, &mut sources, task, at, &line);
            self.fresh.push_str(&text);
        }
        if has_ended {
            WaitStep::Done
        } else {
            WaitStep::Background(next)
        }
    }
}

impl Layout {
    fn line(
        &self,
        kernel: &Kernel,
        sources: &mut BTreeMap<TaskId, LogSource>,
        task: TaskId,
        at: SimTime,
        line: &str,
    ) -> String {
        match self {
            Self::Service {
                options,
                slot_digits,
            } => {
                let source = sources
                    .entry(task)
                    .or_insert_with(|| source(kernel, task, options.no_resolve));
                print::service_log_line(source, at, line, options, *slot_digits)
            }
            Self::Container {
                timestamps,
                details,
            } => print::container_log_line(at, line, *timestamps, *details),
        }
    }
}

/// The output of one container.
struct Output<'s> {
    container: &'s crate::agent::Container,
    process: Process<'s>,
}

impl<'s> Output<'s> {
    fn of(swarm: &'s Swarm, node: NodeId, task: TaskId) -> Option<Self> {
        if !swarm.is_up(node) {
            return None;
        }
        let stored = swarm.kernel.store.task(task)?;
        let container = swarm.agent(node)?.container(task)?;
        let process = Process::of(&swarm.kernel.settings, &stored.spec, task);
        Some(Self { container, process })
    }

    fn lines(&self, from: SimTime, until: SimTime) -> Vec<(SimTime, String)> {
        self.container
            .output_between(&self.process.output, from, until)
    }

    fn next(&self, now: SimTime) -> Option<SimTime> {
        self.container.next_output(&self.process.output, now)
    }

    fn ends_after(&self, now: SimTime) -> Option<SimTime> {
        let end = self.container.end.map(|(at, _)| at);
        end.filter(|at| *at > now)
    }

    fn has_ended(&self, now: SimTime) -> bool {
        self.container.exit_code_at(now).is_some()
    }
}

/// Where the output of a target is, in order of slot.
fn places(kernel: &Kernel, target: Target) -> Vec<(NodeId, TaskId)> {
    let place = |task: &Task| task.node_id.map(|node| (node, task.id));
    match target {
        Target::Service(service) => {
            let tasks = kernel.store.tasks_of_service(service);
            let mut tasks: Vec<&Task> = tasks.map(|task| &**task).collect();
            tasks.sort_by_key(|task| (task.slot, task.id));
            tasks.into_iter().filter_map(place).collect()
        }
        Target::Task(task) => {
            let task = kernel.store.task(task);
            task.and_then(|task| place(task)).into_iter().collect()
        }
        Target::Container(node, task) => vec![(node, task)],
    }
}

fn source(kernel: &Kernel, task: TaskId, no_resolve: bool) -> LogSource {
    let task = kernel.store.task(task);
    let service_id = task.and_then(|task| task.service_id);
    let node_id = task.and_then(|task| task.node_id);
    let ids = [
        node_id.map_or_else(String::new, |id| kernel.ids.text(id)),
        service_id.map_or_else(String::new, |id| kernel.ids.text(id)),
        task.map_or_else(String::new, |task| kernel.ids.text(task.id)),
    ];
    let service = service_id.and_then(|id| kernel.store.service(id));
    let node = node_id.and_then(|id| kernel.store.node(id));
    let name = |known: Option<&str>, id: &String| match known {
        Some(name) if !no_resolve => name.to_owned(),
        _ => id.clone(),
    };
    LogSource {
        service: name(service.map(|service| service.name()), &ids[1]),
        slot: task.map_or(0, |task| task.slot),
        node: name(node.map(|node| node.hostname()), &ids[0]),
        ids,
    }
}

/// `docker service logs`
pub(super) fn service_logs(swarm: &Swarm, command: &ServiceLogs) -> Execution {
    let kernel = &swarm.kernel;
    let (target, is_tty, largest_slot) = match find::service(kernel, &command.target) {
        Ok(service) => {
            let largest = match service.spec.mode {
                ServiceMode::Replicated { replicas } => replicas,
                _ => 1,
            };
            let is_tty = service.spec.task.container.runtime.tty;
            (Target::Service(service.id), is_tty, largest)
        }
        Err(refusal) if !find::is_not_found(&refusal) => return refusal.into(),
        Err(_) => match find::task(kernel, &command.target) {
            Ok(task) => {
                let is_tty = task.spec.container.runtime.tty;
                (Target::Task(task.id), is_tty, task.slot)
            }
            Err(refusal) if !find::is_not_found(&refusal) => return refusal.into(),
            Err(_) => {
                let message = format!("no such task or service: {}", command.target);
                return Outcome::refused(message).into();
            }
        },
    };
    if is_tty && !command.raw {
        return Outcome::refused("tty service logs only supported with --raw").into();
    }
    let from = match since("since", &command.since, kernel.now) {
        Ok(from) => from.unwrap_or(SimTime::ZERO),
        Err(refusal) => return refusal.into(),
    };
    let tail = match service_tail(&command.tail) {
        Ok(tail) => tail,
        Err(refusal) => return refusal.into(),
    };
    let layout = Layout::Service {
        options: Box::new(command.clone()),
        // A terminal of its own prints without names, and a task without a slot has one digit.
        slot_digits: largest_slot.to_string().len(),
    };
    let printed = Outcome::printed(past(swarm, target, &layout, from, kernel.now, tail));
    answer(swarm, target, layout, command.follow, printed, || {
        missing(swarm, target)
    })
}

/// `docker logs` of the container of a task.
pub(super) fn container_logs(
    swarm: &Swarm,
    at: NodeId,
    task: TaskId,
    command: &crate::docker::container::ContainerLogs,
) -> Execution {
    let now = swarm.kernel.now;
    let bounds = since("since", &command.since, now)
        .and_then(|from| Ok((from, since("until", &command.until, now)?)));
    let (from, until) = match bounds {
        Ok(bounds) => bounds,
        Err(refusal) => return refusal.into(),
    };
    let target = Target::Container(at, task);
    let layout = Layout::Container {
        timestamps: command.timestamps,
        details: command.details,
    };
    // Whatever is no number means all.
    let tail = command.tail.parse().ok();
    let until = until.unwrap_or(now).min(now);
    let text = past(
        swarm,
        target,
        &layout,
        from.unwrap_or(SimTime::ZERO),
        until,
        tail,
    );
    // The end of what is followed is not known here before it comes.
    let follow = command.follow && until == now;
    answer(
        swarm,
        target,
        layout,
        follow,
        Outcome::printed(text),
        || None,
    )
}

/// What has been printed so far, the newest lines of every container.
fn past(
    swarm: &Swarm,
    target: Target,
    layout: &Layout,
    from: SimTime,
    until: SimTime,
    tail: Option<usize>,
) -> String {
    let mut text = String::new();
    let mut sources = BTreeMap::new();
    for (node, task) in places(&swarm.kernel, target) {
        let Some(output) = Output::of(swarm, node, task) else {
            continue;
        };
        let lines = output.lines(from, until);
        let skipped = tail.map_or(0, |tail| lines.len().saturating_sub(tail));
        for (at, line) in &lines[skipped..] {
            text += &layout.line(&swarm.kernel, &mut sources, task, *at, line);
        }
    }
    text
}

fn answer(
    swarm: &Swarm,
    target: Target,
    layout: Layout,
    follow: bool,
    mut printed: Outcome,
    missing: impl Fn() -> Option<String>,
) -> Execution {
    if follow {
        let follow = Follow {
            target,
            layout,
            told_until: swarm.kernel.now,
            fresh: String::new(),
        };
        return Execution::Waits(printed, vec![Wait::logs(follow)]);
    }
    if let Some(reasons) = missing() {
        // The text that is sent ends with a line feed, and so does the client's.
        printed.stderr = format!(
            "error from daemon in stream: Error grabbing logs: rpc error: code = Unknown desc = \
             warning: incomplete log stream. some logs could not be retrieved for the following \
             reasons: {reasons}\n\n"
        );
        printed.exit_code = 1;
    }
    printed.into()
}

/// Whose output could not be had, and why (SwarmKit `manager/logbroker/subscription.go`).
fn missing(swarm: &Swarm, target: Target) -> Option<String> {
    let store = &swarm.kernel.store;
    let tasks: Vec<&Task> = match target {
        Target::Service(service) => store
            .tasks_of_service(service)
            .map(|task| &**task)
            .collect(),
        Target::Task(task) | Target::Container(_, task) => {
            store.task(task).map(|task| &**task).into_iter().collect()
        }
    };
    let nodes: std::collections::BTreeSet<NodeId> =
        tasks.iter().filter_map(|task| task.node_id).collect();
    let is_silent = |node: &NodeId| {
        let known = store.node(*node);
        !swarm.is_up(*node) || known.is_none_or(|node| node.status.state == NodeState::Down)
    };
    let silent = nodes.into_iter().filter(is_silent).map(|node| {
        let id = swarm.kernel.ids.text(node);
        format!("node {id} is not available")
    });
    let pending = tasks.iter().filter(|task| task.node_id.is_none());
    let pending = pending.map(|task| {
        let id = swarm.kernel.ids.text(task.id);
        format!("task {id} has not been scheduled")
    });
    let reasons: Vec<String> = silent.chain(pending).collect();
    (!reasons.is_empty()).then(|| reasons.join(", "))
}

/// The moment that a flag names.
fn since(flag: &str, text: &str, now: SimTime) -> Result<Option<SimTime>, Outcome> {
    if text.is_empty() {
        return Ok(None);
    }
    parse_moment(text, now)
        .map(Some)
        .map_err(|error| Outcome::refused(format!("invalid value for {flag:?}: {error}")))
}

fn service_tail(text: &str) -> Result<Option<usize>, Outcome> {
    if matches!(text, "" | "all") {
        return Ok(None);
    }
    match text.parse::<i64>() {
        Ok(count) => usize::try_from(count)
            .map(Some)
            .map_err(|_| Outcome::refused_by_daemon("negative tail values not supported")),
        Err(_) => Err(Outcome::refused_by_daemon(
            "tail value must be a positive integer or \"all\"",
        )),
    }
}
