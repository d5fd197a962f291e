//! The machine under the model: clock, event queue, store, randomness and trace.
//!
//! A component is handed the [`Kernel`] when something happens to it. It reads and writes the
//! store, arms timers by pushing events, and draws from the stream of its purpose; it knows
//! neither the other components nor who comes next.

mod choices;
mod event;
mod history;
mod queue;
mod settings;
mod trace;

pub use choices::{Choices, Elections, Failure, Followed, Place, TaskChoice};
pub use event::Event;
pub use history::{History, Moment, World};
pub use queue::{EventQueue, Timer};
pub use settings::{Components, Settings, Ties};
pub use trace::{Fingerprint, RaftStep, Record, Trace, What};

use crate::collections::BTreeMap;
use std::sync::Arc;

use crate::agent::LocalVolumes;
use crate::client::Client;
use crate::ids::{IdTexts, NodeId, TaskId};
use crate::network::Network;
use crate::raft::{Group, Surroundings};
use crate::rng::Stream;
use crate::store::{Commit, Store};
use crate::time::{SECOND, SimTime};

/// An agent that cannot reach a leader begins a session so late at the most, once it can.
const SESSION_WITHIN_NS: u64 = 40 * SECOND;

/// What every component stands on.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// The present moment.
    pub now: SimTime,
    /// What will happen.
    pub queue: EventQueue<Event>,
    /// The state of the swarm.
    pub store: Store,
    /// What has happened.
    pub trace: Trace,
    /// The settings of this run.
    pub settings: Arc<Settings>,
    /// The random streams, one a purpose.
    pub streams: Streams,
    /// The texts of ids.
    pub ids: IdTexts,
    /// The network between the hosts.
    pub network: Network,
    /// The managers.
    pub raft: Group,
    /// Nodes that cannot take part any more because their certificate has ended, and when it did.
    pub expired: BTreeMap<NodeId, SimTime>,
    /// The volumes that the engines of the nodes keep.
    pub volumes: LocalVolumes,
    /// What lines find on the side of whoever types them.
    pub client: Client,
    /// The recorded choices that this run follows, if it follows any.
    pub followed: Option<Followed>,
}

/// One random stream for every purpose.
#[derive(Clone, Debug)]
pub struct Streams {
    /// Choices that SwarmKit leaves to chance, under [`Ties::Seeded`].
    pub ties: Stream,
    /// When nodes that fall silent have last been heard of.
    pub heartbeats: Stream,
    /// Phases of ticks, election timeouts, back-offs of managers.
    pub raft: Stream,
}

impl Kernel {
    /// The beginning of a run.
    pub fn new(settings: Settings) -> Self {
        Self {
            now: SimTime::ZERO,
            queue: EventQueue::new(),
            store: Store::new(),
            trace: Trace::new(settings.keep_records),
            streams: Streams {
                ties: Stream::new(settings.seed, "ties"),
                heartbeats: Stream::new(settings.seed, "heartbeats"),
                raft: Stream::new(settings.seed, "raft"),
            },
            ids: IdTexts::new(settings.seed),
            network: Network::default(),
            raft: Group::default(),
            expired: BTreeMap::new(),
            volumes: LocalVolumes::new(),
            client: Client::default(),
            followed: settings.choices.clone().map(Followed::new),
            settings: Arc::new(settings),
        }
    }

    /// The managers, and what they stand on.
    pub fn raft_mut(&mut self) -> (&mut Group, Surroundings<'_>) {
        let around = Surroundings {
            now: self.now,
            queue: &mut self.queue,
            stream: &mut self.streams.raft,
            network: &self.network,
            elections: (self.followed.as_ref())
                .map(|followed| Elections::new(followed, &self.store)),
        };
        (&mut self.raft, around)
    }

    /// The recorded choice about a task, if this run follows one.
    pub fn choice(&self, task: TaskId) -> Option<&TaskChoice> {
        self.followed.as_ref()?.of(task)
    }

    /// When a node that has no session began one in the recording that this run follows, if that
    /// may be.
    pub fn recorded_session(&self, node: NodeId) -> Option<SimTime> {
        let followed = self.followed.as_ref()?;
        let at = followed.session_after(self.store.node(node)?.hostname(), self.now)?;
        (at.since(self.now) <= SESSION_WITHIN_NS).then_some(at)
    }

    /// Takes a commit into the trace, before any component reacts to it.
    pub(crate) fn note_commit(&mut self, commit: &Commit) {
        self.trace.record_changes(commit.at, &commit.changes);
        if let Some(followed) = &mut self.followed {
            followed.on_changes(&self.store, &commit.changes);
        }
    }

    /// Lets something happen after a delay.
    pub fn after(&mut self, delay_ns: u64, event: Event) -> Timer {
        self.queue.push(self.now + delay_ns, event)
    }
}
