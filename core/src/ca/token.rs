//! Join tokens: `SWMTKN-1-<digest>-<secret>` (`ca/config.go` GenerateJoinToken, ParseJoinToken).
//!
//! The digest is that of the root certificate, by which a machine knows that it talks with the
//! right swarm; the secret is what the swarm knows it by. Left out: swarms under FIPS.

use super::root::root_digest;
use crate::ids::base36;
use crate::model::{Cluster, NodeRole, Root, SecretNumber};
use crate::rng::Stream;

/// How many digits the digest has in base 36.
const DIGEST_LENGTH: usize = 50;
/// How many digits the secret has in base 36.
const SECRET_LENGTH: usize = 25;

/// The token with which machines join in a role.
pub fn join_token(seed: u64, cluster: &Cluster, role: NodeRole) -> String {
    let secret = match role {
        NodeRole::Worker => cluster.join_tokens.worker,
        NodeRole::Manager => cluster.join_tokens.manager,
    };
    token(seed, cluster.root_ca.root, secret)
}

/// The token of a root certificate and a secret.
pub fn token(seed: u64, root: Root, secret: SecretNumber) -> String {
    let digest = digest_digits(root_digest(seed, root));
    let secret = base36(Stream::new(seed, "join tokens").block_at(secret.0));
    format!("SWMTKN-1-{digest}-{secret}")
}

/// The role in which a token lets machines join; none for a wrong or an old one.
pub fn role_of_token(seed: u64, cluster: &Cluster, token: &str) -> Option<NodeRole> {
    // Upstream compares with the manager's first, which makes no difference.
    [NodeRole::Manager, NodeRole::Worker]
        .into_iter()
        .find(|&role| join_token(seed, cluster, role) == token)
}

/// The digest of the root certificate that a token names, or why it is no token.
pub fn digest_of_token(token: &str) -> Result<[u8; 32], &'static str> {
    const INVALID: &str = "invalid join token";
    let parts: Vec<&str> = token.split('-').collect();
    let (digest, secret) = match parts.as_slice() {
        ["SWMTKN", "1", digest, secret] | ["SWMTKN", "2", "0" | "1", digest, secret] => {
            (*digest, *secret)
        }
        _ => return Err(INVALID),
    };
    if digest.len() != DIGEST_LENGTH || secret.len() != SECRET_LENGTH {
        return Err(INVALID);
    }
    let mut number = [0_u8; 32];
    for digit in digest.chars().map_while(|digit| digit.to_digit(36)) {
        let mut carry = digit;
        for byte in number.iter_mut().rev() {
            let sum = u32::from(*byte) * 36 + carry;
            let [high @ .., low] = sum.to_be_bytes();
            *byte = low;
            carry = u32::from_be_bytes([0, high[0], high[1], high[2]]);
        }
        if carry != 0 {
            return Err("invalid checksum digest length");
        }
    }
    Ok(number)
}

/// A number of 256 bits in base 36.
fn digest_digits(mut number: [u8; 32]) -> String {
    let mut digits = [0; DIGEST_LENGTH];
    for digit in digits.iter_mut().rev() {
        let mut rest = 0;
        for byte in &mut number {
            let dividend = rest * 256 + u32::from(*byte);
            *byte = u8::try_from(dividend / 36).unwrap_or(u8::MAX);
            rest = dividend % 36;
        }
        *digit = rest;
    }
    let digits = digits.iter();
    digits
        .filter_map(|&digit| char::from_digit(digit, 36))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_name_the_root_and_a_role() {
        let mut cluster = Cluster::default();
        let worker = join_token(7, &cluster, NodeRole::Worker);
        let manager = join_token(7, &cluster, NodeRole::Manager);
        assert_eq!(worker.len(), 85, "{worker}");
        assert_eq!(worker[..60], manager[..60]);
        assert_eq!(
            digest_of_token(&worker),
            Ok(root_digest(7, cluster.root_ca.root))
        );
        assert_eq!(role_of_token(7, &cluster, &worker), Some(NodeRole::Worker));
        assert_eq!(
            role_of_token(7, &cluster, &manager),
            Some(NodeRole::Manager)
        );
        cluster.join_tokens.worker = cluster.make_secret();
        assert_eq!(role_of_token(7, &cluster, &worker), None);
        assert_eq!(
            role_of_token(7, &cluster, &manager),
            Some(NodeRole::Manager)
        );
    }

    #[test]
    fn what_is_no_token_is_told_as_upstream_does() {
        let secret = "0".repeat(25);
        for (token, error) in [
            (String::new(), "invalid join token"),
            ("SWMTKN-1-bad".to_owned(), "invalid join token"),
            (
                format!("SWMTKN-1-{}-{secret}", "0".repeat(49)),
                "invalid join token",
            ),
            (
                format!("SWMTKN-1-{}-{secret}", "z".repeat(50)),
                "invalid checksum digest length",
            ),
        ] {
            assert_eq!(digest_of_token(&token), Err(error), "{token}");
        }
        // Characters are not checked: the number ends at the first wrong one.
        let odd = format!("SWMTKN-2-0-{}-{secret}", "1!".repeat(25));
        let mut one = [0; 32];
        one[31] = 1;
        assert_eq!(digest_of_token(&odd), Ok(one));
    }
}
