//! The routing mesh: which task answers a connection to a published port of a node.
//!
//! Upstream: moby `daemon/libnetwork/{service_common,service_linux}.go`, `daemon/libnetwork/
//! networkdb`, and the kernel's IPVS. Every node has a table of backends for each service, and a
//! place of its own in it. It learns what happens on other nodes by gossip, a moment later; for a
//! while it sends connections to a container that is gone. A table is brought up to date when
//! somebody asks it something, so that a swarm without connections has nothing to do here.
//!
//! Left out: the second table that a service has while its ports change, networks other than that
//! of the routing mesh, connections that are kept, and rows that come back after a partition.
//! Every process is taken to listen on the target port as soon as it runs.

mod names;
mod table;

pub use names::resolve;
pub use table::Table;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ids::{NodeId, ServiceId, TaskId};
use crate::model::{PortProtocol, PublishMode, Task};
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
    tables: BTreeMap<(NodeId, ServiceId), Table>,
    /// What containers have been given, by absolute name.
    files: BTreeMap<TaskId, BTreeMap<String, Arc<str>>>,
    /// How many names have been looked up.
    questions: u64,
}

impl Mesh {
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
enum News {
    Added,
    Closed,
    Removed,
}

/// Opens a connection from a node to a TCP port of a node.
pub fn connect(swarm: &mut Swarm, from: NodeId, to: NodeId, port: u32) -> Answer {
    if !can_talk(swarm, from, to) {
        return Answer::TimedOut;
    }
    if let Some(task) = host_port(swarm, to, port) {
        return Answer::Served(task);
    }
    let Some(service) = published(swarm, port) else {
        return Answer::Refused;
    };
    let news = news_of(swarm, to, service);
    let table = swarm.mesh.tables.entry((to, service)).or_default();
    refresh(table, &news, swarm.kernel.now);
    let picked = table.pick();
    if table.is_empty() {
        // The last backend takes the table with it, and the place in the round.
        swarm.mesh.tables.remove(&(to, service));
    }
    let Some(task) = picked else {
        return Answer::Refused;
    };
    let node = swarm.kernel.store.task(task).and_then(|task| task.node_id);
    let is_reached = node.is_some_and(|node| can_talk(swarm, to, node));
    if is_reached && runs(swarm, task) {
        Answer::Served(task)
    } else {
        Answer::TimedOut
    }
}

fn can_talk(swarm: &Swarm, a: NodeId, b: NodeId) -> bool {
    let is_up = |node| swarm.is_up(node) && !swarm.is_frozen(node);
    is_up(a) && is_up(b) && (a == b || swarm.kernel.network.connects(a, b))
}

fn runs(swarm: &Swarm, task: TaskId) -> bool {
    let container = swarm.container(task);
    container.is_some_and(|container| container.runs_at(swarm.kernel.now))
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
fn published(swarm: &Swarm, port: u32) -> Option<ServiceId> {
    let mut services = swarm.kernel.store.services();
    let found = services.find(|service| {
        let mut ports = service.endpoint.iter().flat_map(|endpoint| &endpoint.ports);
        ports.any(|own| {
            own.publish_mode == PublishMode::Ingress
                && own.protocol == PortProtocol::Tcp
                && own.published_port == port
        })
    });
    found.map(|service| service.id)
}

/// When a node hears what of the backends of a service, in order of time.
fn news_of(swarm: &Swarm, at: NodeId, service: ServiceId) -> Vec<(SimTime, News, TaskId)> {
    let nodes = swarm.kernel.store.node_count();
    let mut news = Vec::new();
    for task in swarm.kernel.store.tasks_of_service(service) {
        let (Some(container), Some(node)) = (swarm.container(task.id), task.node_id) else {
            continue;
        };
        let Some(serves_at) = container.serves_from() else {
            continue;
        };
        let delay_ns = if node == at {
            0
        } else {
            gossip_ns(swarm.kernel.settings.seed, nodes, at, task.id)
        };
        news.push((serves_at + delay_ns, News::Added, task.id));
        if let Some(leaves_at) = container.leaves_at {
            news.push((leaves_at + delay_ns, News::Closed, task.id));
        }
        if let Some((ends_at, _)) = container.end {
            let is_silent = node != at && !swarm.is_up(node);
            let delay_ns = if is_silent { SILENCE_NS } else { delay_ns };
            news.push((ends_at + delay_ns, News::Removed, task.id));
        }
    }
    news.sort_unstable();
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

/// Whether a task has been heard of by a moment, and not that it is gone.
fn is_known(news: &[(SimTime, News, TaskId)], task: TaskId, now: SimTime) -> bool {
    let past = news.iter().filter(|(at, ..)| *at <= now);
    let mut own = past.filter(|(_, _, other)| *other == task).peekable();
    own.peek().is_some() && own.all(|(_, what, _)| *what != News::Removed)
}

/// Brings a table up to date. Backends of which nothing is heard any more are gone.
fn refresh(table: &mut Table, news: &[(SimTime, News, TaskId)], now: SimTime) {
    let past = || news.iter().filter(|(at, ..)| *at <= now);
    let forgotten: Vec<TaskId> = table
        .tasks()
        .filter(|&task| news.iter().all(|(_, _, other)| *other != task))
        .collect();
    for task in forgotten {
        table.remove(task);
    }
    for &(_, what, task) in past() {
        match what {
            News::Added if is_known(news, task, now) => table.add(task),
            News::Added => {}
            News::Closed => table.close(task),
            News::Removed => table.remove(task),
        }
    }
}
