//! `manager/orchestrator/replicated`.

use swarmlab_core::model::{Availability, NodeState, RestartCondition, ServiceMode, TaskState};

use crate::support::{Scene, node, policy, scale, service, task};

const ANY: RestartCondition = RestartCondition::Any;

fn replicas(replicas: u64) -> ServiceMode {
    ServiceMode::Replicated { replicas }
}

#[test]
fn test_replicated_orchestrator() {
    let mut scene = Scene::founded(|_| {});
    let id = scene.write(|tx| service(tx, replicas(1), policy(ANY, 0)));
    assert_eq!(scene.count(id), 1);
    scene.write(|tx| scale(tx, id, 3));
    assert_eq!(scene.count(id), 3);
    scene.write(|tx| scale(tx, id, 1));
    let live = scene.live(id);
    assert_eq!(live.len(), 1);
    scene.write(|tx| tx.delete_task(live[0]));
    let again = scene.live(id);
    assert_eq!(again.len(), 1);
    assert_ne!(live, again);
    scene.write(|tx| tx.delete_service(id));
    assert_eq!(scene.desired(again[0]), TaskState::Remove);
}

#[test]
fn test_replicated_scale_down() {
    use TaskState::{New, Running, Starting};
    let mut made = None;
    let mut scene = Scene::founded(|tx| {
        let nodes = [node(tx), node(tx), node(tx)];
        let id = service(tx, replicas(7), policy(ANY, 0));
        let places = [(0, Starting), (1, Running), (1, Running)];
        let places = places.into_iter().chain([(2, Running); 3]);
        let mut tasks = Vec::new();
        for (slot, (place, state)) in (1..).zip(places) {
            tasks.push(task(tx, id, slot, Some(nodes[place]), state));
        }
        tasks.push(task(tx, id, 7, None, New));
        made = Some((id, tasks));
    });
    let (id, tasks) = made.expect("the scene was written");
    for (replicas, kept) in [
        (6, &[0, 1, 2, 3, 4, 5][..]),
        (4, &[0, 1, 2, 3]),
        (2, &[1, 3]),
    ] {
        scene.write(|tx| scale(tx, id, replicas));
        let kept: Vec<_> = kept.iter().map(|&index| tasks[index]).collect();
        assert_eq!(scene.live(id), kept);
    }
}

#[test]
fn test_initialization_rejected_and_failed_tasks() {
    for (state, desired) in [
        (TaskState::Rejected, TaskState::Ready),
        (TaskState::Failed, TaskState::Running),
    ] {
        let mut made = None;
        let scene = Scene::founded(|tx| {
            let id = service(tx, replicas(1), policy(ANY, 0));
            let old = task(tx, id, 1, None, state);
            tx.update_task(old, |task| task.desired_state = desired);
            made = Some((id, old));
        });
        let (id, old) = made.expect("the scene was written");
        assert_eq!(scene.desired(old), TaskState::Shutdown);
        let live = scene.live(id);
        assert_eq!(live.len(), 1);
        let new = scene.task(live[0]);
        assert_eq!(
            (new.status.state, new.desired_state),
            (TaskState::New, TaskState::Ready)
        );
    }
}

#[test]
fn test_initialization_delay_start() {
    let mut made = None;
    let mut scene = Scene::founded(|tx| {
        let id = service(tx, replicas(1), policy(ANY, 100));
        let waiting = task(tx, id, 1, None, TaskState::Ready);
        tx.update_task(waiting, |task| task.desired_state = TaskState::Ready);
        made = Some(waiting);
    });
    let waiting = made.expect("the scene was written");
    scene.pass(99);
    assert_eq!(scene.desired(waiting), TaskState::Ready);
    scene.pass(1);
    assert_eq!(scene.desired(waiting), TaskState::Running);
    assert!(scene.swarm.kernel.queue.is_empty());
}

#[test]
fn test_drain() {
    let mut made = None;
    let mut scene = Scene::founded(|tx| {
        let nodes: Vec<_> = (0..5).map(|_| node(tx)).collect();
        for (index, state) in [(1, NodeState::Down), (2, NodeState::Unknown)] {
            tx.update_node(nodes[index], |node| node.status.state = state);
        }
        for (index, availability) in [(3, Availability::Pause), (4, Availability::Drain)] {
            tx.update_node(nodes[index], |node| node.spec.availability = availability);
        }
        let id = service(tx, replicas(6), policy(RestartCondition::None, 0));
        let mut tasks = vec![task(tx, id, 1, None, TaskState::New)];
        for (slot, &node) in (2..).zip(&nodes) {
            tasks.push(task(tx, id, slot, Some(node), TaskState::Running));
        }
        made = Some((id, nodes, tasks));
    });
    let (id, nodes, tasks) = made.expect("the scene was written");
    let live = |kept: &[usize]| kept.iter().map(|&kept| tasks[kept]).collect::<Vec<_>>();
    assert_eq!(scene.live(id), live(&[0, 1, 3, 4]));
    scene.write(|tx| task(tx, id, 1, Some(nodes[1]), TaskState::Assigned));
    assert_eq!(scene.live(id), live(&[0, 1, 3, 4]));
    scene.write(|tx| {
        tx.update_node(nodes[3], |node| {
            node.spec.availability = Availability::Drain;
        })
    });
    assert_eq!(scene.live(id), live(&[0, 1, 3]));
    scene.write(|tx| tx.delete_node(nodes[0]));
    assert_eq!(scene.live(id), live(&[0, 3]));
}

#[test]
fn test_orchestrator_restart_delay_on_any() {
    let mut scene = Scene::founded(|_| {});
    let id = scene.write(|tx| service(tx, replicas(2), policy(ANY, 100)));
    let old = scene.live(id);
    for (index, state) in [(0, TaskState::Failed), (1, TaskState::Complete)] {
        scene.observe(old[index], state);
        assert_eq!(scene.desired(old[index]), TaskState::Shutdown);
        let new = *scene.live(id).last().expect("a replacement");
        assert_eq!(scene.desired(new), TaskState::Ready);
        scene.pass(99);
        assert_eq!(scene.desired(new), TaskState::Ready);
        scene.pass(1);
        assert_eq!(scene.desired(new), TaskState::Running);
    }
}

#[test]
fn test_orchestrator_restart_on_failure_and_on_none() {
    for (condition, replaced) in [
        (RestartCondition::OnFailure, 1),
        (RestartCondition::None, 0),
    ] {
        let mut scene = Scene::founded(|_| {});
        let id = scene.write(|tx| service(tx, replicas(2), policy(condition, 0)));
        let old = scene.live(id);
        scene.observe(old[0], TaskState::Failed);
        scene.observe(old[1], TaskState::Complete);
        assert_eq!(scene.live(id).len(), replaced);
        scene.write(|tx| tx.update_service(id, |_| {}));
        assert_eq!(scene.live(id).len(), replaced);
    }
}

#[test]
fn test_orchestrator_restart_max_attempts_and_window() {
    for (window_ms, pause_ms, replaced) in [(0, 1000, 0), (500, 0, 0), (500, 1000, 1)] {
        let mut scene = Scene::founded(|_| {});
        let id = scene.write(|tx| {
            let mut policy = policy(ANY, 100);
            policy.max_attempts = 1;
            policy.window_ns = window_ms * 1_000_000;
            service(tx, replicas(1), policy)
        });
        scene.observe(scene.live(id)[0], TaskState::Failed);
        assert_eq!(scene.live(id).len(), 1);
        scene.pass(100 + pause_ms);
        scene.observe(scene.live(id)[0], TaskState::Failed);
        assert_eq!(scene.live(id).len(), replaced);
    }
}

#[test]
fn a_delayed_start_that_is_over_leaves_no_timer() {
    let mut made = None;
    let mut scene = Scene::founded(|tx| {
        let node = node(tx);
        let id = service(tx, replicas(1), policy(ANY, 0));
        let old = task(tx, id, 1, Some(node), TaskState::Running);
        made = Some((node, old));
    });
    let (node, old) = made.expect("the scene was written");
    scene.write(|tx| tx.update_node(node, |node| node.spec.availability = Availability::Drain));
    scene.pass(1);
    assert_eq!(scene.swarm.kernel.queue.len(), 1);
    scene.observe(old, TaskState::Shutdown);
    assert!(scene.swarm.kernel.queue.is_empty());
}

#[test]
fn test_initialization_node_down() {
    let mut made = None;
    let scene = Scene::founded(|tx| {
        let node = node(tx);
        tx.update_node(node, |node| node.status.state = NodeState::Down);
        let id = service(tx, replicas(1), policy(ANY, 0));
        made = Some((id, task(tx, id, 1, Some(node), TaskState::Running)));
    });
    let (id, old) = made.expect("the scene was written");
    let task = scene.task(old);
    assert_eq!(
        (task.status.state, task.desired_state),
        (TaskState::Running, TaskState::Shutdown)
    );
    let live = scene.live(id);
    assert_eq!(live.len(), 1);
    assert_eq!(scene.desired(live[0]), TaskState::Ready);
}

/// `manager/orchestrator` `TestTaskSort`, by what the reaper keeps: the time at which a manager
/// applied a status goes before the time at which it was observed.
#[test]
fn test_task_sort() {
    use swarmlab_core::time::SimTime;
    for (applied, gone) in [(false, 2), (true, 0)] {
        let mut made = None;
        let mut scene = Scene::reaped(|tx| {
            tx.update_cluster(|cluster| {
                cluster.spec.orchestration.task_history_retention_limit = 2;
            });
            let id = service(tx, replicas(1), policy(RestartCondition::None, 0));
            let tasks = [3_u64, 2, 1].map(|observed| {
                let ended = task(tx, id, 1, None, TaskState::Failed);
                tx.update_task(ended, |task| {
                    task.desired_state = TaskState::Shutdown;
                    task.status.timestamp = SimTime(observed);
                    task.status.applied_at = applied.then_some(SimTime(4 - observed));
                });
                ended
            });
            made = Some((id, tasks));
        });
        let (id, tasks) = made.expect("the scene was written");
        // A new task makes the slot one that is looked at.
        scene.write(|tx| task(tx, id, 1, None, TaskState::Running));
        scene.pass(250);
        let kept = tasks.map(|task| scene.has(task));
        // Of three that ended the newest is kept beside the one that runs.
        let newest = 2 - gone;
        assert_eq!(kept, [0, 1, 2].map(|index| index == newest));
    }
}

/// `TestIsReplicatedJob` and `TestIsGlobalJob`: who takes care of which service.
#[test]
fn test_kinds_of_services() {
    let job = ServiceMode::ReplicatedJob {
        max_concurrent: 1,
        total_completions: 1,
    };
    for (mode, is_job) in [
        (replicas(1), false),
        (ServiceMode::Global, false),
        (job, true),
        (ServiceMode::GlobalJob, true),
    ] {
        assert_eq!(mode.is_job(), is_job);
        let mut made = None;
        let scene = Scene::founded(|tx| {
            node(tx);
            made = Some(service(tx, mode, policy(ANY, 0)));
        });
        let id = made.expect("the scene was written");
        let tasks = scene.swarm.kernel.store.tasks_of_service(id);
        // One orchestrator makes one task; what it is meant to become says which of the kinds.
        let desired: Vec<_> = tasks.map(|task| task.desired_state).collect();
        let meant = if is_job {
            TaskState::Complete
        } else {
            TaskState::Running
        };
        assert_eq!(desired, [meant], "{mode:?}");
    }
}
