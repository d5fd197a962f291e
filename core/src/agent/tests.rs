//! SwarmKit's tests of its agent (`agent/exec/controller_test.go`, `agent/task_test.go`,
//! `agent/worker_test.go`), as far as the model has their subjects: what is reported of a task.
//!
//! Not here: `TestIsTemporary`, because no error of an engine is temporary here, and `TestReporter`,
//! because reports are only lost together with a session, which then begins with all of them.

use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::{Expect, expect};

use super::{Agent, Report};
use crate::ids::{NodeId, TaskId};
use crate::kernel::{Event, Kernel, Settings};
use crate::model::{Task, TaskSpec, TaskState};
use crate::scenario::{Behaviour, Duration, Health, Image};
use crate::time::{MILLISECOND, SECOND};

const NODE: NodeId = NodeId(0);

/// An agent with nobody above it: what is assigned is said here, what it reports is written down.
struct Bench {
    kernel: Kernel,
    agent: Agent,
    told: String,
}

impl Bench {
    fn new() -> Self {
        let mut settings = Settings::default();
        let exits = |code, after| Behaviour::Exits {
            code,
            after: Duration(after * SECOND),
        };
        let images = [
            (
                "done",
                Image {
                    behaviour: exits(0, 2),
                    ..Image::default()
                },
            ),
            (
                "broken",
                Image {
                    behaviour: exits(3, 2),
                    ..Image::default()
                },
            ),
            (
                "gone",
                Image {
                    missing: true,
                    ..Image::default()
                },
            ),
            (
                "slow",
                Image {
                    health: Some(Health::Never),
                    ..Image::default()
                },
            ),
            (
                "dies-early",
                Image {
                    behaviour: exits(3, 2),
                    health: Some(Health::Never),
                    ..Image::default()
                },
            ),
        ];
        for (name, image) in images {
            settings.images.insert(format!("{name}:latest"), image);
        }
        Self {
            kernel: Kernel::new(settings),
            agent: Agent::default(),
            told: String::new(),
        }
    }

    fn tell(&mut self, reports: Vec<Report>) {
        for Report { task, status, .. } in reports {
            let _ = write!(
                self.told,
                "{} task {}: {:?} {:?}",
                self.kernel.now, task.0, status.state, status.message
            );
            if !status.err.is_empty() {
                let _ = write!(self.told, " {:?}", status.err);
            }
            if let Some(container) = &status.container {
                let _ = write!(self.told, " exit code {}", container.exit_code);
            }
            self.told.push('\n');
        }
    }

    fn assign(&mut self, task: &Task) {
        let reports = self.agent.assign(&mut self.kernel, NODE, task);
        self.tell(reports);
    }

    /// Another state is wanted of a task.
    fn want(&mut self, task: &mut Task, desired: TaskState) {
        task.desired_state = desired;
        let _ = writeln!(self.told, "{} wanted: {desired:?}", self.kernel.now);
        self.assign(task);
    }

    fn pass(&mut self, delay_ms: u64) {
        let end = self.kernel.now + delay_ms * MILLISECOND;
        while self.kernel.queue.next_at().is_some_and(|at| at <= end) {
            let Some((at, event)) = self.kernel.queue.pop() else {
                break;
            };
            self.kernel.now = at;
            let reports = match event {
                Event::AgentStep { task, .. } => self.agent.on_step(&mut self.kernel, task),
                Event::NodeBooted { .. } => {
                    self.told.push_str("up again\n");
                    self.agent.on_booted(&mut self.kernel)
                }
                _ => Vec::new(),
            };
            self.tell(reports);
        }
        self.kernel.now = end;
    }

    fn lose_power(&mut self) {
        let _ = writeln!(self.told, "{} no power", self.kernel.now);
        self.agent.crash(&mut self.kernel);
        self.agent.recover(&mut self.kernel, NODE);
    }

    #[track_caller]
    fn check(&self, expected: &Expect) {
        expected.assert_eq(&self.told);
    }
}

fn task(id: u32, image: &str, state: TaskState, desired: TaskState) -> Task {
    let mut spec = TaskSpec::default();
    image.clone_into(&mut spec.container.image);
    let mut task = Task::new(TaskId(id), spec.into());
    task.status.state = state;
    task.desired_state = desired;
    task
}

fn assigned(image: &str, desired: TaskState) -> Task {
    task(1, image, TaskState::Assigned, desired)
}

#[test]
fn test_accept_prepare() {
    let mut bench = Bench::new();
    let ready = assigned("app", TaskState::Ready);
    bench.assign(&ready);
    // What is told twice is done once.
    bench.assign(&ready);
    bench.pass(5_000);
    bench.assign(&ready);
    bench.check(&expect![[r#"
        0.000s task 1: Accepted "accepted"
        0.000s task 1: Preparing "preparing"
        0.450s task 1: Ready "prepared"
    "#]]);
    assert!(bench.kernel.queue.is_empty());
}

#[test]
fn test_prepare_already() {
    let mut bench = Bench::new();
    bench.assign(&assigned("app", TaskState::Ready));
    bench.pass(100);
    bench.lose_power();
    bench.pass(5_000);
    bench.check(&expect![[r#"
        0.000s task 1: Accepted "accepted"
        0.000s task 1: Preparing "preparing"
        0.100s no power
        up again
        2.040s task 1: Ready "prepared"
    "#]]);
}

#[test]
fn test_prepare_failure() {
    let mut bench = Bench::new();
    bench.assign(&assigned("gone", TaskState::Running));
    bench.pass(5_000);
    bench.check(&expect![[r#"
        0.000s task 1: Accepted "accepted"
        0.000s task 1: Preparing "preparing"
        0.500s task 1: Rejected "preparing" "No such image: gone:latest"
    "#]]);
    assert!(bench.kernel.queue.is_empty());
}

/// `TestResolve` and `TestReadyRunning`: a failure is a rejection before the start and a failure
/// after it; what has ended stays as it is.
#[test]
fn test_ready_running() {
    let mut bench = Bench::new();
    let mut it = task(1, "done", TaskState::Ready, TaskState::Running);
    bench.assign(&it);
    bench.pass(5_000);
    bench.want(&mut it, TaskState::Shutdown);
    bench.pass(5_000);
    bench.check(&expect![[r#"
        0.000s task 1: Starting "starting"
        0.400s task 1: Running "started" exit code 0
        2.400s task 1: Complete "finished" exit code 0
        5.000s wanted: Shutdown
    "#]]);
}

#[test]
fn test_ready_running_exit_failure() {
    for (image, expected) in [
        (
            "broken",
            expect![[r#"
            0.000s task 1: Starting "starting"
            0.400s task 1: Running "started" exit code 0
            2.400s task 1: Failed "started" "task: non-zero exit (3)" exit code 3
        "#]],
        ),
        // It ends before anybody found it healthy.
        (
            "dies-early",
            expect![[r#"
            0.000s task 1: Starting "starting"
            2.400s task 1: Failed "starting" "task: non-zero exit (3)" exit code 3
        "#]],
        ),
    ] {
        let mut bench = Bench::new();
        bench.assign(&task(1, image, TaskState::Ready, TaskState::Running));
        bench.pass(10_000);
        bench.check(&expected);
        assert!(bench.kernel.queue.is_empty());
    }
}

/// A process that was started before the agent came back counts as running, healthy or not.
#[test]
fn test_already_started() {
    let mut bench = Bench::new();
    bench.assign(&task(1, "slow", TaskState::Ready, TaskState::Running));
    bench.pass(1_000);
    bench.lose_power();
    bench.pass(5_000);
    bench.check(&expect![[r#"
        0.000s task 1: Starting "starting"
        1.000s no power
        up again
        2.490s task 1: Running "started" exit code 255
        2.490s task 1: Failed "started" "task: non-zero exit (255)" exit code 255
    "#]]);
}

/// `TestShutdown` and `TestDesiredStateRemove`.
#[test]
fn test_shutdown() {
    for desired in [TaskState::Shutdown, TaskState::Remove] {
        let mut bench = Bench::new();
        bench.assign(&task(1, "app", TaskState::New, desired));
        bench.pass(5_000);
        assert_eq!(bench.told, "0.000s task 1: Shutdown \"shutdown\"\n");
        assert!(bench.kernel.queue.is_empty());
    }
}

/// Whoever waits for a process is interrupted by its stop, and goes on after a second.
#[test]
fn a_wait_that_is_cancelled_changes_nothing() {
    let mut bench = Bench::new();
    let mut it = task(1, "app", TaskState::Ready, TaskState::Running);
    bench.assign(&it);
    bench.pass(5_000);
    bench.want(&mut it, TaskState::Shutdown);
    bench.pass(5_000);
    bench.check(&expect![[r#"
        0.000s task 1: Starting "starting"
        0.400s task 1: Running "started" exit code 0
        5.000s wanted: Shutdown
        5.000s task 1: Running "started" exit code -1
        6.250s task 1: Shutdown "shutdown" exit code 0
    "#]]);
}

#[test]
fn test_desired_state_remove_only_nonterminal() {
    for state in [
        TaskState::Complete,
        TaskState::Shutdown,
        TaskState::Failed,
        TaskState::Rejected,
        TaskState::Remove,
    ] {
        let mut bench = Bench::new();
        bench.assign(&task(1, "app", state, TaskState::Shutdown));
        bench.pass(5_000);
        assert_eq!(bench.told, "", "{state:?}");
        assert!(bench.kernel.queue.is_empty());
    }
}

#[test]
fn test_task_manager() {
    let mut bench = Bench::new();
    let mut it = assigned("app", TaskState::Accepted);
    bench.want(&mut it, TaskState::Accepted);
    bench.pass(1_000);
    bench.want(&mut it, TaskState::Ready);
    bench.pass(1_000);
    bench.want(&mut it, TaskState::Running);
    bench.pass(1_000);
    // What is wanted does not go back.
    bench.want(&mut it, TaskState::Ready);
    bench.pass(1_000);
    // A task that was taken away is forgotten, and its end is nobody's business.
    bench.agent.withdraw(&mut bench.kernel, it.id);
    bench.agent.withdraw(&mut bench.kernel, it.id);
    bench.pass(1_000);
    assert_eq!(bench.agent.on_step(&mut bench.kernel, it.id).len(), 0);
    bench.check(&expect![[r#"
        0.000s wanted: Accepted
        0.000s task 1: Accepted "accepted"
        1.000s wanted: Ready
        1.000s task 1: Preparing "preparing"
        1.450s task 1: Ready "prepared"
        2.000s wanted: Running
        2.000s task 1: Starting "starting" exit code 0
        2.400s task 1: Running "started" exit code 0
        3.000s wanted: Ready
    "#]]);
    assert!(bench.kernel.queue.is_empty());
}

/// `TestWorkerAssign` and `TestWorkerUpdate`: a session begins with everything, and goes on with
/// what is different.
#[test]
fn test_worker_assign() {
    let mut bench = Bench::new();
    let known = |bench: &Bench| -> Vec<u32> { bench.agent.tasks().map(|(id, _)| id.0).collect() };
    let tasks: Vec<Arc<Task>> = (1..=4)
        .map(|id| Arc::new(task(id, "app", TaskState::Assigned, TaskState::Running)))
        .collect();
    for task in &tasks[..2] {
        bench.assign(task);
    }
    assert_eq!(known(&bench), [1, 2]);
    // Everything that is to be there.
    bench.agent.keep_only(&mut bench.kernel, &tasks[1..3]);
    for task in &tasks[1..3] {
        bench.assign(task);
    }
    assert_eq!(known(&bench), [2, 3]);
    // One more, one less.
    bench.assign(&tasks[3]);
    bench.agent.withdraw(&mut bench.kernel, TaskId(2));
    assert_eq!(known(&bench), [3, 4]);
    bench.agent.keep_only(&mut bench.kernel, &[]);
    assert_eq!(known(&bench), [0_u32; 0]);
    // `TestWorkerWait`: nothing is left that could be waited for.
    assert!(bench.kernel.queue.is_empty());
}

/// `TestStorage*`: tasks and what is known of them outlive a loss of power.
#[test]
fn test_storage() {
    let mut bench = Bench::new();
    bench.assign(&assigned("app", TaskState::Running));
    bench.assign(&task(2, "app", TaskState::Assigned, TaskState::Ready));
    bench.pass(5_000);
    let before: Vec<_> = bench.agent.tasks().collect();
    assert_eq!(
        before,
        [
            (TaskId(1), TaskState::Running),
            (TaskId(2), TaskState::Ready)
        ]
    );
    bench.lose_power();
    assert_eq!(bench.agent.tasks().collect::<Vec<_>>(), before);
    let reported = bench.agent.report_all(NODE);
    let states: Vec<_> = reported.iter().map(|report| report.status.state).collect();
    assert_eq!(states, [TaskState::Running, TaskState::Ready]);
}
