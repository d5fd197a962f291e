//! The machines of a scenario: the short forms that people write, and what they stand for.

mod raise;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::check::{Checker, Names};
use super::units::{Bytes, Cpus};
use super::{NODE_COUNT_MAX, NodeSetup};
use crate::api;
use crate::collections::{BTreeMap, BTreeSet};
use crate::diagnostic::{Code, Span};
use crate::model::{Availability, GenericResource, Labels, NodeRole, Platform, Plugin};
use crate::yaml::NodeRef;

pub(super) use raise::raise;

/// The machines, and what the swarm is set to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Cluster"))]
#[serde(default, deny_unknown_fields)]
pub(super) struct ClusterFile {
    /// How many managers there are (they are called `manager1`, `manager2`, ...), or a list of
    /// them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) managers: Option<NodesFile>,
    /// How many workers there are (they are called `worker1`, `worker2`, ...), or a list of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) workers: Option<NodesFile>,
    /// Machines of any role, one by one or several alike.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) nodes: Vec<NodeFile>,
    /// How many old tasks are kept for each slot (docker's default is 5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) task_history_limit: Option<i64>,
    /// Networks that the swarm has from the beginning, as `docker network inspect` shows them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::schema::api_objects")
    )]
    pub(super) networks: Vec<api::Network>,
    /// Configs that the swarm has from the beginning: the `Spec` that `docker config inspect` shows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::schema::api_objects")
    )]
    pub(super) configs: Vec<api::ConfigSpec>,
    /// Secrets that the swarm has from the beginning: the `Spec` that `docker secret inspect` shows,
    /// which has no `Data`. What is in a secret without it is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::schema::api_objects")
    )]
    pub(super) secrets: Vec<api::SecretSpec>,
    /// Services that the swarm has from the beginning: the `Spec` that `docker service inspect`
    /// shows, with the names of networks in the place of their ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::schema::api_objects")
    )]
    pub(super) services: Vec<api::ServiceSpec>,
}

/// A number of nodes with default names, or a list of nodes.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Nodes"))]
#[serde(untagged)]
pub(super) enum NodesFile {
    /// How many.
    Count(u32),
    /// Which.
    List(Vec<NodeFile>),
}

/// A machine, or several that are alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Node"))]
#[serde(default, deny_unknown_fields)]
pub(super) struct NodeFile {
    /// The hostname. With `count` it is a prefix: `worker` becomes `worker1`, `worker2`, ...
    /// Without a name the role is the prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// How many machines are alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) count: Option<u32>,
    /// What it is in the swarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "super::schema::role"))]
    pub(super) role: Option<NodeRole>,
    /// Its IP address. One is handed out if this is left away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<String>,
    /// Labels of the node (`node.labels.zone` in constraints).
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub(super) labels: Labels,
    /// Labels of its engine (`engine.labels.disk` in constraints).
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub(super) engine_labels: Labels,
    /// Its CPUs; 4 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cpus: Option<Cpus>,
    /// Its memory; 8GiB by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memory: Option<Bytes>,
    /// Other things that it has and services can reserve: how many of a kind, or their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) generic: BTreeMap<String, GenericFile>,
    /// Operating system and architecture; `linux/x86_64` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) platform: Option<String>,
    /// Whether it takes tasks at the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "super::schema::availability")
    )]
    pub(super) availability: Option<Availability>,
    /// Plugins of its engine beside those built in, as `Volume/rexray`, `Network/weave` or
    /// `Log/loki`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) plugins: Vec<String>,
    /// Paths of its file system that services mount. A path that one machine names is missing on
    /// all that do not; a path that none names is everywhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) paths: Vec<String>,
    /// Whether it belongs to the swarm from the beginning (the default). If not, a step can let it
    /// join.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) joined: Option<bool>,
}

/// How many of a kind a node has, or their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Generic"))]
#[serde(untagged)]
pub(super) enum GenericFile {
    /// How many.
    Amount(u32),
    /// Which.
    Names(Vec<String>),
}

macro_rules! number_or_list {
    ($name:ident, $count:ident, $list:ident: $element:ty, $expected:literal) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Reader;

                impl<'de> Visitor<'de> for Reader {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_u64<E: de::Error>(self, number: u64) -> Result<$name, E> {
                        u32::try_from(number)
                            .map($name::$count)
                            .map_err(|_| E::custom(format!("{number} is too many")))
                    }

                    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<$name, A::Error> {
                        let mut all = Vec::new();
                        while let Some(one) = list.next_element::<$element>()? {
                            all.push(one);
                        }
                        Ok($name::$list(all))
                    }
                }

                deserializer.deserialize_any(Reader)
            }
        }
    };
}

number_or_list!(NodesFile, Count, List: NodeFile, "a number of nodes or a list of them");
number_or_list!(GenericFile, Amount, Names: String, "a number or a list of names");

/// What a node has if nothing is said.
const CPU_NANO_DEFAULT: i64 = 4_000_000_000;
const MEMORY_BYTES_DEFAULT: u64 = 8 << 30;

/// The machines that a cluster consists of.
pub(super) fn lower(
    file: &ClusterFile,
    tree: Option<NodeRef<'_>>,
    checker: &mut Checker<'_>,
) -> Vec<NodeSetup> {
    let mut builder = Builder {
        checker,
        counters: BTreeMap::new(),
        nodes: Vec::new(),
        is_full: false,
    };
    for (key, role, nodes) in [
        ("managers", NodeRole::Manager, &file.managers),
        ("workers", NodeRole::Worker, &file.workers),
    ] {
        let tree = tree.and_then(|tree| tree.get(key));
        let span = tree.map_or(Span::default(), NodeRef::span);
        match nodes {
            None => {}
            Some(NodesFile::Count(count)) => {
                let one = NodeFile {
                    count: Some(*count),
                    ..NodeFile::default()
                };
                builder.add(&one, None, span, Some(role));
            }
            Some(NodesFile::List(list)) => builder.add_all(list, tree, Some(role)),
        }
    }
    builder.add_all(&file.nodes, tree.and_then(|tree| tree.get("nodes")), None);
    let mut nodes = builder.nodes;
    hand_out_addresses(&mut nodes, checker);
    nodes
}

struct Builder<'c, 'd> {
    checker: &'c mut Checker<'d>,
    /// By prefix, how many numbers are used up.
    counters: BTreeMap<String, u32>,
    nodes: Vec<NodeSetup>,
    is_full: bool,
}

impl Builder<'_, '_> {
    fn add_all(&mut self, list: &[NodeFile], tree: Option<NodeRef<'_>>, role: Option<NodeRole>) {
        let trees = tree.into_iter().flat_map(NodeRef::elements);
        for (file, tree) in list.iter().zip(trees) {
            self.add(file, Some(tree), tree.span(), role);
        }
    }

    fn add(
        &mut self,
        file: &NodeFile,
        tree: Option<NodeRef<'_>>,
        span: Span,
        list_role: Option<NodeRole>,
    ) {
        let place = |key: &str| tree.map_or(span, |tree| tree.value_span(key));
        let role = file.role.or(list_role).unwrap_or_default();
        if let (Some(own), Some(list_role)) = (file.role, list_role)
            && own != list_role
        {
            let message = format!("this node is a {own} in the list of {list_role}s");
            self.checker
                .error(Code::KeyConflict, place("role"), message);
        }
        if file.count.is_some() && file.address.is_some() {
            let message = "`address` is for one node, `count` is for several";
            self.checker
                .error(Code::KeyConflict, place("address"), message);
        }
        let count = file.count.unwrap_or(1);
        let total = u32::try_from(self.nodes.len())
            .unwrap_or(u32::MAX)
            .saturating_add(count);
        if total > NODE_COUNT_MAX {
            if !self.is_full {
                let message = format!("the cluster has more than {NODE_COUNT_MAX} nodes");
                self.checker.error(Code::Limit, place("count"), message);
            }
            self.is_full = true;
            return;
        }
        let model = self.model(file, role, span, &place);
        for _ in 0..count {
            let name = match (&file.name, file.count) {
                (Some(name), None) => name.clone(),
                (prefix, _) => {
                    let prefix = prefix.as_deref().unwrap_or(role.as_str());
                    let counter = self.counters.entry(prefix.to_owned()).or_default();
                    *counter += 1;
                    format!("{prefix}{counter}")
                }
            };
            self.nodes.push(NodeSetup {
                name,
                ..model.clone()
            });
        }
    }

    /// A node of this kind, without its name.
    fn model(
        &mut self,
        file: &NodeFile,
        role: NodeRole,
        span: Span,
        place: &dyn Fn(&str) -> Span,
    ) -> NodeSetup {
        if let Some(name) = &file.name
            && (name.is_empty() || name.contains(char::is_whitespace))
        {
            let message = format!("`{name}` is no name of a node");
            self.checker
                .error(Code::InvalidValue, place("name"), message);
        }
        if let Some(address) = &file.address
            && address.parse::<IpAddr>().is_err()
        {
            let message = format!("`{address}` is no IP address");
            self.checker
                .error(Code::InvalidValue, place("address"), message);
        }
        let platform = file.platform.as_deref().unwrap_or("linux/x86_64");
        let (os, architecture) = platform.split_once('/').unwrap_or((platform, ""));
        if os.is_empty() || architecture.is_empty() {
            let message = format!("`{platform}` is no platform");
            self.checker
                .error(Code::InvalidValue, place("platform"), message)
                .help = Some("expected `linux/x86_64` or the like".to_owned());
        }
        let plugins = self.plugins(file, place);
        NodeSetup {
            name: String::new(),
            role,
            address: file
                .address
                .clone()
                .filter(|_| file.count.is_none())
                .unwrap_or_default(),
            labels: file.labels.clone(),
            engine_labels: file.engine_labels.clone(),
            cpu_nano: file.cpus.map_or(CPU_NANO_DEFAULT, |cpus| cpus.0),
            memory_bytes: i64::try_from(file.memory.map_or(MEMORY_BYTES_DEFAULT, |it| it.0))
                .unwrap_or(i64::MAX),
            generic: generic_resources(&file.generic),
            platform: Platform {
                architecture: architecture.to_owned(),
                os: os.to_owned(),
            },
            availability: file.availability.unwrap_or_default(),
            plugins,
            paths: file.paths.clone(),
            joined: file.joined.unwrap_or(true),
            span,
        }
    }

    fn plugins(&mut self, file: &NodeFile, place: &dyn Fn(&str) -> Span) -> Vec<Plugin> {
        let mut plugins = Vec::new();
        for text in &file.plugins {
            match text.split_once('/') {
                Some((kind @ ("Volume" | "Network" | "Log"), name)) if !name.is_empty() => {
                    plugins.push(Plugin {
                        kind: kind.to_owned(),
                        name: name.to_owned(),
                    });
                }
                _ => {
                    let message = format!("`{text}` is no plugin");
                    self.checker
                        .error(Code::InvalidValue, place("plugins"), message)
                        .help = Some(
                        "expected a type and a name, such as `Volume/rexray`; the types are \
                         Volume, Network and Log"
                            .to_owned(),
                    );
                }
            }
        }
        plugins
    }
}

fn generic_resources(file: &BTreeMap<String, GenericFile>) -> Vec<GenericResource> {
    let mut all = Vec::new();
    for (kind, amount) in file {
        match amount {
            GenericFile::Amount(value) => all.push(GenericResource::Discrete {
                kind: kind.clone(),
                value: i64::from(*value),
            }),
            GenericFile::Names(names) => {
                all.extend(names.iter().map(|name| GenericResource::Named {
                    kind: kind.clone(),
                    value: name.clone(),
                }));
            }
        }
    }
    all
}

/// The address of the node with this index, if it says no other: 192.168.56.11 and up.
pub(crate) fn default_address(index: usize) -> String {
    let host = u32::try_from(index).unwrap_or(u32::MAX / 2) + 10;
    let base = u32::from(Ipv4Addr::new(192, 168, 56, 0));
    Ipv4Addr::from(base + host / 254 * 256 + host % 254 + 1).to_string()
}

fn hand_out_addresses(nodes: &mut [NodeSetup], checker: &mut Checker<'_>) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for node in nodes.iter().filter(|node| !node.address.is_empty()) {
        if !taken.insert(node.address.clone()) {
            let message = format!("the address {} is used twice", node.address);
            checker.error(Code::DuplicateAddress, node.span, message);
        }
    }
    let mut spare = nodes.len();
    for (index, node) in nodes.iter_mut().enumerate() {
        if !node.address.is_empty() {
            continue;
        }
        let mut address = default_address(index);
        while !taken.insert(address.clone()) {
            address = default_address(spare);
            spare += 1;
        }
        node.address = address;
    }
}

/// What makes a set of machines a swarm: names that differ, and managers.
pub(super) fn check(nodes: &[NodeSetup], span: Span, checker: &mut Checker<'_>) -> Names {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for node in nodes {
        match first.get(node.name.as_str()) {
            None => {
                first.insert(&node.name, node.span);
            }
            Some(&earlier) => {
                let message = format!("two nodes are called `{}`", node.name);
                let diagnostic = checker.error(Code::DuplicateName, node.span, message);
                *diagnostic = diagnostic.clone().note_at(earlier, "the first one is here");
            }
        }
    }
    let is_founded = nodes.iter().any(|node| node.joined);
    let managers = nodes
        .iter()
        .filter(|node| node.joined && node.role == NodeRole::Manager)
        .count();
    if nodes.is_empty() {
        checker
            .error(Code::NoManager, span, "the cluster has no nodes")
            .help = Some("the smallest cluster is `cluster: {managers: 1}`".to_owned());
    } else if is_founded && managers == 0 {
        checker
            .error(Code::NoManager, span, "the cluster has no manager")
            .help = Some("add `managers: 1`, or `role: manager` to one of the nodes".to_owned());
    } else if is_founded && managers.is_multiple_of(2) {
        let message = format!(
            "{managers} managers survive no more failures than {}",
            managers - 1
        );
        checker.error(Code::EvenManagers, span, message);
    }
    Names::new(nodes)
}
