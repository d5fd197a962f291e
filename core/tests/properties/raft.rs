//! What raft promises, under random crashes, partitions, frozen processes and changes of members:
//! one leader a term, nothing that was committed is lost, logs agree, and a majority that can talk
//! finds a leader.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use swarmlab_core::ids::NodeId;
use swarmlab_core::kernel::{Event, EventQueue};
use swarmlab_core::network::{Network, Partition};
use swarmlab_core::raft::{
    Group, Index, MemberId, Payload, Process, Role, Surroundings, TICK_NS, Term,
};
use swarmlab_core::rng::Stream;
use swarmlab_core::time::{DAY, MILLISECOND, SimTime};

use crate::cases;

/// A majority that can talk has a leader after this time: elections last 20 s and a few fail.
const HORIZON_NS: u64 = 180 * TICK_NS;

#[derive(Clone, Copy, Debug)]
enum Act {
    Crash(usize),
    Restart(usize),
    Freeze(usize),
    Thaw(usize),
    /// Cuts some hosts off from the others.
    Part(u32),
    PartOneWay(u32),
    Heal,
    Write,
    Transfer,
    Add,
    Remove(usize),
    Wait(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => (0..7_usize).prop_map(Act::Crash),
        3 => (0..7_usize).prop_map(Act::Restart),
        2 => (0..7_usize).prop_map(Act::Freeze),
        3 => (0..7_usize).prop_map(Act::Thaw),
        2 => (0..128_u32).prop_map(Act::Part),
        1 => (0..128_u32).prop_map(Act::PartOneWay),
        2 => Just(Act::Heal),
        6 => Just(Act::Write),
        1 => Just(Act::Transfer),
        1 => Just(Act::Add),
        1 => (0..7_usize).prop_map(Act::Remove),
        4 => (0..40_000_u64).prop_map(Act::Wait),
        2 => (0..5_u64).prop_map(Act::Wait),
    ]
}

/// A group alone, with everything it stands on.
struct Bench {
    group: Group,
    queue: EventQueue<Event>,
    stream: Stream,
    network: Network,
    now: SimTime,
    hosts: u32,
    writes: u64,
    leaders: BTreeMap<Term, MemberId>,
    committed: BTreeMap<Index, (Term, Payload)>,
    events: u64,
}

impl Bench {
    fn new(count: u32, seed: u64) -> Self {
        let mut queue = EventQueue::new();
        let mut stream = Stream::new(seed, "raft");
        let network = Network::default();
        let hosts: Vec<NodeId> = (0..count).map(NodeId).collect();
        let mut around = Surroundings {
            now: SimTime::ZERO,
            queue: &mut queue,
            stream: &mut stream,
            network: &network,
            elections: None,
        };
        let group = Group::founded(&hosts, &mut around);
        Self {
            group,
            queue,
            stream,
            network,
            now: SimTime::ZERO,
            hosts: count,
            writes: 0,
            leaders: BTreeMap::new(),
            committed: BTreeMap::new(),
            events: 0,
        }
    }

    fn with<R>(&mut self, act: impl FnOnce(&mut Group, &mut Surroundings<'_>) -> R) -> R {
        let mut around = Surroundings {
            now: self.now,
            queue: &mut self.queue,
            stream: &mut self.stream,
            network: &self.network,
            elections: None,
        };
        act(&mut self.group, &mut around)
    }

    fn host(&self, index: usize) -> NodeId {
        NodeId(u32::try_from(index).expect("small") % self.hosts)
    }

    fn side(&self, bits: u32) -> std::collections::BTreeSet<NodeId> {
        let is_in = |host: &u32| bits >> (host % 32) & 1 == 1;
        (0..self.hosts).filter(is_in).map(NodeId).collect()
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Crash(index) => {
                let host = self.host(index);
                self.with(|group, around| group.crash(host, around));
            }
            Act::Restart(index) => {
                let host = self.host(index);
                self.with(|group, around| group.restart(host, around));
            }
            Act::Freeze(index) => {
                let host = self.host(index);
                self.with(|group, around| group.freeze(host, around));
            }
            Act::Thaw(index) => {
                let host = self.host(index);
                self.with(|group, around| group.thaw(host, around));
            }
            Act::Part(bits) | Act::PartOneWay(bits) => {
                let partition = Partition {
                    from: self.side(bits),
                    to: None,
                    is_both_ways: matches!(act, Act::Part(_)),
                };
                self.network.partition("sides", partition);
                self.with(Group::on_network);
            }
            Act::Heal => {
                self.network.heal_all();
                self.with(Group::on_network);
            }
            Act::Write => {
                self.writes += 1;
                let payload = Payload::Write(self.writes);
                let leaders: Vec<MemberId> = self.leading().collect();
                for leader in leaders {
                    self.with(|group, around| group.propose(leader, payload, around));
                }
            }
            Act::Transfer => {
                if let Some(leader) = self.group.leader() {
                    self.with(|group, around| group.transfer(leader, around));
                }
            }
            Act::Add => {
                let host = NodeId(self.hosts);
                if self.hosts < 9 && self.with(|group, around| group.add(host, around)).is_some() {
                    self.hosts += 1;
                }
            }
            Act::Remove(index) => {
                let member = self.group.member_on(self.host(index));
                let now = self.now;
                if let Some(member) = member
                    && self.group.leader() != Some(member)
                    && self.group.can_remove(member, now)
                {
                    self.with(|group, around| group.remove(member, around));
                }
            }
            Act::Wait(milliseconds) => {
                let until = self.now + milliseconds * MILLISECOND;
                while self.queue.next_at().is_some_and(|at| at <= until) {
                    self.step();
                }
                self.now = until;
            }
        }
        self.check();
    }

    fn step(&mut self) {
        if let Some((at, event)) = self.queue.pop() {
            self.now = at;
            self.events += 1;
            if let Event::Raft(event) = event {
                self.with(|group, around| group.on_event(event, around));
            }
            self.check();
        }
    }

    fn leading(&self) -> impl Iterator<Item = MemberId> + '_ {
        let seats = self.group.seats();
        let leading = seats
            .filter(|(_, seat)| seat.member.role == Role::Leader && seat.process == Process::Runs);
        leading.map(|(id, _)| id)
    }

    fn check(&mut self) {
        self.group.take_news();
        for (id, seat) in self.group.seats() {
            let member = &seat.member;
            if member.role == Role::Leader {
                let first = *self.leaders.entry(member.term).or_insert(id);
                assert_eq!(first, id, "two leaders in term {}", member.term);
            }
            for index in member.log.snapshot().0 + 1..=member.commit {
                let entry = (
                    member.log.term_at(index).expect("committed entries exist"),
                    member.log.payload_at(index),
                );
                let first = *self.committed.entry(index).or_insert(entry);
                assert_eq!(first, entry, "{id} has another entry {index}");
            }
        }
        // Whoever leads knows all that was committed in earlier terms.
        for (id, seat) in self.group.seats() {
            let member = &seat.member;
            if member.role != Role::Leader {
                continue;
            }
            for (&index, &(term, _)) in &self.committed {
                if term < member.term && index > member.log.snapshot().0 {
                    assert_eq!(member.log.term_at(index), Some(term), "{id} lacks {index}");
                }
            }
        }
    }

    /// Everything works again, and time passes.
    fn repair(&mut self) {
        self.act(Act::Heal);
        for index in 0..self.hosts as usize {
            self.act(Act::Thaw(index));
            self.act(Act::Restart(index));
        }
        self.act(Act::Wait(HORIZON_NS / MILLISECOND));
    }
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn raft_keeps_its_promises(
        count in 1..8_u32,
        seed in any::<u64>(),
        acts in vec(act(), 0..80),
    ) {
        let mut bench = Bench::new(count, seed);
        for act in acts {
            bench.act(act);
        }
        bench.repair();
        let leader = bench.group.leader();
        prop_assert!(
            leader.is_some_and(|leader| bench.group.can_write(leader)),
            "no leader that can write:\n{}",
            bench.group.table(|host| host.to_string(), bench.now)
        );
        // A group in which nothing happens costs nothing.
        prop_assert!(bench.queue.is_empty(), "{:?}", bench.queue.iter().collect::<Vec<_>>());
        let index = bench.group.seat_of(leader.expect("seen")).map(|seat| seat.member.commit);
        for (_, seat) in bench.group.seats() {
            prop_assert_eq!(Some(seat.member.commit), index, "all have caught up");
        }
    }

    #[test]
    fn a_majority_elects_a_leader_within_the_horizon(
        count in 3..8_u32,
        seed in any::<u64>(),
        acts in vec(act(), 0..30),
        bits in 0..128_u32,
    ) {
        let mut bench = Bench::new(count, seed);
        for act in acts.into_iter().filter(|act| !matches!(act, Act::Remove(_) | Act::Add)) {
            bench.act(act);
        }
        bench.repair();
        let side = bench.side(bits);
        let others = count as usize - side.len();
        let majority = (side.len() != others).then_some(side.len() > others);
        bench.act(Act::Part(bits));
        bench.act(Act::Wait(HORIZON_NS / MILLISECOND));
        let writer = bench.leading().find(|&leader| bench.group.can_write(leader));
        match majority {
            Some(is_side) => {
                let host = writer.and_then(|id| bench.group.seat_of(id)).map(|seat| seat.host);
                prop_assert_eq!(host.map(|host| side.contains(&host)), Some(is_side));
            }
            None => prop_assert_eq!(writer, None),
        }
    }
}

#[test]
fn a_quiet_year_of_seven_managers_has_no_events() {
    let mut bench = Bench::new(7, 1);
    bench.act(Act::Wait(365 * DAY / MILLISECOND));
    assert_eq!(bench.events, 0);
}

/// How long the swarm is without a leader when it crashes: nobody knows before, but within this.
#[test]
fn the_gap_after_the_loss_of_the_leader_is_one_election() {
    let mut gaps = Vec::new();
    for seed in 0..200 {
        let mut bench = Bench::new(3, seed);
        bench.act(Act::Wait(1_000 + seed * 37));
        let lost_at = bench.now;
        bench.act(Act::Crash(0));
        while bench.group.leader().is_none() && bench.now.since(lost_at) < HORIZON_NS {
            bench.step();
        }
        gaps.push(bench.now.since(lost_at) / TICK_NS);
    }
    gaps.sort_unstable();
    // From 8 s on; an election that fails costs another timeout.
    assert!(gaps[0] >= 8 && gaps[199] <= 60, "{gaps:?}");
    assert!((9..=15).contains(&gaps[100]), "{gaps:?}");
}
