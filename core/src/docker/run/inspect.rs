//! `docker service inspect` and `docker node inspect`: objects of the store, looked at closely.
//!
//! Upstream: docker/cli `cli/command/{service,node}/inspect.go`. What has been found is printed
//! even if another name is not.
//!
//! Left out: virtual addresses, and the block about the root certificate.

use std::sync::Arc;

use super::{container, find};
use crate::docker::Outcome;
use crate::docker::container::{Inspect, ObjectType};
use crate::docker::node::NodeInspect;
use crate::docker::print::{
    self, InspectFormat, ManagerPretty, NodePretty, ServicePretty, UpdateStatusPretty,
};
use crate::docker::service::ServiceInspect;
use crate::ids::NodeId;
use crate::kernel::Kernel;
use crate::model::{Node, NodeRole, NodeState, Service};
use crate::swarm::Swarm;
use crate::time::SimTime;

/// The port on which managers are reached.
const MANAGER_PORT: u16 = 2377;

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
            .map(|service| print::service_json(service, &kernel.ids.text(service.id), &[]))
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
        let objects: Vec<print::Object> = found
            .iter()
            .map(|node| {
                let id = kernel.ids.text(node.id);
                print::node_json(node, &id, manager(node).as_ref())
            })
            .collect();
        print::inspect(&objects, &command.format)
    };
    finish(printed, refusal)
}

/// `docker inspect`: the first kind of object that knows a name shows it.
pub(super) fn objects(swarm: &Swarm, at: NodeId, command: &Inspect) -> Outcome {
    let kernel = &swarm.kernel;
    // A node that is no manager knows its containers alone.
    let is_manager = kernel
        .store
        .node(at)
        .is_some_and(|node| node.role == NodeRole::Manager);
    let mut found = Vec::new();
    let mut refusal: Option<Outcome> = None;
    for name in &command.objects {
        let kinds = ObjectType::ALL
            .into_iter()
            .filter(|kind| command.kind.is_none_or(|wanted| wanted == *kind))
            .filter(|kind| is_manager || *kind == ObjectType::Container);
        let mut object = None;
        for kind in kinds {
            object = match kind {
                ObjectType::Container => container::find(swarm, at, name)
                    .ok()
                    .map(|of| container::json(swarm, at, &of)),
                ObjectType::Service => find::service(kernel, name).ok().map(|service| {
                    print::service_json(&service, &kernel.ids.text(service.id), &[])
                }),
                ObjectType::Task if find::task(kernel, name).is_ok() => {
                    return Outcome::refused("docker inspect of a task is not simulated yet");
                }
                ObjectType::Task => None,
                ObjectType::Node => find::node(kernel, name, Some(at)).ok().map(|node| {
                    let id = kernel.ids.text(node.id);
                    print::node_json(&node, &id, manager(&node).as_ref())
                }),
            };
            if object.is_some() {
                break;
            }
        }
        let Some(object) = object else {
            let missing = match command.kind {
                None => Outcome::refused(format!("Error: No such object: {name}")),
                Some(ObjectType::Container) => {
                    Outcome::refused_by_daemon(format!("No such container: {name}"))
                }
                Some(kind) => {
                    let kind = kind.as_str();
                    Outcome::refused_by_daemon(format!("{kind} {name} not found"))
                }
            };
            refusal = Some(match refusal.take() {
                Some(before) => super::join([before, missing]),
                None => missing,
            });
            continue;
        };
        found.push(object);
    }
    finish(print::inspect(&found, &command.format), refusal)
}

/// Looks names up one after the other.
fn look_up<T>(
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

fn finish(printed: Result<String, Outcome>, refusal: Option<Outcome>) -> Outcome {
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
        networks: Vec::new(),
        ports: service
            .endpoint
            .as_ref()
            .map_or_else(Vec::new, |endpoint| endpoint.ports.clone()),
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
        manager: manager(node),
    }
}

/// What a node is among the managers: with one manager the one that exists leads.
fn manager(node: &Node) -> Option<ManagerPretty> {
    (node.role == NodeRole::Manager).then(|| ManagerPretty {
        address: manager_address(node),
        reachable: node.status.state != NodeState::Down,
        leader: true,
    })
}

/// Where other nodes reach a manager.
pub(super) fn manager_address(node: &Node) -> String {
    format!("{}:{MANAGER_PORT}", node.status.addr)
}
