//! Stack files: compose 3.x as `docker stack` reads it.
//!
//! Upstream: docker/cli `cli/compose`. All of this happens in the client: [`load`] turns texts into
//! what they say ([`StackConfig`]), [`networks`], [`files`] and [`service`] turn that into what the
//! swarm is asked for. Texts, their variables and what they refer to come from the
//! [`Client`](crate::client::Client). What carries it out is `docker::run`.
//!
//! A file goes through a tree of values with places (`value`), variables are put in (`interpolate`,
//! `template`), the tree is checked against the schema of its version (`schema`, `tables`), short
//! forms are written out (`decode`, `volume`), files are merged (`merge`).

mod convert;
mod decode;
mod error;
mod interpolate;
mod load;
mod merge;
mod schema;
mod tables;
mod template;
mod types;
mod value;
mod volume;
mod yaml;

pub use convert::{
    LABEL_IMAGE, LABEL_NAMESPACE, StackFile, StackNetwork, StackNetworks, StackService, files,
    networks, scoped, service,
};
pub use error::StackError;
pub use load::{Purpose, further_files, load};
pub use types::{FileObject, NetworkConfig, ServiceConfig, StackConfig, VolumeConfig};
pub use yaml::to_yaml;
