//! A task that answers requests: how many it works on, and how many wait.
//!
//! A process works on `capacity` requests at once, each for the same time, in the order in which
//! they come; so it is known when each will be done, unless the process goes away before.

use crate::collections::VecDeque;
use std::sync::Arc;

use super::door::Ways;
use crate::agent::{Reception, image_of};
use crate::ids::{NodeId, TaskId};
use crate::mesh::Fact;
use crate::swarm::Swarm;
use crate::time::{MILLISECOND, SimTime};

/// How long a process works on a request if its image says nothing.
const SERVICE_NS: u64 = 10 * MILLISECOND;
/// So many connections wait at a process (the kernel's `somaxconn`); more are not noticed.
const BACKLOG: usize = 4_096;
/// A process without a limit of its own works on no more requests at once.
const CAPACITY_MAX: u32 = 1 << 20;

/// A task that answers.
#[derive(Clone, Debug)]
pub(super) struct Backend {
    pub(super) task: TaskId,
    /// What people call it.
    pub(super) name: Arc<str>,
    pub(super) node: NodeId,
    pub(super) reception: Reception,
    /// Whether its node has power.
    pub(super) is_up: bool,
    service_ns: u64,
    capacity: u32,
    /// What it works on and what waits there, in the order in which it will be done.
    pub(super) requests: VecDeque<Request>,
    /// It has lost its requests, and will have no others.
    pub(super) is_cut: bool,
    /// How many requests of each client it has answered in the present interval.
    pub(super) answered: Vec<u64>,
}

/// A request at a process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// When it will be done.
    pub(super) done_ns: u64,
    /// When the client sent it for the first time.
    pub(super) first_ns: u64,
    /// When this attempt began.
    pub(super) began_ns: u64,
    /// What the network adds to the time that the client waits.
    pub(super) network_ns: u64,
    pub(super) client: u32,
    pub(super) door: u32,
    pub(super) attempt: u32,
    /// Nobody waits for the answer any more.
    pub(super) is_abandoned: bool,
}

/// How a process takes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It will have answered then.
    DoneAt(u64),
    /// Nobody listens.
    Refused,
    /// Nobody answers.
    Silent,
}

impl Backend {
    pub(super) fn of(swarm: &Swarm, fact: &Fact, clients: usize) -> Self {
        let task = swarm.kernel.store.task(fact.task);
        let image = task.and_then(|task| image_of(&swarm.kernel.settings, &task.spec));
        let serving = image.map(|image| &image.serving);
        let node = swarm.kernel.store.node(fact.node);
        let hostname = node.map_or("", |node| node.hostname());
        let service_time = serving.and_then(|serving| {
            let own = serving.service_time_on.get(hostname).copied();
            own.or(serving.service_time)
        });
        Self {
            task: fact.task,
            name: task
                .map_or_else(String::new, |task| {
                    let service = task
                        .service_id
                        .and_then(|id| swarm.kernel.store.service(id));
                    task.name_in(service.map(AsRef::as_ref), node.map(AsRef::as_ref))
                })
                .into(),
            node: fact.node,
            reception: fact.reception,
            is_up: fact.is_up,
            service_ns: service_time.map_or(SERVICE_NS, |time| time.0),
            capacity: serving
                .and_then(|serving| serving.capacity)
                .map_or(CAPACITY_MAX, |capacity| capacity.clamp(1, CAPACITY_MAX)),
            requests: VecDeque::new(),
            is_cut: false,
            answered: vec![0; clients],
        }
    }

    /// Whether its process runs.
    pub(super) fn runs_at(&self, now_ns: u64) -> bool {
        let (now, reception) = (SimTime(now_ns), &self.reception);
        reception.starts_at <= now && now < reception.ends_at
    }

    /// Whether its process takes connections.
    pub(super) fn listens_at(&self, now_ns: u64) -> bool {
        let (now, reception) = (SimTime(now_ns), &self.reception);
        reception.listens_at <= now && now < reception.closes_at
    }

    /// Whether it keeps a connection that it took before.
    pub(super) fn keeps_at(&self, now_ns: u64) -> bool {
        SimTime(now_ns) < self.reception.closes_at
    }

    /// Takes a connection, or does not.
    #[inline]
    pub(super) fn knock(&self, now_ns: u64) -> Taken {
        if self.listens_at(now_ns) {
            self.queue(now_ns)
        } else if SimTime(now_ns) < self.reception.ends_at {
            Taken::Refused
        } else {
            Taken::Silent
        }
    }

    /// When a request that comes now will be done.
    #[inline]
    pub(super) fn queue(&self, now_ns: u64) -> Taken {
        let (count, capacity) = (self.requests.len(), self.capacity as usize);
        let begins_ns = match count.checked_sub(capacity) {
            None => now_ns,
            Some(place) if place >= BACKLOG => return Taken::Silent,
            Some(place) => {
                let before = self.requests.get(place);
                before.map_or(now_ns, |before| before.done_ns.max(now_ns))
            }
        };
        Taken::DoneAt(begins_ns.saturating_add(self.service_ns))
    }

    /// Those of its requests whose answers cannot reach the client any more, because something in
    /// between is gone.
    pub(super) fn lost<'b>(&'b mut self, ways: &Ways<'_>) -> Vec<&'b mut Request> {
        let (node, is_up) = (self.node, self.is_up);
        let requests = self.requests.iter_mut();
        requests
            .filter(|request| !request.is_abandoned)
            .filter(|request| !is_up || !ways.is_whole(request.door, node))
            .collect()
    }
}
