//! Networks: a name, or `name=front,alias=web,driver-opt=k=v` (`cli/opts/network.go`).

use super::csv;
use crate::model::NetworkAttachmentConfig;

/// Reads a network.
pub(super) fn parse(text: &str) -> Result<NetworkAttachmentConfig, String> {
    let mut network = NetworkAttachmentConfig::default();
    if !is_long(text) {
        text.clone_into(&mut network.target);
        return Ok(network);
    }
    for field in csv::fields(text)? {
        let (key, value) = field
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| format!("invalid field {field}"))?;
        match key.trim().to_lowercase().as_str() {
            "name" => value.trim().clone_into(&mut network.target),
            "alias" => network.aliases.push(value.trim().to_owned()),
            "driver-opt" => {
                let (key, value) = value
                    .split_once('=')
                    .ok_or("invalid key value pair format in driver options")?;
                let key = key.trim().to_lowercase();
                network.driver_opts.insert(key, value.trim().to_owned());
            }
            // Read for the sake of `docker run`; a service has no use for them.
            "ip" | "ip6" | "link-local-ip" | "mac-address" | "gw-priority" => {}
            key => return Err(format!("invalid field key {key}")),
        }
    }
    if network.target.is_empty() {
        return Err("network name/id is not specified".to_owned());
    }
    Ok(network)
}

/// Whether the text has a `key=value` in it, which makes it one of the long form.
pub(super) fn is_long(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    text.as_bytes()
        .windows(3)
        .any(|window| window[1] == b'=' && word(window[0]) && word(window[2]))
}
