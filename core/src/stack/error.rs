//! What is wrong with a stack file, in docker's words, and where.

use crate::diagnostic::Span;

/// A mistake in a stack file, or something that it asks for and that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackError {
    /// In docker's words.
    pub message: String,
    /// In which file it stands, if that is known.
    pub file: String,
    /// Where in the file it stands, if that is known.
    pub span: Option<Span>,
}

impl StackError {
    /// A mistake without a place.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            file: String::new(),
            span: None,
        }
    }

    /// A mistake at a place.
    pub(crate) fn at(span: Span, message: impl Into<String>) -> Self {
        Self {
            span: Some(span),
            ..Self::new(message)
        }
    }

    /// The same, said of a file.
    pub(crate) fn in_file(mut self, file: &str) -> Self {
        if self.file.is_empty() {
            file.clone_into(&mut self.file);
        }
        self
    }

    /// Where it stands, as a compiler would say it; docker itself does not say.
    pub fn place(&self) -> Option<String> {
        let span = self.span.filter(|_| !self.file.is_empty())?;
        Some(format!("{}:{}:{}", self.file, span.line, span.column))
    }
}
