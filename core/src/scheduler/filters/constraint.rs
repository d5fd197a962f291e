//! Every constraint of the placement needs to hold.

use super::{Context, Evidence, Filter, Finding};
use crate::constraint::{self, Constraint, NodeProperties};
use crate::model::Task;

/// Upstream: `ConstraintFilter`.
#[derive(Clone, Debug)]
pub struct ConstraintFilter {
    constraints: Vec<Constraint>,
    needs_id: bool,
}

impl Filter for ConstraintFilter {
    fn compile(task: &Task) -> Option<Self> {
        let expressions = &task.spec.placement.constraints;
        if expressions.is_empty() {
            return None;
        }
        // Expressions that cannot be read switch the filter off. The control API lets none pass.
        let constraints = constraint::parse_all(expressions).ok()?;
        let needs_id = constraints.iter().any(Constraint::needs_id);
        Some(Self {
            constraints,
            needs_id,
        })
    }

    fn check(&self, context: &Context<'_>, evidence: &mut impl Evidence) -> bool {
        fn check_all<E: Evidence>(
            filter: &ConstraintFilter,
            properties: NodeProperties<'_>,
            evidence: &mut E,
        ) -> bool {
            let mut holds = true;
            for constraint in &filter.constraints {
                if !constraint.matches(properties) {
                    evidence.failed(|| Finding::Constraint {
                        expression: constraint.to_string(),
                        actual: constraint
                            .actual(properties)
                            .map(std::borrow::Cow::into_owned),
                    });
                    holds = false;
                    if !E::WANTS_ALL {
                        break;
                    }
                }
            }
            holds
        }
        let node = &context.info.node;
        let id = if self.needs_id {
            context.ids.text(node.id)
        } else {
            String::new()
        };
        check_all(self, NodeProperties { node, id: &id }, evidence)
    }
}
