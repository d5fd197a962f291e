//! A cluster volume that a task mounts needs to be usable on the node.
//!
//! One usable mount is enough to pass, as upstream has it, although choosing the volumes then
//! needs all of them.

use super::{Context, Evidence, Filter, Finding};
use crate::model::{Mount, MountType, Task};

/// Upstream: `VolumesFilter`.
#[derive(Clone, Debug)]
pub struct VolumesFilter {
    mounts: Vec<Mount>,
}

impl Filter for VolumesFilter {
    fn compile(task: &Task) -> Option<Self> {
        let mounts: Vec<Mount> = task
            .spec
            .container
            .mounts
            .iter()
            .filter(|mount| mount.kind == MountType::Cluster)
            .cloned()
            .collect();
        (!mounts.is_empty()).then_some(Self { mounts })
    }

    fn check(&self, context: &Context<'_>, evidence: &mut impl Evidence) -> bool {
        let volumes = context.view.volumes();
        let is_usable = |mount: &Mount| {
            volumes
                .available_on_node(mount, &context.info.node)
                .is_some()
        };
        let passes = self.mounts.iter().any(is_usable);
        if !passes {
            for mount in &self.mounts {
                evidence.failed(|| Finding::Volume {
                    source: mount.source.clone(),
                });
            }
        }
        passes
    }
}
