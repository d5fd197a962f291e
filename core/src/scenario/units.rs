//! Amounts as people write them: durations, sizes, CPUs, probabilities. Exact: no floats.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::time::{format_duration, parse_duration};

/// A duration as Go writes it: `150ms`, `1.5s`, `1m30s`, `0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(
    /// In nanoseconds.
    pub u64,
);

/// An amount of bytes: `4GiB`, `512MiB`, `4g`, `4096`. Units are powers of 1024, as in docker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(
    /// In bytes.
    pub u64,
);

/// Bytes per second: `50MiB`, `50MiB/s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bandwidth(
    /// In bytes per second.
    pub u64,
);

/// A number of CPUs with at most nine decimals: `2`, `0.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cpus(
    /// In billionths of a CPU.
    pub i64,
);

/// A probability with at most six decimals: `0.25`, `25%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Probability(
    /// In millionths.
    pub u32,
);

/// Requests per second with at most three decimals: `50`, `0.5`, `50/s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(
    /// In thousandths of a request per second.
    pub u64,
);

/// Why an amount cannot be read. What follows the line break is advice.
type Refusal = String;

impl Duration {
    fn parse(text: &str) -> Result<Self, Refusal> {
        match parse_duration(text) {
            Ok(nanoseconds) => Ok(Self(nanoseconds)),
            Err(_) if text.starts_with('-') => Err(format!("`{text}` is a negative duration")),
            Err(_) if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() => {
                Err(format!(
                    "`{text}` is no duration: the unit is missing\nwrite `{text}s` for seconds"
                ))
            }
            Err(_) => Err(format!(
                "`{text}` is no duration\nexpected numbers with a unit, such as `1m30s`; the units \
                 are ns, us, ms, s, m and h"
            )),
        }
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format_duration(self.0))
    }
}

const SIZE_UNITS: [&str; 6] = ["", "KiB", "MiB", "GiB", "TiB", "PiB"];

impl Bytes {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let number_end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(number_end);
        let unit = unit.trim_start().to_ascii_lowercase();
        let letter = unit
            .strip_suffix("ib")
            .or_else(|| unit.strip_suffix('b'))
            .unwrap_or(&unit);
        let power = match letter {
            "" if unit != "ib" => 0,
            "k" => 1,
            "m" => 2,
            "g" => 3,
            "t" => 4,
            "p" => 5,
            _ => {
                return Err(format!(
                    "`{text}` is no amount of bytes\nexpected a number with a unit, such as \
                     `512MiB` or `4g`"
                ));
            }
        };
        decimal(number, 1 << (10 * power), true)
            .map(Self)
            .ok_or_else(|| {
                format!("`{text}` is no amount of bytes\nwrite it like `512MiB` or `4g`")
            })
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = self.0;
        let mut power = 0;
        while value != 0 && value.is_multiple_of(1024) && power + 1 < SIZE_UNITS.len() {
            value /= 1024;
            power += 1;
        }
        f.pad(&format!("{value}{}", SIZE_UNITS[power]))
    }
}

impl Bandwidth {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let Bytes(amount) = Bytes::parse(text.strip_suffix("/s").unwrap_or(text))?;
        if amount == 0 {
            return Err("nothing would ever arrive with a bandwidth of 0".to_owned());
        }
        Ok(Self(amount))
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Bytes(self.0).fmt(f)
    }
}

impl Cpus {
    fn parse(text: &str) -> Result<Self, Refusal> {
        decimal(text, 1_000_000_000, false)
            .and_then(|nano| i64::try_from(nano).ok())
            .map(Self)
            .ok_or_else(|| {
                format!(
                    "`{text}` is no number of CPUs\nexpected a number with at most nine decimals, \
                     such as `2` or `0.5`"
                )
            })
    }
}

impl fmt::Display for Cpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal_text(self.0.unsigned_abs(), 9))
    }
}

impl Probability {
    /// What always happens.
    pub const CERTAIN: Self = Self(1_000_000);

    fn parse(text: &str) -> Result<Self, Refusal> {
        let parts = match text.strip_suffix('%') {
            Some(percent) => decimal(percent.trim_end(), 10_000, false),
            None => decimal(text, 1_000_000, false),
        };
        parts
            .and_then(|parts| u32::try_from(parts).ok())
            .map(Self)
            .filter(|&parts| parts <= Self::CERTAIN)
            .ok_or_else(|| {
                format!(
                    "`{text}` is no probability\nexpected a number from 0 to 1 with at most six \
                     decimals, such as `0.1`, or a percentage"
                )
            })
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal_text(self.0.into(), 6))
    }
}

impl Rate {
    /// The largest: a million requests a second.
    const MAX: u64 = 1_000_000_000;

    fn parse(text: &str) -> Result<Self, Refusal> {
        let number = text.strip_suffix("/s").unwrap_or(text);
        decimal(number, 1_000, false)
            .filter(|&parts| parts > 0 && parts <= Self::MAX)
            .map(Self)
            .ok_or_else(|| {
                format!(
                    "`{text}` is no number of requests per second\nexpected a number above 0 with \
                     at most three decimals, up to a million"
                )
            })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal_text(self.0, 3))
    }
}

/// `number` times `scale`, exactly, or rounded down where `cut` allows it.
fn decimal(number: &str, scale: u64, cut: bool) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits_only = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0
        || whole.len() > 19
        || fraction.len() > 18
        || !digits_only(whole)
        || !digits_only(fraction)
    {
        return None;
    }
    let number: u128 = format!("0{whole}{fraction}").parse().ok()?;
    let divisor = 10u128.pow(u32::try_from(fraction.len()).ok()?);
    let scaled = number.checked_mul(u128::from(scale))?;
    if !cut && !scaled.is_multiple_of(divisor) {
        return None;
    }
    // Amounts end up in signed fields of the Docker API.
    let scaled = i64::try_from(scaled / divisor).ok()?;
    Some(scaled.unsigned_abs())
}

/// A number of parts of `10^digits` as a decimal: 1500000000 with nine digits is `1.5`.
fn decimal_text(parts: u64, digits: u32) -> String {
    let scale = 10u64.pow(digits);
    let (whole, fraction) = (parts / scale, parts % scale);
    if fraction == 0 {
        return whole.to_string();
    }
    let fraction = format!("{fraction:0width$}", width = digits as usize);
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

/// Writes a text, without quotes where it is a number. A short decimal passes through a float here
/// because serde has no other number with a point; the characters come out as they went in.
fn write<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(number) = text.parse::<u64>() {
        return serializer.serialize_u64(number);
    }
    let is_short = text.len() <= 12
        && text
            .split_once('.')
            .is_some_and(|(_, fraction)| fraction.len() <= 4);
    match text.parse::<f64>() {
        Ok(number) if is_short && number.to_string() == text => serializer.serialize_f64(number),
        _ => serializer.serialize_str(text),
    }
}

macro_rules! written_as_text {
    ($($name:ident, $expected:literal, $pattern:literal, $doc:literal;)*) => {
        $(
            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    struct Reader;

                    impl Visitor<'_> for Reader {
                        type Value = $name;

                        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                            f.write_str($expected)
                        }

                        fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                            $name::parse(text.trim()).map_err(E::custom)
                        }
                    }

                    // As text even where it looks like a number: a decimal must not pass through
                    // a float.
                    deserializer.deserialize_str(Reader)
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    write(&self.to_string(), serializer)
                }
            }

            #[cfg(feature = "schema")]
            impl schemars::JsonSchema for $name {
                fn schema_name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                    schemars::json_schema!({
                        "type": ["string", "number"],
                        "pattern": $pattern,
                        "minimum": 0,
                        "description": $doc,
                    })
                }
            }
        )*
    };
}

written_as_text! {
    Duration, "a duration such as `10s`", r"^\+?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$",
        "A duration as Go writes it: `150ms`, `1.5s`, `1m30s`, `0`.";
    Bytes, "an amount of bytes such as `512MiB`", r"^[0-9.]+ ?([kKmMgGtTpP]?[iI]?[bB]|[kKmMgGtTpP])?$",
        "An amount of bytes: `4GiB`, `512MiB`, `4g`, `4096`. Units are powers of 1024.";
    Bandwidth, "bytes per second such as `50MiB`", r"^[0-9.]+ ?([kKmMgGtTpP]?[iI]?[bB]|[kKmMgGtTpP])?(/s)?$",
        "Bytes per second: `50MiB`, `50MiB/s`.";
    Cpus, "a number of CPUs such as `2` or `0.5`", r"^[0-9]*\.?[0-9]*$",
        "A number of CPUs with at most nine decimals: `2`, `0.5`.";
    Probability, "a probability such as `0.1`", r"^[0-9]*\.?[0-9]* ?%?$",
        "A probability with at most six decimals: `0.25`, `25%`.";
    Rate, "requests per second such as `50`", r"^[0-9]*\.?[0-9]*(/s)?$",
        "Requests per second with at most three decimals: `50`, `0.5`.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        assert_eq!(Bytes::parse("4GiB"), Ok(Bytes(4 << 30)));
        assert_eq!(Bytes::parse("4g"), Ok(Bytes(4 << 30)));
        assert_eq!(Bytes::parse("512 MB"), Ok(Bytes(512 << 20)));
        assert_eq!(Bytes::parse("1.5k"), Ok(Bytes(1536)));
        assert_eq!(Bytes::parse("4096"), Ok(Bytes(4096)));
        assert_eq!(Cpus::parse("0.1"), Ok(Cpus(100_000_000)));
        assert_eq!(Cpus::parse("2.000000001"), Ok(Cpus(2_000_000_001)));
        assert_eq!(Probability::parse("0.1"), Ok(Probability(100_000)));
        assert_eq!(Probability::parse("12.5%"), Ok(Probability(125_000)));
        assert_eq!(Bandwidth::parse("50MiB/s"), Ok(Bandwidth(50 << 20)));
        assert_eq!(Duration::parse("1.5s"), Ok(Duration(1_500_000_000)));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in [
            "",
            "MiB",
            "4 apples",
            "4ib",
            "-1",
            "1..2",
            "99999999999999999999",
            "9999999P",
        ] {
            assert!(Bytes::parse(text).is_err(), "{text}");
        }
        for text in ["", ".", "-1", "1e3", "0.0000000001", "99999999999"] {
            assert!(Cpus::parse(text).is_err(), "{text}");
        }
        for text in ["1.1", "-0.5", "101%", "0.0000001"] {
            assert!(Probability::parse(text).is_err(), "{text}");
        }
        for text in ["5", "-5s", "five", "", "1d"] {
            assert!(Duration::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_are_written_as_they_are_read() {
        for text in ["0", "1", "4GiB", "1536", "70MiB"] {
            assert_eq!(
                Bytes::parse(text).map(|it| it.to_string()),
                Ok(text.to_owned())
            );
        }
        for text in ["0", "4", "0.5", "1.25"] {
            assert_eq!(
                Cpus::parse(text).map(|it| it.to_string()),
                Ok(text.to_owned())
            );
        }
        assert_eq!(Probability(100_000).to_string(), "0.1");
    }
}
