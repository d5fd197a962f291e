//! Published ports in one cell.

use crate::collections::Order as _;
use crate::model::{PortConfig, PortProtocol, PublishMode};

/// The ports of a service: what is open on every node, consecutive ones as a range
/// (docker/cli `cli/command/service/formatter.go`).
pub fn ingress_ports(ports: &[PortConfig]) -> String {
    let mut sorted: Vec<&PortConfig> = ports.iter().collect();
    sorted.order_by_key(|port| (port.protocol.as_str(), port.published_port));
    let mut ranges: Vec<Range> = Vec::new();
    for port in sorted {
        if port.publish_mode != PublishMode::Ingress {
            continue;
        }
        if let Some(range) = ranges.last_mut()
            && range.takes(port)
        {
            range.published.1 = port.published_port;
            range.target.1 = port.target_port;
        } else {
            ranges.push(Range {
                protocol: port.protocol,
                published: (port.published_port, port.published_port),
                target: (port.target_port, port.target_port),
            });
        }
    }
    let texts: Vec<String> = ranges
        .iter()
        .filter(|range| range.published.0 > 0)
        .map(Range::text)
        .collect();
    texts.join(", ")
}

/// The ports of a task: what is open on its own node (docker/cli
/// `cli/command/task/formatter.go`).
pub fn host_ports(ports: &[PortConfig]) -> String {
    let texts: Vec<String> = ports
        .iter()
        .map(|port| {
            format!(
                "*:{}->{}/{}",
                port.published_port, port.target_port, port.protocol
            )
        })
        .collect();
    texts.join(",")
}

struct Range {
    protocol: PortProtocol,
    published: (u32, u32),
    target: (u32, u32),
}

impl Range {
    /// Whether the port goes on where the range ends.
    fn takes(&self, port: &PortConfig) -> bool {
        let is_range = self.target.0 != self.target.1;
        let overlaps = port.target_port <= self.target.1;
        self.protocol == port.protocol
            && port.published_port.wrapping_sub(self.published.1) <= 1
            && port.target_port.wrapping_sub(self.target.1) <= 1
            && !(is_range && overlaps)
    }

    fn text(&self) -> String {
        let span = |(start, end): (u32, u32)| {
            if start == end {
                start.to_string()
            } else {
                format!("{start}-{end}")
            }
        };
        format!(
            "*:{}->{}/{}",
            span(self.published),
            span(self.target),
            self.protocol
        )
    }
}
