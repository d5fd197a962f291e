//! `docker service`.

use std::fmt::Write as _;
use std::sync::Arc;

use super::data_object::look_up_references;
use super::wait::Wait;
use super::{Execution, find, join, network};
use crate::control;
use crate::docker::Outcome;
use crate::docker::print::{self, ServiceRow, TaskListOptions, TaskRow};
use crate::docker::service::{
    ServiceCreate, ServiceLs, ServicePs, ServiceRm, ServiceScale, scaled,
};
use crate::docker::values::Filter;
use crate::kernel::Kernel;
use crate::model::{Service, ServiceMode, Task, TaskState};

/// `docker service create`
pub(super) fn create(kernel: &mut Kernel, command: &ServiceCreate) -> Execution {
    let mut spec = command.spec.clone();
    let mut networks = spec.task.networks.clone();
    if let Err(refusal) = network::resolve(kernel, &mut networks) {
        return refusal.into();
    }
    networks.sort_by(|a, b| a.target.cmp(&b.target));
    Arc::make_mut(&mut spec.task).networks = networks;
    if spec.annotations.name.is_empty() {
        spec.annotations.name = invented_name(kernel);
    }
    if let Err(refusal) = look_up_references(kernel, &mut spec) {
        return refusal.into();
    }
    match control::create_service(kernel, spec) {
        Ok(id) => {
            let text = kernel.ids.text(id);
            let printed = Outcome::printed(format!("{text}\n"));
            if command.detach {
                return printed.into();
            }
            let wait = Wait::new(id, text, command.quiet);
            Execution::Waits(printed, vec![wait])
        }
        Err(error) => Outcome::refused_by_daemon(error.to_string()).into(),
    }
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
    unknown_among(filters, &["id", "name", "label", "mode", "runtime"])
}

/// Refuses conditions that tasks cannot be listed by.
pub(super) fn unknown_task_filter(filters: &[Filter]) -> Option<Outcome> {
    unknown_among(filters, &["id", "name", "node", "desired-state"])
}

fn unknown_among(filters: &[Filter], known: &[&str]) -> Option<Outcome> {
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
    passes("id", &|value| {
        kernel.ids.text(service.id).starts_with(value)
    }) && passes("name", &|value| service.name().starts_with(value))
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
pub(super) fn ps(kernel: &Kernel, command: &ServicePs) -> Outcome {
    if let Some(refusal) = unknown_task_filter(&command.filters) {
        return refusal;
    }
    let mut rows = Vec::new();
    let mut missing = Vec::new();
    for name in &command.services {
        let Ok(service) = find::service(kernel, name) else {
            missing.push(Outcome::refused(format!("no such service: {name}")));
            continue;
        };
        let tasks = kernel.store.tasks_of_service(service.id).map(|task| {
            let row = task_row(kernel, task, &command.options);
            (task, row)
        });
        let listed =
            tasks.filter(|(task, row)| is_task_listed(kernel, task, row, &command.filters));
        rows.extend(listed.map(|(_, row)| row));
    }
    if rows.is_empty() && missing.len() == command.services.len() {
        return join(missing);
    }
    let table = print::task_ls(rows, &command.options);
    join(std::iter::once(table.map_or_else(|refusal| refusal, Outcome::printed)).chain(missing))
}

pub(super) fn is_task_listed(
    kernel: &Kernel,
    task: &Task,
    row: &TaskRow,
    filters: &[Filter],
) -> bool {
    let passes = |key: &str, holds: &dyn Fn(&str) -> bool| {
        let mut values = filters.iter().filter(|filter| filter.key == key).peekable();
        values.peek().is_none() || values.any(|filter| holds(&filter.value))
    };
    let is_on = |value: &str| {
        let node = task.node_id.and_then(|id| kernel.store.node(id));
        node.is_some_and(|node| {
            node.hostname() == value || kernel.ids.text(node.id).starts_with(value)
        })
    };
    // Running is what people mean by it: everything that is wanted to run.
    let is_desired = |value: &str| match value {
        "running" => task.desired_state <= TaskState::Running,
        "shutdown" => task.desired_state > TaskState::Running,
        "accepted" => task.desired_state == TaskState::Accepted,
        _ => false,
    };
    passes("id", &|value| row.id.starts_with(value))
        && passes("name", &|value| row.name.starts_with(value))
        && passes("node", &is_on)
        && passes("desired-state", &is_desired)
}

/// The name of the container of a task: `web.1.<id of the task>`.
pub(super) fn full_task_name(kernel: &Kernel, task: &Task) -> String {
    let service = task.service_id.and_then(|id| kernel.store.service(id));
    let service = match (service, task.service_id) {
        (Some(service), _) => service.name().to_owned(),
        (None, Some(id)) => kernel.ids.text(id),
        (None, None) => String::new(),
    };
    let place = match (task.slot, task.node_id) {
        (0, Some(node)) => kernel.ids.text(node),
        (slot, _) => slot.to_string(),
    };
    format!("{service}.{place}.{}", kernel.ids.text(task.id))
}

/// What a table shows of a task.
pub(super) fn task_row(kernel: &Kernel, task: &Task, options: &TaskListOptions) -> TaskRow {
    let service = task.service_id.and_then(|id| kernel.store.service(id));
    let service_name = match (service, task.service_id) {
        (Some(service), _) if !options.no_resolve => service.name().to_owned(),
        (_, Some(id)) => kernel.ids.text(id),
        (_, None) => String::new(),
    };
    let place = match (task.slot, task.node_id) {
        (0, Some(node)) => kernel.ids.text(node),
        (slot, _) => slot.to_string(),
    };
    let node = match task.node_id.map(|id| (id, kernel.store.node(id))) {
        Some((_, Some(node))) if !options.no_resolve => node.hostname().to_owned(),
        Some((id, _)) => kernel.ids.text(id),
        None => String::new(),
    };
    let ports = task.endpoint.iter().flat_map(|endpoint| &endpoint.ports);
    let host_ports = ports
        .filter(|port| port.publish_mode == crate::model::PublishMode::Host)
        .copied();
    TaskRow {
        id: kernel.ids.text(task.id),
        name: format!("{service_name}.{place}"),
        created_at: task.meta.created_at,
        image: task.spec.container.image.clone(),
        node,
        desired_state: task.desired_state,
        state: task.status.state,
        age_ns: kernel.now.since(task.status.timestamp),
        error: task.status.err.to_string(),
        // Ports are told by the agent while the task runs.
        ports: match task.status.state {
            TaskState::Running => host_ports.collect(),
            _ => Vec::new(),
        },
    }
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

fn scale_one(kernel: &mut Kernel, name: &str, count: u64) -> Result<crate::ids::ServiceId, String> {
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
