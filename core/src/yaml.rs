//! The one door through which YAML enters the core: text in, typed values or diagnostics out.
//!
//! A text is read in two steps. [`Document::parse`] turns it into a tree in which every key and
//! every value knows its place; there duplicate keys are refused, aliases are resolved and merge
//! keys (`<<`) are carried out, under [limits](Limits). [`Document::decode`] turns a part of the
//! tree into any type that serde can read. It does not stop at the first mistake: what could not
//! be read is reported, left out, and the rest is tried again.
//!
//! Plain scalars follow YAML 1.2: `yes`, `no` and `on` are text, `010` is text, `true` is a
//! boolean. A type that asks for text gets the characters as they are written. In a mapping that
//! stands for a struct, a key without a value counts as not written, and keys that begin with
//! `x-` are skipped. Writing is left to `serde_yaml`, as the reading of values whose places do not
//! matter.

mod build;
mod de;
mod decode;
mod error;
mod place;
mod scalar;
#[cfg(test)]
mod tests;
mod tree;

pub use build::Limits;
pub use place::{ScalarPlace, ScalarStyle};
pub use tree::{Document, NodeRef};
