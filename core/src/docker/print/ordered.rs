//! JSON objects whose fields keep the order in which they were written, as those of Go's structs
//! do, and the forms in which `inspect` prints them.

use std::borrow::Cow;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::InspectFormat;
use crate::docker::Outcome;

/// A JSON value with ordered objects.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// Anything without an order of its own.
    Plain(Value),
    /// A list.
    Array(Vec<Json>),
    /// An object.
    Object(Object),
}

/// A JSON object with its fields in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    fields: Vec<(Cow<'static, str>, Json)>,
}

impl Object {
    /// The object with another field.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Json>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// The object with another field, unless that is empty: no text, zero, false, null, an empty
    /// list or object (Go's `omitempty`, but for objects).
    #[must_use]
    pub fn with_some(self, name: &'static str, value: impl Into<Json>) -> Self {
        let value = value.into();
        if value.is_empty() {
            self
        } else {
            self.with(name, value)
        }
    }
}

impl Object {
    /// The JSON of what stands at a path, if it can be followed to an object or a list with an
    /// order.
    pub(super) fn json(&self, path: &[String]) -> Option<String> {
        let Some((name, rest)) = path.split_first() else {
            return Some(serde_json::to_string(self).expect("writing to memory"));
        };
        let (_, value) = self.fields.iter().find(|(field, _)| field == name)?;
        match value {
            Json::Object(object) => object.json(rest),
            Json::Array(_) if rest.is_empty() => {
                Some(serde_json::to_string(value).expect("writing to memory"))
            }
            Json::Array(_) | Json::Plain(_) => None,
        }
    }
}

impl Json {
    fn is_empty(&self) -> bool {
        match self {
            Self::Plain(Value::Null | Value::Bool(false)) => true,
            Self::Plain(Value::Number(number)) => number.as_f64() == Some(0.0),
            Self::Plain(Value::String(text)) => text.is_empty(),
            Self::Plain(Value::Array(items)) => items.is_empty(),
            Self::Plain(Value::Object(fields)) => fields.is_empty(),
            Self::Plain(Value::Bool(true)) => false,
            Self::Array(items) => items.is_empty(),
            Self::Object(object) => object.fields.is_empty(),
        }
    }
}

impl<T: Into<Value>> From<T> for Json {
    fn from(value: T) -> Self {
        Self::Plain(value.into())
    }
}

impl From<Object> for Json {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl FromIterator<Object> for Json {
    fn from_iter<I: IntoIterator<Item = Object>>(objects: I) -> Self {
        Self::Array(objects.into_iter().map(Self::Object).collect())
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(serializer),
            Self::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for (name, value) in &self.fields {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Prints objects as `inspect` does (docker/cli `cli/command/inspect/inspector.go`). The pretty
/// form is different for each kind of object and is none of this.
pub fn inspect(objects: &[Object], format: &InspectFormat) -> Result<String, Outcome> {
    let mut text = String::new();
    match format {
        InspectFormat::Json | InspectFormat::Pretty => {
            let mut bytes = Vec::new();
            let indent = serde_json::ser::PrettyFormatter::with_indent(b"    ");
            let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, indent);
            objects
                .serialize(&mut serializer)
                .expect("writing to memory");
            text += &String::from_utf8(bytes).expect("JSON is text");
            text.push('\n');
        }
        InspectFormat::JsonLine => {
            for object in objects {
                text += &serde_json::to_string(object).expect("writing to memory");
                text.push('\n');
            }
        }
        InspectFormat::Template(template) => {
            for object in objects {
                text += &template
                    .execute_on(object, "map[string]interface {}")
                    .map_err(Outcome::refused)?;
                text.push('\n');
            }
        }
    }
    Ok(text)
}
