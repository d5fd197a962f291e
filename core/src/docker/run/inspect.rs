//! `docker service inspect` and `docker node inspect`: objects of the store, looked at closely.
//!
//! Upstream: docker/cli `cli/command/{service,node}/inspect.go`. What has been found is printed
//! even if another name is not.
//!
//! Left out: which root certificate a single node has while the root is being replaced; all are
//! shown with the one that the swarm has.

use std::sync::Arc;

use super::find;
use super::node::manager_status;
use crate::ca;
use crate::docker::Outcome;
use crate::docker::node::NodeInspect;
use crate::docker::print::{
    self, InspectFormat, ManagerPretty, ManagerStatus, NodePretty, ServicePretty, TlsInfo,
    UpdateStatusPretty,
};
use crate::docker::service::ServiceInspect;
use crate::ids::NodeId;
use crate::kernel::Kernel;
use crate::model::{Node, Service};
use crate::time::SimTime;

/// The port on which managers are reached.
pub const MANAGER_PORT: u16 = 2377;

/// `docker service inspect`
pub(super) fn services(kernel: &Kernel, command: &ServiceInspect) -> Outcome {
    let missing = |name: &str| Outcome::refused(format!("Error: no such service: {name}"));
    let (found, refusal) = look_up(&command.services, |name| {
        find::service(kernel, name).map_err(|refusal| {
            if refusal.stderr.ends_with("not found\n") {
                missing(name)
            } else {
                refusal
            }
        })
    });
    let printed = if command.format == InspectFormat::Pretty {
        let pretty: Vec<ServicePretty> = found.iter().map(|one| pretty(kernel, one)).collect();
        Ok(print::service_pretty(&pretty))
    } else {
        let objects: Vec<print::Object> = found
            .iter()
            .map(|service| {
                let addresses = virtual_ips(kernel, service);
                print::service_json(
                    service,
                    &kernel.ids.text(service.id),
                    &kernel.ids,
                    &addresses,
                )
            })
            .collect();
        print::inspect(&objects, &command.format)
    };
    finish(printed, refusal)
}

/// `docker node inspect`
pub(super) fn nodes(kernel: &Kernel, at: NodeId, command: &NodeInspect) -> Outcome {
    let (found, refusal) = look_up(&command.nodes, |name| find::node(kernel, name, Some(at)));
    let printed = if command.format == InspectFormat::Pretty {
        let pretty: Vec<NodePretty> = found.iter().map(|one| node_pretty(kernel, one)).collect();
        Ok(print::node_pretty(&pretty))
    } else {
        let objects: Vec<print::Object> =
            found.iter().map(|node| node_json(kernel, node)).collect();
        print::inspect(&objects, &command.format)
    };
    finish(printed, refusal)
}

/// Any objects that have a form for people and one for programs.
pub(super) fn objects<T, P>(
    names: &[String],
    format: &InspectFormat,
    find: impl Fn(&str) -> Result<Arc<T>, Outcome>,
    pretty: impl Fn(&T) -> P,
    print_pretty: impl Fn(&[P]) -> String,
    print_json: impl Fn(&P) -> print::Object,
) -> Outcome {
    let (found, refusal) = look_up(names, find);
    let found: Vec<P> = found.iter().map(|object| pretty(object)).collect();
    let printed = if *format == InspectFormat::Pretty {
        Ok(print_pretty(&found))
    } else {
        let objects: Vec<print::Object> = found.iter().map(print_json).collect();
        print::inspect(&objects, format)
    };
    finish(printed, refusal)
}

/// Looks names up one after the other.
pub(super) fn look_up<T>(
    names: &[String],
    find: impl Fn(&str) -> Result<Arc<T>, Outcome>,
) -> (Vec<Arc<T>>, Option<Outcome>) {
    let mut found = Vec::new();
    let mut refusal: Option<Outcome> = None;
    for name in names {
        match (find(name), &mut refusal) {
            (Ok(object), _) => found.push(object),
            (Err(another), Some(refusal)) => refusal.stderr += &another.stderr,
            (Err(first), refusal @ None) => *refusal = Some(first),
        }
    }
    (found, refusal)
}

/// What was printed, and what was not found.
pub(super) fn finish(printed: Result<String, Outcome>, refusal: Option<Outcome>) -> Outcome {
    match printed {
        Ok(text) => super::join(std::iter::once(Outcome::printed(text)).chain(refusal)),
        Err(wrong_template) => wrong_template,
    }
}

fn pretty(kernel: &Kernel, service: &Service) -> ServicePretty {
    let ago = |time: SimTime| kernel.now.since(time);
    ServicePretty {
        id: kernel.ids.text(service.id),
        spec: (*service.spec).clone(),
        update_status: service
            .update_status
            .as_ref()
            .map(|status| UpdateStatusPretty {
                state: status.state,
                started_ago_ns: status.started_at.map(ago),
                completed_ago_ns: status.completed_at.map(ago),
                message: status.message.to_string(),
            }),
        networks: network_names(kernel, service),
        ports: service
            .endpoint
            .as_ref()
            .map_or_else(Vec::new, |endpoint| endpoint.ports.clone()),
    }
}

/// The addresses of a service, each with the id of its network.
fn virtual_ips(kernel: &Kernel, service: &Service) -> Vec<(String, String)> {
    let endpoint = service.endpoint.as_deref();
    let addresses = endpoint
        .into_iter()
        .flat_map(|endpoint| &endpoint.virtual_ips);
    addresses
        .map(|vip| {
            let address = vip.address.map(|address| address.to_string());
            (kernel.ids.text(vip.network), address.unwrap_or_default())
        })
        .collect()
}

/// The networks of a service, by name where they have one.
fn network_names(kernel: &Kernel, service: &Service) -> Vec<String> {
    let wishes = service.spec.task.networks.iter();
    wishes
        .map(|wish| match find::network(kernel, &wish.target) {
            Ok(network) => network.name().to_owned(),
            Err(_) => wish.target.clone(),
        })
        .collect()
}

/// A node as `inspect` shows it to programs.
pub(super) fn node_json(kernel: &Kernel, node: &Node) -> print::Object {
    print::node_json(
        node,
        &kernel.ids.text(node.id),
        manager(kernel, node).as_ref(),
        Some(&tls(kernel)),
    )
}

/// What the nodes of the swarm trust.
fn tls(kernel: &Kernel) -> TlsInfo {
    let (seed, root) = (kernel.settings.seed, kernel.store.cluster().root_ca.root);
    let issuer = ca::issuer(seed, root);
    TlsInfo {
        trust_root: ca::root_certificate(seed, root),
        issuer_subject: issuer.subject,
        issuer_public_key: issuer.public_key,
    }
}

fn node_pretty(kernel: &Kernel, node: &Node) -> NodePretty {
    NodePretty {
        id: kernel.ids.text(node.id),
        labels: node.spec.annotations.labels.clone(),
        description: node.description.as_deref().cloned().unwrap_or_default(),
        joined_at: node.meta.created_at,
        state: node.status.state,
        message: node.status.message.to_string(),
        availability: node.spec.availability,
        address: node.status.addr.clone(),
        manager: manager(kernel, node),
        tls: Some(tls(kernel)),
    }
}

/// What a node is among the managers.
pub(super) fn manager(kernel: &Kernel, node: &Node) -> Option<ManagerPretty> {
    let status = manager_status(kernel, node)?;
    Some(ManagerPretty {
        address: manager_address(node),
        reachable: status != ManagerStatus::Unreachable,
        leader: status == ManagerStatus::Leader,
    })
}

/// Where other nodes reach a manager.
pub(super) fn manager_address(node: &Node) -> String {
    format!("{}:{MANAGER_PORT}", node.status.addr)
}
