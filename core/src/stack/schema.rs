//! The schema of stack files: which keys there are, since which version, and what they take.
//!
//! Upstream: docker/cli `cli/compose/schema/data/config_schema_v3.*.json`, `schema.go`, and
//! `xeipuuv/gojsonschema`, whose rules decide which of several mistakes is told: the deepest one; of
//! equally deep ones, a value of the wrong type; else the first.
//!
//! Left out: what the schemas do not agree on beyond the keys (3.0 asks for `version`, and knows
//! some formats less).

use super::error::StackError;
use super::value::{Data, Node, to_int};
use crate::diagnostic::Span;
use crate::docker::values::is_port_spec;
use crate::time::parse_duration;

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Schema {
    /// Anything.
    Any,
    /// A value of one of these types.
    Is(&'static [Type]),
    /// A text that is a duration.
    Duration,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A whole number that is not negative.
    Size,
    /// A port: a number or a text that says which.
    Port(Type),
    /// A list.
    List(&'static Schema, Repeats),
    /// A mapping.
    Map(&'static Map),
    /// The first of these whose type fits.
    Either(&'static [Schema]),
}

/// Whether an item may be in a list twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeats {
    Allowed,
    Refused,
}

/// A type of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Number,
    Integer,
    Bool,
    Null,
    Map,
    List,
}

/// A mapping.
#[derive(Clone, Copy, Debug)]
pub(super) struct Map {
    /// The keys that it knows.
    pub(super) keys: &'static [Key],
    /// Keys of any name that fits.
    pub(super) others: Others,
    /// Keys that begin with `x-` are allowed from this version on.
    pub(super) extensions_since: Option<u8>,
    /// A key that must be there.
    pub(super) required: &'static [&'static str],
    /// What else it may be.
    pub(super) or: &'static [Type],
}

/// A key that a mapping knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    /// From version 3.this on.
    pub(super) since: u8,
    pub(super) value: Schema,
}

/// What becomes of keys that are not known.
#[derive(Clone, Copy, Debug)]
pub(super) enum Others {
    /// They are refused.
    Refused,
    /// They are tolerated.
    Tolerated,
    /// They are tolerated from this version on.
    ToleratedSince(u8),
    /// Names of people's own are what the mapping is about; other names are refused.
    Names(&'static Schema),
    /// Names of people's own are what the mapping is about; other names are tolerated.
    LooseNames(&'static Schema),
    /// Any key at all.
    AnyKey(&'static Schema),
    /// Words of small letters.
    Words(&'static Schema),
}

impl Type {
    const fn word(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Bool => "boolean",
            Self::Null => "null",
            Self::Map => "mapping",
            Self::List => "list",
        }
    }

    fn fits(self, data: &Data) -> bool {
        match (self, data) {
            (Self::Text, Data::Text(_))
            | (Self::Number, Data::Int(_) | Data::Float(_))
            | (Self::Integer, Data::Int(_))
            | (Self::Bool, Data::Bool(_))
            | (Self::Null, Data::Null)
            | (Self::Map, Data::Map(_))
            | (Self::List, Data::List(_)) => true,
            (Self::Integer, Data::Float(number)) => to_int(*number).is_some(),
            _ => false,
        }
    }
}

/// A mistake, and what decides whether it is the one that is told.
struct Mistake {
    path: Vec<String>,
    message: String,
    is_type: bool,
    span: Span,
}

/// Checks a file that is written in version 3.`minor`.
pub(super) fn validate(root: &Node, minor: u8, schema: Schema) -> Result<(), StackError> {
    let mut check = Check {
        minor,
        path: Vec::new(),
        mistakes: Vec::new(),
    };
    check.value(root, root.span, schema);
    let mut worst: Option<Mistake> = None;
    for mistake in check.mistakes {
        let depth = |mistake: &Mistake| {
            mistake
                .path
                .iter()
                .map(|part| part.split('.').count())
                .sum::<usize>()
        };
        let wins = worst.as_ref().is_none_or(|worst| {
            // The top has one part as well.
            let (own, other) = (depth(&mistake).max(1), depth(worst).max(1));
            own > other || (own == other && mistake.is_type && !worst.is_type)
        });
        if wins {
            worst = Some(mistake);
        }
    }
    match worst {
        None => Ok(()),
        Some(mistake) => {
            let place = if mistake.path.is_empty() {
                "(root)".to_owned()
            } else {
                mistake.path.join(".")
            };
            let message = format!("{place} {}", mistake.message.replace("{path}", &place));
            Err(StackError::at(mistake.span, message))
        }
    }
}

struct Check {
    minor: u8,
    path: Vec<String>,
    mistakes: Vec<Mistake>,
}

impl Check {
    fn mistake(&mut self, span: Span, message: impl Into<String>, is_type: bool) {
        self.mistakes.push(Mistake {
            path: self.path.clone(),
            message: message.into(),
            is_type,
            span,
        });
    }

    fn wrong_type(&mut self, span: Span, expected: &[Type]) {
        let words: Vec<&str> = expected.iter().map(|one| one.word()).collect();
        let words = match words.as_slice() {
            [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            words => words.concat(),
        };
        self.mistake(span, format!("must be a {words}"), true);
    }

    fn value(&mut self, node: &Node, span: Span, schema: Schema) {
        match schema {
            Schema::Any => {}
            Schema::Is(types) => {
                if !types.iter().any(|one| one.fits(&node.data)) {
                    self.wrong_type(span, types);
                }
            }
            Schema::Duration => match &node.data {
                Data::Text(text) if parse_duration(text).is_ok() => {}
                Data::Text(_) => self.mistake(span, "Does not match format 'duration'", false),
                _ => self.wrong_type(span, &[Type::Text]),
            },
            Schema::OneOf(words) => match &node.data {
                Data::Text(text) if words.contains(&text.as_str()) => {}
                Data::Text(_) => {
                    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                    let words = words.join(", ");
                    let message = format!("{{path}} must be one of the following: {words}");
                    self.mistake(span, message, false);
                }
                _ => self.wrong_type(span, &[Type::Text]),
            },
            Schema::Size => {
                if !Type::Integer.fits(&node.data) {
                    self.wrong_type(span, &[Type::Integer]);
                } else if matches!(node.data, Data::Int(size) if size < 0) {
                    self.mistake(span, "Must be greater than or equal to 0", false);
                }
            }
            Schema::Port(kind) => {
                if !kind.fits(&node.data) {
                    self.wrong_type(span, &[kind]);
                } else if !node.printed().is_some_and(|text| is_port_spec(&text)) {
                    self.mistake(span, "Does not match format 'ports'", false);
                }
            }
            Schema::List(item, repeats) => self.list(node, span, item, repeats),
            Schema::Map(map) => self.map(node, span, map),
            Schema::Either(schemas) => {
                let fitting = schemas.iter().find(|one| one.takes(&node.data));
                if let Some(&schema) = fitting.or(schemas.first()) {
                    self.value(node, span, schema);
                }
            }
        }
    }

    fn list(&mut self, node: &Node, span: Span, item: &Schema, repeats: Repeats) {
        let Data::List(items) = &node.data else {
            return self.wrong_type(span, &[Type::List]);
        };
        if repeats == Repeats::Refused {
            // The pair that is told is the last one that is found.
            'search: for (later, one) in items.iter().enumerate() {
                for (earlier, other) in items[..later].iter().enumerate() {
                    if same(one, other) {
                        let message = format!("array items[{earlier},{later}] must be unique");
                        self.mistake(one.span, message, false);
                        break 'search;
                    }
                }
            }
        }
        for (index, one) in items.iter().enumerate() {
            self.path.push(index.to_string());
            self.value(one, one.span, *item);
            self.path.pop();
        }
    }

    fn map(&mut self, node: &Node, span: Span, map: &Map) {
        let Data::Map(entries) = &node.data else {
            if map.or.iter().any(|one| one.fits(&node.data)) {
                return;
            }
            let mut types = vec![Type::Map];
            types.extend(map.or);
            if map.or == [Type::Bool] {
                types.reverse();
            }
            return self.wrong_type(span, &types);
        };
        for key in map.required {
            if node.get(key).is_none() {
                self.mistake(span, format!("{key} is required"), false);
            }
        }
        let mut known: Vec<(&super::value::Entry, Schema)> = Vec::new();
        for entry in entries {
            match self.schema_of(map, &entry.key) {
                Some(schema) => known.push((entry, schema)),
                None => {
                    let message = format!("Additional property {} is not allowed", entry.key);
                    self.mistake(entry.key_span, message, false);
                }
            }
        }
        for (entry, schema) in known {
            self.path.push(entry.key.clone());
            let span = if matches!(entry.value.data, Data::Map(_) | Data::List(_)) {
                entry.key_span
            } else {
                entry.value.span
            };
            self.value(&entry.value, span, schema);
            self.path.pop();
        }
    }

    /// What the value of a key must be; nothing if there must be no such key.
    fn schema_of(&self, map: &Map, key: &str) -> Option<Schema> {
        let known = map
            .keys
            .iter()
            .find(|one| one.name == key && one.since <= self.minor);
        if let Some(known) = known {
            return Some(known.value);
        }
        let extends = map
            .extensions_since
            .is_some_and(|since| since <= self.minor);
        if extends && key.starts_with("x-") {
            return Some(Schema::Any);
        }
        let is_name = || {
            !key.is_empty()
                && key
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        match map.others {
            Others::Refused => None,
            Others::Tolerated => Some(Schema::Any),
            Others::ToleratedSince(since) => (since <= self.minor).then_some(Schema::Any),
            Others::Names(schema) => is_name().then_some(*schema),
            Others::LooseNames(schema) => Some(if is_name() { *schema } else { Schema::Any }),
            Others::AnyKey(schema) => Some(*schema),
            Others::Words(schema) => {
                let is_word = key.bytes().all(|byte| byte.is_ascii_lowercase());
                Some(if is_word { *schema } else { Schema::Any })
            }
        }
    }
}

impl Schema {
    /// Whether a value is of the right type, whatever is in it.
    fn takes(&self, data: &Data) -> bool {
        match self {
            Self::Any => true,
            Self::Is(types) => types.iter().any(|one| one.fits(data)),
            Self::Duration | Self::OneOf(_) => Type::Text.fits(data),
            Self::Size => Type::Integer.fits(data),
            Self::Port(kind) => kind.fits(data),
            Self::List(..) => Type::List.fits(data),
            Self::Map(map) => Type::Map.fits(data) || map.or.iter().any(|one| one.fits(data)),
            Self::Either(schemas) => schemas.iter().any(|one| one.takes(data)),
        }
    }
}

/// Whether two values are the same, wherever they stand.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.data, &b.data) {
        (Data::List(a), Data::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Data::Map(entries), Data::Map(others)) => {
            entries.len() == others.len()
                && entries.iter().all(|entry| {
                    b.get(&entry.key)
                        .is_some_and(|other| same(&entry.value, other))
                })
        }
        (a, b) => a == b,
    }
}
