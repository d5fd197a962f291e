//! What the containers of an image do, as the scenario declares it.

use crate::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check::Checker;
use super::units::{Bytes, Duration, Probability};
use crate::diagnostic::Code;
use crate::yaml::NodeRef;

/// An image: what it weighs and what its containers do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// What a node has to load, unless it has the image.
    pub size: Option<Bytes>,
    /// From the start of a container until its process runs.
    pub start: Option<Duration>,
    /// From the request to stop until the process has ended.
    pub stop: Option<Duration>,
    /// How the process lives and ends by itself.
    pub behaviour: Behaviour,
    /// Whether the process ends only when it is killed.
    pub ignores_sigterm: bool,
    /// The health check of the image, if it has one.
    pub health: Option<Health>,
    /// How long a probe of the health check takes.
    pub probe: Option<Duration>,
    /// The command line that `docker ps` shows, unless the service has one.
    pub command: Option<String>,
    /// What the process prints.
    pub output: Vec<Output>,
    /// How the process answers requests.
    pub serving: Serving,
    /// Whether every node has the image from the beginning.
    pub preloaded: bool,
    /// Whether no registry has the image, so that it cannot be pulled.
    pub missing: bool,
}

/// How a process answers requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Serving {
    /// How long it works on a request.
    pub service_time: Option<Duration>,
    /// The same on nodes where it is another, by hostname.
    pub service_time_on: BTreeMap<String, Duration>,
    /// How many requests it works on at once; the others wait.
    pub capacity: Option<u32>,
    /// How long it runs before it listens.
    pub warm_up: Option<Duration>,
    /// What it does with its requests when it is asked to stop.
    pub on_sigterm: OnSigterm,
}

/// What a process does with the requests it works on when it is asked to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OnSigterm {
    /// It takes no new ones, and works on as long as it lives.
    #[default]
    Finish,
    /// It drops them at once.
    Drop,
}

/// A line that the process of a container prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The line.
    pub line: String,
    /// When it is printed first, since the start of the process; at once by default.
    #[serde(default = "at_once")]
    pub after: Duration,
    /// How often it is printed again; never by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Duration>,
}

const fn at_once() -> Duration {
    Duration(0)
}

/// How the process of a container lives and ends by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// It runs until it is stopped.
    #[default]
    Forever,
    /// It always ends.
    Exits {
        /// With this exit code.
        code: u8,
        /// After it has run this long.
        after: Duration,
    },
    /// It ends in some of the containers, by chance, and runs for ever in the others.
    Crashes {
        /// In how many.
        probability: Probability,
        /// With this exit code.
        code: u8,
        /// After it has run this long.
        after: Duration,
    },
}

/// A health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It passes from this age of the container on.
    PassesAfter(Duration),
    /// It passes until this age of the container, then fails.
    FailsAfter(Duration),
    /// It never passes.
    Never,
}

/// What the containers of an image do.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Image"))]
#[serde(default, deny_unknown_fields)]
pub(super) struct ImageFile {
    /// What a node has to load, unless it has the image. Without a size it has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<Bytes>,
    /// From the start of a container until its process runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<Duration>,
    /// From the request to stop until the process has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<Duration>,
    /// The process runs until it is stopped. This is the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<Forever>,
    /// The process ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    exits: Option<ExitsFile>,
    /// The process ends by itself in some of the containers, by chance.
    #[serde(skip_serializing_if = "Option::is_none")]
    crashes: Option<CrashesFile>,
    /// The process does not end when it is asked to: stopping takes the whole grace period.
    #[serde(skip_serializing_if = "Option::is_none")]
    ignores_sigterm: Option<bool>,
    /// The image has a health check.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<HealthFile>,
    /// The command line that `docker ps` shows, unless the service has one; what the image is called
    /// by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    /// What the process prints.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    output: Vec<Output>,
    /// How long a process works on a request; 10ms by default, which is chosen and not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_time: Option<Duration>,
    /// How long on nodes that are slower or faster than the others, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    service_time_on: BTreeMap<String, Duration>,
    /// How many requests a process works on at once; the others wait. No limit by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<u32>,
    /// How long a process runs before it listens: until then connections are refused. A health
    /// check that says nothing else passes from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    warm_up: Option<Duration>,
    /// What a process does with its requests when it is asked to stop: `finish` them (the default)
    /// or `drop` them. New ones are refused from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    on_sigterm: Option<OnSigterm>,
    /// Every node has the image from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    preloaded: Option<bool>,
    /// No registry has the image: it cannot be pulled.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<bool>,
}

/// The word `forever`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Forever {
    /// Until it is stopped.
    Forever,
}

/// How a process ends by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Exits"))]
#[serde(deny_unknown_fields)]
struct ExitsFile {
    /// The exit code.
    #[serde(default)]
    code: u8,
    /// How long the process runs before.
    after: Duration,
}

/// How a process ends by itself in some of the containers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Crashes"))]
#[serde(deny_unknown_fields)]
struct CrashesFile {
    /// In how many of the containers.
    probability: Probability,
    /// The exit code.
    #[serde(default = "one")]
    code: u8,
    /// How long the process runs before.
    after: Duration,
}

const fn one() -> u8 {
    1
}

/// When the health check passes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Health"))]
#[serde(default, deny_unknown_fields)]
struct HealthFile {
    /// The age of a container from which on the check passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    passes_after: Option<Duration>,
    /// The age of a container from which on the check fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    fails_after: Option<Duration>,
    /// The check never passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    never_passes: Option<bool>,
    /// How long the check takes; no time by default. One that takes longer than its timeout fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    takes: Option<Duration>,
}

/// What the file says, once it is not contradictory.
pub(super) fn lower(file: &ImageFile, tree: NodeRef<'_>, checker: &mut Checker<'_>) -> Image {
    let behaviours = [
        ("runs", file.runs.is_some()),
        ("exits", file.exits.is_some()),
        ("crashes", file.crashes.is_some()),
    ];
    refuse_several(&behaviours, tree, checker);
    let behaviour = match (&file.exits, &file.crashes) {
        (Some(exits), _) => Behaviour::Exits {
            code: exits.code,
            after: exits.after,
        },
        (None, Some(crashes)) => Behaviour::Crashes {
            probability: crashes.probability,
            code: crashes.code,
            after: crashes.after,
        },
        (None, None) => Behaviour::Forever,
    };
    let preloaded = file.preloaded.unwrap_or(false);
    let missing = file.missing.unwrap_or(false);
    refuse_several(
        &[("preloaded", preloaded), ("missing", missing)],
        tree,
        checker,
    );
    let health = file.health.as_ref().and_then(|health| {
        let tree = tree.get("health").unwrap_or(tree);
        let never = health.never_passes == Some(true);
        let given = [
            ("passes_after", health.passes_after.is_some()),
            ("fails_after", health.fails_after.is_some()),
            ("never_passes", never),
        ];
        refuse_several(&given, tree, checker);
        if never {
            return Some(Health::Never);
        }
        let passes = health.passes_after.map(Health::PassesAfter);
        let known = passes.or(health.fails_after.map(Health::FailsAfter));
        let known = known.or(health.takes.map(|_| Health::PassesAfter(Duration(0))));
        if known.is_none() {
            let message = "the health check says nothing about when it passes";
            checker.error(Code::MissingKey, tree.span(), message).help = Some(
                "add `passes_after: 5s`, `fails_after: 5s` or `never_passes: true`".to_owned(),
            );
        }
        known
    });
    if file.capacity == Some(0) {
        let message = "a process with a capacity of 0 would never answer";
        checker.error(Code::InvalidValue, tree.value_span("capacity"), message);
    }
    Image {
        size: file.size,
        start: file.start,
        stop: file.stop,
        behaviour,
        ignores_sigterm: file.ignores_sigterm.unwrap_or(false),
        health,
        probe: file.health.as_ref().and_then(|health| health.takes),
        command: file.command.clone(),
        output: file.output.clone(),
        serving: Serving {
            service_time: file.service_time,
            service_time_on: file.service_time_on.clone(),
            capacity: file.capacity,
            warm_up: file.warm_up,
            on_sigterm: file.on_sigterm.unwrap_or_default(),
        },
        preloaded,
        missing,
    }
}

/// Notes the second of several keys that exclude each other.
fn refuse_several(given: &[(&str, bool)], tree: NodeRef<'_>, checker: &mut Checker<'_>) {
    let mut there = given.iter().filter(|(_, given)| *given);
    if let (Some((first, _)), Some((second, _))) = (there.next(), there.next()) {
        let message = format!("`{second}` cannot be given beside `{first}`");
        checker.error(Code::KeyConflict, tree.key_span(second), message);
    }
}

/// The image as a person would write it.
pub(super) fn raise(image: &Image) -> ImageFile {
    let mut file = ImageFile {
        size: image.size,
        start: image.start,
        stop: image.stop,
        ignores_sigterm: image.ignores_sigterm.then_some(true),
        command: image.command.clone(),
        output: image.output.clone(),
        service_time: image.serving.service_time,
        service_time_on: image.serving.service_time_on.clone(),
        capacity: image.serving.capacity,
        warm_up: image.serving.warm_up,
        on_sigterm: Some(image.serving.on_sigterm).filter(|it| *it != OnSigterm::Finish),
        preloaded: image.preloaded.then_some(true),
        missing: image.missing.then_some(true),
        ..ImageFile::default()
    };
    match image.behaviour {
        Behaviour::Forever => {}
        Behaviour::Exits { code, after } => file.exits = Some(ExitsFile { code, after }),
        Behaviour::Crashes {
            probability,
            code,
            after,
        } => {
            file.crashes = Some(CrashesFile {
                probability,
                code,
                after,
            });
        }
    }
    file.health = image.health.map(|health| {
        let mut check = HealthFile {
            takes: image.probe,
            ..HealthFile::default()
        };
        match health {
            Health::PassesAfter(age) => check.passes_after = Some(age),
            Health::FailsAfter(age) => check.fails_after = Some(age),
            Health::Never => check.never_passes = Some(true),
        }
        check
    });
    file
}
