//! What a command prints while it waits for a service to converge.
//!
//! Upstream: docker/cli `cli/command/service/progress/progress.go`, moby `pkg/jsonmessage`.
//! A message has an id; on a terminal it replaces the line with the same id, elsewhere it is a
//! line more, unless it has a bar. Whoever runs the command decides what is said, and when; here
//! is how it is said.

use crate::model::TaskState;

/// A message about one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The line it belongs to: `overall progress`, `1/3`, `verify`.
    pub id: String,
    /// What it says.
    pub text: String,
    /// How far it is, out of how much.
    pub bar: Option<(u64, u64)>,
    /// What is said behind the bar.
    pub counts: String,
    /// Whether it is a plain line: it replaces none, and none replaces it.
    pub is_plain: bool,
}

impl Message {
    fn new(id: &str, text: impl Into<String>) -> Self {
        Self {
            id: id.to_owned(),
            text: text.into(),
            bar: None,
            counts: String::new(),
            is_plain: false,
        }
    }

    fn plain(id: &str, text: impl Into<String>) -> Self {
        Self {
            is_plain: true,
            ..Self::new(id, text)
        }
    }

    /// How many tasks run.
    pub fn overall(running: u64, wanted: u64, rolling_back: bool) -> Self {
        let what = if rolling_back {
            "rolling back update: "
        } else {
            ""
        };
        Self::new(
            "overall progress",
            format!("{what}{running} out of {wanted} tasks"),
        )
    }

    /// A global service has no tasks yet.
    pub fn waiting_for_tasks() -> Self {
        Self::new("overall progress", "waiting for new tasks")
    }

    /// The line of a task before anything is known of it.
    pub fn empty_row(label: &str) -> Self {
        Self::new(label, " ")
    }

    /// The state of a task; one of a job has a step more to go.
    pub fn state_row(label: &str, state: TaskState, is_job: bool) -> Self {
        // The second step is a state that only older swarms had.
        let step = match state {
            TaskState::New => 1,
            TaskState::Pending => 3,
            TaskState::Assigned => 4,
            TaskState::Accepted => 5,
            TaskState::Preparing => 6,
            TaskState::Ready => 7,
            TaskState::Starting => 8,
            TaskState::Running => 9,
            _ => 10,
        };
        let steps = if is_job { 10 } else { 9 };
        Self {
            bar: Some((step.min(steps), steps)),
            ..Self::new(label, format!("{:<9}", state.as_str()))
        }
    }

    /// What went wrong with a task, on its line.
    pub fn error_row(label: &str, error: &str) -> Self {
        /// Longer errors are cut.
        const WIDTH: usize = 75;
        let error = error.replace('\n', " ");
        Self::new(label, super::fields::ellipsis(&error, WIDTH))
    }

    /// How many executions of a job are done; for a terminal only.
    pub fn job(done: u64, wanted: u64) -> Self {
        let width = wanted.to_string().len();
        Self {
            bar: Some((done, wanted)),
            ..Self::new(
                "job progress",
                format!("{done:>width$} out of {wanted} complete"),
            )
        }
    }

    /// A global job has no tasks yet.
    pub fn waiting_for_job() -> Self {
        Self::new("job progress", "waiting for tasks")
    }

    /// How many tasks of a job are on their way, of how many that could be now. Both are as wide
    /// as the number that may be on their way at once.
    pub fn job_active(active: u64, desired: u64, at_once: u64) -> Self {
        let width = at_once.to_string().len();
        Self::new(
            "active tasks",
            format!("{active:>width$} out of {desired:>width$} tasks"),
        )
    }

    /// A job is done.
    pub fn job_complete() -> Self {
        Self::plain("", "job complete")
    }

    /// All is as wanted, and is watched for a while: so many nanoseconds more.
    pub fn verifying(remaining_ns: u64) -> Self {
        let seconds = remaining_ns / crate::time::SECOND + 1;
        Self::new(
            "verify",
            format!("Waiting {seconds} seconds to verify that tasks are stable..."),
        )
    }

    /// Something failed while it was watched.
    pub fn detected_failure() -> Self {
        Self::new("verify", "Detected task failure")
    }

    /// The end.
    pub fn converged(service_id: &str) -> Self {
        Self::new("verify", format!("Service {service_id} converged"))
    }

    /// An update is being taken back.
    pub fn rollback(message: &str) -> Self {
        Self::new("rollback", message)
    }

    /// An update has been taken back.
    pub fn rolled_back(message: &str) -> Self {
        Self::plain("rollback", message)
    }

    /// The digest of the root certificate that all shall trust.
    pub fn root_digest(digest: &str) -> Self {
        Self::new("desired root digest", format!("sha256:{digest}"))
    }

    /// How many nodes have a certificate of the new root.
    pub fn certificates(count: u64, of: u64) -> Self {
        Self {
            bar: Some((count, of)),
            counts: format!("{count}/{of} nodes"),
            ..Self::new("  rotated TLS certificates", "")
        }
    }

    /// How many nodes trust the new root.
    pub fn trusted_roots(count: u64, of: u64) -> Self {
        Self {
            bar: Some((count, of)),
            counts: format!("{count}/{of} nodes"),
            ..Self::new("  rotated CA certificates", " ")
        }
    }

    /// Where to look how far a change of roots is, in docker's words.
    pub fn where_to_look_for_roots() -> Self {
        Self::plain(
            "",
            "Use `swarmctl cluster inspect default` to check progress.",
        )
    }

    /// The wait was interrupted, and nothing else.
    pub fn in_background() -> Self {
        Self::plain("", "Operation continuing in background.")
    }

    /// What to type after that.
    pub fn where_to_look(service: &str) -> Self {
        let text = format!("Use `docker service ps {service}` to check progress.");
        Self::plain("", text)
    }

    fn line(&self) -> String {
        if self.id.is_empty() {
            return self.text.clone();
        }
        format!("{}: {}", self.id, self.text)
    }
}

/// The lines of a wait, in the order in which they first appeared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    messages: Vec<Message>,
}

impl Screen {
    /// Takes a message in, and gives the line that is printed where there is no terminal.
    pub fn show(&mut self, message: Message) -> Option<String> {
        let line = message
            .bar
            .is_none()
            .then(|| format!("{}\n", message.line()));
        match self
            .messages
            .iter_mut()
            .find(|other| !other.is_plain && other.id == message.id)
        {
            Some(place) if !message.is_plain => *place = message,
            _ => self.messages.push(message),
        }
        line
    }

    /// What stands on a terminal of so many columns now.
    pub fn terminal(&self, columns: u16) -> String {
        /// Bars need a terminal wider than this.
        const COLUMNS_WITH_BAR: u16 = 110;
        let mut text = String::new();
        for message in &self.messages {
            text += &message.line();
            if message.is_plain {
                text.push('\n');
                continue;
            }
            text.push(' ');
            if let Some((current, total)) = message.bar.filter(|_| columns > COLUMNS_WITH_BAR) {
                text += &bar(current, total);
            }
            text += &message.counts;
            text.push('\n');
        }
        text
    }
}

/// A bar of fifty steps and a point.
fn bar(current: u64, total: u64) -> String {
    const STEPS: u64 = 50;
    let filled = (current * 100 / total.max(1) / 2).min(STEPS);
    let count = |n: u64| usize::try_from(n).expect("at most fifty");
    format!(
        "[{}>{}] ",
        "=".repeat(count(filled)),
        " ".repeat(count(STEPS - filled))
    )
}
