//! Names: what the resolver of a container answers.
//!
//! Upstream: moby `daemon/libnetwork/{sandbox,service_common,resolver}.go`. Each network that a
//! container is on has names of its own, that of the routing mesh none. A service is found by its
//! name and its aliases: the address that stands for all of its tasks while one of them is known,
//! or, without such an address, those of the tasks that take new connections; these are also
//! `tasks.NAME`. A task is found by the name, the hostname and the short id of its container. The
//! node of whoever asks knows of other nodes by gossip.
//!
//! Several addresses are given in another order each time; upstream shuffles them, here the first
//! goes to the end. Left out: the names of a service that has been removed, while its last tasks
//! stop, and everything that the servers of the machine know.

use std::net::Ipv4Addr;

use super::{News, What, is_known, news_at};
use crate::agent::{container_id, container_name, hostname_of};
use crate::collections::BTreeSet;
use crate::ids::{NetworkId, NodeId, TaskId};
use crate::model::{Network, Service, Task};
use crate::swarm::Swarm;
use crate::time::SimTime;

/// The addresses that belong to a name where a task is; nothing if nobody knows the name.
pub fn resolve(swarm: &mut Swarm, asker: TaskId, name: &str) -> Option<Vec<Ipv4Addr>> {
    let task = swarm.kernel.store.task(asker)?;
    let at = task.node_id?;
    let networks: Vec<(NetworkId, String)> = task
        .networks
        .iter()
        .map(|attachment| &attachment.network)
        .filter(|network| has_names(network))
        .map(|network| (network.id, network.name().to_owned()))
        .collect();
    let name = name.trim_end_matches('.');
    // The whole name on every network, then what stands before a dot on the network behind it.
    let whole = networks.iter().map(|(id, _)| (name, *id));
    let mut dots: Vec<usize> = name.match_indices('.').map(|(at, _)| at).collect();
    dots.reverse();
    let parts = dots.into_iter().flat_map(|dot| {
        let behind = &name[dot + 1..];
        let on = networks.iter().filter(move |(_, own)| own == behind);
        on.map(move |(id, _)| (&name[..dot], *id))
    });
    let mut found = whole
        .chain(parts)
        .find_map(|(name, network)| look_up(swarm, at, network, &name.to_lowercase()))?;
    swarm.mesh.questions += 1;
    let turn = usize::try_from(swarm.mesh.questions - 1).unwrap_or(0) % found.len();
    found.rotate_left(turn);
    Some(found)
}

fn has_names(network: &Network) -> bool {
    !network.spec.ingress && !network.is_node_local()
}

/// What a name in small letters stands for in a network, as far as a node knows.
fn look_up(swarm: &Swarm, at: NodeId, network: NetworkId, name: &str) -> Option<Vec<Ipv4Addr>> {
    let mut found = BTreeSet::new();
    for service in swarm.kernel.store.services() {
        look_up_in(swarm, at, network, name, service, &mut found);
    }
    (!found.is_empty()).then(|| found.into_iter().collect())
}

fn look_up_in(
    swarm: &Swarm,
    at: NodeId,
    network: NetworkId,
    name: &str,
    service: &Service,
    found: &mut BTreeSet<Ipv4Addr>,
) {
    let kernel = &swarm.kernel;
    let in_network = |task: &Task| {
        let mut attachments = task.networks.iter();
        attachments
            .find_map(|attachment| (attachment.network.id == network).then(|| attachment.clone()))
    };
    let mut tasks = kernel.store.tasks_of_service(service.id);
    if !tasks.any(|task| in_network(task).is_some()) {
        return;
    }
    let news = news_at(swarm, at, service.id);
    let vips = service.endpoint.iter().flat_map(|own| &own.virtual_ips);
    let vip = vips
        .filter(|vip| vip.network == network)
        .find_map(|vip| vip.address);
    let service_name = service.name().to_lowercase();
    for task in kernel.store.tasks_of_service(service.id) {
        let (Some(attachment), Some(node)) = (in_network(task), task.node_id) else {
            continue;
        };
        if !is_known(&news, task.id, kernel.now) {
            continue;
        }
        let is_open = takes_connections(&news, task.id, kernel.now);
        let own = attachment.address.filter(|_| is_open);
        let stands_for_all = |name: &str| {
            let mut aliases = attachment.aliases.iter();
            name == service_name || aliases.any(|alias| alias.to_lowercase() == name)
        };
        if stands_for_all(name) {
            found.extend(vip.or(own).map(|cidr| cidr.address));
        }
        let is_task = || {
            let hostname = hostname_of(&task.spec, kernel.settings.seed, task.id);
            let id = container_id(kernel.settings.seed, task.id);
            let named = (service.name(), Some(service.id));
            let container = container_name(&kernel.ids, node, task.id, named, task.slot);
            name == hostname.to_lowercase() || name == &id[..12] || name == container.to_lowercase()
        };
        if name.strip_prefix("tasks.").is_some_and(stands_for_all) || is_task() {
            found.extend(own.map(|cidr| cidr.address));
        }
    }
}

/// Whether the last that has been heard of a task by now is that it serves.
fn takes_connections(news: &[News], task: TaskId, now: SimTime) -> bool {
    let heard = news.iter().filter(|(at, ..)| *at <= now);
    let mut own = heard.filter(|(_, _, other)| *other == task);
    own.all(|(_, what, _)| *what == What::Added)
}
