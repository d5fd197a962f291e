//! What a service is given: its ports, then an address in each of its networks.

use std::sync::Arc;

use super::{Allocator, write};
use crate::ids::{NetworkId, ServiceId};
use crate::kernel::Kernel;
use crate::model::{
    Endpoint, EndpointMode, EndpointSpec, NetworkAttachment, PublishMode, Service, Task, VirtualIp,
};
use crate::store::Store;

/// Whether the routing mesh has to bring connections to the service.
fn needs_ingress(spec: Option<&EndpointSpec>) -> bool {
    let mut ports = spec.into_iter().flat_map(|spec| &spec.ports);
    ports.any(|port| port.publish_mode == PublishMode::Ingress)
}

/// Something that a service asks for is not free, or its network is not allocated yet.
struct Missing;

impl Allocator {
    /// The networks in which a service has an address, in the order in which they are given: the
    /// routing mesh first. Nothing if one of them does not exist.
    fn wanted_networks(&self, service: &Service) -> Option<Vec<NetworkId>> {
        let mut networks = Vec::new();
        if needs_ingress(service.spec.endpoint.as_deref()) {
            networks.push(self.ingress?);
        }
        for wish in &service.spec.task.networks {
            networks.push(*self.networks_by_text.get(&wish.target)?);
        }
        Some(networks)
    }

    /// Whether a service has all that its spec asks for, and nothing besides.
    pub(super) fn is_service_allocated(&self, service: &Service) -> bool {
        let Some(networks) = self.wanted_networks(service) else {
            return false;
        };
        let spec = service.spec.endpoint.as_deref();
        let Some(endpoint) = service.endpoint.as_deref() else {
            // A spec without an endpoint asks for nothing, in whatever networks the tasks are.
            return spec.is_none_or(|spec| {
                spec.ports.is_empty() && (networks.is_empty() || spec.mode == EndpointMode::Dnsrr)
            });
        };
        spec.is_some_and(|spec| *spec == *endpoint.spec && are_given(spec, endpoint))
            && match mode(spec) {
                EndpointMode::Dnsrr => endpoint.virtual_ips.is_empty(),
                EndpointMode::Vip => {
                    endpoint.virtual_ips.len() == networks.len()
                        && networks.iter().all(|network| {
                            let mut vips = endpoint.virtual_ips.iter();
                            vips.any(|vip| vip.network == *network)
                        })
                }
            }
    }

    /// Gives a service what it lacks, keeps what it may keep, takes back the rest.
    pub(super) fn allocate_service(&mut self, kernel: &mut Kernel, id: ServiceId) {
        let Some(service) = kernel.store.service(id).cloned() else {
            self.unallocated_services.remove(&id);
            return;
        };
        if self.is_service_allocated(&service) {
            self.is_ready |= self.unallocated_services.remove(&id);
            return;
        }
        let Ok(endpoint) = self.endpoint_for(&service) else {
            self.unallocated_services.insert(id);
            return;
        };
        self.unallocated_services.remove(&id);
        self.is_ready = true;
        let now = kernel.now;
        write(kernel, now, |tx| {
            tx.update_service(id, |service| service.endpoint = endpoint);
        });
    }

    /// The endpoint of a service, if it asks for one.
    fn endpoint_for(&mut self, service: &Service) -> Result<Option<Arc<Endpoint>>, Missing> {
        let networks = self.wanted_networks(service).ok_or(Missing)?;
        let before = service.endpoint.as_deref();
        if let Some(before) = before {
            self.is_freed |= self.ports.free(&before.ports);
        }
        let Some(spec) = &service.spec.endpoint else {
            self.free_addresses(before);
            return Ok(None);
        };
        let Some(ports) = self.ports.allocate(spec, before) else {
            // It keeps what it had, as far as that is still free.
            if let Some(before) = before {
                self.ports.restore(&before.ports);
            }
            return Err(Missing);
        };
        let mut kept: Vec<VirtualIp> = Vec::new();
        let wants =
            |vip: &VirtualIp| spec.mode == EndpointMode::Vip && networks.contains(&vip.network);
        for vip in before.into_iter().flat_map(|before| &before.virtual_ips) {
            if wants(vip) {
                kept.push(*vip);
            } else if let Some(address) = vip.address {
                self.addresses.free(vip.network, address);
                self.is_freed = true;
            }
        }
        if spec.mode == EndpointMode::Vip {
            let first_new = kept.len();
            for network in networks {
                if kept.iter().any(|vip| vip.network == network) {
                    continue;
                }
                let address = self.addresses.give(network);
                let is_given = address.is_some() || !self.addresses.gives_in(network);
                if !is_given || !self.addresses.is_allocated(network) {
                    for vip in &kept[first_new..] {
                        if let Some(address) = vip.address {
                            self.addresses.free(vip.network, address);
                        }
                    }
                    self.ports.free(&ports);
                    return Err(Missing);
                }
                kept.push(VirtualIp { network, address });
            }
        }
        Ok(Some(Arc::new(Endpoint {
            spec: Arc::clone(spec),
            ports,
            virtual_ips: kept,
        })))
    }

    fn free_addresses(&mut self, endpoint: Option<&Endpoint>) {
        for vip in endpoint
            .into_iter()
            .flat_map(|endpoint| &endpoint.virtual_ips)
        {
            if let Some(address) = vip.address {
                self.addresses.free(vip.network, address);
                self.is_freed = true;
            }
        }
    }

    /// A service is gone: so is what it had.
    pub(super) fn free_service(&mut self, service: &Service) {
        self.unallocated_services.remove(&service.id);
        if let Some(endpoint) = service.endpoint.as_deref() {
            self.is_freed |= self.ports.free(&endpoint.ports);
            self.free_addresses(Some(endpoint));
        }
    }

    /// The networks that a task is to be on: that of the routing mesh first, then those of its
    /// spec. Nothing if one of them is not ready.
    pub(super) fn networks_of(
        &self,
        store: &Store,
        service: Option<&Arc<Service>>,
        task: &Task,
    ) -> Option<Vec<NetworkAttachment>> {
        let attach = |id: NetworkId| {
            let network = store.network(id)?;
            self.addresses
                .is_allocated(id)
                .then(|| NetworkAttachment::new(Arc::clone(network)))
        };
        let mut networks = Vec::new();
        let endpoint = service.and_then(|service| service.spec.endpoint.as_deref());
        if needs_ingress(endpoint) {
            networks.push(attach(self.ingress?)?);
        }
        for wish in &task.spec.networks {
            let id = *self.networks_by_text.get(&wish.target)?;
            networks.push(NetworkAttachment {
                aliases: wish.aliases.clone(),
                ..attach(id)?
            });
        }
        Some(networks)
    }
}

fn mode(spec: Option<&EndpointSpec>) -> EndpointMode {
    spec.map_or_else(EndpointMode::default, |spec| spec.mode)
}

/// Whether every port of a spec has been given, and no other.
fn are_given(spec: &EndpointSpec, endpoint: &Endpoint) -> bool {
    spec.ports.len() == endpoint.ports.len()
        && spec.ports.iter().all(|wanted| {
            endpoint.ports.iter().any(|given| {
                (given.protocol, given.target_port, given.publish_mode)
                    == (wanted.protocol, wanted.target_port, wanted.publish_mode)
                    && (wanted.published_port == 0 || wanted.published_port == given.published_port)
            })
        })
}
