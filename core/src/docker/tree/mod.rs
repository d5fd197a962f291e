//! The tree of docker's commands: names, usage lines, flags, numbers of arguments.
//!
//! Upstream: `cli/command/commands/commands.go` and the `cobra.Command` of every command. The
//! tables are those of the client 28.2.2; the help texts are made from them (see
//! [`super::help`]). Commands that have no part in a swarm are there by name alone.

mod common;
mod config;
mod container;
mod network;
mod node;
mod root;
mod secret;
mod service;
mod service_flags;
mod service_spec;
mod stack;
mod swarm;
mod system;
mod volume;

use super::flags::{Flag, Kind};

pub use root::{ROOT, SECTIONS};

/// A command of docker, or a group of them.
#[derive(Clone, Copy, Debug)]
pub struct CommandSpec {
    /// The word that calls it.
    pub name: &'static str,
    /// What follows the path in its usage line; for a group, only in errors.
    pub usage: &'static str,
    /// One line about it, for the list of its group.
    pub about: &'static str,
    /// More about it, for its own help; empty when the line is all there is.
    pub long: &'static str,
    /// All its names, written out as its help lists them; empty for a command with one name.
    pub aliases: &'static str,
    /// How many arguments it takes.
    pub args: Args,
    /// Whether flags may follow arguments.
    pub interspersed: bool,
    /// Its flags, in groups that several commands may share.
    pub flags: &'static [&'static [Flag]],
    /// The commands of a group.
    pub children: &'static [CommandSpec],
    /// Whether it is known by more than its name.
    pub modelled: bool,
}

/// How many arguments a command takes (`cli/required.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Args {
    /// As many as one likes.
    Any,
    /// None.
    None,
    /// So many.
    Exactly(usize),
    /// So many or more.
    AtLeast(usize),
    /// So many or fewer.
    AtMost(usize),
    /// From so many to so many.
    Range(usize, usize),
}

impl Args {
    /// What docker says of this number of arguments, and the word with which it goes on to point
    /// at the help; nothing when the number is right.
    pub fn complaint(self, count: usize) -> Option<(String, &'static str)> {
        let arguments = |n: usize| if n == 1 { "argument" } else { "arguments" };
        match self {
            Self::None if count > 0 => Some(("accepts no arguments".to_owned(), "Run")),
            Self::Exactly(n) if count != n => {
                Some((format!("requires {n} {}", arguments(n)), "Run"))
            }
            Self::AtLeast(n) if count < n => {
                Some((format!("requires at least {n} {}", arguments(n)), "See"))
            }
            // The slip is docker's own.
            Self::AtMost(n) if count > n => {
                Some((format!("requires at most {n} {}", arguments(n)), "SRun"))
            }
            Self::Range(low, high) if !(low..=high).contains(&count) => Some((
                format!(
                    "requires at least {low} and at most {high} {}",
                    arguments(high)
                ),
                "Run",
            )),
            _ => None,
        }
    }
}

impl CommandSpec {
    /// The command of this group with the given name or alias.
    pub fn child(&self, path: &str, name: &str) -> Option<&'static CommandSpec> {
        self.children.iter().find(|child| {
            child.name == name
                || child.aliases.split(", ").any(|alias| {
                    alias
                        .strip_prefix(path)
                        .and_then(|rest| rest.strip_prefix(' '))
                        == Some(name)
                })
        })
    }

    /// Every flag.
    pub fn flags(&self) -> impl Iterator<Item = &'static Flag> + use<> {
        self.flags.iter().copied().flatten()
    }
}

/// A command with flags or without.
const fn command(
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    args: Args,
) -> CommandSpec {
    CommandSpec {
        name,
        usage,
        about,
        long: "",
        aliases: "",
        args,
        interspersed: true,
        flags: &[],
        children: &[],
        modelled: true,
    }
}

/// A group of commands.
const fn group(
    name: &'static str,
    about: &'static str,
    usage: &'static str,
    children: &'static [CommandSpec],
) -> CommandSpec {
    CommandSpec {
        children,
        ..command(name, usage, about, Args::Any)
    }
}

/// A command that is only known by name.
const fn unmodelled(name: &'static str, about: &'static str) -> CommandSpec {
    CommandSpec {
        modelled: false,
        ..command(name, "", about, Args::Any)
    }
}

/// What the help of `--format` says where a table is the usual output.
const FORMAT_LIST: &str = "Format output using a custom template:
'table':            Print output in table format with column headers (default)
'table TEMPLATE':   Print output in table format using the given Go template
'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template.
Refer to https://docs.docker.com/go/formatting/ for more information about formatting output \
with templates";

/// What the help of `--format` says where there is no table.
const FORMAT_INSPECT: &str = "Format output using a custom template:
'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template.
Refer to https://docs.docker.com/go/formatting/ for more information about formatting output \
with templates";

/// Whether a flag may be given without a value.
pub(super) fn stands_alone(flag: &Flag) -> bool {
    flag.kind == Kind::Bool
}
