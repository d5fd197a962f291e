//! The replicated store: versioned objects, secondary indices and a change feed.
//!
//! Upstream: `manager/state/store/memory.go`. All shared state of a swarm is here, and this is the
//! only place where it changes. Objects are immutable values behind an [`Arc`]: a write makes a
//! new version, so copying a whole store copies pointers, and whoever was told of a change holds
//! the very version it was about.
//!
//! A write is a transaction ([`Store::update`]) or a batch of small ones ([`Store::batch`]). Each
//! committed transaction appends one [`Commit`] to the feed, with one change a write in the order
//! of the writes; whoever owns the store takes the commits from there and hands them to the
//! components.
//!
//! Left out: the limit of a transaction by its size in bytes (only the number of changes counts),
//! which takes objects of more than 5 KiB to matter.

mod change;
mod table;
mod transaction;

use std::sync::Arc;

pub use change::{Change, Commit, Delta};
pub use transaction::{Batch, CHANGES_PER_TRANSACTION_MAX, Transaction};

use crate::collections::{BTreeMap, BTreeSet, VecDeque};
use crate::ids::{NodeId, ServiceId, TaskId};
use crate::model::{
    Cluster, Config, Network, Node, Secret, Service, SlotKey, Task, Version, Volume,
};
use crate::time::SimTime;
use table::Table;

/// The state of a swarm.
#[derive(Clone, Debug, Default)]
pub struct Store {
    version: Version,
    cluster: Arc<Cluster>,
    nodes: Table<Node>,
    services: Table<Service>,
    tasks: Table<Task>,
    networks: Table<Network>,
    secrets: Table<Secret>,
    configs: Table<Config>,
    volumes: Table<Volume>,
    services_by_name: BTreeMap<String, ServiceId>,
    tasks_by_service: Vec<BTreeSet<(SlotKey, TaskId)>>,
    tasks_by_node: Vec<BTreeSet<TaskId>>,
    feed: VecDeque<Commit>,
}

macro_rules! readers {
    ($($one:ident, $many:ident: $object:ty, $id:ty;)*) => {
        $(
            #[doc = concat!("The ", stringify!($one), " with this id, if it exists.")]
            pub fn $one(&self, id: $id) -> Option<&Arc<$object>> {
                self.$many.get(id.index())
            }

            #[doc = concat!("All ", stringify!($many), " in order of creation.")]
            pub fn $many(&self) -> impl DoubleEndedIterator<Item = &Arc<$object>> {
                self.$many.iter()
            }
        )*
    };
}

impl Store {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// The index of the last commit.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The settings of the swarm.
    pub fn cluster(&self) -> &Arc<Cluster> {
        &self.cluster
    }

    readers! {
        node, nodes: Node, NodeId;
        service, services: Service, ServiceId;
        task, tasks: Task, TaskId;
        network, networks: Network, crate::ids::NetworkId;
        secret, secrets: Secret, crate::ids::SecretId;
        config, configs: Config, crate::ids::ConfigId;
        volume, volumes: Volume, crate::ids::VolumeId;
    }

    /// The service with exactly this name.
    pub fn service_by_name(&self, name: &str) -> Option<&Arc<Service>> {
        self.services_by_name
            .get(name)
            .and_then(|&id| self.service(id))
    }

    /// How many tasks there are.
    pub fn task_count(&self) -> usize {
        self.tasks.len()
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// The tasks of a service, by slot and then by age.
    pub fn tasks_of_service(&self, id: ServiceId) -> impl Iterator<Item = &Arc<Task>> {
        self.tasks_by_service
            .get(id.index())
            .into_iter()
            .flatten()
            .filter_map(|&(_, task)| self.task(task))
    }

    /// The tasks in one slot of a service, oldest first.
    pub fn tasks_of_slot(&self, id: ServiceId, slot: SlotKey) -> impl Iterator<Item = &Arc<Task>> {
        let range = (slot, TaskId(0))..=(slot, TaskId(u32::MAX));
        self.tasks_by_service
            .get(id.index())
            .into_iter()
            .flat_map(move |tasks| tasks.range(range.clone()))
            .filter_map(|&(_, task)| self.task(task))
    }

    /// The tasks that are bound to a node, oldest first.
    pub fn tasks_of_node(&self, id: NodeId) -> impl Iterator<Item = &Arc<Task>> {
        self.tasks_by_node
            .get(id.index())
            .into_iter()
            .flatten()
            .filter_map(|&task| self.task(task))
    }

    /// Runs `write` as one transaction. If it returns an error nothing has happened; otherwise its
    /// changes are committed together and appended to the feed.
    pub fn update<R, E>(
        &mut self,
        now: SimTime,
        write: impl FnOnce(&mut Transaction<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        let mut transaction = Transaction::begin(self, now);
        match write(&mut transaction) {
            Ok(result) => {
                transaction.commit();
                Ok(result)
            }
            Err(error) => {
                transaction.roll_back();
                Err(error)
            }
        }
    }

    /// A sequence of small writes that share transactions of a limited size.
    pub fn batch(&mut self, now: SimTime) -> Batch<'_> {
        Batch::new(self, now)
    }

    /// The oldest commit that has not been handed out.
    pub fn next_commit(&mut self) -> Option<Commit> {
        self.feed.pop_front()
    }

    /// Whether everything that was committed has been handed out.
    pub fn is_quiet(&self) -> bool {
        self.feed.is_empty()
    }
}
