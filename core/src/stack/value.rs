//! A stack file as values that can be changed: what the YAML tree becomes before variables are
//! put in. Every value and key keeps its place.
//!
//! Plain scalars mean what they mean to docker's YAML library (`go-yaml/yaml` v3 `resolve.go`):
//! `0400` is octal, `1_000` a number, `yes` a text, `2026-01-02` a moment.
//!
//! Left out: moments with a time of day, numbers beyond 64 bits, sexagesimal numbers.

use crate::diagnostic::Span;
use crate::yaml::NodeRef;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) data: Data,
    pub(super) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key of a mapping and its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) value: Node,
}

/// A key that is no text, which is more than JSON can say.
pub(super) struct WrongKey(pub(super) Span);

impl Node {
    /// The value of a part of a document.
    pub(super) fn read(tree: NodeRef<'_>) -> Result<Self, WrongKey> {
        let span = tree.span();
        let data = if let Some(text) = tree.text() {
            if tree.is_plain_scalar() {
                resolve(text)
            } else {
                Data::Text(text.to_owned())
            }
        } else if tree.is_mapping() {
            let mut entries = Vec::new();
            for (key, value) in tree.entries() {
                let name = key.text().unwrap_or_default();
                if key.is_plain_scalar() && !matches!(resolve(name), Data::Text(_)) {
                    return Err(WrongKey(key.span()));
                }
                entries.push(Entry {
                    key: name.to_owned(),
                    key_span: key.span(),
                    value: Self::read(value)?,
                });
            }
            Data::Map(entries)
        } else {
            let items: Result<Vec<Self>, WrongKey> = tree.elements().map(Self::read).collect();
            Data::List(items?)
        };
        Ok(Self { data, span })
    }

    /// The entries of a mapping; none of anything else.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.data {
            Data::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// A key and its value.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text under a key; empty if there is none.
    pub(super) fn text_of(&self, key: &str) -> String {
        self.get(key)
            .and_then(Self::text)
            .unwrap_or_default()
            .to_owned()
    }

    /// The number under a key.
    pub(super) fn int_of(&self, key: &str) -> Option<i64> {
        match self.get(key)?.data {
            Data::Int(number) => Some(number),
            Data::Float(number) => to_int(number),
            _ => None,
        }
    }

    /// The switch under a key.
    pub(super) fn bool_of(&self, key: &str) -> Option<bool> {
        match self.get(key)?.data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A scalar as Go prints it; nothing for null and for what is no scalar.
    pub(super) fn printed(&self) -> Option<String> {
        match &self.data {
            Data::Null | Data::List(_) | Data::Map(_) => None,
            Data::Bool(value) => Some(value.to_string()),
            Data::Int(number) => Some(number.to_string()),
            Data::Float(number) => Some(go_float(*number)),
            Data::Text(text) => Some(text.clone()),
        }
    }
}

/// A float without a fraction as a whole number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the number is whole and far from the limits"
)]
pub(super) fn to_int(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

/// What a plain scalar means.
pub(super) fn resolve(text: &str) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Data::Null,
        "true" | "True" | "TRUE" => return Data::Bool(true),
        "false" | "False" | "FALSE" => return Data::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Data::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Data::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Data::Float(f64::NAN),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Data::Text(text.to_owned());
    }
    if is_date(text) {
        return Data::Text(format!("{text} 00:00:00 +0000 UTC"));
    }
    let plain = text.replace('_', "");
    if let Some(number) = parse_int(&plain) {
        return Data::Int(number);
    }
    if is_float(&plain)
        && let Ok(number) = plain.parse()
    {
        return Data::Float(number);
    }
    Data::Text(text.to_owned())
}

/// `2026-01-02`
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && (1..=12).contains(&text[5..7].parse().unwrap_or(0))
        && (1..=31).contains(&text[8..].parse().unwrap_or(0))
}

/// `strconv.ParseInt(text, 0, 64)`
fn parse_int(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let is_exponent = |text: &str| {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        !digits.is_empty() && all_digits(digits)
    };
    all_digits(whole)
        && all_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(is_exponent)
}

/// A float as Go prints it: the shortest form, with an exponent where that is far from 0.
pub(super) fn go_float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let size = number.abs();
    if size == 0.0 || (1e-4..1e21).contains(&size) {
        return number.to_string();
    }
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_they_mean_to_docker() {
        for (text, want) in [
            ("0400", Data::Int(256)),
            ("0o17", Data::Int(15)),
            ("-0x1F", Data::Int(-31)),
            ("1_000", Data::Int(1000)),
            ("08", Data::Float(8.0)),
            ("1.50", Data::Float(1.5)),
            (".5", Data::Float(0.5)),
            ("1e3", Data::Float(1000.0)),
            ("yes", Data::Text("yes".to_owned())),
            ("22:22", Data::Text("22:22".to_owned())),
            ("1.2.3", Data::Text("1.2.3".to_owned())),
            ("-", Data::Text("-".to_owned())),
            (
                "2026-01-02",
                Data::Text("2026-01-02 00:00:00 +0000 UTC".to_owned()),
            ),
            ("~", Data::Null),
            ("TRUE", Data::Bool(true)),
        ] {
            assert_eq!(resolve(text), want, "{text}");
        }
    }

    #[test]
    fn floats_print_like_go() {
        for (number, want) in [
            (1.5, "1.5"),
            (0.0, "0"),
            (1e21, "1e+21"),
            (0.000_01, "1e-05"),
            (-2.5e-7, "-2.5e-07"),
        ] {
            assert_eq!(go_float(number), want);
        }
    }
}
