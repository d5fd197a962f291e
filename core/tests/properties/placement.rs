//! The guaranteed properties of single decisions: who gets a node, which one, and what is said of
//! the others.

use std::collections::BTreeMap;

use proptest::prelude::*;
use swarmlab_core::ids::ServiceId;
use swarmlab_core::model::TaskState;

use crate::cases;
use crate::oracle::{Picture, has_no_preference};
use crate::scene::{any_case, decide, task_writes};

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn p01_a_task_gets_a_node_that_passes_all_filters(case in any_case()) {
        decide(&case).replay(|present, write| {
            if write.is_assignment() {
                let node = write.new.node_id.expect("assigned");
                prop_assert_eq!(present.first_failure(&write.old, node), None, "{:?}", write);
            }
            Ok(())
        })?;
    }

    #[test]
    fn p02_who_is_left_over_fits_nowhere(case in any_case()) {
        let outcome = decide(&case);
        outcome.replay(|present, write| {
            if !write.is_assignment() && !write.is_preassigned() {
                prop_assert_eq!(present.passing(&write.old), vec![], "{:?}", write);
            }
            Ok(())
        })?;
        for task in outcome.left_over() {
            prop_assert_eq!(outcome.after.passing(task), vec![], "{:?}", task);
            prop_assert!(!task.status.err.is_empty());
        }
    }

    #[test]
    fn p05_a_single_task_gets_the_best_node(case in any_case()) {
        let outcome = decide(&case);
        let waiting = waiting_by_service(&outcome.before);
        outcome.replay(|present, write| {
            let (task, service) = (&write.old, write.old.service_id.expect("of a service"));
            let is_single = waiting[&service] == 1 || task.spec_version.is_none();
            if write.is_assignment() && !write.is_preassigned() && is_single && has_no_preference(task) {
                let passing = present.passing(task);
                let best = passing.iter().map(|&node| present.key(task, node)).min();
                let node = write.new.node_id.expect("assigned");
                prop_assert_eq!(best, Some(present.key(task, node)), "{:?}", write);
            }
            Ok(())
        })?;
    }

    #[test]
    fn p06_only_the_best_nodes_are_used_and_faulty_ones_last(case in any_case()) {
        let outcome = decide(&case);
        let waiting = waiting_by_service(&outcome.before);
        // The cluster as it was when the first task of each group was placed.
        let mut starts: BTreeMap<ServiceId, Picture> = BTreeMap::new();
        outcome.replay(|present, write| {
            let (task, service) = (&write.old, write.old.service_id.expect("of a service"));
            if !write.is_assignment()
                || write.is_preassigned()
                || task.spec_version.is_none()
                || !has_no_preference(task)
            {
                return Ok(());
            }
            let start = starts.entry(service).or_insert_with(|| present.clone());
            let node = write.new.node_id.expect("assigned");
            let mut keys: Vec<_> =
                start.passing(task).iter().map(|&node| start.key(task, node)).collect();
            keys.sort_unstable();
            keys.truncate(waiting[&service]);
            prop_assert!(Some(&start.key(task, node)) <= keys.last(), "{:?}", write);
            if start.recent_failures(task, node) >= 5 {
                let healthy = start.passing(task).into_iter();
                let healthy: Vec<_> =
                    healthy.filter(|&node| start.recent_failures(task, node) < 5).collect();
                let last = healthy.iter().map(|&node| start.key(task, node)).max();
                let is_last = |node| Some(start.key(task, node)) == last;
                let has_stopped = healthy
                    .iter()
                    .any(|&node| is_last(node) && present.first_failure(task, node).is_some());
                prop_assert!(healthy.is_empty() || has_stopped, "{:?}", write);
            }
            Ok(())
        })?;
    }

    #[test]
    fn p07_preassigned_tasks_keep_their_node_and_come_first(case in any_case()) {
        let outcome = decide(&case);
        let mut ordinary_at = None;
        outcome.replay(|present, write| {
            if write.is_preassigned() {
                prop_assert_eq!(write.old.node_id, write.new.node_id);
                prop_assert!(ordinary_at != Some(write.at), "after an ordinary one: {:?}", write);
                if !write.is_assignment() {
                    let node = write.new.node_id.expect("preassigned");
                    let text = present.not_on_its_node(&write.old, node);
                    prop_assert_eq!(Some(write.new.status.err.to_string()), text);
                }
            } else {
                ordinary_at = Some(write.at);
            }
            Ok(())
        })?;
        for task in outcome.after.tasks.values() {
            if let (TaskState::Pending, Some(node)) = (task.status.state, task.node_id) {
                prop_assert!(outcome.after.first_failure(task, node).is_some(), "{:?}", task);
            }
        }
    }

    #[test]
    fn p08_a_task_that_has_a_node_is_left_alone(case in any_case()) {
        decide(&case).replay(|_, write| {
            prop_assert_eq!(write.old.status.state, TaskState::Pending);
            prop_assert!(write.old.node_id.is_none() || write.old.node_id == write.new.node_id);
            prop_assert!(write.new.status.state == TaskState::Pending || write.is_assignment());
            prop_assert_eq!(write.old.desired_state, write.new.desired_state);
            Ok(())
        })?;
    }

    #[test]
    fn p09_deciding_again_writes_nothing(case in any_case()) {
        let mut swarm = decide(&case).swarm;
        let node = swarm.kernel.store.nodes().next().map(|node| node.id);
        let now = swarm.kernel.now;
        let touched: Result<_, ()> = swarm.kernel.store.update(now, |tx| {
            Ok(node.is_some_and(|node| tx.update_node(node, |_| {})))
        });
        let is_idle = swarm.run_until_idle(now + swarmlab_core::time::MINUTE);
        prop_assert!(is_idle);
        let records = swarm.kernel.trace.take_records();
        prop_assert_eq!(records.len(), usize::from(touched == Ok(true)), "{:?}", task_writes(&records));
        swarm.restart_leader();
        let records = swarm.kernel.trace.take_records();
        prop_assert!(records.is_empty(), "{:?}", task_writes(&records));
    }

    #[test]
    fn p12_the_error_names_every_node_once(case in any_case()) {
        let outcome = decide(&case);
        for task in outcome.left_over() {
            let text = task.status.err.to_string();
            prop_assert_eq!(&text, &outcome.after.no_suitable_node(task));
            // The numbers in the text, whatever the oracle thinks of its words.
            let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
            let named: usize = numbers.map(|digits| digits.parse::<usize>().expect("digits")).sum();
            let unnumbered = outcome.after.failing(task)[6];
            prop_assert_eq!(named + unnumbered, outcome.after.nodes.len(), "{}", text);
        }
    }
}

/// How many tasks of each service wait for a node.
fn waiting_by_service(before: &Picture) -> BTreeMap<ServiceId, usize> {
    let mut waiting = BTreeMap::new();
    for task in before.tasks.values() {
        let count = waiting
            .entry(task.service_id.expect("of a service"))
            .or_default();
        *count += usize::from(task.status.state == TaskState::Pending && task.node_id.is_none());
    }
    waiting
}
