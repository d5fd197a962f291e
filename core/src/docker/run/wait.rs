//! A terminal that waits: for a service to converge, as the client does without `--detach`, or
//! for more output.
//!
//! Upstream: docker/cli `cli/command/service/progress/progress.go`. The client asks every 200 ms.
//! Here it is asked at the same moments, but only when there is something new to see or a wait is
//! over, so that a terminal that waits for ever costs nothing. What is shown of the tasks is in
//! `replicated`, `global` and `jobs`.

mod global;
mod gone;
mod jobs;
mod replicated;
mod roots;

use global::GlobalProgress;
use gone::Gone;
use jobs::JobProgress;
use replicated::ReplicatedProgress;
use roots::RootRotation;

use super::curl::Curl;
use super::logs::Follow;
use crate::collections::BTreeMap;
use crate::docker::Outcome;
use crate::docker::print::{Message, Screen};
use crate::ids::ServiceId;
use crate::kernel::Kernel;
use crate::model::{NodeState, Service, ServiceMode, Task, TaskState, UpdateState, UpdateStatus};
use crate::orchestrator::dirty::is_task_dirty;
use crate::swarm::Swarm;
use crate::time::{MILLISECOND, SECOND, SimTime};

/// How often the client asks.
pub const POLL_INTERVAL_NS: u64 = 200 * MILLISECOND;
/// How long a service is watched after it has converged, if its update config says nothing else.
const MONITOR_DEFAULT_NS: u64 = 5 * SECOND;
/// Tasks are shown one by one up to this number.
const BAR_COUNT_MAX: u64 = 20;

/// What holds a terminal.
#[derive(Clone, Debug)]
pub struct Wait(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Convergence(Box<Convergence>),
    Logs(Box<Follow>),
    Pause(Box<Pause>),
    Curl(Box<Curl>),
    Gone(Gone),
    Roots(Box<RootRotation>),
}

/// A command that is done at a moment, and says only then how it went.
#[derive(Clone, Debug)]
struct Pause {
    until: Option<SimTime>,
    outcome: Outcome,
}

/// A service that is to converge.
#[derive(Clone, Debug)]
struct Convergence {
    service: ServiceId,
    /// The service as the closing line calls it.
    reference: String,
    quiet: bool,
    /// Whether errors begin with the service.
    names_service: bool,
    screen: Screen,
    progress: Option<Progress>,
    converged_at: Option<SimTime>,
    /// The update is being taken back, or has been.
    is_rolling_back: bool,
    /// What is said about that at the end.
    closing: Option<Message>,
}

/// What is shown of the tasks, by mode of the service.
#[derive(Clone, Debug)]
enum Progress {
    Replicated(ReplicatedProgress),
    Global(GlobalProgress),
    Job(JobProgress),
}

/// How a wait goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitStep {
    /// It is over.
    Done,
    /// The service is gone, or its update has stopped.
    Failed(String),
    /// It goes on, at this moment at the latest if nothing happens before.
    Again(Option<SimTime>),
    /// It goes on, to exactly this moment, if there is one.
    At(Option<SimTime>),
    /// It goes on. It looks again at exactly this moment, if there is one, but no run is kept
    /// alive for that.
    Background(Option<SimTime>),
    /// It is over, and this is said.
    Answered(Outcome),
}

impl Wait {
    /// Waits for a service from now on.
    pub fn new(service: ServiceId, reference: String, quiet: bool) -> Self {
        let convergence = Convergence::new(service, reference, quiet);
        Self(Kind::Convergence(Box::new(convergence)))
    }

    /// The same, with errors that begin with the service, as where several are waited for.
    #[must_use]
    pub fn naming_its_service(mut self) -> Self {
        if let Kind::Convergence(wait) = &mut self.0 {
            wait.names_service = true;
        }
        self
    }

    /// Follows the output of containers.
    pub(super) fn logs(follow: Follow) -> Self {
        Self(Kind::Logs(Box::new(follow)))
    }

    /// Holds the terminal until a moment, or for ever, and then answers.
    pub(super) fn pause(until: Option<SimTime>, outcome: Outcome) -> Self {
        Self(Kind::Pause(Box::new(Pause { until, outcome })))
    }

    /// A request that is not answered yet.
    pub(super) fn curl(curl: Curl) -> Self {
        Self(Kind::Curl(Box::new(curl)))
    }

    /// Waits until the tasks of a stack that is removed have ended, as the client sees that.
    pub(super) fn gone(services: Vec<ServiceId>) -> Self {
        Self(Kind::Gone(Gone { services }))
    }

    /// Waits until all nodes have changed over to another root certificate.
    pub(super) fn roots(quiet: bool) -> Self {
        Self(Kind::Roots(Box::new(RootRotation::new(quiet))))
    }

    /// What the terminal shows of it, under what has been printed.
    pub fn text(&self, columns: u16) -> String {
        match &self.0 {
            Kind::Convergence(wait) => wait.text(columns),
            Kind::Roots(wait) => wait.text(columns),
            Kind::Logs(_) | Kind::Pause(_) | Kind::Curl(_) | Kind::Gone(_) => String::new(),
        }
    }

    /// What has been printed for good since this was asked last.
    pub fn take_printed(&mut self) -> String {
        match &mut self.0 {
            Kind::Convergence(_)
            | Kind::Pause(_)
            | Kind::Curl(_)
            | Kind::Gone(_)
            | Kind::Roots(_) => String::new(),
            Kind::Logs(follow) => follow.take_fresh(),
        }
    }

    /// Ctrl-C: the wait ends, and what was asked for goes on. Gives the exit code.
    pub fn interrupt(&mut self) -> u8 {
        /// 128 and the number of the signal.
        const INTERRUPTED: u8 = 130;
        match &mut self.0 {
            Kind::Convergence(wait) => {
                wait.interrupt();
                0
            }
            Kind::Roots(wait) => {
                wait.interrupt();
                0
            }
            Kind::Logs(_) | Kind::Pause(_) | Kind::Curl(_) | Kind::Gone(_) => INTERRUPTED,
        }
    }

    /// Looks once more.
    pub fn poll(&mut self, swarm: &mut Swarm) -> WaitStep {
        match &mut self.0 {
            Kind::Curl(curl) => curl.poll(swarm),
            Kind::Convergence(wait) => wait.poll(&swarm.kernel),
            Kind::Logs(follow) => follow.poll(swarm),
            Kind::Roots(wait) => wait.poll(&swarm.kernel),
            Kind::Pause(pause) if pause.until.is_some_and(|until| until <= swarm.kernel.now) => {
                WaitStep::Answered(std::mem::take(&mut pause.outcome))
            }
            Kind::Pause(pause) => WaitStep::At(pause.until),
            Kind::Gone(gone) => gone.poll(&swarm.kernel),
        }
    }
}

impl Convergence {
    fn new(service: ServiceId, reference: String, quiet: bool) -> Self {
        Self {
            service,
            reference,
            quiet,
            names_service: false,
            screen: Screen::default(),
            progress: None,
            converged_at: None,
            is_rolling_back: false,
            closing: None,
        }
    }

    fn text(&self, columns: u16) -> String {
        if self.quiet {
            String::new()
        } else {
            self.screen.terminal(columns)
        }
    }

    fn interrupt(&mut self) {
        if self.converged_at.is_none() {
            self.screen.show(Message::in_background());
            self.screen.show(Message::where_to_look(&self.reference));
        }
    }

    fn poll(&mut self, kernel: &Kernel) -> WaitStep {
        match self.look(kernel) {
            WaitStep::Failed(error) if self.names_service => {
                WaitStep::Failed(format!("{}: {error}", self.reference))
            }
            step => step,
        }
    }

    fn look(&mut self, kernel: &Kernel) -> WaitStep {
        let Some(service) = kernel.store.service(self.service) else {
            return WaitStep::Failed(format!(
                "Error response from daemon: service {} not found",
                self.reference
            ));
        };
        let monitor_ns = match service.spec.update.map(|update| update.monitor_ns) {
            Some(monitor_ns) if monitor_ns != 0 => monitor_ns,
            _ => MONITOR_DEFAULT_NS,
        };
        if let Some(status) = &service.update_status
            && let Some(end) = self.follow_update(status)
        {
            return end;
        }
        let was_converged = self.converged_at;
        if let Some(converged_at) = was_converged
            && kernel.now.since(converged_at) >= monitor_ns
        {
            self.screen.show(Message::converged(&self.reference));
            if let Some(message) = self.closing.take() {
                self.screen.show(message);
            }
            return WaitStep::Done;
        }
        if !self.show_progress(kernel, service) {
            self.converged_at = None;
            if was_converged.is_some() {
                self.screen.show(Message::detected_failure());
            }
            return WaitStep::Again(None);
        }
        // A job that is done stays done.
        if service.spec.mode.is_job() {
            self.screen.show(Message::job_complete());
            return WaitStep::Done;
        }
        let converged_at = *self.converged_at.get_or_insert(kernel.now);
        let over_at = converged_at + monitor_ns;
        self.screen
            .show(Message::verifying(over_at.since(kernel.now)));
        WaitStep::Again(Some(over_at))
    }

    /// What the state of an update means for the wait: its end, or what is said on the way.
    fn follow_update(&mut self, status: &UpdateStatus) -> Option<WaitStep> {
        let message = &status.message;
        let has_converged = self.converged_at.is_some();
        match status.state {
            UpdateState::Updating => self.is_rolling_back = false,
            UpdateState::Completed if !has_converged => return Some(WaitStep::Done),
            UpdateState::Completed => {}
            UpdateState::Paused => {
                let error = format!("service update paused: {message}");
                return Some(WaitStep::Failed(error));
            }
            UpdateState::RollbackPaused => {
                let error = format!("service rollback paused: {message}");
                return Some(WaitStep::Failed(error));
            }
            UpdateState::RollbackStarted => {
                if !self.is_rolling_back && !message.is_empty() {
                    self.screen.show(Message::rollback(message));
                }
                self.is_rolling_back = true;
            }
            UpdateState::RollbackCompleted => {
                if !has_converged {
                    self.closing = Some(Message::rolled_back(message));
                }
                self.is_rolling_back = true;
            }
        }
        None
    }

    /// Shows how far the tasks are, and says whether all are where they should be.
    fn show_progress(&mut self, kernel: &Kernel, service: &Service) -> bool {
        let screen = &mut self.screen;
        let progress = self
            .progress
            .get_or_insert_with(|| match service.spec.mode {
                ServiceMode::Replicated { .. } => {
                    Progress::Replicated(ReplicatedProgress::default())
                }
                ServiceMode::Global => Progress::Global(GlobalProgress::default()),
                ServiceMode::ReplicatedJob { .. } | ServiceMode::GlobalJob => {
                    Progress::Job(JobProgress::default())
                }
            });
        match progress {
            Progress::Replicated(progress) => {
                progress.update(kernel, service, screen, self.is_rolling_back)
            }
            Progress::Global(progress) => {
                progress.update(kernel, service, screen, self.is_rolling_back)
            }
            Progress::Job(progress) => progress.update(kernel, service, screen),
        }
    }
}

/// The tasks that are what the service wants now (`manager/controlapi/task.go`, the filter that
/// the client asks with).
fn up_to_date_tasks<'k>(
    kernel: &'k Kernel,
    service: &'k Service,
) -> impl Iterator<Item = &'k Task> {
    let tasks = kernel.store.tasks_of_service(service.id);
    tasks
        .map(|task| &**task)
        .filter(|task| !is_task_dirty(&kernel.store, &kernel.ids, service, task))
}

/// Whether the client has a number for the state, by which it compares.
fn is_known(state: TaskState) -> bool {
    !matches!(state, TaskState::Remove | TaskState::Orphaned)
}

/// The task of every place that stands for it: the one with the lowest key.
fn lowest<'t, P: Ord, K: Ord>(
    tasks: impl Iterator<Item = &'t Task>,
    place: impl Fn(&Task) -> P,
    key: impl Fn(&Task) -> K,
) -> BTreeMap<P, &'t Task> {
    let mut chosen: BTreeMap<P, &Task> = BTreeMap::new();
    for task in tasks {
        let best = chosen.entry(place(task)).or_insert(task);
        if key(task) < key(best) {
            *best = task;
        }
    }
    chosen
}

/// By what tasks of long-running services are compared.
fn service_key(task: &Task) -> (TaskState, TaskState) {
    (task.desired_state, task.status.state)
}

/// Whether the client knows of no reason why the task of a node could not run.
fn is_node_up(kernel: &Kernel, task: &Task) -> bool {
    let node = task.node_id.map(|node| kernel.store.node(node));
    node.is_none_or(|node| node.is_some_and(|node| node.status.state != NodeState::Down))
}

/// Whether it counts as running.
fn runs(task: &Task) -> bool {
    task.status.state == TaskState::Running && task.desired_state <= TaskState::Running
}

/// What the row of a task of a long-running service says, if anything new.
fn service_row(label: &str, task: &Task) -> Option<Message> {
    if !task.status.err.is_empty() {
        return Some(Message::error_row(label, &task.status.err));
    }
    let is_under_way = task.status.state.max(task.desired_state) <= TaskState::Running;
    is_under_way.then(|| Message::state_row(label, task.status.state, false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Settings;
    use crate::model::{Service, ServiceSpec};

    /// A service without replicas, which has converged at once.
    fn empty_service(kernel: &mut Kernel) -> ServiceId {
        let spec = ServiceSpec {
            mode: ServiceMode::Replicated { replicas: 0 },
            ..ServiceSpec::default()
        };
        let service = Service::new(spec);
        let written = kernel
            .store
            .update(kernel.now, |tx| Ok::<_, ()>(tx.create_service(service)));
        written.expect("nothing refuses it")
    }

    fn set(kernel: &mut Kernel, id: ServiceId, state: UpdateState) {
        let status = UpdateStatus {
            state,
            started_at: None,
            completed_at: None,
            message: "why".into(),
        };
        let written = kernel.store.update(kernel.now, |tx| {
            Ok::<_, ()>(tx.update_service(id, |service| service.update_status = Some(status)))
        });
        assert_eq!(written, Ok(true));
    }

    #[test]
    fn an_update_ends_the_wait_or_turns_round() {
        let mut kernel = Kernel::new(Settings::default());
        let id = empty_service(&mut kernel);
        for (state, expected) in [
            (UpdateState::Completed, WaitStep::Done),
            (
                UpdateState::Paused,
                WaitStep::Failed("service update paused: why".to_owned()),
            ),
            (
                UpdateState::RollbackPaused,
                WaitStep::Failed("service rollback paused: why".to_owned()),
            ),
        ] {
            set(&mut kernel, id, state);
            let mut wait = Convergence::new(id, "web".to_owned(), false);
            assert_eq!(wait.poll(&kernel), expected);
        }
        set(&mut kernel, id, UpdateState::RollbackStarted);
        let mut wait = Convergence::new(id, "web".to_owned(), false);
        assert!(matches!(wait.poll(&kernel), WaitStep::Again(Some(_))));
        set(&mut kernel, id, UpdateState::RollbackCompleted);
        kernel.now = kernel.now + MONITOR_DEFAULT_NS;
        assert_eq!(wait.poll(&kernel), WaitStep::Done);
        assert_eq!(
            wait.text(80),
            "rollback: why \noverall progress: rolling back update: 0 out of 0 tasks \n\
             verify: Service web converged \n"
        );
    }
}
