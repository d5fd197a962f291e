//! What managers keep on their disks, and the key that it is locked with.
//!
//! Upstream: `manager/manager.go` updateKEK, `manager/encryption`; moby
//! `daemon/cluster/noderunner.go` (locked). Every manager locks its disk with the key that the
//! store has, as soon as it knows of it. The lock matters when its process starts: without the key
//! the engine runs, and its node does not.
//!
//! Left out: keys of the log itself, which are changed with the lock.

use super::{Group, Process};
use crate::ids::NodeId;
use crate::model::SecretNumber;

impl Group {
    /// The store has this key: all managers that know it lock their disks with it.
    pub(crate) fn lock_disks(&mut self, key: Option<SecretNumber>) {
        let leader = self.leader().and_then(|leader| self.seats.get(&leader));
        let Some(commit) = leader.map(|seat| seat.member.commit) else {
            return;
        };
        for seat in self.seats.values_mut() {
            if seat.process == Process::Runs && seat.member.commit == commit {
                seat.lock = key;
            }
        }
    }

    /// The engine of a host is up. Says whether its manager has to wait for the key.
    pub(crate) fn wait_for_key(&mut self, host: NodeId) -> bool {
        let id = self.member_on(host);
        let seat = id.and_then(|id| self.seats.get_mut(&id));
        seat.is_some_and(|seat| {
            seat.is_locked = seat.process == Process::Gone && seat.lock.is_some();
            seat.is_locked
        })
    }

    /// The key for which the manager of a host waits.
    pub fn awaited_key(&self, host: NodeId) -> Option<SecretNumber> {
        let seat = self.member_on(host).and_then(|id| self.seats.get(&id))?;
        seat.lock.filter(|_| seat.is_locked)
    }

    /// The manager of a host has been told its key.
    pub(crate) fn unlock(&mut self, host: NodeId) {
        for seat in self.seats.values_mut().filter(|seat| seat.host == host) {
            seat.is_locked = false;
        }
    }
}

impl super::Seat {
    /// Whether its engine is up and waits for the key.
    pub fn is_locked(&self) -> bool {
        self.is_locked
    }
}
