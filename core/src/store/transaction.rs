//! Writing: transactions and batches.

use std::sync::Arc;

use super::change::{Change, Commit, Delta};
use super::table::Table;
use super::{BTreeSet, Store};
use crate::ids::{ConfigId, NetworkId, NodeId, SecretId, ServiceId, TaskId, VolumeId};
use crate::model::{Cluster, Config, Meta, Network, Node, Secret, Service, Task, Version, Volume};
use crate::time::SimTime;

/// A batch commits its transaction after this many changes
/// (`manager/state/store/memory.go` MaxChangesPerTransaction).
pub const CHANGES_PER_TRANSACTION_MAX: usize = 200;

/// A transaction in progress: reads see its own writes.
#[derive(Debug)]
pub struct Transaction<'s> {
    store: &'s mut Store,
    now: SimTime,
    version: Version,
    /// Every write so far; read backwards it undoes them.
    journal: Vec<Change>,
    /// Where new nodes begin: a node that was restored below gives no number back.
    first_new_node: NodeId,
}

/// Writes an object: puts it into its table and notes the change.
fn write<T>(table: &mut Table<T>, index: usize, object: Option<Arc<T>>) -> Option<Delta<T>> {
    let old = table.set(index, object.clone());
    match (old, object) {
        (None, Some(new)) => Some(Delta::Created(new)),
        (Some(old), Some(new)) => Some(Delta::Updated { old, new }),
        (Some(old), None) => Some(Delta::Deleted(old)),
        (None, None) => None,
    }
}

macro_rules! writers {
    ($($kind:ident, $table:ident, $id:ident, $next:ident, $create:ident, $update:ident, $delete:ident, $index:ident;)*) => {
        $(
            /// The id that the next new object of this kind gets.
            pub fn $next(&self) -> $id {
                $id::from_index(self.store.$table.next_index())
            }

            /// Creates an object. Its id is the next one, its version and times are set here.
            pub fn $create(&mut self, mut object: $kind) -> $id {
                let id = self.$next();
                object.id = id;
                object.meta =
                    Meta { version: self.version, created_at: self.now, updated_at: self.now };
                let object = Arc::new(object);
                self.store.$index(None, Some(&object));
                if let Some(delta) = write(&mut self.store.$table, id.index(), Some(object)) {
                    self.journal.push(Change::$kind(delta));
                }
                id
            }

            /// Replaces an object by an edited copy. False if there is no such object.
            pub fn $update(&mut self, id: $id, edit: impl FnOnce(&mut $kind)) -> bool {
                let Some(old) = self.store.$table.get(id.index()) else { return false };
                let mut new = $kind::clone(old);
                edit(&mut new);
                new.id = id;
                new.meta.version = self.version;
                new.meta.updated_at = self.now;
                let (old, new) = (Arc::clone(old), Arc::new(new));
                self.store.$index(Some(&old), Some(&new));
                if let Some(delta) = write(&mut self.store.$table, id.index(), Some(new)) {
                    self.journal.push(Change::$kind(delta));
                }
                true
            }

            /// Deletes an object. False if there is no such object.
            pub fn $delete(&mut self, id: $id) -> bool {
                let Some(old) = self.store.$table.get(id.index()).cloned() else { return false };
                self.store.$index(Some(&old), None);
                if let Some(delta) = write(&mut self.store.$table, id.index(), None) {
                    self.journal.push(Change::$kind(delta));
                }
                true
            }
        )*
    };
}

impl<'s> Transaction<'s> {
    pub(super) fn begin(store: &'s mut Store, now: SimTime) -> Self {
        let version = Version {
            index: store.version.index + 1,
        };
        let first_new_node = NodeId::from_index(store.nodes.next_index());
        Self {
            store,
            now,
            version,
            journal: Vec::new(),
            first_new_node,
        }
    }

    /// The store as this transaction sees it.
    pub fn store(&self) -> &Store {
        self.store
    }

    /// The moment of this transaction.
    pub fn now(&self) -> SimTime {
        self.now
    }

    writers! {
        Node, nodes, NodeId, next_node_id, create_node, update_node, delete_node, index_node;
        Service, services, ServiceId, next_service_id, create_service, update_service,
            delete_service, index_service;
        Task, tasks, TaskId, next_task_id, create_task, update_task, delete_task, index_task;
        Network, networks, NetworkId, next_network_id, create_network, update_network,
            delete_network, index_nothing;
        Secret, secrets, SecretId, next_secret_id, create_secret, update_secret, delete_secret,
            index_nothing;
        Config, configs, ConfigId, next_config_id, create_config, update_config, delete_config,
            index_nothing;
        Volume, volumes, VolumeId, next_volume_id, create_volume, update_volume, delete_volume,
            index_nothing;
    }

    /// Creates a node again under an id that it had before: a machine that left the swarm and came
    /// back with its old identity. Nothing happens while a node with this id exists.
    pub fn restore_node(&mut self, mut node: Node) -> bool {
        let index = node.id.index();
        if self.store.nodes.get(index).is_some() {
            return false;
        }
        node.meta = Meta {
            version: self.version,
            created_at: self.now,
            updated_at: self.now,
        };
        if let Some(delta) = write(&mut self.store.nodes, index, Some(Arc::new(node))) {
            self.journal.push(Change::Node(delta));
        }
        true
    }

    /// Replaces the settings of the swarm by an edited copy.
    pub fn update_cluster(&mut self, edit: impl FnOnce(&mut Cluster)) {
        let old = Arc::clone(&self.store.cluster);
        let mut new = Cluster::clone(&old);
        edit(&mut new);
        new.meta.version = self.version;
        new.meta.updated_at = self.now;
        self.store.cluster = Arc::new(new);
        let new = Arc::clone(&self.store.cluster);
        self.journal
            .push(Change::Cluster(Delta::Updated { old, new }));
    }

    /// How many writes there have been.
    pub(super) fn change_count(&self) -> usize {
        self.journal.len()
    }

    /// Makes the writes known. A transaction without any leaves no trace.
    pub(super) fn commit(self) {
        if self.journal.is_empty() {
            return;
        }
        self.store.version = self.version;
        let commit = Commit {
            version: self.version,
            at: self.now,
            changes: self.journal,
        };
        self.store.feed.push_back(commit);
    }

    /// Undoes the writes.
    pub(super) fn roll_back(self) {
        let Self {
            store,
            journal,
            first_new_node,
            ..
        } = self;
        for change in journal.into_iter().rev() {
            match change {
                Change::Cluster(delta) => {
                    if let Some(old) = delta.before() {
                        store.cluster = Arc::clone(old);
                    }
                }
                Change::Node(delta) if delta.object().id < first_new_node => {
                    let index = delta.object().id.index();
                    store.nodes.set(index, delta.before().cloned());
                }
                Change::Node(delta) => undo(&mut store.nodes, delta.object().id.index(), &delta),
                Change::Service(delta) => {
                    store.index_service(delta.present(), delta.before());
                    undo(&mut store.services, delta.object().id.index(), &delta);
                }
                Change::Task(delta) => {
                    store.index_task(delta.present(), delta.before());
                    undo(&mut store.tasks, delta.object().id.index(), &delta);
                }
                Change::Network(delta) => {
                    undo(&mut store.networks, delta.object().id.index(), &delta);
                }
                Change::Secret(delta) => {
                    undo(&mut store.secrets, delta.object().id.index(), &delta);
                }
                Change::Config(delta) => {
                    undo(&mut store.configs, delta.object().id.index(), &delta);
                }
                Change::Volume(delta) => {
                    undo(&mut store.volumes, delta.object().id.index(), &delta);
                }
            }
        }
    }
}

fn undo<T>(table: &mut Table<T>, index: usize, delta: &Delta<T>) {
    table.set(index, delta.before().cloned());
    if delta.before().is_none() {
        table.forget_last(index);
    }
}

/// Keeping the secondary indices.
impl Store {
    #[expect(clippy::unused_self, reason = "the same shape as its neighbours")]
    fn index_nothing<T>(&mut self, _old: Option<&Arc<T>>, _new: Option<&Arc<T>>) {}

    #[expect(clippy::unused_self, reason = "the same shape as its neighbours")]
    fn index_node(&mut self, _old: Option<&Arc<Node>>, _new: Option<&Arc<Node>>) {}

    fn index_service(&mut self, old: Option<&Arc<Service>>, new: Option<&Arc<Service>>) {
        if let Some(old) = old {
            self.services_by_name.remove(old.name());
        }
        if let Some(new) = new {
            self.services_by_name.insert(new.name().to_owned(), new.id);
        }
    }

    fn index_task(&mut self, old: Option<&Arc<Task>>, new: Option<&Arc<Task>>) {
        let service_key = |task: &Arc<Task>| Some((task.service_id?, task.slot_key(), task.id));
        let (old_key, new_key) = (old.and_then(service_key), new.and_then(service_key));
        if old_key != new_key {
            if let Some((service, slot, id)) = old_key {
                self.tasks_by_service[service.index()].remove(&(slot, id));
            }
            if let Some((service, slot, id)) = new_key {
                row(&mut self.tasks_by_service, service.index()).insert((slot, id));
            }
        }
        let node_key = |task: &Arc<Task>| Some((task.node_id?, task.id));
        let (old_key, new_key) = (old.and_then(node_key), new.and_then(node_key));
        if old_key != new_key {
            if let Some((node, id)) = old_key {
                self.tasks_by_node[node.index()].remove(&id);
            }
            if let Some((node, id)) = new_key {
                row(&mut self.tasks_by_node, node.index()).insert(id);
            }
        }
    }
}

/// The set at a place of an index, which grows to have one.
fn row<T: Ord>(index: &mut Vec<BTreeSet<T>>, place: usize) -> &mut BTreeSet<T> {
    if place >= index.len() {
        index.resize_with(place + 1, BTreeSet::new);
    }
    &mut index[place]
}

/// A sequence of small writes. They share a transaction until it holds
/// [`CHANGES_PER_TRANSACTION_MAX`] changes; then it is committed and the next one begins.
#[derive(Debug)]
#[must_use = "a batch has to be committed"]
pub struct Batch<'s> {
    transaction: Option<Transaction<'s>>,
}

impl<'s> Batch<'s> {
    pub(super) fn new(store: &'s mut Store, now: SimTime) -> Self {
        Self {
            transaction: Some(Transaction::begin(store, now)),
        }
    }

    /// One write. Whatever it does stays, and is committed at the latest with the batch.
    pub fn update<R>(&mut self, write: impl FnOnce(&mut Transaction<'s>) -> R) -> R {
        let mut transaction = self
            .transaction
            .take()
            .expect("a batch always has a transaction");
        let result = write(&mut transaction);
        self.transaction = Some(
            if transaction.change_count() >= CHANGES_PER_TRANSACTION_MAX {
                transaction.commit_and_continue()
            } else {
                transaction
            },
        );
        result
    }

    /// Commits what is left.
    pub fn commit(mut self) {
        if let Some(transaction) = self.transaction.take() {
            transaction.commit();
        }
    }
}

impl Transaction<'_> {
    fn commit_and_continue(self) -> Self {
        let Self {
            store,
            now,
            version,
            journal,
            ..
        } = self;
        store.version = version;
        store.feed.push_back(Commit {
            version,
            at: now,
            changes: journal,
        });
        Self::begin(store, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SlotKey, TaskSpec, TaskState};

    fn task(service: u32, slot: u64) -> Task {
        let mut task = Task::new(TaskId(0), Arc::new(TaskSpec::default()));
        task.service_id = Some(ServiceId(service));
        task.slot = slot;
        task
    }

    #[test]
    fn a_failed_transaction_leaves_no_trace() {
        let mut store = Store::new();
        store
            .update(SimTime(1), |tx| {
                tx.create_task(task(0, 1));
                Ok::<_, ()>(())
            })
            .unwrap();
        let failed = store.update(SimTime(2), |tx| {
            tx.update_task(TaskId(0), |task| task.node_id = Some(NodeId(3)));
            tx.create_task(task(0, 2));
            tx.delete_task(TaskId(0));
            Err::<(), _>("no")
        });
        assert_eq!(failed, Err("no"));
        assert_eq!(store.tasks_of_node(NodeId(3)).count(), 0);
        assert_eq!(store.tasks_of_service(ServiceId(0)).count(), 1);
        assert_eq!(store.version(), Version { index: 1 });
        assert_eq!(store.task_count(), 1);
        assert_eq!(store.task(TaskId(0)).unwrap().node_id, None);
        store
            .update(SimTime(3), |tx| {
                assert_eq!(tx.next_task_id(), TaskId(1));
                Ok::<_, ()>(())
            })
            .unwrap();
    }

    #[test]
    fn a_node_that_was_not_restored_after_all_keeps_its_number() {
        let node = Node {
            id: NodeId(0),
            meta: Meta::default(),
            spec: crate::model::NodeSpec::default(),
            description: None,
            status: crate::model::NodeStatus::default(),
            role: crate::model::NodeRole::Worker,
            attachments: Vec::new(),
            certificate: crate::model::Certificate::default(),
        };
        let mut store = Store::new();
        let created = store.update(SimTime(1), |tx| {
            let id = tx.create_node(node.clone());
            tx.delete_node(id);
            Ok::<_, ()>(id)
        });
        assert_eq!(created, Ok(NodeId(0)));
        let failed = store.update(SimTime(2), |tx| {
            assert!(tx.restore_node(node.clone()));
            Err::<(), _>("no")
        });
        assert_eq!(failed, Err("no"));
        let created = store.update(SimTime(3), |tx| Ok::<_, ()>(tx.create_node(node)));
        assert_eq!(created, Ok(NodeId(1)));
    }

    #[test]
    fn indices_follow_the_tasks() {
        let mut store = Store::new();
        let mut batch = store.batch(SimTime(1));
        for slot in 1..=3 {
            batch.update(|tx| tx.create_task(task(4, slot)));
        }
        batch.update(|tx| tx.update_task(TaskId(1), |task| task.node_id = Some(NodeId(2))));
        batch.commit();
        assert_eq!(
            store.tasks_of_slot(ServiceId(4), SlotKey::Slot(2)).count(),
            1
        );
        assert_eq!(
            store
                .tasks_of_node(NodeId(2))
                .map(|t| t.id)
                .collect::<Vec<_>>(),
            [TaskId(1)]
        );
        store
            .update(SimTime(2), |tx| {
                tx.delete_task(TaskId(1));
                Ok::<_, ()>(())
            })
            .unwrap();
        assert_eq!(store.tasks_of_node(NodeId(2)).count(), 0);
        assert_eq!(store.tasks_of_service(ServiceId(4)).count(), 2);
    }

    #[test]
    fn batches_commit_every_two_hundred_changes() {
        let mut store = Store::new();
        let mut batch = store.batch(SimTime(5));
        for slot in 1..=450 {
            batch.update(|tx| tx.create_task(task(0, slot)));
        }
        batch.commit();
        let mut sizes = Vec::new();
        while let Some(commit) = store.next_commit() {
            sizes.push((commit.version.index, commit.changes.len()));
        }
        assert_eq!(sizes, [(1, 200), (2, 200), (3, 50)]);
        assert!(
            store
                .tasks()
                .all(|task| task.status.state == TaskState::New)
        );
    }
}
