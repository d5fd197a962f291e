//! What a deployment makes, changes and removes: two states of a swarm, compared.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::belongs;
use crate::collections::{BTreeMap, Order as _};
use crate::control::DataObject;
use crate::docker::print::service_spec_json;
use crate::kernel::Kernel;
use crate::model::{Config, Secret, Service, TaskState};
use crate::orchestrator::dirty::is_task_dirty;
use crate::store::Store;

/// What becomes of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed.
    Change,
    /// It is removed.
    Remove,
    /// It stays as it is.
    Keep,
}

/// One thing and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// What becomes of it.
    pub action: Action,
    /// `network`, `secret`, `config` or `service`.
    pub kind: &'static str,
    /// Its name in the swarm.
    pub name: String,
    /// How many of its tasks are replaced.
    pub replaced_tasks: u64,
    /// How many tasks it had before.
    pub present_tasks: u64,
    /// What differs.
    pub fields: Vec<Field>,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Field {
    /// Where in the spec, in the words of the Docker API.
    pub path: String,
    /// What it was; absent if there was nothing.
    pub before: Option<Value>,
    /// What it becomes; absent if nothing is left.
    pub after: Option<Value>,
    /// Whether a change of it replaces tasks.
    pub replaces_tasks: bool,
}

/// Compares what there was with what is.
pub(super) fn between(before: &Store, kernel: &Kernel, stack: &str) -> Vec<Change> {
    let after = &kernel.store;
    let mut changes = Vec::new();
    let names = |store: &Store| -> BTreeMap<String, bool> {
        let own = store.networks();
        let own = own.filter(|network| belongs(&network.spec.annotations.labels, stack));
        own.map(|network| (network.name().to_owned(), network.spec.internal))
            .collect()
    };
    sets(&mut changes, "network", &names(before), &names(after));
    let secrets = |store| labels::<Secret>(store, stack);
    sets(&mut changes, "secret", &secrets(before), &secrets(after));
    let configs = |store| labels::<Config>(store, stack);
    sets(&mut changes, "config", &configs(before), &configs(after));
    services(&mut changes, before, kernel, stack);
    changes
}

fn labels<T: DataObject>(store: &Store, stack: &str) -> BTreeMap<String, crate::model::Labels> {
    T::all(store)
        .map(|object| object.annotations())
        .filter(|annotations| belongs(&annotations.labels, stack))
        .map(|annotations| (annotations.name.clone(), annotations.labels.clone()))
        .collect()
}

fn simple(action: Action, kind: &'static str, name: &str) -> Change {
    Change {
        action,
        kind,
        name: name.to_owned(),
        replaced_tasks: 0,
        present_tasks: 0,
        fields: Vec::new(),
    }
}

/// Things of which only the labels can change.
fn sets<T: PartialEq>(
    changes: &mut Vec<Change>,
    kind: &'static str,
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
) {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.order();
    names.dedup();
    for name in names {
        let action = match (before.get(name), after.get(name)) {
            (None, _) => Action::Create,
            (_, None) => Action::Remove,
            (Some(old), Some(new)) if old != new => Action::Change,
            _ => Action::Keep,
        };
        changes.push(simple(action, kind, name));
    }
}

fn services(changes: &mut Vec<Change>, before: &Store, kernel: &Kernel, stack: &str) {
    let of = |store: &Store| -> BTreeMap<String, Arc<Service>> {
        let own = store.services();
        let own = own.filter(|service| belongs(&service.spec.annotations.labels, stack));
        own.map(|service| (service.name().to_owned(), Arc::clone(service)))
            .collect()
    };
    let (old, new) = (of(before), of(&kernel.store));
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.order();
    names.dedup();
    for name in names {
        changes.push(match (old.get(name), new.get(name)) {
            (None, _) => simple(Action::Create, "service", name),
            (Some(old), None) => Change {
                present_tasks: wanted_tasks(before, old),
                ..simple(Action::Remove, "service", name)
            },
            (Some(old), Some(new)) => compare(before, kernel, old, new),
        });
    }
}

fn wanted_tasks(store: &Store, service: &Service) -> u64 {
    let tasks = store.tasks_of_service(service.id);
    tasks
        .filter(|task| task.desired_state <= TaskState::Running)
        .count() as u64
}

fn compare(before: &Store, kernel: &Kernel, old: &Service, new: &Service) -> Change {
    let json = |service: &Service| {
        let object = service_spec_json(&service.spec, &kernel.ids, false);
        serde_json::to_value(&object).unwrap_or_default()
    };
    let mut fields = Vec::new();
    differences(&mut fields, "", Some(&json(old)), Some(&json(new)));
    let replaced = before.tasks_of_service(old.id).filter(|task| {
        task.desired_state <= TaskState::Running && is_task_dirty(before, &kernel.ids, new, task)
    });
    let replaced_tasks = replaced.count() as u64;
    for field in &mut fields {
        field.replaces_tasks = replaced_tasks > 0 && replaces_tasks(&field.path);
    }
    let action = if fields.is_empty() {
        Action::Keep
    } else {
        Action::Change
    };
    Change {
        replaced_tasks,
        present_tasks: wanted_tasks(before, old),
        fields,
        ..simple(action, "service", new.name())
    }
}

/// Whether a field belongs to what a task is made of. A placement alone moves only the tasks whose
/// node does not fit any more.
fn replaces_tasks(path: &str) -> bool {
    path.starts_with("TaskTemplate") || path.starts_with("EndpointSpec")
}

/// The leaves in which two values differ.
fn differences(fields: &mut Vec<Field>, path: &str, old: Option<&Value>, new: Option<&Value>) {
    if old == new {
        return;
    }
    let empty = serde_json::Map::new();
    let object = |value: Option<&Value>| match value {
        Some(Value::Object(object)) => Some(object.clone()),
        None => Some(empty.clone()),
        Some(_) => None,
    };
    let is_any_object = [old, new].into_iter().flatten().any(Value::is_object);
    if is_any_object && let (Some(old), Some(new)) = (object(old), object(new)) {
        let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
        keys.order();
        keys.dedup();
        for key in keys {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            differences(fields, &path, old.get(key), new.get(key));
        }
        return;
    }
    fields.push(Field {
        path: path.to_owned(),
        before: old.cloned(),
        after: new.cloned(),
        replaces_tasks: false,
    });
}
