//! A node needs to have free what a task reserves. Limits play no part.

use super::{Context, Evidence, Filter, Finding};
use crate::model::{GenericRequest, Task};
use crate::scheduler::generic;

/// Upstream: `ResourceFilter`.
#[derive(Clone, Debug)]
pub struct ResourceFilter {
    cpu_nano: i64,
    memory_bytes: i64,
    generic: Vec<GenericRequest>,
}

impl Filter for ResourceFilter {
    fn compile(task: &Task) -> Option<Self> {
        let reservations = &task.spec.resources.reservations;
        (!reservations.is_empty()).then(|| Self {
            cpu_nano: reservations.cpu_nano,
            memory_bytes: reservations.memory_bytes,
            generic: reservations.generic.clone(),
        })
    }

    #[inline]
    fn check(&self, context: &Context<'_>, evidence: &mut impl Evidence) -> bool {
        fn check_all<E: Evidence>(
            filter: &ResourceFilter,
            context: &Context<'_>,
            evidence: &mut E,
        ) -> bool {
            let info = context.info;
            let mut fits = true;
            // Both are compared even where nothing is reserved: a node with less than nothing
            // free of one takes no reservation of the other.
            if filter.cpu_nano > info.available_cpu_nano {
                evidence.failed(|| Finding::Cpu {
                    needs_nano: filter.cpu_nano,
                    free_nano: info.available_cpu_nano,
                });
                fits = false;
            }
            if filter.memory_bytes > info.available_memory_bytes && (fits || E::WANTS_ALL) {
                evidence.failed(|| Finding::Memory {
                    needs_bytes: filter.memory_bytes,
                    free_bytes: info.available_memory_bytes,
                });
                fits = false;
            }
            for request in &filter.generic {
                if !fits && !E::WANTS_ALL {
                    return false;
                }
                if !generic::has_enough(&info.available_generic, request) {
                    evidence.failed(|| Finding::Generic {
                        resource: request.kind.clone(),
                        needs: request.value,
                        free: generic::amount(&info.available_generic, &request.kind),
                    });
                    fits = false;
                }
            }
            fits
        }
        check_all(self, context, evidence)
    }
}
