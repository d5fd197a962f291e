//! Laws of whole runs: orchestrator, scheduler, reaper and agents together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use swarmlab_core::kernel::{Components, Settings, Ties, World as _};
use swarmlab_core::model::{ServiceMode, SlotKey, Task, TaskState};
use swarmlab_core::strategies::{self, Driver, cluster, plan, plan_with, service};
use swarmlab_core::swarm::Swarm;
use swarmlab_core::time::MINUTE;

use crate::scene::{picture, task_writes};
use crate::{cases, settings};

/// Gives the scheduler reason to try once more, until that places nothing.
fn settle_placement(swarm: &mut Swarm) {
    let first_node = swarm.kernel.store.nodes().next().map(|node| node.id);
    let Some(node) = first_node else { return };
    loop {
        swarm.kernel.trace.take_records();
        let now = swarm.kernel.now;
        let touched: Result<_, ()> = swarm
            .kernel
            .store
            .update(now, |tx| Ok(tx.update_node(node, |_| {})));
        assert_eq!(touched, Ok(true));
        assert!(swarm.run_until_idle(now + 30 * MINUTE), "it comes to rest");
        let writes = task_writes(&swarm.kernel.trace.take_records());
        if writes.iter().all(|write| !write.is_assignment()) {
            break;
        }
    }
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn no_task_goes_backwards(plan in plan(), settings in settings(Components::ALL)) {
        let mut swarm = strategies::run(&plan, settings);
        for write in task_writes(&swarm.take_records()) {
            let (old, new) = (&write.old, &write.new);
            prop_assert!(old.status.state <= new.status.state, "{write:?}");
            prop_assert!(old.desired_state <= new.desired_state, "{write:?}");
            prop_assert!(old.node_id.is_none() || old.node_id == new.node_id, "{write:?}");
            prop_assert_eq!((old.service_id, old.slot), (new.service_id, new.slot));
            prop_assert_eq!(&old.spec, &new.spec);
        }
    }

    #[test]
    fn in_the_end_everything_is_as_desired_or_pending_with_a_reason(
        plan in plan(),
        settings in settings(Components::ALL),
    ) {
        let mut swarm = strategies::run(&plan, settings);
        settle_placement(&mut swarm);
        let (store, cluster) = (&swarm.kernel.store, picture(&swarm));
        for service in store.services() {
            let ServiceMode::Replicated { replicas } = service.spec.mode else { continue };
            let runnable: Vec<&Arc<Task>> = store
                .tasks()
                .filter(|task| task.service_id == Some(service.id))
                .filter(|task| task.desired_state <= TaskState::Running)
                .collect();
            prop_assert_eq!(runnable.len() as u64, replicas, "{:?}", runnable);
            let slots: BTreeSet<u64> = runnable.iter().map(|task| task.slot).collect();
            prop_assert_eq!(slots.len(), runnable.len(), "a slot is taken twice: {:?}", runnable);
            for task in runnable {
                prop_assert_eq!(task.desired_state, TaskState::Running);
                match task.status.state {
                    TaskState::Running => {}
                    TaskState::Pending => {
                        // Without any node nobody can be made to look again.
                        let is_known = !cluster.nodes.is_empty();
                        prop_assert!(task.status.err.starts_with("no suitable node"));
                        prop_assert_eq!(cluster.passing(task), vec![]);
                        let text = cluster.no_suitable_node(task);
                        prop_assert!(!is_known || task.status.err.as_str() == text, "{task:?}");
                    }
                    other => prop_assert!(false, "{other}: {task:?}"),
                }
            }
        }
        for task in store.tasks().filter(|task| task.desired_state > TaskState::Running) {
            prop_assert!(task.status.state > TaskState::Running, "not stopped: {task:?}");
            let is_of_a_service = task.service_id.is_some_and(|id| store.service(id).is_some());
            prop_assert!(is_of_a_service, "its service is gone: {task:?}");
        }
    }

    #[test]
    fn no_slot_keeps_more_tasks_than_the_history_may(
        plan in plan_with(cluster(0..=4), service()),
        settings in settings(Components::ALL),
        limit in 1..=3_i64,
    ) {
        let mut driver = Driver::new(&plan.nodes, settings);
        let kernel = &mut driver.swarm.kernel;
        let configured: Result<_, ()> = kernel.store.update(kernel.now, |tx| {
            tx.update_cluster(|cluster| {
                cluster.spec.orchestration.task_history_retention_limit = limit;
            });
            Ok(())
        });
        prop_assert_eq!(configured, Ok(()));
        for step in &plan.steps {
            driver.apply(step);
        }
        driver.finish();
        let mut kept: BTreeMap<_, i64> = BTreeMap::new();
        for task in driver.swarm.kernel.store.tasks() {
            *kept.entry((task.service_id, SlotKey::Slot(task.slot))).or_default() += 1;
        }
        for (slot, count) in kept {
            prop_assert!(count <= limit, "{count} in {slot:?}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_trace(plan in plan(), settings in settings(Components::ALL)) {
        let first = strategies::run(&plan, settings.clone());
        let second = strategies::run(&plan, settings.clone());
        prop_assert_eq!(first.fingerprint(), second.fingerprint());
        // By name the seed decides nothing but the texts of ids, which are no part of the trace.
        if settings.ties == Ties::ByName {
            let other = Settings { seed: settings.seed ^ 1, ..settings };
            prop_assert_eq!(first.fingerprint(), strategies::run(&plan, other).fingerprint());
        }
    }
}
