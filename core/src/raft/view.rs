//! What people see of raft.

use std::fmt::Write as _;

use super::group::Group;
use super::{Index, LOST_QUORUM_TICKS, MemberId, Process, Role, Term};
use crate::ids::NodeId;
use crate::time::{SECOND, SimTime};

/// A message that is not answered counts as lost after this time (`SendTimeout`).
const SEND_TIMEOUT_NS: u64 = 2 * SECOND;

/// Whether a manager reaches another one, as it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachability {
    /// Its last message was answered.
    Reachable,
    /// It was not.
    Unreachable,
}

/// How one member stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where it runs.
    pub host: NodeId,
    /// What it is, in words.
    pub role: String,
    /// The latest term that it knows.
    pub term: Term,
    /// The end of its log.
    pub last_index: Index,
    /// Up to where it knows the log to be committed.
    pub commit: Index,
    /// Whom it voted for in this term.
    pub vote: Option<NodeId>,
    /// Who leads, as far as it knows.
    pub leader: Option<NodeId>,
    /// The other members that it believes to reach.
    pub reaches: Vec<NodeId>,
}

impl Group {
    /// Whether a member believes that it reaches another one: it notices at its next message, and
    /// when that was not answered for a while.
    pub fn reachability(&self, of: MemberId, as_seen_by: MemberId, now: SimTime) -> Reachability {
        let Some(line) = self.lines.get(&(as_seen_by, of)) else {
            return Reachability::Reachable;
        };
        let seat = self.seat_of(as_seen_by);
        let noticed_at = seat.map_or(line.since, |seat| {
            seat.ticks.nth_after(line.since, 1) + SEND_TIMEOUT_NS
        });
        if now < noticed_at {
            Reachability::Reachable
        } else {
            Reachability::Unreachable
        }
    }

    /// What a node is among the managers, as the manager sees it that is asked: whether it leads,
    /// and whether it is reached. Absent for one that is no member.
    pub fn standing(&self, host: NodeId, now: SimTime) -> Option<(bool, Reachability)> {
        let viewer = self.asked.or_else(|| self.leader())?;
        let seat = self.seat_of(viewer)?;
        let id = self.member_on(host)?;
        if !seat.member.voters.contains(&id) {
            return None;
        }
        let reachability = if id == viewer {
            Reachability::Reachable
        } else {
            self.reachability(id, viewer, now)
        };
        Some((seat.member.leader == Some(id), reachability))
    }

    /// Whether a member has not known a leader for so long that it says so at once.
    pub fn has_lost_quorum(&self, id: MemberId, now: SimTime) -> bool {
        let Some(seat) = self.seat_of(id) else {
            return true;
        };
        let since = seat.leaderless_since;
        since.is_some_and(|since| seat.ticks.count(since, now) > LOST_QUORUM_TICKS)
    }

    /// Whether a member may be removed without the loss of the majority (`CanRemoveMember`).
    pub fn can_remove(&self, id: MemberId, now: SimTime) -> bool {
        let Some(leader) = self.leader() else {
            return false;
        };
        let Some(seat) = self.seat_of(leader) else {
            return false;
        };
        let voters = &seat.member.voters;
        let reachable = voters.iter().filter(|&&other| {
            other != id
                && (other == leader
                    || self.reachability(other, leader, now) == Reachability::Reachable)
        });
        let others = voters
            .len()
            .saturating_sub(usize::from(voters.contains(&id)));
        reachable.count() > others / 2
    }

    /// All members: what each is, and whom it reaches.
    pub fn standings(&self, now: SimTime) -> impl Iterator<Item = Standing> + '_ {
        self.seats().map(move |(id, seat)| {
            let member = &seat.member;
            let host_of = |id: MemberId| self.seat_of(id).map(|seat| seat.host);
            let role = match seat.process {
                Process::Runs if member.role == Role::Candidate => {
                    let granted = member.votes.values().filter(|granted| **granted).count();
                    format!("candidate ({granted}/{})", member.voters.len())
                }
                Process::Runs => member.role.as_str().to_owned(),
                Process::Frozen(_) => format!("{} (frozen)", member.role.as_str()),
                Process::Gone if seat.is_locked() => "locked".to_owned(),
                Process::Gone => "down".to_owned(),
            };
            let reached = member.voters.iter().filter(|&&other| {
                other != id
                    && seat.process == Process::Runs
                    && self.seat_of(other).is_some()
                    && self.reachability(other, id, now) == Reachability::Reachable
            });
            Standing {
                host: seat.host,
                role,
                term: member.term,
                last_index: member.log.last_index(),
                commit: member.commit,
                vote: member.vote.and_then(host_of),
                leader: member.leader.and_then(host_of),
                reaches: reached.filter_map(|&other| host_of(other)).collect(),
            }
        })
    }

    /// All members, a line each.
    pub fn table(&self, hostname: impl Fn(NodeId) -> String, now: SimTime) -> String {
        let mut rows = vec![
            [
                "MANAGER",
                "ROLE",
                "TERM",
                "LOG",
                "COMMITTED",
                "VOTE",
                "LEADER",
                "REACHES",
            ]
            .map(str::to_owned),
        ];
        let or_dash = |names: Vec<String>| match names.as_slice() {
            [] => "-".to_owned(),
            names => names.join(" "),
        };
        for standing in self.standings(now) {
            let names = |nodes: &[NodeId]| nodes.iter().map(|&node| hostname(node)).collect();
            rows.push([
                hostname(standing.host),
                standing.role,
                standing.term.to_string(),
                standing.last_index.to_string(),
                standing.commit.to_string(),
                or_dash(names(standing.vote.as_slice())),
                or_dash(names(standing.leader.as_slice())),
                or_dash(names(&standing.reaches)),
            ]);
        }
        table(&rows)
    }
}

fn table(rows: &[[String; 8]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..8).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}
