//! The values of flags: from the text of a word to a typed value, or docker's words of refusal.
//!
//! Upstream: docker/cli `opts/*.go`, `cli/command/service/opts.go`, docker/go-units,
//! docker/go-connections. Each kind of value has a file of its own.

mod bytes;
mod command_line;
mod cpu;
mod csv;
mod external_ca;
mod generic;
mod image;
mod items;
mod moment;
mod mount;
mod network;
mod number;
mod port;
mod preference;
mod rational;
mod reference;
mod ulimit;

pub use generic::generic_resources;
pub use image::with_default_tag;
pub use moment::parse_moment;
pub use mount::MountValue;
pub use number::parse_uint;
pub(crate) use port::{is_port_spec, port_spec};

use super::flags::{Item, Kind};
use crate::model::{ExternalCa, FileReference, NetworkAttachmentConfig, PortConfig, Ulimit};
use crate::time::parse_duration;

/// The value of a flag.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are the kinds of value")]
pub enum Value {
    Bool(bool),
    Text(String),
    Texts(Vec<String>),
    Int(i64),
    Uint(u64),
    Ratio(f32),
    Nanos(u64),
    Filter(Filter),
    Ports(Vec<PortConfig>),
    Mount(MountValue),
    Network(NetworkAttachmentConfig),
    /// The descriptor of a spread preference.
    Preference(String),
    Reference(FileReference),
    Ulimit(Ulimit),
    ExternalCa(ExternalCa),
}

/// One condition of `--filter`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Filter {
    /// What is compared, in lower case.
    pub key: String,
    /// With what.
    pub value: String,
}

/// The words of a command line.
pub(crate) fn split_command_line(text: &str) -> Result<Vec<String>, String> {
    command_line::split(text)
}

/// An amount of memory, such as `50M`.
pub(crate) fn parse_bytes(text: &str) -> Result<i64, String> {
    bytes::parse(text)
}

/// An amount of CPU, such as `0.5`, in billionths of a core.
pub(crate) fn parse_cpus(text: &str) -> Result<i64, String> {
    cpu::parse(text)
}

/// Reads a value. The error is the reason alone; [`super::flags`] says of which flag.
pub fn read(kind: Kind, text: &str) -> Result<Value, String> {
    match kind {
        Kind::Bool => number::parse_bool(text).map(Value::Bool),
        Kind::Text => Ok(Value::Text(text.to_owned())),
        Kind::List(item) => read_item(item, text).map(Value::Text),
        Kind::Strings if text.is_empty() => Ok(Value::Texts(Vec::new())),
        Kind::Strings => csv::fields(text).map(Value::Texts),
        Kind::Int => number::parse_int(text, 0).map(Value::Int),
        Kind::Uint => parse_uint(text, 0).map(Value::Uint),
        Kind::Ratio => number::parse_ratio(text).map(Value::Ratio),
        Kind::Duration if text.starts_with('-') && parse_duration(&text[1..]).is_ok() => {
            Err("duration cannot be negative".to_owned())
        }
        Kind::Duration => parse_duration(text)
            .map(Value::Nanos)
            .map_err(|error| error.message),
        Kind::SignedDuration => number::parse_duration(text).map(Value::Int),
        Kind::Cpu => cpu::parse(text).map(Value::Int),
        Kind::Bytes => bytes::parse(text).map(Value::Int),
        Kind::Words => command_line::split(text).map(Value::Texts),
        Kind::Filter => read_filter(text),
        Kind::Port => port::parse(text).map(Value::Ports),
        Kind::Mount => mount::parse(text).map(Value::Mount),
        Kind::Network => network::parse(text).map(Value::Network),
        Kind::Preference => preference::parse(text).map(Value::Preference),
        Kind::Reference(kind) => reference::parse(kind, text).map(Value::Reference),
        Kind::Ulimit => ulimit::parse(text).map(Value::Ulimit),
        Kind::CredentialSpec => items::credential_spec(text).map(Value::Text),
        Kind::ExternalCa => external_ca::parse(text).map(Value::ExternalCa),
    }
}

fn read_item(item: Item, text: &str) -> Result<String, String> {
    match item {
        Item::Any => Ok(text.to_owned()),
        Item::Label => items::label(text),
        Item::Env => items::env(text),
        Item::Host => items::host(text),
        Item::Ip => items::ip(text),
        Item::Domain => items::domain(text),
        Item::GenericResource => generic::check(text),
    }
}

/// `opts.FilterOpt`: the key loses its blanks and its capitals, the value its blanks.
fn read_filter(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::Texts(Vec::new()));
    }
    let (key, value) = text
        .split_once('=')
        .ok_or("bad format of filter (expected name=value)")?;
    Ok(Value::Filter(Filter {
        key: key.trim().to_lowercase(),
        value: value.trim().to_owned(),
    }))
}

#[cfg(test)]
mod tests;
