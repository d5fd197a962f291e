//! Who sends requests to the services of a scenario, and how.

use serde::{Deserialize, Serialize};

use super::check::{Checker, Names};
use super::units::{Duration, Rate};
use crate::diagnostic::{Code, Span};
use crate::time::{MILLISECOND, SECOND, SimTime};
use crate::yaml::NodeRef;

/// How many clients a scenario may have.
const CLIENT_COUNT_MAX: usize = 64;
/// So many connections one client may keep.
const CONNECTION_COUNT_MAX: u32 = 10_000;
/// So often a client may try a request again.
const RETRY_COUNT_MAX: u32 = 100;
/// A client waits so long for an answer unless it says otherwise.
const TIMEOUT: Duration = Duration(5 * SECOND);
/// It tries again after so long unless it says otherwise.
const RETRY_AFTER: Duration = Duration(100 * MILLISECOND);

/// Somebody who sends requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// What it is called.
    pub name: String,
    /// Where its requests go.
    pub target: Target,
    /// How many it sends in a second.
    pub rate: Rate,
    /// How they lie in time.
    pub arrivals: Arrivals,
    /// When it begins.
    pub from: SimTime,
    /// When it ends.
    pub until: SimTime,
    /// How often the load balancer in front of the nodes asks each whether it answers.
    pub check_every: Option<Duration>,
    /// How many connections it keeps; 0 if every request has its own.
    pub keep_alive: u32,
    /// How long it waits for an answer.
    pub timeout: Duration,
    /// How often it tries again.
    pub retries: u32,
    /// How long it waits before it tries again.
    pub retry_after: Duration,
    /// Where it stands in the file.
    pub span: Span,
}

/// Where the requests of a client go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// From outside, to a published port.
    Port {
        /// The port.
        port: u32,
        /// The nodes that are asked in turn, by name; all of the swarm if there is none.
        nodes: Vec<String>,
    },
    /// From a container, to the name of a service on its network.
    Name {
        /// The name.
        service: String,
        /// The node of the client's container.
        on: String,
        /// How long the client remembers what the name stands for.
        remembers: Duration,
    },
}

/// How requests lie in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// At equal distances.
    #[default]
    Constant,
    /// As those of many people who know nothing of each other: at random distances.
    Poisson,
}

/// A client that sends requests: from outside to a published port, or from a container to the
/// name of a service.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Client"))]
#[serde(default, deny_unknown_fields)]
pub(super) struct ClientFile {
    /// What it is called; `client1`, `client2`, ... by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Where requests go: a published port (`8080`), a port of one node (`worker1:8080`), or, for
    /// a client with `on`, the name of a service (`web`).
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// How many requests it sends in a second: `50`, `0.5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<Rate>,
    /// How requests lie in time: `constant` (the default) or `poisson`.
    #[serde(skip_serializing_if = "Option::is_none")]
    arrivals: Option<Arrivals>,
    /// When it begins; at once by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Duration>,
    /// When it ends; with the run by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Duration>,
    /// The nodes that are asked in turn, as a load balancer outside of the swarm does it; all by
    /// default.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nodes: Vec<String>,
    /// How often the load balancer asks each node whether it answers; those that do not are passed
    /// over. Never by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    check_every: Option<Duration>,
    /// The node on which the client is a container, on the network of the service that `to` names.
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<String>,
    /// How long the client remembers what the name stands for; it asks for every connection by
    /// default.
    #[serde(skip_serializing_if = "Option::is_none")]
    remembers_name: Option<Duration>,
    /// How many connections it keeps and uses in turn; by default every request opens one.
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_alive: Option<u32>,
    /// How long it waits for an answer; 5s by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<Duration>,
    /// How often it tries a request again that failed; never by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    retries: Option<u32>,
    /// How long it waits before it tries again; 100ms by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<Duration>,
}

/// The clients in the order of the file.
pub(super) fn lower(
    files: &[ClientFile],
    tree: Option<NodeRef<'_>>,
    until: Option<SimTime>,
    names: &Names,
    checker: &mut Checker<'_>,
) -> Vec<Client> {
    let mut clients: Vec<Client> = Vec::new();
    let trees = tree.into_iter().flat_map(NodeRef::elements);
    for (index, (file, tree)) in files.iter().zip(trees).enumerate() {
        if index == CLIENT_COUNT_MAX {
            let message = format!("there are more than {CLIENT_COUNT_MAX} clients");
            checker.error(Code::Limit, tree.head_span(), message);
            break;
        }
        let default = format!("client{}", index + 1);
        let name = file.name.clone().unwrap_or(default);
        if clients.iter().any(|other| other.name == name) {
            let message = format!("there are two clients called `{name}`");
            checker.error(Code::DuplicateName, tree.head_span(), message);
        }
        check_limits(file, tree, checker);
        let end = moment_of(file, tree, until, checker);
        let target = target_of(file, tree, names, checker);
        let missing = match (&file.to, file.rate) {
            (None, _) => Some(("to", "to: 8080")),
            (_, None) => Some(("rate", "rate: 50")),
            _ => None,
        };
        if let Some((key, example)) = missing
            && !tree.has_dropped(key)
        {
            let message = format!("the key `{key}` is missing");
            let span = tree.head_span();
            checker.error(Code::MissingKey, span, message).help =
                Some(format!("add it, such as `{example}`"));
        }
        let (Some(target), Some(rate), Some(end)) = (target, file.rate, end) else {
            continue;
        };
        clients.push(Client {
            name,
            target,
            rate,
            arrivals: file.arrivals.unwrap_or_default(),
            from: SimTime(file.from.map_or(0, |from| from.0)),
            until: end,
            check_every: file.check_every,
            keep_alive: file.keep_alive.unwrap_or(0),
            timeout: file.timeout.unwrap_or(TIMEOUT),
            retries: file.retries.unwrap_or(0),
            retry_after: file.retry_after.unwrap_or(RETRY_AFTER),
            span: tree.span(),
        });
    }
    clients
}

fn check_limits(file: &ClientFile, tree: NodeRef<'_>, checker: &mut Checker<'_>) {
    let limits = [
        ("keep_alive", file.keep_alive, CONNECTION_COUNT_MAX),
        ("retries", file.retries, RETRY_COUNT_MAX),
    ];
    for (key, given, limit) in limits {
        if given.is_some_and(|given| given > limit) {
            let message = format!("`{key}` is at most {limit}");
            checker.error(Code::Limit, tree.value_span(key), message);
        }
    }
    for (key, given) in [("timeout", file.timeout), ("check_every", file.check_every)] {
        if given == Some(Duration(0)) {
            let message = format!("`{key}` cannot be 0");
            checker.error(Code::InvalidValue, tree.value_span(key), message);
        }
    }
}

/// When a client ends.
fn moment_of(
    file: &ClientFile,
    tree: NodeRef<'_>,
    run_until: Option<SimTime>,
    checker: &mut Checker<'_>,
) -> Option<SimTime> {
    let own = file.until.map(|until| SimTime(until.0));
    let Some(until) = own.or(run_until) else {
        if !tree.has_dropped("until") {
            let span = tree.head_span();
            checker
                .error(Code::MissingKey, span, "this client never ends")
                .help = Some("add `until: 60s` to it or to the scenario".to_owned());
        }
        return None;
    };
    if file.from.is_some_and(|from| SimTime(from.0) > until) {
        let message = "this client ends before it begins";
        checker.error(Code::EmptyRange, tree.value_span("from"), message);
    }
    Some(until)
}

fn target_of(
    file: &ClientFile,
    tree: NodeRef<'_>,
    names: &Names,
    checker: &mut Checker<'_>,
) -> Option<Target> {
    let to = file.to.as_deref()?.trim();
    let refuse = |checker: &mut Checker<'_>, key: &str, why: &str| {
        let message = format!("`{key}` cannot be given: {why}");
        checker.error(Code::KeyConflict, tree.key_span(key), message);
    };
    if let Some(on) = &file.on {
        names.check_node(on, tree.value_span("on"), checker);
        for (key, is_given) in [
            ("nodes", !file.nodes.is_empty()),
            ("check_every", file.check_every.is_some()),
        ] {
            if is_given {
                refuse(
                    checker,
                    key,
                    "a client with `on` uses the name of a service",
                );
            }
        }
        // The port does not matter: what listens in a container listens on every port of it.
        let service = to.split(':').next().unwrap_or_default();
        if service.is_empty() || service.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = format!("`{to}` is no name of a service");
            let span = tree.value_span("to");
            checker.error(Code::InvalidValue, span, message).help =
                Some("a client with `on` uses the name of a service".to_owned());
            return None;
        }
        return Some(Target::Name {
            service: service.to_owned(),
            on: on.clone(),
            remembers: file.remembers_name.unwrap_or(Duration(0)),
        });
    }
    if file.remembers_name.is_some() {
        refuse(
            checker,
            "remembers_name",
            "only clients with `on` use names",
        );
    }
    let (host, port) = match to.rsplit_once(':') {
        Some((host, port)) => (Some(host.trim()), port.trim()),
        None => (None, to),
    };
    let number = port.parse().ok();
    let Some(port) = number.filter(|port: &u32| (1..=65_535).contains(port)) else {
        let message = format!("`{to}` is no published port");
        let span = tree.value_span("to");
        checker.error(Code::InvalidValue, span, message).help =
            Some("write `8080` or `worker1:8080`; names of services need `on`".to_owned());
        return None;
    };
    let mut nodes = file.nodes.clone();
    for name in &nodes {
        names.check_node(name, tree.value_span("nodes"), checker);
    }
    if let Some(host) = host {
        names.check_node(host, tree.value_span("to"), checker);
        if !nodes.is_empty() {
            refuse(checker, "nodes", "`to` names a node");
        }
        nodes = vec![host.to_owned()];
    }
    Some(Target::Port { port, nodes })
}

/// A client as a person would write it.
pub(super) fn raise(client: &Client, until: Option<SimTime>) -> ClientFile {
    let unless = |value: Duration, default: Duration| (value != default).then_some(value);
    let mut file = ClientFile {
        name: Some(client.name.clone()),
        rate: Some(client.rate),
        arrivals: Some(client.arrivals).filter(|it| *it != Arrivals::default()),
        from: unless(Duration(client.from.0), Duration(0)),
        until: (until != Some(client.until)).then_some(Duration(client.until.0)),
        check_every: client.check_every,
        keep_alive: Some(client.keep_alive).filter(|count| *count > 0),
        timeout: unless(client.timeout, TIMEOUT),
        retries: Some(client.retries).filter(|count| *count > 0),
        retry_after: unless(client.retry_after, RETRY_AFTER),
        ..ClientFile::default()
    };
    match &client.target {
        Target::Port { port, nodes } => {
            file.to = Some(port.to_string());
            file.nodes.clone_from(nodes);
        }
        Target::Name {
            service,
            on,
            remembers,
        } => {
            file.to = Some(service.clone());
            file.on = Some(on.clone());
            file.remembers_name = unless(*remembers, Duration(0));
        }
    }
    file
}
