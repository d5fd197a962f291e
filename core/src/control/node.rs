//! Nodes: update (`manager/controlapi/node.go`).
//!
//! Left out for now: promotion and demotion, removal.

use super::error::{Code, ControlError};
use crate::ids::NodeId;
use crate::kernel::Kernel;
use crate::model::{NodeSpec, Version};

/// Gives a node another spec, if the version that the client has seen is the last one.
pub fn update_node(
    kernel: &mut Kernel,
    id: NodeId,
    seen: Version,
    spec: NodeSpec,
) -> Result<(), ControlError> {
    let Some(node) = kernel.store.node(id) else {
        let message = format!("node {} not found", kernel.ids.text(id));
        return Err(ControlError::new(Code::NotFound, message));
    };
    if seen != node.meta.version {
        return Err(ControlError::new(Code::Unknown, "update out of sequence"));
    }
    kernel.store.update(kernel.now, |tx| {
        tx.update_node(id, |node| node.spec = spec);
        Ok(())
    })
}
