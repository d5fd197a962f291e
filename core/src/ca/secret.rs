//! The texts of secrets: unlock keys (`manager/encryption/encryption.go` HumanReadableKey).

use crate::api::to_base64;
use crate::model::SecretNumber;
use crate::rng::Stream;

/// The unlock key with a number, in the run with this seed: 32 bytes in base 64 without padding.
pub fn unlock_key(seed: u64, secret: SecretNumber) -> String {
    let stream = Stream::new(seed, "unlock keys");
    let half = |half: u32| stream.block_at(secret.0.wrapping_mul(2).wrapping_add(half));
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&half(0).to_be_bytes());
    bytes[16..].copy_from_slice(&half(1).to_be_bytes());
    format!("SWMKEY-1-{}", to_base64(&bytes).trim_end_matches('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unlock_keys_have_the_length_of_docker_s() {
        let key = unlock_key(1, SecretNumber(2));
        assert_eq!(key.len(), 52, "{key}");
        assert_ne!(key, unlock_key(1, SecretNumber(3)));
        assert_ne!(key, unlock_key(2, SecretNumber(2)));
    }
}
