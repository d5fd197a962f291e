//! What a swarm looked like at a moment, as far as it does not depend on choices.

use std::collections::{BTreeMap, BTreeSet};

use swarmlab_core::model::TaskState;
use swarmlab_core::swarm::Swarm;

use super::Recording;
use super::programs::ends;

/// The live tasks of every service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture(BTreeMap<String, ServicePicture>);

/// A moment of a recording, and of the model at the same step.
#[derive(Clone, Debug)]
pub struct Pictures {
    pub expected: Picture,
    pub seen: Picture,
}

/// The live tasks of a service: those that are wanted or still there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServicePicture {
    /// How many tasks are in which condition, by image.
    pub tasks: BTreeMap<String, u32>,
    /// Running tasks by node.
    pub nodes: BTreeMap<String, u32>,
    /// The slots of running tasks.
    pub slots: BTreeSet<u64>,
    is_moving: bool,
    /// The state of its update.
    pub update: String,
}

/// What was seen of a task.
#[derive(Clone, Copy)]
struct Seen<'t> {
    desired: TaskState,
    state: TaskState,
    err: &'t str,
}

impl ServicePicture {
    fn add(&mut self, image: &str, node: &str, slot: u64, seen: Seen<'_>) {
        let Seen {
            desired,
            state,
            err,
        } = seen;
        let is_wanted = desired <= TaskState::Complete;
        if !is_wanted && (state > TaskState::Running || state < TaskState::Assigned) {
            return;
        }
        let condition = if state < TaskState::Assigned {
            "waits"
        } else if state < TaskState::Running {
            "comes"
        } else if state == TaskState::Running {
            "runs"
        } else {
            "ended"
        };
        let leaves = if is_wanted { "" } else { ", unwanted" };
        let key = format!("{image} {condition}{leaves}");
        *self.tasks.entry(key).or_default() += 1;
        // A process that ends by itself is on its way, too.
        let passes = condition == "runs" && ends(image);
        // Who waits without a reason has not been looked at yet.
        let is_new = condition == "waits" && err.is_empty();
        self.is_moving |= !is_wanted || condition == "comes" || passes || is_new;
        if state == TaskState::Running && is_wanted {
            *self.nodes.entry(node.to_owned()).or_default() += 1;
            self.slots.insert(slot);
        }
    }

    /// How many run on each node, in order of number.
    pub fn counts(&self) -> Vec<u32> {
        let mut counts: Vec<u32> = self.nodes.values().copied().collect();
        counts.sort_unstable();
        counts
    }
}

impl Picture {
    /// What a recording showed at a moment.
    pub fn recorded(recording: &Recording, t: f64) -> Self {
        let mut picture = Self::default();
        for change in recording.services.iter().filter(|change| change.t <= t) {
            if change.action == "remove" {
                picture.0.remove(&change.service);
                continue;
            }
            let service = picture.0.entry(change.service.clone()).or_default();
            let status = change.update_status.as_ref();
            service.update = status.map_or(String::new(), |status| status.state.clone());
        }
        for task in &recording.tasks {
            let is_deleted = task.deleted.is_some_and(|deleted| deleted <= t);
            let last = task.changes.iter().rfind(|change| change.t <= t);
            let service = picture.0.get_mut(&task.service);
            if let (Some(last), Some(service), false) = (last, service, is_deleted) {
                let seen = Seen {
                    desired: last.desired,
                    state: last.state,
                    err: &last.err,
                };
                service.add(&task.image, &last.node, task.slot, seen);
            }
        }
        picture
    }

    /// What the model shows now.
    pub fn seen(swarm: &Swarm) -> Self {
        let store = &swarm.kernel.store;
        let mut picture = Self::default();
        for service in store.services() {
            let name = service.spec.annotations.name.clone();
            let seen = picture.0.entry(name).or_default();
            let status = service.update_status.as_ref();
            seen.update = status.map_or(String::new(), |status| {
                super::play::state_word(status.state).to_owned()
            });
            for task in store.tasks_of_service(service.id) {
                let node = task.node_id.and_then(|id| store.node(id));
                let node = node.map_or("", |node| node.hostname());
                let image = &task.spec.container.image;
                let of_task = Seen {
                    desired: task.desired_state,
                    state: task.status.state,
                    err: &task.status.err,
                };
                seen.add(image, node, task.slot, of_task);
            }
        }
        picture
    }

    /// Whether nothing was under way that takes its time.
    pub fn is_settled(&self) -> bool {
        let is_updating = |service: &ServicePicture| {
            service.update == "updating" || service.update == "rollback_started"
        };
        !self
            .0
            .values()
            .any(|service| service.is_moving || is_updating(service))
    }

    /// Whether tasks and updates stand alike.
    pub fn is_like(&self, other: &Self) -> bool {
        let alike = |(name, service): (&String, &ServicePicture)| {
            let other = other.0.get(name);
            other.is_some_and(|o| o.tasks == service.tasks && o.update == service.update)
        };
        self.0.len() == other.0.len() && self.0.iter().all(alike)
    }

    /// The services by name.
    pub fn services(&self) -> impl Iterator<Item = (&str, &ServicePicture)> {
        self.0
            .iter()
            .map(|(name, service)| (name.as_str(), service))
    }

    /// One of them.
    pub fn service(&self, name: &str) -> Option<&ServicePicture> {
        self.0.get(name)
    }
}
