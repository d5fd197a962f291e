//! Root certificates, in the form in which `docker swarm ca` prints them (`ca/certificates.go`).
//!
//! A certificate is made of numbers from the seed: it has the shape, the names and the dates of a
//! real one, so that everything that reads shapes reads it, and it is the same in every run with
//! the seed. Left out: cryptography. Its key belongs to nobody, and its signature proves nothing.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::api::to_base64;
use crate::model::Root;
use crate::rng::Stream;
use crate::time::SimTime;

/// Who a root certificate belongs to (`ca/certificates.go` DefaultRootCN).
const COMMON_NAME: &str = "swarm-ca";
/// How long one holds (`RootCAExpiration`): 20 years of 365 days.
const VALID_SECONDS: u64 = 630_720_000;
/// So many blocks of 16 bytes belong to one certificate.
const BLOCKS: u32 = 16;

/// A root certificate as a text (PEM).
pub fn root_certificate(seed: u64, root: Root) -> String {
    let text = to_base64(&der(seed, root));
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().map(|&digit| char::from(digit)));
        pem.push('\n');
    }
    pem + "-----END CERTIFICATE-----\n"
}

/// The SHA-256 of the text of a root certificate.
pub fn root_digest(seed: u64, root: Root) -> [u8; 32] {
    Sha256::digest(root_certificate(seed, root).as_bytes()).into()
}

/// Who has signed a certificate, as the Docker API tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Its name, encoded.
    pub subject: String,
    /// Its key, encoded.
    pub public_key: String,
}

/// Who signs with a root certificate.
pub fn issuer(seed: u64, root: Root) -> Issuer {
    Issuer {
        subject: to_base64(&name()),
        public_key: to_base64(&public_key(seed, root)),
    }
}

/// A digest in hexadecimal digits.
pub fn digest_hex(digest: [u8; 32]) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The kinds of ASN.1 values that occur.
mod tag {
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const BIT_STRING: u8 = 0x03;
    pub(super) const OCTET_STRING: u8 = 0x04;
    pub(super) const OID: u8 = 0x06;
    pub(super) const PRINTABLE: u8 = 0x13;
    pub(super) const UTC_TIME: u8 = 0x17;
    pub(super) const TIME: u8 = 0x18;
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const SET: u8 = 0x31;
    pub(super) const VERSION: u8 = 0xa0;
    pub(super) const EXTENSIONS: u8 = 0xa3;
}

/// `ecdsa-with-SHA256`.
const SIGNED_WITH: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// `id-ecPublicKey`.
const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// `prime256v1`.
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// `commonName`.
const CN: &[u8] = &[0x55, 0x04, 0x03];

/// One value: its kind, its length, its content.
fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut all = vec![tag];
    let length = content.len().to_be_bytes();
    match content.len() {
        0..0x80 => all.push(length[length.len() - 1]),
        0x80..0x100 => all.extend([0x81, length[length.len() - 1]]),
        _ => {
            all.push(0x82);
            all.extend_from_slice(&length[length.len() - 2..]);
        }
    }
    all.extend(content);
    all
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(tag::SEQUENCE, parts)
}

fn oid(id: &[u8]) -> Vec<u8> {
    value(tag::OID, &[id])
}

/// A positive number in as many bytes; the highest bit is that of the sign.
fn integer(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(first) = bytes.first_mut() {
        *first = *first & 0x7f | 0x40;
    }
    value(tag::INTEGER, &[&bytes])
}

/// Which name: `CN=swarm-ca`.
fn name() -> Vec<u8> {
    let text = value(tag::PRINTABLE, &[COMMON_NAME.as_bytes()]);
    sequence(&[&value(tag::SET, &[&sequence(&[&oid(CN), &text])])])
}

/// A moment to the second: two digits for the year until 2049, four from then on.
fn moment(time: SimTime) -> Vec<u8> {
    let text = time.to_rfc3339();
    let digits: String = text
        .split('.')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    if digits.as_str() < "2050" {
        value(tag::UTC_TIME, &[&digits.as_bytes()[2..], b"Z"])
    } else {
        value(tag::TIME, &[digits.as_bytes(), b"Z"])
    }
}

/// Two of the blocks that belong to a certificate.
fn bytes_of(seed: u64, root: Root, block: u32) -> Vec<u8> {
    let stream = Stream::new(seed, "root certificates");
    let first = root.number.wrapping_mul(BLOCKS).wrapping_add(block);
    let blocks = [stream.block_at(first), stream.block_at(first + 1)];
    blocks
        .iter()
        .flat_map(|block| block.to_be_bytes())
        .collect()
}

fn public_key(seed: u64, root: Root) -> Vec<u8> {
    let bytes = |block| bytes_of(seed, root, block);
    sequence(&[
        &sequence(&[&oid(EC_KEY), &oid(P256)]),
        &value(tag::BIT_STRING, &[&[0, 4], &bytes(2), &bytes(4)]),
    ])
}

fn der(seed: u64, root: Root) -> Vec<u8> {
    let bytes = |block| bytes_of(seed, root, block);
    let algorithm = sequence(&[&oid(SIGNED_WITH)]);
    let since = moment(root.created_at);
    let until = moment(root.created_at + VALID_SECONDS * crate::time::SECOND);
    let key = public_key(seed, root);
    let is_true: &[u8] = &[0x01, 0x01, 0xff];
    let extension = |id: &[u8], critical: &[u8], content: &[u8]| {
        sequence(&[&oid(id), critical, &value(tag::OCTET_STRING, &[content])])
    };
    let key_usage = extension(&[0x55, 0x1d, 0x0f], is_true, &[0x03, 0x02, 0x01, 0x06]);
    let is_ca = extension(&[0x55, 0x1d, 0x13], is_true, &sequence(&[is_true]));
    let key_id = value(tag::OCTET_STRING, &[&bytes(6)[..20]]);
    let key_id = extension(&[0x55, 0x1d, 0x0e], &[], &key_id);
    let extensions = sequence(&[&key_usage, &is_ca, &key_id]);
    let body = sequence(&[
        &value(tag::VERSION, &[&[tag::INTEGER, 1, 2]]),
        &integer(bytes(0)[..20].to_vec()),
        &algorithm,
        &name(),
        &sequence(&[&since, &until]),
        &name(),
        &key,
        &value(tag::EXTENSIONS, &[&extensions]),
    ]);
    let signature = sequence(&[&integer(bytes(8)), &integer(bytes(10))]);
    let signature = value(tag::BIT_STRING, &[&[0], &signature]);
    sequence(&[&body, &algorithm, &signature])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;

    #[test]
    fn a_certificate_has_the_shape_of_a_real_one() {
        let root = Root::default();
        let pem = root_certificate(1, root);
        assert!(
            pem.starts_with("-----BEGIN CERTIFICATE-----\nMIIB"),
            "{pem}"
        );
        assert!(pem.lines().all(|line| line.len() <= 64), "{pem}");
        let der = der(1, root);
        // The outermost length is that of everything.
        assert_eq!(der[..2], [tag::SEQUENCE, 0x82]);
        assert_eq!(
            usize::from(der[2]) * 256 + usize::from(der[3]) + 4,
            der.len()
        );
        // The name is encoded as in the API of a real engine.
        assert_eq!(to_base64(&name()), "MBMxETAPBgNVBAMTCHN3YXJtLWNh");
    }

    #[test]
    fn no_two_are_alike() {
        let first = root_digest(1, Root::default());
        assert_eq!(first, root_digest(1, Root::default()));
        assert_ne!(first, root_digest(2, Root::default()));
        let second = Root {
            number: 1,
            ..Root::default()
        };
        assert_ne!(first, root_digest(1, second));
    }

    #[test]
    fn years_after_2049_have_four_digits() {
        let text = |time: SimTime| String::from_utf8_lossy(&moment(time)[2..]).into_owned();
        assert_eq!(text(SimTime::ZERO), "260101000000Z");
        assert_eq!(text(SimTime::ZERO + 8766 * DAY), "20500101000000Z");
    }
}
