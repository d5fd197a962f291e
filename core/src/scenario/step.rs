//! What is done to the swarm, and when.

use serde::{Deserialize, Serialize};

use super::check::{Checker, Names};
use super::units::Duration;
use crate::collections::Order as _;
use crate::diagnostic::{Code, Span, quoted_list};
use crate::time::{SECOND, SimTime, format_duration, parse_duration};
use crate::yaml::{NodeRef, ScalarPlace};

/// Something that is done at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: SimTime,
    /// What.
    pub action: Action,
    /// What a learner should notice about it.
    pub note: Option<String>,
    /// Where it stands in the file.
    pub span: Span,
    /// Where the line or the operand stands, for mistakes that are found in it later.
    pub place: ScalarPlace,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Types a line at a node.
    Run {
        /// At this one.
        on: String,
        /// As it is typed.
        line: String,
    },
    /// The node loses its power.
    Crash {
        /// Which.
        node: String,
    },
    /// The engine of a node is killed. Its containers run on.
    KillEngine {
        /// Which.
        node: String,
    },
    /// The engine of a node is told to stop, and stops its containers.
    StopEngine {
        /// Which.
        node: String,
    },
    /// The crashed node comes back, or its engine.
    Recover {
        /// Which.
        node: String,
    },
    /// The machine becomes a node of the swarm, in the role that the cluster gives it.
    Join {
        /// Which.
        node: String,
    },
    /// The process of a running container dies.
    Kill {
        /// The task whose container it is, such as `web.1`.
        task: String,
    },
    /// The engine of a node is stopped without noticing it. Its containers run on.
    Freeze {
        /// Which.
        node: String,
    },
    /// A frozen engine goes on.
    Thaw {
        /// Which.
        node: String,
    },
    /// Nodes are cut off from all others.
    Partition {
        /// Which.
        nodes: Vec<String>,
        /// Whether they still hear the others.
        one_way: bool,
    },
    /// Every message between two nodes takes so long, one way.
    Slow {
        /// The one.
        node: String,
        /// The other.
        other: String,
        /// How long; as long as usual if nothing is said.
        latency_ns: Option<u64>,
    },
    /// A machine loses its disk and starts again with an empty one: it belongs to no swarm.
    Wipe {
        /// Which.
        node: String,
    },
    /// The network is whole again.
    Heal,
    /// Ctrl-C: the newest line that waits in a terminal of the node returns.
    Interrupt {
        /// Where it was typed.
        node: String,
    },
}

/// A moment, and one thing that is done then: a docker line or a fault.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Step"))]
#[serde(default, deny_unknown_fields)]
pub(super) struct StepFile {
    /// When, since the beginning. Without `at` and `after`: together with the step above.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Duration>,
    /// When, since the step above.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Duration>,
    /// The node at which `run` is typed; the first manager by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<String>,
    /// A line as it is typed in a terminal, such as `docker service scale web=5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    /// The node that loses its power, or all with a node label, such as `zone=a`.
    #[serde(skip_serializing_if = "Option::is_none")]
    crash: Option<String>,
    /// The node whose engine is killed; its containers run on.
    #[serde(skip_serializing_if = "Option::is_none")]
    kill_engine: Option<String>,
    /// The node whose engine is stopped in good order, and its containers with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_engine: Option<String>,
    /// The crashed node that comes back, or whose engine does, or all with a node label.
    #[serde(skip_serializing_if = "Option::is_none")]
    recover: Option<String>,
    /// The machine (one with `joined: false`) that becomes a node of the swarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    join: Option<String>,
    /// The task whose container dies, such as `web.1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kill: Option<String>,
    /// The node whose engine is stopped without noticing it; its containers run on.
    #[serde(skip_serializing_if = "Option::is_none")]
    freeze: Option<String>,
    /// The node whose frozen engine goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    thaw: Option<String>,
    /// The nodes that are cut off from all others, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    partition: Option<String>,
    /// The nodes whose messages do not arrive anywhere else, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    mute: Option<String>,
    /// Two nodes, and how long a message between them takes one way, separated by commas:
    /// `manager1, manager2, 300ms`; at most `1s`. `usual` instead of a time takes it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    slow: Option<String>,
    /// The machine that loses its disk and starts again with an empty one: it belongs to no swarm,
    /// and may join as a new node.
    #[serde(skip_serializing_if = "Option::is_none")]
    wipe: Option<String>,
    /// `network`: it is whole again, and every link as fast as usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    heal: Option<String>,
    /// The node at which Ctrl-C is typed: the newest line that waits there returns.
    #[serde(skip_serializing_if = "Option::is_none")]
    interrupt: Option<String>,
    /// What a learner should notice about this step.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// The keys that say what a step does.
const ACTIONS: [&str; 15] = [
    "run",
    "crash",
    "kill_engine",
    "stop_engine",
    "recover",
    "join",
    "kill",
    "freeze",
    "thaw",
    "partition",
    "mute",
    "slow",
    "wipe",
    "heal",
    "interrupt",
];

/// The word for a link that is as fast as any other.
const USUAL: &str = "usual";
/// A connection over which a message and its answer take more than two seconds breaks
/// (`SendTimeout`); that is what partitions are for.
const LATENCY_MAX_NS: u64 = SECOND;

/// Two nodes and a time.
pub(crate) fn slow_link(words: &[String]) -> Result<Action, String> {
    let [node, other, latency] = words else {
        return Err("a slow link is between two nodes and takes a time".to_owned());
    };
    if node == other {
        return Err(format!("there is no link between {node} and itself"));
    }
    let latency_ns = match latency.as_str() {
        USUAL => None,
        text => match parse_duration(text) {
            Ok(ns) if ns <= LATENCY_MAX_NS => Some(ns),
            Ok(_) => {
                return Err(format!(
                    "{text} is too slow: connections break when a message takes more than 1s; \
                     `partition` cuts them"
                ));
            }
            Err(_) => return Err(format!("`{text}` is no time; write 300ms, 1s or `usual`")),
        },
    };
    Ok(Action::Slow {
        node: node.clone(),
        other: other.clone(),
        latency_ns,
    })
}

/// The steps in order of time; those at the same time in the order of the file.
pub(super) fn lower(
    files: &[StepFile],
    tree: Option<NodeRef<'_>>,
    names: &Names,
    checker: &mut Checker<'_>,
) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::with_capacity(files.len());
    let mut above = SimTime::ZERO;
    let mut has_order_warning = false;
    let trees = tree.into_iter().flat_map(NodeRef::elements);
    for (file, tree) in files.iter().zip(trees) {
        let at = match (file.at, file.after) {
            (Some(_), Some(_)) => {
                let message = "a step has `at` or `after`, not both";
                checker.error(Code::UnclearMoment, tree.key_span("after"), message);
                continue;
            }
            (Some(at), None) => SimTime(at.0),
            (None, after) => above + after.map_or(0, |after| after.0),
        };
        if at < above && !has_order_warning {
            let message = format!("this step comes before the one above it, which is at {above}");
            checker.error(Code::StepOrder, tree.value_span("at"), message);
            has_order_warning = true;
        }
        above = at;
        if let Some((action, key)) = action(file, tree, names, checker) {
            steps.push(Step {
                at,
                action,
                note: file.note.clone(),
                span: tree.span(),
                place: tree
                    .get(key)
                    .and_then(NodeRef::scalar_place)
                    .unwrap_or_default(),
            });
        }
    }
    steps.order_by_key(|step| step.at);
    steps
}

/// Whether there is what an action is done to.
fn check_operand(
    (key, operand): (&str, &str),
    sides: &[String],
    tree: NodeRef<'_>,
    names: &Names,
    checker: &mut Checker<'_>,
) {
    match key {
        // A label names nodes, too.
        "crash" | "recover" if operand.contains('=') => {}
        "crash" | "kill_engine" | "stop_engine" | "recover" | "join" | "freeze" | "thaw"
        | "interrupt" | "wipe" => {
            names.check_node(operand, tree.value_span(key), checker);
        }
        "partition" | "mute" => {
            for name in sides.iter().filter(|name| !name.contains('=')) {
                names.check_node(name, tree.value_span(key), checker);
            }
        }
        "heal" if operand != "network" => {
            let message = format!("only the `network` can be healed, not `{operand}`");
            checker.error(Code::InvalidValue, tree.value_span(key), message);
        }
        _ => {}
    }
}

fn action(
    file: &StepFile,
    tree: NodeRef<'_>,
    names: &Names,
    checker: &mut Checker<'_>,
) -> Option<(Action, &'static str)> {
    let given = [
        &file.run,
        &file.crash,
        &file.kill_engine,
        &file.stop_engine,
        &file.recover,
        &file.join,
        &file.kill,
        &file.freeze,
        &file.thaw,
        &file.partition,
        &file.mute,
        &file.slow,
        &file.wipe,
        &file.heal,
        &file.interrupt,
    ];
    let mut actions = ACTIONS.into_iter().zip(given);
    let mut actions = actions
        .by_ref()
        .filter_map(|(key, value)| value.as_ref().map(|value| (key, value)));
    let Some((key, value)) = actions.next() else {
        // A step that lost its action to an earlier mistake is not told that it has none.
        if !tree.has_dropped_entries() {
            checker
                .error(Code::StepAction, tree.head_span(), "this step does nothing")
                .help = Some(format!("add one of {}", quoted_list(ACTIONS)));
        }
        return None;
    };
    if let Some((other, _)) = actions.next() {
        let message = format!("this step has `{key}` and `{other}`, but a step does one thing");
        checker
            .error(Code::StepAction, tree.key_span(other), message)
            .help = Some("make it two steps; they may have the same time".to_owned());
        return None;
    }
    if value.trim().is_empty() {
        let message = format!("`{key}` is empty");
        checker.error(Code::InvalidValue, tree.value_span(key), message);
        return None;
    }
    if key != "run" && file.on.is_some() {
        let message = format!("`on` says where a line is typed; `{key}` needs no terminal");
        checker.error(Code::KeyConflict, tree.key_span("on"), message);
    }
    let operand = value.trim().to_owned();
    let sides: Vec<String> = operand
        .split(',')
        .map(|name| name.trim().to_owned())
        .collect();
    if key == "slow" {
        let action = read_slow_link(&sides, tree, names, checker);
        return action.map(|action| (action, key));
    }
    check_operand((key, &operand), &sides, tree, names, checker);
    let action = match key {
        "run" => {
            if let Some(on) = &file.on {
                names.check_node(on, tree.value_span("on"), checker);
            }
            Action::Run {
                on: file
                    .on
                    .clone()
                    .unwrap_or_else(|| names.first_manager.clone()),
                line: value.clone(),
            }
        }
        "crash" => Action::Crash { node: operand },
        "kill_engine" => Action::KillEngine { node: operand },
        "stop_engine" => Action::StopEngine { node: operand },
        "recover" => Action::Recover { node: operand },
        "join" => Action::Join { node: operand },
        "freeze" => Action::Freeze { node: operand },
        "thaw" => Action::Thaw { node: operand },
        "partition" | "mute" => Action::Partition {
            nodes: sides,
            one_way: key == "mute",
        },
        "wipe" => Action::Wipe { node: operand },
        "heal" => Action::Heal,
        "interrupt" => Action::Interrupt { node: operand },
        _ => Action::Kill { task: operand },
    };
    Some((action, key))
}

fn read_slow_link(
    words: &[String],
    tree: NodeRef<'_>,
    names: &Names,
    checker: &mut Checker<'_>,
) -> Option<Action> {
    let span = tree.value_span("slow");
    match slow_link(words) {
        Ok(action) => {
            for name in words.iter().take(2) {
                names.check_node(name, span, checker);
            }
            Some(action)
        }
        Err(message) => {
            let help = "write two nodes and a time: `manager1, manager2, 300ms`";
            checker.error(Code::InvalidValue, span, message).help = Some(help.to_owned());
            None
        }
    }
}

/// A step as a person would write it.
pub(super) fn raise(step: &Step, first_manager: &str) -> StepFile {
    let mut file = StepFile {
        at: Some(Duration(step.at.as_nanos())),
        note: step.note.clone(),
        ..StepFile::default()
    };
    match &step.action {
        Action::Run { on, line } => {
            file.on = (on != first_manager).then(|| on.clone());
            file.run = Some(line.clone());
        }
        Action::Crash { node } => file.crash = Some(node.clone()),
        Action::KillEngine { node } => file.kill_engine = Some(node.clone()),
        Action::StopEngine { node } => file.stop_engine = Some(node.clone()),
        Action::Recover { node } => file.recover = Some(node.clone()),
        Action::Join { node } => file.join = Some(node.clone()),
        Action::Kill { task } => file.kill = Some(task.clone()),
        Action::Freeze { node } => file.freeze = Some(node.clone()),
        Action::Thaw { node } => file.thaw = Some(node.clone()),
        Action::Partition { nodes, one_way } => {
            let side = if *one_way {
                &mut file.mute
            } else {
                &mut file.partition
            };
            *side = Some(nodes.join(", "));
        }
        Action::Slow {
            node,
            other,
            latency_ns,
        } => {
            let latency = latency_ns.map_or_else(|| USUAL.to_owned(), format_duration);
            file.slow = Some(format!("{node}, {other}, {latency}"));
        }
        Action::Wipe { node } => file.wipe = Some(node.clone()),
        Action::Heal => file.heal = Some("network".to_owned()),
        Action::Interrupt { node } => file.interrupt = Some(node.clone()),
    }
    file
}
