//! `docker node update` (docker/cli `cli/command/node/update.go`).

use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::model::{Availability, NodeRole, NodeSpec};

/// A change to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeUpdate {
    /// The node as it was typed.
    pub node: String,
    /// The word for its availability, as typed.
    pub availability: Option<String>,
    /// The word for its role, as typed.
    pub role: Option<String>,
    /// `key=value` of labels to add.
    pub label_add: Vec<String>,
    /// Keys of labels to remove.
    pub label_rm: Vec<String>,
}

impl NodeUpdate {
    pub(super) fn read(matches: &Matches) -> Self {
        Self {
            node: matches.args[0].clone(),
            availability: matches.text("availability"),
            role: matches.text("role"),
            label_add: matches.texts("label-add"),
            label_rm: matches.texts("label-rm"),
        }
    }

    /// The spec after the change. The client looks at the labels, the engine at the words.
    pub fn apply(&self, current: &NodeSpec) -> Result<NodeSpec, Outcome> {
        let mut spec = current.clone();
        let labels = &mut spec.annotations.labels;
        for label in &self.label_add {
            let (key, value) = label.split_once('=').unwrap_or((label, ""));
            labels.insert(key.to_owned(), value.to_owned());
        }
        for key in &self.label_rm {
            if labels.remove(key).is_none() {
                return Err(Outcome::refused(format!(
                    "key {key} doesn't exist in node's labels"
                )));
            }
        }
        if let Some(word) = &self.role {
            spec.desired_role = NodeRole::parse(&word.to_lowercase())
                .ok_or_else(|| Outcome::refused_by_daemon(format!("invalid Role: {word:?}")))?;
        }
        if let Some(word) = &self.availability {
            spec.availability = Availability::parse(&word.to_lowercase()).ok_or_else(|| {
                Outcome::refused_by_daemon(format!("invalid Availability: {word:?}"))
            })?;
        }
        Ok(spec)
    }
}
