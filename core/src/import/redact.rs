//! Names, addresses and values replaced by others: the same by the same, so that the cluster still
//! behaves as it does.
//!
//! Kept are what docker itself means something by (roles, states, keys of labels, names of
//! variables, tags of images, drivers, ports, amounts, times) and values that say nothing
//! (`true`, numbers of at most three digits).

use crate::collections::BTreeMap;

use crate::api::{ContainerSpec, Ipam, ServiceSpec};
use crate::constraint::{Constraint, Operator};
use crate::model::{GenericResource, Labels, MountType};
use crate::scenario::{Action, Scenario};
use crate::stack::{LABEL_IMAGE, LABEL_NAMESPACE};

/// The socket of the engine, which half of all clusters mount.
const SOCKET: &str = "/var/run/docker.sock";

/// Replaces them everywhere.
pub(super) fn redact(scenario: &mut Scenario) {
    let mut words = Words::default();
    for service in &scenario.existing.services {
        let stack = service.what.labels.get(LABEL_NAMESPACE);
        words.stacks.extend(stack.cloned());
    }
    // Of two stacks, the longer name is tried first.
    words
        .stacks
        .sort_by_key(|name| std::cmp::Reverse(name.len()));
    for (index, node) in scenario.nodes.iter_mut().enumerate() {
        node.name = words.word("node", &node.name);
        let address = crate::scenario::default_address(index);
        words
            .addresses
            .insert(std::mem::take(&mut node.address), address.clone());
        node.address = address;
        words.values(&mut node.labels);
        words.values(&mut node.engine_labels);
        for resource in &mut node.generic {
            if let GenericResource::Named { value, .. } = resource {
                *value = words.word("unit", value);
            }
        }
    }
    for step in &mut scenario.steps {
        if let Action::Crash { node } = &mut step.action {
            *node = words.word("node", node);
        }
    }
    let existing = &mut scenario.existing;
    for network in existing.networks.iter_mut().map(|one| &mut one.what) {
        network.name = words.scoped("network", &network.name);
        network.ipam = Ipam::default();
        words.values(&mut network.labels);
    }
    for config in existing.configs.iter_mut().map(|one| &mut one.what) {
        config.name = words.scoped("config", &config.name);
        config.data.clear();
        words.values(&mut config.labels);
    }
    for secret in existing.secrets.iter_mut().map(|one| &mut one.what) {
        secret.name = words.scoped("secret", &secret.name);
        secret.data.clear();
        words.values(&mut secret.labels);
    }
    for service in existing.services.iter_mut().map(|one| &mut one.what) {
        words.service(service);
    }
}

/// Which word stands for which.
#[derive(Default)]
struct Words {
    /// By kind and word.
    known: BTreeMap<(&'static str, String), String>,
    counts: BTreeMap<&'static str, u32>,
    stacks: Vec<String>,
    addresses: BTreeMap<String, String>,
}

impl Words {
    fn word(&mut self, kind: &'static str, word: &str) -> String {
        if word.is_empty() {
            return String::new();
        }
        let key = (kind, word.to_owned());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let new = format!("{kind}{count}");
        self.known.insert(key, new.clone());
        new
    }

    fn all(&mut self, kind: &'static str, words: &mut [String]) {
        for word in words {
            *word = self.word(kind, word);
        }
    }

    /// The name of something that may belong to a stack.
    fn scoped(&mut self, kind: &'static str, name: &str) -> String {
        let own = self.stacks.iter().find_map(|stack| {
            let rest = name.strip_prefix(stack.as_str())?.strip_prefix('_')?;
            Some((stack.clone(), rest.to_owned()))
        });
        match own {
            Some((stack, rest)) => {
                format!("{}_{}", self.word("stack", &stack), self.word(kind, &rest))
            }
            None => self.word(kind, name),
        }
    }

    fn value(&mut self, value: &str) -> String {
        let is_small = value.len() <= 3 && value.bytes().all(|byte| byte.is_ascii_digit());
        if is_small || matches!(value, "true" | "false") {
            value.to_owned()
        } else {
            self.word("value", value)
        }
    }

    fn values(&mut self, labels: &mut Labels) {
        for (key, value) in labels.iter_mut() {
            *value = match key.as_str() {
                LABEL_NAMESPACE => self.word("stack", value),
                LABEL_IMAGE => self.image(value),
                _ => self.value(value),
            };
        }
    }

    /// An image keeps its tag.
    fn image(&mut self, image: &str) -> String {
        let whole = image.split('@').next().unwrap_or_default();
        let at = whole.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match whole[at..].find(':') {
            Some(colon) => whole.split_at(at + colon),
            None => (whole, ""),
        };
        format!("{}{tag}", self.word("image", name))
    }

    fn path(&mut self, path: &str) -> String {
        match path {
            "" | "/" | SOCKET => path.to_owned(),
            path => format!("/{}", self.word("path", path)),
        }
    }

    fn address(&mut self, address: &str) -> String {
        self.addresses
            .get(address)
            .cloned()
            .unwrap_or_else(|| "192.0.2.1".to_owned())
    }

    fn service(&mut self, service: &mut ServiceSpec) {
        service.name = self.scoped("service", &service.name);
        self.values(&mut service.labels);
        let task = &mut service.task_template;
        for network in &mut task.networks {
            if !matches!(network.target.as_str(), "host" | "bridge" | "none") {
                network.target = self.scoped("network", &network.target);
            }
            self.all("service", &mut network.aliases);
            self.values(&mut network.driver_opts);
        }
        for expression in &mut task.placement.constraints {
            *expression = self.constraint(expression);
        }
        if let Some(driver) = &mut task.log_driver {
            self.values(&mut driver.options);
        }
        self.container(&mut task.container_spec);
    }

    fn constraint(&mut self, expression: &str) -> String {
        let Ok(constraint) = Constraint::parse(expression) else {
            return self.word("constraint", expression);
        };
        let (key, value) = (constraint.key(), constraint.value());
        let lower = key.to_ascii_lowercase();
        let value = match lower.as_str() {
            "node.hostname" | "node.id" => self.word("node", value),
            "node.ip" => self.address(value),
            _ if lower.contains(".labels.") => self.value(value),
            _ => value.to_owned(),
        };
        let operator = match constraint.operator() {
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
        };
        format!("{key} {operator} {value}")
    }

    fn container(&mut self, container: &mut ContainerSpec) {
        container.image = self.image(&container.image);
        self.values(&mut container.labels);
        self.all("word", &mut container.command);
        self.all("word", &mut container.args);
        if !container.hostname.contains("{{") {
            container.hostname = self.word("host", &container.hostname);
        }
        for variable in &mut container.env {
            if let Some((name, value)) = variable.split_once('=') {
                *variable = format!("{name}={}", self.word("value", value));
            }
        }
        container.dir = self.path(&container.dir);
        container.user = self.word("user", &container.user);
        self.all("group", &mut container.groups);
        if let Some(check) = &mut container.healthcheck {
            // The first word says what kind of command it is.
            self.all("word", check.test.get_mut(1..).unwrap_or_default());
        }
        for mount in &mut container.mounts {
            mount.source = if mount.kind == MountType::Bind {
                self.path(&mount.source)
            } else {
                self.scoped("volume", &mount.source)
            };
            mount.target = self.path(&mount.target);
            if let Some(options) = &mut mount.volume_options {
                self.values(&mut options.labels);
                if let Some(driver) = &mut options.driver_config {
                    self.values(&mut driver.options);
                }
            }
        }
        for line in &mut container.hosts {
            let (address, name) = line.split_once(' ').unwrap_or((line, ""));
            *line = format!("{} {}", self.address(address), self.word("host", name));
        }
        for server in &mut container.dns_config.nameservers {
            *server = self.address(server);
        }
        self.all("domain", &mut container.dns_config.search);
        for one in &mut container.secrets {
            one.secret_name = self.scoped("secret", &one.secret_name);
            one.file.name = self.path(&one.file.name);
        }
        for one in &mut container.configs {
            one.config_name = self.scoped("config", &one.config_name);
            one.file.name = self.path(&one.file.name);
        }
    }
}
