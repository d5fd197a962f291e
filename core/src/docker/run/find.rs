//! Finding what a name, an id or the beginning of an id means (moby `daemon/cluster/helpers.go`).

use std::sync::Arc;

use crate::control::DataObject;
use crate::docker::Outcome;
use crate::ids::{ID_LENGTH, NodeId};
use crate::kernel::Kernel;
use crate::model::{Labels, Network, Node, Service, Task};

/// How many objects a text may mean.
enum Found<T> {
    One(T),
    None,
    Several(usize),
}

/// Whole id, then name, then the beginning of an id. Ids are computed only if they have to be.
fn find<T>(
    objects: impl Iterator<Item = T> + Clone,
    id: impl Fn(&T) -> String,
    name: impl Fn(&T) -> String,
    text: &str,
) -> Found<T> {
    if text.len() == ID_LENGTH
        && let Some(object) = objects.clone().find(|object| id(object) == text)
    {
        return Found::One(object);
    }
    let mut found: Vec<T> = objects
        .clone()
        .filter(|object| name(object) == text)
        .collect();
    if found.is_empty() && !text.is_empty() {
        found = objects
            .filter(|object| id(object).starts_with(text))
            .collect();
    }
    match found.len() {
        0 => Found::None,
        1 => found.pop().map_or(Found::None, Found::One),
        count => Found::Several(count),
    }
}

fn refuse(kind: &str, text: &str, several: Option<usize>) -> Outcome {
    Outcome::refused_by_daemon(match several {
        None => format!("{kind} {text} not found"),
        Some(count) => format!("{kind} {text} is ambiguous ({count} matches found)"),
    })
}

/// The service that is meant.
pub(super) fn service(kernel: &Kernel, text: &str) -> Result<Arc<Service>, Outcome> {
    let id = |service: &&Arc<Service>| kernel.ids.text(service.id);
    let services: Vec<_> = kernel.store.services().collect();
    match find(
        services.into_iter(),
        id,
        |service| service.name().to_owned(),
        text,
    ) {
        Found::One(service) => Ok(Arc::clone(service)),
        Found::None => Err(refuse("service", text, None)),
        Found::Several(count) => Err(refuse("service", text, Some(count))),
    }
}

/// The secret or config that is meant.
pub(super) fn data_object<T: DataObject>(kernel: &Kernel, text: &str) -> Result<Arc<T>, Outcome> {
    let objects: Vec<&Arc<T>> = T::all(&kernel.store).collect();
    match find(
        objects.into_iter(),
        |object| kernel.ids.text(object.id()),
        |object| object.annotations().name.clone(),
        text,
    ) {
        Found::One(object) => Ok(Arc::clone(object)),
        Found::None => Err(refuse(T::WORD, text, None)),
        Found::Several(count) => Err(refuse(T::WORD, text, Some(count))),
    }
}

/// Whether labels hold `key=value`, or the key alone if no value is asked for.
pub(super) fn has_label(labels: &Labels, wanted: &str) -> bool {
    let (key, value) = wanted.split_once('=').unwrap_or((wanted, ""));
    let found = labels.get(key);
    found.is_some_and(|found| value.is_empty() || found == value)
}

/// The node that is meant; `self` is the one that is asked.
pub(super) fn node(kernel: &Kernel, text: &str, at: Option<NodeId>) -> Result<Arc<Node>, Outcome> {
    if text == "self"
        && let Some(node) = at.and_then(|at| kernel.store.node(at))
    {
        return Ok(Arc::clone(node));
    }
    let id = |node: &&Arc<Node>| kernel.ids.text(node.id);
    let nodes: Vec<_> = kernel.store.nodes().collect();
    match find(
        nodes.into_iter(),
        id,
        |node| node.hostname().to_owned(),
        text,
    ) {
        Found::One(node) => Ok(Arc::clone(node)),
        Found::None => Err(refuse("node", text, None)),
        Found::Several(count) => Err(refuse("node", text, Some(count))),
    }
}

/// The task that is meant: by id, by its whole name (`web.1.<id>`), or by the beginning of its id.
pub(super) fn task(kernel: &Kernel, text: &str) -> Result<Arc<Task>, Outcome> {
    let id = |task: &&Arc<Task>| kernel.ids.text(task.id);
    let tasks: Vec<_> = kernel.store.tasks().collect();
    match find(tasks.into_iter(), id, |task| task_name(kernel, task), text) {
        Found::One(task) => Ok(Arc::clone(task)),
        Found::None => Err(refuse("task", text, None)),
        Found::Several(count) => Err(refuse("task", text, Some(count))),
    }
}

/// The whole name of a task, which its container has, too: service, slot or node, id (SwarmKit
/// `api/naming/naming.go`).
pub(super) fn task_name(kernel: &Kernel, task: &Task) -> String {
    let service = task.service_id.and_then(|id| kernel.store.service(id));
    let service = match (service, task.service_id) {
        (Some(service), _) => service.name().to_owned(),
        (None, Some(id)) => kernel.ids.text(id),
        (None, None) => String::new(),
    };
    let id = kernel.ids.text(task.id);
    match (task.slot, task.node_id) {
        (0, Some(node)) => format!("{service}.{}.{id}", kernel.ids.text(node)),
        (slot, _) => format!("{service}.{slot}.{id}"),
    }
}

/// Whether a refusal says that there is nothing of that name.
pub(super) fn is_not_found(refusal: &Outcome) -> bool {
    refusal.stderr.ends_with(" not found\n")
}

/// The network of the swarm that is meant, one of the predefined ones included.
pub(super) fn network(kernel: &Kernel, text: &str) -> Result<Arc<Network>, Outcome> {
    let id = |network: &&Arc<Network>| kernel.ids.text(network.id);
    let networks: Vec<_> = kernel.store.networks().collect();
    match find(
        networks.into_iter(),
        id,
        |network| network.name().to_owned(),
        text,
    ) {
        Found::One(network) => Ok(Arc::clone(network)),
        Found::None => Err(refuse("network", text, None)),
        Found::Several(count) => Err(refuse("network", text, Some(count))),
    }
}

/// One of some objects, by whole id, name or the beginning of its id.
pub(super) fn among<'o, T>(
    objects: &'o [T],
    kind: &str,
    text: &str,
    id_and_name: impl Fn(&T) -> (&str, &str),
) -> Result<&'o T, Outcome> {
    if let Some(object) = objects.iter().find(|object| id_and_name(object).0 == text) {
        return Ok(object);
    }
    let mut found: Vec<&T> = objects
        .iter()
        .filter(|object| id_and_name(object).1 == text)
        .collect();
    if found.is_empty() && !text.is_empty() {
        found = objects
            .iter()
            .filter(|object| id_and_name(object).0.starts_with(text))
            .collect();
    }
    match found.as_slice() {
        [] => Err(refuse(kind, text, None)),
        [object] => Ok(object),
        several => Err(refuse(kind, text, Some(several.len()))),
    }
}
