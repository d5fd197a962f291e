//! `docker stack config`: what the files say together, as one file.
//!
//! Upstream: the struct tags of docker/cli `cli/compose/types/types.go` for keys and their order,
//! `go-yaml/yaml` v3 `emitterc.go`, `encode.go` for how they are written.

use super::types::{
    DeployConfig, FileObject, FileReferenceConfig, HealthcheckConfig, PortEntry, ResourceEntry,
    ServiceConfig, StackConfig, UpdateConfigEntry, VolumeEntry,
};
use super::value::{Data, Entry, Node, go_float, resolve};
use crate::collections::BTreeMap;
use crate::diagnostic::Span;
use crate::model::Labels;
use crate::time::{format_duration, parse_duration};

/// The files as one text.
pub fn to_yaml(config: &StackConfig) -> String {
    let services = config.services.iter();
    let services = services.map(|one| (one.name.clone(), service(one)));
    let networks = config.networks.iter().map(|(name, network)| {
        let subnets = network.subnets.iter();
        let subnets = subnets.map(|subnet| map().text("subnet", subnet).done());
        let ipam = map()
            .text("driver", &network.ipam_driver)
            .list("config", subnets.collect());
        let body = map()
            .text("name", &network.name)
            .text("driver", &network.driver)
            .labels("driver_opts", &network.driver_opts)
            .map("ipam", ipam)
            .flag("external", network.external)
            .flag("internal", network.internal)
            .flag("attachable", network.attachable)
            .labels("labels", &network.labels);
        (name.clone(), body.done())
    });
    let volumes = config.volumes.iter().map(|(name, volume)| {
        let body = map()
            .text("name", &volume.name)
            .text("driver", &volume.driver)
            .labels("driver_opts", &volume.driver_opts)
            .flag("external", volume.external)
            .labels("labels", &volume.labels);
        (name.clone(), body.done())
    });
    let objects = |objects: &BTreeMap<String, FileObject>| -> Vec<(String, Node)> {
        let one = |(name, object): (&String, &FileObject)| (name.clone(), file_object(object));
        objects.iter().map(one).collect()
    };
    let mut whole = map()
        .text("version", &config.version)
        .value("services", named(services))
        .some("networks", named(networks))
        .some("volumes", named(volumes))
        .some("secrets", named(objects(&config.secrets)))
        .some("configs", named(objects(&config.configs)));
    for (name, value) in &config.extras {
        whole = whole.value(name, value.clone());
    }
    let mut text = String::new();
    write_map(&mut text, &whole.0, 0);
    text
}

/// A mapping that is being put together; what is empty is left out.
struct Builder(Vec<Entry>);

fn map() -> Builder {
    Builder(Vec::new())
}

fn node(data: Data) -> Node {
    Node {
        data,
        span: Span::default(),
    }
}

fn named(entries: impl IntoIterator<Item = (String, Node)>) -> Node {
    let mut all = map();
    for (name, value) in entries {
        all = all.value(&name, value);
    }
    all.done()
}

fn strings(texts: &[String]) -> Vec<Node> {
    texts
        .iter()
        .map(|text| node(Data::Text(text.clone())))
        .collect()
}

impl Builder {
    fn value(mut self, key: &str, value: Node) -> Self {
        self.0.push(Entry {
            key: key.to_owned(),
            key_span: Span::default(),
            value,
        });
        self
    }

    fn some(self, key: &str, value: Node) -> Self {
        let is_empty = match &value.data {
            Data::Map(entries) => entries.is_empty(),
            Data::List(items) => items.is_empty(),
            Data::Text(text) => text.is_empty(),
            Data::Null => true,
            Data::Bool(value) => !value,
            Data::Int(number) => *number == 0,
            Data::Float(number) => *number == 0.0,
        };
        if is_empty {
            self
        } else {
            self.value(key, value)
        }
    }

    fn text(self, key: &str, text: &str) -> Self {
        self.some(key, node(Data::Text(text.to_owned())))
    }

    fn texts(self, key: &str, texts: &[String]) -> Self {
        self.list(key, strings(texts))
    }

    fn list(self, key: &str, items: Vec<Node>) -> Self {
        self.some(key, node(Data::List(items)))
    }

    fn int(self, key: &str, number: i64) -> Self {
        self.some(key, node(Data::Int(number)))
    }

    fn count(self, key: &str, number: Option<u64>) -> Self {
        match number.and_then(|number| i64::try_from(number).ok()) {
            Some(number) => self.value(key, node(Data::Int(number))),
            None => self,
        }
    }

    fn flag(self, key: &str, value: bool) -> Self {
        self.some(key, node(Data::Bool(value)))
    }

    fn labels(self, key: &str, labels: &Labels) -> Self {
        let texts = labels.iter();
        let texts = texts.map(|(name, text)| (name.clone(), node(Data::Text(text.clone()))));
        self.some(key, named(texts))
    }

    fn map(self, key: &str, map: Builder) -> Self {
        self.some(key, map.done())
    }

    /// A duration as Go prints it.
    fn duration(self, key: &str, text: Option<&str>) -> Self {
        match text.and_then(|text| parse_duration(text).ok()) {
            Some(duration_ns) => self.text(key, &format_duration(duration_ns)),
            None => self,
        }
    }

    fn ignored(self, key: &str, service: &ServiceConfig) -> Self {
        match service.ignored.get(key) {
            Some(value) => self.some(key, value.clone()),
            None => self,
        }
    }

    fn done(self) -> Node {
        node(Data::Map(self.0))
    }
}

#[expect(clippy::too_many_lines, reason = "a line a key, in docker's order")]
fn service(service: &ServiceConfig) -> Node {
    let environment = service.environment.iter().map(|(name, value)| {
        let value = value.clone().map_or(Data::Null, Data::Text);
        (name.clone(), node(value))
    });
    let networks = service.networks.iter().map(|(name, network)| {
        let value = match network {
            None => node(Data::Null),
            Some(network) => map()
                .texts("aliases", &network.aliases)
                .text("ipv4_address", &network.ipv4_address)
                .text("ipv6_address", &network.ipv6_address)
                .labels("driver_opts", &network.driver_opts)
                .done(),
        };
        (name.clone(), value)
    });
    let ulimits = service.ulimits.iter().map(|(name, limit)| {
        let value = match limit.single {
            0 => map().int("soft", limit.soft).int("hard", limit.hard).done(),
            single => node(Data::Int(single)),
        };
        (name.clone(), value)
    });
    let references = |references: &[FileReferenceConfig]| -> Vec<Node> {
        let one = |one: &FileReferenceConfig| {
            map()
                .text("source", &one.source)
                .text("target", &one.target)
                .text("uid", &one.uid)
                .text("gid", &one.gid)
                .count("mode", one.mode.map(u64::from))
                .done()
        };
        references.iter().map(one).collect()
    };
    let logging = service.logging.as_ref().map_or_else(map, |logging| {
        map()
            .text("driver", &logging.driver)
            .labels("options", &logging.options)
    });
    let mut body = map()
        .some("build", build(service))
        .texts("cap_add", &service.cap_add)
        .texts("cap_drop", &service.cap_drop)
        .ignored("cgroupns_mode", service)
        .ignored("cgroup_parent", service)
        .texts("command", &service.command)
        .list("configs", references(&service.configs))
        .ignored("container_name", service)
        .labels("credential_spec", &service.credential_spec)
        .ignored("depends_on", service)
        .map("deploy", deploy(&service.deploy))
        .ignored("devices", service)
        .texts("dns", &service.dns)
        .texts("dns_search", &service.dns_search)
        .ignored("domainname", service)
        .texts("entrypoint", &service.entrypoint)
        .some("environment", named(environment))
        .ignored("expose", service)
        .ignored("external_links", service)
        .texts("extra_hosts", &service.extra_hosts)
        .text("hostname", &service.hostname)
        .map("healthcheck", healthcheck(service.healthcheck.as_ref()))
        .text("image", &service.image);
    if let Some(init) = service.init {
        body = body.value("init", node(Data::Bool(init)));
    }
    body = body
        .ignored("ipc", service)
        .text("isolation", &service.isolation)
        .labels("labels", &service.labels)
        .ignored("links", service)
        .map("logging", logging)
        .ignored("mac_address", service)
        .ignored("network_mode", service)
        .some("networks", named(networks))
        .ignored("pid", service)
        .list("ports", service.ports.iter().map(port).collect())
        .ignored("privileged", service)
        .flag("read_only", service.read_only)
        .text("restart", &service.restart)
        .list("secrets", references(&service.secrets))
        .ignored("security_opt", service)
        .ignored("shm_size", service)
        .flag("stdin_open", service.stdin_open)
        .duration("stop_grace_period", service.stop_grace_period.as_deref())
        .text("stop_signal", &service.stop_signal)
        .labels("sysctls", &service.sysctls)
        .ignored("tmpfs", service)
        .flag("tty", service.tty)
        .some("ulimits", named(ulimits))
        .text("user", &service.user)
        .int("oom_score_adj", service.oom_score_adj)
        .ignored("userns_mode", service)
        .list("volumes", service.volumes.iter().map(mount).collect())
        .text("working_dir", &service.working_dir);
    for (key, value) in &service.ignored {
        if key.starts_with("x-") {
            body = body.value(key, value.clone());
        }
    }
    body.done()
}

/// A text alone is the context.
fn build(service: &ServiceConfig) -> Node {
    match service.ignored.get("build") {
        Some(build) if build.text().is_some() => map().value("context", build.clone()).done(),
        Some(build) => build.clone(),
        None => node(Data::Null),
    }
}

fn port(port: &PortEntry) -> Node {
    map()
        .text("mode", &port.mode)
        .int("target", i64::from(port.target))
        .int("published", i64::from(port.published))
        .text("protocol", &port.protocol)
        .done()
}

fn mount(mount: &VolumeEntry) -> Node {
    let mut body = map()
        .text("type", &mount.kind)
        .text("source", &mount.source)
        .text("target", &mount.target)
        .flag("read_only", mount.read_only);
    if let Some(propagation) = &mount.propagation {
        body = body.value("bind", map().text("propagation", propagation).done());
    }
    if let Some(no_copy) = mount.no_copy {
        body = body.value("volume", map().flag("nocopy", no_copy).done());
    }
    if let Some(size) = mount.tmpfs_size_bytes {
        body = body.value("tmpfs", map().int("size", size).done());
    }
    body.done()
}

fn deploy(deploy: &DeployConfig) -> Builder {
    let update = |entry: Option<&UpdateConfigEntry>| match entry {
        None => map(),
        Some(entry) => map()
            .count("parallelism", entry.parallelism)
            .duration("delay", Some(&entry.delay))
            .text("failure_action", &entry.failure_action)
            .duration("monitor", Some(&entry.monitor))
            .some(
                "max_failure_ratio",
                node(resolve(&entry.max_failure_ratio.to_string())),
            )
            .text("order", &entry.order),
    };
    let amounts = |entry: Option<&ResourceEntry>| match entry {
        None => map(),
        Some(entry) => {
            let memory = match entry.memory_bytes {
                0 => String::new(),
                bytes => bytes.to_string(),
            };
            let generic = entry.generic.iter().map(|request| {
                let spec = map()
                    .text("kind", &request.kind)
                    .int("value", request.value);
                map().map("discrete_resource_spec", spec).done()
            });
            map()
                .text("cpus", &entry.cpus)
                .text("memory", &memory)
                .int("pids", entry.pids)
                .list("generic_resources", generic.collect())
        }
    };
    let resources = map()
        .map("limits", amounts(deploy.limits.as_ref()))
        .map("reservations", amounts(deploy.reservations.as_ref()));
    let restart_policy = deploy.restart_policy.as_ref().map_or_else(map, |policy| {
        map()
            .text("condition", &policy.condition)
            .duration("delay", policy.delay.as_deref())
            .count("max_attempts", policy.max_attempts)
            .duration("window", policy.window.as_deref())
    });
    let preferences = deploy.preferences.iter();
    let preferences = preferences.map(|spread| map().text("spread", spread).done());
    let max_replicas = i64::try_from(deploy.max_replicas).unwrap_or(i64::MAX);
    let placement = map()
        .texts("constraints", &deploy.constraints)
        .list("preferences", preferences.collect())
        .int("max_replicas_per_node", max_replicas);
    map()
        .text("mode", &deploy.mode)
        .count("replicas", deploy.replicas)
        .labels("labels", &deploy.labels)
        .map("update_config", update(deploy.update_config.as_ref()))
        .map("rollback_config", update(deploy.rollback_config.as_ref()))
        .map("resources", resources)
        .map("restart_policy", restart_policy)
        .map("placement", placement)
        .text("endpoint_mode", &deploy.endpoint_mode)
}

fn healthcheck(check: Option<&HealthcheckConfig>) -> Builder {
    let Some(check) = check else {
        return map();
    };
    map()
        .texts("test", &check.test)
        .duration("timeout", check.timeout.as_deref())
        .duration("interval", check.interval.as_deref())
        .count("retries", check.retries)
        .duration("start_period", check.start_period.as_deref())
        .duration("start_interval", check.start_interval.as_deref())
        .flag("disable", check.disable)
}

fn file_object(object: &FileObject) -> Node {
    map()
        .text("name", &object.name)
        .text("file", &object.file)
        .flag("external", object.external)
        .labels("labels", &object.labels)
        .text("driver", &object.driver)
        .labels("driver_opts", &object.driver_opts)
        .text("template_driver", &object.template_driver)
        .done()
}

fn write_map(text: &mut String, entries: &[Entry], indent: usize) {
    for (index, entry) in entries.iter().enumerate() {
        if index > 0 || !text.ends_with("- ") {
            push_indent(text, indent);
        }
        text.push_str(&scalar(&entry.key, indent));
        text.push(':');
        write_value(text, &entry.value, indent);
    }
}

fn push_indent(text: &mut String, indent: usize) {
    text.extend(std::iter::repeat_n(' ', indent));
}

fn write_value(text: &mut String, value: &Node, indent: usize) {
    let plain = match &value.data {
        Data::Map(entries) if !entries.is_empty() => {
            text.push('\n');
            return write_map(text, entries, indent + 2);
        }
        Data::List(items) if !items.is_empty() => {
            text.push('\n');
            for item in items {
                push_indent(text, indent + 2);
                text.push('-');
                match &item.data {
                    Data::Map(entries) if !entries.is_empty() => {
                        text.push(' ');
                        write_map(text, entries, indent + 4);
                    }
                    _ => write_value(text, item, indent + 2),
                }
            }
            return;
        }
        Data::Map(_) => "{}".to_owned(),
        Data::List(_) => "[]".to_owned(),
        Data::Null => "null".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => go_float(*number),
        Data::Text(string) => scalar(string, indent + 2),
    };
    text.push(' ');
    text.push_str(&plain);
    text.push('\n');
}

/// A text in the plainest style that reads as the same text.
fn scalar(text: &str, indent: usize) -> String {
    let is_printable = |c: char| c == '\n' || !c.is_control();
    if text.is_empty() || !text.chars().all(is_printable) {
        return format!("{text:?}");
    }
    if text.contains('\n') {
        if text.starts_with([' ', '\n']) {
            return format!("{text:?}");
        }
        let chomp = match text.trim_end_matches('\n').len() + 1 {
            kept if kept > text.len() => "-",
            kept if kept == text.len() => "",
            _ => "+",
        };
        let margin = " ".repeat(indent);
        let lines: Vec<String> = text
            .trim_end_matches('\n')
            .split('\n')
            .map(|line| match line {
                "" => String::new(),
                line => format!("{margin}{line}"),
            })
            .collect();
        return format!("|{chomp}\n{}", lines.join("\n"));
    }
    let old_words = [
        "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off",
        "OFF",
    ];
    let is_sexagesimal = text.contains(':')
        && text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'))
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b":._+-".contains(&byte));
    let is_other = !matches!(resolve(text), Data::Text(same) if same == text);
    if is_other || old_words.contains(&text) || is_sexagesimal {
        return format!("{text:?}");
    }
    let begins_as_other = text.starts_with([
        ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`',
    ]) || ["- ", "? ", ": "].iter().any(|two| text.starts_with(two))
        || matches!(text, "-" | "?" | ":" | "---" | "...");
    let is_broken = text.starts_with(' ')
        || text.ends_with([' ', ':'])
        || text.contains(": ")
        || text.contains(" #");
    if begins_as_other || is_broken {
        return format!("'{}'", text.replace('\'', "''"));
    }
    text.to_owned()
}
