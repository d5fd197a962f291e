//! `scheduler_ginkgo_test.go` and `volumes_test.go`: cluster volumes.

use std::sync::Arc;

use swarmlab_core::ids::{NodeId, ServiceId, TaskId, VolumeId};
use swarmlab_core::model::{
    Annotations, Meta, Mount, MountType, Node, NodeCsiInfo, NodeDescription, Task, TaskState,
    Volume, VolumeAccess, VolumeAttachment, VolumeAvailability, VolumePublishState,
    VolumePublishStatus, VolumeScope, VolumeSharing,
};
use swarmlab_core::scheduler::volumes::VolumeSet;

use super::support::{
    Cluster, labels, node, on, pending, pending_of, service, set_description, with_spec,
};

const DRIVER: &str = "driver";

fn volume(name: &str, group: &str, scope: VolumeScope, sharing: VolumeSharing) -> Volume {
    Volume {
        id: VolumeId(0),
        meta: Meta::default(),
        annotations: Annotations {
            name: name.to_owned(),
            ..Annotations::default()
        },
        group: group.to_owned(),
        driver: DRIVER.to_owned(),
        access: VolumeAccess { scope, sharing },
        availability: VolumeAvailability::Active,
        plugin_volume_id: format!("plugin-{name}"),
        accessible_topology: Vec::new(),
        publish_status: Vec::new(),
    }
}

fn simple(name: &str) -> Volume {
    volume(name, "", VolumeScope::MultiNode, VolumeSharing::All)
}

fn mount(source: &str, target: &str) -> Mount {
    Mount {
        kind: MountType::Cluster,
        source: source.to_owned(),
        target: target.to_owned(),
        ..Mount::default()
    }
}

fn attachment(id: u32, source: &str, target: &str) -> VolumeAttachment {
    let (source, target) = (source.to_owned(), target.to_owned());
    VolumeAttachment {
        id: VolumeId(id),
        source,
        target,
    }
}

fn with_mounts(task: Task, mounts: Vec<Mount>) -> Task {
    with_spec(task, |spec| spec.container.mounts = mounts)
}

/// A set of volumes with the ids 0, 1, 2, ...
fn set(volumes: Vec<Volume>) -> VolumeSet {
    let mut set = VolumeSet::default();
    for (index, mut volume) in volumes.into_iter().enumerate() {
        volume.id = VolumeId::from_index(index);
        assert!(set.add(&Arc::new(volume)));
    }
    set
}

fn on_topology(id: u32, segments: &[(&str, &str)]) -> Node {
    let mut node = node();
    node.id = NodeId(id);
    let info = NodeCsiInfo {
        accessible_topology: Some(labels(segments)),
    };
    let description = NodeDescription {
        csi_info: [(DRIVER.to_owned(), info)].into(),
        ..NodeDescription::default()
    };
    set_description(&mut node, description);
    node
}

#[test]
fn global_mode_tasks_still_choose_a_volume() {
    let mut cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        let node = tx.create_node(node());
        let task = with_mounts(
            pending_of(ServiceId(0), None),
            vec![mount("volume1", "/var/")],
        );
        tx.create_task(on(task, node, TaskState::Pending));
    });
    assert_eq!(cluster.task(TaskId(0)).status.state, TaskState::Pending);
    cluster.write(|tx| {
        let id = tx.create_volume(simple("volume1"));
        tx.update_volume(id, |_| ());
    });
    assert_eq!(cluster.node_of(TaskId(0)), NodeId(0));
    assert_eq!(
        cluster.task(TaskId(0)).volumes,
        [attachment(0, "volume1", "/var/")]
    );
}

#[test]
fn global_mode_tasks_do_not_progress_without_a_volume() {
    let cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        let node = tx.create_node(node());
        let task = with_mounts(
            pending_of(ServiceId(0), None),
            vec![mount("volume1", "/var/")],
        );
        tx.create_task(on(task, node, TaskState::Pending));
    });
    assert_eq!(cluster.task(TaskId(0)).status.state, TaskState::Pending);
}

#[test]
fn volumes_are_chosen_for_tasks() {
    let cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        tx.create_node(node());
        tx.create_volume(simple("volume1"));
        let task = pending_of(ServiceId(0), None);
        tx.create_task(with_mounts(task, vec![mount("volume1", "/var/")]));
    });
    assert_eq!(cluster.node_of(TaskId(0)), NodeId(0));
    assert_eq!(
        cluster.task(TaskId(0)).volumes,
        [attachment(0, "volume1", "/var/")]
    );
    let volume = cluster
        .swarm
        .kernel
        .store
        .volume(VolumeId(0))
        .expect("it exists");
    let expected = VolumePublishStatus {
        node_id: NodeId(0),
        state: VolumePublishState::PendingPublish,
    };
    assert_eq!(volume.publish_status, [expected]);
}

#[test]
fn a_task_without_its_volume_is_not_committed() {
    let cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        tx.create_node(node());
        let task = pending_of(ServiceId(0), None);
        tx.create_task(with_mounts(task, vec![mount("volume1", "/var/")]));
    });
    assert_eq!(
        cluster.err(TaskId(0)),
        "no suitable node (cannot fulfill requested CSI volume mounts on 1 node)"
    );
}

#[test]
fn volumes_in_use_are_known_from_the_start() {
    let grouped = || {
        volume(
            "volume2",
            "group1",
            VolumeScope::MultiNode,
            VolumeSharing::All,
        )
    };
    let mounts = || vec![mount("volume1", "/var/"), mount("group:group1", "/home/")];
    let attachments = || {
        vec![
            attachment(0, "volume1", "/var/"),
            attachment(1, "group:group1", "/home/"),
        ]
    };
    let cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        let node = tx.create_node(node());
        tx.create_volume(simple("volume1"));
        tx.create_volume(grouped());
        for state in [TaskState::Running, TaskState::Shutdown] {
            let mut task = on(pending_of(ServiceId(0), None), node, state);
            task.volumes = attachments();
            tx.create_task(with_mounts(task, mounts()));
        }
        let bound = on(pending_of(ServiceId(0), None), node, TaskState::Pending);
        tx.create_task(with_mounts(bound, mounts()));
    });
    let scheduler = cluster.swarm.leader.scheduler.as_ref().expect("it runs");
    for id in [VolumeId(0), VolumeId(1)] {
        let users = scheduler.view().volumes().users(id);
        assert_eq!(users, [(TaskId(0), NodeId(0), false)]);
    }
}

#[test]
fn added_volumes_are_found_by_name_and_by_group() {
    let grouped = volume(
        "volume2",
        "group1",
        VolumeScope::MultiNode,
        VolumeSharing::All,
    );
    let set = set(vec![simple("volume1"), grouped]);
    let node = on_topology(0, &[]);
    let find = |source| set.available_on_node(&mount(source, "/"), &node);
    assert_eq!(set.ids().collect::<Vec<_>>(), [VolumeId(0), VolumeId(1)]);
    assert_eq!(find("volume1"), Some(VolumeId(0)));
    assert_eq!(find("volume2"), Some(VolumeId(1)));
    assert_eq!(find("group:group1"), Some(VolumeId(1)));
    assert_eq!(find("volume3"), None);
    assert_eq!(find("group:group2"), None);
}

#[test]
fn a_volume_that_the_plugin_has_not_created_takes_no_part() {
    let mut volume = simple("volume1");
    volume.plugin_volume_id.clear();
    let mut set = VolumeSet::default();
    assert!(!set.add(&Arc::new(volume)));
    assert!(set.is_empty());
}

#[test]
fn all_volumes_of_a_task_are_reserved() {
    let grouped = volume(
        "volume2",
        "group1",
        VolumeScope::MultiNode,
        VolumeSharing::All,
    );
    let mut set = set(vec![simple("volume1"), grouped]);
    let mut read_only = mount("group:group1", "/home/");
    read_only.read_only = true;
    let mut task = with_mounts(pending(), vec![mount("volume1", "/var/"), read_only]);
    task.volumes = vec![
        attachment(0, "volume1", "/var/"),
        attachment(1, "group:group1", "/home/"),
    ];
    set.reserve(&task, NodeId(3));
    assert_eq!(set.users(VolumeId(0)), [(task.id, NodeId(3), false)]);
    assert_eq!(set.users(VolumeId(1)), [(task.id, NodeId(3), true)]);
    assert!(set.is_used_on(VolumeId(0), NodeId(3)));
    set.release(&task);
    assert_eq!(set.users(VolumeId(0)), []);
    assert!(!set.is_used_on(VolumeId(1), NodeId(3)));
}

/// One entry of the `checkVolume` table.
struct Check {
    name: &'static str,
    scope: VolumeScope,
    sharing: VolumeSharing,
    /// Users there are: node, and whether they only read.
    users: &'static [(u32, bool)],
    read_only: bool,
    is_inside: bool,
    expected: bool,
}

#[test]
fn check_volume() {
    use VolumeScope::{MultiNode, SingleNode};
    use VolumeSharing::{All, None, OneWriter, ReadOnly};
    let check = |name, scope, sharing, users, read_only, is_inside, expected| Check {
        name,
        scope,
        sharing,
        users,
        read_only,
        is_inside,
        expected,
    };
    let table = [
        check(
            "outside the topology",
            MultiNode,
            All,
            &[],
            false,
            false,
            false,
        ),
        check(
            "used on another node",
            SingleNode,
            All,
            &[(9, false)],
            false,
            true,
            false,
        ),
        check(
            "only to be read",
            MultiNode,
            ReadOnly,
            &[],
            false,
            true,
            false,
        ),
        check(
            "has a writer",
            MultiNode,
            OneWriter,
            &[(0, false)],
            false,
            true,
            false,
        ),
        check(
            "has readers",
            MultiNode,
            OneWriter,
            &[(0, true)],
            false,
            true,
            true,
        ),
        check("unused", MultiNode, All, &[], false, true, true),
        check(
            "used elsewhere",
            MultiNode,
            All,
            &[(9, false)],
            false,
            true,
            true,
        ),
        check(
            "used, and not shared",
            MultiNode,
            None,
            &[(0, false)],
            false,
            true,
            false,
        ),
        check(
            "unused, and not shared",
            MultiNode,
            None,
            &[],
            false,
            true,
            true,
        ),
    ];
    for entry in table {
        assert_eq!(is_usable(&entry), entry.expected, "{}", entry.name);
    }
}

/// Whether the volume that an entry describes can be used by a task on node 0.
fn is_usable(entry: &Check) -> bool {
    let mut volume = volume("volume1", "", entry.scope, entry.sharing);
    volume.accessible_topology = vec![labels(&[("region", "R1"), ("zone", "Z1")])];
    let mut set = set(vec![volume]);
    for (index, &(user_node, read_only)) in entry.users.iter().enumerate() {
        let mut used = mount("volume1", "/");
        used.read_only = read_only;
        let mut task = with_mounts(pending(), vec![used]);
        task.id = TaskId::from_index(index);
        task.volumes = vec![attachment(0, "volume1", "/")];
        set.reserve(&task, NodeId(user_node));
    }
    let zone = if entry.is_inside { "Z1" } else { "Z2" };
    let node = on_topology(0, &[("region", "R1"), ("zone", zone)]);
    let mut wanted = mount("volume1", "/");
    wanted.read_only = entry.read_only;
    set.available_on_node(&wanted, &node).is_some()
}

#[test]
fn task_volumes_are_chosen_in_the_order_of_the_mounts() {
    let grouped = volume(
        "volume2",
        "group1",
        VolumeScope::MultiNode,
        VolumeSharing::All,
    );
    let set = set(vec![simple("volume1"), grouped, simple("volume3")]);
    let bind = Mount {
        source: "/some/subdir".to_owned(),
        target: "/bind".to_owned(),
        ..Mount::default()
    };
    let mounts = vec![
        mount("group:group1", "/1"),
        mount("volume1", "/2"),
        bind,
        mount("volume3", "/3"),
    ];
    let task = with_mounts(pending(), mounts);
    let chosen = set
        .choose(&task, &on_topology(0, &[]))
        .expect("all can be had");
    let expected = [
        attachment(1, "group:group1", "/1"),
        attachment(0, "volume1", "/2"),
        attachment(2, "volume3", "/3"),
    ];
    assert_eq!(chosen, expected);
    let task = with_mounts(task, vec![mount("volume9", "/")]);
    let error = set
        .choose(&task, &on_topology(0, &[]))
        .expect_err("there is none");
    assert_eq!(
        error,
        "cannot find volume to satisfy mount with source volume9"
    );
}

#[test]
fn volumes_that_are_no_longer_needed_are_freed() {
    // Four nodes with a task each, which uses a volume of its own and one that all share.
    let shared = VolumeId(4);
    let mut cluster = Cluster::founded(|tx| {
        service(tx, "service1", 0);
        let published = |node_id| VolumePublishStatus {
            node_id,
            state: VolumePublishState::Published,
        };
        for index in 0..4 {
            tx.create_node(node());
            let mut own = simple(&format!("own{index}"));
            own.publish_status = vec![published(NodeId(index))];
            tx.create_volume(own);
        }
        let mut common = simple("shared");
        common.publish_status = (0..4).map(|node| published(NodeId(node))).collect();
        tx.create_volume(common);
        for index in 0..4 {
            let own = format!("own{index}");
            let mut task = on(
                pending_of(ServiceId(0), None),
                NodeId(index),
                TaskState::Running,
            );
            task.volumes = vec![
                attachment(index, &own, "/own"),
                attachment(4, "shared", "/shared"),
            ];
            tx.create_task(with_mounts(
                task,
                vec![mount(&own, "/own"), mount("shared", "/shared")],
            ));
        }
    });
    let states = |cluster: &Cluster, id: VolumeId| -> Vec<VolumePublishState> {
        let volume = cluster.swarm.kernel.store.volume(id).expect("it exists");
        volume
            .publish_status
            .iter()
            .map(|status| status.state)
            .collect()
    };
    let published = VolumePublishState::Published;
    assert_eq!(states(&cluster, shared), [published; 4], "all are in use");
    cluster.write(|tx| {
        tx.update_task(TaskId(0), |task| task.status.state = TaskState::Shutdown);
    });
    let leaving = VolumePublishState::PendingNodeUnpublish;
    assert_eq!(states(&cluster, VolumeId(0)), [leaving]);
    assert_eq!(
        states(&cluster, shared),
        [leaving, published, published, published]
    );
    for id in 1..4 {
        assert_eq!(states(&cluster, VolumeId(id)), [published]);
    }
}
