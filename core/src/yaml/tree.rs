//! The tree of a document: nodes in one arena, each with its place.

use std::ops::Range;

use super::place::{ScalarPlace, ScalarStyle};
use crate::diagnostic::{Source, Span};

/// Where a node lies in the arena.
pub(super) type NodeId = u32;

/// A YAML text as a tree of nodes with places.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    pub(super) source: Source<'a>,
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Bytes of the text.
    pub(super) range: Range<u32>,
    pub(super) kind: Kind,
    /// How many nodes lie here and below, aliases followed.
    pub(super) weight: u32,
    /// How deep this node is nested inside, aliases followed.
    pub(super) height: u16,
    /// Already reported as wrong: whoever walks the tree no longer sees it.
    pub(super) dropped: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Scalar {
        value: String,
        style: ScalarStyle,
        /// Text whatever it looks like, by its tag.
        is_text: bool,
    },
    List(Vec<NodeId>),
    Map(Vec<Entry>),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) key: NodeId,
    pub(super) value: NodeId,
}

impl<'a> Document<'a> {
    /// The outermost node.
    pub fn root(&self) -> NodeRef<'_> {
        self.node(self.root)
    }

    /// The text and its lines.
    pub const fn source(&self) -> &Source<'a> {
        &self.source
    }

    pub(super) fn node(&self, id: NodeId) -> NodeRef<'_> {
        NodeRef { document: self, id }
    }
}

/// A node of a document.
#[derive(Clone, Copy, Debug)]
pub struct NodeRef<'a> {
    pub(super) document: &'a Document<'a>,
    pub(super) id: NodeId,
}

impl<'a> NodeRef<'a> {
    pub(super) fn node(self) -> &'a Node {
        &self.document.nodes[self.id as usize]
    }

    pub(super) fn is_dropped(self) -> bool {
        self.node().dropped
    }

    /// Where it stands.
    pub fn span(self) -> Span {
        let range = &self.node().range;
        self.document
            .source
            .span(range.start as usize..range.end as usize)
    }

    /// The characters of a scalar.
    pub fn text(self) -> Option<&'a str> {
        match &self.node().kind {
            Kind::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Whether it is a scalar without quotes and tags, which may mean something else than text.
    pub fn is_plain_scalar(self) -> bool {
        matches!(
            self.node().kind,
            Kind::Scalar {
                style: ScalarStyle::Plain,
                is_text: false,
                ..
            }
        )
    }

    /// Whether it is a mapping.
    pub fn is_mapping(self) -> bool {
        self.is_map()
    }

    /// Where the characters of a scalar stand, for pointing into the middle of it.
    pub fn scalar_place(self) -> Option<ScalarPlace> {
        match &self.node().kind {
            Kind::Scalar { style, .. } => Some(ScalarPlace {
                span: self.span(),
                style: *style,
            }),
            _ => None,
        }
    }

    pub(super) fn is_list(self) -> bool {
        matches!(self.node().kind, Kind::List(_))
    }

    pub(super) fn is_map(self) -> bool {
        matches!(self.node().kind, Kind::Map(_))
    }

    /// The elements of a list that could be read.
    pub fn elements(self) -> impl Iterator<Item = NodeRef<'a>> + use<'a> {
        self.numbered_elements().map(|(_, node)| node)
    }

    /// The same with their numbers in the text.
    pub(super) fn numbered_elements(self) -> impl Iterator<Item = (u32, NodeRef<'a>)> + use<'a> {
        let ids = match &self.node().kind {
            Kind::List(ids) => ids.as_slice(),
            _ => &[],
        };
        (0..)
            .zip(ids)
            .map(move |(index, &id)| (index, self.document.node(id)))
            .filter(|(_, node)| !node.is_dropped())
    }

    /// The keys and values of a mapping that could be read, in the order of the text.
    pub fn entries(self) -> impl Iterator<Item = (NodeRef<'a>, NodeRef<'a>)> + use<'a> {
        let entries = match &self.node().kind {
            Kind::Map(entries) => entries.as_slice(),
            _ => &[],
        };
        entries
            .iter()
            .map(move |entry| {
                (
                    self.document.node(entry.key),
                    self.document.node(entry.value),
                )
            })
            .filter(|(_, value)| !value.is_dropped())
    }

    /// Whether something of this mapping was reported as wrong and left out.
    pub fn has_dropped_entries(self) -> bool {
        match &self.node().kind {
            Kind::Map(entries) => entries
                .iter()
                .any(|entry| self.document.node(entry.value).is_dropped()),
            _ => false,
        }
    }

    /// The same of everything inside.
    pub fn has_dropped_below(self) -> bool {
        let of = |id: NodeId| self.document.node(id);
        match &self.node().kind {
            Kind::Scalar { .. } => false,
            Kind::List(ids) => ids
                .iter()
                .any(|&id| of(id).is_dropped() || of(id).has_dropped_below()),
            Kind::Map(entries) => entries
                .iter()
                .any(|entry| of(entry.value).is_dropped() || of(entry.value).has_dropped_below()),
        }
    }

    /// Whether the value of this key was reported as wrong and left out.
    pub fn has_dropped(self, key: &str) -> bool {
        match &self.node().kind {
            Kind::Map(entries) => entries.iter().any(|entry| {
                let of = |id: NodeId| self.document.node(id);
                of(entry.value).is_dropped() && of(entry.key).text() == Some(key)
            }),
            _ => false,
        }
    }

    /// Where the node begins: the first key of a mapping. To point at something that may have many
    /// lines.
    pub fn head_span(self) -> Span {
        match &self.node().kind {
            Kind::Map(entries) if !entries.is_empty() => self.document.node(entries[0].key).span(),
            _ => self.span(),
        }
    }

    /// The value of a key of a mapping.
    pub fn get(self, key: &str) -> Option<Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// A key of a mapping and its value.
    pub fn entry(self, key: &str) -> Option<(Self, Self)> {
        self.entries().find(|(name, _)| name.text() == Some(key))
    }

    /// The key of a mapping, else the value itself: where to say that a key is out of place.
    pub fn key_span(self, key: &str) -> Span {
        self.entry(key)
            .map_or_else(|| self.span(), |(name, _)| name.span())
    }

    /// The value of a key, else the node itself: where to say that a value makes no sense.
    pub fn value_span(self, key: &str) -> Span {
        self.get(key).unwrap_or(self).span()
    }
}
