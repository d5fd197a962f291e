//! `docker network create` (docker/cli `cli/command/network/create.go`), and what the engine
//! checks of it before a manager hears of it (moby `api/types/network/ipam.go`).
//!
//! Left out: IPv6, configurations that networks share, addresses that are kept free, plugins.
//! They are refused when they are asked for.

use std::net::Ipv4Addr;

use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::docker::service::key_values;
use crate::model::{Annotations, Cidr, IpamConfig, NetworkSpec};

/// A network to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkCreate {
    /// What is wanted.
    pub spec: NetworkSpec,
    /// `swarm`, `local`, or empty: as the driver has it.
    pub scope: String,
}

impl NetworkCreate {
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        let not_yet = [
            ("ipv6", matches.flag("ipv6")),
            ("ipv4=false", matches.bool("ipv4") == Some(false)),
            ("config-only", matches.flag("config-only")),
            ("config-from", matches.changed("config-from")),
            ("aux-address", matches.changed("aux-address")),
            ("ipam-opt", matches.changed("ipam-opt")),
            (
                "ipam-driver",
                matches
                    .text("ipam-driver")
                    .is_some_and(|name| name != "default"),
            ),
        ];
        if let Some((name, _)) = not_yet.iter().find(|(_, is_asked_for)| *is_asked_for) {
            return Err(Outcome::refused(format!("--{name} is not simulated yet")));
        }
        let ipam = ranges(
            &matches.texts("subnet"),
            &matches.texts("ip-range"),
            &matches.texts("gateway"),
        )
        .map_err(Outcome::refused)?;
        let annotations = Annotations {
            name: matches.args[0].clone(),
            labels: key_values(&matches.texts("label")),
        };
        Ok(Self {
            spec: NetworkSpec {
                annotations,
                driver_name: matches
                    .text("driver")
                    .unwrap_or_else(|| "bridge".to_owned()),
                driver_options: key_values(&matches.texts("opt")),
                ipam,
                internal: matches.flag("internal"),
                attachable: matches.flag("attachable"),
                ingress: matches.flag("ingress"),
            },
            scope: matches.text_or_empty("scope"),
        })
    }
}

/// Whether the first address of `data` is in `subnet`.
fn matches_subnet(subnet: &str, data: &str) -> Result<bool, String> {
    let subnet: Cidr = subnet
        .parse()
        .map_err(|_| format!("invalid subnet: invalid CIDR address: {subnet}"))?;
    let address = if data.contains('/') {
        let data: Cidr = data
            .parse()
            .map_err(|_| format!("invalid CIDR address: {data}"))?;
        Some(data.address)
    } else {
        data.parse().ok()
    };
    Ok(address.is_some_and(|address| subnet.contains(address)))
}

/// Puts subnets, ranges and gateways together that belong together.
fn ranges(
    subnets: &[String],
    ranges: &[String],
    gateways: &[String],
) -> Result<Vec<IpamConfig>, String> {
    if subnets.len() < ranges.len() || subnets.len() < gateways.len() {
        return Err("every ip-range or gateway must have a corresponding subnet".to_owned());
    }
    let mut configs: Vec<IpamConfig> = Vec::new();
    for subnet in subnets {
        for other in &configs {
            if matches_subnet(subnet, &other.subnet)? || matches_subnet(&other.subnet, subnet)? {
                return Err("multiple overlapping subnet configuration is not supported".to_owned());
            }
        }
        configs.push(IpamConfig {
            subnet: subnet.clone(),
            ..IpamConfig::default()
        });
    }
    for range in ranges {
        let mut is_matched = false;
        for config in &mut configs {
            if !matches_subnet(&config.subnet, range)? {
                continue;
            }
            if !config.range.is_empty() {
                return Err(format!(
                    "cannot configure multiple ranges ({range}, {}) on the same subnet ({})",
                    config.range, config.subnet
                ));
            }
            config.range.clone_from(range);
            is_matched = true;
        }
        if !is_matched {
            return Err(format!("no matching subnet for range {range}"));
        }
    }
    for gateway in gateways {
        let mut is_matched = false;
        for config in &mut configs {
            if !matches_subnet(&config.subnet, gateway)? {
                continue;
            }
            if !config.gateway.is_empty() {
                return Err(format!(
                    "cannot configure multiple gateways ({gateway}, {}) for the same subnet ({})",
                    config.gateway, config.subnet
                ));
            }
            config.gateway.clone_from(gateway);
            is_matched = true;
        }
        if !is_matched {
            return Err(format!("no matching subnet for gateway {gateway}"));
        }
    }
    Ok(configs)
}

/// What the engine finds wrong with address ranges, all at once.
pub fn check_ranges(configs: &[IpamConfig]) -> Result<(), String> {
    let mut errors: Vec<String> = Vec::new();
    for config in configs {
        let Ok(subnet) = config.subnet.parse::<Cidr>() else {
            errors.push(format!(
                "invalid subnet {}: invalid CIDR block notation",
                config.subnet
            ));
            continue;
        };
        if subnet != subnet.subnet() {
            errors.push(format!(
                "invalid subnet {subnet}: it should be {}",
                subnet.subnet()
            ));
        }
        if !config.range.is_empty() {
            check_range(&config.range, subnet, &mut errors);
        }
        let gateway = &config.gateway;
        if !gateway.is_empty() {
            match gateway.parse::<Ipv4Addr>() {
                Err(_) => errors.push(format!("invalid gateway {gateway}: invalid address")),
                Ok(address) if !subnet.contains(address) => errors.push(format!(
                    "invalid gateway {gateway}: parent subnet {subnet} doesn't contain this address"
                )),
                Ok(_) => {}
            }
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = errors.iter().map(|error| format!("* {error}")).collect();
    Err(format!("invalid network config:\n{}", lines.join("\n")))
}

fn check_range(range: &str, subnet: Cidr, errors: &mut Vec<String>) {
    let Ok(part) = range.parse::<Cidr>() else {
        errors.push(format!(
            "invalid ip-range {range}: invalid CIDR block notation"
        ));
        return;
    };
    if part.prefix_bits < subnet.prefix_bits {
        errors.push(format!(
            "invalid ip-range {range}: CIDR block is bigger than its parent subnet {subnet}"
        ));
    }
    if part != part.subnet() {
        errors.push(format!(
            "invalid ip-range {part}: it should be {}",
            part.subnet()
        ));
    }
    if !subnet.overlaps(part) {
        errors.push(format!(
            "invalid ip-range {range}: parent subnet {subnet} doesn't contain ip-range"
        ));
    }
}
