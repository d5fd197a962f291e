//! The store against a naive model of it: what is written is there, indices find what a walk over
//! everything finds, and what fails leaves no trace.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use swarmlab_core::ids::{NodeId, ServiceId, TaskId};
use swarmlab_core::model::{
    Annotations, Meta, Node, NodeRole, NodeSpec, NodeStatus, Service, ServiceSpec, SlotKey, Task,
    TaskSpec, Version,
};
use swarmlab_core::store::{Store, Transaction};
use swarmlab_core::time::SimTime;

use crate::cases;

#[derive(Clone, Debug)]
enum Write {
    CreateNode,
    DeleteNode(u32),
    RestoreNode(u32),
    CreateService,
    RenameService(u32, u32),
    DeleteService(u32),
    CreateTask {
        service: Option<u32>,
        slot: u64,
        node: Option<u32>,
    },
    MoveTask {
        task: u32,
        slot: u64,
        node: Option<u32>,
    },
    DeleteTask(u32),
    KeepHistory(i64),
}

#[derive(Clone, Debug)]
struct Deed {
    writes: Vec<Write>,
    fails: bool,
    is_batch: bool,
}

fn write() -> impl Strategy<Value = Write> {
    let node = || prop::option::of(0..4_u32);
    prop_oneof![
        Just(Write::CreateNode),
        (0..4_u32).prop_map(Write::DeleteNode),
        (0..4_u32).prop_map(Write::RestoreNode),
        Just(Write::CreateService),
        (0..4_u32, 0..100_u32).prop_map(|(service, name)| Write::RenameService(service, name)),
        (0..4_u32).prop_map(Write::DeleteService),
        (prop::option::of(0..4_u32), 0..3_u64, node()).prop_map(|(service, slot, node)| {
            Write::CreateTask {
                service,
                slot,
                node,
            }
        }),
        (0..12_u32, 0..3_u64, node()).prop_map(|(task, slot, node)| Write::MoveTask {
            task,
            slot,
            node
        }),
        (0..12_u32).prop_map(Write::DeleteTask),
        (0..9_i64).prop_map(Write::KeepHistory),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    (vec(write(), 0..8), prop::bool::weighted(0.4), any::<bool>()).prop_map(
        |(writes, fails, is_batch)| Deed {
            writes,
            fails,
            is_batch,
        },
    )
}

fn a_node(id: NodeId) -> Node {
    Node {
        id,
        meta: Meta::default(),
        spec: NodeSpec::default(),
        description: None,
        status: NodeStatus::default(),
        role: NodeRole::Worker,
    }
}

/// Names are unique as the control API keeps them: each service has a hundred of its own.
fn spec_named(service: u32, name: u32) -> Arc<ServiceSpec> {
    Arc::new(ServiceSpec {
        annotations: Annotations {
            name: format!("s{service}-{name}"),
            ..Annotations::default()
        },
        ..ServiceSpec::default()
    })
}

fn perform(tx: &mut Transaction<'_>, write: &Write) {
    match *write {
        Write::CreateNode => {
            tx.create_node(a_node(NodeId(0)));
        }
        Write::DeleteNode(id) => {
            tx.delete_node(NodeId(id));
        }
        Write::RestoreNode(id) => {
            if NodeId(id) < tx.next_node_id() {
                tx.restore_node(a_node(NodeId(id)));
            }
        }
        Write::CreateService => {
            let service = Service {
                id: ServiceId(0),
                meta: Meta::default(),
                spec: spec_named(tx.next_service_id().0, 0),
                spec_version: Version::default(),
                previous_spec: None,
                previous_spec_version: None,
                endpoint: None,
                update_status: None,
                job_status: None,
            };
            tx.create_service(service);
        }
        Write::RenameService(id, name) => {
            tx.update_service(ServiceId(id), |service| service.spec = spec_named(id, name));
        }
        Write::DeleteService(id) => {
            tx.delete_service(ServiceId(id));
        }
        Write::CreateTask {
            service,
            slot,
            node,
        } => {
            let mut task = Task::new(TaskId(0), Arc::new(TaskSpec::default()));
            task.service_id = service.map(ServiceId);
            (task.slot, task.node_id) = (slot, node.map(NodeId));
            tx.create_task(task);
        }
        Write::MoveTask { task, slot, node } => {
            tx.update_task(TaskId(task), |task| {
                (task.slot, task.node_id) = (slot, node.map(NodeId));
            });
        }
        Write::DeleteTask(id) => {
            tx.delete_task(TaskId(id));
        }
        Write::KeepHistory(limit) => {
            tx.update_cluster(|cluster| {
                cluster.spec.orchestration.task_history_retention_limit = limit;
            });
        }
    }
}

/// Everything in a store, and the ids that come next.
fn contents(store: &Store) -> impl PartialEq + std::fmt::Debug + use<> {
    let mut copy = store.clone();
    let next: Result<_, ()> = copy.update(SimTime::ZERO, |tx| {
        Ok((tx.next_node_id(), tx.next_service_id(), tx.next_task_id()))
    });
    (
        (store.version(), Arc::clone(store.cluster()), next),
        store.nodes().cloned().collect::<Vec<_>>(),
        store.services().cloned().collect::<Vec<_>>(),
        store.tasks().cloned().collect::<Vec<_>>(),
    )
}

fn indices_equal_a_scan(store: &Store) -> Result<(), TestCaseError> {
    let tasks: Vec<&Arc<Task>> = store.tasks().collect();
    prop_assert_eq!(store.task_count(), tasks.len());
    prop_assert_eq!(store.node_count(), store.nodes().count());
    for id in (0..6).map(NodeId) {
        let scan = tasks.iter().filter(|task| task.node_id == Some(id));
        let scan: Vec<TaskId> = scan.map(|task| task.id).collect();
        let indexed: Vec<TaskId> = store.tasks_of_node(id).map(|task| task.id).collect();
        prop_assert_eq!(indexed, scan);
    }
    for id in (0..6).map(ServiceId) {
        let mut scan: Vec<(SlotKey, TaskId)> = tasks
            .iter()
            .filter(|task| task.service_id == Some(id))
            .map(|task| (task.slot_key(), task.id))
            .collect();
        scan.sort_unstable();
        let indexed: Vec<_> = store
            .tasks_of_service(id)
            .map(|task| (task.slot_key(), task.id))
            .collect();
        prop_assert_eq!(&indexed, &scan);
        for slot in (0..3)
            .map(SlotKey::Slot)
            .chain((0..4).map(|node| SlotKey::Node(NodeId(node))))
        {
            let indexed: Vec<TaskId> = store.tasks_of_slot(id, slot).map(|task| task.id).collect();
            let of_slot = scan.iter().filter(|&&(key, _)| key == slot);
            prop_assert_eq!(indexed, of_slot.map(|&(_, task)| task).collect::<Vec<_>>());
        }
        for name in (0..100).map(|name| format!("s{}-{name}", id.0)) {
            let scan = store.services().find(|service| service.name() == name);
            prop_assert_eq!(store.service_by_name(&name), scan);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn indices_equal_a_scan_and_failures_change_nothing(deeds in vec(deed(), 0..12)) {
        let mut store = Store::new();
        for (moment, deed) in (1..).map(SimTime).zip(&deeds) {
            let before = contents(&store);
            if deed.is_batch && !deed.fails {
                let mut batch = store.batch(moment);
                for write in &deed.writes {
                    batch.update(|tx| perform(tx, write));
                }
                batch.commit();
            } else {
                let outcome = store.update(moment, |tx| {
                    for write in &deed.writes {
                        perform(tx, write);
                    }
                    if deed.fails { Err(()) } else { Ok(()) }
                });
                prop_assert_eq!(outcome.is_err(), deed.fails);
            }
            if deed.fails {
                prop_assert!(store.is_quiet());
                prop_assert_eq!(contents(&store), before);
            }
            let version = store.version();
            while let Some(commit) = store.next_commit() {
                prop_assert_eq!((commit.version, commit.at), (version, moment));
                prop_assert!(!commit.changes.is_empty());
            }
            indices_equal_a_scan(&store)?;
        }
    }
}
