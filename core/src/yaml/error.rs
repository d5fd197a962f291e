//! Why a value could not be decoded, before it is known how to tell people.

use std::fmt;

use serde::de;

use super::tree::NodeId;
use crate::diagnostic::Code;

/// A failed decoding: what went wrong and in which node.
#[derive(Debug)]
pub(super) struct Error(pub(super) Box<Failure>);

#[derive(Debug)]
pub(super) struct Failure {
    pub(super) what: What,
    /// The node that is to be pointed at.
    pub(super) shown: Option<NodeId>,
    /// The node that is to be left out when the decoding is tried again.
    pub(super) culprit: Option<NodeId>,
    /// From the node outwards.
    pub(super) path: Vec<Segment>,
}

/// One step on the way from the root of a document to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// The value of a key.
    Key(String),
    /// An element of a list, from 0.
    Index(u32),
}

#[derive(Debug)]
pub(super) enum What {
    /// The value should have been something else.
    Expected(String),
    UnknownKey {
        key: String,
        known: &'static [&'static str],
    },
    MissingKey(&'static str),
    UnknownWord {
        word: String,
        known: &'static [&'static str],
    },
    /// The value makes no sense; what follows the first line break is advice.
    Invalid(String),
}

impl What {
    pub(super) const fn code(&self) -> Code {
        match self {
            Self::Expected(_) => Code::WrongKind,
            Self::UnknownKey { .. } => Code::UnknownKey,
            Self::MissingKey(_) => Code::MissingKey,
            Self::UnknownWord { .. } => Code::UnknownWord,
            Self::Invalid(_) => Code::InvalidValue,
        }
    }
}

impl Error {
    pub(super) fn new(what: What) -> Self {
        Self(Box::new(Failure {
            what,
            shown: None,
            culprit: None,
            path: Vec::new(),
        }))
    }

    pub(super) fn expected(what: &dyn fmt::Display) -> Self {
        Self::new(What::Expected(what.to_string()))
    }

    /// The same, in this node if it is not yet known to be in an inner one.
    pub(super) fn at(mut self, node: NodeId) -> Self {
        self.0.shown.get_or_insert(node);
        self.0.culprit.get_or_insert(node);
        self
    }

    pub(super) fn below(mut self, segment: Segment) -> Self {
        self.0.path.push(segment);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.what {
            What::Expected(what) => write!(f, "expected {what}"),
            What::UnknownKey { key, .. } => write!(f, "there is no key `{key}`"),
            What::MissingKey(key) => write!(f, "the key `{key}` is missing"),
            What::UnknownWord { word, .. } => write!(f, "there is no `{word}`"),
            What::Invalid(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(What::Invalid(message.to_string()))
    }

    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::expected(&expected)
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::expected(&expected)
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::UnknownWord {
            word: variant.to_owned(),
            known,
        })
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::UnknownKey {
            key: field.to_owned(),
            known,
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(What::MissingKey(field))
    }
}
