//! `protocol=cfssl,url=https://...` (docker/cli `cli/command/swarm/opts.go`).
//!
//! Left out: `cacert=`, which names a file.

use super::csv;
use crate::model::ExternalCa;

/// Reads the description of a certificate authority outside of the swarm.
pub(super) fn parse(text: &str) -> Result<ExternalCa, String> {
    let mut ca = ExternalCa::default();
    let (mut has_protocol, mut has_url) = (false, false);
    for field in csv::fields(text)? {
        let Some((key, value)) = field.split_once('=') else {
            return Err(format!("invalid field '{field}' must be a key=value pair"));
        };
        match key {
            "protocol" => {
                has_protocol = true;
                if value.to_lowercase() != "cfssl" {
                    return Err(format!("unrecognized external CA protocol {value}"));
                }
                "cfssl".clone_into(&mut ca.protocol);
            }
            "url" => {
                has_url = true;
                value.clone_into(&mut ca.url);
            }
            "cacert" => {
                return Err("files with certificates (cacert=) are not simulated yet".to_owned());
            }
            _ => {
                ca.options.insert(key.to_owned(), value.to_owned());
            }
        }
    }
    if !has_protocol {
        return Err("the external-ca option needs a protocol= parameter".to_owned());
    }
    if !has_url {
        return Err("the external-ca option needs a url= parameter".to_owned());
    }
    Ok(ca)
}
