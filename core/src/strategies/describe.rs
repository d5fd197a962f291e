//! Nodes and services in one line each, for people who look at a case that failed.

use std::fmt::Write as _;

use super::node::{CPU_STEP_NANO, MEMORY_STEP_BYTES};
use crate::model::{
    GenericResource, Labels, MountType, Node, Platform, PublishMode, ServiceMode, ServiceSpec,
};

fn labels(line: &mut String, prefix: &str, labels: &Labels) {
    for (key, value) in labels {
        let _ = write!(line, " {prefix}{key}={value}");
    }
}

fn cores(line: &mut String, cpu_nano: i64) {
    let halves = cpu_nano / CPU_STEP_NANO;
    let half = if halves % 2 == 0 { "" } else { ".5" };
    let _ = write!(line, " {}{half} cpu", halves / 2);
}

fn memory(line: &mut String, bytes: i64) {
    let _ = write!(line, " {} MiB", bytes / MEMORY_STEP_BYTES * 256);
}

fn platform(line: &mut String, platform: &Platform) {
    let _ = write!(line, " {}/{}", platform.os, platform.architecture);
}

/// `h1 worker ready active zone=a 2 cpu 512 MiB ssd=3 gpu=g1 linux/x86_64 Volume/nfs`
pub(super) fn node(node: &Node) -> String {
    let (state, availability) = (node.status.state, node.spec.availability);
    let mut line = format!("{} {} {state} {availability}", node.hostname(), node.role);
    labels(&mut line, "", &node.spec.annotations.labels);
    let Some(description) = &node.description else {
        line.push_str(" without description");
        return line;
    };
    match &description.resources {
        None => line.push_str(" without resources"),
        Some(resources) => {
            cores(&mut line, resources.cpu_nano);
            memory(&mut line, resources.memory_bytes);
            for resource in &resources.generic {
                let _ = match resource {
                    GenericResource::Discrete { kind, value } => write!(line, " {kind}={value}"),
                    GenericResource::Named { kind, value } => write!(line, " {kind}={value}"),
                };
            }
        }
    }
    if let Some(found) = &description.platform {
        platform(&mut line, found);
    }
    match &description.engine {
        None => line.push_str(" without engine"),
        Some(engine) => {
            labels(&mut line, "engine.", &engine.labels);
            for plugin in &engine.plugins {
                let _ = write!(line, " {}/{}", plugin.kind, plugin.name);
            }
        }
    }
    line
}

/// `3 replicas --reserve-cpu 0.5 --constraint node.role==worker`, in the manner of docker's flags.
pub(super) fn service(spec: &ServiceSpec) -> String {
    let mut line = match spec.mode {
        ServiceMode::Replicated { replicas } => format!("{replicas} replicas"),
        other => other.as_str().to_owned(),
    };
    let (placement, reserved) = (&spec.task.placement, &spec.task.resources.reservations);
    if reserved.cpu_nano != 0 {
        line.push_str(" reserving");
        cores(&mut line, reserved.cpu_nano);
    }
    if reserved.memory_bytes != 0 {
        line.push_str(" reserving");
        memory(&mut line, reserved.memory_bytes);
    }
    for request in &reserved.generic {
        let _ = write!(line, " reserving {}={}", request.kind, request.value);
    }
    for constraint in &placement.constraints {
        let _ = write!(line, " --constraint '{constraint}'");
    }
    for preference in &placement.preferences {
        let _ = write!(line, " --placement-pref spread={preference}");
    }
    for wanted in &placement.platforms {
        line.push_str(" for");
        platform(&mut line, wanted);
    }
    if placement.max_replicas > 0 {
        let _ = write!(line, " --replicas-max-per-node {}", placement.max_replicas);
    }
    for port in spec.endpoint.iter().flat_map(|endpoint| &endpoint.ports) {
        if port.publish_mode == PublishMode::Host {
            let _ = write!(line, " host port {}/{}", port.published_port, port.protocol);
        }
    }
    for mount in &spec.task.container.mounts {
        if mount.kind == MountType::Volume {
            let _ = write!(line, " volume driver {}", mount.volume_driver);
        }
    }
    if let Some(driver) = &spec.task.log_driver {
        let _ = write!(line, " --log-driver {}", driver.name);
    }
    line
}
