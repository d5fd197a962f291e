//! Raft: how the managers agree on who leads and on what is written.
//!
//! Upstream: `manager/state/raft/raft.go` with its transport, and `go.etcd.io/raft/v3` below it:
//! one tick a second, a heartbeat a tick, elections after 10 to 19 ticks of silence, check-quorum
//! on, pre-vote off. [`Member`] is one member as a pure state machine, [`Group`] all of them with
//! their clocks and the connections between them.
//!
//! **What a quiet group costs.** Nothing: heartbeats are no events. Every process ticks at a phase
//! that was drawn when it started, so the last beat before any moment is known without having been
//! sent. While a member hears its leader, its election timer is not armed; when the leader falls
//! silent for it, the timer is set to what is left since the last beat, and so is the leader's next
//! look at its majority. The first beat after a connection is back is a message like any other.
//!
//! **What an entry is.** A transaction of the store. The store exists once and holds what is
//! committed, so the log keeps of an entry only its term. A member that has all entries and can be
//! reached is *in step*: it gets every entry in the very moment in which it is made, and with a
//! majority in step a write is committed at once. The round trip that this takes in reality, a
//! fraction of a millisecond in one data centre, is left out; elections, catching up and changes of
//! membership are messages that take their time. A leader without a majority in step cannot write:
//! its components wait (see [`crate::swarm`]). What a manager reads that is cut off is a copy of
//! the store at the moment at which it lost touch; copies share everything with the original.
//!
//! Left out: the store's write lock that is held for too long (`wedged`), message chunks, data-key
//! rotation, and the pause in proposals of a transfer that hangs, which cannot happen to a member
//! that is in touch.

mod group;
mod log;
mod member;
mod message;
mod ticks;
mod view;

pub use group::{Group, News, Process, RaftEvent, Seat, Surroundings};
pub use log::{Entry, Log, Payload};
pub use member::{Member, Progress, Role};
pub use message::{Envelope, Message};
pub use ticks::{TICK_NS, Ticks};
pub use view::{Reachability, Standing};

use std::fmt;

/// A place in the log.
pub type Index = u64;
/// A period with at most one leader.
pub type Term = u64;

/// A member of the group. A node that becomes manager again is another member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemberId(pub u32);

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m{}", self.0)
    }
}

/// Ticks without a word of the leader after which a member campaigns at the earliest, and between
/// two looks of a leader at its majority (`ElectionTick`).
pub const ELECTION_TICKS: u64 = 10;
/// A member that has not known a leader for more ticks than this says so at once
/// (`lostQuorumTimeout`).
pub const LOST_QUORUM_TICKS: u64 = 10;
/// The log is cut when so many entries have been applied since it was (`SnapshotInterval`) ...
pub const SNAPSHOT_INTERVAL: u64 = 10_000;
/// ... except for so many (`LogEntriesForSlowFollowers`).
pub const KEPT_FOR_SLOW: u64 = 500;
