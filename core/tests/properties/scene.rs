//! Scenes, and what the scheduler writes when it is asked to decide about one.

use std::sync::Arc;

use proptest::prelude::*;
use swarmlab_core::kernel::{Components, Record, Settings, What};
use swarmlab_core::model::{Task, TaskState};
use swarmlab_core::store::{Change, Delta};
use swarmlab_core::strategies::{self, Scene};
use swarmlab_core::swarm::Swarm;
use swarmlab_core::time::SimTime;

use crate::oracle::Picture;

/// A scene, the settings, and whether the scheduler finds the tasks at its start or is told of
/// them by events.
pub(crate) fn any_case() -> impl Strategy<Value = (Scene, Settings, bool)> {
    let demanding =
        strategies::scene_with(strategies::cluster(0..=6), strategies::demanding_service());
    let scene = prop_oneof![strategies::scene(), demanding];
    (scene, crate::settings(Components::SCHEDULER), any::<bool>())
}

/// One write of a task by the scheduler.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) at: SimTime,
    pub(crate) old: Arc<Task>,
    pub(crate) new: Arc<Task>,
}

impl Write {
    pub(crate) fn is_assignment(&self) -> bool {
        self.new.status.state == TaskState::Assigned
    }

    pub(crate) fn is_preassigned(&self) -> bool {
        self.old.node_id.is_some()
    }
}

/// What became of a scene.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The cluster before anything was decided.
    pub(crate) before: Picture,
    pub(crate) writes: Vec<Write>,
    pub(crate) after: Picture,
    pub(crate) swarm: Swarm,
}

/// The task writes among records.
pub(crate) fn task_writes(records: &[Record]) -> Vec<Write> {
    let write = |record: &Record| match &record.what {
        What::Change(Change::Task(Delta::Updated { old, new })) => Some(Write {
            at: record.at,
            old: Arc::clone(old),
            new: Arc::clone(new),
        }),
        _ => None,
    };
    records.iter().filter_map(write).collect()
}

pub(crate) fn picture(swarm: &Swarm) -> Picture {
    Picture::of(&swarm.kernel.store, &swarm.kernel.ids)
}

/// Lets the scheduler decide about a scene.
pub(crate) fn decide((scene, settings, at_start): &(Scene, Settings, bool)) -> Outcome {
    let mut swarm = scene.stage(settings.clone());
    let mut before = picture(&swarm);
    before.claim_for_standing();
    // A new scheduler knows of no failures.
    let failures = scene.groups.iter().zip(swarm.kernel.store.services());
    for (group, service) in failures.filter(|_| !at_start) {
        for &(node, count) in &group.failures {
            if let Some(index) = node.checked_rem(scene.nodes.len()) {
                let node = swarm.kernel.store.nodes().nth(index).expect("staged").id;
                *before.failures.entry((service.id, node)).or_default() += count;
            }
        }
    }
    swarm.settle();
    swarm.kernel.trace.take_records();
    if *at_start {
        swarm.restart_leader();
    }
    assert!(
        swarm.run_until_idle(SimTime::from_secs(60)),
        "the scheduler comes to rest"
    );
    let writes = task_writes(&swarm.kernel.trace.take_records());
    let mut after = before.clone();
    for write in &writes {
        after.set_task(&write.new);
    }
    Outcome {
        before,
        writes,
        after,
        swarm,
    }
}

impl Outcome {
    /// Shows each write together with the cluster right before it.
    pub(crate) fn replay(
        &self,
        mut check: impl FnMut(&Picture, &Write) -> Result<(), TestCaseError>,
    ) -> Result<(), TestCaseError> {
        let mut present = self.before.clone();
        for write in &self.writes {
            check(&present, write)?;
            present.set_task(&write.new);
        }
        Ok(())
    }

    /// The tasks that still wait for a node at the end.
    pub(crate) fn left_over(&self) -> impl Iterator<Item = &Arc<Task>> {
        let tasks = self.after.tasks.values();
        tasks.filter(|task| task.status.state == TaskState::Pending && task.node_id.is_none())
    }
}
