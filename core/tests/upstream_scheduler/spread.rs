//! `scheduler_test.go`: placement preferences.

use swarmlab_core::ids::{NodeId, ServiceId};
use swarmlab_core::model::{Task, TaskState};

use super::support::{
    Cluster, discrete, labelled, on, pending_of, request, service, set_resources, with_spec,
};

const SERVICE: ServiceId = ServiceId(0);

fn spread(task: Task, labels: &[&str]) -> Task {
    with_spec(task, |spec| {
        let descriptors = labels.iter().map(|label| format!("node.labels.{label}"));
        spec.placement.preferences = descriptors.collect();
    })
}

fn counts<const N: usize>(cluster: &Cluster) -> [u32; N] {
    let counts = cluster.counts(SERVICE);
    std::array::from_fn(|node| {
        let node = NodeId::from_index(node);
        counts.get(&node).copied().unwrap_or(0)
    })
}

fn preferences(version: Option<u64>) {
    let cluster = Cluster::founded(|tx| {
        service(tx, "service1", 1);
        for az in ["az1", "az2", "az2", "az2", "az2"] {
            tx.create_node(labelled(&[("az", az)]));
        }
        for _ in 0..8 {
            tx.create_task(spread(pending_of(SERVICE, version), &["az"]));
        }
    });
    assert_eq!(counts(&cluster), [4, 1, 1, 1, 1]);
}

#[test]
fn test_preferences_without_spec_version() {
    preferences(None);
}

#[test]
fn test_preferences_with_spec_version() {
    preferences(Some(1));
}

fn multiple_preferences(version: Option<u64>) {
    let nodes = [
        ("az1", "rack1", 100_000_000, 1),
        ("az1", "rack1", 1_000_000_000, 10),
        ("az2", "rack1", 1_000_000_000, 6),
        ("az2", "rack1", 1_000_000_000, 6),
        ("az2", "rack1", 1_000_000_000, 6),
        ("az2", "rack2", 1_000_000_000, 6),
        ("az2", "rack2", 1_000_000_000, 6),
    ];
    let cluster = Cluster::founded(|tx| {
        service(tx, "service1", 1);
        for (az, rack, memory, apples) in nodes {
            let mut node = labelled(&[("az", az), ("rack", rack)]);
            set_resources(&mut node, memory, vec![discrete("apple", apples)]);
            tx.create_node(node);
        }
        for _ in 0..12 {
            let task = spread(pending_of(SERVICE, version), &["az", "rack"]);
            tx.create_task(with_spec(task, |spec| {
                spec.resources.reservations.memory_bytes = 200_000_000;
                spec.resources.reservations.generic = vec![request("apple", 2)];
            }));
        }
    });
    let [id0, id1, mut rack1 @ .., id5, id6] = counts::<7>(&cluster);
    assert_eq!((id0, id1), (0, 5), "the memory of az1 is enough for five");
    rack1.sort_unstable();
    let mut rack2 = [id5, id6];
    rack2.sort_unstable();
    assert!(
        (rack1, rack2) == ([1, 1, 2], [1, 2]) || (rack1, rack2) == ([1, 1, 1], [2, 2]),
        "{rack1:?} {rack2:?}"
    );
}

#[test]
fn test_multiple_preferences_without_spec_version() {
    multiple_preferences(None);
}

#[test]
fn test_multiple_preferences_with_spec_version() {
    multiple_preferences(Some(1));
}

#[test]
fn test_multiple_preferences_scale_up() {
    let cluster = Cluster::founded(|tx| {
        service(tx, "service1", 1);
        for (az, rack, running) in [("dc1", "r1", 3), ("dc1", "r2", 1), ("dc2", "r1", 3)] {
            let node = tx.create_node(labelled(&[("az", az), ("rack", rack)]));
            for _ in 0..running {
                let task = spread(pending_of(SERVICE, Some(1)), &["az", "rack"]);
                tx.create_task(on(task, node, TaskState::Running));
            }
        }
        for _ in 0..2 {
            tx.create_task(spread(pending_of(SERVICE, Some(1)), &["az", "rack"]));
        }
    });
    let [id11, id12, id21] = counts(&cluster);
    assert_eq!(id11, 3);
    assert_eq!(id12 + id21, 6, "both are placed");
}
