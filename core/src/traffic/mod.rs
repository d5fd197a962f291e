//! Traffic: clients that send requests to services, and what becomes of the requests.
//!
//! Upstream: the kernel's IPVS and TCP, as far as a client notices them, over the tables of
//! [`crate::mesh`]. A request is no event. Between two changes of the cluster everything is known
//! that decides about requests, so those that come between them are played in one go, in order of
//! time, right before the later change: what is sent, who takes it, when it will be done. Only a
//! process that goes away takes back what it had promised. The numbers of each second go into the
//! trace, single requests do not.
//!
//! A connection that nobody answers is tried again by the kernel after 1, 3, 7, ... seconds, with
//! another backend if the first is known to be gone by then; the client gives up when its time is
//! over. The handshake and the answer cost two times the way there and back, one over a connection
//! that is kept.
//!
//! Left out: service times that vary, bandwidth, UDP, answers that are still on their way when the
//! network is cut and healed again.

mod arrivals;
mod backend;
mod client;
mod door;
mod histogram;
mod look;
mod sums;

pub use histogram::Histogram;
pub use sums::{Counts, INTERVAL_NS, Interval, Outcome, Sums};

use crate::collections::BTreeMap;
use std::sync::Arc;

use crate::ids::{NodeId, TaskId};
use crate::kernel::{Kernel, What};
use crate::mesh::Mesh;
use crate::network::Network;
use crate::scenario::{Client as Setup, Duration, Target};
use crate::swarm::Swarm;
use crate::time::{SECOND, SimTime};
use backend::{Backend, Request, Taken};
use client::{Client, Connection};
use door::{Around, Destination, Door, Leads, Ways};

/// So often the kernel tries to open a connection again (`tcp_syn_retries`).
const SYN_RETRIES: u32 = 6;

/// All clients, and everybody who answers them.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    clients: Vec<Client>,
    destinations: Vec<Destination>,
    doors: Vec<Door>,
    door_numbers: BTreeMap<(NodeId, u32), u32>,
    backends: Vec<Backend>,
    numbers: BTreeMap<TaskId, u32>,
    /// The backends that still matter.
    live: Vec<u32>,
    /// Attempts that are made later, in order of time and then of promise.
    later: BTreeMap<(u64, u64), (Deed, Shot)>,
    promised: u64,
    /// Everything before is played.
    now_ns: u64,
    /// When the present interval began.
    interval_ns: u64,
    /// Something may have changed since the swarm was looked at.
    is_stale: bool,
    network_changes: Option<u64>,
    node_count: usize,
    seed: u64,
}

/// One attempt to have a request answered.
#[derive(Clone, Copy, Debug)]
struct Shot {
    client: u32,
    /// When the request was sent for the first time.
    first_ns: u64,
    /// When this attempt began.
    began_ns: u64,
    attempt: u32,
    /// How often the kernel has tried to open the connection.
    knocks: u32,
    /// Where, if that is settled.
    door: Option<u32>,
    backend: Option<u32>,
}

/// What happens later.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// The client tries again.
    Send,
    /// The kernel tries again.
    Knock,
    /// The client's time is over.
    Expire,
}

/// What requests pass through.
struct Plant<'a> {
    mesh: &'a mut Mesh,
    network: &'a Network,
}

impl Traffic {
    /// The clients of a scenario, at its beginning.
    pub(crate) fn new(setups: &[Setup], seed: u64) -> Self {
        let mut traffic = Self {
            is_stale: true,
            seed,
            ..Self::default()
        };
        for setup in setups {
            let target = match &setup.target {
                Target::Port { port, .. } => Target::Port {
                    port: *port,
                    nodes: Vec::new(),
                },
                Target::Name { service, .. } => Target::Name {
                    service: service.clone(),
                    on: String::new(),
                    remembers: Duration(0),
                },
            };
            let known = traffic.destinations.iter();
            let place = known.zip(0..).find(|(known, _)| known.target == target);
            let number = match place {
                Some((_, number)) => number,
                None => {
                    traffic.destinations.push(Destination::new(target));
                    u32::try_from(traffic.destinations.len() - 1).unwrap_or(0)
                }
            };
            traffic.clients.push(Client::of(setup, number, seed));
        }
        traffic
    }

    /// The swarm may not be any more what it was.
    pub(crate) fn note_change(&mut self) {
        self.is_stale = true;
    }

    /// When the present second of traffic is over, if there is traffic.
    pub(crate) fn next_at(&self) -> Option<SimTime> {
        let after = |ns: u64| SimTime((ns / INTERVAL_NS + 1).saturating_mul(INTERVAL_NS));
        if self.is_busy() {
            return Some(after(self.now_ns));
        }
        let arrivals = self.clients.iter().filter_map(|it| it.arrivals.next());
        arrivals.min().map(after)
    }

    /// When the last client ends.
    pub(crate) fn ends_at(&self) -> SimTime {
        let ends = self.clients.iter().map(|client| client.setup.until);
        ends.max().unwrap_or(SimTime::ZERO)
    }

    /// The clients with everything that has become of their requests, in the order of the
    /// scenario.
    pub fn sums(&self) -> impl Iterator<Item = (&str, Sums)> {
        let clients = self.clients.iter().zip(0..);
        clients.map(|(client, number)| {
            let mut sums = client.sums.clone();
            let (from, node_of) = (SimTime(self.interval_ns), |door| self.node_of(door));
            let mut interval = client.clone().close(number, from, node_of);
            interval.tasks = answered(&self.backends, number);
            sums.add(&interval);
            (client.setup.name.as_str(), sums)
        })
    }

    /// What a task is called that has answered requests; empty for any other.
    pub fn task_name(&self, task: TaskId) -> &str {
        let number = self.numbers.get(&task);
        number.map_or("", |&number| &self.backends[number as usize].name)
    }

    fn node_of(&self, door: u32) -> NodeId {
        self.doors[door as usize].node
    }

    /// Whether a request is on its way, or something is left to tell.
    fn is_busy(&self) -> bool {
        let waits = |backend: &Backend| backend.requests.iter().any(|it| !it.is_abandoned);
        let mut live = self.live.iter();
        !self.later.is_empty()
            || self.clients.iter().any(Client::has_news)
            || live.any(|&backend| waits(&self.backends[backend as usize]))
    }

    /// Plays everything before a moment.
    fn go(&mut self, swarm: &mut Swarm, to_ns: u64) {
        if to_ns <= self.now_ns {
            return;
        }
        if std::mem::take(&mut self.is_stale) {
            self.look(swarm);
        }
        if !self.is_busy() {
            let arrivals = self.clients.iter().filter_map(|it| it.arrivals.next());
            let checks = self.clients.iter().map(|client| client.check_at_ns);
            if arrivals.chain(checks).all(|at| at >= to_ns) {
                self.now_ns = to_ns;
                self.interval_ns = to_ns / INTERVAL_NS * INTERVAL_NS;
                return;
            }
            self.interval_ns = self
                .interval_ns
                .max(self.now_ns / INTERVAL_NS * INTERVAL_NS);
        }
        let Swarm { kernel, mesh, .. } = swarm;
        loop {
            let interval_end_ns = (self.interval_ns / INTERVAL_NS + 1) * INTERVAL_NS;
            let checks = self.clients.iter().map(|client| client.check_at_ns);
            let check_ns = checks.min().unwrap_or(u64::MAX).max(self.now_ns);
            let mark_ns = interval_end_ns.min(check_ns).min(self.next_cut_ns());
            let limit_ns = mark_ns.min(to_ns);
            let mut plant = Plant {
                mesh: &mut *mesh,
                network: &kernel.network,
            };
            self.send_until(limit_ns, &mut plant);
            self.now_ns = limit_ns;
            if mark_ns > to_ns {
                break;
            }
            self.cut_those_due(plant.network);
            if check_ns <= mark_ns {
                self.check_doors(&mut plant);
            }
            if interval_end_ns == mark_ns {
                self.close(kernel);
            }
        }
        self.settle_all();
    }

    /// Sends everything before a moment.
    fn send_until(&mut self, limit_ns: u64, plant: &mut Plant<'_>) {
        loop {
            let mut earliest_ns = limit_ns;
            let mut sender = None;
            for (client, number) in self.clients.iter().zip(0_u32..) {
                if let Some(at_ns) = client.arrivals.next()
                    && at_ns < earliest_ns
                {
                    (earliest_ns, sender) = (at_ns, Some(number));
                }
            }
            let is_due =
                |((at_ns, _), _): (&(u64, u64), _)| *at_ns <= earliest_ns && *at_ns < limit_ns;
            if self.later.first_key_value().is_some_and(is_due)
                && let Some(((at_ns, _), (deed, shot))) = self.later.pop_first()
            {
                match deed {
                    Deed::Send | Deed::Knock => self.attempt(shot, at_ns, plant),
                    Deed::Expire => self.fail(&shot, Outcome::TimedOut, at_ns),
                }
                continue;
            }
            let Some(number) = sender else {
                return;
            };
            let client = &mut self.clients[number as usize];
            client.arrivals.advance();
            if !client.is_up {
                continue;
            }
            client.counts.sent += 1;
            let shot = Shot {
                client: number,
                first_ns: earliest_ns,
                began_ns: earliest_ns,
                attempt: 0,
                knocks: 0,
                door: None,
                backend: None,
            };
            self.attempt(shot, earliest_ns, plant);
        }
    }

    /// Tries to have a request answered.
    fn attempt(&mut self, mut shot: Shot, now_ns: u64, plant: &mut Plant<'_>) {
        let mut slot = None;
        let client = &mut self.clients[shot.client as usize];
        if !client.connections.is_empty() && shot.knocks == 0 {
            let place = client.next_connection as usize;
            client.next_connection =
                u32::try_from((place + 1) % client.connections.len()).unwrap_or(0);
            slot = Some(place);
            if let Some(kept) = client.connections[place]
                && self.reuse(&shot, kept, place, now_ns, plant)
            {
                return;
            }
        }
        let client = &mut self.clients[shot.client as usize];
        let mut entrance = 0;
        let number = match shot.door {
            Some(number) => number,
            None => {
                let Some(place) = client.next_door() else {
                    return self.fail(&shot, Outcome::Refused, now_ns);
                };
                client.entered[place] += 1;
                entrance = place;
                client.doors[place]
            }
        };
        shot.door = Some(number);
        if !self.doors[number as usize].is_reached {
            return self.knock_later(shot, now_ns);
        }
        match self.lead(&shot, number, now_ns, plant) {
            Leads::Refused => self.fail(&shot, Outcome::Refused, now_ns),
            Leads::Nameless => self.fail(&shot, Outcome::Unresolved, now_ns),
            Leads::To(way) => {
                shot.backend = Some(way.backend);
                let Some(far_ns) = way.far_ns else {
                    return self.knock_later(shot, now_ns);
                };
                settle(
                    &mut self.backends[way.backend as usize],
                    &mut self.clients,
                    now_ns,
                );
                match self.backends[way.backend as usize].knock(now_ns) {
                    Taken::Refused => self.fail(&shot, Outcome::Refused, now_ns),
                    Taken::Silent => self.knock_later(shot, now_ns),
                    Taken::DoneAt(done_ns) => {
                        if let Some(slot) = slot {
                            let kept = Connection {
                                door: number,
                                place: entrance,
                                way,
                            };
                            self.clients[shot.client as usize].connections[slot] = Some(kept);
                        }
                        self.accept(
                            &shot,
                            way.backend,
                            number,
                            done_ns,
                            far_ns.saturating_mul(4),
                        );
                    }
                }
            }
        }
    }

    /// Where a node sends a connection.
    fn lead(&mut self, shot: &Shot, number: u32, now_ns: u64, plant: &mut Plant<'_>) -> Leads {
        let door = &mut self.doors[number as usize];
        let mut around = Around {
            mesh: &mut *plant.mesh,
            network: plant.network,
            node_count: self.node_count,
            seed: self.seed,
            destinations: &self.destinations,
            backends: &self.backends,
            numbers: &self.numbers,
        };
        if door.is_old(now_ns, around.destinations) {
            door.refresh(now_ns, &mut around);
        }
        let client = &mut self.clients[shot.client as usize];
        if let Some((until_ns, way)) = client.remembered
            && now_ns < until_ns
        {
            return Leads::To(door.way_to(way.backend, &around));
        }
        let is_rotating = self.destinations[client.destination as usize].is_rotating;
        // Who has an address keeps it; who balances looks for another when a row is gone.
        if let Some(backend) = shot.backend
            && (is_rotating || door.knows(self.backends[backend as usize].task, around.mesh))
        {
            return Leads::To(door.way_to(backend, &around));
        }
        let leads = door.open(now_ns, &mut around);
        if let (Leads::To(way), Target::Name { remembers, .. }) = (leads, &client.setup.target)
            && is_rotating
        {
            client.remembered = Some((now_ns.saturating_add(remembers.0), way));
        }
        leads
    }

    /// Sends a request over a connection that is kept. False if it is not usable any more.
    fn reuse(
        &mut self,
        shot: &Shot,
        kept: Connection,
        place: usize,
        now_ns: u64,
        plant: &Plant<'_>,
    ) -> bool {
        let Connection { door, way, .. } = kept;
        settle(
            &mut self.backends[way.backend as usize],
            &mut self.clients,
            now_ns,
        );
        let backend = &self.backends[way.backend as usize];
        let ways = Ways {
            doors: &self.doors,
            network: plant.network,
        };
        let is_whole = backend.is_up && ways.is_whole(door, backend.node);
        let connection = &mut self.clients[shot.client as usize].connections[place];
        if !is_whole {
            // Nobody says that it is broken: the request waits for an answer in vain.
            *connection = None;
            self.expire_later(*shot);
            return true;
        }
        if !backend.keeps_at(now_ns) {
            *connection = None;
            return false;
        }
        let taken = backend.queue(now_ns);
        self.clients[shot.client as usize].reenter(kept);
        match (taken, way.far_ns) {
            (Taken::DoneAt(done_ns), Some(far_ns)) => {
                self.accept(shot, way.backend, door, done_ns, far_ns.saturating_mul(2));
            }
            _ => self.expire_later(*shot),
        }
        true
    }

    /// A process has taken a request, and will be done with it.
    fn accept(&mut self, shot: &Shot, backend: u32, door: u32, done_ns: u64, network_ns: u64) {
        let timeout_ns = self.clients[shot.client as usize].setup.timeout.0;
        let answered_ns = done_ns.saturating_add(network_ns);
        let is_abandoned = answered_ns - shot.began_ns > timeout_ns;
        self.backends[backend as usize].requests.push_back(Request {
            done_ns,
            first_ns: shot.first_ns,
            began_ns: shot.began_ns,
            network_ns,
            client: shot.client,
            door,
            attempt: shot.attempt,
            is_abandoned,
        });
        if is_abandoned {
            self.expire_later(*shot);
        }
    }

    /// An attempt has failed.
    fn fail(&mut self, shot: &Shot, outcome: Outcome, now_ns: u64) {
        let client = &mut self.clients[shot.client as usize];
        if shot.attempt >= client.setup.retries {
            return client.counts.count(outcome);
        }
        client.counts.retried += 1;
        let again_ns = now_ns.saturating_add(client.setup.retry_after.0);
        let again = Shot {
            began_ns: again_ns,
            attempt: shot.attempt + 1,
            knocks: 0,
            door: None,
            backend: None,
            ..*shot
        };
        self.promise(again_ns, Deed::Send, again);
    }

    /// Nobody answers: the kernel tries again later, or the client gives up.
    fn knock_later(&mut self, mut shot: Shot, now_ns: u64) {
        let timeout_ns = self.clients[shot.client as usize].setup.timeout.0;
        let deadline_ns = shot.began_ns.saturating_add(timeout_ns);
        let next_ns = now_ns.saturating_add(SECOND << shot.knocks.min(SYN_RETRIES));
        if shot.knocks >= SYN_RETRIES || next_ns >= deadline_ns {
            return self.expire_later(shot);
        }
        shot.knocks += 1;
        self.promise(next_ns, Deed::Knock, shot);
    }

    fn expire_later(&mut self, shot: Shot) {
        let timeout_ns = self.clients[shot.client as usize].setup.timeout.0;
        let deadline_ns = shot.began_ns.saturating_add(timeout_ns);
        self.promise(deadline_ns.max(self.now_ns), Deed::Expire, shot);
    }

    fn promise(&mut self, at_ns: u64, deed: Deed, shot: Shot) {
        self.later.insert((at_ns, self.promised), (deed, shot));
        self.promised += 1;
    }

    /// When the next process loses its requests.
    fn next_cut_ns(&self) -> u64 {
        let live = self.live.iter().map(|&it| &self.backends[it as usize]);
        let cuts = live.filter(|backend| !backend.is_cut);
        let cuts = cuts.map(|backend| backend.reception.cuts_at.0);
        cuts.min().unwrap_or(u64::MAX).max(self.now_ns)
    }

    /// Processes that end take their requests with them.
    fn cut_those_due(&mut self, network: &Network) {
        for index in 0..self.live.len() {
            let number = self.live[index] as usize;
            let backend = &mut self.backends[number];
            if backend.is_cut || backend.reception.cuts_at.0 > self.now_ns {
                continue;
            }
            settle(backend, &mut self.clients, self.now_ns);
            backend.is_cut = true;
            for request in std::mem::take(&mut backend.requests) {
                if request.is_abandoned {
                    continue;
                }
                let backend = &self.backends[number];
                let ways = Ways {
                    doors: &self.doors,
                    network,
                };
                let is_told = backend.is_up && ways.is_whole(request.door, backend.node);
                let shot = Shot::again(&request);
                if is_told {
                    self.fail(&shot, Outcome::Reset, self.now_ns);
                } else {
                    self.expire_later(shot);
                }
            }
        }
    }

    /// Requests whose answers cannot come back any more are waited for in vain.
    fn lose_ways(&mut self, network: &Network) {
        let mut lost = Vec::new();
        for &number in &self.live {
            let backend = &mut self.backends[number as usize];
            let ways = Ways {
                doors: &self.doors,
                network,
            };
            for request in backend.lost(&ways) {
                request.is_abandoned = true;
                lost.push(Shot::again(request));
            }
        }
        for shot in lost {
            self.expire_later(shot);
        }
    }

    /// Load balancers outside ask their nodes whether they answer.
    fn check_doors(&mut self, plant: &mut Plant<'_>) {
        let mut around = Around {
            mesh: &mut *plant.mesh,
            network: plant.network,
            node_count: self.node_count,
            seed: self.seed,
            destinations: &self.destinations,
            backends: &self.backends,
            numbers: &self.numbers,
        };
        for client in &mut self.clients {
            if client.check_at_ns > self.now_ns {
                continue;
            }
            for (&door, passed_over) in client.doors.iter().zip(&mut client.passed_over) {
                let door = &mut self.doors[door as usize];
                *passed_over = !door.answers(self.now_ns, &mut around);
            }
            client.plan_check();
        }
    }

    /// Tells what became of the requests of the interval.
    fn close(&mut self, kernel: &mut Kernel) {
        self.settle_all();
        let doors = &self.doors;
        for (client, number) in self.clients.iter_mut().zip(0..) {
            if !client.has_news() {
                continue;
            }
            let node_of = |door: u32| doors[door as usize].node;
            let mut interval = client.close(number, SimTime(self.interval_ns), node_of);
            interval.tasks = answered(&self.backends, number);
            client.sums.add(&interval);
            let record = What::Traffic(Arc::new(interval));
            kernel.trace.record(SimTime(self.now_ns), record);
        }
        for backend in &mut self.backends {
            backend.answered.fill(0);
        }
        self.interval_ns = self.now_ns;
        let backends = &self.backends;
        self.live.retain(|&number| {
            let backend = &backends[number as usize];
            !backend.is_cut || !backend.requests.is_empty()
        });
    }

    fn settle_all(&mut self) {
        for &number in &self.live {
            settle(
                &mut self.backends[number as usize],
                &mut self.clients,
                self.now_ns,
            );
        }
    }
}

impl Shot {
    /// The attempt of which a request came.
    fn again(request: &Request) -> Self {
        Self {
            client: request.client,
            first_ns: request.first_ns,
            began_ns: request.began_ns,
            attempt: request.attempt,
            knocks: 0,
            door: None,
            backend: None,
        }
    }
}

/// How many requests of a client each task has answered in the present interval.
fn answered(backends: &[Backend], client: u32) -> Vec<(TaskId, NodeId, u64)> {
    let mut tasks: Vec<(TaskId, NodeId, u64)> = backends
        .iter()
        .map(|it| (it.task, it.node, it.answered[client as usize]))
        .filter(|(.., count)| *count > 0)
        .collect();
    tasks.sort_unstable();
    tasks
}

/// What a backend has done up to a moment is answered.
#[inline]
fn settle(backend: &mut Backend, clients: &mut [Client], now_ns: u64) {
    while let Some(request) = backend.requests.front()
        && request.done_ns <= now_ns
    {
        if !request.is_abandoned {
            let client = &mut clients[request.client as usize];
            let answered_ns = request.done_ns.saturating_add(request.network_ns);
            client.counts.count(Outcome::Ok);
            client.latencies.add(answered_ns - request.first_ns);
            backend.answered[request.client as usize] += 1;
        }
        backend.requests.pop_front();
    }
}

impl Swarm {
    /// Plays the traffic before a moment.
    pub(crate) fn play_traffic(&mut self, to: SimTime) {
        if self.traffic.clients.is_empty() {
            return;
        }
        let mut traffic = std::mem::take(&mut self.traffic);
        traffic.go(self, to.0);
        self.traffic = traffic;
    }

    /// The run is over: what is left to tell is told.
    pub(crate) fn finish_traffic(&mut self) {
        let mut traffic = std::mem::take(&mut self.traffic);
        traffic.close(&mut self.kernel);
        self.traffic = traffic;
    }
}
