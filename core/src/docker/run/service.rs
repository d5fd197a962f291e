//! `docker service`.

use std::fmt::Write as _;
use std::sync::Arc;

use super::data_object::look_up_references;
use super::tasks::{TaskFilters, task_row};
use super::wait::Wait;
use super::{Execution, find, join, network};
use crate::agent::familiar;
use crate::collections::Order as _;
use crate::control;
use crate::docker::Outcome;
use crate::docker::print::{self, ServiceRow};
use crate::docker::service::{
    ServiceCreate, ServiceLs, ServicePs, ServiceRm, ServiceScale, scaled,
};
use crate::docker::values::Filter;
use crate::ids::{NodeId, ServiceId};
use crate::kernel::Kernel;
use crate::model::{Service, ServiceMode, Task, TaskState};

/// `docker service create`
pub(super) fn create(kernel: &mut Kernel, command: &ServiceCreate) -> Execution {
    let mut spec = command.spec.clone();
    let mut networks = spec.task.networks.clone();
    if let Err(refusal) = network::resolve(kernel, &mut networks) {
        return refusal.into();
    }
    networks.order_by(|a, b| a.target.cmp(&b.target));
    Arc::make_mut(&mut spec.task).networks = networks;
    if spec.annotations.name.is_empty() {
        spec.annotations.name = invented_name(kernel);
    }
    if let Err(refusal) = look_up_references(kernel, &mut spec) {
        return refusal.into();
    }
    let notice = registry_notice(kernel, &spec.task.container.image, command.no_resolve_image);
    match control::create_service(kernel, spec) {
        Ok(id) => {
            let text = kernel.ids.text(id);
            let mut printed = Outcome::printed(format!("{text}\n"));
            printed.stderr = notice;
            if command.detach {
                return printed.into();
            }
            let wait = Wait::new(id, text, command.quiet);
            Execution::Waits(printed, vec![wait])
        }
        Err(error) => Outcome::refused_by_daemon(error.to_string()).into(),
    }
}

/// What is said of an image that is not in a registry when somebody looks it up there. What the
/// others would be pinned to is not modelled: no tag ever moves to another image here, so the
/// digest, which the real client writes into the spec, would change nothing.
pub(super) fn registry_notice(kernel: &Kernel, image: &str, no_resolve: bool) -> String {
    let declared = kernel.settings.images.get(&familiar(image));
    if no_resolve || !declared.is_some_and(|image| image.missing) {
        return String::new();
    }
    print::unresolved_image(image)
}

/// A name for a service that was given none, as the engine invents one.
fn invented_name(kernel: &Kernel) -> String {
    const QUALITIES: [&str; 12] = [
        "brave", "calm", "clever", "eager", "gentle", "keen", "lucid", "quiet", "sharp", "sunny",
        "vivid", "wise",
    ];
    const PEOPLE: [&str; 12] = [
        "babbage", "curie", "dijkstra", "euler", "gauss", "hopper", "knuth", "lamport", "lovelace",
        "noether", "shannon", "turing",
    ];
    let mut attempt = kernel.store.services().count();
    loop {
        let quality = QUALITIES[attempt % QUALITIES.len()];
        let person = PEOPLE[(attempt * 5 + attempt / QUALITIES.len()) % PEOPLE.len()];
        let suffix = match attempt / (QUALITIES.len() * PEOPLE.len()) {
            0 => String::new(),
            round => round.to_string(),
        };
        let name = format!("{quality}_{person}{suffix}");
        if kernel.store.service_by_name(&name).is_none() {
            return name;
        }
        attempt += 1;
    }
}

/// `docker service ls`
pub(super) fn ls(kernel: &Kernel, command: &ServiceLs) -> Outcome {
    if let Some(refusal) = unknown_filter(&command.filters) {
        return refusal;
    }
    let services = kernel.store.services();
    let listed = services.filter(|service| is_listed(kernel, service, &command.filters));
    let rows = listed.map(|service| row(kernel, service)).collect();
    match print::service_ls(rows, &command.format, command.quiet) {
        Ok(text) => Outcome::printed(text),
        Err(refusal) => refusal,
    }
}

/// Refuses conditions that services cannot be listed by.
pub(super) fn unknown_filter(filters: &[Filter]) -> Option<Outcome> {
    let known = ["id", "name", "label", "mode", "runtime"];
    let mut filters = filters.iter();
    let unknown = filters.find(|filter| !known.contains(&filter.key.as_str()))?;
    let message = format!("invalid filter '{}'", unknown.key);
    Some(Outcome::refused_by_daemon(message))
}

pub(super) fn is_listed(kernel: &Kernel, service: &Service, filters: &[Filter]) -> bool {
    let passes = |key: &str, holds: &dyn Fn(&str) -> bool| {
        let mut values = filters.iter().filter(|filter| filter.key == key).peekable();
        values.peek().is_none() || values.any(|filter| holds(&filter.value))
    };
    let has_label =
        |filter: &Filter| find::has_label(&service.spec.annotations.labels, &filter.value);
    // Only containers run here.
    passes("runtime", &|value| value == "container")
        && passes("id", &|value| {
            kernel.ids.text(service.id).starts_with(value)
        })
        && passes("name", &|value| service.name().starts_with(value))
        && passes("mode", &|value| {
            service.spec.mode.as_str().replace(' ', "-") == value
        })
        && filters
            .iter()
            .filter(|filter| filter.key == "label")
            .all(has_label)
}

pub(super) fn row(kernel: &Kernel, service: &Service) -> ServiceRow {
    // Counted by observed state alone: also tasks that are to be stopped, also on lost nodes.
    // Of a job only the tasks of its present execution count.
    let iteration = service.job_status.map(|status| status.iteration);
    let tasks = || {
        let tasks = kernel.store.tasks_of_service(service.id);
        tasks.filter(|task| iteration.is_none() || task.job_iteration == iteration)
    };
    let in_state = |state| tasks().filter(|task| task.status.state == state).count() as u64;
    let running = in_state(TaskState::Running);
    let desired = match service.spec.mode {
        ServiceMode::Replicated { replicas } => replicas,
        ServiceMode::ReplicatedJob { max_concurrent, .. } => max_concurrent,
        ServiceMode::Global => {
            let is_desired = |task: &&Arc<Task>| task.desired_state == TaskState::Running;
            tasks().filter(is_desired).count() as u64
        }
        ServiceMode::GlobalJob => {
            let is_open = |task: &&Arc<Task>| {
                let (state, desired) = (task.status.state, task.desired_state);
                desired == TaskState::Complete && state != TaskState::Complete
            };
            tasks().filter(is_open).count() as u64
        }
    };
    ServiceRow {
        id: kernel.ids.text(service.id),
        name: service.name().to_owned(),
        mode: service.spec.mode,
        running,
        desired,
        completed: if service.spec.mode.is_job() {
            in_state(TaskState::Complete)
        } else {
            0
        },
        max_per_node: service.spec.task.placement.max_replicas,
        image: service.spec.task.container.image.clone(),
        ports: service
            .endpoint
            .as_ref()
            .map_or_else(Vec::new, |endpoint| endpoint.ports.clone()),
    }
}

/// `docker service ps`
pub(super) fn ps(kernel: &Kernel, at: NodeId, command: &ServicePs) -> Outcome {
    let mut services: Vec<ServiceId> = Vec::new();
    let mut missing = Vec::new();
    for name in &command.services {
        match find::service(kernel, name) {
            Ok(service) => services.push(service.id),
            Err(_) => missing.push(Outcome::refused(format!("no such service: {name}"))),
        }
    }
    if missing.len() == command.services.len() {
        return join(missing);
    }
    let filters = match TaskFilters::read(kernel, at, &command.filters) {
        Ok(filters) => filters,
        Err(refusal) => return refusal,
    };
    services.extend(filters.services());
    services.order();
    services.dedup();
    let mut rows = Vec::new();
    for service in services {
        let tasks = kernel.store.tasks_of_service(service);
        let listed = tasks.filter(|task| filters.pass(kernel, task));
        rows.extend(listed.map(|task| task_row(kernel, task, &command.options)));
    }
    let table = print::task_ls(rows, &command.options);
    join(std::iter::once(table.map_or_else(|refusal| refusal, Outcome::printed)).chain(missing))
}

/// `docker service scale`
pub(super) fn scale(kernel: &mut Kernel, command: &ServiceScale) -> Execution {
    let mut printed = Outcome::default();
    let mut waits = Vec::new();
    let mut errors = Vec::new();
    for (name, count) in &command.services {
        let result = count.clone().and_then(|count| {
            scale_one(kernel, name, count)
                .map_err(|why| format!("{name}: {why}"))
                .map(|id| (id, count))
        });
        match result {
            Ok((id, count)) => {
                let _ = writeln!(printed.stdout, "{name} scaled to {count}");
                waits.push(Wait::new(id, name.clone(), false));
            }
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        printed.stderr = format!("{}\n", errors.join("\n"));
        printed.exit_code = 1;
    }
    if command.detach || waits.is_empty() {
        return printed.into();
    }
    Execution::Waits(printed, waits)
}

fn scale_one(kernel: &mut Kernel, name: &str, count: u64) -> Result<ServiceId, String> {
    let service =
        find::service(kernel, name).map_err(|refusal| refusal.stderr.trim_end().to_owned())?;
    let spec = scaled(&service.spec, count)?;
    control::update_service(kernel, service.id, service.meta.version, spec)
        .map_err(|error| format!("Error response from daemon: {error}"))?;
    Ok(service.id)
}

/// `docker service rm`
pub(super) fn rm(kernel: &mut Kernel, command: &ServiceRm) -> Outcome {
    join(command.services.iter().map(|name| {
        let removed = find::service(kernel, name).and_then(|service| {
            control::remove_service(kernel, service.id)
                .map_err(|error| Outcome::refused_by_daemon(error.to_string()))
        });
        match removed {
            Ok(()) => Outcome::printed(format!("{name}\n")),
            Err(refusal) => refusal,
        }
    }))
}
