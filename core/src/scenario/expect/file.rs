//! How an expectation is written in a scenario file.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::{
    Claim, Expectation, NodeClaim, OutputClaim, ServiceClaim, TaskClaim, TrafficClaim, When,
};
use crate::diagnostic::{Code, quoted_list};
use crate::model::{Availability, NodeState, TaskState};
use crate::scenario::check::{Checker, Names};
use crate::scenario::predicate::{Count, TextMatch};
use crate::scenario::units::Duration;
use crate::time::SimTime;
use crate::yaml::NodeRef;

/// A moment, a subject (`service`, `node`, `task`, `traffic` or `output_of`) and what should be seen
/// of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Expectation"))]
#[serde(default, deny_unknown_fields)]
pub(in crate::scenario) struct ExpectFile {
    /// It holds at this moment: a time since the beginning, or `end`.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Moment>,
    /// It holds at some moment up to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    eventually: Option<Duration>,
    /// It holds at every moment of this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    always: Option<WindowFile>,
    /// The service that is looked at. With `node`: only its tasks there.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    /// The task that is looked at, such as `web.3`: the newest one in its slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    /// The docker line whose output is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_of: Option<String>,
    /// The client whose requests are looked at, all up to the moment. With `node`: `ok` counts only
    /// what was answered there.
    #[serde(skip_serializing_if = "Option::is_none")]
    traffic: Option<String>,
    /// The node that is looked at; beside `service`, `task` or `traffic`, the node where the tasks
    /// are.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    /// The node at which the line is typed; the first manager by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<String>,
    /// How many tasks of the service run.
    #[serde(skip_serializing_if = "Option::is_none")]
    running: Option<Count>,
    /// How many tasks of the service are wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    desired: Option<Count>,
    /// How many tasks of the service wait for a node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<Count>,
    /// How many tasks run on the node.
    #[serde(skip_serializing_if = "Option::is_none")]
    tasks: Option<Count>,
    /// The state of the node (`ready`, `down`, ...) or of the task (`running`, `pending`, ...).
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// The availability of the node.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "crate::scenario::schema::availability")
    )]
    availability: Option<Availability>,
    /// The error of the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<TextMatch>,
    /// A part of the output.
    #[serde(skip_serializing_if = "Option::is_none")]
    contains: Option<String>,
    /// What is no part of the output.
    #[serde(skip_serializing_if = "Option::is_none")]
    lacks: Option<String>,
    /// The whole output, without line breaks at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    equals: Option<String>,
    /// The exit code of the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<u8>,
    /// How many requests the client has sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<Count>,
    /// How many requests were answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<Count>,
    /// How many requests failed, in whatever way.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<Count>,
    /// How many requests were refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Count>,
    /// How many requests lost the process that worked on them.
    #[serde(skip_serializing_if = "Option::is_none")]
    reset: Option<Count>,
    /// How many requests were not answered in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    timed_out: Option<Count>,
    /// How often the client tried a request again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retried: Option<Count>,
    /// Half of the requests that were answered took no longer than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    p50: Option<Duration>,
    /// 95 of 100 of the requests that were answered took no longer than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    p95: Option<Duration>,
    /// 99 of 100 of the requests that were answered took no longer than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    p99: Option<Duration>,
    /// Why this is so, for whoever reads that it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// From when to when.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Window"))]
#[serde(default, deny_unknown_fields)]
struct WindowFile {
    /// The first moment; the beginning by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Duration>,
    /// The last moment; the end of the run by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Duration>,
}

/// A time since the beginning, or the end.
#[derive(Clone, Copy, Debug)]
enum Moment {
    At(Duration),
    End,
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as `10s`, or `end`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
                if text == "end" {
                    return Ok(Moment::End);
                }
                let text: de::value::StrDeserializer<'_, E> =
                    de::IntoDeserializer::into_deserializer(text);
                Duration::deserialize(text).map(Moment::At)
            }
        }

        deserializer.deserialize_str(Reader)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::At(time) => time.serialize(serializer),
            Self::End => serializer.serialize_str("end"),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A time since the beginning, or the end.",
            "anyOf": [{"const": "end"}, generator.subschema_for::<Duration>()],
        })
    }
}

/// The expectations in the order of the file.
pub(in crate::scenario) fn lower(
    files: &[ExpectFile],
    tree: Option<NodeRef<'_>>,
    names: &Names,
    checker: &mut Checker<'_>,
) -> Vec<Expectation> {
    let trees = tree.into_iter().flat_map(NodeRef::elements);
    let mut all = Vec::with_capacity(files.len());
    for (file, tree) in files.iter().zip(trees) {
        let mut reading = Reading {
            file,
            tree,
            names,
            checker,
        };
        let when = reading.when();
        let claim = reading.claim();
        if let (Some(when), Some((claim, subject))) = (when, claim) {
            all.push(Expectation {
                when,
                claim,
                why: file.why.clone(),
                span: tree.span(),
                place: tree
                    .get(subject)
                    .and_then(NodeRef::scalar_place)
                    .unwrap_or_default(),
            });
        }
    }
    all
}

/// One expectation while it is being understood.
struct Reading<'a, 'd> {
    file: &'a ExpectFile,
    tree: NodeRef<'a>,
    names: &'a Names,
    checker: &'a mut Checker<'d>,
}

const MOMENTS: [&str; 3] = ["at", "eventually", "always"];
const SUBJECTS: [&str; 5] = ["service", "task", "output_of", "traffic", "node"];
/// Each predicate, and the subjects it says something about.
const PREDICATES: [(&str, &[&str]); 22] = [
    ("running", &["service"]),
    ("desired", &["service"]),
    ("pending", &["service"]),
    ("tasks", &["node"]),
    ("state", &["node", "task"]),
    ("availability", &["node"]),
    ("error", &["task"]),
    ("contains", &["output_of"]),
    ("lacks", &["output_of"]),
    ("equals", &["output_of"]),
    ("exit_code", &["output_of"]),
    ("on", &["output_of"]),
    ("sent", &["traffic"]),
    ("ok", &["traffic"]),
    ("failed", &["traffic"]),
    ("refused", &["traffic"]),
    ("reset", &["traffic"]),
    ("timed_out", &["traffic"]),
    ("retried", &["traffic"]),
    ("p50", &["traffic"]),
    ("p95", &["traffic"]),
    ("p99", &["traffic"]),
];

impl Reading<'_, '_> {
    fn when(&mut self) -> Option<When> {
        let file = self.file;
        let given = [
            file.at.is_some(),
            file.eventually.is_some(),
            file.always.is_some(),
        ];
        let mut keys = MOMENTS.into_iter().zip(given).filter(|(_, given)| *given);
        let Some((first, _)) = keys.next() else {
            if !self.tree.has_dropped_entries() {
                self.checker
                    .error(
                        Code::UnclearMoment,
                        self.tree.head_span(),
                        "this expectation does not say when it holds",
                    )
                    .help = Some(format!("add one of {}", quoted_list(MOMENTS)));
            }
            return None;
        };
        if let Some((second, _)) = keys.next() {
            let message = format!("this expectation has `{first}` and `{second}`");
            let span = self.tree.key_span(second);
            self.checker.error(Code::UnclearMoment, span, message).help =
                Some("make it two expectations".to_owned());
            return None;
        }
        let time = |duration: Duration| SimTime(duration.0);
        match (file.at, file.eventually, file.always) {
            (Some(Moment::At(at)), ..) => Some(When::At(time(at))),
            (Some(Moment::End), ..) => Some(When::End),
            (None, Some(limit), _) => Some(When::Eventually(time(limit))),
            (None, None, window) => {
                let window = window.unwrap_or_default();
                let from = window.from.map_or(SimTime::ZERO, time);
                let to = window.to.map(time);
                if to.is_some_and(|to| to < from) {
                    let span = self.tree.value_span("always");
                    let message = "this time ends before it begins";
                    self.checker.error(Code::EmptyRange, span, message);
                }
                Some(When::Always { from, to })
            }
        }
    }

    fn claim(&mut self) -> Option<(Claim, &'static str)> {
        let subject = self.subject()?;
        self.check_predicates(subject);
        let file = self.file;
        for (key, count) in [
            ("running", file.running),
            ("desired", file.desired),
            ("pending", file.pending),
            ("tasks", file.tasks),
            ("sent", file.sent),
            ("ok", file.ok),
            ("failed", file.failed),
            ("refused", file.refused),
            ("reset", file.reset),
            ("timed_out", file.timed_out),
            ("retried", file.retried),
        ] {
            let (Some(count), Some(tree)) = (count, self.tree.get(key)) else {
                continue;
            };
            if count.is_void() {
                let message = "no number lies between these limits";
                self.checker.error(Code::EmptyRange, tree.span(), message);
            } else if count.is_open() && !tree.has_dropped_entries() {
                let message = "these limits allow any number";
                self.checker
                    .error(Code::EmptyRange, tree.span(), message)
                    .help = Some("add `at_least` or `at_most`".to_owned());
            }
        }
        for (key, node) in [("node", &file.node), ("on", &file.on)] {
            if let Some(node) = node {
                let span = self.tree.value_span(key);
                self.names.check_node(node, span, self.checker);
            }
        }
        if let Some(client) = &file.traffic {
            let span = self.tree.value_span("traffic");
            self.names.check_client(client, span, self.checker);
        }
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        let claim = match subject {
            "service" => Claim::Service(ServiceClaim {
                service: name(&file.service),
                node: file.node.clone(),
                running: file.running,
                desired: file.desired,
                pending: file.pending,
            }),
            "task" => Claim::Task(TaskClaim {
                task: name(&file.task),
                state: self.state(TaskState::ALL, TaskState::as_str),
                node: file.node.clone(),
                error: file.error.clone(),
            }),
            "node" => Claim::Node(NodeClaim {
                node: name(&file.node),
                tasks: file.tasks,
                state: self.state(NodeState::ALL, NodeState::as_str),
                availability: file.availability,
            }),
            "traffic" => Claim::Traffic(TrafficClaim {
                client: name(&file.traffic),
                node: file.node.clone(),
                sent: file.sent,
                ok: file.ok,
                failed: file.failed,
                refused: file.refused,
                reset: file.reset,
                timed_out: file.timed_out,
                retried: file.retried,
                p50: file.p50,
                p95: file.p95,
                p99: file.p99,
            }),
            _ => Claim::Output(OutputClaim {
                line: name(&file.output_of),
                on: file
                    .on
                    .clone()
                    .unwrap_or_else(|| self.names.first_manager.clone()),
                contains: file.contains.clone(),
                lacks: file.lacks.clone(),
                equals: file.equals.clone(),
                exit_code: file.exit_code,
            }),
        };
        Some((claim, subject))
    }

    fn subject(&mut self) -> Option<&'static str> {
        let file = self.file;
        let given = [
            &file.service,
            &file.task,
            &file.output_of,
            &file.traffic,
            &file.node,
        ];
        let mut subjects = SUBJECTS
            .into_iter()
            .zip(given)
            .filter(|(_, value)| value.is_some())
            .map(|(key, _)| key);
        let Some(subject) = subjects.next() else {
            if !self.tree.has_dropped_entries() {
                let message = "this expectation does not say what it looks at";
                let span = self.tree.head_span();
                self.checker
                    .error(Code::EmptyExpectation, span, message)
                    .help = Some(format!("add one of {}", quoted_list(SUBJECTS)));
            }
            return None;
        };
        let other = subjects.find(|&other| subject == "output_of" || other != "node");
        if let Some(other) = other {
            let message = format!("this expectation looks at `{subject}` and at `{other}`");
            let span = self.tree.key_span(other);
            self.checker.error(Code::KeyConflict, span, message).help =
                Some("make it two expectations".to_owned());
            return None;
        }
        Some(subject)
    }

    /// Whether something is expected, and whether it can be said about the subject.
    fn check_predicates(&mut self, subject: &'static str) {
        let fits = |about: &&[&str]| about.contains(&subject);
        let known = PREDICATES
            .iter()
            .filter(|(key, about)| fits(about) && *key != "on")
            .map(|(key, _)| *key);
        let what = subject.replace("output_of", "output");
        let mut is_empty = subject != "task" || self.file.node.is_none();
        for (key, about) in PREDICATES {
            if self.tree.get(key).is_none_or(NodeRef::is_null) {
                continue;
            }
            if fits(&about) {
                is_empty &= key == "on";
            } else {
                let span = self.tree.key_span(key);
                let message = format!("`{key}` says nothing about a {what}");
                self.checker.error(Code::KeyConflict, span, message).help = Some(format!(
                    "about a {what} one can expect {}",
                    quoted_list(known.clone())
                ));
                is_empty = false;
            }
        }
        if is_empty && !self.tree.has_dropped_entries() {
            let span = self.tree.head_span();
            let message = format!("this expectation expects nothing of the {what}");
            self.checker
                .error(Code::EmptyExpectation, span, message)
                .help = Some(format!("add one of {}", quoted_list(known)));
        }
    }

    /// The state with the word that the file gives, if there is one.
    fn state<T: Copy>(&mut self, all: &[T], word_of: fn(T) -> &'static str) -> Option<T> {
        let word = self.file.state.as_deref()?;
        let found = all.iter().copied().find(|&state| word_of(state) == word);
        if found.is_none() {
            let span = self.tree.value_span("state");
            let message = format!("there is no state `{word}`");
            let known = all.iter().copied().map(word_of);
            self.checker.unknown_word(span, message, word, known);
        }
        found
    }
}

/// An expectation as a person would write it.
pub(in crate::scenario) fn raise(expectation: &Expectation, first_manager: &str) -> ExpectFile {
    let mut file = ExpectFile {
        why: expectation.why.clone(),
        ..ExpectFile::default()
    };
    let duration = |time: SimTime| Duration(time.as_nanos());
    match expectation.when {
        When::At(at) => file.at = Some(Moment::At(duration(at))),
        When::End => file.at = Some(Moment::End),
        When::Eventually(limit) => file.eventually = Some(duration(limit)),
        When::Always { from, to } => {
            file.always = Some(WindowFile {
                from: Some(duration(from)),
                to: to.map(duration),
            });
        }
    }
    match expectation.claim.clone() {
        Claim::Service(claim) => {
            file.service = Some(claim.service);
            file.node = claim.node;
            file.running = claim.running;
            file.desired = claim.desired;
            file.pending = claim.pending;
        }
        Claim::Node(claim) => {
            file.node = Some(claim.node);
            file.tasks = claim.tasks;
            file.state = claim.state.map(|state| state.as_str().to_owned());
            file.availability = claim.availability;
        }
        Claim::Task(claim) => {
            file.task = Some(claim.task);
            file.state = claim.state.map(|state| state.as_str().to_owned());
            file.node = claim.node;
            file.error = claim.error;
        }
        Claim::Output(claim) => {
            file.output_of = Some(claim.line);
            file.on = Some(claim.on).filter(|on| on != first_manager);
            file.contains = claim.contains;
            file.lacks = claim.lacks;
            file.equals = claim.equals;
            file.exit_code = claim.exit_code;
        }
        Claim::Traffic(claim) => {
            file.traffic = Some(claim.client);
            file.node = claim.node;
            file.sent = claim.sent;
            file.ok = claim.ok;
            file.failed = claim.failed;
            file.refused = claim.refused;
            file.reset = claim.reset;
            file.timed_out = claim.timed_out;
            file.retried = claim.retried;
            (file.p50, file.p95, file.p99) = (claim.p50, claim.p95, claim.p99);
        }
    }
    file
}
