//! Amounts of CPU: any rational number of cores that is a whole number of billionths
//! (`cli/opts/opts.go` ParseCPUs).

use super::rational::Rational;

const NANO: i64 = 1_000_000_000;

/// Billionths of a core.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    match Rational::parse(text).and_then(|cores| cores.times(NANO)) {
        Some((nano, true)) => Ok(nano),
        Some((_, false)) => Err("value is too precise".to_owned()),
        None => Err(format!("failed to parse {text} as a rational number")),
    }
}
