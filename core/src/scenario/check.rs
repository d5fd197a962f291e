//! What every part of a scenario needs while it is checked: a list for mistakes, and the names.

use super::NodeSetup;
use crate::collections::BTreeSet;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span, nearest, quoted_list};

/// Collects mistakes.
pub(super) struct Checker<'d> {
    pub(super) diagnostics: &'d mut Diagnostics,
    /// Takes what no longer fits the list.
    overflow: Diagnostic,
}

impl<'d> Checker<'d> {
    pub(super) fn new(diagnostics: &'d mut Diagnostics) -> Self {
        Self {
            diagnostics,
            overflow: Diagnostic::new(Code::Limit, Span::default(), ""),
        }
    }

    /// Adds a mistake, which may then be given a help.
    pub(super) fn error(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.diagnostics.push(Diagnostic::new(code, span, message));
        self.diagnostics.last_mut().unwrap_or(&mut self.overflow)
    }

    /// Adds a word that is none of those possible.
    pub(super) fn unknown_word<'a>(
        &mut self,
        span: Span,
        message: String,
        word: &str,
        known: impl Iterator<Item = &'a str> + Clone,
    ) {
        let help = match nearest(word, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("expected {}", quoted_list(known)),
        };
        self.error(Code::UnknownWord, span, message).help = Some(help);
    }
}

/// The names of the nodes.
pub(super) struct Names {
    nodes: BTreeSet<String>,
    /// The node at which steps are done that name none.
    pub(super) first_manager: String,
    /// The names of the clients.
    pub(super) clients: Vec<String>,
}

impl Names {
    pub(super) fn new(nodes: &[NodeSetup]) -> Self {
        Self {
            nodes: nodes.iter().map(|node| node.name.clone()).collect(),
            first_manager: super::first_manager(nodes).to_owned(),
            clients: Vec::new(),
        }
    }

    /// Notes a client that does not exist.
    pub(super) fn check_client(&self, name: &str, span: Span, checker: &mut Checker<'_>) {
        let mut known = self.clients.iter();
        if !known.any(|client| client == name) {
            let message = format!("there is no client `{name}`");
            let known = self.clients.iter().map(String::as_str);
            checker.unknown_word(span, message, name, known);
        }
    }

    /// Notes a node that does not exist.
    pub(super) fn check_node(&self, name: &str, span: Span, checker: &mut Checker<'_>) {
        if self.nodes.contains(name) || self.nodes.is_empty() {
            return;
        }
        let message = format!("there is no node `{name}`");
        if checker.diagnostics.is_full() {
            checker.error(Code::UnknownNode, span, message);
            return;
        }
        let known = || self.nodes.iter().map(String::as_str);
        let help = match nearest(name, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "the nodes are {}",
                quoted_list(known()).replace(" or ", " and ")
            ),
        };
        checker.error(Code::UnknownNode, span, message).help = Some(help);
    }
}
