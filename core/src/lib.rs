//! A Docker Swarm in a bottle: a deterministic discrete-event model of a swarm.
//!
//! The crate is a pure function of a scenario, a plan of inputs and a seed. It does no I/O, reads
//! no clock, starts no threads and prints nothing. `docs/architecture.md` is the map.

pub mod diagnostic;
pub mod ids;
pub mod model;
pub mod rng;
pub mod scenario;
pub mod time;
pub mod yaml;
