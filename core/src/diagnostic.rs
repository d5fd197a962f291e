//! What is wrong with a text that somebody wrote, and where: diagnostics as plain data.
//!
//! A diagnostic is a value: a stable [`Code`], a message, a place, perhaps a way out. The command
//! line renders it under the source line, the browser marks it in the editor; both get the same
//! data. Outcomes of a swarm (a rejected task, a lost quorum) are events of the simulation and
//! never diagnostics.

mod code;
mod render;
mod source;
mod suggest;

use std::fmt;
use std::ops::{Deref, Range};

use serde::Serialize;

use crate::collections::Order as _;

pub use code::Code;
pub use source::Source;
pub use suggest::{nearest, quoted_list};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The text is accepted.
    Warning,
    /// The text is refused.
    Error,
}

impl Severity {
    /// `error` or `warning`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place in a text: a range of bytes, and where it begins as people count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
    /// The line of the first byte, from 1.
    pub line: u32,
    /// The column of the first byte, in characters, from 1.
    pub column: u32,
}

impl Span {
    /// The bytes, as an index into the text.
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Another place or fact that belongs to a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What is to be said.
    pub message: String,
    /// Where, if it has a place of its own.
    pub span: Option<Span>,
}

/// One thing that is wrong, or looks wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Which kind of mistake: stable, and explained in the catalogue.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one lower-case sentence that names the operand.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do about it.
    pub help: Option<String>,
    /// More places and facts.
    pub notes: Vec<Note>,
}

impl Diagnostic {
    /// A diagnostic as severe as its code says.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            span,
            help: None,
            notes: Vec::new(),
        }
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with advice, if there is any.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// The same with another place that matters.
    #[must_use]
    pub fn note_at(mut self, span: Span, message: impl Into<String>) -> Self {
        let message = message.into();
        self.notes.push(Note {
            message,
            span: Some(span),
        });
        self
    }

    /// The same with another fact.
    #[must_use]
    pub fn note(mut self, message: impl Into<String>) -> Self {
        let message = message.into();
        self.notes.push(Note {
            message,
            span: None,
        });
        self
    }

    /// The diagnostic as text for people: the place and the message, the line with a caret under
    /// it, the advice. `path` is how the reader calls the file.
    pub fn render(&self, source: &str, path: &str, colour: bool) -> String {
        render::render(self, source, path, colour)
    }
}

/// What was found in one text, in order of place once sorted. Holds a limited number: whoever made
/// more mistakes than that is told how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    /// How many more there were.
    omitted: u32,
}

impl Diagnostics {
    /// How many are kept.
    pub const LIMIT: usize = 100;

    /// None yet.
    pub const fn new() -> Self {
        Self {
            list: Vec::new(),
            omitted: 0,
        }
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.list.len() < Self::LIMIT {
            self.list.push(diagnostic);
        } else {
            self.omitted += 1;
        }
    }

    /// The one added last, if it was kept.
    pub(crate) fn last_mut(&mut self) -> Option<&mut Diagnostic> {
        self.list.last_mut().filter(|_| self.omitted == 0)
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|one| one.severity == Severity::Error)
    }

    /// Whether more are only counted, so that making a good one is not worth the time.
    pub const fn is_full(&self) -> bool {
        self.list.len() >= Self::LIMIT
    }

    /// How many did not fit.
    pub const fn omitted(&self) -> u32 {
        self.omitted
    }

    /// Puts them in order of place.
    pub fn sort(&mut self) {
        self.list.order_by_key(|one| (one.span.start, one.code));
    }

    /// All of them as text for people, one after the other.
    pub fn render(&self, source: &str, path: &str, colour: bool) -> String {
        let mut text = String::new();
        for diagnostic in &self.list {
            text.push_str(&diagnostic.render(source, path, colour));
            text.push('\n');
        }
        if self.omitted > 0 {
            text.extend([path, ": and ", &self.omitted.to_string(), " more\n"]);
        }
        text
    }
}

impl Deref for Diagnostics {
    type Target = [Diagnostic];

    fn deref(&self) -> &[Diagnostic] {
        &self.list
    }
}

/// Without the source lines, for whoever has no text at hand; [`Diagnostics::render`] is for people.
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, one) in self.list.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            let (line, column) = (one.span.line, one.span.column);
            write!(
                f,
                "{separator}line {line}, column {column}: {}",
                one.message
            )?;
        }
        if self.omitted > 0 {
            write!(f, "; and {} more", self.omitted)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, iter: I) {
        for diagnostic in iter {
            self.push(diagnostic);
        }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            list: vec![diagnostic],
            omitted: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "as expect! makes it")]
    fn check(text: &str, range: Range<usize>, want: Expect) {
        let source = Source::new(text);
        let diagnostic = Diagnostic::new(Code::UnknownKey, source.span(range), "no such key")
            .help("did you mean `name`?")
            .note_at(source.span(0..1), "the beginning is here")
            .note("keys are words");
        want.assert_eq(&diagnostic.render(text, "a.yaml", false));
    }

    #[test]
    fn rendering_points_at_the_place() {
        check(
            "é: 1\nnodes:\n  - nmae: x\n",
            17..21,
            expect![[r#"
                a.yaml:3:5: error[E0003]: no such key
                  |
                3 |   - nmae: x
                  |     ^^^^
                  = help: did you mean `name`?
                  = note: line 1, column 1: the beginning is here
                  = note: keys are words
            "#]],
        );
    }

    #[test]
    fn rendering_copes_with_any_place() {
        check(
            "",
            0..0,
            expect![[r#"
            a.yaml:1:1: error[E0003]: no such key
              |
            1 |
              | ^
              = help: did you mean `name`?
              = note: line 1, column 1: the beginning is here
              = note: keys are words
        "#]],
        );
        check(
            "a: 1\r\nb: 2\r\n",
            6..12,
            expect![[r#"
            a.yaml:2:1: error[E0003]: no such key
              |
            2 | b: 2
              | ^^^^
              = help: did you mean `name`?
              = note: line 1, column 1: the beginning is here
              = note: keys are words
        "#]],
        );
        check(
            "a\n",
            2..2,
            expect![[r#"
            a.yaml:2:1: error[E0003]: no such key
              |
            2 |
              | ^
              = help: did you mean `name`?
              = note: line 1, column 1: the beginning is here
              = note: keys are words
        "#]],
        );
    }

    #[test]
    fn colour_is_only_added() {
        let text = "nmae: x\n";
        let diagnostic = Diagnostic::new(Code::UnknownKey, Source::new(text).span(0..4), "oh");
        let plain = diagnostic.render(text, "a.yaml", false);
        let mut coloured = diagnostic.render(text, "a.yaml", true);
        assert_ne!(plain, coloured);
        while let Some(start) = coloured.find('\u{1b}') {
            let end = coloured[start..].find('m').expect("an escape ends");
            coloured.replace_range(start..=start + end, "");
        }
        assert_eq!(plain, coloured);
    }

    #[test]
    fn a_flood_is_cut_and_counted() {
        let mut all = Diagnostics::new();
        for _ in 0..150 {
            all.push(Diagnostic::new(Code::UnknownKey, Span::default(), "oh"));
        }
        assert_eq!((all.len(), all.omitted()), (100, 50));
        assert!(
            all.render("", "a.yaml", false)
                .ends_with("a.yaml: and 50 more\n")
        );
    }
}
