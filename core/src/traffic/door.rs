//! Where requests come in: a node with what it knows of a service.

use crate::collections::BTreeMap;

use super::backend::Backend;
use crate::ids::{NodeId, ServiceId, TaskId};
use crate::mesh::{self, Delays, Fact, Mesh, News, Side, Table};
use crate::model::{EndpointMode, PublishMode, Service};
use crate::network::Network;
use crate::scenario::Target;
use crate::swarm::Swarm;
use crate::time::SimTime;

/// What clients ask for, and who could answer.
#[derive(Clone, Debug)]
pub(super) struct Destination {
    pub(super) target: Target,
    /// The service that is balanced.
    pub(super) service: Option<ServiceId>,
    /// Whether clients are told the addresses of tasks instead of one of the service.
    pub(super) is_rotating: bool,
    /// The tasks of that service.
    pub(super) facts: Vec<Fact>,
    /// Tasks that have the port on their own nodes.
    pub(super) hosts: Vec<Fact>,
    /// Raised when something above has changed.
    pub(super) epoch: u64,
}

impl Destination {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            service: None,
            is_rotating: false,
            facts: Vec::new(),
            hosts: Vec::new(),
            epoch: 0,
        }
    }

    /// Looks at the swarm.
    pub(super) fn look(&mut self, swarm: &Swarm, network_changed: bool) {
        let store = &swarm.kernel.store;
        let mut hosts = Vec::new();
        let mut is_rotating = false;
        let service = match &self.target {
            Target::Port { port, .. } => {
                let services = store.services();
                for service in services.filter(|it| mesh::publishes(it, *port, PublishMode::Host)) {
                    hosts.extend(mesh::facts_of(swarm, service.id));
                }
                mesh::published(swarm, *port)
            }
            Target::Name { service, .. } => {
                let service = store.service_by_name(service);
                let service = service.filter(|service| is_on_network(swarm, service));
                is_rotating = service.is_some_and(|service| {
                    let spec = service.spec.endpoint.as_ref();
                    spec.is_some_and(|spec| spec.mode == EndpointMode::Dnsrr)
                });
                service.map(|service| service.id)
            }
        };
        let facts: Vec<Fact> = match service {
            Some(service) => mesh::facts_of(swarm, service).collect(),
            None => Vec::new(),
        };
        let is_same = (service, is_rotating) == (self.service, self.is_rotating)
            && (&facts, &hosts) == (&self.facts, &self.hosts);
        if !is_same || network_changed {
            self.epoch += 1;
            (self.service, self.is_rotating) = (service, is_rotating);
            (self.facts, self.hosts) = (facts, hosts);
        }
    }
}

/// Whether a service can be reached by its name: it is on a network of its own.
fn is_on_network(swarm: &Swarm, service: &Service) -> bool {
    let mut tasks = swarm.kernel.store.tasks_of_service(service.id);
    tasks.any(|task| {
        let mut networks = task.networks.iter().map(|attachment| &attachment.network);
        networks.any(|network| !network.spec.ingress && !network.is_predefined())
    })
}

/// A node, as a client meets it.
#[derive(Clone, Debug)]
pub(super) struct Door {
    pub(super) node: NodeId,
    /// Which destination is behind it.
    pub(super) destination: u32,
    /// Whether the client can reach it.
    pub(super) is_reached: bool,
    /// How long a message takes from the client.
    far_ns: u64,
    /// The number of its table, if it balances.
    table: Option<u32>,
    /// The state of the destination that it has seen.
    epoch: Option<u64>,
    news: Vec<News>,
    /// When the table has to be looked at again.
    next_news_ns: u64,
    /// The backends behind the places of the table, and how far each is.
    places: Vec<Way>,
    delays: Delays,
    /// How often it has been asked for a name.
    pub(super) queries: u64,
}

/// The way to a backend.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) backend: u32,
    /// How long a message takes from the client; absent if it does not arrive.
    pub(super) far_ns: Option<u64>,
}

/// Where a door leads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Leads {
    /// To a backend.
    To(Way),
    /// The node refuses.
    Refused,
    /// There is no such name.
    Nameless,
}

impl Door {
    pub(super) fn new(node: NodeId, destination: u32) -> Self {
        Self {
            node,
            destination,
            is_reached: false,
            far_ns: 0,
            table: None,
            epoch: None,
            news: Vec::new(),
            next_news_ns: 0,
            places: Vec::new(),
            delays: Delays::default(),
            queries: 0,
        }
    }

    /// Looks whether the client reaches it.
    pub(super) fn look(&mut self, swarm: &Swarm, is_outside: bool) {
        let network = &swarm.kernel.network;
        let is_up = swarm.is_up(self.node);
        self.is_reached = is_up && (!is_outside || network.connects_outside(self.node));
        self.far_ns = if is_outside {
            network.usual_latency_ns()
        } else {
            0
        };
    }

    /// Brings the table up to date.
    pub(super) fn refresh(&mut self, now_ns: u64, around: &mut Around<'_>) {
        let destination = &around.destinations[self.destination as usize];
        if self.epoch != Some(destination.epoch) {
            self.epoch = Some(destination.epoch);
            let side = match destination.target {
                Target::Port { .. } => Side::Ingress,
                Target::Name { .. } => Side::Inside,
            };
            self.table = destination
                .service
                .map(|service| around.mesh.number(self.node, service, side));
            self.news = mesh::news_of(
                &destination.facts,
                self.node,
                around.node_count,
                around.seed,
                around.network,
                &mut self.delays,
            );
        }
        self.next_news_ns = self
            .news
            .iter()
            .map(|(at, ..)| at.0)
            .find(|at| *at > now_ns)
            .unwrap_or(u64::MAX);
        self.places.clear();
        if let Some(number) = self.table {
            let table = around.mesh.table(number);
            mesh::refresh(table, &self.news, SimTime(now_ns));
            let ways = table.tasks().filter_map(|task| {
                let backend = *around.numbers.get(&task)?;
                let node = around.backends[backend as usize].node;
                let far_ns = way_ns(around.network, self.node, node);
                Some(Way {
                    backend,
                    far_ns: far_ns.map(|far_ns| self.far_ns.saturating_add(far_ns)),
                })
            });
            self.places = ways.collect();
        }
    }

    /// Whether the table has to be brought up to date before it is asked.
    #[inline]
    pub(super) fn is_old(&self, now_ns: u64, destinations: &[Destination]) -> bool {
        now_ns >= self.next_news_ns
            || self.epoch != Some(destinations[self.destination as usize].epoch)
    }

    /// The backend of the next connection. The door must be up to date.
    #[inline]
    pub(super) fn open(&mut self, now_ns: u64, around: &mut Around<'_>) -> Leads {
        let destination = &around.destinations[self.destination as usize];
        if let Some(backend) = around.host(destination, self.node, now_ns) {
            return Leads::To(Way {
                backend,
                far_ns: Some(self.far_ns),
            });
        }
        let nothing = match destination.target {
            Target::Port { .. } => Leads::Refused,
            Target::Name { .. } => Leads::Nameless,
        };
        let Some(number) = self.table else {
            return nothing;
        };
        let table = around.mesh.table(number);
        if destination.is_rotating {
            return self
                .rotate(table, around.backends)
                .map_or(nothing, Leads::To);
        }
        if table.is_empty() {
            return nothing;
        }
        match table.pick_place() {
            Some(place) => self
                .places
                .get(place)
                .map_or(nothing, |way| Leads::To(*way)),
            None => Leads::Refused,
        }
    }

    /// The first address of the answer to a question for the name: the tasks take turns.
    fn rotate(&mut self, table: &Table, backends: &[Backend]) -> Option<Way> {
        let mut open: Vec<TaskId> = table.open().collect();
        open.sort_unstable();
        let count = u64::try_from(open.len()).ok().filter(|count| *count > 0)?;
        let turn = usize::try_from(self.queries % count).ok()?;
        self.queries += 1;
        let task = *open.get(turn)?;
        let mut ways = self.places.iter();
        let way = ways.find(|way| backends[way.backend as usize].task == task);
        way.copied()
    }

    /// Whether a health check from outside finds something there.
    pub(super) fn answers(&mut self, now_ns: u64, around: &mut Around<'_>) -> bool {
        if !self.is_reached {
            return false;
        }
        if self.is_old(now_ns, around.destinations) {
            self.refresh(now_ns, around);
        }
        let destination = &around.destinations[self.destination as usize];
        if let Some(backend) = around.host(destination, self.node, now_ns) {
            return around.backends[backend as usize].listens_at(now_ns);
        }
        self.table
            .is_some_and(|number| around.mesh.table(number).open().next().is_some())
    }

    /// The way to a backend that is settled.
    pub(super) fn way_to(&self, backend: u32, around: &Around<'_>) -> Way {
        let node = around.backends[backend as usize].node;
        let far_ns = way_ns(around.network, self.node, node);
        Way {
            backend,
            far_ns: far_ns.map(|far_ns| self.far_ns.saturating_add(far_ns)),
        }
    }

    /// Whether the table still has a row for a task.
    pub(super) fn knows(&self, task: TaskId, mesh: &mut Mesh) -> bool {
        self.table
            .is_some_and(|number| mesh.table(number).contains(task))
    }
}

/// How long a message takes between nodes, if it arrives.
fn way_ns(network: &Network, from: NodeId, to: NodeId) -> Option<u64> {
    let connects = from == to || network.connects(from, to);
    connects.then(|| network.latency_ns(from, to))
}

/// What doors stand in.
pub(super) struct Around<'a> {
    pub(super) mesh: &'a mut Mesh,
    pub(super) network: &'a Network,
    pub(super) node_count: usize,
    pub(super) seed: u64,
    pub(super) destinations: &'a [Destination],
    pub(super) backends: &'a [Backend],
    pub(super) numbers: &'a BTreeMap<TaskId, u32>,
}

impl Around<'_> {
    /// The task that has the port on a node itself.
    #[inline]
    fn host(&self, destination: &Destination, node: NodeId, now_ns: u64) -> Option<u32> {
        let hosts = destination.hosts.iter();
        hosts.filter(|fact| fact.node == node).find_map(|fact| {
            let backend = *self.numbers.get(&fact.task)?;
            let runs = self.backends[backend as usize].runs_at(now_ns);
            runs.then_some(backend)
        })
    }
}

/// Which ways are whole at the moment.
pub(super) struct Ways<'a> {
    pub(super) doors: &'a [Door],
    pub(super) network: &'a Network,
}

impl Ways<'_> {
    /// Whether an answer of a node reaches the client through a door.
    pub(super) fn is_whole(&self, door: u32, node: NodeId) -> bool {
        let door = &self.doors[door as usize];
        door.is_reached && way_ns(self.network, door.node, node).is_some()
    }
}
