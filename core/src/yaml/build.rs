//! From the events of the parser to the tree: keys are checked, aliases and merge keys resolved.

use std::borrow::Cow;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle as EventStyle, Span as EventSpan, Tag};

use super::place::ScalarStyle;
use super::tree::{Document, Entry, Kind, Node, NodeId};
use crate::collections::{BTreeMap, BTreeSet};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Source};

/// What a text may ask for at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text.
    pub bytes: u32,
    /// Mappings and lists inside of one another.
    pub depth: u16,
    /// Keys and values, each alias counted with all that it stands for.
    pub nodes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 4 << 20,
            depth: 64,
            nodes: 2_000_000,
        }
    }
}

impl<'a> Document<'a> {
    /// Reads a text under the usual limits.
    pub fn parse(text: &'a str) -> Result<Self, Diagnostics> {
        Self::parse_within(text, Limits::default())
    }

    /// Reads a text. Every duplicate key is reported, a mistake in the YAML itself ends the
    /// reading.
    pub fn parse_within(text: &'a str, limits: Limits) -> Result<Self, Diagnostics> {
        let source = Source::new(text);
        if text.len() > limits.bytes as usize {
            let message = format!(
                "the file has {} bytes, at most {} are read",
                text.len(),
                limits.bytes
            );
            return Err(Diagnostic::new(Code::Limit, source.span(0..0), message).into());
        }
        let mut builder = Builder {
            bytes: ByteIndex::new(text),
            source,
            limits,
            nodes: Vec::new(),
            open: Vec::new(),
            anchors: BTreeMap::new(),
            merged: 0,
            root: None,
            diagnostics: Diagnostics::new(),
        };
        let finished = builder.run(text);
        if let Err(diagnostic) = finished {
            builder.diagnostics.push(*diagnostic);
        }
        match builder.root {
            Some(root) if !builder.diagnostics.has_errors() => Ok(Self {
                source: builder.source,
                nodes: builder.nodes,
                root,
            }),
            None if !builder.diagnostics.has_errors() => {
                let span = builder.source.span(0..0);
                Err(Diagnostic::new(Code::Empty, span, "the file is empty").into())
            }
            _ => Err(builder.diagnostics),
        }
    }
}

type Step<T> = Result<T, Box<Diagnostic>>;

struct Builder<'a> {
    source: Source<'a>,
    bytes: ByteIndex,
    limits: Limits,
    nodes: Vec<Node>,
    /// Lists and mappings that have begun and not ended.
    open: Vec<Open>,
    anchors: BTreeMap<usize, NodeId>,
    /// How many entries were looked at for merge keys.
    merged: u32,
    root: Option<NodeId>,
    diagnostics: Diagnostics,
}

struct Open {
    is_map: bool,
    start: u32,
    anchor: usize,
    /// Elements, or keys and values by turns.
    children: Vec<NodeId>,
}

impl Builder<'_> {
    fn run(&mut self, text: &str) -> Step<()> {
        let mut documents = 0;
        for event in Parser::new_from_str(text) {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    let at = self.bytes.of(error.marker().index());
                    return Err(Box::new(syntax_error(&self.source, at, error.info())));
                }
            };
            let range = self.range(span);
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let message = "a second document begins here, but a file holds one";
                        return self.refuse(range, message);
                    }
                }
                Event::Scalar(value, style, anchor, tag) => {
                    self.scalar(&value, style, anchor, tag.as_deref(), range)?;
                }
                Event::SequenceStart(anchor, tag) => {
                    self.begin(false, anchor, tag.as_ref(), range)?;
                }
                Event::MappingStart(anchor, tag) => {
                    self.begin(true, anchor, tag.as_ref(), range)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.end(range.end)?,
                Event::Alias(anchor) => {
                    let Some(&target) = self.anchors.get(&anchor) else {
                        let message = "this alias stands inside of what it stands for";
                        return self.refuse(range, message);
                    };
                    self.attach(target, range)?;
                }
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            }
        }
        Ok(())
    }

    fn range(&self, span: EventSpan) -> Range<u32> {
        let start = self.bytes.of(span.start.index());
        let end = self.bytes.of(span.end.index());
        to_u32(start)..to_u32(end.max(start))
    }

    fn diagnostic(&self, code: Code, range: &Range<u32>, message: impl Into<String>) -> Diagnostic {
        let span = self.source.span(range.start as usize..range.end as usize);
        Diagnostic::new(code, span, message)
    }

    fn refuse<T>(&self, range: Range<u32>, message: impl Into<String>) -> Step<T> {
        Err(Box::new(self.diagnostic(
            Code::RefusedYaml,
            &range,
            message,
        )))
    }

    fn scalar(
        &mut self,
        value: &str,
        style: EventStyle,
        anchor: usize,
        tag: Option<&Tag>,
        range: Range<u32>,
    ) -> Step<()> {
        let is_text = self.tag(tag, &range)?;
        let style = match style {
            EventStyle::Plain => ScalarStyle::Plain,
            EventStyle::SingleQuoted => ScalarStyle::SingleQuoted,
            EventStyle::DoubleQuoted => ScalarStyle::DoubleQuoted,
            EventStyle::Literal => ScalarStyle::Literal,
            EventStyle::Folded => ScalarStyle::Folded,
        };
        let kind = Kind::Scalar {
            value: value.to_owned(),
            style,
            is_text,
        };
        self.finish(kind, range, anchor, 1, 0)
    }

    /// Whether the tag makes a scalar a text. Tags of applications are refused.
    fn tag(&self, tag: Option<&Tag>, range: &Range<u32>) -> Step<bool> {
        match tag {
            None => Ok(false),
            Some(tag) if tag.is_yaml_core_schema() => Ok(tag.suffix == "str"),
            Some(tag) => self.refuse(
                range.clone(),
                format!("the tag `{tag}` has no meaning here; remove it"),
            ),
        }
    }

    fn begin(
        &mut self,
        is_map: bool,
        anchor: usize,
        tag: Option<&Cow<'_, Tag>>,
        range: Range<u32>,
    ) -> Step<()> {
        self.tag(tag.map(AsRef::as_ref), &range)?;
        if self.open.len() >= usize::from(self.limits.depth) {
            return self.too_deep(&range);
        }
        self.open.push(Open {
            is_map,
            start: range.start,
            anchor,
            children: Vec::new(),
        });
        Ok(())
    }

    fn too_deep<T>(&self, range: &Range<u32>) -> Step<T> {
        let depth = self.limits.depth;
        let message = format!("lists and mappings are nested more than {depth} deep");
        Err(Box::new(self.diagnostic(Code::Limit, range, message)))
    }

    fn too_many<T>(&self, range: &Range<u32>) -> Step<T> {
        let nodes = self.limits.nodes;
        let message = format!("the file holds more than {nodes} values, aliases followed");
        Err(Box::new(self.diagnostic(Code::Limit, range, message)))
    }

    fn end(&mut self, end: u32) -> Step<()> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let range = open.start..end.max(open.start);
        let kind = if open.is_map {
            self.mapping(&open.children)?
        } else {
            Kind::List(open.children)
        };
        let children: Vec<NodeId> = match &kind {
            Kind::List(ids) => ids.clone(),
            Kind::Map(entries) => entries.iter().flat_map(|e| [e.key, e.value]).collect(),
            Kind::Scalar { .. } => Vec::new(),
        };
        let (mut weight, mut height) = (1u32, 0u16);
        for id in children {
            let child = &self.nodes[id as usize];
            weight = weight.saturating_add(child.weight);
            height = height.max(child.height);
        }
        self.finish(kind, range, open.anchor, weight, height + 1)
    }

    fn finish(
        &mut self,
        kind: Kind,
        range: Range<u32>,
        anchor: usize,
        weight: u32,
        height: u16,
    ) -> Step<()> {
        if weight > self.limits.nodes || self.nodes.len() >= self.limits.nodes as usize {
            return self.too_many(&range);
        }
        if height > self.limits.depth {
            return self.too_deep(&range);
        }
        let id = to_u32(self.nodes.len());
        self.nodes.push(Node {
            range: range.clone(),
            kind,
            weight,
            height,
            dropped: false,
        });
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        self.attach(id, range)
    }

    fn attach(&mut self, id: NodeId, range: Range<u32>) -> Step<()> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(id);
            return Ok(());
        };
        open.children.push(id);
        // A key is checked when it comes, so that the place of the mistake is that of the alias.
        let is_key = open.is_map && open.children.len() % 2 == 1;
        if is_key && !matches!(self.nodes[id as usize].kind, Kind::Scalar { .. }) {
            return self.refuse(range, "a key must be plain text");
        }
        Ok(())
    }

    fn mapping(&mut self, children: &[NodeId]) -> Step<Kind> {
        let mut entries = Vec::with_capacity(children.len() / 2);
        let mut seen: BTreeMap<&str, NodeId> = BTreeMap::new();
        let mut merges = Vec::new();
        let mut duplicates = Vec::new();
        for pair in children.chunks_exact(2) {
            let (key, value) = (pair[0], pair[1]);
            let node = &self.nodes[key as usize];
            let Kind::Scalar {
                value: name, style, ..
            } = &node.kind
            else {
                continue;
            };
            if name == "<<" && *style == ScalarStyle::Plain {
                merges.push(value);
                continue;
            }
            if let Some(&first) = seen.get(name.as_str()) {
                let first = &self.nodes[first as usize].range;
                let first = self.source.span(first.start as usize..first.end as usize);
                let again = self.diagnostic(
                    Code::DuplicateKey,
                    &node.range,
                    format!("the key `{name}` is given twice"),
                );
                duplicates.push(again.note_at(first, "the first one is here"));
                continue;
            }
            seen.insert(name, key);
            entries.push(Entry { key, value });
        }
        let mut names: BTreeSet<&str> = seen.into_keys().collect();
        for value in merges {
            let sources = match &self.nodes[value as usize].kind {
                Kind::List(ids) => ids.as_slice(),
                _ => &[value],
            };
            for &id in sources {
                let node = &self.nodes[id as usize];
                let Kind::Map(merged) = &node.kind else {
                    let message = "`<<` merges a mapping, or a list of mappings, into this one";
                    return self.refuse(node.range.clone(), message);
                };
                // Counted even where nothing is taken over, for the looking alone takes time.
                self.merged = self.merged.saturating_add(to_u32(merged.len()));
                if self.merged > self.limits.nodes {
                    return self.too_many(&node.range);
                }
                for entry in merged {
                    // What is written beside the merge key wins, then the earlier mapping.
                    let Kind::Scalar { value: name, .. } = &self.nodes[entry.key as usize].kind
                    else {
                        continue;
                    };
                    if names.insert(name) {
                        entries.push(*entry);
                    }
                }
            }
        }
        self.diagnostics.extend(duplicates);
        Ok(Kind::Map(entries))
    }
}

/// From the parser's count of characters to bytes.
struct ByteIndex {
    /// The byte of every character; absent where each character is a byte.
    bytes: Option<Vec<u32>>,
    len: usize,
}

impl ByteIndex {
    fn new(text: &str) -> Self {
        let bytes =
            (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| to_u32(at)).collect());
        Self {
            bytes,
            len: text.len(),
        }
    }

    fn of(&self, index: usize) -> usize {
        match &self.bytes {
            Some(bytes) => bytes.get(index).map_or(self.len, |&at| at as usize),
            None => index.min(self.len),
        }
    }
}

/// The parser's words, and what to do about the mistakes that people make.
fn syntax_error(source: &Source<'_>, at: usize, info: &str) -> Diagnostic {
    let mut at = at;
    let mut rest = source.text().get(at..).unwrap_or("");
    if info.contains("tab")
        && let Some(ahead) = rest.find('\t')
    {
        // The parser stops before the line that the tab begins.
        at += ahead;
        rest = &rest[ahead..];
    }
    let width = rest.chars().next().map_or(0, char::len_utf8);
    if info.contains("recursion limit") {
        let message = "lists and mappings are nested too deeply";
        return Diagnostic::new(Code::Limit, source.span(at..at + width), message);
    }
    let help = if info.contains("tab") || rest.starts_with('\t') {
        Some("indent with spaces; YAML does not accept tabs")
    } else if info.contains("mapping values are not allowed") {
        Some("put a value that contains `: ` into quotes")
    } else if info.contains("anchor") {
        Some("`*name` repeats what was marked with `&name` further up")
    } else {
        None
    };
    Diagnostic::new(
        Code::Syntax,
        source.span(at..at + width),
        format!("this is not YAML: {info}"),
    )
    .maybe_help(help.map(str::to_owned))
}

fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
