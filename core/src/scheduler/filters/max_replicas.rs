//! A node may have no more than so many tasks of the service.

use super::{Context, Evidence, Filter, Finding};
use crate::ids::ServiceId;
use crate::model::Task;

/// Upstream: `MaxReplicasFilter`.
#[derive(Clone, Debug)]
pub struct MaxReplicasFilter {
    limit: u64,
    service: Option<ServiceId>,
}

impl Filter for MaxReplicasFilter {
    fn compile(task: &Task) -> Option<Self> {
        let limit = task.spec.placement.max_replicas;
        (limit > 0).then_some(Self {
            limit,
            service: task.service_id,
        })
    }

    fn check(&self, context: &Context<'_>, evidence: &mut impl Evidence) -> bool {
        let active = context
            .view
            .active_tasks_of_service(self.service, context.info.node.id);
        let has = u64::from(active);
        if has >= self.limit {
            evidence.failed(|| Finding::MaxReplicas {
                limit: self.limit,
                has,
            });
        }
        has < self.limit
    }
}
