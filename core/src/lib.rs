//! A Docker Swarm in a bottle: a deterministic discrete-event model of a swarm.
//!
//! The crate is a pure function of a scenario, a plan of inputs and a seed. It does no I/O, reads
//! no clock, starts no threads and prints nothing. `docs/architecture.md` is the map.

pub mod agent;
pub mod allocator;
pub mod api;
pub mod ca;
pub mod client;
pub mod collections;
pub mod console;
pub mod constraint;
pub mod control;
pub mod diagnostic;
pub mod dispatcher;
pub mod docker;
pub mod ids;
pub mod import;
pub mod kernel;
pub mod mesh;
pub mod model;
pub mod network;
pub mod orchestrator;
pub mod plan;
pub mod raft;
pub mod report;
pub mod rng;
pub mod scenario;
pub mod scheduler;
pub mod simulation;
pub mod stack;
pub mod store;
#[cfg(feature = "proptest")]
pub mod strategies;
pub mod swarm;
pub mod time;
pub mod traffic;
pub mod yaml;
