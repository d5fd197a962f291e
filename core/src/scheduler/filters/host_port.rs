//! A port that is published on the node itself needs to be free there.

use super::{Context, Evidence, Filter, Finding};
use crate::model::{PortProtocol, Task};
use crate::scheduler::view::host_ports;

/// Upstream: `HostPortFilter`.
#[derive(Clone, Debug)]
pub struct HostPortFilter {
    ports: Vec<(PortProtocol, u32)>,
}

impl Filter for HostPortFilter {
    fn compile(task: &Task) -> Option<Self> {
        let ports: Vec<_> = host_ports(task).collect();
        (!ports.is_empty()).then_some(Self { ports })
    }

    fn check(&self, context: &Context<'_>, evidence: &mut impl Evidence) -> bool {
        fn check_all<E: Evidence>(
            filter: &HostPortFilter,
            context: &Context<'_>,
            evidence: &mut E,
        ) -> bool {
            let mut is_free = true;
            for &(protocol, port) in &filter.ports {
                if context.info.used_host_ports.contains(&(protocol, port)) {
                    evidence.failed(|| Finding::HostPort { protocol, port });
                    is_free = false;
                    if !E::WANTS_ALL {
                        break;
                    }
                }
            }
            is_free
        }
        check_all(self, context, evidence)
    }
}
