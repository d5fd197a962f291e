//! Rows in, texts out: compared with what the real client printed of the same rows.

mod engine;
mod json;
mod lists;
mod pretty;
mod waiting;

use crate::docker::tests::data;
use crate::model::{
    Engine, NodeDescription, Platform, Plugin, PortConfig, PortProtocol, PublishMode, Resources,
};

pub(super) fn output(name: &str) -> String {
    data(&format!("docker-output/{name}.txt"))
}

pub(super) fn port(published: u32, target: u32, protocol: PortProtocol) -> PortConfig {
    PortConfig {
        protocol,
        target_port: target,
        published_port: published,
        publish_mode: PublishMode::Ingress,
    }
}

/// What the nodes of the real outputs say about themselves.
pub(super) fn description(hostname: &str) -> NodeDescription {
    let plugins = |kind: &str, names: &str| -> Vec<Plugin> {
        names
            .split(' ')
            .map(|name| Plugin {
                kind: kind.to_owned(),
                name: name.to_owned(),
            })
            .collect()
    };
    NodeDescription {
        hostname: hostname.to_owned(),
        platform: Some(Platform {
            architecture: "x86_64".to_owned(),
            os: "linux".to_owned(),
        }),
        resources: Some(Resources {
            cpu_nano: 2_000_000_000,
            memory_bytes: 25_276_510_208,
            generic: Vec::new(),
        }),
        engine: Some(Engine {
            engine_version: "28.2.2".to_owned(),
            plugins: [
                plugins(
                    "Log",
                    "awslogs fluentd gcplogs gelf journald json-file local splunk syslog",
                ),
                plugins("Network", "bridge host ipvlan macvlan null overlay"),
                plugins("Volume", "local"),
            ]
            .concat(),
            ..Engine::default()
        }),
        ..NodeDescription::default()
    }
}
