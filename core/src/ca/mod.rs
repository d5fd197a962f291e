//! The certificate authority of a swarm: who may join, and what proves it.
//!
//! Upstream: `ca/config.go` (join tokens), `manager/encryption/encryption.go` (unlock keys).
//! Secrets are numbers in the store; the texts that people type are computed from the seed when
//! they are asked for, as those of ids are.

mod secret;

pub use secret::{UNLOCK_KEY_PREFIX, unlock_key};
