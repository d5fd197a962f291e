//! Numbers as Go's `strconv` reads them, with its words for what is wrong.

use crate::time;

/// Why a number could not be read.
pub(super) const SYNTAX: &str = "invalid syntax";
/// Why a number could not be held.
pub(super) const RANGE: &str = "value out of range";

/// `strconv.ParseBool`.
pub(super) fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(failure("ParseBool", text, SYNTAX)),
    }
}

/// `strconv.ParseUint(text, base, 64)`. In base 0 a prefix (`0x`, `0o`, `0b`, `0`) chooses the
/// base, and digits may be set apart by `_`.
pub fn parse_uint(text: &str, base: u32) -> Result<u64, String> {
    unsigned(text, base, u64::MAX).map_err(|reason| failure("ParseUint", text, reason))
}

/// `strconv.ParseInt(text, base, 64)`.
pub(super) fn parse_int(text: &str, base: u32) -> Result<i64, String> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let limit = if negative { 1 << 63 } else { (1 << 63) - 1 };
    let size = unsigned(digits, base, limit).map_err(|reason| failure("ParseInt", text, reason))?;
    let size = i128::from(size);
    Ok(i64::try_from(if negative { -size } else { size }).expect("within the limit"))
}

/// `time.ParseDuration`, in nanoseconds.
pub(super) fn parse_duration(text: &str) -> Result<i64, String> {
    let (sign, size) = match text.strip_prefix('-') {
        Some(size) => (-1, size),
        None => (1, text),
    };
    let nanos = time::parse_duration(size).map_err(|error| {
        error
            .message
            .replace(&format!("{size:?}"), &format!("{text:?}"))
    })?;
    let nanos = i64::try_from(nanos).map_err(|_| format!("time: invalid duration {text:?}"))?;
    Ok(sign * nanos)
}

/// The number behind `text`, if it is not above `limit`; else only the reason.
pub(super) fn unsigned(text: &str, base: u32, limit: u64) -> Result<u64, &'static str> {
    let (base, digits) = match (base, text.as_bytes()) {
        (0, [b'0', b'x' | b'X', ..]) => (16, &text[2..]),
        (0, [b'0', b'o' | b'O', ..]) => (8, &text[2..]),
        (0, [b'0', b'b' | b'B', ..]) => (2, &text[2..]),
        (0, [b'0', _, ..]) => (8, &text[1..]),
        (0, _) => (10, text),
        (base, _) => (base, text),
    };
    let underscores = text.starts_with('0') || base == 10;
    if digits.is_empty() || digits.starts_with('_') && !text.starts_with('0') {
        return Err(SYNTAX);
    }
    let mut value: u64 = 0;
    let mut too_large = false;
    let mut after_underscore = false;
    for c in digits.chars() {
        if c == '_' && underscores && !after_underscore {
            after_underscore = true;
            continue;
        }
        after_underscore = false;
        let digit = c.to_digit(base).ok_or(SYNTAX)?;
        let next = value
            .checked_mul(u64::from(base))
            .and_then(|value| value.checked_add(u64::from(digit)));
        match next {
            Some(next) => value = next,
            None => too_large = true,
        }
    }
    if after_underscore {
        return Err(SYNTAX);
    }
    if too_large || value > limit {
        return Err(RANGE);
    }
    Ok(value)
}

/// `strconv.ParseFloat(text, 32)` for decimals; infinities and the like are refused.
pub(super) fn parse_ratio(text: &str) -> Result<f32, String> {
    let plain = !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    let value = if plain {
        text.parse::<f32>().ok()
    } else {
        None
    };
    match value {
        Some(value) if value.is_finite() => Ok(value),
        Some(_) => Err(failure("ParseFloat", text, RANGE)),
        None => Err(failure("ParseFloat", text, SYNTAX)),
    }
}

/// The text of a `strconv.NumError`.
pub(super) fn failure(function: &str, text: &str, reason: &str) -> String {
    format!("strconv.{function}: parsing {text:?}: {reason}")
}
