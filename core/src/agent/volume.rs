//! What is mounted into containers: the local volumes that each engine keeps, and the paths of its
//! file system.
//!
//! Upstream: moby `daemon/volume/service`, `daemon/volume/mounts/linux_parser.go`. A volume is made
//! with the first container that names it, on that node, and stays when the container is gone. What
//! is in it is not modelled, but for whether anybody has had it before: a task that moves to another
//! node finds an empty one there.
//!
//! Left out: volumes without a name, and the plugins behind drivers other than `local`.

use crate::collections::BTreeMap;
use crate::ids::{NodeId, TaskId};
use crate::kernel::{Kernel, What};
use crate::model::{Labels, Mount, MountType, SlotKey, TaskSpec};
use crate::time::SimTime;

/// The driver of volumes that lie on the disk of their node.
pub const LOCAL: &str = "local";

/// A volume of one node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalVolume {
    /// Its driver.
    pub driver: String,
    /// Its labels.
    pub labels: Labels,
    /// The options of its driver.
    pub options: Labels,
    /// When it was made.
    pub created_at: SimTime,
}

/// The volumes of all nodes, by node and by name.
pub type LocalVolumes = BTreeMap<NodeId, BTreeMap<String, LocalVolume>>;

/// Mounts what a new container names: makes volumes that are not there yet; says why if a path of
/// the node is missing.
pub(super) fn mount(
    kernel: &mut Kernel,
    node: NodeId,
    task: TaskId,
    spec: &TaskSpec,
) -> Result<(), String> {
    for mount in &spec.container.mounts {
        match mount.kind {
            MountType::Bind => check_path(kernel, node, &mount.source)?,
            MountType::Volume if !mount.source.is_empty() => make(kernel, node, task, mount),
            _ => {}
        }
    }
    Ok(())
}

/// A path that some nodes are said to have is missing on all others.
fn check_path(kernel: &Kernel, node: NodeId, path: &str) -> Result<(), String> {
    let Some(nodes) = kernel.settings.paths.get(path) else {
        return Ok(());
    };
    let node = kernel.store.node(node);
    if node.is_some_and(|node| nodes.contains(node.hostname())) {
        return Ok(());
    }
    Err(format!(
        "invalid mount config for type \"bind\": bind source path does not exist: {path}"
    ))
}

fn make(kernel: &mut Kernel, node: NodeId, task: TaskId, mount: &Mount) {
    let name = &mount.source;
    if kernel
        .volumes
        .get(&node)
        .is_some_and(|volumes| volumes.contains_key(name))
    {
        return;
    }
    let driver = match mount.volume_driver.as_str() {
        "" => LOCAL,
        driver => driver,
    };
    let volume = LocalVolume {
        driver: driver.to_owned(),
        labels: mount.options.volume_labels.clone(),
        options: mount.options.volume_driver_opts.clone(),
        created_at: kernel.now,
    };
    // With options it may lie on a file server, where all nodes find the same.
    let stays_behind = driver == LOCAL && volume.options.is_empty();
    if stays_behind && let Some(text) = left_behind(kernel, node, task, name) {
        kernel
            .trace
            .record(kernel.now, What::Fault { text, lost: None });
    }
    kernel
        .volumes
        .entry(node)
        .or_default()
        .insert(name.clone(), volume);
}

/// What is to be said if the slot of a task had this volume on another node before.
fn left_behind(kernel: &Kernel, node: NodeId, task: TaskId, name: &str) -> Option<String> {
    let store = &kernel.store;
    let task = store.task(task)?;
    let service = store.service(task.service_id?)?;
    let SlotKey::Slot(slot) = task.slot_key() else {
        return None;
    };
    let has_it = |other: &NodeId| {
        let volumes = kernel.volumes.get(other);
        *other != node && volumes.is_some_and(|volumes| volumes.contains_key(name))
    };
    let before = store.tasks_of_slot(service.id, task.slot_key());
    let before = before.filter(|other| other.id < task.id);
    let old_node = before
        .filter_map(|other| other.node_id)
        .filter(has_it)
        .last()?;
    let host = |id: NodeId| store.node(id).map_or("?", |node| node.hostname());
    let (old, new) = (host(old_node), host(node));
    Some(format!(
        "{}.{slot} finds an empty volume {name} on {new}: what it had is on {old}",
        service.name()
    ))
}
