//! What a plain scalar is, by the core schema of YAML 1.2.

use super::place::ScalarStyle;
use super::tree::{Kind, NodeRef};

/// A scalar as the type that its spelling gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    /// A whole number that is not negative.
    Unsigned(u64),
    /// A negative whole number.
    Signed(i64),
    /// A number that is not whole, or too large; as it is written.
    Other(&'a str),
    Text(&'a str),
}

impl<'a> Scalar<'a> {
    pub(super) fn plain(text: &'a str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Bool(true),
            "false" | "False" | "FALSE" => Self::Bool(false),
            _ => Self::number(text),
        }
    }

    fn number(text: &'a str) -> Self {
        let (negative, body) = match text.as_bytes()[0] {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let magnitude = if let Some(digits) = body.strip_prefix("0x") {
            whole(digits, 16)
        } else if let Some(digits) = body.strip_prefix("0o") {
            whole(digits, 8)
        } else if body.starts_with('0') && body.len() > 1 && !body.starts_with("0.") {
            // `010` is 8 to some readers, 10 to others, and mostly an identifier: text.
            return Self::Text(text);
        } else {
            whole(body, 10)
        };
        match (magnitude, negative) {
            (Some(number), false) => Self::Unsigned(number),
            (Some(0), true) => Self::Unsigned(0),
            (Some(number), true) => match 0i64.checked_sub_unsigned(number) {
                Some(number) => Self::Signed(number),
                None => Self::Other(text),
            },
            (None, _) if is_decimal(body) => Self::Other(text),
            (None, _) => Self::Text(text),
        }
    }
}

fn whole(digits: &str, radix: u32) -> Option<u64> {
    // `from_str_radix` would take a second sign.
    let is_clean = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_clean
        .then(|| u64::from_str_radix(digits, radix).ok())
        .flatten()
}

/// `[0-9]*(\.[0-9]*)?([eE][-+]?[0-9]+)?` with at least one digit.
fn is_decimal(body: &str) -> bool {
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    let digits_only = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|text| {
        let text = text.strip_prefix(['-', '+']).unwrap_or(text);
        !text.is_empty() && digits_only(text)
    });
    digits_only(whole)
        && digits_only(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent_fits
}

impl<'a> NodeRef<'a> {
    /// The scalar as its spelling types it; nothing for lists and mappings.
    pub(super) fn scalar(self) -> Option<Scalar<'a>> {
        match &self.node().kind {
            Kind::Scalar {
                value,
                style: ScalarStyle::Plain,
                is_text: false,
            } => Some(Scalar::plain(value)),
            Kind::Scalar { value, .. } => Some(Scalar::Text(value)),
            _ => None,
        }
    }

    /// Whether nothing is written, or `null`.
    pub fn is_null(self) -> bool {
        self.scalar() == Some(Scalar::Null)
    }

    /// The node in words, for "found ...".
    pub(super) fn describe(self) -> String {
        match &self.node().kind {
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
            Kind::Scalar { value, .. } => match self.scalar() {
                Some(Scalar::Null) => "nothing".to_owned(),
                Some(Scalar::Bool(_)) => format!("`{value}`"),
                Some(Scalar::Text(text)) => format!("the text `{}`", shorten(text)),
                _ => format!("the number {}", shorten(value)),
            },
        }
    }
}

/// At most the first line and 40 characters of a text.
pub(super) fn shorten(text: &str) -> String {
    const LENGTH_MAX: usize = 40;
    let line = text.lines().next().unwrap_or("");
    let mut short: String = line.chars().take(LENGTH_MAX).collect();
    if short.len() < text.trim_end().len() {
        short.push_str("...");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_those_of_yaml_1_2() {
        use Scalar::{Bool, Null, Other, Signed, Text, Unsigned};
        for (text, want) in [
            ("", Null),
            ("~", Null),
            ("no", Text("no")),
            ("on", Text("on")),
            ("true", Bool(true)),
            ("12", Unsigned(12)),
            ("+12", Unsigned(12)),
            ("-12", Signed(-12)),
            ("-0", Unsigned(0)),
            ("010", Text("010")),
            ("0o10", Unsigned(8)),
            ("0x1F", Unsigned(31)),
            ("1.5", Other("1.5")),
            (".5", Other(".5")),
            ("0.5", Other("0.5")),
            ("1e3", Other("1e3")),
            ("18446744073709551616", Other("18446744073709551616")),
            ("1_000", Text("1_000")),
            ("--1", Text("--1")),
            ("-", Text("-")),
            (".", Text(".")),
            ("12:30", Text("12:30")),
            ("1.2.3", Text("1.2.3")),
        ] {
            assert_eq!(Scalar::plain(text), want, "{text}");
        }
    }
}
