//! Several stack files in one: a later file overrides an earlier one.
//!
//! Upstream: docker/cli `cli/compose/loader/merge.go` and `dario.cat/mergo`. What is empty, zero or
//! false in a later file does not override; lists are put one after the other.

use crate::collections::BTreeMap;

use super::types::{
    DeployConfig, FileReferenceConfig, HealthcheckConfig, LoggingConfig, ResourceEntry,
    RestartPolicyEntry, ServiceConfig, ServiceNetworkConfig, StackConfig, UpdateConfigEntry,
};

/// Merges a file over what came before it.
pub(super) fn merge(base: &mut StackConfig, over: StackConfig) {
    let mut services: BTreeMap<String, ServiceConfig> = std::mem::take(&mut base.services)
        .into_iter()
        .map(|service| (service.name.clone(), service))
        .collect();
    for service in over.services {
        match services.get_mut(&service.name) {
            Some(known) => merge_service(known, service),
            None => {
                services.insert(service.name.clone(), service);
            }
        }
    }
    base.services = services.into_values().collect();
    base.networks.extend(over.networks);
    base.volumes.extend(over.volumes);
    base.secrets.extend(over.secrets);
    base.configs.extend(over.configs);
}

fn merge_service(base: &mut ServiceConfig, over: ServiceConfig) {
    base.file = over.file;
    base.span = over.span;
    text(&mut base.image, over.image);
    base.cap_add.extend(over.cap_add);
    base.cap_drop.extend(over.cap_drop);
    replace(&mut base.command, over.command);
    replace(&mut base.entrypoint, over.entrypoint);
    by_key(&mut base.configs, over.configs, source);
    by_key(&mut base.secrets, over.secrets, source);
    texts(&mut base.credential_spec, over.credential_spec);
    deploy(&mut base.deploy, over.deploy);
    base.dns.extend(over.dns);
    base.dns_search.extend(over.dns_search);
    for (name, value) in over.environment {
        // An empty value does not override.
        let is_empty = value.as_ref().is_none_or(String::is_empty);
        if !is_empty || !base.environment.contains_key(&name) {
            base.environment.insert(name, value);
        }
    }
    base.extra_hosts.extend(over.extra_hosts);
    text(&mut base.hostname, over.hostname);
    option(&mut base.healthcheck, over.healthcheck, healthcheck);
    if over.init == Some(true) || base.init.is_none() {
        base.init = over.init.or(base.init);
    }
    text(&mut base.isolation, over.isolation);
    texts(&mut base.labels, over.labels);
    option(&mut base.logging, over.logging, logging);
    for (name, network) in over.networks {
        match (base.networks.get_mut(&name), network) {
            (Some(Some(known)), Some(network)) => service_network(known, network),
            (Some(known), Some(network)) => *known = Some(network),
            (Some(_), None) => {}
            (None, network) => {
                base.networks.insert(name, network);
            }
        }
    }
    by_key(&mut base.ports, over.ports, |port| port.published);
    base.read_only |= over.read_only;
    text(&mut base.restart, over.restart);
    base.stdin_open |= over.stdin_open;
    later(&mut base.stop_grace_period, over.stop_grace_period);
    text(&mut base.stop_signal, over.stop_signal);
    texts(&mut base.sysctls, over.sysctls);
    base.tty |= over.tty;
    base.ulimits.extend(over.ulimits);
    text(&mut base.user, over.user);
    if over.oom_score_adj != 0 {
        base.oom_score_adj = over.oom_score_adj;
    }
    by_key(&mut base.volumes, over.volumes, |volume| {
        volume.target.clone()
    });
    text(&mut base.working_dir, over.working_dir);
    base.ignored.extend(over.ignored);
}

fn source(reference: &FileReferenceConfig) -> String {
    reference.source.clone()
}

fn text(base: &mut String, over: String) {
    if !over.is_empty() {
        *base = over;
    }
}

fn later<T>(base: &mut Option<T>, over: Option<T>) {
    if over.is_some() {
        *base = over;
    }
}

fn option<T>(base: &mut Option<T>, over: Option<T>, merge: impl FnOnce(&mut T, T)) {
    match (base.as_mut(), over) {
        (Some(base), Some(over)) => merge(base, over),
        (None, over) => *base = over,
        (Some(_), None) => {}
    }
}

fn replace(base: &mut Vec<String>, over: Vec<String>) {
    if !over.is_empty() {
        *base = over;
    }
}

fn texts(base: &mut BTreeMap<String, String>, over: BTreeMap<String, String>) {
    for (key, value) in over {
        if !value.is_empty() || !base.contains_key(&key) {
            base.insert(key, value);
        }
    }
}

/// Lists of which each entry has a key: one entry a key is left, in the order of the keys.
fn by_key<T, K: Ord>(base: &mut Vec<T>, over: Vec<T>, key: impl Fn(&T) -> K) {
    let all = std::mem::take(base).into_iter().chain(over);
    let all: BTreeMap<K, T> = all.map(|entry| (key(&entry), entry)).collect();
    *base = all.into_values().collect();
}

fn service_network(base: &mut ServiceNetworkConfig, over: ServiceNetworkConfig) {
    base.aliases = over.aliases;
    text(&mut base.ipv4_address, over.ipv4_address);
    text(&mut base.ipv6_address, over.ipv6_address);
}

fn logging(base: &mut LoggingConfig, over: LoggingConfig) {
    if base.driver == over.driver || base.driver.is_empty() || over.driver.is_empty() {
        text(&mut base.driver, over.driver);
        texts(&mut base.options, over.options);
    } else {
        *base = over;
    }
}

fn healthcheck(base: &mut HealthcheckConfig, over: HealthcheckConfig) {
    base.test.extend(over.test);
    later(&mut base.timeout, over.timeout);
    later(&mut base.interval, over.interval);
    later(&mut base.retries, over.retries);
    later(&mut base.start_period, over.start_period);
    later(&mut base.start_interval, over.start_interval);
    base.disable |= over.disable;
}

fn deploy(base: &mut DeployConfig, over: DeployConfig) {
    text(&mut base.mode, over.mode);
    later(&mut base.replicas, over.replicas);
    texts(&mut base.labels, over.labels);
    option(&mut base.update_config, over.update_config, update_config);
    option(
        &mut base.rollback_config,
        over.rollback_config,
        update_config,
    );
    option(&mut base.limits, over.limits, resources);
    option(&mut base.reservations, over.reservations, resources);
    option(
        &mut base.restart_policy,
        over.restart_policy,
        restart_policy,
    );
    base.constraints.extend(over.constraints);
    base.preferences.extend(over.preferences);
    if over.max_replicas != 0 {
        base.max_replicas = over.max_replicas;
    }
    text(&mut base.endpoint_mode, over.endpoint_mode);
}

fn update_config(base: &mut UpdateConfigEntry, over: UpdateConfigEntry) {
    later(&mut base.parallelism, over.parallelism);
    text(&mut base.delay, over.delay);
    text(&mut base.failure_action, over.failure_action);
    text(&mut base.monitor, over.monitor);
    if over.max_failure_ratio > 0.0 {
        base.max_failure_ratio = over.max_failure_ratio;
    }
    text(&mut base.order, over.order);
}

fn resources(base: &mut ResourceEntry, over: ResourceEntry) {
    text(&mut base.cpus, over.cpus);
    if over.memory_bytes != 0 {
        base.memory_bytes = over.memory_bytes;
    }
    if over.pids != 0 {
        base.pids = over.pids;
    }
    base.generic.extend(over.generic);
}

fn restart_policy(base: &mut RestartPolicyEntry, over: RestartPolicyEntry) {
    text(&mut base.condition, over.condition);
    later(&mut base.delay, over.delay);
    later(&mut base.max_attempts, over.max_attempts);
    later(&mut base.window, over.window);
}
