//! Networks: create, remove (`manager/controlapi/network.go`).
//!
//! Left out: plugins that give addresses, and drivers other than the built-in one.

use std::sync::Arc;

use super::error::{Code, ControlError};
use super::validate;
use crate::ids::NetworkId;
use crate::kernel::Kernel;
use crate::model::{
    Cidr, EndpointSpec, IpamConfig, Network, NetworkSpec, OVERLAY, PREDEFINED_LABEL, PublishMode,
    Service, Task, TaskState,
};

/// Creates a network. Its addresses are the allocator's matter.
pub fn create_network(kernel: &mut Kernel, spec: NetworkSpec) -> Result<NetworkId, ControlError> {
    check(&spec)?;
    let store = &kernel.store;
    if spec.ingress
        && let Some(present) = store.networks().find(|network| network.spec.ingress)
    {
        let id = kernel.ids.text(present.id);
        let message = format!("ingress network ({id}) is already present");
        return Err(ControlError::new(Code::AlreadyExists, message));
    }
    let name = &spec.annotations.name;
    // Names are compared without regard to case.
    if store
        .networks()
        .any(|other| other.name().eq_ignore_ascii_case(name))
    {
        let message =
            format!("name conflicts with an existing object: network {name} already exists");
        return Err(ControlError::new(Code::AlreadyExists, message));
    }
    kernel
        .store
        .update(kernel.now, |tx| Ok(tx.create_network(Network::new(spec))))
}

fn check(spec: &NetworkSpec) -> Result<(), ControlError> {
    if spec.ingress && spec.attachable {
        return Err(ControlError::invalid(
            "ingress network cannot be attachable",
        ));
    }
    validate::name(&spec.annotations.name)?;
    if spec.annotations.labels.contains_key(PREDEFINED_LABEL) {
        let message = format!(
            "label {PREDEFINED_LABEL} is for internally created predefined networks and cannot be \
             applied by users"
        );
        return Err(ControlError::new(Code::PermissionDenied, message));
    }
    let driver = &spec.driver_name;
    if !driver.is_empty() && driver != OVERLAY {
        let message = format!("plugin {driver} not found");
        return Err(ControlError::invalid(message));
    }
    spec.ipam.iter().try_for_each(check_range)
}

fn check_range(config: &IpamConfig) -> Result<(), ControlError> {
    let IpamConfig {
        subnet,
        range,
        gateway,
    } = config;
    let refuse = |message: String| {
        Err(ControlError::invalid(format!(
            "ipam configuration: {message}"
        )))
    };
    let Ok(whole) = subnet.parse::<Cidr>() else {
        return refuse(format!("invalid subnet {subnet}"));
    };
    if !range.is_empty() {
        match range.parse::<Cidr>() {
            Err(_) => return refuse(format!("invalid range {range}")),
            Ok(part) if !whole.contains(part.address) => {
                return refuse(format!("subnet {subnet} does not contain range {range}"));
            }
            Ok(_) => {}
        }
    }
    if !gateway.is_empty() {
        match gateway.parse() {
            Err(_) => return refuse(format!("invalid gateway {gateway}")),
            Ok(address) if !whole.contains(address) => {
                return refuse(format!(
                    "subnet {subnet} does not contain gateway {gateway}"
                ));
            }
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Removes a network, if nothing uses it any more.
pub fn remove_network(kernel: &mut Kernel, id: NetworkId) -> Result<(), ControlError> {
    let text = kernel.ids.text(id);
    let store = &kernel.store;
    let Some(network) = store.network(id) else {
        let message = format!("network {text} not found");
        return Err(ControlError::new(Code::NotFound, message));
    };
    let refuse = |message: String| Err(ControlError::new(Code::FailedPrecondition, message));
    if network.is_predefined() {
        return refuse(format!(
            "network {} ({text}) is a swarm predefined network and cannot be removed",
            network.name()
        ));
    }
    if network.spec.ingress {
        if let Some(service) = store
            .services()
            .find(|service| needs_ingress(service.spec.endpoint.as_deref()))
        {
            return refuse(format!(
                "ingress network cannot be removed because service {} depends on it",
                kernel.ids.text(service.id)
            ));
        }
    } else {
        let names_it = |service: &&Arc<Service>| {
            let mut networks = service.spec.task.networks.iter();
            networks.any(|wish| wish.target == text)
        };
        if let Some(service) = store.services().find(names_it) {
            let service = kernel.ids.text(service.id);
            return refuse(format!("network {text} is in use by service {service}"));
        }
        let uses_it = |task: &&Arc<Task>| {
            task.desired_state <= TaskState::Running
                && task.status.state <= TaskState::Running
                && task
                    .networks
                    .iter()
                    .any(|attachment| attachment.network.id == id)
        };
        if let Some(task) = store.tasks().find(uses_it) {
            let task = kernel.ids.text(task.id);
            return refuse(format!("network {text} is in use by task {task}"));
        }
    }
    kernel.store.update(kernel.now, |tx| {
        tx.delete_network(id);
        Ok(())
    })
}

/// Whether a port is published through the routing mesh.
pub(super) fn needs_ingress(endpoint: Option<&EndpointSpec>) -> bool {
    let mut ports = endpoint.into_iter().flat_map(|spec| &spec.ports);
    ports.any(|port| port.publish_mode == PublishMode::Ingress)
}
