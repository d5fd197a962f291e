//! Decoding with patience: report what cannot be read, leave it out, try the rest again.

use serde::de::DeserializeOwned;

use super::de::{Asides, NodeDeserializer};
use super::error::{Error, Failure, Segment, What};
use super::tree::{Document, Kind, NodeId};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest, quoted_list};

/// How often the decoding is tried again, and so how many wrong values are reported at once.
const ATTEMPTS_MAX: usize = 25;

impl Document<'_> {
    /// Reads the whole document as a `T`. What cannot be read is reported and left out: of the
    /// value if it can do without, and of this tree, so that both go on to agree. There is no value
    /// if something cannot be left out.
    pub fn decode<T: DeserializeOwned>(&mut self, diagnostics: &mut Diagnostics) -> Option<T> {
        for _ in 0..ATTEMPTS_MAX {
            let asides = Asides::default();
            let result = T::deserialize(NodeDeserializer {
                node: self.root(),
                asides: &asides,
            });
            for aside in asides.into_inner() {
                self.report(&aside.0, diagnostics);
                self.drop_culprit(&aside);
            }
            match result {
                Ok(value) => return Some(value),
                Err(error) => {
                    self.report(&error.0, diagnostics);
                    if !self.drop_culprit(&error) {
                        return None;
                    }
                }
            }
        }
        None
    }

    /// Leaves the culprit out, if that is possible and has not been done.
    fn drop_culprit(&mut self, error: &Error) -> bool {
        match error.0.culprit {
            Some(id) if id != self.root && !self.nodes[id as usize].dropped => {
                self.nodes[id as usize].dropped = true;
                true
            }
            _ => false,
        }
    }

    fn report(&self, failure: &Failure, diagnostics: &mut Diagnostics) {
        let shown = self.node(failure.shown.unwrap_or(self.root));
        let code = failure.what.code();
        let path = path_text(&failure.path);
        let (message, help) = match &failure.what {
            What::Expected(expected) => {
                let found = shown.describe();
                let message = format!("{path}expected {expected}, found {found}");
                (message, help_with_kind(expected, &found))
            }
            What::UnknownKey { key, known } => {
                let help = match nearest(key, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("expected {}", quoted_list(known.iter().copied())),
                };
                (format!("{path}there is no key `{key}` here"), Some(help))
            }
            What::UnknownWord { word, known } => {
                let help = match nearest(word, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("expected {}", quoted_list(known.iter().copied())),
                };
                (format!("{path}there is no `{word}`"), Some(help))
            }
            What::MissingKey(key) => {
                if self.was_dropped(shown.id, key) {
                    return;
                }
                (format!("{path}the key `{key}` is missing"), None)
            }
            What::Invalid(text) => {
                let (message, help) = match text.split_once('\n') {
                    Some((message, help)) => (message, Some(help.to_owned())),
                    None => (text.as_str(), None),
                };
                (format!("{path}{message}"), help)
            }
        };
        let mut span = shown.span();
        if code == Code::MissingKey {
            // The whole mapping is too much to underline.
            span = self
                .source
                .span(span.start as usize..span.start as usize + 1);
        }
        diagnostics.push(Diagnostic::new(code, span, message).maybe_help(help));
    }

    /// Whether the key is there, and missing only because its value was reported before.
    fn was_dropped(&self, map: NodeId, key: &str) -> bool {
        let Kind::Map(entries) = &self.nodes[map as usize].kind else {
            return false;
        };
        entries.iter().any(|entry| {
            self.nodes[entry.value as usize].dropped && self.node(entry.key).text() == Some(key)
        })
    }
}

/// What people write and YAML takes differently from what they think.
fn help_with_kind(expected: &str, found: &str) -> Option<String> {
    if expected.contains("`true`") {
        let word = found.strip_prefix("the text `")?.strip_suffix('`')?;
        let meant = match word.to_ascii_lowercase().as_str() {
            "yes" | "on" | "y" => "true",
            "no" | "off" | "n" => "false",
            _ => return None,
        };
        return Some(format!("did you mean `{meant}`?"));
    }
    if expected.starts_with("a whole number")
        && let Some(text) = found.strip_prefix("the text `")
        && text.trim_end_matches('`').parse::<u64>().is_ok()
    {
        return Some("write it without quotes and leading zeros".to_owned());
    }
    (expected == "text" && found == "nothing").then(|| "write \"\" for an empty text".to_owned())
}

/// `cluster.nodes[1].cpus: `, or nothing for the root.
fn path_text(path: &[Segment]) -> String {
    let mut text = String::new();
    for segment in path.iter().rev() {
        match segment {
            Segment::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            Segment::Index(index) => text.extend(["[", &index.to_string(), "]"]),
        }
    }
    if !text.is_empty() {
        text.insert(0, '`');
        text.push_str("`: ");
    }
    text
}
