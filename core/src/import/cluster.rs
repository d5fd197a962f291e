//! The scenario, put together from what was found.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::node::{Info, Inspected};
use super::read::{Found, Kind, Part, Reader};
use super::service::{self, Ids};
use crate::api;
use crate::diagnostic::Span;
use crate::model::OVERLAY;
use crate::scenario::{Action, Duration, Existing, NodeSetup, Placed, Scenario, Step};
use crate::time::SimTime;
use crate::yaml::ScalarPlace;

/// What docker's default is.
const TASK_HISTORY_LIMIT: i64 = 5;
const HEARTBEAT_PERIOD_NS: u64 = 5_000_000_000;
/// What the built-in driver adds to the options of a network.
const VXLAN_IDS: &str = "com.docker.network.driver.overlay.vxlanid_list";
/// The keys of a network that say what it is at the moment.
const NETWORK_PASSED: &[&str] = &[
    "Id",
    "Created",
    "Scope",
    "EnableIPv4",
    "Ingress",
    "ConfigFrom",
    "ConfigOnly",
    "Containers",
    "Peers",
    "Services",
    "Status",
];

/// Puts a scenario together, unless there is no node in it.
pub(super) fn assemble(found: &[Found], reader: &mut Reader<'_>) -> Option<Scenario> {
    let mut scenario = Scenario {
        title: Some("An imported cluster".to_owned()),
        seed: 1,
        ..Scenario::default()
    };
    let of = |kind: Kind| -> Vec<Part> {
        let all = found.iter().filter(|one| one.kind == kind);
        all.map(|one| one.part.clone()).collect()
    };
    let mut ids = Ids::default();
    nodes(&mut scenario, reader, &of(Kind::Node), &mut ids);
    info(&mut scenario, reader, &of(Kind::Info));
    let existing = &mut scenario.existing;
    for part in of(Kind::Network) {
        network(existing, reader, &part, &mut ids);
    }
    for part in of(Kind::Config) {
        let spec = reader.member(&part, "Spec");
        let spec = spec.and_then(|spec| reader.decode(&spec, Some(&[])));
        existing.configs.extend(spec.map(placed));
    }
    for part in of(Kind::Secret) {
        let spec = reader.member(&part, "Spec");
        let spec = spec.and_then(|spec| reader.decode(&spec, Some(&[])));
        existing.secrets.extend(spec.map(placed));
    }
    let known: BTreeSet<String> = ids.networks.values().cloned().collect();
    for part in of(Kind::Service) {
        let spec = service::read(reader, &part, &mut ids);
        existing.services.extend(spec.map(placed));
    }
    let strangers: Vec<String> = ids.networks.into_values().collect();
    for name in strangers.into_iter().filter(|name| !known.contains(name)) {
        existing.networks.push(placed(api::Network {
            name,
            driver: OVERLAY.to_owned(),
            attachable: true,
            ..api::Network::default()
        }));
    }
    references(existing);
    for part in of(Kind::Volume) {
        reader.leave_out(
            &part,
            "volumes are left out: those that services mount are made when a task needs them",
        );
    }
    for part in of(Kind::Task) {
        reader.leave_out(&part, "tasks are left out: the scheduler places them anew");
    }
    if scenario.nodes.is_empty() {
        if let Some(one) = found.first() {
            reader.refuse(&one.part, "there is no node in what is imported");
        }
        return None;
    }
    Some(scenario)
}

fn placed<T>(what: T) -> Placed<T> {
    Placed {
        what,
        span: Span::default(),
    }
}

fn nodes(scenario: &mut Scenario, reader: &mut Reader<'_>, parts: &[Part], ids: &mut Ids) {
    let mut read: Vec<(&Part, Inspected)> = Vec::new();
    for part in parts {
        if let Some(node) = reader.decode::<Inspected>(part, None)
            && read.iter().all(|(_, other)| other.id != node.id)
        {
            read.push((part, node));
        }
    }
    // Lines are typed at the first manager: at the leader, as people do.
    read.sort_by_key(|(_, node)| !node.leads());
    let (mut names, mut addresses) = (BTreeSet::new(), BTreeSet::new());
    for (part, node) in read {
        let mut setup = node.setup();
        // Docker lets nodes have one name, scenarios do not.
        let hostname = setup.name.replace(char::is_whitespace, "-");
        setup.name.clone_from(&hostname);
        let mut number = 2;
        while !names.insert(setup.name.clone()) {
            setup.name = format!("{hostname}-{number}");
            number += 1;
        }
        if setup.name != hostname {
            let message = format!(
                "a second node is called `{hostname}`: this one becomes `{}`",
                setup.name
            );
            reader.leave_out(part, message);
        }
        if !setup.address.is_empty() && !addresses.insert(setup.address.clone()) {
            let message = format!("the address {} is that of another node", setup.address);
            reader.leave_out(part, message);
            setup.address.clear();
        }
        if node.is_down() {
            scenario.steps.push(Step {
                at: SimTime(0),
                action: Action::Crash {
                    node: setup.name.clone(),
                },
                note: Some("It was down when the cluster was looked at.".to_owned()),
                span: Span::default(),
                place: ScalarPlace::default(),
            });
        }
        ids.nodes.insert(node.id.clone(), setup.name.clone());
        scenario.nodes.push(setup);
    }
}

fn info(scenario: &mut Scenario, reader: &mut Reader<'_>, parts: &[Part]) {
    for part in parts {
        let Some(info) = reader.decode::<Info>(part, None) else {
            continue;
        };
        if let Some(cluster) = &info.swarm.cluster {
            let limit = cluster.spec.orchestration.task_history_retention_limit;
            scenario.task_history_limit = limit
                .filter(|&limit| limit != TASK_HISTORY_LIMIT && limit >= 0)
                .or(scenario.task_history_limit);
            let period = cluster.spec.dispatcher.heartbeat_period;
            let period = period.filter(|&period| period != HEARTBEAT_PERIOD_NS && period > 0);
            scenario.timing.heartbeat_period =
                period.map(Duration).or(scenario.timing.heartbeat_period);
        }
        let setup = info.setup();
        let is_known = |node: &NodeSetup| node.name == setup.name || node.address == setup.address;
        if !scenario.nodes.iter().any(is_known) {
            scenario.nodes.push(setup);
        }
    }
}

/// What is read of a network before it is known whether it is one of the swarm.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Head {
    id: String,
    scope: String,
    ingress: bool,
    name: String,
}

fn network(existing: &mut Existing, reader: &mut Reader<'_>, part: &Part, ids: &mut Ids) {
    let Some(head) = reader.decode::<Head>(part, None) else {
        return;
    };
    let is_predefined = ["bridge", "host", "none", "docker_gwbridge"].contains(&head.name.as_str());
    if is_predefined {
        ids.networks.insert(head.id, head.name);
        return;
    }
    if head.ingress {
        return;
    }
    if head.scope != "swarm" {
        let message = format!("`{}` is a network of one node and left out", head.name);
        reader.leave_out(part, message);
        return;
    }
    let Some(mut network) = reader.decode::<api::Network>(part, Some(NETWORK_PASSED)) else {
        return;
    };
    if ids.networks.insert(head.id, head.name.clone()).is_some()
        || existing
            .networks
            .iter()
            .any(|other| other.what.name == head.name)
    {
        return;
    }
    network.options.remove(VXLAN_IDS);
    network.ipam.driver.clear();
    let ranges = network.ipam.config.len();
    network
        .ipam
        .config
        .retain(|range| !range.subnet.contains(':'));
    if network.ipam.config.len() < ranges {
        let message = format!("the IPv6 addresses of `{}` are left out", head.name);
        reader.leave_out(part, message);
    }
    if network.driver != OVERLAY {
        let message = format!(
            "the driver {} of the network `{}` is not known: an overlay network stands for it",
            network.driver, head.name
        );
        reader.leave_out(part, message);
        OVERLAY.clone_into(&mut network.driver);
        network.ipam = api::Ipam::default();
        network.options.clear();
    }
    existing.networks.push(placed(network));
}

/// Configs and secrets that services name and nobody inspected: what is in them is not known.
fn references(existing: &mut Existing) {
    let mut configs: BTreeSet<String> = BTreeSet::new();
    let mut secrets: BTreeSet<String> = BTreeSet::new();
    for service in &existing.services {
        let container = &service.what.task_template.container_spec;
        configs.extend(container.configs.iter().map(|one| one.config_name.clone()));
        secrets.extend(container.secrets.iter().map(|one| one.secret_name.clone()));
    }
    for known in &existing.configs {
        configs.remove(&known.what.name);
    }
    for known in &existing.secrets {
        secrets.remove(&known.what.name);
    }
    existing.configs.extend(configs.into_iter().map(|name| {
        placed(api::ConfigSpec {
            name,
            ..api::ConfigSpec::default()
        })
    }));
    existing.secrets.extend(secrets.into_iter().map(|name| {
        placed(api::SecretSpec {
            name,
            ..api::SecretSpec::default()
        })
    }));
}
