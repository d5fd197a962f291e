//! Waiting until a service has converged, as the client does without `--detach`.
//!
//! Upstream: docker/cli `cli/command/service/progress/progress.go`. The client asks every 200 ms.
//! Here it is asked at the same moments, but only when there is something new to see or a wait is
//! over, so that a terminal that waits for ever costs nothing.
//!
//! Left out for now: global services.

mod jobs;

use jobs::JobProgress;

use crate::docker::print::{Message, Screen};
use crate::ids::ServiceId;
use crate::kernel::Kernel;
use crate::model::{NodeState, ServiceMode, Task, TaskState, UpdateState, UpdateStatus};
use crate::time::{MILLISECOND, SECOND, SimTime};

/// How often the client asks.
pub const POLL_INTERVAL_NS: u64 = 200 * MILLISECOND;
/// How long a service is watched after it has converged, if its update config says nothing else.
const MONITOR_DEFAULT_NS: u64 = 5 * SECOND;
/// Tasks are shown one by one up to this number.
const BAR_COUNT_MAX: u64 = 20;

/// A terminal that waits for a service.
#[derive(Clone, Debug)]
pub struct Wait {
    service: ServiceId,
    /// The service as the closing line calls it.
    reference: String,
    quiet: bool,
    screen: Screen,
    /// The labels of the rows, in order of their first appearance: slots.
    rows: Vec<u64>,
    converged_at: Option<SimTime>,
    /// The update is being taken back, or has been.
    is_rolling_back: bool,
    /// What is said about that at the end.
    closing: Option<Message>,
    job: JobProgress,
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
}

impl Wait {
    /// Waits for a service from now on.
    pub fn new(service: ServiceId, reference: String, quiet: bool) -> Self {
        Self {
            service,
            reference,
            quiet,
            screen: Screen::default(),
            rows: Vec::new(),
            converged_at: None,
            is_rolling_back: false,
            closing: None,
            job: JobProgress::default(),
        }
    }

    /// What the terminal shows.
    pub fn text(&self, columns: u16) -> String {
        if self.quiet {
            String::new()
        } else {
            self.screen.terminal(columns)
        }
    }

    /// Looks at the service once more.
    pub fn poll(&mut self, kernel: &Kernel) -> WaitStep {
        let Some(service) = kernel.store.service(self.service) else {
            let id = kernel.ids.text(self.service);
            return WaitStep::Failed(format!("Error: no such service: {id}"));
        };
        if service.spec.mode.is_job() {
            return self.job.poll(kernel, service, &mut self.screen);
        }
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
        let wanted = match service.spec.mode {
            ServiceMode::Replicated { replicas } => replicas,
            _ => 0,
        };
        let running = self.show_tasks(kernel, wanted);
        if running != wanted {
            self.converged_at = None;
            if was_converged.is_some() {
                self.screen.show(Message::detected_failure());
            }
            return WaitStep::Again(None);
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
            UpdateState::Completed if !has_converged => return Some(WaitStep::Done),
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
                    self.closing = Some(Message::rollback(message));
                }
                self.is_rolling_back = true;
            }
            UpdateState::Completed | UpdateState::Updating => {}
        }
        None
    }

    /// Shows how far the slots are, and says how many run.
    fn show_tasks(&mut self, kernel: &Kernel, wanted: u64) -> u64 {
        let mut chosen: Vec<&Task> = Vec::new();
        let service = kernel.store.service(self.service);
        let up_to_date = kernel.store.tasks_of_service(self.service).filter(|task| {
            service.is_some_and(|service| {
                task.spec_version == Some(service.spec_version) || task.spec == service.spec.task
            })
        });
        for task in up_to_date {
            let is_lost = |state| matches!(state, TaskState::Remove | TaskState::Orphaned);
            let node = task.node_id.and_then(|node| kernel.store.node(node));
            let is_down = node.is_some_and(|node| node.status.state == NodeState::Down);
            if is_down || is_lost(task.status.state) || is_lost(task.desired_state) {
                continue;
            }
            // The tasks come in order of slot.
            match chosen.last_mut().filter(|other| other.slot == task.slot) {
                Some(other) => {
                    let key = |task: &Task| (task.desired_state, task.status.state);
                    if key(task) < key(other) {
                        *other = task;
                    }
                }
                None => chosen.push(task),
            }
        }
        let runs = |task: &&&Task| {
            task.status.state == TaskState::Running && task.desired_state <= TaskState::Running
        };
        let running = chosen.iter().filter(runs).count() as u64;
        self.screen
            .show(Message::overall(running, wanted, self.is_rolling_back));
        if wanted <= BAR_COUNT_MAX {
            self.show_rows(&chosen, wanted);
        }
        running
    }

    fn show_rows(&mut self, chosen: &[&Task], wanted: u64) {
        let label = |row: usize| format!("{}/{wanted}", row + 1);
        if self.rows.is_empty() && wanted > 0 {
            for row in 0..usize::try_from(wanted).unwrap_or(0) {
                self.screen.show(Message::empty_row(&label(row)));
            }
        }
        for task in chosen {
            let known = self.rows.iter().position(|&slot| slot == task.slot);
            let row = known.unwrap_or_else(|| {
                self.rows.push(task.slot);
                self.rows.len() - 1
            });
            if row as u64 >= wanted {
                continue;
            }
            let message = if task.status.err.is_empty() {
                Message::state_row(&label(row), task.status.state, false)
            } else {
                Message::error_row(&label(row), &task.status.err)
            };
            self.screen.show(message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Settings;
    use crate::model::{Meta, Service, ServiceSpec, Version};

    /// A service without replicas, which has converged at once.
    fn empty_service(kernel: &mut Kernel) -> ServiceId {
        let spec = ServiceSpec {
            mode: ServiceMode::Replicated { replicas: 0 },
            ..ServiceSpec::default()
        };
        let service = Service {
            id: ServiceId(0),
            meta: Meta::default(),
            spec: spec.into(),
            spec_version: Version::default(),
            previous_spec: None,
            previous_spec_version: None,
            endpoint: None,
            job_status: None,
            update_status: None,
        };
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
            let mut wait = Wait::new(id, "web".to_owned(), false);
            assert_eq!(wait.poll(&kernel), expected);
        }
        set(&mut kernel, id, UpdateState::RollbackStarted);
        let mut wait = Wait::new(id, "web".to_owned(), false);
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
