//! Machines that come and go: what it means for agents and for the leader.
//!
//! Upstream: `agent/agent.go` (leaving), moby `daemon/cluster/swarm.go` (Leave). Nothing of it is
//! announced: the managers notice that a node has left when its heartbeats are missing.

use std::convert::Infallible;

use super::{Leader, Sessions, Swarm};
use crate::ids::{NodeId, ObjectId};
use crate::model::{Cluster, Meta};
use crate::raft::Group;

impl Swarm {
    /// A machine turns its back on the swarm in which it is this node: its containers go at once,
    /// and nothing is heard of it any more.
    pub(crate) fn leave(&mut self, node: NodeId) {
        self.agent_mut(node);
        let was_up = self.agents[node.index()].leave(&mut self.kernel);
        self.kernel.expired.remove(&node);
        self.frozen.remove(&node);
        self.frozen_steps.remove(&node);
        if !self.kernel.raft.is_empty() {
            // A manager stays a member, and counts as one.
            let (raft, mut around) = self.kernel.raft_mut();
            raft.crash(node, &mut around);
            self.hear_news();
        } else if was_up && self.kernel.store.node(node).is_some() {
            self.leader.lose(&mut self.kernel, node, 0);
        }
    }

    /// The disk of a machine is lost: it is this node no longer, and has neither images nor volumes.
    pub(crate) fn wipe(&mut self, node: NodeId) {
        self.leave(node);
        self.agent_mut(node).forget_images();
        self.kernel.volumes.remove(&node);
    }

    /// The manager on a node stops and starts again as the only member. Its containers go with it,
    /// those of other nodes do not notice.
    pub(crate) fn begin_anew(&mut self, node: NodeId) {
        self.agent_mut(node);
        self.agents[node.index()].drop_all(&mut self.kernel);
        let (raft, mut around) = self.kernel.raft_mut();
        raft.crash(node, &mut around);
        self.hear_news();
        self.copies.clear();
        let (raft, mut around) = self.kernel.raft_mut();
        raft.begin_anew(node, &mut around);
        self.hear_news();
        self.begin_session(node);
        self.settle();
    }

    /// A machine that was one node is another from now on. Its images are still there.
    pub(crate) fn move_in(&mut self, before: NodeId, now: NodeId) {
        self.agent_mut(before);
        let mut old = std::mem::take(&mut self.agents[before.index()]);
        old.hand_over_images(self.agent_mut(now));
        self.agents[before.index()] = old;
        self.kernel.network.renumber(before, now);
    }

    /// The last manager is gone, and with it everything that the swarm knew. Those who belonged to
    /// it do not hear of it.
    pub(crate) fn erase(&mut self) {
        self.settle();
        self.leader.stop(&mut self.kernel);
        let now = self.kernel.now;
        let Ok(()) = self.kernel.store.update(now, |tx| {
            let store = tx.store();
            let ids: Vec<ObjectId> = (store.tasks().map(|task| task.id.into()))
                .chain(store.services().map(|service| service.id.into()))
                .chain(store.nodes().map(|node| node.id.into()))
                .chain(store.networks().map(|network| network.id.into()))
                .chain(store.secrets().map(|secret| secret.id.into()))
                .chain(store.configs().map(|config| config.id.into()))
                .chain(store.volumes().map(|volume| volume.id.into()))
                .collect();
            for id in ids {
                match id {
                    ObjectId::Cluster => false,
                    ObjectId::Task(id) => tx.delete_task(id),
                    ObjectId::Service(id) => tx.delete_service(id),
                    ObjectId::Node(id) => tx.delete_node(id),
                    ObjectId::Network(id) => tx.delete_network(id),
                    ObjectId::Secret(id) => tx.delete_secret(id),
                    ObjectId::Config(id) => tx.delete_config(id),
                    ObjectId::Volume(id) => tx.delete_volume(id),
                };
            }
            tx.update_cluster(|cluster| {
                let meta = Meta {
                    created_at: now,
                    ..cluster.meta
                };
                *cluster = successor(cluster, meta);
            });
            Ok::<_, Infallible>(())
        });
        while let Some(commit) = self.kernel.store.next_commit() {
            self.kernel.trace.record_changes(commit.at, &commit.changes);
        }
        self.kernel.raft = Group::default();
        self.acting = None;
        self.withheld.clear();
        self.copies.clear();
        self.sessions = Sessions::default();
        self.joining.clear();
        self.leader = Leader::start(&mut self.kernel);
    }
}

/// The swarm that may follow: with the usual settings, and with secrets that nobody has seen.
fn successor(before: &Cluster, meta: Meta) -> Cluster {
    let mut next = Cluster {
        meta,
        generation: before.generation + 1,
        secrets: before.secrets,
        root_ca: before.root_ca,
        ..Cluster::default()
    };
    next.root_ca.rotation = None;
    next.root_ca.last_forced_rotation = 0;
    next.root_ca.root = next.root_ca.make_root(meta.created_at);
    next.join_tokens.worker = next.make_secret();
    next.join_tokens.manager = next.make_secret();
    next
}
