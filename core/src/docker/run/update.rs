//! `docker service update` (docker/cli `cli/command/service/update.go`).
//!
//! Left out for now: changes that tasks have to be replaced for, and rollbacks. They need the
//! rolling updater and are refused.

use super::service::unsupported;
use super::wait::Wait;
use super::{Execution, find, not_yet};
use crate::control;
use crate::docker::Outcome;
use crate::docker::service::ServiceUpdate;
use crate::kernel::Kernel;
use crate::model::{EndpointSpec, ServiceSpec};

/// `docker service update`
pub(super) fn update(kernel: &mut Kernel, command: &ServiceUpdate) -> Execution {
    let service = match find::service(kernel, &command.service) {
        Ok(service) => service,
        Err(refusal) => return refusal.into(),
    };
    let spec = match command.apply(&service.spec) {
        Ok(spec) => spec,
        Err(refusal) => return refusal.into(),
    };
    if command.rollback {
        return rollback(kernel, &command.service, "service update --rollback");
    }
    if let Some(what) = unsupported(&spec) {
        return Outcome::refused(format!("{what} are not simulated yet")).into();
    }
    let version = service.meta.version;
    // A job is not updated but run once more.
    if !spec.mode.is_job() && replaces_tasks(&service.spec, &spec) {
        // What the manager would refuse is told first.
        let mut trial = kernel.clone();
        if let Err(error) = control::update_service(&mut trial, service.id, version, spec) {
            return Outcome::refused_by_daemon(error.to_string()).into();
        }
        return Outcome::refused("docker service update of running tasks is not simulated yet")
            .into();
    }
    if let Err(error) = control::update_service(kernel, service.id, version, spec) {
        return Outcome::refused_by_daemon(error.to_string()).into();
    }
    let printed = Outcome::printed(format!("{}\n", command.service));
    if command.detach {
        return printed.into();
    }
    let wait = Wait::new(service.id, command.service.clone(), command.quiet);
    Execution::Waits(printed, vec![wait])
}

/// `docker service rollback`, and `update --rollback`: refused, with the manager's reason if it
/// has one.
pub(super) fn rollback(kernel: &Kernel, name: &str, what: &str) -> Execution {
    match find::service(kernel, name) {
        Err(refusal) => refusal.into(),
        Ok(service) if service.previous_spec.is_none() => Outcome::refused_by_daemon(format!(
            "rpc error: code = FailedPrecondition desc = service {} does not have a previous spec",
            kernel.ids.text(service.id)
        ))
        .into(),
        Ok(_) => not_yet(what),
    }
}

/// Whether tasks of the old spec are no tasks of the new one.
fn replaces_tasks(old: &ServiceSpec, new: &ServiceSpec) -> bool {
    let endpoint = |spec: &ServiceSpec| -> EndpointSpec {
        spec.endpoint.as_deref().cloned().unwrap_or_default()
    };
    old.task != new.task || endpoint(old) != endpoint(new)
}
