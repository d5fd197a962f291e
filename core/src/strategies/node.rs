//! Random nodes and clusters.

use std::ops::RangeInclusive;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::ids::NodeId;
use crate::model::{
    Annotations, Availability, Engine, GenericResource, Labels, Meta, Node, NodeDescription,
    NodeRole, NodeSpec, NodeState, NodeStatus, Platform, Plugin, Resources, Text,
};

/// The step in which CPU is drawn, on nodes and for services: half a core.
pub(super) const CPU_STEP_NANO: i64 = 500_000_000;
/// The step in which memory is drawn.
pub(super) const MEMORY_STEP_BYTES: i64 = 256 * 1024 * 1024;
/// Label values; some nodes lack each label, and an empty value is one of its own.
pub(super) const LABEL_VALUES: [(&str, &[&str]); 3] = [
    ("zone", &["a", "b", "c", ""]),
    ("rack", &["r1", "r2"]),
    ("disk", &["ssd", "hdd"]),
];
/// Plugins by type and name; one of them carries a tag.
const PLUGINS: [(&str, &str); 5] = [
    ("Network", "overlay"),
    ("Volume", "nfs"),
    ("Volume", "rexray:latest"),
    ("Log", "json-file"),
    ("Log", "splunk"),
];

/// A node of any kind, most often one that is ready and takes tasks.
pub fn node() -> impl Strategy<Value = Node> {
    let spec = (role(), availability(), labels());
    (0..10_u8, spec, state(), description()).prop_map(
        |(number, (role, availability, labels), state, description)| {
            let hostname = format!("h{number}");
            let description = description.map(|mut description| {
                description.hostname = hostname;
                Arc::new(description)
            });
            Node {
                id: NodeId(0),
                meta: Meta::default(),
                spec: NodeSpec {
                    annotations: Annotations {
                        labels,
                        ..Annotations::default()
                    },
                    desired_role: role,
                    availability,
                },
                description,
                status: NodeStatus {
                    state,
                    message: Text::EMPTY,
                    addr: format!("10.0.0.{number}"),
                },
                role,
                attachments: Vec::new(),
                certificate: crate::model::Certificate::default(),
            }
        },
    )
}

/// So many nodes of any kind. Hostnames can be the same.
pub fn cluster(size: RangeInclusive<usize>) -> impl Strategy<Value = Vec<Node>> {
    vec(node(), size)
}

fn role() -> impl Strategy<Value = NodeRole> {
    prop_oneof![4 => Just(NodeRole::Worker), 1 => Just(NodeRole::Manager)]
}

pub(super) fn state() -> impl Strategy<Value = NodeState> {
    prop_oneof![
        12 => Just(NodeState::Ready),
        1 => Just(NodeState::Down),
        1 => Just(NodeState::Unknown),
        1 => Just(NodeState::Disconnected),
    ]
}

pub(super) fn availability() -> impl Strategy<Value = Availability> {
    prop_oneof![
        8 => Just(Availability::Active),
        1 => Just(Availability::Pause),
        1 => Just(Availability::Drain),
    ]
}

/// A label, and the value that it has or gets.
pub(super) fn label() -> impl Strategy<Value = (String, Option<String>)> {
    select(&LABEL_VALUES[..]).prop_flat_map(|(key, values)| {
        let value = prop::option::weighted(0.8, select(values));
        value.prop_map(move |value| (key.to_owned(), value.map(str::to_owned)))
    })
}

fn labels() -> impl Strategy<Value = Labels> {
    vec(label(), 0..=3).prop_map(|labels| {
        let present = |(key, value): (String, Option<String>)| Some((key, value?));
        labels.into_iter().filter_map(present).collect()
    })
}

/// What a node says of itself; a node that never had a session says nothing.
fn description() -> impl Strategy<Value = Option<NodeDescription>> {
    let parts = (
        prop::option::weighted(0.9, resources()),
        prop::option::weighted(0.9, platform()),
        prop::option::weighted(0.9, engine()),
    );
    let description = parts.prop_map(|(resources, platform, engine)| NodeDescription {
        hostname: String::new(),
        platform,
        resources,
        engine,
        csi_info: crate::collections::BTreeMap::new(),
    });
    prop::option::weighted(0.95, description)
}

fn resources() -> impl Strategy<Value = Resources> {
    (0..=8_i64, 0..=8_i64, generic()).prop_map(|(cores, memory, generic)| Resources {
        cpu_nano: cores * CPU_STEP_NANO,
        memory_bytes: memory * MEMORY_STEP_BYTES,
        generic,
    })
}

/// Numbers of SSDs; GPUs as a number or with names.
fn generic() -> impl Strategy<Value = Vec<GenericResource>> {
    let discrete = |kind: &str, value| GenericResource::Discrete {
        kind: kind.to_owned(),
        value,
    };
    let ssds = prop::option::of(1..=4_i64)
        .prop_map(move |count| count.map(|count| discrete("ssd", count)));
    let named = subsequence(&["g1", "g2", "g3"][..], 0..=3).prop_map(|names| {
        let named = names.into_iter().map(|name| GenericResource::Named {
            kind: "gpu".to_owned(),
            value: name.to_owned(),
        });
        named.collect()
    });
    let counted = (1..=3_i64).prop_map(move |count| vec![discrete("gpu", count)]);
    let gpus = prop_oneof![Just(Vec::new()), named, counted];
    (ssds, gpus).prop_map(|(ssds, gpus)| ssds.into_iter().chain(gpus).collect())
}

/// The spellings in which engines and images name what they run on.
pub(super) fn platform() -> impl Strategy<Value = Platform> {
    let known = [
        ("x86_64", "linux"),
        ("amd64", "linux"),
        ("aarch64", "linux"),
        ("x86_64", "windows"),
    ];
    select(known.to_vec()).prop_map(|(architecture, os)| Platform {
        architecture: architecture.to_owned(),
        os: os.to_owned(),
    })
}

fn engine() -> impl Strategy<Value = Engine> {
    let plugins = subsequence(&PLUGINS[..], 0..=PLUGINS.len());
    let kind = prop::option::of(select(vec!["old", "new"]));
    (plugins, kind).prop_map(|(plugins, kind)| Engine {
        engine_version: String::new(),
        labels: kind
            .map(|kind| ("kind".to_owned(), kind.to_owned()))
            .into_iter()
            .collect(),
        plugins: plugins
            .into_iter()
            .map(|(kind, name)| Plugin {
                kind: kind.to_owned(),
                name: name.to_owned(),
            })
            .collect(),
    })
}
