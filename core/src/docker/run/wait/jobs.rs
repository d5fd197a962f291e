//! What is shown of a job while a terminal waits for it.
//!
//! Upstream: docker/cli `cli/command/service/progress/progress.go`, the two updaters of jobs. Only
//! tasks of the execution that was seen first count. A job is not watched after it is done.

use super::{BAR_COUNT_MAX, is_known, lowest, up_to_date_tasks};
use crate::collections::BTreeSet;
use crate::docker::print::{Message, Screen};
use crate::ids::NodeId;
use crate::kernel::Kernel;
use crate::model::{JobIteration, NodeState, Service, ServiceMode, Task, TaskState};

/// What is known of a job since the wait began.
#[derive(Clone, Debug, Default)]
pub(super) struct JobProgress {
    /// The execution that is waited for, once it has been seen.
    iteration: Option<JobIteration>,
    /// The nodes of a global job that had tasks when tasks were first seen.
    nodes: Option<BTreeSet<NodeId>>,
}

fn row(label: &str, task: &Task) -> Message {
    if task.status.err.is_empty() {
        Message::state_row(label, task.status.state, true)
    } else {
        Message::error_row(label, &task.status.err)
    }
}

fn done_count(chosen: impl Iterator<Item = TaskState>) -> u64 {
    chosen.filter(|&state| state == TaskState::Complete).count() as u64
}

impl JobProgress {
    /// Looks at the job once more, and says whether it is done.
    pub(super) fn update(
        &mut self,
        kernel: &Kernel,
        service: &Service,
        screen: &mut Screen,
    ) -> bool {
        let current = service.job_status.map(|status| status.iteration);
        let is_first = self.iteration.is_none();
        let iteration = *self
            .iteration
            .get_or_insert_with(|| current.unwrap_or_default());
        let up_to_date: Vec<&Task> = up_to_date_tasks(kernel, service).collect();
        let of_iteration = |iteration: JobIteration| {
            let tasks = up_to_date.iter().copied();
            tasks.filter(move |task| task.job_iteration == Some(iteration))
        };
        match service.spec.mode {
            ServiceMode::ReplicatedJob {
                max_concurrent,
                total_completions,
            } => {
                let (at_once, wanted) = (max_concurrent, total_completions);
                if is_first {
                    begin_replicated(screen, at_once, wanted);
                }
                show_replicated(of_iteration(iteration), screen, at_once, wanted)
            }
            _ => {
                if self.nodes.is_none() {
                    let is_up = |state| state != NodeState::Down;
                    let mut nodes = kernel.store.nodes();
                    if up_to_date.is_empty() && nodes.any(|node| is_up(node.status.state)) {
                        screen.show(Message::waiting_for_job());
                        return false;
                    }
                }
                let tasks = of_iteration(current.unwrap_or_default());
                let nodes = self.nodes.get_or_insert_with(|| {
                    let tasks = of_iteration(current.unwrap_or_default());
                    tasks.filter_map(|task| task.node_id).collect()
                });
                show_global(kernel, tasks, nodes, screen)
            }
        }
    }
}

/// All lines once, so that they keep their order.
fn begin_replicated(screen: &mut Screen, at_once: u64, wanted: u64) {
    screen.show(Message::job(0, wanted));
    screen.show(Message::job_active(0, at_once.min(wanted), at_once));
    if wanted <= BAR_COUNT_MAX {
        for number in 1..=wanted {
            screen.show(Message::empty_row(&format!("{number}/{wanted}")));
        }
    }
}

/// Says whether every execution is done.
fn show_replicated<'t>(
    tasks: impl Iterator<Item = &'t Task>,
    screen: &mut Screen,
    at_once: u64,
    wanted: u64,
) -> bool {
    let known = tasks.filter(|task| is_known(task.status.state) && is_known(task.desired_state));
    let chosen = lowest(known, |task| task.slot, |task| task.status.state);
    if wanted <= BAR_COUNT_MAX {
        for (slot, task) in &chosen {
            screen.show(row(&format!("{}/{wanted}", slot + 1), task));
        }
    }
    let active = chosen
        .values()
        .filter(|task| task.status.state < TaskState::Complete)
        .count() as u64;
    let done = done_count(chosen.values().map(|task| task.status.state));
    screen.show(Message::job(done, wanted));
    let desired = wanted.saturating_sub(done).min(at_once);
    screen.show(Message::job_active(active, desired, at_once));
    done == wanted
}

/// Says whether every node of the beginning is done.
fn show_global<'t>(
    kernel: &Kernel,
    tasks: impl Iterator<Item = &'t Task>,
    nodes: &BTreeSet<NodeId>,
    screen: &mut Screen,
) -> bool {
    let tasks = tasks.filter(|task| task.node_id.is_some_and(|node| nodes.contains(&node)));
    let chosen = lowest(tasks, |task| task.node_id, |task| task.status.state);
    let wanted = nodes.len() as u64;
    let done = done_count(chosen.values().map(|task| task.status.state));
    screen.show(Message::job(done, wanted));
    if wanted <= BAR_COUNT_MAX {
        for (node, task) in &chosen {
            let label = node.map_or_else(String::new, |node| kernel.ids.text(node));
            screen.show(row(&label, task));
        }
    }
    done == wanted
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::{Convergence, WaitStep};
    use super::*;
    use crate::control;
    use crate::ids::ServiceId;
    use crate::kernel::Settings;
    use crate::model::{Node, NodeRole, ServiceSpec, Text};
    use crate::swarm::Swarm;

    /// A swarm without agents, a job in it, and a terminal that waits for the job.
    fn stage(mode: ServiceMode) -> (Swarm, Convergence) {
        let mut settings = Settings::default();
        settings.components.agents = false;
        let mut swarm = Swarm::founded(settings, |tx| {
            for _ in 0..2 {
                let mut node = Node::new(NodeRole::Worker);
                node.status.state = NodeState::Ready;
                tx.create_node(node);
            }
        });
        let mut spec = ServiceSpec {
            mode,
            ..ServiceSpec::default()
        };
        spec.annotations.name = "job".to_owned();
        let mut task = crate::model::TaskSpec::default();
        task.container.image = "job:ok".to_owned();
        spec.task = task.into();
        let id = control::create_service(&mut swarm.kernel, spec).expect("a right spec");
        (swarm, Convergence::new(id, "job".to_owned(), false))
    }

    fn set_state(swarm: &mut Swarm, slot: usize, state: TaskState, err: &'static str) {
        let tasks = swarm.kernel.store.tasks_of_service(ServiceId(0));
        let mut tasks: Vec<_> = tasks.map(|task| task.id).collect();
        tasks.sort_unstable();
        swarm.write(|tx| {
            tx.update_task(tasks[slot], |task| {
                task.status.state = state;
                task.status.err = Text::constant(err);
            })
        });
    }

    #[track_caller]
    fn check(swarm: &Swarm, wait: &mut Convergence, step: &WaitStep, want: &Expect) {
        assert_eq!(&wait.poll(&swarm.kernel), step);
        want.assert_eq(&wait.text(80));
    }

    #[test]
    fn a_replicated_job_is_shown_until_every_slot_is_complete() {
        let (mut swarm, mut wait) = stage(ServiceMode::ReplicatedJob {
            max_concurrent: 2,
            total_completions: 3,
        });
        let again = WaitStep::Again(None);
        check(
            &swarm,
            &mut wait,
            &again,
            &expect![[r#"
            job progress: 0 out of 3 complete 
            active tasks: 0 out of 2 tasks 
            1/3:   
            2/3:   
            3/3:   
        "#]],
        );
        swarm.settle();
        set_state(&mut swarm, 0, TaskState::Running, "");
        set_state(&mut swarm, 1, TaskState::Failed, "task: non-zero exit (1)");
        check(
            &swarm,
            &mut wait,
            &again,
            &expect![[r#"
            job progress: 0 out of 3 complete 
            active tasks: 2 out of 2 tasks 
            1/3: running   
            2/3: pending   
            3/3:   
        "#]],
        );
        for task in [0, 2, 3] {
            set_state(&mut swarm, task, TaskState::Complete, "");
        }
        check(
            &swarm,
            &mut wait,
            &WaitStep::Done,
            &expect![[r#"
            job progress: 3 out of 3 complete 
            active tasks: 0 out of 0 tasks 
            1/3: complete  
            2/3: complete  
            3/3: complete  
            job complete
        "#]],
        );
    }

    #[test]
    fn a_global_job_is_shown_on_the_nodes_of_its_beginning() {
        let (mut swarm, mut wait) = stage(ServiceMode::GlobalJob);
        let again = WaitStep::Again(None);
        check(
            &swarm,
            &mut wait,
            &again,
            &expect![[r#"
            job progress: waiting for tasks 
        "#]],
        );
        swarm.settle();
        set_state(&mut swarm, 0, TaskState::Complete, "");
        check(
            &swarm,
            &mut wait,
            &again,
            &expect![[r#"
                job progress: 1 out of 2 complete 
                6u6j7sjo3z6rn3u5t0v02nr5h: complete  
                d1uvaqcc8ist5g5ur8ur1bh60: pending   
            "#]],
        );
        set_state(&mut swarm, 1, TaskState::Complete, "");
        check(
            &swarm,
            &mut wait,
            &WaitStep::Done,
            &expect![[r#"
                job progress: 2 out of 2 complete 
                6u6j7sjo3z6rn3u5t0v02nr5h: complete  
                d1uvaqcc8ist5g5ur8ur1bh60: complete  
                job complete
            "#]],
        );
    }
}
