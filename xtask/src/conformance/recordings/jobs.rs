//! Jobs that were removed, for the rule about the tasks that they leave.

use std::collections::BTreeMap;

use super::Recording;

/// When services that are jobs were removed, by name.
pub(super) fn removed(recording: &Recording) -> BTreeMap<&str, f64> {
    let changes = recording.services.iter();
    let removals =
        changes.filter(|change| change.action == "remove" && change.mode.contains("job"));
    removals
        .map(|change| (change.service.as_str(), change.t))
        .collect()
}
