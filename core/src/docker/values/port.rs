//! Published ports: `8080:80/udp`, `8000-8002:80-82`, `published=8080,target=80,mode=host`
//! (`cli/opts/swarmopts/port.go`, `docker/go-connections nat`).

use std::net::IpAddr;
use std::ops::RangeInclusive;

use super::csv;
use super::network::is_long;
use super::number::unsigned;
use crate::model::{PortConfig, PortProtocol, PublishMode};

/// Reads a port or a range of ports.
pub(super) fn parse(text: &str) -> Result<Vec<PortConfig>, String> {
    if is_long(text) {
        long(text).map(|port| vec![port])
    } else {
        short(text)
    }
}

fn long(text: &str) -> Result<PortConfig, String> {
    let mut port = PortConfig::default();
    for field in csv::fields(text)? {
        let lower = field.to_lowercase();
        let (key, value) = lower
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| format!("invalid field: {field}"))?;
        let number = |what: &str| {
            unsigned(value, 10, u64::from(u16::MAX))
                .map(|number| u32::try_from(number).expect("within the limit"))
                .map_err(|reason| {
                    format!("invalid {what} port ({value}): value must be an integer: {reason}")
                })
        };
        match key {
            "protocol" => {
                port.protocol = PortProtocol::parse(value)
                    .ok_or_else(|| format!("invalid protocol value '{value}'"))?;
            }
            "mode" => {
                port.publish_mode = PublishMode::parse(value).ok_or_else(|| {
                    format!(
                        "invalid publish mode value ({value}): must be either 'ingress' or 'host'"
                    )
                })?;
            }
            "target" => port.target_port = number("target")?,
            "published" => port.published_port = number("published")?,
            _ => return Err(format!("invalid field key: {key}")),
        }
    }
    if port.target_port == 0 {
        return Err("missing mandatory field 'target'".to_owned());
    }
    Ok(port)
}

fn short(text: &str) -> Result<Vec<PortConfig>, String> {
    match port_spec(text)? {
        (_, true) => Err("hostip is not supported".to_owned()),
        (ports, false) => Ok(ports),
    }
}

/// Whether the text is a port or a range of ports in the short form.
pub(crate) fn is_port_spec(text: &str) -> bool {
    port_spec(text).is_ok()
}

/// Reads the short form; says also whether it names an address of the host.
pub(crate) fn port_spec(text: &str) -> Result<(Vec<PortConfig>, bool), String> {
    let mut parts: Vec<&str> = text.split(':').collect();
    let container = parts.pop().unwrap_or_default();
    let host = parts.pop().unwrap_or_default();
    let address = parts.join(":");
    let mut slashes = container.split('/');
    let container = slashes.next().unwrap_or_default();
    let protocol = slashes
        .next()
        .filter(|word| !word.is_empty())
        .unwrap_or("tcp");
    if container.is_empty() {
        return Err(format!("no port specified: {text}<empty>"));
    }
    let bare = address
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(&address);
    if !bare.is_empty() && bare.parse::<IpAddr>().is_err() {
        return Err(format!("invalid IP address: {address}"));
    }
    let targets = range(container).ok_or_else(|| format!("invalid containerPort: {container}"))?;
    let published = if host.is_empty() {
        0..=0
    } else {
        range(host).ok_or_else(|| format!("invalid hostPort: {host}"))?
    };
    let length = |range: &RangeInclusive<u32>| range.end() - range.start();
    let single = length(&targets) == 0;
    if !host.is_empty() && !single && length(&targets) != length(&published) {
        return Err(format!(
            "invalid ranges specified for container and host Ports: {container} and {host}"
        ));
    }
    let protocol = PortProtocol::parse(&protocol.to_lowercase())
        .ok_or_else(|| format!("invalid proto: {protocol}"))?;
    let port = |target_port, published_port| PortConfig {
        protocol,
        target_port,
        published_port,
        publish_mode: PublishMode::Ingress,
    };
    let ports = if host.is_empty() {
        targets.map(|target| port(target, 0)).collect()
    } else if single {
        // One port inside, several outside: each of them leads to it.
        published
            .map(|outside| port(*targets.start(), outside))
            .collect()
    } else {
        targets
            .zip(published)
            .map(|(target, outside)| port(target, outside))
            .collect()
    };
    Ok((ports, !bare.is_empty()))
}

/// `nat.ParsePortRange`.
fn range(text: &str) -> Option<RangeInclusive<u32>> {
    let port = |text: &str| {
        let number = unsigned(text, 10, u64::from(u16::MAX)).ok()?;
        u32::try_from(number).ok()
    };
    let (start, end) = text.split_once('-').unwrap_or((text, text));
    let (start, end) = (port(start)?, port(end)?);
    (start <= end).then_some(start..=end)
}
