//! `manager/orchestrator/constraintenforcer` and `volumeenforcer`.

use std::sync::Arc;

use swarmlab_core::ids::{NodeId, TaskId, VolumeId};
use swarmlab_core::model::{
    Annotations, GenericResource, Meta, NodeDescription, NodeRole, Resources, RestartCondition,
    ServiceMode, TaskState, Volume, VolumeAccess, VolumeAttachment, VolumeAvailability,
};
use swarmlab_core::store::Transaction;

use crate::support::{Scene, node, policy, service, task};

fn offer(tx: &mut Transaction<'_>, node: NodeId, memory_bytes: i64, generic: GenericResource) {
    let resources = Some(Resources {
        memory_bytes,
        generic: vec![generic],
        ..Resources::default()
    });
    tx.update_node(node, |node| {
        node.description = Some(Arc::new(NodeDescription {
            resources,
            ..NodeDescription::default()
        }));
    });
}

fn discrete(value: i64) -> GenericResource {
    let kind = "apple".to_owned();
    GenericResource::Discrete { kind, value }
}

/// Two tasks of one service on a node, the first of which reserves 700 bytes and holds two apples.
fn set_up() -> (Scene, NodeId, [TaskId; 2]) {
    let mut made = None;
    let scene = Scene::founded(|tx| {
        let node = node(tx);
        offer(tx, node, 1024, discrete(2));
        let mode = ServiceMode::Replicated { replicas: 2 };
        let id = service(tx, mode, policy(RestartCondition::None, 0));
        let tasks = [1, 2].map(|slot| task(tx, id, slot, Some(node), TaskState::Running));
        tx.update_task(tasks[0], |task| {
            let reserved = &mut Arc::make_mut(&mut task.spec).resources.reservations;
            reserved.memory_bytes = 700;
            task.assigned_generic_resources = vec![discrete(2)];
        });
        made = Some((node, tasks));
    });
    let (node, tasks) = made.expect("the scene was written");
    for task in tasks {
        assert_eq!(scene.task(task).status.state, TaskState::Running);
    }
    (scene, node, tasks)
}

fn is_rejected(scene: &Scene, task: TaskId) -> bool {
    scene.task(task).status.state == TaskState::Rejected
}

#[test]
fn test_constraint_enforcer() {
    let (mut scene, node, [big, small]) = set_up();
    scene.write(|tx| offer(tx, node, 699, discrete(2)));
    assert!(is_rejected(&scene, big));
    assert!(!is_rejected(&scene, small));
    let task = scene.task(big);
    assert_eq!(
        &*task.status.message,
        "task rejected by constraint enforcer"
    );
    assert_eq!(
        &*task.status.err,
        "assigned node no longer meets constraints"
    );
    assert_eq!(task.desired_state, TaskState::Shutdown);
}

#[test]
fn test_generic_resources_placement_constraints() {
    let (mut scene, node, [big, _]) = set_up();
    scene.write(|tx| offer(tx, node, 1024, discrete(1)));
    assert!(is_rejected(&scene, big));
}

#[test]
fn test_reject_noncompliant_tasks_ignores_completed_tasks_in_reservations() {
    let (mut scene, node, [big, small]) = set_up();
    scene.observe(big, TaskState::Complete);
    scene.write(|tx| {
        tx.update_task(small, |task| {
            Arc::make_mut(&mut task.spec)
                .resources
                .reservations
                .memory_bytes = 700;
        })
    });
    scene.write(|tx| offer(tx, node, 1000, discrete(2)));
    assert!(!is_rejected(&scene, small));
}

#[test]
fn test_outdated_task_placement_constraints() {
    let (mut scene, node, tasks) = set_up();
    let id = scene.task(tasks[0]).service_id.expect("a service");
    scene.write(|tx| {
        tx.update_service(id, |service| {
            let spec = Arc::make_mut(&mut service.spec);
            let placement = &mut Arc::make_mut(&mut spec.task).placement;
            placement.constraints = vec!["node.role==worker".to_owned()];
        })
    });
    assert!(!is_rejected(&scene, tasks[1]));
    scene.write(|tx| tx.update_node(node, |node| node.role = NodeRole::Manager));
    assert!(tasks.iter().all(|&task| is_rejected(&scene, task)));
}

/// A running task that holds a volume.
fn with_volume() -> (Scene, VolumeId, TaskId) {
    let mut made = None;
    let scene = Scene::founded(|tx| {
        let node = node(tx);
        let mode = ServiceMode::Replicated { replicas: 1 };
        let id = service(tx, mode, policy(RestartCondition::None, 0));
        let volume = tx.create_volume(Volume {
            id: VolumeId(0),
            meta: Meta::default(),
            annotations: Annotations::default(),
            group: String::new(),
            driver: "driver".to_owned(),
            access: VolumeAccess::default(),
            availability: VolumeAvailability::Active,
            plugin_volume_id: String::new(),
            accessible_topology: Vec::new(),
            publish_status: Vec::new(),
        });
        let holder = task(tx, id, 1, Some(node), TaskState::Running);
        tx.update_task(holder, |task| {
            task.volumes = vec![VolumeAttachment {
                id: volume,
                source: "data".to_owned(),
                target: "/data".to_owned(),
            }];
        });
        made = Some((volume, holder));
    });
    let (volume, holder) = made.expect("the scene was written");
    (scene, volume, holder)
}

fn set_availability(scene: &mut Scene, volume: VolumeId, availability: VolumeAvailability) {
    scene.write(|tx| tx.update_volume(volume, |volume| volume.availability = availability));
}

#[test]
fn volume_enforcer_rejects_tasks_of_a_drained_volume_only() {
    let (mut scene, volume, holder) = with_volume();
    set_availability(&mut scene, volume, VolumeAvailability::Pause);
    assert!(!is_rejected(&scene, holder));
    let observed_at = scene.task(holder).status.timestamp;
    scene.pass(1000);
    set_availability(&mut scene, volume, VolumeAvailability::Drain);
    let task = scene.task(holder);
    assert_eq!(task.status.state, TaskState::Rejected);
    assert_eq!(&*task.status.message, "task rejected by volume enforcer");
    assert_eq!(
        &*task.status.err,
        "attached to volume which is being drained"
    );
    assert_eq!(task.status.timestamp, observed_at);
    // Its orchestrator sees a task that has ended.
    assert_eq!(task.desired_state, TaskState::Shutdown);
}

#[test]
fn volume_enforcer_skips_tasks_that_have_ended_and_looks_at_the_start() {
    let (mut scene, volume, holder) = with_volume();
    scene.observe(holder, TaskState::Complete);
    set_availability(&mut scene, volume, VolumeAvailability::Drain);
    assert_eq!(scene.task(holder).status.state, TaskState::Complete);

    let (mut scene, volume, holder) = with_volume();
    let second = scene.write(|tx| {
        tx.update_volume(volume, |volume| {
            volume.availability = VolumeAvailability::Drain;
        });
        let mut copy = (**tx.store().task(holder).expect("the task exists")).clone();
        copy.slot = 2;
        tx.create_task(copy)
    });
    // The volume has been drained before this one got it.
    assert!(is_rejected(&scene, holder));
    let third = scene.write(|tx| {
        let mut copy = (**tx.store().task(second).expect("the task exists")).clone();
        copy.slot = 3;
        copy.status.state = TaskState::Running;
        copy.desired_state = TaskState::Running;
        tx.create_task(copy)
    });
    assert!(!is_rejected(&scene, third));
    scene.swarm.restart_leader();
    assert!(is_rejected(&scene, third));
}
