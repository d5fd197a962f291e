//! Random clusters, services, scenes and plans for property tests of placement.
//!
//! Behind the feature `proptest`. Three sizes of input: a [`node`] or a [`service`] alone; a
//! [`Scene`], which is one moment (a cluster, tasks that stand on it, tasks that wait for a node);
//! and a [`Plan`], which is a story (services come, grow and go, nodes fail and return). All of
//! them are plain data that a person can read when a property fails, and shrink to little.
//!
//! # Writing a property of your own
//!
//! Enable the feature in `Cargo.toml`:
//!
//! ```toml
//! [dev-dependencies]
//! proptest = { version = "1", default-features = false, features = ["std"] }
//! swarmlab-core = { version = "0.1", features = ["proptest"] }
//! ```
//!
//! and say in a test what shall hold whatever happens:
//!
//! ```
//! use proptest::prelude::*;
//! use swarmlab_core::kernel::Settings;
//! use swarmlab_core::model::TaskState;
//! use swarmlab_core::strategies;
//!
//! proptest!(ProptestConfig::with_cases(16), |(plan in strategies::plan())| {
//!     let swarm = strategies::run(&plan, Settings::default());
//!     for task in swarm.kernel.store.tasks() {
//!         prop_assert!(task.status.state != TaskState::Running || task.node_id.is_some());
//!     }
//! });
//! ```
//!
//! What may be random and what may not is up to the test: [`plan_with`] takes a strategy of nodes
//! and one of services, so that a cluster can be one's own and only the rest is drawn.

mod describe;
mod driver;
mod node;
mod plan;
mod scene;
mod service;

pub use driver::{Driver, run};
pub use node::{cluster, node};
pub use plan::{Plan, Step, plan, plan_with};
pub use scene::{Group, Scene, StandingTask, scene, scene_with};
pub use service::{demanding_service, service};
