//! `docker node inspect --pretty` (docker/cli `cli/command/node/formatter.go`).

use std::fmt::Write;

use super::{binary_size, capitalised};
use crate::model::{Availability, Labels, NodeDescription, NodeState};
use crate::time::SimTime;

/// A node as it is shown to people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodePretty {
    /// Whole id.
    pub id: String,
    /// The labels that operators gave it.
    pub labels: Labels,
    /// What it says about itself.
    pub description: NodeDescription,
    /// When it joined.
    pub joined_at: SimTime,
    /// Whether it answers.
    pub state: NodeState,
    /// Why it is in this state; empty for nothing to say.
    pub message: String,
    /// Whether it takes tasks.
    pub availability: Availability,
    /// Its address, without port.
    pub address: String,
    /// What it is among the managers; absent for a worker.
    pub manager: Option<ManagerPretty>,
    /// What it trusts.
    pub tls: Option<TlsInfo>,
}

/// What a node trusts, and who has signed its certificate (moby `api/types/swarm` TLSInfo).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsInfo {
    /// The root certificate, as a text.
    pub trust_root: String,
    /// The name of the issuer, encoded.
    pub issuer_subject: String,
    /// The key of the issuer, encoded.
    pub issuer_public_key: String,
}

/// A manager as it is shown to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagerPretty {
    /// Address and port of its API for other managers.
    pub address: String,
    /// Whether the leader hears from it.
    pub reachable: bool,
    /// Whether it is the leader.
    pub leader: bool,
}

/// Prints nodes, one after the other.
pub fn node_pretty(nodes: &[NodePretty]) -> String {
    nodes.iter().map(one).collect()
}

/// One node. Writing to a text cannot fail.
fn one(node: &NodePretty) -> String {
    const NANO: i64 = 1_000_000_000;
    let description = &node.description;
    let mut text = format!("ID:\t\t\t{}\n", node.id);
    labels(&mut text, "Labels", &node.labels);
    let joined = node
        .joined_at
        .to_rfc3339()
        .replace('T', " ")
        .replace('Z', " +0000 utc");
    let _ = write!(
        text,
        "Hostname:              \t{}\n\
         Joined at:             \t{joined}\n\
         Status:\n \
         State:\t\t\t{}\n",
        description.hostname,
        capitalised(node.state.as_str())
    );
    if !node.message.is_empty() {
        let _ = writeln!(
            text,
            " Message:              \t{}",
            capitalised(&node.message)
        );
    }
    let _ = writeln!(
        text,
        " Availability:         \t{}\n Address:\t\t{}",
        capitalised(node.availability.as_str()),
        node.address
    );
    if let Some(manager) = &node.manager {
        let _ = writeln!(
            text,
            "Manager Status:\n Address:\t\t{}\n Raft Status:\t\t{}\n Leader:\t\t{}",
            manager.address,
            if manager.reachable {
                "Reachable"
            } else {
                "Unreachable"
            },
            if manager.leader { "Yes" } else { "No" }
        );
    }
    let platform = description.platform.clone().unwrap_or_default();
    let resources = description.resources.clone().unwrap_or_default();
    let _ = writeln!(
        text,
        "Platform:\n Operating System:\t{}\n Architecture:\t\t{}\n\
         Resources:\n CPUs:\t\t\t{}\n Memory:\t\t{}",
        platform.os,
        platform.architecture,
        resources.cpu_nano / NANO,
        binary_size(u64::try_from(resources.memory_bytes).unwrap_or(0))
    );
    let engine = description.engine.clone().unwrap_or_default();
    if !engine.plugins.is_empty() {
        text += "Plugins:\n";
    }
    for kind in ["Log", "Network", "Volume"] {
        let names: Vec<&str> = engine
            .plugins
            .iter()
            .filter(|plugin| plugin.kind == kind)
            .map(|plugin| plugin.name.as_str())
            .collect();
        if !names.is_empty() {
            let _ = writeln!(text, " {kind}:\t\t{}", names.join(", "));
        }
    }
    let _ = writeln!(text, "Engine Version:\t\t{}", engine.engine_version);
    labels(&mut text, "Engine Labels", &engine.labels);
    if let Some(tls) = &node.tls {
        let _ = writeln!(
            text,
            "TLS Info:\n TrustRoot:\n{}\n Issuer Subject:\t{}\n Issuer Public Key:\t{}",
            tls.trust_root, tls.issuer_subject, tls.issuer_public_key
        );
    }
    text
}

fn labels(text: &mut String, title: &str, labels: &Labels) {
    if labels.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title}:");
    for (key, value) in labels {
        let value = if value.is_empty() {
            String::new()
        } else {
            format!("={value}")
        };
        let _ = writeln!(text, " - {key}{value}");
    }
}
