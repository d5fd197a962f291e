//! Rows in, texts out: compared with what the real client printed of the same rows.

mod engine;
mod lists;
mod pretty;
mod waiting;

use crate::docker::tests::data;
use crate::model::{PortConfig, PortProtocol, PublishMode};

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
