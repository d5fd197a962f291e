//! Placement preferences: `spread=node.labels.zone` (`cli/command/service/opts.go`).

/// The descriptor to spread over. It is looked at by nobody before the scheduler.
pub(super) fn parse(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some(("spread", descriptor)) => Ok(descriptor.to_owned()),
        Some((strategy, _)) => Err(format!(
            "unsupported placement preference {strategy} (only spread is supported)"
        )),
        None => Err("placement preference must be of the format \"<strategy>=<arg>\"".to_owned()),
    }
}
