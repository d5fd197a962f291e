//! Only nodes that are READY and ACTIVE take new tasks.

use super::{Context, Evidence, Filter, Finding};
use crate::model::Task;

/// Upstream: `ReadyFilter`.
#[derive(Clone, Debug)]
pub struct ReadyFilter;

impl Filter for ReadyFilter {
    fn compile(_task: &Task) -> Option<Self> {
        Some(Self)
    }

    #[inline]
    fn check(&self, context: &Context<'_>, evidence: &mut impl Evidence) -> bool {
        let info = context.info;
        if !info.is_available {
            evidence.failed(|| Finding::NotAvailable {
                state: info.node.status.state,
                availability: info.node.spec.availability,
            });
        }
        info.is_available
    }
}
