//! Services and nodes in the form of the Docker API, for `inspect`
//! (moby `api/types/swarm/{service,node}.go`).

use super::ordered::{Json, Object};
use super::spec_json::{endpoint_spec_json, labels_json, ports_json, service_spec_json};
use super::{ManagerPretty, TlsInfo};
use crate::ids::IdTexts;
use crate::model::{Meta, Node, Service, ServiceSpec};
use crate::time::SimTime;

/// A service as `docker service inspect` shows it. `virtual_ips` are pairs of the id of a network
/// and an address in it.
pub fn service_json(
    service: &Service,
    id: &str,
    ids: &IdTexts,
    virtual_ips: &[(String, String)],
) -> Object {
    let spec = |spec: &ServiceSpec| service_spec_json(spec, ids, true);
    let mut object = head(id, &service.meta).with("Spec", spec(&service.spec));
    if let Some(previous) = &service.previous_spec {
        object = object.with("PreviousSpec", spec(previous));
    }
    let mut endpoint = Object::default();
    if let Some(allocated) = &service.endpoint {
        let addresses: Json = virtual_ips
            .iter()
            .map(|(network, address)| {
                Object::default()
                    .with("NetworkID", network.as_str())
                    .with("Addr", address.as_str())
            })
            .collect();
        endpoint = endpoint
            .with("Spec", endpoint_spec_json(&allocated.spec))
            .with_some("Ports", ports_json(&allocated.ports))
            .with_some("VirtualIPs", addresses);
    } else {
        endpoint = endpoint.with("Spec", Object::default());
    }
    object = object.with("Endpoint", endpoint);
    if let Some(status) = &service.update_status {
        let time = |time: Option<SimTime>| time.map(SimTime::to_rfc3339);
        let status = Object::default()
            .with("State", status.state.as_str())
            .with_some("StartedAt", time(status.started_at))
            .with_some("CompletedAt", time(status.completed_at))
            .with("Message", status.message.as_str());
        object = object.with("UpdateStatus", status);
    }
    if let Some(status) = service.job_status {
        let mut iteration = Object::default();
        if status.iteration.0 > 0 {
            iteration = iteration.with("Index", status.iteration.0);
        }
        let status = Object::default()
            .with("JobIteration", iteration)
            .with("LastExecution", status.last_execution.to_rfc3339());
        object = object.with("JobStatus", status);
    }
    object
}

/// A node as `docker node inspect` shows it.
pub fn node_json(
    node: &Node,
    id: &str,
    manager: Option<&ManagerPretty>,
    tls: Option<&TlsInfo>,
) -> Object {
    let spec = Object::default()
        .with_some("Name", node.spec.annotations.name.as_str())
        .with("Labels", labels_json(&node.spec.annotations.labels))
        .with("Role", node.spec.desired_role.as_str())
        .with("Availability", node.spec.availability.as_str());
    let status = Object::default()
        .with("State", node.status.state.as_str())
        .with_some("Message", node.status.message.as_str())
        .with("Addr", node.status.addr.as_str());
    let object = head(id, &node.meta)
        .with("Spec", spec)
        .with("Description", description(node, tls))
        .with("Status", status);
    match manager {
        Some(manager) => {
            let reachability = if manager.reachable {
                "reachable"
            } else {
                "unreachable"
            };
            let manager = Object::default()
                .with_some("Leader", manager.leader)
                .with("Reachability", reachability)
                .with("Addr", manager.address.as_str());
            object.with("ManagerStatus", manager)
        }
        None => object,
    }
}

pub(super) fn head(id: &str, meta: &Meta) -> Object {
    Object::default()
        .with("ID", id)
        .with(
            "Version",
            Object::default().with("Index", meta.version.index),
        )
        .with("CreatedAt", meta.created_at.to_rfc3339())
        .with("UpdatedAt", meta.updated_at.to_rfc3339())
}

fn description(node: &Node, tls: Option<&TlsInfo>) -> Object {
    let description = node.description.as_deref().cloned().unwrap_or_default();
    let platform = description.platform.unwrap_or_default();
    let resources = description.resources.unwrap_or_default();
    let engine = description.engine.unwrap_or_default();
    let generic = serde_json::to_value(&resources.generic).expect("resources are JSON");
    let plugins: Json = engine
        .plugins
        .iter()
        .map(|plugin| {
            Object::default()
                .with("Type", plugin.kind.as_str())
                .with("Name", plugin.name.as_str())
        })
        .collect();
    let object = Object::default()
        .with_some("Hostname", description.hostname)
        .with(
            "Platform",
            Object::default()
                .with_some("Architecture", platform.architecture)
                .with_some("OS", platform.os),
        )
        .with(
            "Resources",
            Object::default()
                .with_some("NanoCPUs", resources.cpu_nano)
                .with_some("MemoryBytes", resources.memory_bytes)
                .with_some("GenericResources", generic),
        )
        .with(
            "Engine",
            Object::default()
                .with_some("EngineVersion", engine.engine_version)
                .with_some("Labels", labels_json(&engine.labels))
                .with_some("Plugins", plugins),
        );
    match tls {
        Some(tls) => {
            let tls = Object::default()
                .with("TrustRoot", tls.trust_root.as_str())
                .with("CertIssuerSubject", tls.issuer_subject.as_str())
                .with("CertIssuerPublicKey", tls.issuer_public_key.as_str());
            object.with("TLSInfo", tls)
        }
        None => object,
    }
}
