//! The routing mesh: which task answers a connection to a published port of a node.
//!
//! Upstream: moby `daemon/libnetwork/{service_common,service_linux}.go`, `daemon/libnetwork/
//! networkdb`, and the kernel's IPVS. Every node has a table of backends for each service, and a
//! place of its own in it. It learns what happens on other nodes by gossip, a moment later; for a
//! while it sends connections to a container that is gone. A table is brought up to date when
//! somebody asks it something, so that a swarm without connections has nothing to do here.
//!
//! Left out: the second table that a service has while its ports change, and connections that are
//! kept. A process listens on every port of its container as soon as it has warmed up.

mod names;
mod table;

pub use names::resolve;
pub use table::Table;

use std::sync::Arc;

use crate::agent::{Reception, image_of};
use crate::collections::{BTreeMap, BTreeSet, Order as _};
use crate::ids::{NodeId, ServiceId, TaskId};
use crate::model::{PortProtocol, PublishMode, Service, Task};
use crate::network::Network;
use crate::rng::Stream;
use crate::swarm::Swarm;
use crate::time::{MILLISECOND, SECOND, SimTime};

/// News travels from node to node at the next of these moments.
const GOSSIP_PERIOD_NS: u64 = 200 * MILLISECOND;
/// So many nodes hear of news at once.
const GOSSIP_REACH: usize = 4;
/// So long after a node has fallen silent the others take its backends away.
const SILENCE_NS: u64 = 7 * SECOND;

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A task answers.
    Served(TaskId),
    /// The machine says that nobody listens there.
    Refused,
    /// Nobody says anything.
    TimedOut,
}

/// What the nodes know, and where each is in its round.
#[derive(Clone, Debug, Default)]
pub struct Mesh {
    /// The numbers of the tables.
    numbers: BTreeMap<(NodeId, ServiceId, Side), u32>,
    tables: Vec<Table>,
    /// What containers have been given, by absolute name.
    files: BTreeMap<TaskId, BTreeMap<String, Arc<str>>>,
    /// How many names have been looked up.
    questions: u64,
}

/// Where a node balances from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// A published port.
    Ingress,
    /// The address or the name of a service on its network.
    Inside,
}

impl Mesh {
    /// The number of the table that a node has for a service.
    pub(crate) fn number(&mut self, node: NodeId, service: ServiceId, side: Side) -> u32 {
        let next = u32::try_from(self.tables.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry((node, service, side)).or_insert(next);
        if number == next {
            self.tables.push(Table::default());
        }
        number
    }

    /// The table with a number.
    pub(crate) fn table(&mut self, number: u32) -> &mut Table {
        &mut self.tables[number as usize]
    }

    /// Puts a file into the container of a task.
    pub fn write_file(&mut self, task: TaskId, name: String, content: Arc<str>) {
        self.files.entry(task).or_default().insert(name, content);
    }

    /// The names of the files that the container of a task has been given.
    pub fn file_names(&self, task: TaskId) -> impl Iterator<Item = String> {
        let files = self.files.get(&task).into_iter().flatten();
        files.map(|(name, _)| name.clone())
    }

    /// A file that the container of a task has been given.
    pub fn file(&self, task: TaskId, name: &str) -> Option<&Arc<str>> {
        self.files.get(&task)?.get(name)
    }
}

/// What happens to a row of the table of backends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Added,
    Closed,
    Removed,
}

/// When a node hears what of a task.
pub(crate) type News = (SimTime, What, TaskId);

/// What a task is to whoever balances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) task: TaskId,
    pub(crate) node: NodeId,
    /// Whether its node has power.
    pub(crate) is_up: bool,
    /// From when on connections are sent to it, if ever.
    serves_at: Option<SimTime>,
    /// From when on none is sent any more.
    leaves_at: Option<SimTime>,
    /// When its process answers.
    pub(crate) reception: Reception,
}

/// Opens a connection from a node to a TCP port of a node.
pub fn connect(swarm: &mut Swarm, from: NodeId, to: NodeId, port: u32) -> Answer {
    knock(swarm, from, to, port, &mut None)
}

/// The same for a connection that may have been tried before: it stays with the backend that did
/// not answer as long as the node knows that one.
pub fn knock(
    swarm: &mut Swarm,
    from: NodeId,
    to: NodeId,
    port: u32,
    silent: &mut Option<TaskId>,
) -> Answer {
    if !can_talk(swarm, from, to) {
        return Answer::TimedOut;
    }
    if let Some(task) = host_port(swarm, to, port) {
        return received(swarm, task);
    }
    let Some(service) = published(swarm, port) else {
        return Answer::Refused;
    };
    let news = news_at(swarm, to, service);
    let number = swarm.mesh.number(to, service, Side::Ingress);
    let table = swarm.mesh.table(number);
    refresh(table, &news, swarm.kernel.now);
    let kept = silent.filter(|&task| table.contains(task));
    let Some(task) = kept.or_else(|| table.pick()) else {
        return Answer::Refused;
    };
    *silent = Some(task);
    let node = swarm.kernel.store.task(task).and_then(|task| task.node_id);
    let is_reached = node.is_some_and(|node| can_talk(swarm, to, node));
    if is_reached && runs(swarm, task) {
        received(swarm, task)
    } else {
        Answer::TimedOut
    }
}

/// What the process of a task says that can be reached.
fn received(swarm: &Swarm, task: TaskId) -> Answer {
    let spec = swarm.kernel.store.task(task).map(|task| &task.spec);
    let image = spec.and_then(|spec| image_of(&swarm.kernel.settings, spec));
    let container = swarm.container(task);
    let reception = container.and_then(|one| one.reception(image.map(|image| &image.serving)));
    let now = swarm.kernel.now;
    let listens = reception.is_some_and(|it| it.listens_at <= now && now < it.closes_at);
    if listens {
        Answer::Served(task)
    } else {
        Answer::Refused
    }
}

fn can_talk(swarm: &Swarm, a: NodeId, b: NodeId) -> bool {
    let is_up = |node| swarm.has_power(node);
    is_up(a) && is_up(b) && (a == b || swarm.kernel.network.connects(a, b))
}

fn runs(swarm: &Swarm, task: TaskId) -> bool {
    let container = swarm.container(task);
    container.is_some_and(|container| container.runs_at(swarm.kernel.now))
}

/// Whether a TCP port with a number is among those of a service.
pub(crate) fn publishes(service: &Service, port: u32, mode: PublishMode) -> bool {
    let mut ports = service.endpoint.iter().flat_map(|endpoint| &endpoint.ports);
    ports.any(|own| {
        own.publish_mode == mode && own.protocol == PortProtocol::Tcp && own.published_port == port
    })
}

/// The task that has a port of its own node.
fn host_port(swarm: &Swarm, node: NodeId, port: u32) -> Option<TaskId> {
    let has_port = |task: &&Arc<Task>| {
        let mut ports = task.endpoint.iter().flat_map(|endpoint| &endpoint.ports);
        ports.any(|own| {
            own.publish_mode == PublishMode::Host
                && own.protocol == PortProtocol::Tcp
                && own.published_port == port
        })
    };
    let mut tasks = swarm.kernel.store.tasks_of_node(node).filter(has_port);
    tasks.find(|task| runs(swarm, task.id)).map(|task| task.id)
}

/// The service to which a port belongs in the whole swarm.
pub(crate) fn published(swarm: &Swarm, port: u32) -> Option<ServiceId> {
    let mut services = swarm.kernel.store.services();
    let found = services.find(|service| publishes(service, port, PublishMode::Ingress));
    found.map(|service| service.id)
}

/// The tasks of a service whose processes have been started, in order of creation.
pub(crate) fn facts_of(swarm: &Swarm, service: ServiceId) -> impl Iterator<Item = Fact> {
    let tasks = swarm.kernel.store.tasks_of_service(service);
    tasks.filter_map(|task| {
        let node = task.node_id?;
        let container = swarm.container(task.id)?;
        let image = image_of(&swarm.kernel.settings, &task.spec);
        Some(Fact {
            task: task.id,
            node,
            is_up: swarm.has_power(node),
            serves_at: container.serves_from(),
            leaves_at: container.leaves_at,
            reception: container.reception(image.map(|image| &image.serving))?,
        })
    })
}

/// How long news of tasks take to a node, as far as it has been asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delays(BTreeMap<TaskId, u64>);

/// When a node hears what of the backends of a service, in order of time.
pub(crate) fn news_of(
    facts: &[Fact],
    at: NodeId,
    nodes: usize,
    seed: u64,
    network: &Network,
    delays: &mut Delays,
) -> Vec<News> {
    let mut news = Vec::new();
    for fact in facts {
        let Some(serves_at) = fact.serves_at else {
            continue;
        };
        let (task, is_far) = (fact.task, fact.node != at);
        let delay_ns = if is_far {
            *delays
                .0
                .entry(task)
                .or_insert_with(|| gossip_ns(seed, nodes, at, task))
        } else {
            0
        };
        // Nothing is heard of a node that is cut off, and in the end it is given up.
        let cut_at = network.cut_since(at, fact.node);
        let mut hear = |when: SimTime, what| {
            let heard_at = when + delay_ns;
            if cut_at.is_none_or(|cut_at| heard_at <= cut_at) {
                news.push((heard_at, what, task));
            }
        };
        hear(serves_at, What::Added);
        if let Some(leaves_at) = fact.leaves_at {
            hear(leaves_at, What::Closed);
        }
        let ends_at = fact.reception.ends_at;
        let is_silent = is_far && !fact.is_up;
        if ends_at < SimTime::MAX && !is_silent {
            hear(ends_at, What::Removed);
        }
        let silent_since = [cut_at, is_silent.then_some(ends_at)].into_iter().flatten();
        if let Some(since) = silent_since.min() {
            news.push((since + SILENCE_NS, What::Removed, task));
        }
    }
    news.order();
    news
}

/// How long news of a task takes to a node: a period at the most for each step of the way.
fn gossip_ns(seed: u64, nodes: usize, at: NodeId, task: TaskId) -> u64 {
    let mut stream = Stream::new(seed, &format!("gossip of task {} to node {}", task.0, at.0));
    let mut reached = 1;
    let mut delay_ns = 0;
    while reached < nodes {
        reached *= GOSSIP_REACH;
        delay_ns += stream.below(GOSSIP_PERIOD_NS);
    }
    delay_ns
}

/// The same, for whoever asks once.
fn news_at(swarm: &Swarm, at: NodeId, service: ServiceId) -> Vec<News> {
    let facts: Vec<Fact> = facts_of(swarm, service).collect();
    let kernel = &swarm.kernel;
    news_of(
        &facts,
        at,
        kernel.store.node_count(),
        kernel.settings.seed,
        &kernel.network,
        &mut Delays::default(),
    )
}

/// Whether a task has been heard of by a moment, and not that it is gone.
fn is_known(news: &[News], task: TaskId, now: SimTime) -> bool {
    let past = news.iter().filter(|(at, ..)| *at <= now);
    let mut own = past.filter(|(_, _, other)| *other == task).peekable();
    own.peek().is_some() && own.all(|(_, what, _)| *what != What::Removed)
}

/// Brings a table up to date. Backends of which nothing is heard any more are gone.
pub(crate) fn refresh(table: &mut Table, news: &[News], now: SimTime) {
    let past = || news.iter().filter(|(at, ..)| *at <= now);
    let gone: BTreeSet<TaskId> = past()
        .filter(|(_, what, _)| *what == What::Removed)
        .map(|&(.., task)| task)
        .collect();
    let known: BTreeSet<TaskId> = news.iter().map(|&(.., task)| task).collect();
    let forgotten: Vec<TaskId> = table.tasks().filter(|task| !known.contains(task)).collect();
    for task in forgotten {
        table.remove(task);
    }
    for &(_, what, task) in past() {
        match what {
            What::Added if !gone.contains(&task) => table.add(task),
            What::Added => {}
            What::Closed => table.close(task),
            What::Removed => table.remove(task),
        }
    }
}
