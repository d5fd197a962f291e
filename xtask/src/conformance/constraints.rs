//! Constraint expressions: the error of the parser, or whether a node matches.

use std::sync::Arc;

use serde::Deserialize;
use swarmlab_core::constraint::{self, NodeProperties};
use swarmlab_core::ids::NodeId;
use swarmlab_core::model::{
    Annotations, Certificate, Engine, Labels, Meta, Node, NodeDescription, NodeRole, NodeSpec,
    NodeState, NodeStatus, Platform,
};

use super::{Difference, Report, Source, Verdict};

/// A line of `constraints.jsonl`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    id: String,
    #[serde(rename = "tag")]
    _tag: String,
    constraints: Vec<String>,
    parse_error: Option<String>,
    node: Option<VectorNode>,
    #[serde(rename = "match")]
    matches: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VectorNode {
    id: String,
    #[serde(default)]
    addr: String,
    role: NodeRole,
    description: bool,
    #[serde(default)]
    hostname: String,
    os: Option<String>,
    arch: Option<String>,
    labels: Option<Labels>,
    engine: bool,
    engine_labels: Option<Labels>,
}

impl VectorNode {
    fn node(&self) -> Node {
        let platform = (self.os.is_some() || self.arch.is_some()).then(|| Platform {
            os: self.os.clone().unwrap_or_default(),
            architecture: self.arch.clone().unwrap_or_default(),
        });
        let engine = self.engine.then(|| Engine {
            labels: self.engine_labels.clone().unwrap_or_default(),
            ..Engine::default()
        });
        let description = self.description.then(|| {
            Arc::new(NodeDescription {
                hostname: self.hostname.clone(),
                platform,
                engine,
                ..NodeDescription::default()
            })
        });
        Node {
            certificate: Certificate::default(),
            id: NodeId(0),
            meta: Meta::default(),
            spec: NodeSpec {
                annotations: Annotations {
                    name: String::new(),
                    labels: self.labels.clone().unwrap_or_default(),
                },
                ..NodeSpec::default()
            },
            description,
            status: NodeStatus {
                state: NodeState::Ready,
                addr: self.addr.clone(),
                ..NodeStatus::default()
            },
            role: self.role,
            attachments: Vec::new(),
        }
    }
}

/// Judges all lines.
pub fn run(source: &Source, report: &mut Report) -> anyhow::Result<()> {
    let vectors: Vec<Vector> = source.vectors("constraints")?;
    let place = |vector: &Vector| ("constraints".to_owned(), vector.id.clone());
    for vector in &vectors {
        let (row, name) = place(vector);
        report.judge(&row, &name, || judge(vector));
    }
    Ok(())
}

/// Judges one line.
pub fn judge(vector: &Vector) -> Verdict {
    let (error, matches) = match constraint::parse_all(&vector.constraints) {
        Err(error) => (Some(error.to_string()), None),
        Ok(constraints) => {
            let matches = vector.node.as_ref().map(|described| {
                let node = described.node();
                let id = described.id.as_str();
                let properties = NodeProperties { node: &node, id };
                constraints
                    .iter()
                    .all(|constraint| constraint.matches(properties))
            });
            (None, matches)
        }
    };
    let list = &vector.constraints;
    let error = Difference::between(format!("error of {list:?}"), &vector.parse_error, &error);
    let matches = Difference::between(
        format!("match of {list:?} with {:?}", vector.node),
        &vector.matches,
        &matches,
    );
    Verdict::of(error.into_iter().chain(matches).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(text: &str) -> Vector {
        serde_json::from_str(text).expect("a vector")
    }

    #[test]
    fn a_changed_answer_is_noticed() {
        let right = r#"{"id":"x","tag":"t","constraints":["node.id==a"],"parse_error":null,
            "node":{"id":"a","role":"worker","description":false,"engine":false,"labels":null,
            "engine_labels":null},"match":true}"#;
        assert_eq!(judge(&vector(right)), Verdict::Agree);
        let wrong = right.replace("\"match\":true", "\"match\":false");
        assert!(matches!(judge(&vector(&wrong)), Verdict::Disagree(_)));
        let wrong = right.replace("\"parse_error\":null", "\"parse_error\":\"no\"");
        assert!(matches!(judge(&vector(&wrong)), Verdict::Disagree(_)));
        let unknown = right.replace("\"tag\"", "\"new\":1,\"tag\"");
        assert!(serde_json::from_str::<Vector>(&unknown).is_err());
    }
}
