//! `docker service update` and `docker service rollback` (docker/cli
//! `cli/command/service/{update,rollback}.go`).

use super::data_object::look_up_references;
use super::service::registry_notice;
use super::wait::Wait;
use super::{Execution, find};
use crate::control;
use crate::docker::Outcome;
use crate::docker::service::{ServiceRollback, ServiceUpdate};
use crate::kernel::Kernel;

/// `docker service update`
pub(super) fn update(kernel: &mut Kernel, command: &ServiceUpdate) -> Execution {
    let service = match find::service(kernel, &command.service) {
        Ok(service) => service,
        Err(refusal) => return refusal.into(),
    };
    // What the flags say is read also where they are of no use.
    let id_of = |name: &str| Ok(kernel.ids.text(find::network(kernel, name)?.id));
    let command = &match command.clone().with_networks(id_of) {
        Ok(command) => command,
        Err(refusal) => return refusal.into(),
    };
    let mut spec = match command.apply(&service.spec) {
        Ok(spec) => spec,
        Err(refusal) => return refusal.into(),
    };
    if command.rollback {
        return back(kernel, &command.service, command.detach, command.quiet);
    }
    if let Err(refusal) = look_up_references(kernel, &mut spec) {
        return refusal.into();
    }
    // Only an image that is given is looked up.
    let no_resolve = command.no_resolve_image || !command.changes_image;
    let notice = registry_notice(kernel, &spec.task.container.image, no_resolve);
    let version = service.meta.version;
    if let Err(error) = control::update_service(kernel, service.id, version, spec) {
        return Outcome::refused_by_daemon(error.to_string()).into();
    }
    let wait = Wait::new(service.id, command.service.clone(), command.quiet);
    answer(&command.service, command.detach, notice, wait)
}

/// `docker service rollback`
pub(super) fn rollback(kernel: &mut Kernel, command: &ServiceRollback) -> Execution {
    back(kernel, &command.service, command.detach, command.quiet)
}

/// The manager puts the previous spec back; the client sends the present one along.
fn back(kernel: &mut Kernel, name: &str, detach: bool, quiet: bool) -> Execution {
    let service = match find::service(kernel, name) {
        Ok(service) => service,
        Err(refusal) => return refusal.into(),
    };
    let version = service.meta.version;
    if let Err(error) = control::rollback_service(kernel, service.id, version) {
        return Outcome::refused_by_daemon(error.to_string()).into();
    }
    let notice = String::new();
    answer(
        name,
        detach,
        notice,
        Wait::new(service.id, name.to_owned(), quiet),
    )
}

/// The service is printed as it was typed, and then watched.
fn answer(name: &str, detach: bool, notice: String, wait: Wait) -> Execution {
    let mut printed = Outcome::printed(format!("{name}\n"));
    printed.stderr = notice;
    if detach {
        printed.into()
    } else {
        Execution::Waits(printed, vec![wait])
    }
}
