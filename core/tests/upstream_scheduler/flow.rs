//! `scheduler_test.go`: which events lead to which assignments.

use std::collections::BTreeSet;

use swarmlab_core::ids::{NodeId, ServiceId, TaskId};
use swarmlab_core::kernel::World as _;
use swarmlab_core::model::{NodeState, TaskState, Version};

use super::support::{Cluster, node, node_in_state, on, pending, pending_of, service, with_spec};

const ID1: NodeId = NodeId(0);
const ID2: NodeId = NodeId(1);
const ID3: NodeId = NodeId(2);

#[test]
fn test_scheduler() {
    let mut cluster = Cluster::founded(|tx| {
        for _ in 0..3 {
            tx.create_node(node());
        }
        tx.create_task(on(pending(), ID1, TaskState::Assigned));
        tx.create_task(pending());
        tx.create_task(pending());
    });
    let taken: BTreeSet<NodeId> = [1, 2].map(|id| cluster.node_of(TaskId(id))).into();
    assert_eq!(taken, [ID2, ID3].into());

    cluster.write(|tx| {
        for id in [ID1, ID2, ID3] {
            tx.update_node(id, |_| ());
        }
    });
    let fourth = cluster.write(|tx| {
        tx.delete_task(TaskId(0));
        tx.create_task(pending())
    });
    assert_eq!(cluster.node_of(fourth), ID1);
    cluster.write(|tx| {
        tx.update_task(fourth, |task| {
            task.node_id = None;
            task.status.state = TaskState::Pending;
        });
    });
    assert_eq!(cluster.node_of(fourth), ID1);

    let (task, gone) = cluster.write(|tx| {
        let gone = tx.create_node(node_in_state(NodeState::Down));
        tx.delete_node(gone);
        (tx.create_task(pending()), gone)
    });
    assert_ne!(cluster.node_of(task), gone);

    let (task, id4) = cluster.write(|tx| {
        let id4 = tx.create_node(node());
        (tx.create_task(pending()), id4)
    });
    assert_eq!(cluster.node_of(task), id4);

    let (task, id5) = cluster.write(|tx| {
        let id5 = tx.create_node(node_in_state(NodeState::Down));
        (tx.create_task(pending()), id5)
    });
    assert_ne!(cluster.node_of(task), id5);
    let task = cluster.write(|tx| {
        tx.update_node(id5, |node| node.status.state = NodeState::Ready);
        tx.create_task(pending())
    });
    assert_eq!(cluster.node_of(task), id5);

    let (task, id6) = cluster.write(|tx| {
        let id6 = tx.create_node(node());
        tx.update_node(id6, |node| node.status.state = NodeState::Down);
        (tx.create_task(pending()), id6)
    });
    assert_ne!(cluster.node_of(task), id6);
}

fn ha(version: Option<u64>) {
    let (one, two) = (ServiceId(0), ServiceId(1));
    let mut cluster = Cluster::founded(|tx| {
        service(tx, "service1", 1);
        service(tx, "service2", 1);
        for _ in 0..5 {
            tx.create_node(node());
        }
        for _ in 0..18 {
            tx.create_task(pending_of(one, version));
        }
    });
    assert_eq!(cluster.sorted_counts(one), [3, 3, 4, 4, 4]);
    let poor: BTreeSet<NodeId> = cluster
        .counts(one)
        .into_iter()
        .filter(|&(_, count)| count == 3)
        .map(|(node, _)| node)
        .collect();

    let add = |cluster: &mut Cluster, service: ServiceId, count: u32| -> Vec<NodeId> {
        let ids = cluster.write(|tx| {
            (0..count)
                .map(|_| tx.create_task(pending_of(service, version)))
                .collect::<Vec<_>>()
        });
        ids.into_iter().map(|id| cluster.node_of(id)).collect()
    };
    let taken: BTreeSet<NodeId> = add(&mut cluster, two, 2).into_iter().collect();
    assert_eq!(taken, poor, "to the nodes with fewer tasks");

    let taken = add(&mut cluster, one, 3);
    let distinct: BTreeSet<NodeId> = taken.iter().copied().collect();
    assert_eq!(distinct.len(), 3, "no node gets two");
    assert!(poor.is_subset(&distinct));
    assert_eq!(cluster.sorted_counts(one), [4, 4, 4, 4, 5]);

    let full = cluster
        .counts(one)
        .into_iter()
        .find(|&(_, count)| count == 5);
    let had_two: BTreeSet<NodeId> = cluster.counts(two).into_keys().collect();
    let taken = add(&mut cluster, two, 1);
    assert!(!had_two.contains(&taken[0]));
    assert_ne!(Some(taken[0]), full.map(|(node, _)| node));

    // A node loses everything, and new tasks of both services come together.
    cluster.write(|tx| {
        let gone: Vec<TaskId> = tx.store().tasks_of_node(ID1).map(|task| task.id).collect();
        for id in gone {
            tx.delete_task(id);
        }
    });
    let (ones, twos) = cluster.write(|tx| {
        let mut ones = Vec::new();
        let mut twos = Vec::new();
        for number in 0..6 {
            if number % 3 == 2 {
                twos.push(tx.create_task(pending_of(two, version)));
            } else {
                ones.push(tx.create_task(pending_of(one, version)));
            }
        }
        (ones, twos)
    });
    for id in ones {
        assert_eq!(cluster.node_of(id), ID1);
    }
    let on_first = twos.into_iter().filter(|&id| cluster.node_of(id) == ID1);
    assert_eq!(on_first.count(), 1);
}

#[test]
fn test_ha_without_spec_version() {
    ha(None);
}

#[test]
fn test_ha_with_spec_version() {
    ha(Some(1));
}

#[test]
fn test_scheduler_no_ready_nodes() {
    let mut cluster = Cluster::founded(|tx| {
        let service = service(tx, "service1", 0);
        tx.create_task(pending_of(service, None));
    });
    assert_eq!(cluster.err(TaskId(0)), "no suitable node");
    let node = cluster.write(|tx| tx.create_node(node()));
    assert_eq!(cluster.node_of(TaskId(0)), node);
}

/// How many failures are remembered of a version of a service on a node.
fn failures(cluster: &Cluster, service: ServiceId, version: u64, node: NodeId) -> u32 {
    let scheduler = cluster.swarm.leader.scheduler.as_ref().expect("it runs");
    scheduler
        .view()
        .recent_failures((Some(service), version), cluster.swarm.now())
        .find(|&(other, _)| other == node)
        .map_or(0, |(_, count)| count)
}

#[test]
fn test_scheduler_faulty_node() {
    let (replicated, global) = (ServiceId(0), ServiceId(1));
    let mut cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        service(tx, "service2", 0);
        tx.create_node(node());
        tx.create_node(node());
        tx.create_task(on(pending_of(replicated, None), ID1, TaskState::Running));
        tx.create_task(on(pending_of(global, None), ID1, TaskState::Running));
    });
    for round in 0..8_u32 {
        let (free, bound) = cluster.write(|tx| {
            let free = tx.create_task(pending_of(replicated, None));
            let bound = on(pending_of(global, None), ID1, TaskState::Pending);
            (free, tx.create_task(bound))
        });
        let expected = if round < 5 { ID2 } else { ID1 };
        assert_eq!(cluster.node_of(free), expected, "round {round}");
        assert_eq!(cluster.node_of(bound), ID1);
        let before = (round.min(5), round.saturating_sub(5));
        let known = (
            failures(&cluster, replicated, 0, ID2),
            failures(&cluster, replicated, 0, ID1),
        );
        assert_eq!(known, before, "round {round}");
        cluster.write(|tx| {
            for id in [free, bound] {
                tx.update_task(id, |task| task.status.state = TaskState::Failed);
            }
        });
        assert_eq!(failures(&cluster, global, 0, ID1), 0);
    }
}

#[test]
fn test_scheduler_faulty_node_spec_version() {
    let replicated = ServiceId(0);
    let mut cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        tx.create_node(node());
        tx.create_node(node());
        tx.create_task(on(pending_of(replicated, Some(1)), ID1, TaskState::Running));
    });
    for round in 0..15_u32 {
        let version = if round > 5 { 2 } else { 1 };
        let task = cluster.write(|tx| tx.create_task(pending_of(replicated, Some(version))));
        let expected = match round {
            0..=4 | 6..=10 => ID2,
            _ => ID1,
        };
        assert_eq!(cluster.node_of(task), expected, "round {round}");
        let known = [(1, ID2), (1, ID1), (2, ID2), (2, ID1)]
            .map(|(version, node)| failures(&cluster, replicated, version, node));
        let second = round.saturating_sub(6);
        let expected = [
            round.min(5),
            u32::from(round > 5),
            second.min(5),
            second.saturating_sub(5),
        ];
        assert_eq!(known, expected, "round {round}");
        cluster.write(|tx| {
            tx.update_task(task, |task| task.status.state = TaskState::Failed);
        });
    }
}

#[test]
fn test_scheduler_unassigned_map() {
    let mut cluster = Cluster::founded(|tx| {
        let service = service(tx, "service1", 0);
        tx.create_node(node());
        tx.create_task(with_spec(pending_of(service, None), |spec| {
            spec.placement.constraints = vec!["node.hostname==nowhere".to_owned()];
        }));
    });
    let queued = |cluster: &Cluster| -> Vec<TaskId> {
        let scheduler = cluster.swarm.leader.scheduler.as_ref().expect("it runs");
        scheduler.queued().collect()
    };
    cluster.write(|tx| tx.update_node(ID1, |_| ()));
    assert_eq!(queued(&cluster), [TaskId(0)]);
    cluster.write(|tx| {
        tx.delete_service(ServiceId(0));
        tx.update_node(ID1, |_| ())
    });
    assert_eq!(queued(&cluster), []);
}

#[test]
fn test_preassigned_tasks() {
    let cluster = Cluster::founded(|tx| {
        tx.create_node(node());
        tx.create_node(node());
        tx.create_task(pending());
        tx.create_task(on(pending(), ID1, TaskState::Pending));
        tx.create_task(on(pending(), ID1, TaskState::Pending));
    });
    let nodes = [0, 1, 2].map(|id| cluster.node_of(TaskId(id)));
    assert_eq!(nodes, [ID2, ID1, ID1]);
    let version = |id| cluster.task(TaskId(id)).meta.version;
    assert!(version(0) > version(1), "the bound ones come first");
    assert!(version(0) > version(2));
}

#[test]
fn test_ignore_tasks() {
    let cluster = Cluster::founded(|tx| {
        tx.create_node(node());
        tx.create_task(pending());
        for desired in [TaskState::Shutdown, TaskState::Remove] {
            let mut task = on(pending(), ID1, TaskState::Pending);
            task.desired_state = desired;
            tx.create_task(task);
        }
    });
    assert_eq!(cluster.node_of(TaskId(0)), ID1);
    for id in [1, 2] {
        assert_eq!(cluster.err(TaskId(id)), "");
    }
}

#[test]
fn test_unscheduleable_task() {
    let service_id = ServiceId(0);
    let one_a_node = |version| {
        with_spec(pending_of(service_id, Some(version)), |spec| {
            spec.placement.max_replicas = 1;
        })
    };
    let mut cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        tx.create_node(node());
        tx.create_task(one_a_node(0));
        tx.create_task(one_a_node(0));
    });
    let ids = [TaskId(0), TaskId(1)];
    let is_assigned = |id: &TaskId| cluster.task(*id).node_id.is_some();
    let assigned = ids.into_iter().find(is_assigned).expect("one fits");
    let failed = ids
        .into_iter()
        .find(|&id| id != assigned)
        .expect("two tasks");
    assert_eq!(
        cluster.err(failed),
        "no suitable node (max replicas per node limit exceed)"
    );
    cluster.write(|tx| {
        tx.update_task(assigned, |task| task.status.state = TaskState::Running);
        tx.update_task(failed, |task| task.desired_state = TaskState::Shutdown);
        tx.create_task(one_a_node(1));
        tx.update_service(service_id, |service| {
            service.spec_version = Version { index: 1 };
        });
    });
    assert!(cluster.task(failed).status.state >= TaskState::Shutdown);
}
