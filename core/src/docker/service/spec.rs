//! The part of a service spec that `create` and `update` write alike: every flag with one value.
//!
//! Upstream: docker/cli `cli/command/service/{opts,update}.go`; for words that the client lets
//! pass and the engine refuses, moby `daemon/cluster/convert`. A flag that was not given leaves
//! its field alone, so on top of an empty spec this is what `create` does.

use std::sync::Arc;

use crate::collections::{BTreeSet, Order as _};
use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::docker::values::{MountValue, Value};
use crate::model::{
    ContainerSpec, Driver, EndpointMode, FailureAction, HealthConfig, Labels, Mount,
    ResourceRequirements, RestartCondition, RestartPolicy, ServiceSpec, TaskSpec, UpdateConfig,
    UpdateOrder,
};

/// Writes every flag with one value into the spec.
pub(super) fn apply(matches: &Matches, spec: &mut ServiceSpec) -> Result<(), Outcome> {
    let mut task = (*spec.task).clone();
    container(matches, &mut task.container)?;
    resources(matches, &mut task.resources);
    if let Some(limit) = matches.int("limit-pids") {
        task.container.runtime.pids_limit = limit;
    }
    restart(matches, &mut task)?;
    if let Some(count) = matches.uint("replicas-max-per-node") {
        task.placement.max_replicas = count;
    }
    log_driver(matches, &mut task);
    spec.task = Arc::new(task);
    update_config(matches, "update", &mut spec.update)?;
    update_config(matches, "rollback", &mut spec.rollback)?;
    if let Some(mode) = matches.text("endpoint-mode") {
        let mut endpoint = spec.endpoint.as_deref().cloned().unwrap_or_default();
        endpoint.mode = EndpointMode::parse(&mode).ok_or_else(|| {
            Outcome::refused_by_daemon(format!("invalid resolution mode: {mode:?}"))
        })?;
        spec.endpoint = Some(Arc::new(endpoint));
    }
    Ok(())
}

fn container(matches: &Matches, container: &mut ContainerSpec) -> Result<(), Outcome> {
    let set = |name: &str, field: &mut String| {
        if let Some(text) = matches.text(name) {
            *field = text;
        }
    };
    set("hostname", &mut container.hostname);
    set("stop-signal", &mut container.stop_signal);
    if matches.changed("entrypoint") {
        container.command = last_words(matches, "entrypoint");
    }
    if let Some(period) = matches.nanos("stop-grace-period") {
        container.stop_grace_period_ns = Some(period);
    }
    let runtime = &mut container.runtime;
    set("workdir", &mut runtime.dir);
    set("user", &mut runtime.user);
    set("isolation", &mut runtime.isolation);
    set("credential-spec", &mut runtime.credential_spec);
    if let Some(tty) = matches.bool("tty") {
        runtime.tty = tty;
    }
    if let Some(read_only) = matches.bool("read-only") {
        runtime.read_only = read_only;
    }
    if let Some(init) = matches.bool("init") {
        runtime.init = Some(init);
    }
    if let Some(score) = matches.int("oom-score-adj") {
        runtime.oom_score_adj = score;
    }
    capabilities(matches, container);
    health(matches, &mut container.healthcheck)
}

/// The words of the last use of a flag that takes a command line.
pub(super) fn last_words(matches: &Matches, name: &str) -> Vec<String> {
    match matches.last(name) {
        Some(Value::Texts(words)) => words.clone(),
        _ => Vec::new(),
    }
}

const HEALTH_SETTINGS: [&str; 6] = [
    "health-cmd",
    "health-interval",
    "health-timeout",
    "health-retries",
    "health-start-period",
    "health-start-interval",
];

/// A health check cannot be both switched off and set.
pub(super) fn check_health(matches: &Matches) -> Result<(), Outcome> {
    let any_setting = HEALTH_SETTINGS.iter().any(|name| matches.changed(name));
    if any_setting && matches.flag("no-healthcheck") {
        return Err(Outcome::refused(
            "--no-healthcheck conflicts with --health-* options",
        ));
    }
    Ok(())
}

fn health(matches: &Matches, health: &mut Option<HealthConfig>) -> Result<(), Outcome> {
    check_health(matches)?;
    if matches.flag("no-healthcheck") {
        *health = Some(HealthConfig {
            test: vec!["NONE".to_owned()],
            ..HealthConfig::default()
        });
        return Ok(());
    }
    if !HEALTH_SETTINGS.iter().any(|name| matches.changed(name)) {
        return Ok(());
    }
    let health = health.get_or_insert_default();
    if health.test.first().is_some_and(|word| word == "NONE") {
        health.test.clear();
    }
    let set = |name: &str, field: &mut u64| {
        if let Some(duration) = matches.nanos(name) {
            *field = duration;
        }
    };
    set("health-interval", &mut health.interval_ns);
    set("health-timeout", &mut health.timeout_ns);
    set("health-start-period", &mut health.start_period_ns);
    set("health-start-interval", &mut health.start_interval_ns);
    if let Some(retries) = matches.int("health-retries") {
        health.retries = u64::try_from(retries)
            .map_err(|_| Outcome::refused_by_daemon("Retries in Healthcheck cannot be negative"))?;
    }
    match matches.text("health-cmd") {
        Some(command) if command.is_empty() => health.test.clear(),
        Some(command) => health.test = vec!["CMD-SHELL".to_owned(), command],
        None => {}
    }
    Ok(())
}

/// Adds and drops capabilities. What is both added and dropped is added; what was dropped before
/// and is added now is neither any more, and the other way round.
fn capabilities(matches: &Matches, container: &mut ContainerSpec) {
    const ALL: &str = "ALL";
    const RESET: &str = "RESET";
    if !matches.changed("cap-add") && !matches.changed("cap-drop") {
        return;
    }
    let listed = |name: &str, field: &mut Vec<String>| -> BTreeSet<String> {
        let mut names: BTreeSet<String> = matches
            .texts(name)
            .iter()
            .map(|word| match word.trim().to_uppercase() {
                upper if upper == ALL || upper == RESET || upper.starts_with("CAP_") => upper,
                upper => format!("CAP_{upper}"),
            })
            .collect();
        if names.remove(RESET) {
            field.clear();
        }
        names
    };
    let runtime = &mut container.runtime;
    let add = listed("cap-add", &mut runtime.capability_add);
    let drop = listed("cap-drop", &mut runtime.capability_drop);
    let flip = |names: &mut dyn Iterator<Item = &String>,
                opposite: &mut Vec<String>,
                field: &mut Vec<String>| {
        for name in names {
            if let Some(place) = opposite.iter().position(|other| other == name) {
                opposite.remove(place);
            } else {
                field.push(name.clone());
            }
        }
        field.order();
        field.dedup();
        if field.iter().any(|name| name == ALL) {
            *field = vec![ALL.to_owned()];
        }
    };
    flip(
        &mut drop.difference(&add),
        &mut runtime.capability_add,
        &mut runtime.capability_drop,
    );
    flip(
        &mut add.iter(),
        &mut runtime.capability_drop,
        &mut runtime.capability_add,
    );
}

fn resources(matches: &Matches, resources: &mut ResourceRequirements) {
    let set = |name: &str, field: &mut i64| {
        if let Some(amount) = matches.int(name) {
            *field = amount;
        }
    };
    set("limit-cpu", &mut resources.limits.cpu_nano);
    set("limit-memory", &mut resources.limits.memory_bytes);
    set("reserve-cpu", &mut resources.reservations.cpu_nano);
    set("reserve-memory", &mut resources.reservations.memory_bytes);
}

/// One flag of the policy brings the whole policy, with the defaults for the rest.
fn restart(matches: &Matches, task: &mut TaskSpec) -> Result<(), Outcome> {
    let mut policy: RestartPolicy = task.restart.unwrap_or_default();
    let mut any = false;
    if let Some(word) = matches.text("restart-condition") {
        any = true;
        // No word at all is the default.
        policy.condition = if word.is_empty() {
            RestartCondition::Any
        } else {
            RestartCondition::parse(&word).ok_or_else(|| {
                Outcome::refused_by_daemon(format!("invalid RestartCondition: {word:?}"))
            })?
        };
    }
    let mut set = |value: Option<u64>, field: &mut u64| {
        if let Some(value) = value {
            any = true;
            *field = value;
        }
    };
    set(matches.nanos("restart-delay"), &mut policy.delay_ns);
    set(
        matches.uint("restart-max-attempts"),
        &mut policy.max_attempts,
    );
    set(matches.nanos("restart-window"), &mut policy.window_ns);
    if any {
        task.restart = Some(policy);
    }
    Ok(())
}

/// One flag of the family brings the whole config, with the defaults for the rest.
fn update_config(
    matches: &Matches,
    family: &str,
    config: &mut Option<UpdateConfig>,
) -> Result<(), Outcome> {
    if !config_flags(family)
        .iter()
        .any(|name| matches.changed(name))
    {
        return Ok(());
    }
    let config = config.get_or_insert_default();
    let name = |rest: &str| format!("{family}-{rest}");
    if let Some(parallelism) = matches.uint(&name("parallelism")) {
        config.parallelism = parallelism;
    }
    if let Some(delay) = matches.nanos(&name("delay")) {
        config.delay_ns = delay;
    }
    if let Some(monitor) = matches.nanos(&name("monitor")) {
        config.monitor_ns = monitor;
    }
    if let Some(ratio) = matches.ratio(&name("max-failure-ratio")) {
        config.max_failure_ratio = ratio;
    }
    if let Some(word) = matches.text(&name("failure-action")) {
        config.failure_action = word_or_default(&word, FailureAction::parse).ok_or_else(|| {
            Outcome::refused_by_daemon(format!("unrecognized update failure action {word}"))
        })?;
    }
    if let Some(word) = matches.text(&name("order")) {
        config.order = word_or_default(&word, UpdateOrder::parse).ok_or_else(|| {
            Outcome::refused_by_daemon(format!("unrecognized update order {word}"))
        })?;
    }
    Ok(())
}

/// The names of the flags of `update` or `rollback`.
pub(super) fn config_flags(family: &str) -> [String; 6] {
    [
        "parallelism",
        "delay",
        "monitor",
        "failure-action",
        "max-failure-ratio",
        "order",
    ]
    .map(|rest| format!("{family}-{rest}"))
}

fn word_or_default<T: Default>(word: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    if word.is_empty() {
        Some(T::default())
    } else {
        parse(word)
    }
}

fn log_driver(matches: &Matches, task: &mut TaskSpec) {
    if let Some(name) = matches.text("log-driver").filter(|name| !name.is_empty()) {
        task.log_driver = Some(Arc::new(Driver {
            name,
            options: key_values(&matches.texts("log-opt")),
        }));
    }
}

/// `k=v` texts as a map; a key alone has an empty value, a later one wins.
pub(in crate::docker) fn key_values(texts: &[String]) -> Labels {
    texts
        .iter()
        .map(|text| text.split_once('=').unwrap_or((text, "")))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// The mounts of a flag; a kind that does not exist is refused in the engine's words.
pub(super) fn mounts(matches: &Matches, name: &str) -> Result<Vec<Mount>, Outcome> {
    matches
        .all(name)
        .filter_map(|value| match value {
            Value::Mount(mount) => Some(mount),
            _ => None,
        })
        .map(|mount: &MountValue| mount.clone().map_err(Outcome::refused_by_daemon))
        .collect()
}

/// `host:ip` as a line of `/etc/hosts`.
pub(super) fn host_line(host: &str) -> String {
    match host.split_once(':') {
        Some((name, address)) => format!("{address} {name}"),
        None => host.to_owned(),
    }
}
