//! Amounts of memory: a decimal with a unit in powers of 1024 (`docker/go-units size.go`
//! RAMInBytes).

use super::number::{RANGE, SYNTAX, failure};
use super::rational::Rational;

/// Bytes; what is less than one is cut off.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let last = text
        .rfind(|c: char| c.is_ascii_digit() || c == '.' || c == ' ')
        .ok_or_else(|| format!("invalid size: '{text}'"))?;
    let suffix = text[last + 1..].to_lowercase();
    let number = text[..=last].strip_suffix(' ').unwrap_or(&text[..=last]);
    let size = Rational::parse(number)
        .filter(|_| !number.contains('/'))
        .ok_or_else(|| failure("ParseFloat", number, SYNTAX))?;
    if size.numerator < 0 {
        return Err(format!("invalid size: '{text}'"));
    }
    let power = match suffix.as_bytes() {
        [] | [b'b'] => 0,
        [unit] | [unit, b'b'] | [unit, b'i', b'b'] => match unit {
            b'k' => 1,
            b'm' => 2,
            b'g' => 3,
            b't' => 4,
            b'p' => 5,
            _ => return Err(format!("invalid suffix: '{suffix}'")),
        },
        _ => return Err(format!("invalid suffix: '{suffix}'")),
    };
    match size.times(1 << (10 * power)) {
        Some((bytes, _)) => Ok(bytes),
        None => Err(failure("ParseFloat", number, RANGE)),
    }
}
