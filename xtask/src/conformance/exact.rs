//! One attempt of the scheduler at one service, with every random choice pinned: node for node.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use swarmlab_core::ids::{NodeId, ServiceId};
use swarmlab_core::kernel::World as _;
use swarmlab_core::model::{
    Annotations, Availability, Engine, GenericRequest, GenericResource, Labels, NodeDescription,
    NodeSpec, NodeState, Placement, Platform, PortProtocol, PublishMode, ResourceAmounts,
    ResourceRequirements, Resources, TaskSpec, TaskState,
};
use swarmlab_core::swarm::Swarm;

use super::scene::{self, Mould};
use super::{Difference, Report, Source, Verdict};

/// A line of `placement-exact.jsonl`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    id: String,
    nodes: Vec<VectorNode>,
    service: VectorService,
    expect: Expectation,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VectorNode {
    id: String,
    hostname: String,
    labels: Labels,
    state: NodeState,
    availability: Availability,
    arch: String,
    memory_bytes: i64,
    cpu_nano: i64,
    generic: BTreeMap<String, i64>,
    tasks_of_service: u32,
    stopping_tasks_of_service: u32,
    other_tasks: u32,
    recent_failures: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VectorService {
    tasks: u64,
    reserve_memory_bytes: i64,
    reserve_cpu_nano: i64,
    reserve_generic: BTreeMap<String, i64>,
    spread: Vec<String>,
    constraints: Vec<String>,
    max_replicas_per_node: u64,
    host_port: u32,
    platform_arch: String,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Expectation {
    placed: BTreeMap<String, u64>,
    unplaced: u64,
    err_first: String,
    err_settled: String,
}

/// The version of the service's spec. Which one it is makes no difference.
const SPEC_VERSION: u64 = 1;

/// Judges all lines.
pub fn run(source: &Source, report: &mut Report) -> anyhow::Result<()> {
    let vectors: Vec<Vector> = source.vectors("placement-exact")?;
    report.judge_all(
        &vectors,
        |vector| ("placement-exact".to_owned(), &vector.id),
        judge,
    );
    Ok(())
}

/// Judges one line.
pub fn judge(vector: &Vector) -> Verdict {
    let expect = &vector.expect;
    let actual = play(vector);
    let differences = [
        Difference::between("placed", &expect.placed, &actual.placed),
        Difference::between("unplaced", &expect.unplaced, &actual.unplaced),
        Difference::between("first text", &expect.err_first, &actual.err_first),
        Difference::between("settled text", &expect.err_settled, &actual.err_settled),
    ];
    Verdict::of(differences.into_iter().flatten().collect())
}

/// What the model does.
fn play(vector: &Vector) -> Expectation {
    const SERVICE: ServiceId = ServiceId(0);
    let mould = mould(&vector.service, SERVICE);
    let mut swarm = Swarm::founded(scene::settings(), |tx| {
        tx.create_service(scene::service("service", SPEC_VERSION));
        let other = tx.create_service(scene::service("other", SPEC_VERSION));
        let other = Mould {
            service: Some(other),
            ..Mould::default()
        };
        for described in &vector.nodes {
            let node = tx.create_node(node(described));
            let existing = [
                (&mould, described.tasks_of_service, TaskState::Running),
                (
                    &mould,
                    described.stopping_tasks_of_service,
                    TaskState::Shutdown,
                ),
                (&other, described.other_tasks, TaskState::Running),
            ];
            for (mould, count, desired) in existing {
                for _ in 0..count {
                    tx.create_task(mould.on_node(node, TaskState::Running, desired));
                }
            }
        }
    });
    let now = swarm.kernel.now;
    if let Some(scheduler) = &mut swarm.leader.scheduler {
        for (index, node) in vector.nodes.iter().enumerate() {
            for _ in 0..node.recent_failures {
                let node = NodeId::from_index(index);
                scheduler.remember_failure(Some(SERVICE), SPEC_VERSION, node, now);
            }
        }
    }
    swarm.write(|tx| {
        for slot in 1..=vector.service.tasks {
            tx.create_task(mould.pending(slot, None, now));
        }
    });
    // One round is one attempt; writing a new text asks for another one.
    swarm.step();
    let first = observe(vector, &swarm, SERVICE);
    swarm.step();
    let settled = observe(vector, &swarm, SERVICE);
    Expectation {
        err_first: first.err_settled,
        ..settled
    }
}

/// Where the new tasks are now.
fn observe(vector: &Vector, swarm: &Swarm, service: ServiceId) -> Expectation {
    let mut seen = Expectation::default();
    // Only the new tasks have a slot.
    let tasks = swarm.kernel.store.tasks_of_service(service);
    for task in tasks.filter(|task| task.slot > 0) {
        match task.node_id {
            Some(node) => {
                let name = vector.nodes[node.index()].id.clone();
                *seen.placed.entry(name).or_default() += 1;
            }
            None => {
                let text = task.status.err.as_str();
                if seen.unplaced > 0 && seen.err_settled != text {
                    // The tasks of a group share their text: anything else has to show.
                    seen.err_settled.push_str(" | ");
                    seen.err_settled.push_str(text);
                } else {
                    text.clone_into(&mut seen.err_settled);
                }
                seen.unplaced += 1;
            }
        }
    }
    seen
}

fn node(described: &VectorNode) -> swarmlab_core::model::Node {
    let platform = (!described.arch.is_empty()).then(|| Platform {
        os: "linux".to_owned(),
        architecture: described.arch.clone(),
    });
    let generic = described.generic.iter().map(|(kind, &value)| {
        let kind = kind.clone();
        GenericResource::Discrete { kind, value }
    });
    let description = NodeDescription {
        hostname: described.hostname.clone(),
        platform,
        resources: Some(Resources {
            cpu_nano: described.cpu_nano,
            memory_bytes: described.memory_bytes,
            generic: generic.collect(),
        }),
        engine: Some(Engine::default()),
        ..NodeDescription::default()
    };
    let spec = NodeSpec {
        annotations: Annotations {
            name: String::new(),
            labels: described.labels.clone(),
        },
        availability: described.availability,
        ..NodeSpec::default()
    };
    scene::node(spec, described.state, description)
}

fn mould(described: &VectorService, service: ServiceId) -> Mould {
    let generic = described.reserve_generic.iter().map(|(kind, &value)| {
        let kind = kind.clone();
        GenericRequest { kind, value }
    });
    let reservations = ResourceAmounts {
        cpu_nano: described.reserve_cpu_nano,
        memory_bytes: described.reserve_memory_bytes,
        generic: generic.collect(),
    };
    let platform = (!described.platform_arch.is_empty()).then(|| Platform {
        os: "linux".to_owned(),
        architecture: described.platform_arch.clone(),
    });
    let spec = TaskSpec {
        resources: ResourceRequirements {
            reservations,
            ..ResourceRequirements::default()
        },
        placement: Placement {
            constraints: described.constraints.clone(),
            preferences: described.spread.clone(),
            platforms: platform.into_iter().collect(),
            max_replicas: described.max_replicas_per_node,
        },
        ..TaskSpec::default()
    };
    let mut mould = Mould {
        service: Some(service),
        version: Some(SPEC_VERSION),
        spec: Arc::new(spec),
        ..Mould::default()
    };
    if described.host_port != 0 {
        let port = scene::port(PortProtocol::Tcp, described.host_port, PublishMode::Host);
        mould.set_ports(vec![port]);
    }
    mould
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"id":"x","nodes":[{"id":"n0","hostname":"n0","labels":{},
        "state":"ready","availability":"active","arch":"","memory_bytes":10,"cpu_nano":3,
        "generic":{},"tasks_of_service":1,"stopping_tasks_of_service":0,"other_tasks":0,
        "recent_failures":0}],"service":{"tasks":3,"reserve_memory_bytes":0,
        "reserve_cpu_nano":1,"reserve_generic":{},"spread":[],"constraints":[],
        "max_replicas_per_node":0,"host_port":0,"platform_arch":""},"expect":{"placed":{"n0":2},
        "unplaced":1,"err_first":"no suitable node (insufficient resources on 1 node)",
        "err_settled":"no suitable node (insufficient resources on 1 node)"}}"#;

    fn judge_text(text: &str) -> Verdict {
        judge(&serde_json::from_str(text).expect("a vector"))
    }

    #[test]
    fn every_part_of_the_expectation_is_compared() {
        assert_eq!(judge_text(LINE), Verdict::Agree);
        for (right, wrong) in [
            (r#""placed":{"n0":2}"#, r#""placed":{"n0":1}"#),
            (r#""unplaced":1"#, r#""unplaced":2"#),
            (r#""err_first":"no"#, r#""err_first":"yes"#),
            (r#""err_settled":"no"#, r#""err_settled":"yes"#),
        ] {
            let verdict = judge_text(&LINE.replace(right, wrong));
            let Verdict::Disagree(differences) = verdict else {
                panic!("{wrong} was not noticed");
            };
            assert_eq!(differences.len(), 1, "{differences:?}");
        }
    }
}
