//! What a command line ends with: two texts and an exit code.

use std::fmt::Write;

use super::help::usage_line;
use super::tree::CommandSpec;

/// The output of a command and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
    /// 0 when all went well; 125 for flags that docker does not understand, 1 for the rest.
    pub exit_code: u8,
}

impl Outcome {
    /// A success with a text.
    pub fn printed(stdout: impl Into<String>) -> Self {
        Self {
            stdout: stdout.into(),
            ..Self::default()
        }
    }

    /// A refusal by the client: the message on a line of its own.
    pub fn refused(message: impl AsRef<str>) -> Self {
        Self {
            stderr: format!("{}\n", message.as_ref()),
            exit_code: 1,
            ..Self::default()
        }
    }

    /// A refusal by the engine.
    pub fn refused_by_daemon(message: impl AsRef<str>) -> Self {
        Self::refused(format!("Error response from daemon: {}", message.as_ref()))
    }

    /// A refusal that points at the usage of the command, in the order of print: the message,
    /// the usage line, where to read more.
    pub(super) fn misused(message: &str, path: &str, spec: &CommandSpec, verb: &str) -> Self {
        Self::refused(format!(
            "{message}\n\nUsage:  {}\n\n{verb} '{path} --help' for more information",
            usage_line(path, spec)
        ))
    }

    /// The same with another exit code.
    #[must_use]
    pub fn with_exit_code(self, exit_code: u8) -> Self {
        Self { exit_code, ..self }
    }

    /// The same with a hint of our own on a line after docker's text.
    #[must_use]
    pub fn with_hint(mut self, hint: Option<String>) -> Self {
        if let Some(hint) = hint {
            let _ = writeln!(self.stderr, "hint: {hint}");
        }
        self
    }
}

/// The valid word that is nearest to a wrong one, if any is near.
pub(super) fn nearest<'a>(
    wrong: &str,
    valid: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    valid
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(wrong, word), word))
        .filter(|&(distance, word)| distance <= 1.max(word.len().min(wrong.len()) / 3))
        .min()
        .map(|(_, word)| word)
}
