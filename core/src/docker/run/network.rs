//! `docker network`: what an engine knows of networks, its own and those of the swarm.
//!
//! Upstream: moby `daemon/server/router/network/network_routes.go`, `daemon/network.go`,
//! `daemon/network/filter.go`, `daemon/cluster/networks.go`. A manager knows every network of the
//! swarm, a worker those on which it has something to do; each engine has four networks besides.
//!
//! Left out: networks of one node that people make for themselves, and removing the network of
//! the routing mesh, about which docker asks back.

use std::sync::Arc;

use super::inspect::{finish, look_up};
use super::{find, join, refuse_without_manager};
use crate::agent::container_id;
use crate::collections::Order as _;
use crate::control;
use crate::docker::Outcome;
use crate::docker::network::{NetworkCreate, NetworkInspect, NetworkLs, NetworkRm, check_ranges};
use crate::docker::print::{self, EndpointRow, NetworkJson, NetworkRow};
use crate::docker::values::Filter;
use crate::ids::{NodeId, engine_id};
use crate::kernel::Kernel;
use crate::model::{
    IpamConfig, Labels, Network, NetworkAttachmentConfig, Node, NodeRole, OVERLAY, Task, TaskState,
};

/// A network of an engine's own: name, driver, subnet (`172.<n>.0.0/16`), options.
type OwnNetwork = (
    &'static str,
    &'static str,
    Option<u8>,
    &'static [(&'static str, &'static str)],
);

/// The networks that every engine has.
const OWN: [OwnNetwork; 4] = [
    (
        "bridge",
        "bridge",
        Some(17),
        &[
            ("com.docker.network.bridge.default_bridge", "true"),
            ("com.docker.network.bridge.enable_icc", "true"),
            ("com.docker.network.bridge.enable_ip_masquerade", "true"),
            ("com.docker.network.bridge.host_binding_ipv4", "0.0.0.0"),
            ("com.docker.network.bridge.name", "docker0"),
            ("com.docker.network.driver.mtu", "1500"),
        ],
    ),
    (
        "docker_gwbridge",
        "bridge",
        Some(18),
        &[
            ("com.docker.network.bridge.enable_icc", "false"),
            ("com.docker.network.bridge.enable_ip_masquerade", "true"),
            ("com.docker.network.bridge.name", "docker_gwbridge"),
        ],
    ),
    ("host", "host", None, &[]),
    ("none", "null", None, &[]),
];

/// A network as a node knows it.
struct Known {
    shown: NetworkJson,
    /// The object of the swarm, for a network of the swarm.
    network: Option<Arc<Network>>,
}

/// Names that cannot be given to a network, since every engine has them.
fn is_predefined(name: &str) -> bool {
    matches!(name, "bridge" | "host" | "none" | "default")
}

/// `docker network create`
pub(super) fn create(kernel: &mut Kernel, at: NodeId, command: &NetworkCreate) -> Outcome {
    let spec = &command.spec;
    let name = &spec.annotations.name;
    let is_manager = is_manager(kernel, at);
    let is_taken = |other: &Arc<Network>| other.name() == name && !other.is_predefined();
    if is_manager && kernel.store.networks().any(is_taken) {
        return Outcome::refused_by_daemon(format!("network with name {name} already exists"));
    }
    if is_predefined(name) {
        return Outcome::refused_by_daemon(format!(
            "operation is not permitted on predefined {name} network "
        ));
    }
    match spec.driver_name.as_str() {
        OVERLAY if command.scope != "local" => {}
        OVERLAY | "bridge" | "host" | "null" | "ipvlan" | "macvlan" => {
            return Outcome::refused(
                "networks of one node are not simulated yet (create one with --driver overlay)",
            );
        }
        driver => {
            return Outcome::refused_by_daemon(format!("plugin {driver:?} not found"));
        }
    }
    if !is_manager {
        return Outcome::refused_by_daemon(
            "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" \
             to connect this node to swarm and try again.",
        );
    }
    if let Err(error) = check_ranges(&spec.ipam) {
        return Outcome::refused_by_daemon(error);
    }
    match control::create_network(kernel, spec.clone()) {
        Ok(id) => Outcome::printed(format!("{}\n", kernel.ids.text(id))),
        Err(error) => Outcome::refused_by_daemon(error.to_string()),
    }
}

/// `docker network ls`
pub(super) fn ls(kernel: &Kernel, at: NodeId, command: &NetworkLs) -> Outcome {
    if let Some(refusal) = wrong_filter(&command.filters) {
        return refusal;
    }
    let known = known(kernel, at);
    let listed = known
        .into_iter()
        .filter(|known| passes(&known.shown, &command.filters));
    let rows = listed
        .map(|known| NetworkRow {
            ipv4: known.shown.endpoints.is_some(),
            id: known.shown.id,
            name: known.shown.name,
            driver: known.shown.driver,
            scope: known.shown.scope,
            internal: known.shown.internal,
            labels: known.shown.labels,
            created_at: known.shown.created_at,
        })
        .collect();
    match print::network_ls(rows, &command.format, command.quiet, command.no_trunc) {
        Ok(text) => Outcome::printed(text),
        Err(refusal) => refusal,
    }
}

fn wrong_filter(filters: &[Filter]) -> Option<Outcome> {
    let is_known = |key: &str| {
        matches!(
            key,
            "dangling" | "driver" | "id" | "label" | "name" | "scope" | "type"
        )
    };
    if let Some(unknown) = filters.iter().find(|filter| !is_known(&filter.key)) {
        let message = format!("invalid filter '{}'", unknown.key);
        return Some(Outcome::refused_by_daemon(message));
    }
    let of = |key: &str| -> Vec<&str> {
        let values = filters.iter().filter(|filter| filter.key == key);
        values.map(|filter| filter.value.as_str()).collect()
    };
    match of("dangling").as_slice() {
        [] | ["0" | "1" | "false" | "true"] => {}
        [_] => {
            return Some(Outcome::refused_by_daemon(
                "invalid value for filter 'dangling', must be \"true\" (or \"1\"), or \"false\" \
                 (or \"0\")",
            ));
        }
        _ => {
            return Some(Outcome::refused_by_daemon(
                "got more than one value for filter key \"dangling\"",
            ));
        }
    }
    let mut kinds = of("type").into_iter();
    let wrong = kinds.find(|kind| !matches!(*kind, "builtin" | "custom"))?;
    Some(Outcome::refused_by_daemon(format!(
        "invalid filter: 'type'='{wrong}'"
    )))
}

/// Values of one key are alternatives, except for labels; keys add up.
fn passes(network: &NetworkJson, filters: &[Filter]) -> bool {
    let any = |key: &str, holds: &dyn Fn(&str) -> bool| {
        let mut values = filters.iter().filter(|filter| filter.key == key).peekable();
        values.peek().is_none() || values.any(|filter| holds(&filter.value))
    };
    let has_label = |filter: &Filter| {
        let (key, value) = filter.value.split_once('=').unwrap_or((&filter.value, ""));
        let found = network.labels.get(key);
        found.is_some_and(|found| value.is_empty() || found == value)
    };
    let is_used = network
        .endpoints
        .as_ref()
        .is_some_and(|all| !all.is_empty());
    any("driver", &|value| value == network.driver)
        && any("scope", &|value| value == network.scope)
        && any("name", &|value| network.name.contains(value))
        && any("id", &|value| network.id.contains(value))
        && any("type", &|value| {
            (value == "builtin") == is_predefined(&network.name)
        })
        && any("dangling", &|value| {
            let is_dangling = !is_predefined(&network.name) && !is_used;
            matches!(value, "1" | "true") == is_dangling
        })
        && filters
            .iter()
            .filter(|filter| filter.key == "label")
            .all(has_label)
}

/// `docker network inspect`
pub(super) fn inspect(kernel: &Kernel, at: NodeId, command: &NetworkInspect) -> Outcome {
    if command.verbose {
        return Outcome::refused("docker network inspect --verbose is not simulated yet");
    }
    let known = known(kernel, at);
    let (found, refusal) = look_up(&command.networks, |name| {
        find::among(&known, "network", name, |known| {
            (known.shown.id.as_str(), known.shown.name.as_str())
        })
        .map(|known| Arc::new(known.shown.clone()))
    });
    let objects: Vec<print::Object> = found
        .iter()
        .map(|network| print::network_json(network))
        .collect();
    finish(print::inspect(&objects, &command.format), refusal)
}

/// `docker network rm`
pub(super) fn rm(kernel: &mut Kernel, at: NodeId, command: &NetworkRm) -> Outcome {
    let mut outcomes: Vec<Outcome> = command
        .networks
        .iter()
        .map(|name| rm_one(kernel, at, name, command.force))
        .collect();
    if outcomes.iter().any(|outcome| outcome.exit_code != 0) {
        outcomes.push(Outcome::refused("exit status 1"));
    }
    join(outcomes)
}

/// What the client asks before it removes the network of the routing mesh (`network/remove.go`).
const INGRESS_WARNING: &str = "WARNING! Before removing the routing-mesh network, make sure all \
     the nodes in your swarm run the same docker engine version. Otherwise, removal may not be \
     effective and functionality of newly create ingress networks will be impaired.\nAre you sure \
     you want to continue? [y/N] ";

fn rm_one(kernel: &mut Kernel, at: NodeId, name: &str, force: bool) -> Outcome {
    let known = known(kernel, at);
    let found = find::among(&known, "network", name, |known| {
        (known.shown.id.as_str(), known.shown.name.as_str())
    });
    let found = match found {
        Ok(found) => found,
        Err(refusal) if force && refusal.stderr.ends_with("not found\n") => {
            return Outcome::default();
        }
        Err(refusal) => return refusal,
    };
    if found.shown.ingress {
        // Nobody is there who could say yes.
        return Outcome::printed(INGRESS_WARNING);
    }
    let Some(network) = &found.network else {
        let name = &found.shown.name;
        return if is_predefined(name) {
            Outcome::refused_by_daemon(format!(
                "{name} is a pre-defined network and cannot be removed"
            ))
        } else {
            Outcome::refused(format!("removing {name} is not simulated yet"))
        };
    };
    // A worker can only let go of its own part, which something is using.
    if let Some(refusal) = refuse_without_manager(kernel, at) {
        return refusal;
    }
    match control::remove_network(kernel, network.id) {
        Ok(()) => Outcome::printed(format!("{name}\n")),
        Err(error) => Outcome::refused_by_daemon(error.to_string()),
    }
}

/// Puts ids in the place of the names of networks, as the client does before it sends a spec, and
/// the engine with those that the client has left.
pub(super) fn resolve(
    kernel: &Kernel,
    networks: &mut [NetworkAttachmentConfig],
) -> Result<(), Outcome> {
    for wish in networks {
        let network = find::network(kernel, &wish.target)?;
        wish.target = kernel.ids.text(network.id);
    }
    Ok(())
}

fn is_manager(kernel: &Kernel, at: NodeId) -> bool {
    let node = kernel.store.node(at);
    node.is_some_and(|node| node.role == NodeRole::Manager)
}

/// Every network that the engine of a node knows.
fn known(kernel: &Kernel, at: NodeId) -> Vec<Known> {
    let seed = kernel.settings.seed;
    let created_at = kernel.store.node(at).map(|node| node.meta.created_at);
    let own = OWN.iter().map(|&(name, driver, subnet, options)| Known {
        shown: NetworkJson {
            id: engine_id(seed, &format!("network {name} of node {}", at.0)),
            name: name.to_owned(),
            created_at: created_at.unwrap_or_default(),
            scope: "local",
            driver: driver.to_owned(),
            ipam: subnet
                .map(|second| IpamConfig {
                    subnet: format!("172.{second}.0.0/16"),
                    gateway: format!("172.{second}.0.1"),
                    range: String::new(),
                })
                .into_iter()
                .collect(),
            options: options
                .iter()
                .map(|&(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            endpoints: Some(Vec::new()),
            ..NetworkJson::default()
        },
        network: None,
    });
    let sees_all = is_manager(kernel, at);
    let networks = kernel.store.networks();
    let of_swarm = networks.filter(|network| !network.is_predefined());
    let of_swarm = of_swarm.filter_map(|network| {
        let is_here = is_on(kernel, at, network);
        (sees_all || is_here).then(|| Known {
            shown: of_the_swarm(kernel, at, network, is_here),
            network: Some(Arc::clone(network)),
        })
    });
    of_swarm.chain(own).collect()
}

/// Whether a node has a part in a network of the swarm.
fn is_on(kernel: &Kernel, at: NodeId, network: &Network) -> bool {
    network.spec.ingress || attached(kernel, at, network).next().is_some()
}

/// The tasks of a node whose containers are on a network.
fn attached<'k>(
    kernel: &'k Kernel,
    at: NodeId,
    network: &'k Network,
) -> impl Iterator<Item = &'k Arc<Task>> {
    let has_container =
        |task: &Task| (TaskState::Preparing..=TaskState::Running).contains(&task.status.state);
    kernel.store.tasks_of_node(at).filter(move |task| {
        has_container(task)
            && task
                .networks
                .iter()
                .any(|attachment| attachment.network.id == network.id)
    })
}

fn of_the_swarm(kernel: &Kernel, at: NodeId, network: &Network, is_here: bool) -> NetworkJson {
    let mut options: Labels = network.driver_state_options.clone();
    if options.is_empty() {
        options.clone_from(&network.spec.driver_options);
    }
    NetworkJson {
        id: kernel.ids.text(network.id),
        name: network.name().to_owned(),
        created_at: network.meta.created_at,
        scope: "swarm",
        driver: network.driver().to_owned(),
        ipam: network.ipam.clone(),
        internal: network.spec.internal,
        attachable: network.spec.attachable,
        ingress: network.spec.ingress,
        options,
        labels: network.spec.annotations.labels.clone(),
        endpoints: is_here.then(|| endpoints(kernel, at, network)),
        peers: if is_here {
            peers(kernel, network)
        } else {
            Vec::new()
        },
    }
}

/// What a node has on a network: the containers of its tasks and its load balancer.
fn endpoints(kernel: &Kernel, at: NodeId, network: &Network) -> Vec<EndpointRow> {
    let seed = kernel.settings.seed;
    let tasks = attached(kernel, at, network).map(|task| EndpointRow {
        key: container_id(seed, task.id),
        name: find::task_name(kernel, task),
        endpoint_id: engine_id(
            seed,
            &format!("endpoint of task {} in {}", task.id.0, network.id.0),
        ),
        address: task
            .networks
            .iter()
            .find(|attachment| attachment.network.id == network.id)
            .and_then(|attachment| attachment.address),
    });
    let attachments = kernel
        .store
        .node(at)
        .map(|node| node.attachments.as_slice());
    let balancer = attachments
        .unwrap_or_default()
        .iter()
        .filter(|attachment| attachment.network.id == network.id)
        .map(|attachment| EndpointRow {
            key: if network.spec.ingress {
                "ingress-sbox".to_owned()
            } else {
                format!("lb-{}", network.name())
            },
            name: format!("{}-endpoint", network.name()),
            endpoint_id: engine_id(
                seed,
                &format!("endpoint of node {} in {}", at.0, network.id.0),
            ),
            address: attachment.address,
        });
    let mut all: Vec<EndpointRow> = tasks.chain(balancer).collect();
    all.order_by(|a, b| a.key.cmp(&b.key));
    all
}

/// The nodes on a network, as gossip knows them.
fn peers(kernel: &Kernel, network: &Network) -> Vec<(String, String)> {
    let is_peer = |node: &&Arc<Node>| is_on(kernel, node.id, network);
    let nodes = kernel.store.nodes().filter(is_peer);
    nodes
        .map(|node| {
            let id = engine_id(kernel.settings.seed, &format!("peer {}", node.id.0));
            (id[..12].to_owned(), node.status.addr.clone())
        })
        .collect()
}
