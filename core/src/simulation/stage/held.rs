//! Lines that are typed while no manager can answer them, and what becomes of them.
//!
//! Upstream: `manager/state/raft/raft.go` LeaderConn and `protobuf/plugin/raftproxy`; moby
//! `daemon/cluster` (20 s for every call). A manager hands a call on to the leader. Without one it
//! looks for it once a second, unless it has not known any for more than ten ticks: then it refuses
//! at once. A leader without majority answers questions, and what would write waits for the
//! majority.

use super::Stage;
use crate::docker::Outcome;
use crate::docker::run::{self, Needs};
use crate::ids::NodeId;
use crate::kernel::Event;
use crate::raft::{MemberId, Process, Role};
use crate::time::{SECOND, SimTime};

/// How long the engine waits for an answer of the managers.
const CALL_TIMEOUT_NS: u64 = 20 * SECOND;
/// How often a manager looks for a leader.
const LOOK_NS: u64 = SECOND;
const NO_LEADER: &str = "rpc error: code = Unknown desc = The swarm does not have a leader. It's \
     possible that too few managers are online. Make sure more than half of the managers are \
     online.";
const LOST_LEADER: &str = "rpc error: code = Unknown desc = raft: failed to process the request: \
     node lost leader status";
const TOO_LATE: &str = "rpc error: code = DeadlineExceeded desc = context deadline exceeded";

/// A line that waits for a manager.
#[derive(Clone, Debug)]
pub(super) struct Held {
    node: NodeId,
    line: String,
    started_at: SimTime,
    /// The leader whose majority it waits for.
    stuck_at: Option<MemberId>,
    looks_at: Option<SimTime>,
}

/// What can be done with a line at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Route {
    /// It can be run.
    Run,
    /// A leader that was replaced and does not know it answers.
    RunOnCopy(MemberId),
    /// It is refused.
    Refuse(&'static str),
    /// A leader has to find its majority first.
    Stuck(MemberId),
    /// A leader has to be found.
    Wait,
}

impl Stage {
    /// Runs a line as soon as it can be run.
    pub(super) fn try_line(&mut self, process: u32, node: NodeId, line: &str) {
        let started_at = self.swarm.kernel.now;
        let mut held = Held {
            node,
            line: line.to_owned(),
            started_at,
            stuck_at: None,
            looks_at: None,
        };
        match self.route(&held, true) {
            route @ (Route::Run | Route::RunOnCopy(_) | Route::Refuse(_)) => {
                self.finish_line(process, &held, &route);
                return;
            }
            Route::Stuck(member) => held.stuck_at = Some(member),
            Route::Wait => {}
        }
        let stuck_at = held.stuck_at;
        self.held.insert(process, held);
        if let Some(member) = stuck_at {
            self.swarm.hold_write(member, u64::from(process));
        }
        let at = started_at + CALL_TIMEOUT_NS;
        let event = Event::PollProcess { process };
        self.swarm.kernel.queue.push(at, event);
    }

    fn route(&self, held: &Held, is_first: bool) -> Route {
        let kernel = &self.swarm.kernel;
        let raft = &kernel.raft;
        // A locked engine refuses by itself.
        if raft.awaited_key(held.node).is_some() || kernel.expired.contains_key(&held.node) {
            return Route::Run;
        }
        if self.swarm.is_frozen(held.node) {
            return Route::Wait;
        }
        let needs = run::needs(&held.line);
        let own = match raft.member_on(held.node) {
            Some(own) if needs != Needs::Nothing => own,
            _ => return Route::Run,
        };
        let Some(seat) = raft.seat_of(own) else {
            return Route::Run;
        };
        let leader = seat.member.leader.filter(|&leader| {
            let seat = raft.seat_of(leader);
            seat.is_some_and(|seat| {
                seat.process == Process::Runs
                    && seat.member.role == Role::Leader
                    && (leader == own || raft.connects(own, leader))
            })
        });
        let Some(leader) = leader else {
            let now = kernel.now;
            return if is_first && raft.has_lost_quorum(own, now) {
                Route::Refuse(NO_LEADER)
            } else {
                Route::Wait
            };
        };
        let is_acting = self.swarm.acting() == Some(leader);
        if is_acting && self.swarm.can_act() {
            return Route::Run;
        }
        match needs {
            _ if !is_acting && self.swarm.copy_of(leader).is_none() => Route::Wait,
            Needs::Answer if is_acting => Route::Run,
            Needs::Answer => Route::RunOnCopy(leader),
            _ => Route::Stuck(leader),
        }
    }

    fn finish_line(&mut self, process: u32, held: &Held, route: &Route) {
        match *route {
            Route::RunOnCopy(member) => {
                let Some(mut copy) = self.swarm.copy_of(member).cloned() else {
                    return;
                };
                std::mem::swap(&mut self.swarm.kernel.store, &mut copy);
                self.swarm.kernel.raft.ask(Some(member));
                let execution = run::run_line(&mut self.swarm, held.node, &held.line);
                self.swarm.kernel.raft.ask(None);
                std::mem::swap(&mut self.swarm.kernel.store, &mut copy);
                let (run::Execution::Ended(outcome)
                | run::Execution::Waits(outcome, _)
                | run::Execution::Then(outcome, _)) = execution;
                self.end(process, &outcome);
            }
            Route::Refuse(why) => {
                let outcome = run::unavailable(&held.line, why);
                self.end(process, &outcome);
            }
            Route::Run | Route::Stuck(_) | Route::Wait => {
                self.run_line(process, held.node, &held.line);
            }
        }
    }

    /// Looks at all lines that wait for a manager.
    pub(super) fn poll_held(&mut self) {
        for number in self.swarm.take_written() {
            // A write that nobody waits for any more is carried out all the same.
            let process = u32::try_from(number).unwrap_or(u32::MAX);
            if let Some(held) = self.held.remove(&process) {
                self.lost_lines.remove(&process);
                self.run_line(process, held.node, &held.line);
            } else if let Some((node, line)) = self.lost_lines.remove(&process) {
                run::run_line(&mut self.swarm, node, &line);
                self.swarm.settle();
            }
        }
        let waiting: Vec<u32> = self.held.keys().copied().collect();
        for process in waiting {
            self.poll_line(process);
        }
    }

    fn poll_line(&mut self, process: u32) {
        let Some(held) = self.held.get(&process).cloned() else {
            return;
        };
        let now = self.swarm.kernel.now;
        let is_frozen = self.swarm.is_frozen(held.node);
        if now.since(held.started_at) >= CALL_TIMEOUT_NS && !is_frozen {
            return self.give_up(process, &held, TOO_LATE);
        }
        let route = self.route(&held, false);
        if let Some(member) = held.stuck_at {
            let seat = self.swarm.kernel.raft.seat_of(member);
            let leads = seat.is_some_and(|seat| seat.member.role == Role::Leader);
            if !leads {
                return self.give_up(process, &held, LOST_LEADER);
            }
            if route == Route::Run {
                self.held.remove(&process);
                self.finish_line(process, &held, &route);
            }
            return;
        }
        if route == Route::Wait {
            return;
        }
        let elapsed_ns = now.since(held.started_at);
        if !elapsed_ns.is_multiple_of(LOOK_NS) {
            let at = held.started_at + elapsed_ns.div_ceil(LOOK_NS) * LOOK_NS;
            if held.looks_at != Some(at) {
                if let Some(held) = self.held.get_mut(&process) {
                    held.looks_at = Some(at);
                }
                let event = Event::PollProcess { process };
                self.swarm.kernel.queue.push(at, event);
            }
            return;
        }
        if let Route::Stuck(member) = route {
            if let Some(held) = self.held.get_mut(&process) {
                held.stuck_at = Some(member);
            }
            self.swarm.hold_write(member, u64::from(process));
            return;
        }
        self.held.remove(&process);
        self.finish_line(process, &held, &route);
    }

    fn give_up(&mut self, process: u32, held: &Held, why: &str) {
        self.held.remove(&process);
        if held.stuck_at.is_some() {
            let line = (held.node, held.line.clone());
            self.lost_lines.insert(process, line);
        }
        let outcome = run::unavailable(&held.line, why);
        self.end(process, &outcome);
    }

    /// A machine loses its power, and the lines with it that were typed there.
    pub(super) fn lose_lines(&mut self, node: NodeId) {
        let held = self.held.iter().filter(|(_, held)| held.node == node);
        let mut lost: Vec<u32> = held.map(|(&process, _)| process).collect();
        let terminals = self.terminals.iter();
        let terminals = terminals.filter(|(_, terminal)| terminal.node == node);
        lost.extend(terminals.map(|(&process, _)| process));
        for process in lost {
            self.held.remove(&process);
            self.terminals.remove(&process);
            let outcome = Outcome::default().with_exit_code(255);
            self.end(process, &outcome);
        }
    }
}
