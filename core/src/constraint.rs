//! Constraint expressions: `node.labels.zone==a`, `node.role!=manager`.
//!
//! Upstream: `manager/constraint/constraint.go`. The scheduler's filter, the global orchestrator
//! and the constraint enforcer all ask here.

use std::fmt;
use std::net::IpAddr;

use crate::ids::IdTexts;
use crate::model::{Labels, Node, NodeRole};

/// What constraint keys of node labels begin with.
pub const NODE_LABEL_PREFIX: &str = "node.labels.";
/// What constraint keys of engine labels begin with.
pub const ENGINE_LABEL_PREFIX: &str = "engine.labels.";

/// One constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    key: String,
    operator: Operator,
    value: String,
}

/// How a constraint compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

/// Why an expression is no constraint, in upstream's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConstraintError {
    /// Neither `==` nor `!=`.
    NoOperator,
    /// The text before the operator cannot be a key.
    InvalidKey(String),
    /// The text after the operator cannot be a value.
    InvalidValue(String),
}

impl fmt::Display for ConstraintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOperator => f.write_str("constraint expected one operator from ==, !="),
            Self::InvalidKey(key) => write!(f, "key '{key}' is invalid"),
            Self::InvalidValue(value) => write!(f, "value '{value}' is invalid"),
        }
    }
}

impl std::error::Error for ConstraintError {}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = match self.operator {
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
        };
        write!(f, "{}{operator}{}", self.key, self.value)
    }
}

/// Reads a list of expressions; the first bad one is the answer for all.
pub fn parse_all<S: AsRef<str>>(expressions: &[S]) -> Result<Vec<Constraint>, ConstraintError> {
    expressions
        .iter()
        .map(|expression| Constraint::parse(expression.as_ref()))
        .collect()
}

/// What there is to compare: where a constraint finds the properties of a node.
#[derive(Clone, Copy, Debug)]
pub struct NodeProperties<'n> {
    /// The node.
    pub node: &'n Node,
    /// Its id as people see it.
    pub id: &'n str,
}

impl<'n> NodeProperties<'n> {
    /// The properties of a node, with the text of its id put into `buffer`.
    pub fn of(node: &'n Node, ids: &IdTexts, buffer: &'n mut String) -> Self {
        *buffer = ids.text(node.id);
        Self { node, id: buffer }
    }
}

impl Constraint {
    /// Reads one expression.
    pub fn parse(expression: &str) -> Result<Self, ConstraintError> {
        // `==` is looked for first: `a!=b==c` has the key `a!=b`.
        let (key, operator, value) = if let Some((key, value)) = expression.split_once("==") {
            (key, Operator::Equal, value)
        } else if let Some((key, value)) = expression.split_once("!=") {
            (key, Operator::NotEqual, value)
        } else {
            return Err(ConstraintError::NoOperator);
        };
        let (key, value) = (key.trim(), value.trim());
        if !is_key(key) {
            return Err(ConstraintError::InvalidKey(key.to_owned()));
        }
        if value.is_empty() || !value.chars().all(is_value_character) {
            return Err(ConstraintError::InvalidValue(value.to_owned()));
        }
        Ok(Self {
            key: key.to_owned(),
            operator,
            value: value.to_owned(),
        })
    }

    /// The key, as written.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The operator.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The value, as written.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether evaluating needs the text of a node's id, which is computed on demand.
    pub fn needs_id(&self) -> bool {
        equal_fold(&self.key, "node.id")
    }

    /// Whether the constraint holds for a node.
    pub fn matches(&self, properties: NodeProperties<'_>) -> bool {
        match self.actual(properties) {
            Some(actual) if equal_fold(&self.key, "node.ip") => self.compare_address(&actual),
            Some(actual) => self.compare(&actual),
            None => false,
        }
    }

    /// What the node has in the place that the key names: empty if it has nothing there, absent if
    /// the key names no place at all (such a constraint never holds).
    pub fn actual<'n>(&self, properties: NodeProperties<'n>) -> Option<std::borrow::Cow<'n, str>> {
        let node = properties.node;
        let description = node.description.as_deref();
        let platform = description.and_then(|description| description.platform.as_ref());
        let key = self.key.as_str();
        let text = if equal_fold(key, "node.id") {
            properties.id
        } else if equal_fold(key, "node.hostname") {
            node.hostname()
        } else if equal_fold(key, "node.ip") {
            &node.status.addr
        } else if equal_fold(key, "node.role") {
            match node.role {
                NodeRole::Worker => "WORKER",
                NodeRole::Manager => "MANAGER",
            }
        } else if equal_fold(key, "node.platform.os") {
            platform.map_or("", |platform| &platform.os)
        } else if equal_fold(key, "node.platform.arch") {
            platform.map_or("", |platform| &platform.architecture)
        } else if let Some(label) = strip_prefix_fold(key, NODE_LABEL_PREFIX) {
            label_of(Some(&node.spec.annotations.labels), label)
        } else if let Some(label) = strip_prefix_fold(key, ENGINE_LABEL_PREFIX) {
            let engine = description.and_then(|description| description.engine.as_ref());
            label_of(engine.map(|engine| &engine.labels), label)
        } else {
            return None;
        };
        Some(text.into())
    }

    fn compare(&self, actual: &str) -> bool {
        equal_fold(&self.value, actual) == (self.operator == Operator::Equal)
    }

    fn compare_address(&self, actual: &str) -> bool {
        let actual = actual
            .parse::<IpAddr>()
            .ok()
            .map(|address| address.to_canonical());
        let holds = if let Ok(wanted) = self.value.parse::<IpAddr>() {
            actual == Some(wanted.to_canonical())
        } else if let Some(network) = Cidr::parse(&self.value) {
            actual.is_some_and(|address| network.contains(address))
        } else {
            // A malformed address fails with either operator.
            return false;
        };
        holds == (self.operator == Operator::Equal)
    }
}

/// Whether every constraint holds.
pub fn node_matches(constraints: &[Constraint], properties: NodeProperties<'_>) -> bool {
    constraints
        .iter()
        .all(|constraint| constraint.matches(properties))
}

fn label_of<'n>(labels: Option<&'n Labels>, label: &str) -> &'n str {
    labels
        .and_then(|labels| labels.get(label))
        .map_or("", String::as_str)
}

/// The rest of `text` after `prefix`, whose case does not matter; absent if nothing is left.
pub(crate) fn strip_prefix_fold<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let mut rest = text.char_indices();
    for wanted in prefix.chars() {
        let (_, found) = rest.next()?;
        if fold(found) != fold(wanted) {
            return None;
        }
    }
    let (start, _) = rest.next()?;
    Some(&text[start..])
}

/// Equality in disregard of case, by Unicode's simple folding (Go's `strings.EqualFold`).
///
/// One of the two sides always consists of characters that constraints may contain, so the only
/// letters outside of ASCII that can matter are the two that fold into it.
fn equal_fold(left: &str, right: &str) -> bool {
    left.chars().map(fold).eq(right.chars().map(fold))
}

fn fold(character: char) -> char {
    match character {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        other => other.to_ascii_lowercase(),
    }
}

/// `[a-z_][a-z0-9\-_.]+` in disregard of case.
fn is_key(text: &str) -> bool {
    let mut characters = text.chars().map(fold);
    let first = characters.next();
    let is_first = first.is_some_and(|c| c.is_ascii_lowercase() || c == '_');
    let mut rest = characters.peekable();
    is_first
        && rest.peek().is_some()
        && rest.all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn is_value_character(character: char) -> bool {
    fold(character).is_ascii_alphanumeric() || ":-_.*()?+[]\\^$|/\t\n\u{c}\r ".contains(character)
}

/// A network in CIDR notation.
struct Cidr {
    network: u128,
    prefix_bits: u32,
    is_v4: bool,
}

impl Cidr {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        if prefix.is_empty() || prefix.len() > 3 || !prefix.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let prefix: u32 = prefix.parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        if prefix > width {
            return None;
        }
        let canonical = address.to_canonical();
        // An IPv4 address in IPv6 clothes keeps what its mask says of the last 32 bits.
        let prefix_bits = if canonical.is_ipv4() {
            prefix.saturating_sub(width - 32)
        } else {
            prefix
        };
        Some(Self {
            network: bits(canonical),
            prefix_bits,
            is_v4: canonical.is_ipv4(),
        })
    }

    fn contains(&self, address: IpAddr) -> bool {
        let width = if self.is_v4 { 32 } else { 128 };
        let host_bits = width - self.prefix_bits;
        address.is_ipv4() == self.is_v4
            && (host_bits >= 128 || bits(address) >> host_bits == self.network >> host_bits)
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}
