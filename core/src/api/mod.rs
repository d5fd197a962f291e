//! Objects in the form of the Docker API, as they are read: what `inspect` prints of them.
//!
//! Upstream: moby `api/types/swarm/{service,task,container,network,secret,config}.go`,
//! `api/types/network/network.go`. The form in which they are printed is in
//! [`crate::docker::print`]; what is printed there can be read here.
//!
//! Left out: privileges, options of bind mounts other than propagation, modes of temporary file
//! systems, images and subpaths of volumes, tasks that are no containers. A key that is left out
//! here is unknown, and is reported by whoever reads.

mod base64;
mod data;
mod network;
mod service;
mod task;

pub use base64::{decode as from_base64, encode as to_base64};
pub use data::{ConfigSpec, SecretSpec};
pub use network::{Ipam, IpamRange, Network};
pub use service::{
    EndpointSpec, Mode, Nothing, Port, Ratio, Replicated, ReplicatedJob, ServiceSpec, UpdateConfig,
};
pub use task::{
    Amounts, BindOptions, ConfigReference, ContainerSpec, Discrete, Dns, Generic, Healthcheck,
    Limit, LogDriver, Mount, Networking, Placement, PlatformSpec, Preference, Reference, Resources,
    RestartPolicy, SecretReference, Spread, TaskSpec, TmpfsOptions, VolumeOptions,
};

/// Whether something says no more than nothing would.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
