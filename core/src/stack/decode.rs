//! From checked values to a service: short forms are written out, units are read.
//!
//! Upstream: docker/cli `cli/compose/loader/loader.go`. What the schema has let pass is of the right
//! type, so what does not fit here is read as absent.

use std::fmt::Write as _;

use super::error::StackError;
use super::types::{
    DeployConfig, FileReferenceConfig, HealthcheckConfig, LoggingConfig, PortEntry, ResourceEntry,
    RestartPolicyEntry, ServiceConfig, ServiceNetworkConfig, UlimitConfig, UpdateConfigEntry,
};
use super::value::{Data, Node};
use super::volume;
use crate::client::Client;
use crate::collections::{BTreeMap, Order as _};
use crate::docker::values;
use crate::model::{GenericRequest, Labels};

/// The keys that docker does without, but prints.
pub(super) const IGNORED: [&str; 19] = [
    "build",
    "cgroup_parent",
    "cgroupns_mode",
    "container_name",
    "depends_on",
    "devices",
    "domainname",
    "expose",
    "external_links",
    "ipc",
    "links",
    "mac_address",
    "network_mode",
    "pid",
    "privileged",
    "security_opt",
    "shm_size",
    "tmpfs",
    "userns_mode",
];

/// Where a service is read.
pub(super) struct Context<'a> {
    pub(super) client: &'a Client,
    /// The directory that relative names begin at.
    pub(super) directory: &'a str,
    pub(super) file: &'a str,
}

/// Reads a service; what docker says on the way goes to `notices`.
pub(super) fn service(
    name: &str,
    node: &Node,
    context: &Context<'_>,
    notices: &mut String,
) -> Result<ServiceConfig, StackError> {
    let failed = |node: &Node, path: &str, why: String| {
        let message = format!("1 error(s) decoding:\n\n* error decoding '{path}': {why}");
        StackError::at(node.span, message)
    };
    let command = |key: &str, path: &str| -> Result<Vec<String>, StackError> {
        match node.get(key) {
            Some(value) => match &value.data {
                Data::Text(text) => {
                    values::split_command_line(text).map_err(|why| failed(value, path, why))
                }
                _ => Ok(texts(Some(value))),
            },
            None => Ok(Vec::new()),
        }
    };
    let mut ports = Vec::new();
    for port in node.get("ports").map_or(&[][..], Node::items) {
        read_port(port, &mut ports, notices).map_err(|why| failed(port, "ports", why))?;
    }
    let mut volumes = Vec::new();
    for (index, mount) in node
        .get("volumes")
        .map_or(&[][..], Node::items)
        .iter()
        .enumerate()
    {
        let read =
            volume::read(mount).map_err(|why| failed(mount, &format!("volumes[{index}]"), why))?;
        volumes
            .push(volume::resolve(read, context).map_err(|why| StackError::at(mount.span, why))?);
    }
    let ignored = node
        .entries()
        .iter()
        .filter(|entry| IGNORED.contains(&entry.key.as_str()) || entry.key.starts_with("x-"))
        .map(|entry| (entry.key.clone(), entry.value.clone()))
        .collect();
    Ok(ServiceConfig {
        name: name.to_owned(),
        file: context.file.to_owned(),
        span: node.span,
        image: node.text_of("image"),
        cap_add: texts(node.get("cap_add")),
        cap_drop: texts(node.get("cap_drop")),
        command: command("command", "command")?,
        configs: references(node.get("configs")),
        credential_spec: pairs(node.get("credential_spec")),
        deploy: deploy(node.get("deploy"), &failed)?,
        dns: texts(node.get("dns")),
        dns_search: texts(node.get("dns_search")),
        entrypoint: command("entrypoint", "entrypoint")?,
        environment: environment(node, context)?,
        extra_hosts: hosts(node.get("extra_hosts")),
        hostname: node.text_of("hostname"),
        healthcheck: node.get("healthcheck").map(healthcheck),
        init: node.bool_of("init"),
        isolation: node.text_of("isolation"),
        labels: pairs(node.get("labels")),
        logging: node.get("logging").map(|logging| LoggingConfig {
            driver: logging.text_of("driver"),
            options: pairs(logging.get("options")),
        }),
        networks: networks(node.get("networks")),
        ports,
        read_only: node.bool_of("read_only").unwrap_or_default(),
        restart: node.text_of("restart"),
        secrets: references(node.get("secrets")),
        stdin_open: node.bool_of("stdin_open").unwrap_or_default(),
        stop_grace_period: duration(node, "stop_grace_period"),
        stop_signal: node.text_of("stop_signal"),
        sysctls: pairs(node.get("sysctls")),
        tty: node.bool_of("tty").unwrap_or_default(),
        ulimits: ulimits(node.get("ulimits")),
        user: node.text_of("user"),
        oom_score_adj: node.int_of("oom_score_adj").unwrap_or_default(),
        volumes,
        working_dir: node.text_of("working_dir"),
        ignored,
    })
}

/// A text, or a list of scalars.
pub(super) fn texts(node: Option<&Node>) -> Vec<String> {
    match node.map(|node| &node.data) {
        Some(Data::List(items)) => items.iter().filter_map(Node::printed).collect(),
        Some(Data::Text(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

/// `key: value` or `- key=value`; no value is an empty one.
pub(super) fn pairs(node: Option<&Node>) -> Labels {
    optional_pairs(node)
        .into_iter()
        .map(|(key, value)| (key, value.unwrap_or_default()))
        .collect()
}

fn optional_pairs(node: Option<&Node>) -> BTreeMap<String, Option<String>> {
    let Some(node) = node else {
        return BTreeMap::new();
    };
    let listed =
        node.items()
            .iter()
            .filter_map(Node::text)
            .map(|text| match text.split_once('=') {
                Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                None => (text.to_owned(), None),
            });
    let mapped = node
        .entries()
        .iter()
        .map(|entry| (entry.key.clone(), entry.value.printed()));
    mapped.chain(listed).collect()
}

fn duration(node: &Node, key: &str) -> Option<String> {
    node.get(key).and_then(Node::text).map(str::to_owned)
}

fn unsigned(node: &Node, key: &str) -> Option<u64> {
    node.int_of(key)
        .and_then(|number| u64::try_from(number).ok())
}

fn references(node: Option<&Node>) -> Vec<FileReferenceConfig> {
    let items = node.map_or(&[][..], Node::items);
    let one = |item: &Node| match item.text() {
        Some(source) => FileReferenceConfig {
            source: source.to_owned(),
            ..FileReferenceConfig::default()
        },
        None => FileReferenceConfig {
            source: item.text_of("source"),
            target: item.text_of("target"),
            uid: item.text_of("uid"),
            gid: item.text_of("gid"),
            mode: item
                .int_of("mode")
                .and_then(|mode| u32::try_from(mode).ok()),
        },
    };
    items.iter().map(one).collect()
}

fn read_port(port: &Node, ports: &mut Vec<PortEntry>, notices: &mut String) -> Result<(), String> {
    let number = |key: &str| {
        let number = port.int_of(key).unwrap_or_default();
        u32::try_from(number).map_err(|_| format!("cannot parse '{key}', {number} overflows uint"))
    };
    let Some(text) = port.printed() else {
        ports.push(PortEntry {
            mode: port.text_of("mode"),
            target: number("target")?,
            published: number("published")?,
            protocol: port.text_of("protocol"),
        });
        return Ok(());
    };
    let (mut found, has_address) = values::port_spec(&text)?;
    if has_address {
        for port in &found {
            let address = text.rsplitn(3, ':').nth(2).unwrap_or_default();
            let _ = writeln!(
                notices,
                "WARN[0000] ignoring IP-address ({address}:{}:{}/{}) service will listen on '0.0.0.0'",
                port.published_port, port.target_port, port.protocol
            );
        }
    }
    // The client goes through the ports of the container in the order of their texts.
    found.order_by_key(|port| format!("{}/{}", port.target_port, port.protocol));
    ports.extend(found.iter().map(|port| PortEntry {
        mode: port.publish_mode.as_str().to_owned(),
        target: port.target_port,
        published: port.published_port,
        protocol: port.protocol.as_str().to_owned(),
    }));
    Ok(())
}

/// `host:address` lines; a mapping is sorted, as it has no order.
fn hosts(node: Option<&Node>) -> Vec<String> {
    let Some(node) = node else {
        return Vec::new();
    };
    if let Data::Map(entries) = &node.data {
        let mut lines: Vec<String> = entries
            .iter()
            .filter_map(|entry| Some(format!("{}:{}", entry.key, entry.value.printed()?)))
            .collect();
        lines.order();
        return lines;
    }
    texts(Some(node))
        .into_iter()
        .map(|line| match line.split_once('=') {
            Some((host, address)) if !host.contains(':') => {
                let bare = address
                    .strip_prefix('[')
                    .and_then(|rest| rest.strip_suffix(']'));
                format!("{host}:{}", bare.unwrap_or(address))
            }
            _ => line,
        })
        .collect()
}

fn networks(node: Option<&Node>) -> BTreeMap<String, Option<ServiceNetworkConfig>> {
    let Some(node) = node else {
        return BTreeMap::new();
    };
    let listed = node.items().iter().filter_map(Node::text);
    let listed = listed.map(|name| (name.to_owned(), None));
    let mapped = node.entries().iter().map(|entry| {
        let value = &entry.value;
        let config = (value.data != Data::Null).then(|| ServiceNetworkConfig {
            aliases: texts(value.get("aliases")),
            driver_opts: pairs(value.get("driver_opts")),
            ipv4_address: value.text_of("ipv4_address"),
            ipv6_address: value.text_of("ipv6_address"),
        });
        (entry.key.clone(), config)
    });
    listed.chain(mapped).collect()
}

fn ulimits(node: Option<&Node>) -> BTreeMap<String, UlimitConfig> {
    let entries = node.map_or(&[][..], Node::entries);
    let one = |entry: &super::value::Entry| {
        let limits = match entry.value.data {
            Data::Int(single) => UlimitConfig {
                single,
                ..UlimitConfig::default()
            },
            _ => UlimitConfig {
                single: 0,
                soft: entry.value.int_of("soft").unwrap_or_default(),
                hard: entry.value.int_of("hard").unwrap_or_default(),
            },
        };
        (entry.key.clone(), limits)
    };
    entries.iter().map(one).collect()
}

fn healthcheck(node: &Node) -> HealthcheckConfig {
    let test = match node.get("test").map(|test| &test.data) {
        Some(Data::Text(line)) => vec!["CMD-SHELL".to_owned(), line.clone()],
        _ => texts(node.get("test")),
    };
    HealthcheckConfig {
        test,
        timeout: duration(node, "timeout"),
        interval: duration(node, "interval"),
        retries: unsigned(node, "retries"),
        start_period: duration(node, "start_period"),
        start_interval: duration(node, "start_interval"),
        disable: node.bool_of("disable").unwrap_or_default(),
    }
}

type Failed<'f> = &'f dyn Fn(&Node, &str, String) -> StackError;

fn deploy(node: Option<&Node>, failed: Failed<'_>) -> Result<DeployConfig, StackError> {
    let Some(node) = node else {
        return Ok(DeployConfig::default());
    };
    let resources = |key: &str, name: &str| -> Result<Option<ResourceEntry>, StackError> {
        let Some(node) = node.get("resources").and_then(|all| all.get(key)) else {
            return Ok(None);
        };
        let memory_bytes = match node.get("memory") {
            Some(memory) => values::parse_bytes(memory.text().unwrap_or_default())
                .map_err(|why| failed(memory, &format!("Deploy.Resources.{name}.memory"), why))?,
            None => 0,
        };
        let requests = node.get("generic_resources").map_or(&[][..], Node::items);
        let discrete = requests
            .iter()
            .filter_map(|request| request.get("discrete_resource_spec"))
            .map(|request| GenericRequest {
                kind: request.text_of("kind"),
                value: request.int_of("value").unwrap_or_default(),
            });
        Ok(Some(ResourceEntry {
            cpus: node.text_of("cpus"),
            memory_bytes,
            pids: node.int_of("pids").unwrap_or_default(),
            generic: discrete.collect(),
        }))
    };
    let count = |node: &Node, key: &str, path: &str| -> Result<Option<u64>, StackError> {
        let Some(value) = node.get(key) else {
            return Ok(None);
        };
        let number = node.int_of(key).unwrap_or_default();
        let count = u64::try_from(number).map_err(|_| {
            let message =
                format!("1 error(s) decoding:\n\n* cannot parse '{path}', {number} overflows uint");
            StackError::at(value.span, message)
        })?;
        Ok(Some(count))
    };
    let update = |key: &str, name: &str| -> Result<Option<UpdateConfigEntry>, StackError> {
        let Some(node) = node.get(key) else {
            return Ok(None);
        };
        let ratio = node.get("max_failure_ratio").and_then(Node::printed);
        Ok(Some(UpdateConfigEntry {
            parallelism: count(node, "parallelism", &format!("Deploy.{name}.parallelism"))?,
            delay: node.text_of("delay"),
            failure_action: node.text_of("failure_action"),
            monitor: node.text_of("monitor"),
            max_failure_ratio: ratio.and_then(|text| text.parse().ok()).unwrap_or_default(),
            order: node.text_of("order"),
        }))
    };
    let placement = node.get("placement");
    let preferences = placement.and_then(|placement| placement.get("preferences"));
    let preferences = preferences.map_or(&[][..], Node::items);
    let max_replicas = match placement {
        Some(placement) => count(
            placement,
            "max_replicas_per_node",
            "Deploy.Placement.max_replicas_per_node",
        )?,
        None => None,
    };
    let restart_policy = match node.get("restart_policy") {
        Some(policy) => Some(RestartPolicyEntry {
            condition: policy.text_of("condition"),
            delay: duration(policy, "delay"),
            max_attempts: count(policy, "max_attempts", "Deploy.RestartPolicy.max_attempts")?,
            window: duration(policy, "window"),
        }),
        None => None,
    };
    Ok(DeployConfig {
        mode: node.text_of("mode"),
        replicas: count(node, "replicas", "Deploy.Replicas")?,
        labels: pairs(node.get("labels")),
        update_config: update("update_config", "UpdateConfig")?,
        rollback_config: update("rollback_config", "RollbackConfig")?,
        limits: resources("limits", "Limits")?,
        reservations: resources("reservations", "Reservations")?,
        restart_policy,
        constraints: texts(placement.and_then(|placement| placement.get("constraints"))),
        preferences: preferences
            .iter()
            .map(|one| one.text_of("spread"))
            .collect(),
        max_replicas: max_replicas.unwrap_or_default(),
        endpoint_mode: node.text_of("endpoint_mode"),
    })
}

/// The variables of env files, and over them those of the service itself. A variable without a
/// value, or with an empty one, takes that of the client's shell if there is one.
fn environment(
    node: &Node,
    context: &Context<'_>,
) -> Result<BTreeMap<String, Option<String>>, StackError> {
    let mut variables = BTreeMap::new();
    let mut add = |more: BTreeMap<String, Option<String>>| {
        for (name, value) in more {
            let own = context.client.variable(&name);
            let value = match (value, own) {
                (None, Some(own)) => Some(own.to_owned()),
                (Some(value), Some(own)) if value.is_empty() => Some(own.to_owned()),
                (value, _) => value,
            };
            variables.insert(name, value);
        }
    };
    if let Some(files) = node.get("env_file") {
        let mut all = BTreeMap::new();
        for file in texts(Some(files)) {
            let name = crate::client::absolute(context.directory, &file);
            let at_files = |why: String| StackError::at(files.span, why);
            let content = context.client.read(&name).map_err(at_files)?;
            env_file(content, &name, context.client, &mut all).map_err(at_files)?;
        }
        add(all);
    }
    add(optional_pairs(node.get("environment")));
    Ok(variables)
}

/// Lines of `KEY=VALUE` (docker/cli `opts/file.go`).
fn env_file(
    content: &str,
    name: &str,
    client: &Client,
    variables: &mut BTreeMap<String, Option<String>>,
) -> Result<(), String> {
    let content = content.strip_prefix('\u{feff}').unwrap_or(content);
    for line in content.lines() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (line, None),
        };
        if key.is_empty() {
            return Err(format!("no variable name on line '{line}'"));
        }
        if key.contains([' ', '\t']) {
            return Err(format!(
                "poorly formatted environment: variable '{key}' contains whitespaces"
            ));
        }
        let value = match value {
            Some(value) => value,
            // A name alone takes the client's value, and is left out without one.
            None => match client.variable(key) {
                Some(value) => value,
                None => continue,
            },
        };
        variables.insert(key.to_owned(), Some(value.to_owned()));
    }
    let _ = name;
    Ok(())
}
