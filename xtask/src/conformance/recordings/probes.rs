//! Connections that were tried at published ports: who answered, compared.

use super::play::Answer;
use super::{Findings, Recording, Step};
use crate::conformance::Difference;
use crate::conformance::known::NO_IPVS;

/// A connection that was tried.
struct Probe<'r> {
    to: &'r str,
    port: &'r str,
    is_refused: bool,
}

impl<'r> Probe<'r> {
    /// Reads `TCP connect from a to b:80: refused`.
    fn of(words: &'r str) -> Option<Self> {
        let (_, rest) = words.split_once(" to ")?;
        let (place, answer) = rest.split_once(": ")?;
        let (to, port) = place.split_once(':')?;
        Some(Self {
            to,
            port,
            is_refused: answer == "refused",
        })
    }
}

/// The line that tries the same.
pub(super) fn line(recording: &Recording, words: &str) -> Option<String> {
    let probe = Probe::of(words)?;
    let mut nodes = recording.nodes.iter();
    let to = nodes.find(|node| node.hostname == probe.to)?;
    Some(format!("curl http://{}:{}/", to.address, probe.port))
}

/// Compares whether anybody answered.
pub(super) fn compare(
    recording: &Recording,
    (t, words): (f64, &str),
    answer: &Answer,
    findings: &mut Findings,
) {
    let Some(probe) = Probe::of(words) else {
        return;
    };
    let is_refused = answer.exit_code == Some(7);
    let Some(difference) =
        Difference::between(format!("at {t} {words}"), &probe.is_refused, &is_refused)
    else {
        return;
    };
    let publishes = format!(" -p {}:", probe.port);
    let is_of_mesh = recording
        .steps
        .iter()
        .any(|step| matches!(step, Step::Command { line, .. } if line.contains(&publishes)));
    if probe.is_refused && is_of_mesh {
        findings.explain(difference, &NO_IPVS);
    } else {
        findings.unexplained.push(difference);
    }
}
