//! What members say to each other (`go.etcd.io/raft/v3` `raftpb`).

use super::log::Entry;
use super::{Index, MemberId, Term};

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Who sends it.
    pub from: MemberId,
    /// For whom it is.
    pub to: MemberId,
    /// The term of the sender.
    pub term: Term,
    /// What it says.
    pub message: Message,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Vote for me.
    VoteRequest {
        /// The end of the candidate's log.
        last_index: Index,
        /// Its term.
        last_term: Term,
        /// Whether the leader asked for this election.
        is_transfer: bool,
    },
    /// The answer to it.
    Vote {
        /// Whether the sender votes for the candidate.
        is_granted: bool,
    },
    /// Entries of the leader's log.
    Append {
        /// The entry before them.
        prev_index: Index,
        /// Its term.
        prev_term: Term,
        /// The entries.
        entries: Vec<Entry>,
        /// Up to where the leader knows the log to be committed.
        commit: Index,
    },
    /// The log of the sender is that of the leader up to an index.
    Appended {
        /// The index.
        index: Index,
    },
    /// The entry before those that were sent is not in the log of the sender. Also what a member
    /// of a later term answers to a leader of the past.
    Rejected {
        /// Where the two logs may still agree.
        hint: Index,
    },
    /// The leader is there.
    Heartbeat {
        /// Up to where the log is committed, as far as the receiver is known to have it.
        commit: Index,
    },
    /// The answer to it.
    HeartbeatAnswer,
    /// All that the leader knows, for a member that is too far behind for entries.
    Snapshot {
        /// The last entry in it.
        index: Index,
        /// Its term.
        term: Term,
        /// The members.
        voters: Vec<MemberId>,
    },
    /// Campaign now: the leader wants to be followed by the receiver.
    TimeoutNow,
}
