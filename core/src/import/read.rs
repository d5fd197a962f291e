//! The texts taken apart: which objects there are, of which kind, and where they stand.
//!
//! A text is checked as JSON first, then each object is decoded by the door for YAML (JSON is a
//! part of it), which knows the place of everything.

use std::ops::Range;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::Input;
use crate::collections::BTreeMap;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Source};
use crate::yaml::Document;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Node,
    Service,
    Network,
    Config,
    Secret,
    Volume,
    Info,
    Task,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// In which text.
    pub(super) input: usize,
    /// Which bytes of it.
    pub(super) range: Range<usize>,
}

/// An object and what it is.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) part: Part,
}

/// The texts, and what is said of them.
pub(super) struct Reader<'a> {
    sources: Vec<Source<'a>>,
    diagnostics: Vec<Diagnostics>,
    /// By text and message: the first place of something that was left out, and at how many more it
    /// was.
    left_out: BTreeMap<(usize, String), (Range<usize>, u32)>,
}

const EXPECTED: &str = "give the JSON of docker node, service, network, config or secret inspect, \
                        or of docker info --format '{{json .}}'";

impl<'a> Reader<'a> {
    pub(super) fn new(inputs: &[Input<'a>]) -> Self {
        Self {
            sources: inputs.iter().map(|input| Source::new(input.text)).collect(),
            diagnostics: vec![Diagnostics::new(); inputs.len()],
            left_out: BTreeMap::new(),
        }
    }

    /// The objects of all texts.
    pub(super) fn read(&mut self) -> Vec<Found> {
        let mut found = Vec::new();
        for input in 0..self.sources.len() {
            for range in self.values(input) {
                let part = Part { input, range };
                let elements = match self.text(&part).as_bytes().first() {
                    Some(b'[') => members(self.text(&part)),
                    _ => vec![(None, 0..part.range.len())],
                };
                for (_, range) in elements {
                    let part = within(&part, &range);
                    match kind(self.text(&part)) {
                        Some(kind) => found.push(Found { kind, part }),
                        None => self.refuse(&part, "this is nothing that can be imported"),
                    }
                }
            }
        }
        found
    }

    /// The values of a text, one after the other, if it is JSON.
    fn values(&mut self, input: usize) -> Vec<Range<usize>> {
        let text = self.sources[input].text();
        let (mut values, mut start) = (Vec::new(), 0);
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
        while let Some(value) = stream.next() {
            if let Err(error) = value {
                let at = self.byte_of(input, error.line(), error.column());
                let text = error.to_string();
                let why = text.split(" at line ").next().unwrap_or(&text);
                let part = Part {
                    input,
                    range: at..at,
                };
                self.refuse(&part, &format!("this is not JSON: {why}"));
                return values;
            }
            let end = stream.byte_offset();
            start += text[start..end].len() - text[start..end].trim_start().len();
            values.push(start..end);
            start = end;
        }
        if values.is_empty() {
            let part = Part { input, range: 0..0 };
            self.refuse(&part, "there is nothing in it");
        }
        values
    }

    fn byte_of(&self, input: usize, line: usize, column: usize) -> usize {
        let text = self.sources[input].text();
        let before = text.split_inclusive('\n').take(line.saturating_sub(1));
        let start: usize = before.map(str::len).sum();
        (start + column.saturating_sub(1)).min(text.len())
    }

    /// The text of a part.
    pub(super) fn text(&self, part: &Part) -> &'a str {
        self.sources[part.input]
            .text()
            .get(part.range.clone())
            .unwrap_or_default()
    }

    /// The value of a key of an object.
    pub(super) fn member(&self, part: &Part, key: &str) -> Option<Part> {
        let members = members(self.text(part));
        let found = members
            .into_iter()
            .find(|(name, _)| name.as_deref() == Some(key))?;
        Some(within(part, &found.1))
    }

    /// Says that something cannot be read.
    pub(super) fn refuse(&mut self, part: &Part, message: &str) {
        let span = self.sources[part.input].span(head(part));
        self.diagnostics[part.input]
            .push(Diagnostic::new(Code::NotInspected, span, message).help(EXPECTED));
    }

    /// Says that something is left out. What is said more than once is counted.
    pub(super) fn leave_out(&mut self, part: &Part, message: impl Into<String>) {
        let key = (part.input, message.into());
        match self.left_out.get_mut(&key) {
            Some((_, more)) => *more += 1,
            None => {
                self.left_out.insert(key, (head(part), 0));
            }
        }
    }

    /// Reads a part. Keys that are not known are left out; it is said of those that have a value
    /// and are not in `passed`.
    pub(super) fn decode<T: DeserializeOwned>(
        &mut self,
        part: &Part,
        passed: Option<&[&str]>,
    ) -> Option<T> {
        let text = self.text(part);
        let mut diagnostics = Diagnostics::new();
        let value = match Document::parse(text) {
            Ok(mut document) => document.decode(&mut diagnostics),
            Err(problems) => {
                diagnostics = problems;
                None
            }
        };
        for diagnostic in &*diagnostics {
            let own = diagnostic.span.range();
            let range = part.range.start + own.start..part.range.start + own.end;
            let place = Part {
                input: part.input,
                range: range.clone(),
            };
            if diagnostic.code != Code::UnknownKey {
                let span = self.sources[part.input].span(range);
                self.diagnostics[part.input].push(Diagnostic {
                    span,
                    ..diagnostic.clone()
                });
                continue;
            }
            let (path, key) = unknown_key(&diagnostic.message);
            let Some(passed) = passed else { continue };
            let is_passed = path.is_empty() && passed.contains(&key);
            if is_passed || !has_value(&text[own.end.min(text.len())..]) {
                continue;
            }
            let dot = if path.is_empty() { "" } else { "." };
            self.leave_out(&place, format!("`{path}{dot}{key}` is left out"));
        }
        value
    }

    /// What is to be said of each text.
    pub(super) fn finish(mut self) -> Vec<Diagnostics> {
        for ((input, message), (range, more)) in self.left_out {
            let span = self.sources[input].span(range);
            let mut diagnostic = Diagnostic::new(Code::LeftOut, span, message);
            if more > 0 {
                let places = if more == 1 { "place" } else { "places" };
                diagnostic = diagnostic.note(format!("and at {more} more {places}"));
            }
            self.diagnostics[input].push(diagnostic);
        }
        for one in &mut self.diagnostics {
            one.sort();
        }
        self.diagnostics
    }
}

/// The first byte: enough to point at something that has many lines.
fn head(part: &Part) -> Range<usize> {
    if part.range.len() > 60 {
        part.range.start..part.range.start + 1
    } else {
        part.range.clone()
    }
}

fn within(part: &Part, range: &Range<usize>) -> Part {
    Part {
        input: part.input,
        range: part.range.start + range.start..part.range.start + range.end,
    }
}

/// The path and the key of a message about a key that is not known.
fn unknown_key(message: &str) -> (&str, &str) {
    let (path, rest) = message
        .split_once("there is no key `")
        .unwrap_or(("", message));
    let key = rest.split('`').next().unwrap_or_default();
    (path.trim_end_matches(": ").trim_matches('`'), key)
}

/// Whether what follows a key says anything.
fn has_value(rest: &str) -> bool {
    let rest = rest.trim_start_matches(['"', ' ', '\n', '\r', '\t', ':']);
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    match values.next() {
        Some(Ok(value)) => !is_empty(&value),
        _ => true,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(fields) => fields.values().all(is_empty),
    }
}

/// The elements of a list or the members of an object, by their bytes. The text is JSON.
fn members(text: &str) -> Vec<(Option<String>, Range<usize>)> {
    let bytes = text.as_bytes();
    let (mut depth, mut start, mut key) = (0_u32, 0, None);
    let (mut members, mut in_string, mut escaped) = (Vec::new(), false, false);
    let mut add = |key: &mut Option<String>, range: Range<usize>| {
        let piece = &text[range.clone()];
        let begin = range.start + (piece.len() - piece.trim_start().len());
        let end = begin + piece.trim().len();
        if begin < end {
            members.push((key.take(), begin..end));
        }
    };
    for (at, &byte) in bytes.iter().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth == 1 {
                    start = at + 1;
                }
            }
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    add(&mut key, start..at);
                    break;
                }
            }
            b',' if depth == 1 => {
                add(&mut key, start..at);
                start = at + 1;
            }
            b':' if depth == 1 => {
                key = serde_json::from_str(text[start..at].trim()).ok();
                start = at + 1;
            }
            _ => {}
        }
    }
    members
}

/// What an object is, by the keys that it has.
fn kind(text: &str) -> Option<Kind> {
    if !text.starts_with('{') {
        return None;
    }
    let all = members(text);
    let has = |key: &str| all.iter().any(|(name, _)| name.as_deref() == Some(key));
    let spec = all
        .iter()
        .find(|(name, _)| name.as_deref() == Some("Spec"))
        .map(|(_, range)| members(&text[range.clone()]));
    let spec_has = |key: &str| {
        let spec = spec.iter().flatten();
        let mut names = spec.map(|(name, _)| name.as_deref());
        names.any(|name| name == Some(key))
    };
    if has("DesiredState") && has("NodeID") || has("ServiceID") {
        Some(Kind::Task)
    } else if has("Description") && spec.is_some() {
        Some(Kind::Node)
    } else if spec_has("TaskTemplate") {
        Some(Kind::Service)
    } else if has("IPAM") && has("Driver") {
        Some(Kind::Network)
    } else if has("Swarm") && has("NCPU") {
        Some(Kind::Info)
    } else if has("Mountpoint") || has("ClusterVolume") {
        Some(Kind::Volume)
    } else if spec_has("Data") {
        Some(Kind::Config)
    } else if spec_has("Name") && has("CreatedAt") {
        Some(Kind::Secret)
    } else {
        None
    }
}
