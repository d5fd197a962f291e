//! The scenario file: what a cluster is made of, what is done to it, what should be seen.
//!
//! [`Scenario::parse`] turns a text into a value in which every name is known and every default
//! filled in, or into diagnostics with places. Nothing here depends on the simulation: what only a
//! run can tell (whether a service exists, whether a docker line makes sense) is checked by those
//! who run it, and [`Step::place`] lets them point into the file.
//!
//! What people write and what the simulator works with are two sets of types. The first
//! (`ClusterFile`, `StepFile`, ...) mirror the file key by key; serde reads and writes them, the
//! JSON Schema is made from them, and their comments are what an editor shows. The second
//! ([`NodeSetup`], [`Step`], ...) are what is public here.

mod check;
mod cluster;
mod existing;
mod expect;
mod image;
mod predicate;
#[cfg(feature = "schema")]
mod schema;
mod step;
#[cfg(test)]
mod tests;
mod timing;
mod traffic;
mod units;

use serde::{Deserialize, Serialize, Serializer};

pub(crate) use cluster::default_address;
pub use existing::{Existing, Placed};
pub use expect::{
    Claim, Expectation, NodeClaim, OutputClaim, ServiceClaim, TaskClaim, TrafficClaim, When,
};
pub use image::{Behaviour, Health, Image, OnSigterm, Output, Serving};
pub use predicate::{Count, TextMatch};
#[cfg(feature = "schema")]
pub use schema::json_schema;
pub(crate) use step::slow_link;
pub use step::{Action, Step};
pub use timing::Timing;
pub use traffic::{Arrivals, Client, Target};
pub use units::{Bandwidth, Bytes, Cpus, Duration, Probability, Rate};

pub use crate::kernel::Ties;

use crate::collections::BTreeMap;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span};
use crate::model::{Availability, GenericResource, Labels, NodeRole, Platform, Plugin};
use crate::time::SimTime;
use crate::yaml::{Document, NodeRef};

/// The version of the scenario language.
pub const VERSION: u32 = 1;
/// How many nodes a cluster may have.
pub const NODE_COUNT_MAX: u32 = 10_000;
/// How many steps a scenario may have, and how many expectations.
pub const STEP_COUNT_MAX: u32 = 100_000;

/// A cluster, what is done to it and what should be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// What it is called.
    pub title: Option<String>,
    /// What it teaches.
    pub description: Option<String>,
    /// What every random draw depends on.
    pub seed: u64,
    /// How the scheduler chooses among equally good nodes.
    pub ties: Ties,
    /// How long the run goes on; until nothing is left to do after the last step if absent.
    pub until: Option<SimTime>,
    /// The machines. Those that belong to the swarm from the beginning are joined in this order.
    pub nodes: Vec<NodeSetup>,
    /// How many old tasks are kept for each slot, if it is not docker's default.
    pub task_history_limit: Option<i64>,
    /// What the swarm has from the beginning beside its nodes.
    pub existing: Existing,
    /// How long things take.
    pub timing: Timing,
    /// The images, by name as written.
    pub images: BTreeMap<String, Image>,
    /// The files that lines can name, by name as written.
    pub files: BTreeMap<String, String>,
    /// Variables of the shell in which lines are typed.
    pub environment: BTreeMap<String, String>,
    /// Who sends requests, in the order of the file.
    pub traffic: Vec<Client>,
    /// What is done, in order of time.
    pub steps: Vec<Step>,
    /// What should be seen, in the order of the file.
    pub expectations: Vec<Expectation>,
}

/// A machine as it is before the run begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSetup {
    /// Its hostname, unlike that of every other.
    pub name: String,
    /// What it is in the swarm, or becomes when it joins.
    pub role: NodeRole,
    /// Its IP address, unlike that of every other.
    pub address: String,
    /// Labels of the node.
    pub labels: Labels,
    /// Labels of its engine.
    pub engine_labels: Labels,
    /// CPU in billionths of a core.
    pub cpu_nano: i64,
    /// Memory in bytes.
    pub memory_bytes: i64,
    /// Other things that can be reserved, in order of kind.
    pub generic: Vec<GenericResource>,
    /// Operating system and architecture.
    pub platform: Platform,
    /// Whether it takes tasks.
    pub availability: Availability,
    /// Plugins beside those built in.
    pub plugins: Vec<Plugin>,
    /// Paths of its file system that other machines do not have unless they say so.
    pub paths: Vec<String>,
    /// Whether it belongs to the swarm from the beginning.
    pub joined: bool,
    /// Where it stands in the file.
    pub span: Span,
}

/// A scenario for the Docker Swarm simulator.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Scenario"))]
#[serde(default, deny_unknown_fields)]
struct ScenarioFile {
    /// The version of the scenario language: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::version"))]
    version: Option<u32>,
    /// What the scenario is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// What the scenario teaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// What every random draw depends on; 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    /// How the scheduler chooses among equally good nodes: `by-name` (the default) or `seeded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    ties: Option<Ties>,
    /// How long the run goes on. By default until nothing is left to do after the last step.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Duration>,
    /// The machines, and what the swarm is set to.
    cluster: cluster::ClusterFile,
    /// How long things take.
    #[serde(skip_serializing_if = "Timing::is_default")]
    timing: Timing,
    /// What the containers of an image do, by name of the image. Images that are not named here
    /// run for ever.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    images: BTreeMap<String, image::ImageFile>,
    /// The files that lines can name (`docker stack deploy -c shop.yml shop`): what is in each, by its
    /// name. They are the same at every node.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, String>,
    /// Variables of the shell in which lines are typed, such as `TAG: v2` for a stack file that
    /// says `${TAG}`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    environment: BTreeMap<String, String>,
    /// Who sends requests to the services.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    traffic: Vec<traffic::ClientFile>,
    /// What is done, in any order; it happens in order of time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<step::StepFile>,
    /// What should be seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expect: Vec<expect::ExpectFile>,
}

impl Scenario {
    /// Reads a scenario. Gives it with the warnings, or all that is wrong with it (as much as can
    /// be said at once), in order of place.
    pub fn parse(text: &str) -> Result<(Self, Diagnostics), Diagnostics> {
        let mut document = Document::parse(text)?;
        let mut diagnostics = Diagnostics::new();
        let file: Option<ScenarioFile> = document.decode(&mut diagnostics);
        let scenario = file.map(|file| lower(&file, document.root(), &mut diagnostics));
        diagnostics.sort();
        match scenario {
            Some(scenario) if !diagnostics.has_errors() => Ok((scenario, diagnostics)),
            _ => Err(diagnostics),
        }
    }

    /// The scenario as a file that reads as the same scenario. Comments, anchors and the order of
    /// steps at different times are not kept.
    pub fn to_yaml(&self) -> String {
        serde_yaml::to_string(self).expect("text, numbers and maps of them can always be written")
    }

    /// The name of the node at which lines are typed that name none; empty if there is no node.
    pub fn first_manager(&self) -> &str {
        first_manager(&self.nodes)
    }
}

impl Serialize for Scenario {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        raise(self).serialize(serializer)
    }
}

/// The first node that is a manager from the beginning, else the first manager, else any node.
fn first_manager(nodes: &[NodeSetup]) -> &str {
    let is_manager = |node: &&NodeSetup| node.role == NodeRole::Manager;
    let mut managers = nodes.iter().filter(is_manager);
    let joined = managers.clone().find(|node| node.joined);
    let node = joined.or_else(|| managers.next()).or(nodes.first());
    node.map_or("", |node| node.name.as_str())
}

/// What the file means.
fn lower(file: &ScenarioFile, root: NodeRef<'_>, diagnostics: &mut Diagnostics) -> Scenario {
    let mut checker = check::Checker::new(diagnostics);
    if let Some(version) = file.version
        && version != VERSION
    {
        let message = format!("version {version} of the scenario language is not known");
        checker
            .error(
                Code::UnsupportedVersion,
                root.value_span("version"),
                message,
            )
            .help = Some(format!("this program reads `version: {VERSION}`"));
    }
    for (key, count) in [("steps", file.steps.len()), ("expect", file.expect.len())] {
        if count > STEP_COUNT_MAX as usize {
            let message = format!("`{key}` has {count} entries, at most {STEP_COUNT_MAX} are read");
            checker.error(Code::Limit, root.key_span(key), message);
        }
    }
    let cluster_tree = root.get("cluster");
    let nodes = cluster::lower(&file.cluster, cluster_tree, &mut checker);
    let cluster_is_whole =
        cluster_tree.is_none_or(|tree| !tree.has_dropped_below()) && !root.has_dropped("cluster");
    let cluster_span = match root.entry("cluster") {
        Some((key, _)) => key.span(),
        None => root.head_span(),
    };
    let mut names = if cluster_is_whole {
        cluster::check(&nodes, cluster_span, &mut checker)
    } else {
        // Half a cluster would only make good names look wrong.
        check::Names::new(&[])
    };
    if file
        .cluster
        .task_history_limit
        .is_some_and(|limit| limit < 0)
        && let Some(tree) = cluster_tree
    {
        let span = tree.value_span("task_history_limit");
        let message = "the number of old tasks to keep cannot be negative";
        checker.error(Code::InvalidValue, span, message);
    }
    let existing = existing::lower(&file.cluster, cluster_tree, &mut checker);
    let mut images = BTreeMap::new();
    for (key, tree) in root.get("images").into_iter().flat_map(NodeRef::entries) {
        let name = key.text().unwrap_or_default();
        if let Some(image) = file.images.get(name) {
            images.insert(name.to_owned(), image::lower(image, tree, &mut checker));
        }
    }
    let until = file.until.map(|until| SimTime(until.0));
    let traffic_tree = root.get("traffic");
    let traffic = traffic::lower(&file.traffic, traffic_tree, until, &names, &mut checker);
    names.clients = traffic.iter().map(|client| client.name.clone()).collect();
    let steps = step::lower(&file.steps, root.get("steps"), &names, &mut checker);
    let expectations = expect::lower(&file.expect, root.get("expect"), &names, &mut checker);
    let scenario = Scenario {
        title: file.title.clone(),
        description: file.description.clone(),
        seed: file.seed.unwrap_or(1),
        ties: file.ties.unwrap_or_default(),
        until,
        nodes,
        task_history_limit: file.cluster.task_history_limit,
        existing,
        timing: file.timing.clone(),
        images,
        files: file.files.clone(),
        environment: file.environment.clone(),
        traffic,
        steps,
        expectations,
    };
    warn_about_the_end(&scenario, diagnostics);
    scenario
}

/// What is never done or never looked at, because the run ends before.
fn warn_about_the_end(scenario: &Scenario, diagnostics: &mut Diagnostics) {
    let Some(until) = scenario.until else {
        return;
    };
    let late = |time: SimTime| time > until;
    if let Some(step) = scenario.steps.iter().find(|step| late(step.at)) {
        let message = format!("the run ends at {until}, before this step at {}", step.at);
        diagnostics.push(Diagnostic::new(Code::AfterEnd, step.span, message));
    }
    for expectation in &scenario.expectations {
        let last = match expectation.when {
            When::At(time) | When::Eventually(time) => time,
            When::Always { from, to } => to.unwrap_or(from),
            When::End => continue,
        };
        if late(last) {
            let message = format!("the run ends at {until}, before this is looked at at {last}");
            diagnostics.push(Diagnostic::new(Code::AfterEnd, expectation.span, message));
        }
    }
}

/// The file that a person would write.
fn raise(scenario: &Scenario) -> ScenarioFile {
    let first_manager = scenario.first_manager();
    let mut cluster = cluster::raise(&scenario.nodes, scenario.task_history_limit);
    existing::raise(&scenario.existing, &mut cluster);
    ScenarioFile {
        version: Some(VERSION),
        title: scenario.title.clone(),
        description: scenario.description.clone(),
        seed: (scenario.seed != 1).then_some(scenario.seed),
        ties: (scenario.ties != Ties::default()).then_some(scenario.ties),
        until: scenario.until.map(|until| Duration(until.as_nanos())),
        cluster,
        timing: scenario.timing.clone(),
        images: scenario
            .images
            .iter()
            .map(|(name, image)| (name.clone(), image::raise(image)))
            .collect(),
        files: scenario.files.clone(),
        environment: scenario.environment.clone(),
        traffic: scenario
            .traffic
            .iter()
            .map(|client| traffic::raise(client, scenario.until))
            .collect(),
        steps: scenario
            .steps
            .iter()
            .map(|step| step::raise(step, first_manager))
            .collect(),
        expect: scenario
            .expectations
            .iter()
            .map(|expectation| expect::raise(expectation, first_manager))
            .collect(),
    }
}
