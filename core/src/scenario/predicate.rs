//! What an expectation compares with: counts and texts.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// A number, or limits for one: `2`, `{at_least: 1}`, `{at_least: 1, at_most: 3}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Exactly this many.
    Exactly(u64),
    /// Limits, both of them included.
    Between {
        /// Not fewer.
        at_least: Option<u64>,
        /// Not more.
        at_most: Option<u64>,
    },
}

impl Count {
    /// Whether this number is meant.
    pub fn holds(&self, number: u64) -> bool {
        match *self {
            Self::Exactly(exact) => number == exact,
            Self::Between { at_least, at_most } => {
                at_least.is_none_or(|least| number >= least)
                    && at_most.is_none_or(|most| number <= most)
            }
        }
    }

    /// Whether any number is meant.
    pub(super) const fn is_open(&self) -> bool {
        matches!(
            self,
            Self::Between {
                at_least: None,
                at_most: None
            }
        )
    }

    /// Whether no number is meant.
    pub(super) fn is_void(&self) -> bool {
        match *self {
            Self::Between {
                at_least: Some(least),
                at_most: Some(most),
            } => least > most,
            _ => false,
        }
    }
}

impl fmt::Display for Count {
    /// `2`, `at least 1`, `1 to 3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Exactly(exact) => write!(f, "{exact}"),
            Self::Between { at_least, at_most } => match (at_least, at_most) {
                (Some(least), Some(most)) => write!(f, "{least} to {most}"),
                (Some(least), None) => write!(f, "at least {least}"),
                (None, Some(most)) => write!(f, "at most {most}"),
                (None, None) => f.write_str("any number"),
            },
        }
    }
}

/// A text, or a part of one: `text`, `{contains: part}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextMatch {
    /// This text and no other.
    Exactly(String),
    /// A text with this part in it.
    Contains(String),
}

impl TextMatch {
    /// Whether this text is meant.
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Exactly(exact) => text == exact,
            Self::Contains(part) => text.contains(part.as_str()),
        }
    }
}

impl fmt::Display for TextMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(exact) => write!(f, "{exact:?}"),
            Self::Contains(part) => write!(f, "a text with {part:?} in it"),
        }
    }
}

/// Limits for a number.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Limits"))]
#[serde(default, deny_unknown_fields)]
struct LimitsFile {
    /// Not fewer than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<u64>,
    /// Not more than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_most: Option<u64>,
}

/// A part of a text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Part"))]
#[serde(deny_unknown_fields)]
struct PartFile {
    /// The part.
    contains: String,
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or limits such as `{at_least: 1}`")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Count, E> {
                Ok(Count::Exactly(number))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Count, A::Error> {
                let limits = LimitsFile::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Count::Between {
                    at_least: limits.at_least,
                    at_most: limits.at_most,
                })
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Exactly(exact) => serializer.serialize_u64(exact),
            Self::Between { at_least, at_most } => {
                LimitsFile { at_least, at_most }.serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for TextMatch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = TextMatch;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or `{contains: part of it}`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<TextMatch, E> {
                Ok(TextMatch::Exactly(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TextMatch, A::Error> {
                let part = PartFile::deserialize(MapAccessDeserializer::new(map))?;
                Ok(TextMatch::Contains(part.contains))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl Serialize for TextMatch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Exactly(exact) => serializer.serialize_str(exact),
            Self::Contains(part) => {
                let contains = part.clone();
                PartFile { contains }.serialize(serializer)
            }
        }
    }
}

#[cfg(feature = "schema")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{Count, LimitsFile, PartFile, TextMatch};

    impl JsonSchema for Count {
        fn schema_name() -> Cow<'static, str> {
            "Count".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "A number, or limits for one.",
                "anyOf": [
                    {"type": "integer", "minimum": 0},
                    generator.subschema_for::<LimitsFile>(),
                ],
            })
        }
    }

    impl JsonSchema for TextMatch {
        fn schema_name() -> Cow<'static, str> {
            "TextMatch".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "A text, or a part of one.",
                "anyOf": [{"type": "string"}, generator.subschema_for::<PartFile>()],
            })
        }
    }
}
