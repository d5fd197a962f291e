//! Services: create, update, roll back, remove (`manager/controlapi/service.go`).

use std::mem::discriminant;
use std::sync::Arc;

use super::error::{Code, ControlError};
use super::network::needs_ingress;
use super::{data_object, validate};
use crate::ids::ServiceId;
use crate::kernel::Kernel;
use crate::model::{
    JobIteration, JobStatus, Service, ServiceSpec, Text, UpdateState, UpdateStatus, Version,
};

/// Creates a service.
pub fn create_service(kernel: &mut Kernel, spec: ServiceSpec) -> Result<ServiceId, ControlError> {
    validate::spec(&spec)?;
    networks(kernel, &spec)?;
    validate::ports(&kernel.store, &kernel.ids, &spec, None)?;
    ingress(kernel, &spec)?;
    data_object::check_existence(&kernel.store, &spec.task)?;
    let (now, is_job) = (kernel.now, spec.mode.is_job());
    kernel.store.update(now, |tx| {
        let name = &spec.annotations.name;
        // Names are compared without regard to case.
        if tx
            .store()
            .services()
            .any(|other| other.name().eq_ignore_ascii_case(name))
        {
            let message =
                format!("name conflicts with an existing object: service {name} already exists");
            return Err(ControlError::new(Code::AlreadyExists, message));
        }
        Ok(tx.create_service(Service {
            job_status: is_job.then_some(JobStatus {
                iteration: JobIteration::default(),
                last_execution: now,
            }),
            ..Service::new(spec)
        }))
    })
}

/// Nobody can ask for the network of the routing mesh (`validateNetworks`).
fn networks(kernel: &Kernel, spec: &ServiceSpec) -> Result<(), ControlError> {
    if spec.task.networks.is_empty() {
        return Ok(());
    }
    for network in kernel
        .store
        .networks()
        .filter(|network| network.spec.ingress)
    {
        let id = kernel.ids.text(network.id);
        if spec.task.networks.iter().any(|wish| wish.target == id) {
            return Err(ControlError::invalid(format!(
                "Service cannot be explicitly attached to the ingress network {:?}",
                network.name()
            )));
        }
    }
    Ok(())
}

/// A port that is published on all nodes takes the network of the routing mesh.
fn ingress(kernel: &Kernel, spec: &ServiceSpec) -> Result<(), ControlError> {
    let has_ingress = || kernel.store.networks().any(|network| network.spec.ingress);
    if needs_ingress(spec.endpoint.as_deref()) && !has_ingress() {
        let message = "service needs ingress network, but no ingress network is present";
        return Err(ControlError::new(Code::FailedPrecondition, message));
    }
    Ok(())
}

/// Gives a service another spec, if the version that the client has seen is the last one.
pub fn update_service(
    kernel: &mut Kernel,
    id: ServiceId,
    seen: Version,
    spec: ServiceSpec,
) -> Result<(), ControlError> {
    validate::spec(&spec)?;
    let Some(current) = kernel.store.service(id).cloned() else {
        let message = format!("service {} not found", kernel.ids.text(id));
        return Err(ControlError::new(Code::NotFound, message));
    };
    networks(kernel, &spec)?;
    if spec.endpoint.is_some() && spec.endpoint != current.spec.endpoint {
        validate::ports(&kernel.store, &kernel.ids, &spec, Some(&current))?;
    }
    data_object::check_existence(&kernel.store, &spec.task)?;
    let refuse = |message: &str| Err(ControlError::new(Code::Unimplemented, message));
    if discriminant(&spec.mode) != discriminant(&current.spec.mode) {
        return refuse("service mode change is not allowed");
    }
    if spec.annotations.name != current.name() {
        return refuse("renaming services is not supported");
    }
    if seen != current.meta.version {
        return Err(ControlError::new(Code::Unknown, "update out of sequence"));
    }
    ingress(kernel, &spec)?;
    let now = kernel.now;
    kernel.store.update(now, |tx| {
        tx.update_service(id, |service| {
            service.previous_spec = Some(Arc::clone(&service.spec));
            service.previous_spec_version = Some(service.spec_version);
            service.spec = Arc::new(spec);
            service.spec_version = seen;
            service.update_status = None;
            // Whatever the update changes, the job runs once more.
            if let Some(status) = &mut service.job_status {
                status.iteration.0 += 1;
                status.last_execution = now;
            }
        });
        Ok(())
    })
}

/// Gives a service its previous spec again, if the version that the client has seen is the last one.
/// The two specs change places, so that a second rollback takes back the first.
pub fn rollback_service(
    kernel: &mut Kernel,
    id: ServiceId,
    seen: Version,
) -> Result<(), ControlError> {
    let Some(current) = kernel.store.service(id) else {
        let message = format!("service {} not found", kernel.ids.text(id));
        return Err(ControlError::new(Code::NotFound, message));
    };
    let Some(previous) = current.previous_spec.clone() else {
        let message = format!(
            "service {} does not have a previous spec",
            kernel.ids.text(id)
        );
        return Err(ControlError::new(Code::FailedPrecondition, message));
    };
    if seen != current.meta.version {
        return Err(ControlError::new(Code::Unknown, "update out of sequence"));
    }
    let now = kernel.now;
    kernel.store.update(now, |tx| {
        tx.update_service(id, |service| {
            let previous_version = service.previous_spec_version.unwrap_or_default();
            service.previous_spec = Some(std::mem::replace(&mut service.spec, previous));
            service.previous_spec_version = Some(service.spec_version);
            service.spec_version = previous_version;
            service.update_status = Some(UpdateStatus {
                state: UpdateState::RollbackStarted,
                started_at: Some(now),
                completed_at: None,
                message: Text::constant("manually requested rollback"),
            });
            if let Some(status) = &mut service.job_status {
                status.iteration.0 += 1;
                status.last_execution = now;
            }
        });
        Ok(())
    })
}

/// Removes a service. Its tasks are the orchestrator's matter.
pub fn remove_service(kernel: &mut Kernel, id: ServiceId) -> Result<(), ControlError> {
    let is_known = kernel
        .store
        .update(kernel.now, |tx| Ok::<_, ()>(tx.delete_service(id)));
    match is_known {
        Ok(true) => Ok(()),
        _ => {
            let message = format!("service {} not found", kernel.ids.text(id));
            Err(ControlError::new(Code::NotFound, message))
        }
    }
}
