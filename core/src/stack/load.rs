//! From the texts of stack files to what they say together.
//!
//! Upstream: docker/cli `cli/command/stack/loader/loader.go`, `cli/compose/loader/loader.go`. The
//! steps and their order are docker's, for only the first mistake is told.
//!
//! Left out: stack files from the standard input; the words of docker's YAML library where the text
//! is no YAML at all (ours are told instead).

use std::fmt::Write as _;

use super::decode::{self, Context, pairs};
use super::error::StackError;
use super::interpolate::interpolate;
use super::merge::merge;
use super::schema::validate;
use super::tables::FILE;
use super::types::{FileObject, NetworkConfig, StackConfig, VolumeConfig};
use super::value::{Data, Node, WrongKey};
use crate::client::{Client, WORKING_DIRECTORY, absolute, directory};
use crate::collections::{BTreeMap, BTreeSet, Order as _};
use crate::control::is_image_reference;
use crate::diagnostic::{Code, Diagnostics};
use crate::yaml::{Document, Limits};

/// The newest version of the format, and the one of a file that names none.
const NEWEST: &str = "3.13";

/// What a stack file may ask for at the most.
const LIMITS: Limits = Limits {
    bytes: 1 << 20,
    depth: 64,
    nodes: 100_000,
};

/// Keys of services that docker reads and does nothing with.
const UNSUPPORTED: [&str; 16] = [
    "build",
    "cgroup_parent",
    "cgroupns_mode",
    "devices",
    "domainname",
    "external_links",
    "ipc",
    "links",
    "mac_address",
    "network_mode",
    "pid",
    "privileged",
    "restart",
    "security_opt",
    "shm_size",
    "userns_mode",
];

/// Keys of services that had a meaning once.
const DEPRECATED: [(&str, &str); 2] = [
    (
        "container_name",
        "Setting the container name is not supported.",
    ),
    (
        "expose",
        "Exposing ports is unnecessary - services on the same network can access each other's \
         containers on any port.",
    ),
];

const USE_DEPLOY: &str = "Set resource limits using deploy.resources";

/// Keys of services that docker refuses, and what it says of each.
const FORBIDDEN: [(&str, &str); 8] = [
    ("cpu_quota", USE_DEPLOY),
    ("cpu_shares", USE_DEPLOY),
    ("cpuset", USE_DEPLOY),
    ("extends", "Support for `extends` is not implemented yet."),
    ("mem_limit", USE_DEPLOY),
    ("memswap_limit", USE_DEPLOY),
    (
        "volume_driver",
        "Instead of setting the volume driver on the service, define a volume using the top-level \
         `volumes` option and specify the driver there.",
    ),
    (
        "volumes_from",
        "To share a volume between services, define it using the top-level `volumes` option and \
         reference it from each service that shares it using the service-level `volumes` option.",
    ),
];

/// How files are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To deploy them.
    Deploy,
    /// To print them.
    Print {
        /// Whether variables are put in.
        interpolates: bool,
    },
}

/// Loads stack files of these names, the later over the earlier.
pub fn load(
    client: &Client,
    names: &[String],
    purpose: Purpose,
) -> Result<StackConfig, StackError> {
    let Some(first) = names.first() else {
        return Err(StackError::new(
            "Specify a Compose file (with --compose-file)",
        ));
    };
    if names.iter().any(|name| name == "-") {
        return Err(StackError::new(
            "a stack file that is typed at the terminal is not simulated",
        ));
    }
    let first = absolute(WORKING_DIRECTORY, first);
    let working_directory = directory(&first);
    let mut files = Vec::new();
    for name in names {
        let text = client.read(name).map_err(StackError::new)?;
        files.push((name, parse(text).map_err(|error| error.in_file(name))?));
    }
    let mut notices = String::new();
    let mut whole: Option<StackConfig> = None;
    for (name, root) in &mut files {
        let loaded = one(client, name, root, working_directory, purpose, &mut notices);
        let loaded = loaded.map_err(|error| error.in_file(name))?;
        match &mut whole {
            None => whole = Some(loaded),
            Some(base) if base.version == loaded.version => merge(base, loaded),
            Some(base) => {
                return Err(StackError::new(format!(
                    "version mismatched between two composefiles : {} and {}",
                    base.version, loaded.version
                )));
            }
        }
    }
    let mut whole = whole.unwrap_or_default();
    let roots: Vec<&Node> = files.iter().map(|(_, root)| root).collect();
    whole.warnings = notices + &warnings(&roots);
    if purpose == Purpose::Deploy {
        for service in &whole.services {
            let why = if service.image.is_empty() {
                "no image specified"
            } else if is_image_reference(&service.image) {
                continue;
            } else {
                "invalid reference format"
            };
            let name = &service.name;
            let message = format!("invalid image reference for service {name}: {why}");
            return Err(StackError::at(service.span, message).in_file(&service.file));
        }
    }
    Ok(whole)
}

/// The files that stack files name besides: env files, and what secrets and configs are made of, by
/// their absolute names. Stack files that cannot be read name none.
pub fn further_files(client: &Client, names: &[String]) -> Vec<String> {
    let mut found = BTreeSet::new();
    let Some(first) = names.first() else {
        return Vec::new();
    };
    let first = absolute(WORKING_DIRECTORY, first);
    let mut add = |name: &str| found.insert(absolute(directory(&first), name));
    for name in names {
        let root = client.read(name).ok().and_then(|text| parse(text).ok());
        let Some(mut root) = root else {
            continue;
        };
        // What is wrong with variables is told when the files are loaded.
        let _ = interpolate(&mut root, &|variable: &str| client.variable(variable));
        for service in section(&root, "services") {
            for file in decode::texts(service.value.get("env_file")) {
                add(&file);
            }
        }
        for kind in ["secrets", "configs"] {
            for object in section(&root, kind) {
                if let Some(file) = object.value.get("file").and_then(Node::text) {
                    add(file);
                }
            }
        }
    }
    found.into_iter().collect()
}

/// The values of a text.
fn parse(text: &str) -> Result<Node, StackError> {
    let not_a_mapping = || StackError::new("top-level object must be a mapping");
    let document = match Document::parse_within(text, LIMITS) {
        Ok(document) => document,
        Err(problems) if problems.iter().any(|one| one.code == Code::Empty) => {
            return Err(not_a_mapping());
        }
        Err(problems) => return Err(wrong_yaml(&problems)),
    };
    let root = Node::read(document.root()).map_err(|WrongKey(span)| {
        StackError::at(
            span,
            "json: unsupported type: map[interface {}]interface {}",
        )
    })?;
    if matches!(root.data, Data::Map(_)) {
        Ok(root)
    } else {
        Err(not_a_mapping())
    }
}

/// The mistakes of a text that is no YAML, as docker's library would list them.
fn wrong_yaml(problems: &Diagnostics) -> StackError {
    let duplicates: Vec<String> = problems
        .iter()
        .filter(|one| one.code == Code::DuplicateKey)
        .map(|one| {
            let key = one.message.split('`').nth(1).unwrap_or_default();
            let first = one.notes.iter().find_map(|note| note.span);
            let first = first.map_or(one.span.line, |span| span.line);
            format!(
                "  line {}: mapping key {key:?} already defined at line {first}",
                one.span.line
            )
        })
        .collect();
    let first = problems.first();
    let span = first.map(|one| one.span).unwrap_or_default();
    if duplicates.is_empty() {
        let message = first.map_or("", |one| one.message.as_str());
        StackError::at(span, format!("yaml: line {}: {message}", span.line))
    } else {
        let message = format!("yaml: unmarshal errors:\n{}", duplicates.join("\n"));
        StackError::at(span, message)
    }
}

fn one(
    client: &Client,
    name: &str,
    root: &mut Node,
    working_directory: &str,
    purpose: Purpose,
    notices: &mut String,
) -> Result<StackConfig, StackError> {
    let (version, minor) = version(root)?;
    forbidden(root, purpose)?;
    let interpolates = purpose
        != Purpose::Print {
            interpolates: false,
        };
    if interpolates {
        interpolate(root, &|variable: &str| client.variable(variable))?;
    }
    validate(root, minor, FILE)?;
    let context = Context {
        client,
        directory: working_directory,
        file: name,
    };
    let mut config = StackConfig {
        version,
        ..StackConfig::default()
    };
    for entry in section(root, "services") {
        let service = decode::service(&entry.key, &entry.value, &context, notices)?;
        config.services.push(service);
    }
    config.services.order_by(|a, b| a.name.cmp(&b.name));
    for entry in section(root, "networks") {
        let network = network(&entry.key, &entry.value, minor, notices)
            .map_err(|why| StackError::at(entry.key_span, why))?;
        config.networks.insert(entry.key.clone(), network);
    }
    for entry in section(root, "volumes") {
        let volume = volume(&entry.key, &entry.value, minor, notices)
            .map_err(|why| StackError::at(entry.key_span, why))?;
        config.volumes.insert(entry.key.clone(), volume);
    }
    for (kind, objects) in [
        ("secret", &mut config.secrets),
        ("config", &mut config.configs),
    ] {
        for entry in section(root, &format!("{kind}s")) {
            let object = file_object(kind, &entry.key, &entry.value, minor, &context, notices)
                .map_err(|why| StackError::at(entry.key_span, why))?;
            objects.insert(entry.key.clone(), object);
        }
    }
    config.extras = root
        .entries()
        .iter()
        .filter(|entry| entry.key.starts_with("x-"))
        .map(|entry| (entry.key.clone(), entry.value.clone()))
        .collect();
    Ok(config)
}

fn section<'n>(root: &'n Node, name: &str) -> &'n [super::value::Entry] {
    root.get(name).map_or(&[], Node::entries)
}

/// The version of the format, and the number after its point.
fn version(root: &Node) -> Result<(String, u8), StackError> {
    let Some(node) = root.get("version") else {
        return Ok((NEWEST.to_owned(), 13));
    };
    let Some(text) = node.text() else {
        return Err(StackError::at(node.span, "version must be a string"));
    };
    let text = if matches!(text, "" | "3") {
        NEWEST
    } else {
        text
    };
    let minor = text
        .strip_prefix("3.")
        .filter(|minor| !minor.starts_with('0') || *minor == "0");
    match minor.and_then(|minor| minor.parse().ok()) {
        Some(minor @ 0..=13) => Ok((text.to_owned(), minor)),
        _ => {
            let message = format!("unsupported Compose file version: {text}");
            Err(StackError::at(node.span, message))
        }
    }
}

fn forbidden(root: &Node, purpose: Purpose) -> Result<(), StackError> {
    let mut found = BTreeMap::new();
    let mut place = None;
    for service in section(root, "services") {
        for (key, why) in FORBIDDEN {
            if let Some(entry) = service.value.entry(key) {
                found.insert(key, why);
                place.get_or_insert(entry.key_span);
            }
        }
    }
    let Some(place) = place else {
        return Ok(());
    };
    let message = if purpose == Purpose::Deploy {
        let lines: Vec<String> = found
            .iter()
            .map(|(key, why)| format!("{key}: {why}"))
            .collect();
        let lines = lines.join("\n\n");
        format!("Compose file contains unsupported options:\n\n{lines}\n")
    } else {
        "Configuration contains forbidden properties".to_owned()
    };
    Err(StackError::at(place, message))
}

/// What docker says about keys of no effect.
fn warnings(roots: &[&Node]) -> String {
    let mut unsupported = BTreeSet::new();
    let mut deprecated = BTreeMap::new();
    for service in roots.iter().flat_map(|root| section(root, "services")) {
        let has = |key: &str| service.value.get(key).is_some();
        unsupported.extend(UNSUPPORTED.into_iter().filter(|key| has(key)));
        deprecated.extend(DEPRECATED.into_iter().filter(|(key, _)| has(key)));
    }
    let mut text = String::new();
    if !unsupported.is_empty() {
        let keys: Vec<&str> = unsupported.into_iter().collect();
        let _ = writeln!(text, "Ignoring unsupported options: {}\n", keys.join(", "));
    }
    if !deprecated.is_empty() {
        let lines: Vec<String> = deprecated
            .iter()
            .map(|(key, why)| format!("{key}: {why}"))
            .collect();
        let _ = writeln!(
            text,
            "Ignoring deprecated options:\n\n{}\n",
            lines.join("\n\n")
        );
    }
    text
}

/// `external: true`, or `external: {name: ...}` with the name.
fn external(node: &Node) -> (bool, String) {
    match node.get("external") {
        Some(external) => match external.data {
            Data::Bool(value) => (value, String::new()),
            Data::Map(_) => (true, external.text_of("name")),
            _ => (false, String::new()),
        },
        None => (false, String::new()),
    }
}

/// The name in the swarm of something that is there already.
fn external_name(
    kind: &str,
    key: &str,
    (name, old_name): (String, String),
    deprecated: bool,
    notices: &mut String,
) -> Result<String, String> {
    if old_name.is_empty() {
        return Ok(if name.is_empty() {
            key.to_owned()
        } else {
            name
        });
    }
    if !name.is_empty() {
        return Err(format!(
            "{kind} {key}: {kind}.external.name and {kind}.name conflict; only use {kind}.name"
        ));
    }
    if deprecated {
        let _ = writeln!(
            notices,
            "WARN[0000] {kind} {key}: {kind}.external.name is deprecated in favor of {kind}.name"
        );
    }
    Ok(old_name)
}

fn network(
    key: &str,
    node: &Node,
    minor: u8,
    notices: &mut String,
) -> Result<NetworkConfig, String> {
    let (is_external, old_name) = external(node);
    let mut name = node.text_of("name");
    if is_external {
        name = external_name("network", key, (name, old_name), minor >= 5, notices)?;
    }
    let ipam = node.get("ipam");
    let subnets = ipam.and_then(|ipam| ipam.get("config"));
    let subnets = subnets.map_or(&[][..], Node::items);
    Ok(NetworkConfig {
        name,
        driver: node.text_of("driver"),
        driver_opts: pairs(node.get("driver_opts")),
        subnets: subnets.iter().map(|one| one.text_of("subnet")).collect(),
        ipam_driver: ipam.map(|ipam| ipam.text_of("driver")).unwrap_or_default(),
        external: is_external,
        internal: node.bool_of("internal").unwrap_or_default(),
        attachable: node.bool_of("attachable").unwrap_or_default(),
        labels: pairs(node.get("labels")),
    })
}

fn volume(key: &str, node: &Node, minor: u8, notices: &mut String) -> Result<VolumeConfig, String> {
    let (is_external, old_name) = external(node);
    let mut volume = VolumeConfig {
        name: node.text_of("name"),
        driver: node.text_of("driver"),
        driver_opts: pairs(node.get("driver_opts")),
        external: is_external,
        labels: pairs(node.get("labels")),
    };
    if is_external {
        let conflicts = [
            ("driver", !volume.driver.is_empty()),
            ("driver_opts", !volume.driver_opts.is_empty()),
            ("labels", !volume.labels.is_empty()),
        ];
        if let Some((other, _)) = conflicts.into_iter().find(|(_, given)| *given) {
            return Err(format!(
                "conflicting parameters \"external\" and {other:?} specified for volume {key:?}"
            ));
        }
        volume.name = external_name("volume", key, (volume.name, old_name), minor >= 4, notices)?;
    }
    Ok(volume)
}

fn file_object(
    kind: &str,
    key: &str,
    node: &Node,
    minor: u8,
    context: &Context<'_>,
    notices: &mut String,
) -> Result<FileObject, String> {
    let (is_external, old_name) = external(node);
    let mut object = FileObject {
        name: node.text_of("name"),
        file: node.text_of("file"),
        external: is_external,
        labels: pairs(node.get("labels")),
        driver: node.text_of("driver"),
        driver_opts: pairs(node.get("driver_opts")),
        template_driver: node.text_of("template_driver"),
    };
    if is_external {
        object.name = external_name(kind, key, (object.name, old_name), minor >= 5, notices)?;
    } else if !object.driver.is_empty() {
        if !object.file.is_empty() {
            return Err(format!(
                "{kind} {key}: {kind}.driver and {kind}.file conflict; only use {kind}.driver"
            ));
        }
    } else {
        object.file = absolute(context.directory, &object.file);
    }
    Ok(object)
}
