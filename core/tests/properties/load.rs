//! What nodes carry: never more than they have, and the scheduler's picture of it is right.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use swarmlab_core::kernel::{Components, Settings};
use swarmlab_core::model::GenericResource;
use swarmlab_core::scheduler::view::NodeInfo;
use swarmlab_core::strategies::{self, Driver, Plan};
use swarmlab_core::swarm::Swarm;

use crate::oracle::{Picture, amounts, host_ports};
use crate::scene::picture;
use crate::{cases, settings};

fn any_plan() -> impl Strategy<Value = Plan> {
    let demanding =
        strategies::plan_with(strategies::cluster(1..=6), strategies::demanding_service());
    prop_oneof![strategies::plan(), demanding]
}

/// Only the scheduler, or everything.
fn any_settings() -> impl Strategy<Value = Settings> {
    prop_oneof![settings(Components::SCHEDULER), settings(Components::ALL)]
}

/// Checks after each step of a plan and at the end.
fn along(
    plan: &Plan,
    settings: Settings,
    check: impl Fn(&Swarm) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let mut driver = Driver::new(&plan.nodes, settings);
    for step in &plan.steps {
        driver.apply(step);
        check(&driver.swarm)?;
    }
    driver.finish();
    check(&driver.swarm)
}

fn is_overcommitted(cluster: &Picture) -> Result<(), TestCaseError> {
    for &node in cluster.nodes.keys() {
        let tasks: Vec<_> = cluster.on_node(node).collect();
        if let Some((cpu, memory)) = cluster.free(node) {
            prop_assert!(
                cpu >= 0 && memory >= 0,
                "{node} has {cpu} and {memory} free"
            );
        }
        let free = cluster.free_generic(node);
        prop_assert!(
            free.values().all(|&amount| amount > 0),
            "{node} has {free:?} free"
        );
        let mut given: Vec<_> = tasks
            .iter()
            .flat_map(|task| &task.assigned_generic_resources)
            .collect();
        given.retain(|resource| matches!(resource, GenericResource::Named { .. }));
        for (index, resource) in given.iter().enumerate() {
            prop_assert!(
                !given[..index].contains(resource),
                "{resource:?} is given twice"
            );
            prop_assert!(cluster.described_generic(node).contains(resource));
        }
        for task in tasks {
            let requests = task.spec.resources.reservations.generic.iter();
            let wanted: BTreeMap<_, _> = requests
                .map(|request| (request.kind.clone(), request.value))
                .collect();
            prop_assert_eq!(amounts(&task.assigned_generic_resources), wanted);
        }
    }
    Ok(())
}

/// What the scheduler's picture says of a node, names of things counted.
fn what_is_known(swarm: &Swarm, info: &NodeInfo) -> impl PartialEq + std::fmt::Debug + use<> {
    let view = swarm.leader.scheduler.as_ref().expect("a scheduler").view();
    let counts: BTreeMap<_, _> = swarm
        .kernel
        .store
        .tasks()
        .map(|task| task.service_id)
        .map(|service| (service, view.active_tasks_of_service(service, info.node.id)))
        .collect();
    let has_resources = info
        .node
        .description
        .as_ref()
        .is_some_and(|d| d.resources.is_some());
    // Of a node that describes nothing, a new scheduler subtracts what an old one does not.
    let available = has_resources.then_some((info.available_cpu_nano, info.available_memory_bytes));
    (
        (info.is_available, info.active_tasks, counts),
        (
            available,
            amounts(&info.available_generic),
            info.used_host_ports.clone(),
        ),
    )
}

proptest! {
    #![proptest_config(cases(800))]

    #[test]
    fn no_node_is_overcommitted(plan in any_plan(), settings in any_settings()) {
        along(&plan, settings, |swarm| is_overcommitted(&picture(swarm)))?;
    }

    #[test]
    fn p10_what_is_available_is_described_less_reserved(plan in any_plan(), settings in any_settings()) {
        along(&plan, settings, |swarm| {
            let cluster = picture(swarm);
            let view = swarm.leader.scheduler.as_ref().expect("a scheduler").view();
            prop_assert_eq!(view.node_count(), cluster.nodes.len());
            for &id in cluster.nodes.keys() {
                let info = view.node(id).expect("known");
                prop_assert_eq!(info.active_tasks as usize, cluster.active_tasks(id));
                let ports: BTreeSet<_> = cluster.on_node(id).flat_map(|task| host_ports(task)).collect();
                prop_assert_eq!(&info.used_host_ports, &ports);
                if let Some((cpu, memory)) = cluster.free(id) {
                    prop_assert_eq!(info.available_cpu_nano, cpu);
                    prop_assert_eq!(info.available_memory_bytes, memory);
                    prop_assert_eq!(amounts(&info.available_generic), cluster.free_generic(id));
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn p11_no_host_port_is_taken_twice_on_a_node(plan in any_plan(), settings in any_settings()) {
        along(&plan, settings, |swarm| {
            let cluster = picture(swarm);
            for &node in cluster.nodes.keys() {
                let mut taken = BTreeSet::new();
                for port in cluster.on_node(node).flat_map(|task| host_ports(task)) {
                    prop_assert!(taken.insert(port), "{port:?} on {node}");
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn no_node_has_more_replicas_than_it_may(plan in any_plan(), settings in any_settings()) {
        along(&plan, settings, |swarm| {
            let cluster = picture(swarm);
            for (service, &node) in swarm
                .kernel
                .store
                .services()
                .flat_map(|service| cluster.nodes.keys().map(move |node| (service, node)))
            {
                let most = service.spec.task.placement.max_replicas;
                let has = cluster.active_of_service(Some(service.id), node) as u64;
                prop_assert!(most == 0 || has <= most, "{has} of {most} on {node}");
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_new_scheduler_sees_what_the_old_one_saw(plan in any_plan(), settings in any_settings()) {
        along(&plan, settings, |swarm| {
            // The old one has to have heard of everything, and the new one decides at once.
            let mut old = swarm.clone();
            let now = old.kernel.now;
            old.run_until(now + 200 * swarmlab_core::time::MILLISECOND);
            let mut new = old.clone();
            let version = new.kernel.store.version();
            new.restart_leader();
            if new.kernel.store.version() != version {
                return Ok(());
            }
            for node in old.kernel.store.nodes() {
                let known = |swarm: &Swarm| {
                    let scheduler = swarm.leader.scheduler.as_ref().expect("a scheduler");
                    what_is_known(swarm, scheduler.view().node(node.id).expect("known"))
                };
                prop_assert_eq!(known(&old), known(&new), "{}", node.id);
            }
            Ok(())
        })?;
    }
}
