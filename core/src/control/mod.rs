//! The control API: checks what is asked for, refuses with SwarmKit's errors, writes to the store.
//!
//! Upstream: `manager/controlapi`. Whatever people or programs want of a swarm passes here: docker
//! lines, steps of a scenario, requests. Checks come in upstream's order, since only the first that
//! fails is told.

mod cluster;
mod data_object;
mod error;
mod image;
mod network;
mod node;
mod service;
mod validate;

pub use cluster::{Rotation, update_cluster};
pub use data_object::{DataObject, create_data, create_data_of_any_size, remove_data, update_data};
pub use error::{Code, ControlError};
pub(crate) use image::is_reference as is_image_reference;
pub use network::{create_network, remove_network};
pub use node::{check_demotion, remove_node, update_node};
pub use service::{create_service, remove_service, rollback_service, update_service};
