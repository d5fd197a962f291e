//! Ulimits: `nofile=1024:2048` (`docker/go-units ulimit.go`).

use super::number::parse_int;
use crate::model::Ulimit;

const NAMES: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// Reads a ulimit; the hard limit is the soft one unless it is given.
pub(super) fn parse(text: &str) -> Result<Ulimit, String> {
    let (name, limits) = text
        .split_once('=')
        .ok_or_else(|| format!("invalid ulimit argument: {text}"))?;
    if !NAMES.contains(&name) {
        return Err(format!("invalid ulimit type: {name}"));
    }
    let parts: Vec<&str> = limits.split(':').collect();
    let (soft, hard) = match parts.as_slice() {
        [soft] => (parse_int(soft, 10)?, parse_int(soft, 10)?),
        [soft, hard] => (parse_int(soft, 10)?, parse_int(hard, 10)?),
        _ => {
            return Err(format!(
                "too many limit value arguments - {limits}, can only have up to two, \
                 `soft[:hard]`"
            ));
        }
    };
    if hard != -1 && (soft == -1 || soft > hard) {
        let limits = if soft == -1 {
            format!("soft: -1 (unlimited), hard: {hard}")
        } else {
            format!("{soft} > {hard}")
        };
        return Err(format!(
            "ulimit soft limit must be less than or equal to hard limit: {limits}"
        ));
    }
    Ok(Ulimit {
        name: name.to_owned(),
        soft,
        hard,
    })
}
