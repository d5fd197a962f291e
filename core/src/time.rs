//! Simulated time: integer nanoseconds since a fixed epoch.
//!
//! There is no wall clock in the core. A run begins at [`SimTime::ZERO`], which stands for the
//! civil moment [`EPOCH_UNIX_SECONDS`], and jumps from event to event. Durations are plain `u64`
//! nanoseconds in fields whose names end in `_ns`; this module also reads and writes the two
//! spellings people meet: Go's durations (`1h2m3.5s`) and Docker's ages (`3 minutes`).

use std::fmt;
use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// Nanoseconds in a microsecond.
pub const MICROSECOND: u64 = 1_000;
/// Nanoseconds in a millisecond.
pub const MILLISECOND: u64 = 1_000 * MICROSECOND;
/// Nanoseconds in a second.
pub const SECOND: u64 = 1_000 * MILLISECOND;
/// Nanoseconds in a minute.
pub const MINUTE: u64 = 60 * SECOND;
/// Nanoseconds in an hour.
pub const HOUR: u64 = 60 * MINUTE;
/// Nanoseconds in a day.
pub const DAY: u64 = 24 * HOUR;

/// The civil moment at which every simulation begins: 2026-01-01T00:00:00Z, in Unix seconds.
pub const EPOCH_UNIX_SECONDS: u64 = 1_767_225_600;

/// A moment of simulated time, in nanoseconds since the epoch of the simulation.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SimTime(pub u64);

impl SimTime {
    /// The beginning of every run.
    pub const ZERO: Self = Self(0);
    /// Later than anything that can happen.
    pub const MAX: Self = Self(u64::MAX);

    /// A moment `seconds` after the beginning.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds * SECOND)
    }

    /// Nanoseconds since the beginning.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Nanoseconds from `earlier` to this moment; 0 when `earlier` is in fact later.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The moment as RFC 3339 with nanoseconds, as the Docker API prints times.
    pub fn to_rfc3339(self) -> String {
        let mut text = self.whole_seconds();
        let fraction = self.0 % SECOND;
        if fraction != 0 {
            let digits = format!("{fraction:09}");
            text.push('.');
            text.push_str(digits.trim_end_matches('0'));
        }
        text.push('Z');
        text
    }

    /// The moment as RFC 3339 with nine digits of fractions, as logs have times.
    pub fn to_rfc3339_nano(self) -> String {
        format!("{}.{:09}Z", self.whole_seconds(), self.0 % SECOND)
    }

    /// The moment as RFC 3339 to the second.
    pub fn to_rfc3339_seconds(self) -> String {
        format!("{}Z", self.whole_seconds())
    }

    /// The moment as RFC 1123: `Thu, 01 Jan 2026 00:00:00 UTC`.
    pub fn to_rfc1123(self) -> String {
        /// The first day of the Unix epoch was a Thursday.
        const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        let days = (EPOCH_UNIX_SECONDS + self.0 / SECOND) / 86_400;
        let (year, month, day) = civil_from_days(days);
        let name = |names: &[&'static str], place: u64| {
            let place = usize::try_from(place).ok();
            place
                .and_then(|place| names.get(place))
                .copied()
                .unwrap_or("?")
        };
        let weekday = name(&WEEKDAYS, days % 7);
        let month = name(&MONTHS, month.saturating_sub(1));
        let text = self.whole_seconds();
        let clock = text.split('T').next_back().unwrap_or_default();
        format!("{weekday}, {day:02} {month} {year:04} {clock} UTC")
    }

    /// Date and time of day, without what is behind the second.
    fn whole_seconds(self) -> String {
        let seconds = EPOCH_UNIX_SECONDS + self.0 / SECOND;
        let (year, month, day) = civil_from_days(seconds / 86_400);
        let second_of_day = seconds % 86_400;
        let (hour, minute, second) = (
            second_of_day / 3600,
            second_of_day / 60 % 60,
            second_of_day % 60,
        );
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

impl Add<u64> for SimTime {
    type Output = Self;

    fn add(self, duration_ns: u64) -> Self {
        Self(self.0.saturating_add(duration_ns))
    }
}

impl Sub for SimTime {
    type Output = u64;

    fn sub(self, earlier: Self) -> u64 {
        self.since(earlier)
    }
}

impl fmt::Display for SimTime {
    /// Seconds with three decimals, `12.500s`: the spelling of timelines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0 / MILLISECOND;
        write!(f, "{}.{:03}s", milliseconds / 1000, milliseconds % 1000)
    }
}

/// Gregorian date of a day counted from 1970-01-01 (Howard Hinnant's algorithm).
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

/// Why a duration could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurationError {
    /// Go's own words, as `time.ParseDuration` gives them.
    pub message: String,
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DurationError {}

/// Reads a duration as Go's `time.ParseDuration` does, without sign: `5s`, `1m30s`, `1.5h`, `0`.
/// The result is in nanoseconds; the error has Go's own text.
pub fn parse_duration(text: &str) -> Result<u64, DurationError> {
    let quoted = format!("{text:?}");
    let invalid = || DurationError {
        message: format!("time: invalid duration {quoted}"),
    };
    let body = text.strip_prefix('+').unwrap_or(text);
    if body == "0" {
        return Ok(0);
    }
    if body.is_empty() {
        return Err(invalid());
    }
    let mut rest = body;
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let number_end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_end);
        let unit_end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, remaining) = after.split_at(unit_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(invalid());
        }
        if unit.is_empty() {
            let message = format!("time: missing unit in duration {quoted}");
            return Err(DurationError { message });
        }
        let unit_ns = u128::from(match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => MICROSECOND,
            "ms" => MILLISECOND,
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            _ => {
                let message = format!("time: unknown unit {unit:?} in duration {quoted}");
                return Err(DurationError { message });
            }
        });
        let whole: u128 = if whole.is_empty() {
            0
        } else {
            whole.parse().map_err(|_| invalid())?
        };
        total = whole
            .checked_mul(unit_ns)
            .and_then(|ns| total.checked_add(ns))
            .filter(|&ns| ns <= i64::MAX as u128)
            .ok_or_else(invalid)?;
        // Digits below a nanosecond are cut off, as Go does.
        let mut scale = unit_ns;
        for digit in fraction.bytes() {
            scale /= 10;
            total += u128::from(digit - b'0') * scale;
        }
        rest = remaining;
    }
    u64::try_from(total).map_err(|_| invalid())
}

/// Writes a duration as Go's `Duration.String` does: `0s`, `1.5s`, `1m30s`, `100ms`.
pub fn format_duration(duration_ns: u64) -> String {
    fn with_fraction(value: u64, unit_ns: u64) -> String {
        let fraction = value % unit_ns;
        if fraction == 0 {
            return (value / unit_ns).to_string();
        }
        let width = unit_ns.ilog10() as usize;
        let digits = format!("{fraction:0width$}");
        format!("{}.{}", value / unit_ns, digits.trim_end_matches('0'))
    }
    match duration_ns {
        0 => "0s".to_owned(),
        ns if ns < MICROSECOND => format!("{ns}ns"),
        ns if ns < MILLISECOND => format!("{}µs", with_fraction(ns, MICROSECOND)),
        ns if ns < SECOND => format!("{}ms", with_fraction(ns, MILLISECOND)),
        ns => {
            let (hours, minutes) = (ns / HOUR, ns / MINUTE % 60);
            let seconds = with_fraction(ns % MINUTE, SECOND);
            match (hours, minutes) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

/// An age in Docker's words: `Less than a second`, `5 seconds`, `About an hour`, `3 weeks`
/// (go-units `HumanDuration`).
pub fn human_age(duration_ns: u64) -> String {
    let seconds = duration_ns / SECOND;
    let minutes = duration_ns / MINUTE;
    // Hours are rounded to the nearest, everything else is cut.
    let hours = (duration_ns + HOUR / 2) / HOUR;
    match (seconds, minutes, hours) {
        (0, ..) => "Less than a second".to_owned(),
        (1, ..) => "1 second".to_owned(),
        (2..60, ..) => format!("{seconds} seconds"),
        (_, 1, _) => "About a minute".to_owned(),
        (_, 2..60, _) => format!("{minutes} minutes"),
        (.., 1) => "About an hour".to_owned(),
        (.., 2..48) => format!("{hours} hours"),
        (.., 48..336) => format!("{} days", hours / 24),
        (.., 336..1440) => format!("{} weeks", hours / 24 / 7),
        (.., 1440..17_520) => format!("{} months", hours / 24 / 30),
        _ => format!("{} years", duration_ns / HOUR / 24 / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_go() {
        for (text, want) in [
            ("0", 0),
            ("5s", 5 * SECOND),
            ("1m30s", 90 * SECOND),
            ("1.5h", 90 * MINUTE),
            ("100ms", 100 * MILLISECOND),
            (".5s", 500 * MILLISECOND),
            ("1us", MICROSECOND),
        ] {
            assert_eq!(parse_duration(text), Ok(want), "{text}");
        }
        for (text, message) in [
            ("", "time: invalid duration \"\""),
            ("5", "time: missing unit in duration \"5\""),
            ("5x", "time: unknown unit \"x\" in duration \"5x\""),
            ("s", "time: invalid duration \"s\""),
            ("1.2.3s", "time: invalid duration \"1.2.3s\""),
            ("99999999999h", "time: invalid duration \"99999999999h\""),
        ] {
            assert_eq!(parse_duration(text).unwrap_err().message, message);
        }
    }

    #[test]
    fn durations_print_like_go() {
        for (ns, want) in [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1.5µs"),
            (100 * MILLISECOND, "100ms"),
            (1_500 * MILLISECOND, "1.5s"),
            (90 * SECOND, "1m30s"),
            (HOUR, "1h0m0s"),
        ] {
            assert_eq!(format_duration(ns), want);
        }
    }

    #[test]
    fn ages_are_dockers() {
        for (seconds, want) in [
            (0, "Less than a second"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "About a minute"),
            (119, "About a minute"),
            (120, "2 minutes"),
            (3599, "59 minutes"),
            (3600, "About an hour"),
            (5400, "2 hours"),
            (47 * 3600, "47 hours"),
            (48 * 3600, "2 days"),
            (14 * 86_400, "2 weeks"),
            (60 * 86_400, "2 months"),
            (730 * 86_400, "2 years"),
        ] {
            assert_eq!(human_age(seconds * SECOND), want, "{seconds}s");
        }
    }

    #[test]
    fn times_print_as_dates() {
        assert_eq!(SimTime::ZERO.to_rfc3339(), "2026-01-01T00:00:00Z");
        let later = SimTime(59 * DAY + 3 * HOUR + 5 * MILLISECOND);
        assert_eq!(later.to_rfc3339(), "2026-03-01T03:00:00.005Z");
    }
}
