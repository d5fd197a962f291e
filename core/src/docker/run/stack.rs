//! `docker stack`: lists of stacks and of what belongs to them, and their removal. Deploying is in
//! `deploy`.
//!
//! Upstream: docker/cli `cli/command/stack/swarm`. A stack is nothing of its own: it is what carries
//! the label with its name.
//!
//! Left out: waiting until several stacks are gone, one after the other (`docker stack rm
//! --detach=false a b`).

mod deploy;

use std::fmt::Write as _;
use std::sync::Arc;

use super::tasks::{TaskFilters, task_row};
use super::{Execution, Next, find, join, network, refuse_without_manager, service};
use crate::collections::{BTreeMap, Order as _};
use crate::control::{self, DataObject};
use crate::docker::network::NetworkRm;
use crate::docker::print::{self, StackRow};
use crate::docker::stack::{StackCommand, StackPs, StackServices};
use crate::docker::{Outcome, print::natural};
use crate::ids::NodeId;
use crate::kernel::Kernel;
use crate::model::{Config, Labels, Secret, Service};
use crate::stack::{self, LABEL_NAMESPACE, Purpose, StackError};

/// Runs a command of `docker stack`.
pub(super) fn run(kernel: &mut Kernel, at: NodeId, command: &StackCommand) -> Execution {
    // Printing files is the one thing for which no swarm is needed.
    if let StackCommand::Config(config) = command {
        let purpose = Purpose::Print {
            interpolates: !config.skips_interpolation,
        };
        return match stack::load(&kernel.client, &config.files, purpose) {
            Ok(loaded) => Outcome::printed(stack::to_yaml(&loaded)).into(),
            Err(error) => refused(&error).into(),
        };
    }
    if let StackCommand::Deploy(command) = command {
        return deploy::deploy(kernel, at, command);
    }
    if let Some(refusal) = refuse_without_manager(kernel, at) {
        return refusal.into();
    }
    match command {
        StackCommand::Config(_) | StackCommand::Deploy(_) => Outcome::default().into(),
        StackCommand::Ls { format } => {
            let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
            for service in kernel.store.services() {
                let name = service.spec.annotations.labels.get(LABEL_NAMESPACE);
                if let Some(name) = name {
                    *counts.entry(name).or_default() += 1;
                }
            }
            let rows = counts.into_iter().map(|(name, service_count)| StackRow {
                name: name.to_owned(),
                service_count,
            });
            let printed = print::stack_ls(rows.collect(), format);
            printed
                .map_or_else(|refusal| refusal, Outcome::printed)
                .into()
        }
        StackCommand::Ps(command) => ps(kernel, at, command).into(),
        StackCommand::Rm { stacks, detach } => {
            if !detach && stacks.len() > 1 {
                return Outcome::refused(
                    "waiting until several stacks are gone is not simulated yet (remove one after \
                     the other, or with --detach)",
                )
                .into();
            }
            rm(kernel, stacks, *detach)
        }
        StackCommand::Services(command) => services(kernel, command).into(),
    }
}

/// A mistake in a stack file, in docker's words; where it stands is said after them.
fn refused(error: &StackError) -> Outcome {
    Outcome::refused(&error.message).with_hint(error.place())
}

fn belongs(labels: &Labels, stack: &str) -> bool {
    labels
        .get(LABEL_NAMESPACE)
        .is_some_and(|name| name == stack)
}

/// The services of a stack, in the order of their names.
fn services_of(kernel: &Kernel, stack: &str) -> Vec<Arc<Service>> {
    let services = kernel.store.services();
    let mut services: Vec<Arc<Service>> = services
        .filter(|service| belongs(&service.spec.annotations.labels, stack))
        .cloned()
        .collect();
    services.order_by(|a, b| natural(a.name(), b.name()));
    services
}

fn nothing_found(stack: &str) -> Outcome {
    Outcome::refused(format!("Nothing found in stack: {stack}")).with_exit_code(0)
}

/// `docker stack services`
fn services(kernel: &Kernel, command: &StackServices) -> Outcome {
    if let Some(refusal) = service::unknown_filter(&command.filters) {
        return refusal;
    }
    let found = services_of(kernel, &command.stack);
    let listed = found
        .iter()
        .filter(|one| service::is_listed(kernel, one, &command.filters));
    let rows: Vec<_> = listed.map(|one| service::row(kernel, one)).collect();
    if rows.is_empty() {
        return nothing_found(&command.stack);
    }
    print::service_ls(rows, &command.format, command.quiet)
        .map_or_else(|refusal| refusal, Outcome::printed)
}

/// `docker stack ps`
fn ps(kernel: &Kernel, at: NodeId, command: &StackPs) -> Outcome {
    let filters = match TaskFilters::read(kernel, at, &command.filters) {
        Ok(filters) => filters,
        Err(refusal) => return refusal,
    };
    // Tasks that are left of a stack are found when their service is gone.
    let tasks = kernel.store.tasks();
    let listed = tasks
        .filter(|task| belongs(&task.spec.container.labels, &command.stack))
        .filter(|task| filters.pass(kernel, task));
    let rows: Vec<_> = listed
        .map(|task| task_row(kernel, task, &command.options))
        .collect();
    if rows.is_empty() {
        return Outcome::refused(format!("nothing found in stack: {}", command.stack));
    }
    print::task_ls(rows, &command.options).map_or_else(|refusal| refusal, Outcome::printed)
}

/// `docker stack rm`. Networks come last: by then the manager has told the tasks to go.
fn rm(kernel: &mut Kernel, stacks: &[String], detach: bool) -> Execution {
    let mut printed = Outcome::default();
    let (mut networks, mut awaited) = (Vec::new(), Vec::new());
    for stack in stacks {
        let services = services_of(kernel, stack);
        let secrets = data_of::<Secret>(kernel, stack);
        let configs = data_of::<Config>(kernel, stack);
        let own = kernel.store.networks();
        let own = own.filter(|network| belongs(&network.spec.annotations.labels, stack));
        let mut names: Vec<String> = own.map(|network| network.name().to_owned()).collect();
        names.order_by(|a, b| natural(a, b));
        if services.is_empty() && secrets.is_empty() && configs.is_empty() && names.is_empty() {
            printed = join([printed, nothing_found(stack)]);
            continue;
        }
        let mut has_failed = false;
        if !detach {
            awaited.extend(services.iter().map(|service| service.id));
        }
        for service in services {
            let removed = control::remove_service(kernel, service.id);
            let id = kernel.ids.text(service.id);
            let said = said(removed, "service", service.name(), &id, &mut has_failed);
            printed = join([printed, said]);
        }
        let said = remove_data(kernel, &secrets, &mut has_failed);
        printed = join([printed, said]);
        let said = remove_data(kernel, &configs, &mut has_failed);
        printed = join([printed, said]);
        networks.push((stack.clone(), names, has_failed));
    }
    if networks.is_empty() {
        printed.into()
    } else {
        Execution::Then(printed, Next::RemoveNetworks(networks, awaited))
    }
}

fn data_of<T: DataObject>(kernel: &Kernel, stack: &str) -> Vec<Arc<T>> {
    let own = T::all(&kernel.store);
    let own = own.filter(|object| belongs(&object.annotations().labels, stack));
    let mut own: Vec<Arc<T>> = own.cloned().collect();
    own.order_by(|a, b| natural(&a.annotations().name, &b.annotations().name));
    own
}

fn remove_data<T: DataObject>(
    kernel: &mut Kernel,
    objects: &[Arc<T>],
    has_failed: &mut bool,
) -> Outcome {
    join(objects.iter().map(|object| {
        let removed = control::remove_data::<T>(kernel, object.id());
        let id = kernel.ids.text(object.id());
        said(
            removed,
            T::WORD,
            &object.annotations().name,
            &id,
            has_failed,
        )
    }))
}

/// What is printed of the removal of one thing.
fn said(
    removed: Result<(), control::ControlError>,
    kind: &str,
    name: &str,
    id: &str,
    has_failed: &mut bool,
) -> Outcome {
    let mut outcome = Outcome::printed(format!("Removing {kind} {name}\n"));
    if let Err(error) = removed {
        *has_failed = true;
        // The client forgets the end of the line.
        outcome.stderr =
            format!("Failed to remove {kind} {id}: Error response from daemon: {error}");
    }
    outcome
}

/// The last part of `docker stack rm`: for each stack its networks, and whether something could not
/// be removed before.
pub(super) fn remove_networks(
    kernel: &mut Kernel,
    at: NodeId,
    stacks: &[(String, Vec<String>, bool)],
) -> Outcome {
    let mut printed = Outcome::default();
    for (stack, names, failed_before) in stacks {
        let mut has_failed = *failed_before;
        for name in names {
            let id = find::network(kernel, name).map(|found| kernel.ids.text(found.id));
            let removal = NetworkRm {
                networks: vec![name.clone()],
                force: false,
            };
            let removed = network::rm(kernel, at, &removal);
            let _ = writeln!(printed.stdout, "Removing network {name}");
            if removed.exit_code != 0 {
                has_failed = true;
                let why = removed.stderr.lines().next().unwrap_or_default();
                let id = id.unwrap_or_default();
                let _ = write!(printed.stderr, "Failed to remove network {id}: {why}");
            }
        }
        if has_failed {
            let message = format!("failed to remove some resources from stack: {stack}");
            printed = join([printed, Outcome::refused(message)]);
        }
    }
    printed
}
