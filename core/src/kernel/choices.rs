//! What a run takes from a recording of another swarm instead of deciding it.
//!
//! A real swarm leaves much to chance (SwarmKit walks over Go maps) and to its machines (how long a
//! container takes to start). To compare a run with what such a swarm did, exactly and not only in
//! kind, the run has to make the same choices. [`Choices`] holds them by task: the k-th task of a
//! place of a service stands for the k-th that was recorded there.
//!
//! A choice is only ever taken where the model has one. Of nodes that are equally good the recorded
//! one comes first, but a node that the model would not choose is not chosen: then the run goes
//! another way than the recording, and the comparison shows it.

use std::sync::Arc;

use crate::collections::{BTreeMap, BTreeSet};
use crate::ids::{NodeId, TaskId};
use crate::model::{SlotKey, Task, TaskState};
use crate::scenario::Health;
use crate::store::{Change, Delta, Store};
use crate::time::{MILLISECOND, SECOND, SimTime};

/// The choices of a recorded swarm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    tasks: BTreeMap<Place, Vec<Arc<TaskChoice>>>,
    /// When nodes were given up, by hostname, in order of time.
    downs: BTreeMap<String, Vec<SimTime>>,
    /// When nodes became ready because they began a session, by hostname, in order of time.
    sessions: BTreeMap<String, Vec<SimTime>>,
    /// Who led from when on, by hostname, in order of time.
    elections: Vec<(SimTime, String)>,
    /// Promoted nodes that never came to be managers, and that were not heard of any more.
    stuck: BTreeSet<String>,
}

/// A place of a service: the name of the service, and a slot or the hostname of a node.
pub type Place = (String, String);

/// What was decided about one task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskChoice {
    /// What it ran.
    pub image: String,
    /// The hostname of its node, if it got one.
    pub node: Option<String>,
    /// When it was created: the order in which an update went through its slots.
    pub created_at: SimTime,
    /// How long it took to make its container.
    pub create_ns: Option<u64>,
    /// How long it took to start its process.
    pub start_ns: Option<u64>,
    /// What the engine could not do.
    pub failure: Option<Failure>,
    /// What became of its health check, if it had one.
    pub health: Option<Health>,
    /// How its process ended by itself: after how long, and with which code.
    pub end: Option<(u64, i32)>,
    /// How its process ended when it was told to stop: after how long, and with which code.
    pub stop: Option<(u64, i32)>,
}

/// Something that an engine could not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Whether the container was there and its process could not be started; else it could not be
    /// made.
    pub is_start: bool,
    /// After how long.
    pub after_ns: u64,
    /// What the engine said, where the model does not know by itself.
    pub err: Option<String>,
    /// The exit code that it gave.
    pub code: i32,
}

impl Choices {
    /// Adds the next task of a place.
    pub fn push(&mut self, place: Place, choice: TaskChoice) {
        self.tasks.entry(place).or_default().push(Arc::new(choice));
    }

    /// Adds the next moment at which a node was given up.
    pub fn push_down(&mut self, hostname: String, at: SimTime) {
        self.downs.entry(hostname).or_default().push(at);
    }

    /// Adds the next moment at which a node became ready.
    pub fn push_session(&mut self, hostname: String, at: SimTime) {
        self.sessions.entry(hostname).or_default().push(at);
    }

    /// Adds the next leader.
    pub fn push_election(&mut self, at: SimTime, hostname: String) {
        self.elections.push((at, hostname));
    }

    /// Adds a node that was promoted and never came to be a manager.
    pub fn push_stuck(&mut self, hostname: String) {
        self.stuck.insert(hostname);
    }
}

/// Which recorded task every task of a run stands for.
#[derive(Clone, Debug)]
pub struct Followed {
    choices: Arc<Choices>,
    /// How many tasks each place has had.
    counts: BTreeMap<Place, usize>,
    by_task: BTreeMap<TaskId, Arc<TaskChoice>>,
}

impl Followed {
    /// Nothing has happened yet.
    pub(super) fn new(choices: Arc<Choices>) -> Self {
        Self {
            choices,
            counts: BTreeMap::new(),
            by_task: BTreeMap::new(),
        }
    }

    /// Takes note of new tasks.
    pub(crate) fn on_changes(&mut self, store: &Store, changes: &[Change]) {
        for change in changes {
            let Change::Task(Delta::Created(task)) = change else {
                continue;
            };
            let Some(place) = place_of(store, task) else {
                continue;
            };
            let count = self.counts.entry(place.clone()).or_default();
            let choices = self.choices.tasks.get(&place);
            if let Some(choice) = choices.and_then(|choices| choices.get(*count)) {
                self.by_task.insert(task.id, Arc::clone(choice));
            }
            *count += 1;
        }
    }

    /// What was decided about a task.
    pub fn of(&self, task: TaskId) -> Option<&TaskChoice> {
        self.by_task.get(&task).map(Arc::as_ref)
    }

    /// What was decided about the next task of the place of a task.
    fn next(&self, store: &Store, task: &Task) -> Option<&TaskChoice> {
        let place = place_of(store, task)?;
        let count = self.counts.get(&place).copied().unwrap_or(0);
        let choice = self.choices.tasks.get(&place)?.get(count)?;
        Some(choice)
    }

    /// When the next task of the place of a task was created.
    pub fn next_created_at(&self, store: &Store, task: &Task) -> Option<SimTime> {
        Some(self.next(store, task)?.created_at)
    }

    /// When a node was given up next.
    pub fn down_after(&self, hostname: &str, now: SimTime) -> Option<SimTime> {
        let downs = self.choices.downs.get(hostname)?;
        downs.iter().copied().find(|at| *at > now)
    }

    /// When a node became ready next.
    pub fn session_after(&self, hostname: &str, now: SimTime) -> Option<SimTime> {
        let sessions = self.choices.sessions.get(hostname)?;
        sessions.iter().copied().find(|at| *at > now)
    }

    /// Who led next, and from when on.
    fn election_after(&self, now: SimTime) -> Option<(SimTime, &str)> {
        let mut elections = self.choices.elections.iter();
        let next = elections.find(|(at, _)| *at > now);
        next.map(|(at, hostname)| (*at, hostname.as_str()))
    }

    /// Whether a node that is promoted never comes to be a manager.
    pub fn is_stuck(&self, hostname: &str) -> bool {
        self.choices.stuck.contains(hostname)
    }

    /// Whether a failure of an update was judged before the task that failed was replaced, which is
    /// a race upstream: then the replacement ran what the service ran before.
    pub fn judges_first(&self, store: &Store, changes: &[Change]) -> bool {
        changes.iter().any(|change| {
            let Change::Task(Delta::Updated { new, .. }) = change else {
                return false;
            };
            if new.status.state <= TaskState::Running || new.desired_state > TaskState::Running {
                return false;
            }
            let image = &new.spec.container.image;
            let service = new.service_id.and_then(|id| store.service(id));
            let is_current =
                service.is_some_and(|service| service.spec.task.container.image == *image);
            let next = self.next(store, new);
            is_current && next.is_some_and(|next| next.image != *image)
        })
    }
}

/// What a recording says about elections.
#[derive(Clone, Copy, Debug)]
pub struct Elections<'k> {
    followed: &'k Followed,
    store: &'k Store,
}

/// From the start of a campaign that is won until the winner acts: a few messages.
const CAMPAIGN_NS: u64 = MILLISECOND;
/// The phases of ticks are not known, and each of three clocks ticks once a second.
const PHASES_NS: u64 = 3 * SECOND;
/// Where a recorded election took too long for one campaign, the one before failed so long before.
const FAILED_BEFORE_NS: u64 = 15 * SECOND;

impl<'k> Elections<'k> {
    pub(super) fn new(followed: &'k Followed, store: &'k Store) -> Self {
        Self { followed, store }
    }

    /// When a member that hears no leader begins to campaign, which may be from `earliest` to
    /// `latest`. The recorded winner comes first; where it has to lose before, everybody campaigns
    /// at once.
    pub fn campaign_at(
        &self,
        host: NodeId,
        now: SimTime,
        [earliest, latest]: [SimTime; 2],
    ) -> Option<SimTime> {
        let (won_at, winner) = self.followed.election_after(now)?;
        if won_at + PHASES_NS < earliest {
            return None;
        }
        if won_at > latest {
            let fails_at = SimTime(won_at.0.saturating_sub(FAILED_BEFORE_NS));
            return (fails_at <= latest).then(|| fails_at.max(earliest));
        }
        let is_winner = self.store.node(host)?.hostname() == winner;
        Some(if is_winner {
            SimTime(won_at.0.saturating_sub(CAMPAIGN_NS))
        } else {
            latest
        })
    }

    /// Whether a host is that of the next leader.
    pub fn is_next(&self, host: NodeId, now: SimTime) -> bool {
        let next = self.followed.election_after(now);
        let node = self.store.node(host);
        node.zip(next)
            .is_some_and(|(node, (_, winner))| node.hostname() == winner)
    }
}

/// The place of a task.
fn place_of(store: &Store, task: &Task) -> Option<Place> {
    let service = store.service(task.service_id?)?;
    let place = match task.slot_key() {
        SlotKey::Slot(slot) => slot.to_string(),
        SlotKey::Node(node) => store.node(node)?.hostname().to_owned(),
    };
    Some((service.spec.annotations.name.clone(), place))
}
