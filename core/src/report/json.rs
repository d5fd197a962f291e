//! Records as JSON, one object a record: for programs.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::ids::{IdTexts, ObjectId};
use crate::kernel::{Record, What};
use crate::store::{Change, Delta};

/// Raised when a field changes its meaning or goes away.
pub const SCHEMA_VERSION: u32 = 1;

/// A record as a JSON object: `at_ns`, `kind`, and what belongs to the kind. Objects of the swarm
/// carry their id as people see it beside the small one by which the records refer to each other.
pub fn record(record: &Record, ids: &IdTexts) -> Value {
    let mut object = Map::new();
    object.insert("at_ns".to_owned(), record.at.as_nanos().into());
    let (kind, fields) = match &record.what {
        What::Change(change) => ("change", change_fields(change, ids)),
        What::Command {
            process,
            node,
            host,
            line,
        } => {
            let mut fields = json!({"process": process, "node": node, "line": line});
            if let Some(host) = host {
                fields["host"] = host.as_str().into();
            }
            ("command", fields)
        }
        What::Output {
            process,
            is_error,
            text,
        } => {
            let stream = if *is_error { "stderr" } else { "stdout" };
            (
                "output",
                json!({"process": process, "stream": stream, "text": text}),
            )
        }
        What::Exit { process, code } => ("exit", json!({"process": process, "code": code})),
        What::Fault { text, lost } => ("fault", json!({"text": text, "lost_node": lost})),
        What::Raft { node, term, step } => {
            ("raft", json!({"node": node, "term": term, "step": step}))
        }
        What::Traffic(interval) => (
            "traffic",
            // Plain data: nothing in it can fail to be written.
            serde_json::to_value(interval.as_ref()).unwrap_or(Value::Null),
        ),
        What::Expectation { index, holds, seen } => (
            "expectation",
            json!({"index": index, "holds": holds, "seen": seen}),
        ),
    };
    object.insert("kind".to_owned(), kind.into());
    if let Value::Object(fields) = fields {
        object.extend(fields);
    }
    Value::Object(object)
}

fn change_fields(change: &Change, ids: &IdTexts) -> Value {
    let (kind, action, object) = match change {
        Change::Cluster(delta) => ("cluster", action(delta), value(delta)),
        Change::Node(delta) => ("node", action(delta), value(delta)),
        Change::Service(delta) => ("service", action(delta), value(delta)),
        Change::Task(delta) => ("task", action(delta), value(delta)),
        Change::Network(delta) => ("network", action(delta), value(delta)),
        Change::Secret(delta) => ("secret", action(delta), value(delta)),
        Change::Config(delta) => ("config", action(delta), value(delta)),
        Change::Volume(delta) => ("volume", action(delta), value(delta)),
    };
    let id = match change.object_id() {
        ObjectId::Cluster => Value::Null,
        id => ids.text(id).into(),
    };
    json!({"object": kind, "action": action, "id": id, "value": object})
}

fn action<T>(delta: &Delta<T>) -> &'static str {
    match delta {
        Delta::Created(_) => "create",
        Delta::Updated { .. } => "update",
        Delta::Deleted(_) => "remove",
    }
}

fn value<T: Serialize>(delta: &Delta<T>) -> Value {
    // Plain data of the model: nothing in it can fail to be written.
    serde_json::to_value(delta.object().as_ref()).unwrap_or(Value::Null)
}
