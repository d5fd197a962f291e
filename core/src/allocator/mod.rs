//! The allocator: addresses and ports for everything that needs some.
//!
//! Upstream: `manager/allocator/network.go`. Networks get subnets, services ports and virtual
//! addresses, nodes an address for their load balancer in every network that they have a part in,
//! and new tasks addresses in their networks; then they become PENDING. What a leader has given is
//! in the store; the places from which it goes on giving are in its memory, so a new leader begins
//! with the lowest free ones.
//!
//! Where upstream walks over Go maps, tasks go by their slot and then their id. Left out: plugins,
//! attachments of containers that are no tasks.

mod addresses;
mod ports;
mod serial;
mod service;

use std::sync::Arc;

use addresses::Addresses;
use ports::Ports;

use crate::collections::{BTreeMap, BTreeSet, Order as _};
use crate::ids::{NetworkId, NodeId, ServiceId, TaskId};
use crate::kernel::Kernel;
use crate::model::{Cidr, Network, NetworkAttachment, Node, Service, Task, TaskState, Text};
use crate::store::{Change, Delta};
use crate::time::{MINUTE, SimTime};

const MESSAGE_PENDING: Text = Text::constant("pending task scheduling");

/// So long after the last attempt the next is made, whether there is reason for hope or not.
const RETRY_INTERVAL_NS: u64 = 5 * MINUTE;

/// The allocator of a leader.
#[derive(Clone, Debug)]
pub struct Allocator {
    addresses: Addresses,
    ports: Ports,
    /// The network of the routing mesh.
    ingress: Option<NetworkId>,
    /// Networks by the text of their id, by which specs name them.
    networks_by_text: BTreeMap<String, NetworkId>,
    /// What has happened since the last commit.
    work: Vec<Work>,
    /// Tasks without addresses, by slot.
    pending: BTreeSet<(u64, TaskId)>,
    /// Tasks that have addresses which they have to give back.
    holders: BTreeSet<TaskId>,
    unallocated_networks: BTreeSet<NetworkId>,
    unallocated_services: BTreeSet<ServiceId>,
    /// Something was given back, so that what failed before may succeed.
    is_freed: bool,
    /// Something has been allocated for which tasks may be waiting.
    is_ready: bool,
    last_retry: SimTime,
}

/// Something to do at the next commit.
#[derive(Clone, Debug)]
enum Work {
    NetworkCreated(NetworkId),
    NetworkGone(NetworkId),
    Service(ServiceId),
    ServiceGone(Arc<Service>),
    Node(NodeId),
    NodeGone(Arc<Node>),
}

impl Allocator {
    /// An allocator that has just become responsible for the cluster in the store.
    pub fn start(kernel: &mut Kernel) -> Self {
        let mut allocator = Self {
            addresses: Addresses::new(),
            ports: Ports::default(),
            ingress: None,
            networks_by_text: BTreeMap::new(),
            work: Vec::new(),
            pending: BTreeSet::new(),
            holders: BTreeSet::new(),
            unallocated_networks: BTreeSet::new(),
            unallocated_services: BTreeSet::new(),
            is_freed: false,
            is_ready: true,
            last_retry: kernel.now,
        };
        allocator.restore(kernel);
        allocator.on_commit(kernel);
        allocator
    }

    /// Takes what the store says has been given, and notes what is missing. The network of the
    /// routing mesh comes before the others.
    fn restore(&mut self, kernel: &Kernel) {
        let store = &kernel.store;
        let mut networks: Vec<&Arc<Network>> = store.networks().collect();
        networks.order_by_key(|network| (!network.spec.ingress, network.id));
        for network in networks {
            self.know(kernel, network);
            if network.driver_state_name.is_empty() {
                self.work.push(Work::NetworkCreated(network.id));
            } else {
                self.addresses.allocate(network);
            }
        }
        for node in store.nodes() {
            self.take_all(&node.attachments);
            self.work.push(Work::Node(node.id));
        }
        for service in store.services() {
            let endpoint = service.endpoint.as_deref();
            if let Some(endpoint) = endpoint {
                self.ports.restore(&endpoint.ports);
                for vip in &endpoint.virtual_ips {
                    if let Some(address) = vip.address {
                        self.addresses.take(vip.network, address);
                    }
                }
            }
            self.work.push(Work::Service(service.id));
        }
        for task in store.tasks() {
            if task.status.state == TaskState::New {
                self.pending.insert((task.slot, task.id));
            } else if task.status.state <= TaskState::Running && !task.networks.is_empty() {
                self.take_all(&task.networks);
                self.holders.insert(task.id);
            }
        }
    }

    fn know(&mut self, kernel: &Kernel, network: &Network) {
        let text = kernel.ids.text(network.id);
        self.networks_by_text.insert(text, network.id);
        if network.spec.ingress {
            self.ingress = Some(network.id);
        }
    }

    fn take_all(&mut self, attachments: &[NetworkAttachment]) {
        for attachment in attachments {
            if let Some(address) = attachment.address {
                self.addresses.take(attachment.network.id, address);
            }
        }
    }

    fn free_all(&mut self, attachments: &[NetworkAttachment]) {
        for attachment in attachments {
            if let Some(address) = attachment.address {
                self.addresses.free(attachment.network.id, address);
                self.is_freed = true;
            }
        }
    }

    /// Reacts to one change in the store.
    pub fn on_change(&mut self, change: &Change) {
        match change {
            Change::Task(delta) => self.on_task(delta),
            Change::Network(Delta::Created(network)) => {
                self.work.push(Work::NetworkCreated(network.id));
            }
            Change::Network(Delta::Deleted(network)) => {
                self.work.push(Work::NetworkGone(network.id));
            }
            Change::Service(Delta::Deleted(service)) => {
                self.work.push(Work::ServiceGone(Arc::clone(service)));
            }
            Change::Service(delta) => self.work.push(Work::Service(delta.object().id)),
            Change::Node(Delta::Created(node)) => self.work.push(Work::Node(node.id)),
            Change::Node(Delta::Deleted(node)) => {
                self.work.push(Work::NodeGone(Arc::clone(node)));
            }
            _ => {}
        }
    }

    fn on_task(&mut self, delta: &Delta<Task>) {
        let task = delta.object();
        let is_over = task.status.state > TaskState::Running;
        if is_over || delta.present().is_none() {
            self.pending.remove(&(task.slot, task.id));
            if self.holders.remove(&task.id) {
                self.free_all(&task.networks);
                if let Some(node) = task.node_id.filter(|_| self.is_on_user_network(task)) {
                    self.work.push(Work::Node(node));
                }
            }
            return;
        }
        if task.status.state == TaskState::New {
            self.pending.insert((task.slot, task.id));
            self.is_ready = true;
        }
        // The node's load balancer gets its address when the first of its tasks comes.
        let is_news = delta.before().is_none_or(|before| {
            (before.node_id, before.networks.len()) != (task.node_id, task.networks.len())
        });
        if is_news
            && let Some(node) = task.node_id
            && self.is_on_user_network(task)
        {
            self.work.push(Work::Node(node));
        }
    }

    /// Whether a task has an address in a network other than that of the routing mesh.
    fn is_on_user_network(&self, task: &Task) -> bool {
        task.networks.iter().any(|attachment| {
            let id = attachment.network.id;
            Some(id) != self.ingress && self.addresses.gives_in(id)
        })
    }

    /// Reacts to the end of a transaction.
    pub fn on_commit(&mut self, kernel: &mut Kernel) {
        for work in std::mem::take(&mut self.work) {
            match work {
                Work::NetworkCreated(id) => self.allocate_network(kernel, id),
                Work::NetworkGone(id) => {
                    self.addresses.free_network(id);
                    self.unallocated_networks.remove(&id);
                    self.networks_by_text.retain(|_, known| *known != id);
                    self.is_freed = true;
                    if self.ingress == Some(id) {
                        self.ingress = None;
                    }
                }
                Work::Service(id) => self.allocate_service(kernel, id),
                Work::ServiceGone(service) => self.free_service(&service),
                Work::Node(id) => self.allocate_node(kernel, id),
                Work::NodeGone(node) => self.free_all(&node.attachments),
            }
        }
        self.allocate_tasks(kernel);
        let has_failed =
            !self.unallocated_networks.is_empty() || !self.unallocated_services.is_empty();
        let is_due = self.is_freed || kernel.now.since(self.last_retry) > RETRY_INTERVAL_NS;
        if has_failed && is_due {
            self.last_retry = kernel.now;
            for id in std::mem::take(&mut self.unallocated_networks) {
                self.allocate_network(kernel, id);
            }
            for id in std::mem::take(&mut self.unallocated_services) {
                self.allocate_service(kernel, id);
            }
        }
        self.is_ready |= std::mem::take(&mut self.is_freed);
    }

    fn allocate_network(&mut self, kernel: &mut Kernel, id: NetworkId) {
        let Some(network) = kernel.store.network(id).cloned() else {
            return;
        };
        self.know(kernel, &network);
        if self.addresses.is_allocated(id) {
            return;
        }
        let Some(state) = self.addresses.allocate(&network) else {
            self.unallocated_networks.insert(id);
            return;
        };
        self.is_ready = true;
        let now = kernel.now;
        write(kernel, now, |tx| {
            tx.update_network(id, |network| {
                network.driver_state_name = network.driver().to_owned();
                network.driver_state_options = state.options;
                network.ipam = state.ipam;
            });
        });
        if network.spec.ingress {
            // Whatever a node does, it has a part in the routing mesh.
            let nodes: Vec<NodeId> = kernel.store.nodes().map(|node| node.id).collect();
            for node in nodes {
                self.allocate_node(kernel, node);
            }
        }
    }

    /// Gives a node's load balancers their addresses, and takes back those of networks in which it
    /// has nothing left to do.
    fn allocate_node(&mut self, kernel: &mut Kernel, id: NodeId) {
        let Some(node) = kernel.store.node(id) else {
            return;
        };
        let mut wanted: Vec<Arc<Network>> = Vec::new();
        let mut want = |network: Option<&Arc<Network>>| {
            if let Some(network) = network
                && self.addresses.gives_in(network.id)
                && wanted.iter().all(|other| other.id != network.id)
            {
                wanted.push(Arc::clone(network));
            }
        };
        for task in kernel.store.tasks_of_node(id) {
            if task.status.state > TaskState::Running {
                continue;
            }
            let networks = task.networks.iter().map(|attachment| attachment.network.id);
            for network in networks.filter(|network| Some(*network) != self.ingress) {
                want(kernel.store.network(network));
            }
        }
        want(
            self.ingress
                .and_then(|ingress| kernel.store.network(ingress)),
        );
        let mut attachments = node.attachments.clone();
        attachments.retain(|attachment| {
            let stays = wanted.iter().any(|other| other.id == attachment.network.id);
            if !stays && let Some(address) = attachment.address {
                self.addresses.free(attachment.network.id, address);
                self.is_freed = true;
            }
            stays
        });
        for network in wanted {
            let is_there = |other: &NetworkAttachment| other.network.id == network.id;
            if attachments.iter().any(is_there) {
                continue;
            }
            // Without an address the node has no part in the network, and is asked again when
            // something about it changes.
            if let Some(address) = self.addresses.give(network.id) {
                attachments.push(NetworkAttachment {
                    address: Some(address),
                    ..NetworkAttachment::new(network)
                });
            }
        }
        if attachments == node.attachments {
            return;
        }
        let now = kernel.now;
        write(kernel, now, |tx| {
            tx.update_node(id, |node| node.attachments = attachments);
        });
    }

    /// Gives waiting tasks their addresses.
    fn allocate_tasks(&mut self, kernel: &mut Kernel) {
        if self.pending.is_empty() || !std::mem::take(&mut self.is_ready) {
            return;
        }
        let now = kernel.now;
        let mut waiting: Vec<(u64, TaskId)> = Vec::new();
        let mut batch = kernel.store.batch(now);
        for (slot, id) in std::mem::take(&mut self.pending) {
            batch.update(|tx| {
                let Some(task) = tx.store().task(id) else {
                    return;
                };
                if task.status.state != TaskState::New {
                    return;
                }
                let service = task.service_id.map(|service| tx.store().service(service));
                let service = match service {
                    Some(Some(service)) if self.is_service_allocated(service) => Some(service),
                    None => None,
                    // It is gone, or has not all that it needs.
                    Some(_) => {
                        waiting.push((slot, id));
                        return;
                    }
                };
                let endpoint = service.and_then(|service| service.endpoint.clone());
                let networks = self.networks_of(tx.store(), service, task);
                let Some(networks) = networks.and_then(|networks| self.give_all(networks)) else {
                    waiting.push((slot, id));
                    return;
                };
                if !networks.is_empty() {
                    self.holders.insert(id);
                }
                tx.update_task(id, |task| {
                    if endpoint.is_some() {
                        task.endpoint = endpoint;
                    }
                    task.networks = networks;
                    task.status.state = TaskState::Pending;
                    task.status.message = MESSAGE_PENDING;
                    task.status.timestamp = now;
                });
            });
        }
        batch.commit();
        self.pending.extend(waiting);
    }

    /// An address in each network, or nothing.
    fn give_all(&mut self, mut networks: Vec<NetworkAttachment>) -> Option<Vec<NetworkAttachment>> {
        for place in 0..networks.len() {
            let id = networks[place].network.id;
            if !self.addresses.gives_in(id) {
                continue;
            }
            let address: Option<Cidr> = self.addresses.give(id);
            if address.is_none() {
                for attachment in &networks {
                    if let Some(address) = attachment.address {
                        self.addresses.free(attachment.network.id, address);
                    }
                }
                return None;
            }
            networks[place].address = address;
        }
        Some(networks)
    }
}

/// Writes as one transaction.
fn write(
    kernel: &mut Kernel,
    now: SimTime,
    write: impl FnOnce(&mut crate::store::Transaction<'_>),
) {
    let Ok(()) = kernel.store.update(now, |tx| {
        write(tx);
        Ok::<_, std::convert::Infallible>(())
    });
}
