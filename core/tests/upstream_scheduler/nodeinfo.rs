//! `nodeinfo_test.go`: what a task takes from a node, and what comes back.

use std::sync::Arc;

use swarmlab_core::ids::{NodeId, TaskId};
use swarmlab_core::model::{GenericResource, Node, NodeDescription, Resources, Task};
use swarmlab_core::scheduler::view::View;

use super::support::{discrete, named, node, pending, request, set_description, with_spec};

const NODE: NodeId = NodeId(0);

fn described() -> Node {
    let mut node = node();
    let oranges = ["blue", "red", "green"].map(|value| named("orange", value));
    let mut generic = Vec::from(oranges);
    generic.push(discrete("apple", 6));
    let resources = Some(Resources {
        cpu_nano: 100_000,
        memory_bytes: 1_000_000,
        generic,
    });
    let description = NodeDescription {
        resources,
        ..NodeDescription::default()
    };
    set_description(&mut node, description);
    node
}

fn task(id: u32, apples: i64, oranges: i64) -> Task {
    let mut task = with_spec(pending(), |spec| {
        let reservations = &mut spec.resources.reservations;
        (reservations.cpu_nano, reservations.memory_bytes) = (5_000, 5_000);
        reservations.generic = vec![request("apple", apples), request("orange", oranges)];
    });
    task.id = TaskId(id);
    task
}

fn available(view: &View) -> (i64, i64, Vec<GenericResource>) {
    let info = view.node(NODE).expect("the node is known");
    let mut generic = info.available_generic.clone();
    generic.sort_by_key(|resource| format!("{resource:?}"));
    (
        info.available_cpu_nano,
        info.available_memory_bytes,
        generic,
    )
}

#[test]
fn test_remove_task() {
    let mut view = View::default();
    view.set_node(&Arc::new(described()));
    let all = available(&view);
    view.add_task(NODE, &task(1, 1, 1));
    let with_one = available(&view);
    assert_eq!((with_one.0, with_one.1), (95_000, 995_000));

    assert!(!view.remove_task(&task(2, 1, 1)), "it is not there");
    assert_eq!(available(&view), with_one);
    assert!(view.remove_task(&task(1, 1, 1)));
    assert_eq!(available(&view), all);
    assert!(!view.remove_task(&task(1, 1, 1)), "it is gone");
    assert_eq!(available(&view), all);
}

#[test]
fn test_add_task() {
    let mut view = View::default();
    view.set_node(&Arc::new(described()));
    assert!(view.add_task(NODE, &task(1, 1, 1)).is_some());
    let before = available(&view);
    assert!(view.add_task(NODE, &task(1, 1, 1)).is_none(), "it is there");
    assert_eq!(available(&view), before);

    let given = view.add_task(NODE, &task(2, 2, 1)).expect("it is new");
    assert_eq!(given, [discrete("apple", 2), named("orange", "red")]);
    let (cpu, memory, generic) = available(&view);
    assert_eq!((cpu, memory), (before.0 - 5_000, before.1 - 5_000));
    assert_eq!(generic, [discrete("apple", 3), named("orange", "green")]);
    assert!(view.add_task(NODE, &task(2, 2, 1)).is_none());
}
