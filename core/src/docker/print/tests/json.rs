//! Objects in the form of the Docker API.

use std::sync::Arc;

use super::{description, output};
use crate::docker::print::{
    InspectFormat, Template, TlsInfo, inspect, node_json, service_json, service_spec_json,
};
use crate::docker::service::ServiceCommand;
use crate::docker::{Command, parse_line};
use crate::ids::{IdTexts, NodeId, ServiceId};
use crate::model::{
    Endpoint, Meta, Node, NodeRole, NodeSpec, NodeState, NodeStatus, Service, ServiceSpec, Version,
};
use crate::time::SimTime;

fn spec(line: &str) -> ServiceSpec {
    match parse_line(line) {
        Ok(Command::Service(ServiceCommand::Create(create))) => create.spec,
        other => panic!("{line}: {other:?}"),
    }
}

/// The service of the real output, but for its times.
fn web() -> Service {
    let spec = spec(
        "docker service create --name web --replicas 2 -p 8080:80 --update-delay 1s \
         --label tier=front --env A=1 --constraint node.role==worker nginx:latest",
    );
    let endpoint = spec.endpoint.clone().expect("an endpoint");
    Service {
        id: ServiceId(0),
        meta: Meta {
            version: Version { index: 35 },
            created_at: SimTime(1),
            updated_at: SimTime(2),
        },
        spec: Arc::new(spec),
        spec_version: Version::default(),
        previous_spec: None,
        previous_spec_version: None,
        endpoint: Some(Arc::new(Endpoint {
            ports: endpoint.ports.clone(),
            spec: endpoint,
            ..Endpoint::default()
        })),
        update_status: None,
        job_status: None,
    }
}

#[test]
fn services_are_inspected() {
    let addresses = [(
        "jfgclic8wblb1gwdk8x0fc9xb".to_owned(),
        "10.0.0.5/24".to_owned(),
    )];
    let object = service_json(
        &web(),
        "ould6oxbll1420dblcyhesdui",
        &IdTexts::new(1),
        &addresses,
    );
    let without_times = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.contains("edAt\""));
        lines.map(str::to_owned).collect()
    };
    let ours = inspect(std::slice::from_ref(&object), &InspectFormat::Json).expect("JSON");
    assert_eq!(
        without_times(&ours),
        without_times(&output("service-inspect"))
    );
    let template =
        Template::parse("{{.Spec.Name}} {{json .Spec.Labels}} {{index .Spec.Labels \"tier\"}}");
    let format = InspectFormat::Template(template.expect("a template"));
    assert_eq!(
        inspect(&[object], &format),
        Ok("web {\"tier\":\"front\"} front\n".to_owned())
    );
    assert_eq!(inspect(&[], &InspectFormat::Json), Ok("[]\n".to_owned()));
}

#[test]
fn nodes_are_inspected() {
    let node = Node {
        id: NodeId(0),
        meta: Meta {
            version: Version { index: 14 },
            ..Meta::default()
        },
        spec: NodeSpec::default(),
        description: Some(Arc::new(description("worker1"))),
        status: NodeStatus {
            state: NodeState::Ready,
            addr: "10.99.0.16".to_owned(),
            ..NodeStatus::default()
        },
        role: NodeRole::Worker,
        attachments: Vec::new(),
        certificate: crate::model::Certificate::default(),
    };
    let real: serde_json::Value = serde_json::from_str(&output("node-inspect")).expect("JSON");
    let of_real = |key: &str| {
        let text = real[0]["Description"]["TLSInfo"][key].as_str();
        text.expect("a text").to_owned()
    };
    // What a certificate says is told where they are made.
    let tls = TlsInfo {
        trust_root: of_real("TrustRoot"),
        issuer_subject: of_real("CertIssuerSubject"),
        issuer_public_key: of_real("CertIssuerPublicKey"),
    };
    let ours = inspect(
        &[node_json(
            &node,
            "q173f750y21hz4mk0t7qfafe8",
            None,
            Some(&tls),
        )],
        &InspectFormat::Json,
    );
    let mut real = real;
    let mut ours: serde_json::Value = serde_json::from_str(&ours.expect("a text")).expect("JSON");
    for node in [&mut real[0], &mut ours[0]] {
        node["CreatedAt"].take();
        node["UpdatedAt"].take();
    }
    assert_eq!(ours, real);
}

/// The bodies that the real client sent when it created services.
#[test]
fn specs_are_those_that_the_real_client_sends() {
    for case in output("service-create-bodies").lines() {
        let (line, body) = case.split_once('\t').expect("a line and a body");
        let ours = serde_json::to_value(service_spec_json(&spec(line), &IdTexts::new(1), false))
            .expect("JSON");
        let mut real: serde_json::Value = serde_json::from_str(body).expect("JSON");
        // The engine adds these, and they are there from the beginning here.
        real["TaskTemplate"]["Runtime"] = "container".into();
        real["TaskTemplate"]["ContainerSpec"]["Isolation"] = "default".into();
        if real["Mode"] == serde_json::json!({"Replicated": {}}) {
            real["Mode"]["Replicated"]["Replicas"] = 1.into();
        }
        assert_eq!(ours, real, "{line}");
    }
}
