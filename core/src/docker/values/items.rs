//! Values of lists that must have a form: labels, variables, hosts, addresses, domains
//! (`cli/opts/{opts,env,hosts}.go`).

use std::net::IpAddr;

/// A label: a key, perhaps a value.
pub(super) fn label(text: &str) -> Result<String, String> {
    let key = text.split_once('=').map_or(text, |(key, _)| key);
    if key.is_empty() {
        return Err(format!("invalid label '{text}': empty name"));
    }
    Ok(text.to_owned())
}

/// A variable of the environment. One without a value would take that of the terminal, which has
/// none here: it becomes a name without a value, which removes the variable.
pub(super) fn env(text: &str) -> Result<String, String> {
    if text.is_empty() || text.starts_with('=') {
        return Err(format!("invalid environment variable: {text}"));
    }
    Ok(text.to_owned())
}

/// A host and its address, as `host:ip`.
pub(super) fn host(text: &str) -> Result<String, String> {
    let (name, address) = text
        .split_once('=')
        .or_else(|| text.split_once(':'))
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| format!("bad format for add-host: {text:?}"))?;
    let bare = address
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(address);
    if address != "host-gateway" && bare.parse::<IpAddr>().is_err() {
        return Err(format!("invalid IP address in add-host: {address:?}"));
    }
    Ok(format!("{name}:{bare}"))
}

/// An address.
pub(super) fn ip(text: &str) -> Result<String, String> {
    match text.trim().parse::<IpAddr>() {
        Ok(address) => Ok(address.to_string()),
        Err(_) => Err(format!("IP address is not correctly formatted: {text}")),
    }
}

/// A domain to search; `.` for none.
pub(super) fn domain(text: &str) -> Result<String, String> {
    let trimmed = text.trim();
    if trimmed == "." {
        return Ok(trimmed.to_owned());
    }
    let name = trimmed.trim_end_matches('.');
    let valid = !name.is_empty()
        && name.len() <= 255
        && name.chars().any(|c| c.is_ascii_alphabetic())
        && name.split('.').all(|part| {
            !part.is_empty()
                && !part.starts_with('-')
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        });
    if valid {
        Ok(trimmed.to_owned())
    } else {
        Err(format!("{text} is not a valid domain"))
    }
}

/// A Windows credential spec.
pub(super) fn credential_spec(text: &str) -> Result<String, String> {
    let prefixes = ["config://", "file://", "registry://"];
    if text.is_empty() || prefixes.iter().any(|prefix| text.starts_with(prefix)) {
        return Ok(text.to_owned());
    }
    Err(
        "invalid credential spec: value must be prefixed with \"config://\", \"file://\", or \
         \"registry://\""
            .to_owned(),
    )
}
