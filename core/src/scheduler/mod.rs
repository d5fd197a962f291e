//! The scheduler: gives every pending task a node, or a reason why it has none.
//!
//! Upstream: `manager/scheduler/scheduler.go`. It lives on store events alone: they keep its
//! [`view`] of the cluster and say when another attempt is worth while; commits are gathered for a
//! moment (the debounce), then a round decides. Rooms:
//!
//! - [`view`]: the picture of nodes and tasks; [`order`]: which node is better; [`filters`]: which
//!   nodes pass; `tree` and [`placement`]: dividing a group over the cluster; `one_off`: tasks
//!   without a group;
//! - [`generic`], [`volumes`]: resources with rules of their own;
//! - `decisions`: writing what was decided; [`explain`]: saying why.
//!
//! Where upstream walks over Go maps in random order, [`Ties`] decides: by name or by the seed.
//! One thing is not copied: upstream leaves a deleted task in its queue, where it can take a place
//! for a moment; here it is gone.

pub mod explain;
pub mod filters;
pub mod generic;
pub mod order;
pub mod placement;
pub mod view;
pub mod volumes;

mod counts;
mod decisions;
mod one_off;
mod queue;
mod tree;
mod wishes;

use std::sync::Arc;

use crate::collections::{BTreeMap, BTreeSet, Order as _};
use crate::ids::{IdTexts, ServiceId, TaskId};
use crate::kernel::{Event, Followed, Kernel, Ties};
use crate::model::{Node, Task, TaskState, Text, Volume};
use crate::rng::Stream;
use crate::store::{Change, Delta, Store};
use crate::time::{MILLISECOND, SECOND, SimTime};
use decisions::Decision;
use one_off::OneOffs;
use placement::{Observer, Placement, Unobserved};
use queue::TaskQueue;
use view::View;

/// Commits closer together than this are gathered (`commitDebounceGap`).
pub const COMMIT_DEBOUNCE_GAP_NS: u64 = 50 * MILLISECOND;
/// But no longer than this (`maxLatency`).
pub const LATENCY_MAX_NS: u64 = SECOND;

const MESSAGE_ASSIGNED: Text = Text::constant("scheduler assigned task to node");
const MESSAGE_CONFIRMED: Text =
    Text::constant("scheduler confirmed task can run on preassigned node");

/// The scheduler of a leader.
#[derive(Clone, Debug, Default)]
pub struct Scheduler {
    view: View,
    /// Tasks without a node that wait for a tick (`unassignedTasks`).
    queue: TaskQueue,
    /// Pending tasks that carry a node already and wait for a yes (`pendingPreassignedTasks`).
    pre_pending: BTreeSet<TaskId>,
    /// Tasks that were registered as preassigned once (`preassignedTasks`).
    pre_ever: BTreeSet<TaskId>,
    is_tick_required: bool,
    debounce: Option<Debounce>,
    is_timer_armed: bool,
}

/// Commits are being gathered.
#[derive(Clone, Copy, Debug)]
struct Debounce {
    started_at: SimTime,
    due_at: SimTime,
}

impl Scheduler {
    /// A scheduler that has just become responsible for the cluster in the store
    /// (`setupTasksList`, then one pass over everything).
    pub fn start(kernel: &mut Kernel) -> Self {
        let mut scheduler = Self::observing(&kernel.store);
        scheduler.process_preassigned(kernel);
        scheduler.tick(kernel);
        scheduler
    }

    /// A scheduler with a fresh picture of the store that has done nothing yet.
    pub fn observing(store: &Store) -> Self {
        let mut scheduler = Self::default();
        for volume in store.volumes() {
            scheduler.view.volumes_mut().add(volume);
        }
        for node in store.nodes() {
            scheduler.view.set_node(node);
        }
        for task in store.tasks() {
            let state = task.status.state;
            let is_over = state < TaskState::Pending || state > TaskState::Running;
            if is_over || (state == TaskState::Pending && !task.is_wanted()) {
                continue;
            }
            scheduler.view.remember_task(Arc::clone(task));
            match task.node_id {
                None => {
                    scheduler.queue.insert(task.id);
                }
                Some(_) if state == TaskState::Pending => {
                    scheduler.pre_ever.insert(task.id);
                    scheduler.pre_pending.insert(task.id);
                }
                Some(node) => {
                    scheduler.view.add_task(node, task);
                    scheduler.view.volumes_mut().reserve(task, node);
                }
            }
        }
        scheduler
    }

    /// The picture of the cluster.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// For whoever sets the scene: a failure that happened before the scheduler looked.
    pub fn remember_failure(
        &mut self,
        service: Option<ServiceId>,
        spec_version: u64,
        node: crate::ids::NodeId,
        at: SimTime,
    ) {
        self.view.record_failure((service, spec_version), node, at);
    }

    /// The tasks that wait for a node.
    pub fn queued(&self) -> impl Iterator<Item = TaskId> {
        self.queue.to_vec().into_iter()
    }

    /// Reacts to one change in the store.
    pub fn on_change(&mut self, change: &Change, now: SimTime) {
        match change {
            Change::Task(delta) => {
                self.is_tick_required |= match delta {
                    Delta::Created(task) => self.task_created(task),
                    Delta::Updated { new, .. } => self.task_updated(new, now),
                    Delta::Deleted(task) => self.task_deleted(task),
                };
            }
            Change::Node(delta) => self.node_changed(delta),
            Change::Volume(delta) => self.volume_changed(delta),
            _ => {}
        }
    }

    /// Reacts to the end of a transaction: gathers, or decides.
    pub fn on_commit(&mut self, kernel: &mut Kernel) {
        let started_at = self
            .debounce
            .map_or(kernel.now, |debounce| debounce.started_at);
        if kernel.now.since(started_at) > LATENCY_MAX_NS {
            self.debounce = None;
            self.round(kernel);
            return;
        }
        self.debounce = Some(Debounce {
            started_at,
            due_at: kernel.now + COMMIT_DEBOUNCE_GAP_NS,
        });
        // One timer is enough: one that comes too early is set again.
        if !self.is_timer_armed {
            self.is_timer_armed = true;
            kernel.after(COMMIT_DEBOUNCE_GAP_NS, Event::SchedulerRound);
        }
    }

    /// The debounce gap may be over.
    pub fn on_timer(&mut self, kernel: &mut Kernel) {
        self.is_timer_armed = false;
        let Some(debounce) = self.debounce else {
            return;
        };
        if kernel.now < debounce.due_at {
            self.is_timer_armed = true;
            kernel.queue.push(debounce.due_at, Event::SchedulerRound);
            return;
        }
        self.debounce = None;
        self.round(kernel);
    }

    fn round(&mut self, kernel: &mut Kernel) {
        self.process_preassigned(kernel);
        if self.is_tick_required {
            self.is_tick_required = false;
            self.tick(kernel);
        }
    }
}

/// Reactions to events: each says whether another attempt is worth while.
impl Scheduler {
    fn task_created(&mut self, task: &Arc<Task>) -> bool {
        let state = task.status.state;
        if state < TaskState::Pending || state > TaskState::Running {
            return false;
        }
        self.view.remember_task(Arc::clone(task));
        self.register(task)
    }

    /// Puts a task where it belongs by its node and state.
    fn register(&mut self, task: &Arc<Task>) -> bool {
        match task.node_id {
            None => {
                self.queue.insert(task.id);
                true
            }
            Some(_) if task.status.state == TaskState::Pending => {
                self.pre_ever.insert(task.id);
                self.pre_pending.insert(task.id);
                false
            }
            Some(node) => {
                self.view.add_task(node, task);
                false
            }
        }
    }

    fn task_updated(&mut self, task: &Arc<Task>, now: SimTime) -> bool {
        let state = task.status.state;
        if state < TaskState::Pending {
            return false;
        }
        let remembered = self.view.known_task(task.id).cloned();
        if state > TaskState::Running {
            let Some(old) = remembered else { return false };
            let is_failure = matches!(state, TaskState::Failed | TaskState::Rejected);
            if is_failure
                && old.status.state != state
                && !self.pre_ever.contains(&task.id)
                && let Some(node) = task.node_id
            {
                let version = task.spec_version.map_or(0, |version| version.index);
                self.view
                    .record_failure((task.service_id, version), node, now);
            }
            self.forget(&old);
            return true;
        }
        let is_waiting = task.node_id.is_none() || state == TaskState::Pending;
        if let Some(old) = remembered
            && is_waiting
        {
            self.forget(&old);
        }
        self.view.remember_task(Arc::clone(task));
        self.register(task)
    }

    fn task_deleted(&mut self, task: &Arc<Task>) -> bool {
        let last = self.view.known_task(task.id).cloned();
        self.queue.remove(task.id);
        self.forget(last.as_ref().unwrap_or(task))
    }

    /// Drops a task from the picture and gives back what it held. Says whether it held anything.
    fn forget(&mut self, task: &Arc<Task>) -> bool {
        self.view.forget_task(task.id);
        self.pre_ever.remove(&task.id);
        self.pre_pending.remove(&task.id);
        if !task.volumes.is_empty() {
            self.view.volumes_mut().release(task);
        }
        self.view.remove_task(task)
    }

    fn node_changed(&mut self, delta: &Delta<Node>) {
        match delta {
            Delta::Created(node) | Delta::Updated { new: node, .. } => {
                self.view.set_node(node);
                self.is_tick_required = true;
            }
            Delta::Deleted(node) => self.view.remove_node(node.id),
        }
    }

    fn volume_changed(&mut self, delta: &Delta<Volume>) {
        if let Delta::Updated { new, .. } = delta {
            self.is_tick_required |= self.view.volumes_mut().add(new);
        }
    }
}

/// A round: first the preassigned tasks, then all others.
impl Scheduler {
    /// Confirms tasks whose node was chosen by somebody else, where it can take them.
    fn process_preassigned(&mut self, kernel: &mut Kernel) {
        if self.pre_pending.is_empty() {
            return;
        }
        let mut order: Vec<TaskId> = self.pre_pending.iter().copied().collect();
        if kernel.settings.ties == Ties::Seeded {
            kernel.streams.ties.shuffle(&mut order);
        }
        let decisions: Vec<Decision> = order
            .into_iter()
            .filter_map(|id| {
                let task = self.view.known_task(id).cloned()?;
                self.try_preassigned(kernel, &task)
            })
            .collect();
        let confirmed = decisions::apply(kernel, &mut self.view, decisions);
        for id in confirmed.assigned {
            self.pre_pending.remove(&id);
        }
        for decision in confirmed.dropped.into_iter().chain(confirmed.failed) {
            decisions::undo(&mut self.view, &decision);
        }
        for task in confirmed.missing {
            self.forget(&task);
        }
    }

    fn try_preassigned(&mut self, kernel: &Kernel, task: &Arc<Task>) -> Option<Decision> {
        let node = task.node_id?;
        // A node that is not known yet: no decision, and no word about it.
        let info = self.view.node(node)?;
        let mut pipeline = filters::Pipeline::new(task);
        if !pipeline.process(&self.view, info, &kernel.ids) {
            return Some(Decision::failed(task, pipeline.explain().into()));
        }
        let volumes = match self.view.volumes().choose(task, &info.node) {
            Ok(volumes) => volumes,
            Err(error) => return Some(Decision::failed(task, error.into())),
        };
        let generic = self.view.add_task(node, task).unwrap_or_default();
        Some(Decision::confirmed(task, node, generic, volumes))
    }

    /// Tries to place everything that waits (`tick`).
    fn tick(&mut self, kernel: &mut Kernel) {
        let Kernel {
            store,
            ids,
            streams,
            settings,
            followed,
            now,
            ..
        } = kernel;
        let ties = (settings.ties == Ties::Seeded).then_some(&mut streams.ties);
        let decisions = self.decide(store, ids, ties, followed.as_ref(), *now, &mut Unobserved);
        let outcome = decisions::apply(kernel, &mut self.view, decisions);
        decisions::release_unused_volumes(kernel, &self.view);
        for task in outcome.missing {
            self.forget(&task);
        }
        for decision in outcome.failed {
            decisions::undo(&mut self.view, &decision);
            self.queue.insert(decision.task.id);
        }
    }

    /// Decides about everything that waits, against the picture, which takes every placement as
    /// made. Nothing is written.
    fn decide(
        &mut self,
        store: &Store,
        ids: &IdTexts,
        mut ties: Option<&mut Stream>,
        followed: Option<&Followed>,
        now: SimTime,
        observer: &mut impl Observer,
    ) -> Vec<Decision> {
        let (mut groups, mut one_offs) = self.drain_queue();
        if let Some(stream) = &mut ties {
            stream.shuffle(&mut groups);
            stream.shuffle(&mut one_offs);
        }
        let mut decisions = Vec::new();
        let mut placement = Placement {
            view: &mut self.view,
            ids,
            ties,
            followed,
            now,
            observer,
        };
        for mut group in groups {
            match &mut placement.ties {
                Some(stream) => stream.shuffle(&mut group),
                None if group.is_sorted_by_key(|task| (task.slot, task.id)) => {}
                None => group.order_by_key(|task| (task.slot, task.id)),
            }
            decide_group(
                &mut placement,
                store,
                &mut self.queue,
                group,
                &mut decisions,
            );
        }
        let mut shapes = OneOffs::default();
        for task in one_offs {
            if !placement::spreads_of(&task).is_empty() {
                decide_group(
                    &mut placement,
                    store,
                    &mut self.queue,
                    vec![task],
                    &mut decisions,
                );
                continue;
            }
            match shapes.place(&mut placement, &task) {
                Ok(placed) => decisions.push(Decision::assigned(placed)),
                Err(why) => {
                    decisions.extend(no_suitable_node(store, &mut self.queue, &task, &why));
                }
            }
        }
        decisions
    }

    /// Empties the queue: tasks with a spec version by service and version, the others by age.
    fn drain_queue(&mut self) -> (Vec<Vec<Arc<Task>>>, Vec<Arc<Task>>) {
        let mut groups: BTreeMap<(Option<ServiceId>, u64), Vec<Arc<Task>>> = BTreeMap::new();
        let mut one_offs = Vec::new();
        for id in self.queue.take() {
            let Some(task) = self.view.known_task(id) else {
                continue;
            };
            if task.node_id.is_some() {
                continue;
            }
            match task.spec_version {
                Some(version) => {
                    let key = (task.service_id, version.index);
                    groups.entry(key).or_default().push(Arc::clone(task));
                }
                None => one_offs.push(Arc::clone(task)),
            }
        }
        (groups.into_values().collect(), one_offs)
    }
}

/// Places what can be placed of a group, and says why the rest cannot.
fn decide_group<O: Observer>(
    placement: &mut Placement<'_, O>,
    store: &Store,
    queue: &mut TaskQueue,
    group: Vec<Arc<Task>>,
    decisions: &mut Vec<Decision>,
) {
    let outcome = placement.place_group(group);
    decisions.extend(outcome.placed.into_iter().map(Decision::assigned));
    if outcome.left_over.is_empty() {
        return;
    }
    placement
        .observer
        .left_over(&outcome.left_over, placement.view, &outcome.pipeline);
    let why = outcome.pipeline.explain();
    let left_over = outcome.left_over.iter();
    decisions.extend(left_over.filter_map(|task| no_suitable_node(store, queue, task, &why)));
}

/// What becomes of a task that fits nowhere (`noSuitableNode`).
fn no_suitable_node(
    store: &Store,
    queue: &mut TaskQueue,
    task: &Arc<Task>,
    explanation: &str,
) -> Option<Decision> {
    // Without its service it is forgotten.
    let service = store.service(task.service_id?)?;
    let is_outdated = task
        .spec_version
        .is_some_and(|version| service.spec_version.index > version.index);
    if is_outdated {
        // It waits for the updater, or ends here if nobody wants it any more.
        let ends =
            task.status.state == TaskState::Pending && task.desired_state >= TaskState::Shutdown;
        return ends.then(|| Decision::shut_down(task));
    }
    queue.insert(task.id);
    Some(Decision::failed(
        task,
        no_suitable_node_text(explanation).into(),
    ))
}

/// What a pending task waits for.
fn no_suitable_node_text(explanation: &str) -> String {
    if explanation.is_empty() {
        "no suitable node".to_owned()
    } else {
        format!("no suitable node ({explanation})")
    }
}
