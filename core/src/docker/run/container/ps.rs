//! `docker ps`: the containers of a node (moby `daemon/list.go`).

use super::{containers, find, id_of, labels_of, name_of};
use crate::agent::{ContainerOf, HealthState, familiar};
use crate::collections::Order as _;
use crate::docker::Outcome;
use crate::docker::container::ContainerPs;
use crate::docker::print::{self, ContainerRow};
use crate::docker::values::Filter;
use crate::docker::words;
use crate::ids::NodeId;
use crate::kernel::Settings;
use crate::model::{Labels, TaskSpec};
use crate::swarm::Swarm;
use crate::time::{SimTime, human_age};

/// `docker ps`
pub(super) fn ps(swarm: &Swarm, at: NodeId, command: &ContainerPs) -> Outcome {
    if let Some(refusal) = refuse(swarm, at, &command.filters) {
        return refusal;
    }
    let now = swarm.kernel.now;
    let has = |key: &str| command.filters.iter().any(|filter| filter.key == key);
    let all = command.all
        || command.last.is_some()
        || ["status", "exited", "before", "since"].into_iter().any(has);
    let mut shown: Vec<ContainerOf<'_>> = containers(swarm, at)
        .filter(|of| all || of.container.runs_at(now))
        .filter(|of| passes(swarm, at, of, &command.filters))
        .collect();
    // The newest first.
    shown.order_by_key(|of| std::cmp::Reverse((of.container.created_at, of.task)));
    shown.truncate(command.last.unwrap_or(usize::MAX));
    let rows: Vec<ContainerRow> = shown
        .iter()
        .map(|of| row(swarm, at, of, command.no_trunc))
        .collect();
    match print::container_ls(&rows, &command.format, command.quiet) {
        Ok(text) => Outcome::printed(text),
        Err(refusal) => refusal,
    }
}

/// The state of a container, as a word.
pub(in crate::docker::run) fn state(of: &ContainerOf<'_>, now: SimTime) -> &'static str {
    if of.container.runs_at(now) {
        "running"
    } else if of.container.exit_code_at(now).is_some() {
        "exited"
    } else {
        "created"
    }
}

/// The health of a container, as a word.
pub(in crate::docker::run) fn health(of: &ContainerOf<'_>, now: SimTime) -> &'static str {
    match of.container.health_at(now) {
        None => "none",
        Some(HealthState::Starting) => "starting",
        Some(HealthState::Healthy) => "healthy",
        Some(HealthState::Unhealthy) => "unhealthy",
    }
}

/// What an image runs: what is declared of it, or else the program that it is called after.
fn image_command(settings: &Settings, spec: &TaskSpec) -> Vec<String> {
    let name = familiar(&spec.container.image);
    let image = settings.images.get(&name);
    let declared = image.and_then(|image| image.command.as_deref());
    if let Some(words) = declared.and_then(|line| words::split(line).ok()) {
        return words.into_iter().map(|word| word.text).collect();
    }
    let last = name.rsplit('/').next().unwrap_or_default();
    let program = last.split(':').next().unwrap_or_default();
    vec![program.to_owned()]
}

/// What runs in a container: what the service says, or else what the image does.
pub(in crate::docker::run) fn words(settings: &Settings, of: &ContainerOf<'_>) -> Vec<String> {
    let container = &of.spec.container;
    let said: Vec<String> = container
        .command
        .iter()
        .chain(&container.args)
        .cloned()
        .collect();
    if said.is_empty() {
        image_command(settings, of.spec)
    } else {
        said
    }
}

fn row(swarm: &Swarm, at: NodeId, of: &ContainerOf<'_>, no_trunc: bool) -> ContainerRow {
    let now = swarm.kernel.now;
    let state = state(of, now);
    let age_ns = |since: SimTime| now.since(since);
    let status = match (of.container.started_at, of.container.end) {
        (Some(started_at), _) if state == "running" => {
            let up = format!("Up {}", human_age(age_ns(started_at)));
            match health(of, now) {
                "none" => up,
                "starting" => format!("{up} (health: starting)"),
                known => format!("{up} ({known})"),
            }
        }
        (_, Some((ended_at, code))) if state == "exited" => {
            format!("Exited ({code}) {} ago", human_age(age_ns(ended_at)))
        }
        _ => "Created".to_owned(),
    };
    let words: Vec<String> = words(&swarm.kernel.settings, of)
        .into_iter()
        .enumerate()
        .map(|(index, word)| {
            if word.contains(' ') && index > 0 {
                format!("'{word}'")
            } else {
                word
            }
        })
        .collect();
    let created = of.container.created_at.to_rfc3339();
    ContainerRow {
        id: id_of(swarm, of),
        name: name_of(swarm, at, of),
        image: of.spec.container.image.clone(),
        command: words.join(" "),
        created_at: format!("{} {} +0000 UTC", &created[..10], &created[11..19]),
        age_ns: age_ns(of.container.created_at),
        state,
        status,
        ports: match state {
            "running" => of.ports.to_vec(),
            _ => Vec::new(),
        },
        labels: labels_of(swarm, at, of),
        no_trunc,
    }
}

/// A filter that the engine does not know, or whose value it does not.
fn refuse(swarm: &Swarm, at: NodeId, filters: &[Filter]) -> Option<Outcome> {
    let refusals = filters.iter().filter_map(|Filter { key, value }| {
        let wrong = || Outcome::refused_by_daemon(format!("invalid filter '{key}={value}'"));
        match key.as_str() {
            "id" | "label" | "ancestor" => None,
            "name" => value
                .contains(['*', '+', '?', '[', '(', '|', '{', '\\'])
                .then(|| Outcome::refused("a pattern in a filter by name is not simulated yet")),
            "exited" => value.parse::<i32>().err().map(|_| {
                Outcome::refused_by_daemon(format!(
                    "strconv.Atoi: parsing {value:?}: invalid syntax"
                ))
            }),
            "status" => {
                let known = [
                    "created",
                    "restarting",
                    "running",
                    "removing",
                    "paused",
                    "exited",
                    "dead",
                ];
                (!known.contains(&value.as_str())).then(wrong)
            }
            "health" => {
                let known = ["none", "starting", "healthy", "unhealthy"];
                (!known.contains(&value.as_str())).then(wrong)
            }
            "is-task" => {
                let known = ["0", "1", "false", "true"];
                (!known.contains(&value.as_str())).then(wrong)
            }
            "before" | "since" => find(swarm, at, value).err().map(Outcome::refused_by_daemon),
            "isolation" | "volume" | "network" | "publish" | "expose" => Some(Outcome::refused(
                format!("docker ps --filter {key} is not simulated yet"),
            )),
            _ => Some(Outcome::refused_by_daemon(format!(
                "invalid filter '{key}'"
            ))),
        }
    });
    refusals.into_iter().next()
}

/// Values of one key are alternatives, except for labels; keys add up.
fn passes(swarm: &Swarm, at: NodeId, of: &ContainerOf<'_>, filters: &[Filter]) -> bool {
    let now = swarm.kernel.now;
    let any = |key: &str, holds: &dyn Fn(&str) -> bool| {
        let mut values = filters.iter().filter(|filter| filter.key == key).peekable();
        values.peek().is_none() || values.any(|filter| holds(&filter.value))
    };
    let labels = filters.iter().any(|filter| filter.key == "label");
    let labels = labels.then(|| labels_of(swarm, at, of));
    let has_labels = labels.is_none_or(|labels| {
        let wanted = filters.iter().filter(|filter| filter.key == "label");
        wanted
            .into_iter()
            .all(|filter| has_label(&labels, &filter.value))
    });
    let image = print::familiar_image(&of.spec.container.image);
    let order = |of: &ContainerOf<'_>| (of.container.created_at, of.task);
    let other = |value: &str| find(swarm, at, value).ok().map(|other| order(&other));
    has_labels
        && any("id", &|value| id_of(swarm, of).contains(value))
        && any("name", &|value| has_name(&name_of(swarm, at, of), value))
        && any("status", &|value| value == state(of, now))
        && any("health", &|value| value == health(of, now))
        && any("is-task", &|value| matches!(value, "1" | "true"))
        && any("exited", &|value| {
            of.container
                .exit_code_at(now)
                .map(|code| code.to_string())
                .as_deref()
                == Some(value)
        })
        && any("ancestor", &|value| {
            image == value || image.split_once(':') == Some((value, "latest"))
        })
        && any("before", &|value| {
            other(value).is_some_and(|other| order(of) < other)
        })
        && any("since", &|value| {
            other(value).is_some_and(|other| order(of) > other)
        })
}

fn has_label(labels: &Labels, wanted: &str) -> bool {
    match wanted.split_once('=') {
        Some((key, value)) => labels.get(key).is_some_and(|found| found == value),
        None => labels.contains_key(wanted),
    }
}

/// Whether a name holds a text; `^` and `$` stand for its ends, with a slash before it or without.
fn has_name(name: &str, wanted: &str) -> bool {
    let (wanted, at_end) = match wanted.strip_suffix('$') {
        Some(wanted) => (wanted, true),
        None => (wanted, false),
    };
    let matches = |name: &str| match wanted.strip_prefix('^') {
        Some(wanted) if at_end => name == wanted,
        Some(wanted) => name.starts_with(wanted),
        None if at_end => name.ends_with(wanted),
        None => name.contains(wanted),
    };
    matches(name) || matches(&format!("/{name}"))
}
