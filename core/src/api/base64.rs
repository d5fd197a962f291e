//! Bytes as the Docker API shows them: base64 with its usual alphabet (Go's `encoding/base64`).

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Writes padding, and reads with it or without.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes as a text, padded.
pub fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// The bytes that a text stands for, if it is base64. Line breaks and padding may be there.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split(['\n', '\r']).collect();
    ENGINE.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_the_standard_says() {
        // RFC 4648, section 10.
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
        }
        assert_eq!(encode("\u{ff}\u{3f}~".as_bytes()), "w78/fg==");
    }

    #[test]
    fn texts_are_read() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg==", b"f"),
            ("Zm8", b"fo"),
            ("Zm9v\n", b"foo"),
            ("+/8=", b"\xfb\xff"),
        ] {
            assert_eq!(decode(text).as_deref(), Some(bytes), "{text}");
        }
        assert_eq!(decode("Zm9vZ"), None);
        assert_eq!(decode("Zm-v"), None);
    }
}
