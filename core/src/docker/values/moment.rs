//! A moment as `--since` and `--until` take it: an age, a date, or Unix seconds.
//!
//! Upstream: moby `api/types/time/timestamp.go`. Every client and engine here lives in UTC.

use super::number::unsigned;
use crate::time::{DAY, EPOCH_UNIX_SECONDS, HOUR, MINUTE, SECOND, SimTime, parse_duration};

/// The moment that a text means now, or why it means none. Moments before the beginning of the
/// simulation are the beginning.
pub fn parse_moment(text: &str, now: SimTime) -> Result<SimTime, String> {
    let is_ahead = text.starts_with('-');
    let age = text.strip_prefix(['-', '+']).unwrap_or(text);
    if text != "0"
        && let Ok(age_ns) = parse_duration(age)
    {
        let moment = if is_ahead {
            now + age_ns
        } else {
            SimTime(now.0.saturating_sub(age_ns))
        };
        // The engine is told whole seconds.
        return Ok(SimTime(moment.0 / SECOND * SECOND));
    }
    match date(text) {
        Ok(unix_ns) => Ok(from_unix(unix_ns)),
        Err(error) if text.contains('-') => Err(error),
        Err(_) => {
            unix(text).ok_or_else(|| format!("failed to parse value as time or duration: {text:?}"))
        }
    }
}

fn from_unix(unix_ns: i128) -> SimTime {
    let ns = unix_ns - i128::from(EPOCH_UNIX_SECONDS) * i128::from(SECOND);
    SimTime(u64::try_from(ns.max(0)).unwrap_or(u64::MAX))
}

/// `1767225600` or `1767225600.5`.
fn unix(text: &str) -> Option<SimTime> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds = unsigned(seconds, 10, u64::MAX >> 1).ok()?;
    let ns = if fraction.is_empty() {
        0
    } else {
        fraction_ns(fraction)?
    };
    Some(from_unix(i128::from(seconds) * i128::from(SECOND) + ns))
}

/// Digits after the point, as nanoseconds; more than nine are cut.
fn fraction_ns(digits: &str) -> Option<i128> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
    nine.parse().ok()
}

/// A date, with a time or without, with a zone or without: nanoseconds since 1970.
fn date(text: &str) -> Result<i128, String> {
    let has_zone = text.contains(['z', 'Z', '+']) || text.matches('-').count() == 3;
    let colons = text.matches(':').count();
    let own_colons = if has_zone && !text.contains(['z', 'Z']) {
        colons.saturating_sub(1)
    } else {
        colons
    };
    let clock = if text.contains('.') {
        "T15:04:05.999999999"
    } else if !text.contains('T') {
        ""
    } else {
        match own_colons {
            0 => "T15",
            1 => "T15:04",
            _ => "T15:04:05",
        }
    };
    let zone = if has_zone { "Z07:00" } else { "" };
    let layout = format!("2006-01-02{clock}{zone}");
    let mut reader = Reader {
        text,
        rest: text,
        layout: &layout,
    };
    reader.moment(clock, has_zone)
}

/// Reads a text by a layout, and complains as Go does.
struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
    layout: &'t str,
}

impl Reader<'_> {
    fn moment(&mut self, clock: &str, has_zone: bool) -> Result<i128, String> {
        let year = self.number(4, "2006")?;
        self.literal("-")?;
        let month = self.number(2, "01")?;
        self.in_range(month, 1, 12, "month")?;
        self.literal("-")?;
        let day = self.number(2, "02")?;
        self.in_range(day, 1, days_in(year, month), "day")?;
        let mut ns = i128::from(days_from_civil(year, month, day)) * i128::from(DAY);
        let parts = [
            ("T", "15", 24, HOUR, "hour"),
            (":", "04", 60, MINUTE, "minute"),
            (":", "05", 60, SECOND, "second"),
        ];
        for (mark, element, limit, unit_ns, what) in parts {
            if !clock.contains(element) {
                break;
            }
            self.literal(mark)?;
            let value = self.number(2, element)?;
            self.in_range(value, 0, limit - 1, what)?;
            ns += i128::from(value) * i128::from(unit_ns);
        }
        if clock.contains("05")
            && let Some(rest) = self.rest.strip_prefix('.')
        {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            ns += fraction_ns(&rest[..length])
                .ok_or_else(|| self.refusal(self.rest, ".999999999"))?;
            self.rest = &rest[length..];
        }
        if has_zone {
            ns -= i128::from(self.zone()?) * i128::from(SECOND);
        }
        if self.rest.is_empty() {
            Ok(ns)
        } else {
            Err(format!(
                "parsing time {:?}: extra text: {:?}",
                self.text, self.rest
            ))
        }
    }

    /// How many seconds the zone is ahead of UTC.
    fn zone(&mut self) -> Result<i64, String> {
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(0);
        }
        let before = self.rest;
        let sign = match before.bytes().next() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(self.refusal(before, "Z07:00")),
        };
        self.rest = &before[1..];
        let read = |reader: &mut Self| {
            let hours = reader.number(2, "Z07:00")?;
            reader.literal(":")?;
            let minutes = reader.number(2, "Z07:00")?;
            Ok((hours * 3600 + minutes * 60) * sign)
        };
        read(self).map_err(|_: String| self.refusal(before, "Z07:00"))
    }

    fn number(&mut self, digits: usize, element: &str) -> Result<i64, String> {
        let is_number = self.rest.len() >= digits
            && self
                .rest
                .bytes()
                .take(digits)
                .all(|byte| byte.is_ascii_digit());
        if !is_number {
            return Err(self.refusal(self.rest, element));
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        Ok(number.parse().unwrap_or(0))
    }

    fn literal(&mut self, literal: &str) -> Result<(), String> {
        self.rest = self
            .rest
            .strip_prefix(literal)
            .ok_or_else(|| self.refusal(self.rest, literal))?;
        Ok(())
    }

    fn in_range(&self, value: i64, low: i64, high: i64, what: &str) -> Result<(), String> {
        if (low..=high).contains(&value) {
            Ok(())
        } else {
            Err(format!("parsing time {:?}: {what} out of range", self.text))
        }
    }

    fn refusal(&self, rest: &str, element: &str) -> String {
        format!(
            "parsing time {:?} as {:?}: cannot parse {rest:?} as {element:?}",
            self.text, self.layout
        )
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap(year)),
        _ => 31,
    }
}

/// Days since 1970-01-01.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let before = |year: i64| year * 365 + year / 4 - year / 100 + year / 400;
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    before(year - 1) - before(1969) + months + day - 1
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::expect;

    use super::*;

    #[test]
    fn moments() {
        let now = SimTime::from_secs(100) + SECOND / 2;
        let mut text = String::new();
        for given in [
            "10s",
            "0.3s",
            "1h",
            "-10s",
            "2026-01-01",
            "2026-01-01T00:01",
            "2026-01-01T00:01:02",
            "2026-01-01T00:01:02.5Z",
            "2026-01-01T02:00:30+02:00",
            "2024-02-29",
            "1767225605",
            "1767225605.25",
            "0",
            "yesterday",
            "2026-02-29",
            "2026-13-01",
            "2026-1-1",
            "2026-01-01T",
            "2026-01-01Zoo",
            "",
        ] {
            let moment = match parse_moment(given, now) {
                Ok(moment) => moment.to_string(),
                Err(error) => error,
            };
            let _ = writeln!(text, "{given:?}: {moment}");
        }
        expect![[r#"
            "10s": 90.000s
            "0.3s": 100.000s
            "1h": 0.000s
            "-10s": 110.000s
            "2026-01-01": 0.000s
            "2026-01-01T00:01": 60.000s
            "2026-01-01T00:01:02": 62.000s
            "2026-01-01T00:01:02.5Z": 62.500s
            "2026-01-01T02:00:30+02:00": 30.000s
            "2024-02-29": 0.000s
            "1767225605": 5.000s
            "1767225605.25": 5.250s
            "0": 0.000s
            "yesterday": failed to parse value as time or duration: "yesterday"
            "2026-02-29": parsing time "2026-02-29": day out of range
            "2026-13-01": parsing time "2026-13-01": month out of range
            "2026-1-1": parsing time "2026-1-1" as "2006-01-02": cannot parse "1-1" as "01"
            "2026-01-01T": parsing time "2026-01-01T" as "2006-01-02T15": cannot parse "" as "15"
            "2026-01-01Zoo": parsing time "2026-01-01Zoo": extra text: "oo"
            "": failed to parse value as time or duration: ""
        "#]]
        .assert_eq(&text);
    }
}
