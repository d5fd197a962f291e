//! The certificate authority of a swarm: who may join, and what proves it.
//!
//! Upstream: `ca/config.go` (join tokens), `ca/certificates.go` (root certificates),
//! `manager/encryption/encryption.go` (unlock keys). Secrets and certificates are numbers in the
//! store; the texts that people see and type are computed from the seed when they are asked for, as
//! those of ids are.

mod expiry;
mod root;
mod secret;
mod token;

pub(crate) use expiry::Signer;
pub use root::{Issuer, digest_hex, issuer, root_certificate, root_digest};
pub use secret::unlock_key;
pub use token::{digest_of_token, join_token, role_of_token, token};
