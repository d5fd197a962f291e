//! The texts of secrets: unlock keys (`manager/encryption/encryption.go` HumanReadableKey).

use crate::model::SecretNumber;
use crate::rng::Stream;

/// The digits of base 64.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The unlock key with a number, in the run with this seed: 32 bytes in base 64 without padding.
pub fn unlock_key(seed: u64, secret: SecretNumber) -> String {
    let stream = Stream::new(seed, "unlock keys");
    let half = |half: u32| stream.block_at(secret.0.wrapping_mul(2).wrapping_add(half));
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&half(0).to_be_bytes());
    bytes[16..].copy_from_slice(&half(1).to_be_bytes());
    format!("SWMKEY-1-{}", base64(&bytes).trim_end_matches('='))
}

/// Base 64 with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            if place > group.len() {
                text.push('=');
            } else {
                let digit = (bits >> (18 - 6 * place)) & 0x3f;
                text.push(char::from(DIGITS[digit as usize]));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        // RFC 4648, section 10.
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn unlock_keys_have_the_length_of_docker_s() {
        let key = unlock_key(1, SecretNumber(2));
        assert_eq!(key.len(), 52, "{key}");
        assert_ne!(key, unlock_key(1, SecretNumber(3)));
        assert_ne!(key, unlock_key(2, SecretNumber(2)));
    }
}
