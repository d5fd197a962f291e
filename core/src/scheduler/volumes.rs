//! Cluster volumes: which one a mount gets, who uses it, and when a node lets go of it.
//!
//! Upstream: `manager/scheduler/volumes.go`, `manager/scheduler/topology.go`. Where upstream picks
//! any volume of a group, the oldest usable one is picked here.

use std::sync::Arc;

use crate::collections::{BTreeMap, BTreeSet};
use crate::ids::{NodeId, TaskId, VolumeId};
use crate::model::{
    Labels, Mount, MountType, Node, Task, Volume, VolumeAttachment, VolumeAvailability,
    VolumeScope, VolumeSharing,
};

/// What the source of a mount begins with when any volume of a group will do.
const GROUP_PREFIX: &str = "group:";

/// The volumes that a plugin has created.
#[derive(Clone, Debug, Default)]
pub struct VolumeSet {
    volumes: BTreeMap<VolumeId, VolumeInfo>,
    by_name: BTreeMap<String, VolumeId>,
    by_group: BTreeMap<String, BTreeSet<VolumeId>>,
}

#[derive(Clone, Debug)]
struct VolumeInfo {
    /// The volume as it was when it became known: later versions are not looked at.
    volume: Arc<Volume>,
    users: BTreeMap<TaskId, User>,
    /// Users by node. A task that mounts a volume twice counts twice and leaves once.
    users_by_node: BTreeMap<NodeId, u32>,
}

#[derive(Clone, Copy, Debug)]
struct User {
    node: NodeId,
    read_only: bool,
}

impl VolumeSet {
    /// Takes a volume into the set, if the plugin has created it and it is not known yet.
    pub fn add(&mut self, volume: &Arc<Volume>) -> bool {
        if volume.plugin_volume_id.is_empty() {
            return false;
        }
        if !self.volumes.contains_key(&volume.id) {
            self.by_name
                .insert(volume.annotations.name.clone(), volume.id);
            self.by_group
                .entry(volume.group.clone())
                .or_default()
                .insert(volume.id);
            let volume = Arc::clone(volume);
            let id = volume.id;
            let (users, users_by_node) = (BTreeMap::new(), BTreeMap::new());
            self.volumes.insert(
                id,
                VolumeInfo {
                    volume,
                    users,
                    users_by_node,
                },
            );
        }
        true
    }

    /// The volume that a mount gets on a node, if any can be used there.
    pub fn available_on_node(&self, mount: &Mount, node: &Node) -> Option<VolumeId> {
        if let Some(group) = mount.source.strip_prefix(GROUP_PREFIX) {
            let members = self.by_group.get(group)?;
            return members
                .iter()
                .copied()
                .find(|id| self.is_usable(*id, mount, node));
        }
        let id = *self.by_name.get(&mount.source)?;
        self.is_usable(id, mount, node).then_some(id)
    }

    fn is_usable(&self, id: VolumeId, mount: &Mount, node: &Node) -> bool {
        let Some(info) = self.volumes.get(&id) else {
            return false;
        };
        let volume = &info.volume;
        if volume.availability != VolumeAvailability::Active {
            return false;
        }
        if volume.access.scope == VolumeScope::SingleNode
            && info.users.values().any(|user| user.node != node.id)
        {
            return false;
        }
        let may_share = match volume.access.sharing {
            VolumeSharing::None => info.users.is_empty(),
            VolumeSharing::OneWriter => {
                mount.read_only || info.users.values().all(|user| user.read_only)
            }
            VolumeSharing::ReadOnly => mount.read_only,
            VolumeSharing::All => true,
        };
        let csi = node
            .description
            .as_ref()
            .and_then(|d| d.csi_info.get(&volume.driver));
        let topology = csi.and_then(|csi| csi.accessible_topology.as_ref());
        may_share && is_in_topology(topology, &volume.accessible_topology)
    }

    /// A volume for every mount of cluster volumes of a task, or upstream's error.
    pub fn choose(&self, task: &Task, node: &Node) -> Result<Vec<VolumeAttachment>, String> {
        let mounts = &task.spec.container.mounts;
        let cluster_mounts = mounts
            .iter()
            .filter(|mount| mount.kind == MountType::Cluster);
        cluster_mounts
            .map(|mount| {
                let id = self.available_on_node(mount, node).ok_or_else(|| {
                    let source = &mount.source;
                    format!("cannot find volume to satisfy mount with source {source}")
                })?;
                let (source, target) = (mount.source.clone(), mount.target.clone());
                Ok(VolumeAttachment { id, source, target })
            })
            .collect()
    }

    /// Notes that a task uses the volumes that it was given.
    pub fn reserve(&mut self, task: &Task, node: NodeId) {
        for attachment in &task.volumes {
            let mount = task.spec.container.mounts.iter().find(|mount| {
                mount.source == attachment.source && mount.target == attachment.target
            });
            let (Some(mount), Some(info)) = (mount, self.volumes.get_mut(&attachment.id)) else {
                continue;
            };
            info.users.insert(
                task.id,
                User {
                    node,
                    read_only: mount.read_only,
                },
            );
            *info.users_by_node.entry(node).or_insert(0) += 1;
        }
    }

    /// Notes that a task no longer uses its volumes.
    pub fn release(&mut self, task: &Task) {
        for attachment in &task.volumes {
            let Some(info) = self.volumes.get_mut(&attachment.id) else {
                continue;
            };
            if let Some(user) = info.users.remove(&task.id)
                && let Some(count) = info.users_by_node.get_mut(&user.node)
            {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// Whether any task of a node uses a volume.
    pub fn is_used_on(&self, id: VolumeId, node: NodeId) -> bool {
        let info = self.volumes.get(&id);
        info.is_some_and(|info| {
            info.users_by_node
                .get(&node)
                .is_some_and(|&count| count > 0)
        })
    }

    /// The volumes that are known.
    pub fn ids(&self) -> impl Iterator<Item = VolumeId> {
        self.volumes.keys().copied()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.volumes.is_empty()
    }

    /// The tasks that use a volume, and whether they only read.
    pub fn users(&self, id: VolumeId) -> Vec<(TaskId, NodeId, bool)> {
        let info = self.volumes.get(&id).into_iter();
        info.flat_map(|info| &info.users)
            .map(|(&task, user)| (task, user.node, user.read_only))
            .collect()
    }
}

/// Whether a node lies where a volume can be reached. A node without topology, such as one without
/// the plugin, lies everywhere.
pub fn is_in_topology(node: Option<&Labels>, accessible: &[Labels]) -> bool {
    let Some(node) = node else { return true };
    accessible.is_empty()
        || accessible.iter().any(|segments| {
            segments
                .iter()
                .all(|(key, value)| node.get(key) == Some(value))
        })
}
