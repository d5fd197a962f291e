//! Flags as pflag reads them, with pflag's own words for what is wrong.
//!
//! Upstream: `spf13/pflag flag.go`. A value is read as soon as its flag is met, so the first
//! mistake of a line is the one that is reported. Left out: `-h`'s notice of deprecation.

use super::tree::stands_alone;
use super::values::{self, Filter, Value};

/// A flag of a command: one row of its help, and how its value is read.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Its name, without dashes.
    pub name: &'static str,
    /// Its one-letter name.
    pub short: Option<char>,
    /// How its value is read.
    pub kind: Kind,
    /// What its help calls the value, where that is not the kind's usual word.
    pub shown_as: Option<&'static str>,
    /// The default as its help shows it; empty for none.
    pub default: &'static str,
    /// What it is for.
    pub about: &'static str,
}

/// How the value of a flag is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`; present alone means true.
    Bool,
    /// Any text.
    Text,
    /// A list: one value each time.
    List(Item),
    /// A list: values with commas between them.
    Strings,
    /// A signed number.
    Int,
    /// A number.
    Uint,
    /// A share, as a decimal.
    Ratio,
    /// A duration in Go's spelling.
    Duration,
    /// The same, which may be negative.
    SignedDuration,
    /// An amount of CPU.
    Cpu,
    /// An amount of memory.
    Bytes,
    /// A command line in one word.
    Words,
    /// `name=value` of a filter.
    Filter,
    /// A published port.
    Port,
    /// A mount.
    Mount,
    /// A network.
    Network,
    /// A placement preference.
    Preference,
    /// A secret or a config.
    Reference(ReferenceKind),
    /// A ulimit.
    Ulimit,
    /// A Windows credential spec.
    CredentialSpec,
    /// A certificate authority outside of the swarm.
    ExternalCa,
}

/// What each value of a list must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// Anything.
    Any,
    /// `key=value` with a key.
    Label,
    /// `KEY=value` or `KEY`.
    Env,
    /// `host:ip` or `host=ip`.
    Host,
    /// An IP address.
    Ip,
    /// A domain.
    Domain,
    /// `kind=amount`.
    GenericResource,
}

/// What a file reference refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceKind {
    /// A secret.
    Secret,
    /// A config.
    Config,
}

impl Kind {
    /// The word of the help for a value of this kind; empty where none is shown.
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::Bool => "",
            Self::Text => "string",
            Self::List(_) => "list",
            Self::Strings => "strings",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Ratio => "float",
            Self::Duration | Self::SignedDuration => "duration",
            Self::Cpu => "decimal",
            Self::Bytes => "bytes",
            Self::Words => "command",
            Self::Filter => "filter",
            Self::Port => "port",
            Self::Mount => "mount",
            Self::Network => "network",
            Self::Preference => "pref",
            Self::Reference(ReferenceKind::Secret) => "secret",
            Self::Reference(ReferenceKind::Config) => "config",
            Self::Ulimit => "ulimit",
            Self::CredentialSpec => "credential-spec",
            Self::ExternalCa => "external-ca",
        }
    }
}

/// A flag without a short name and a default.
pub const fn flag(name: &'static str, kind: Kind, about: &'static str) -> Flag {
    Flag {
        name,
        short: None,
        kind,
        shown_as: None,
        default: "",
        about,
    }
}

impl Flag {
    /// The flag with a one-letter name.
    #[must_use]
    pub const fn short(self, short: char) -> Self {
        Self {
            short: Some(short),
            ..self
        }
    }

    /// The flag with another word for its value.
    #[must_use]
    pub const fn shown_as(self, word: &'static str) -> Self {
        Self {
            shown_as: Some(word),
            ..self
        }
    }

    /// The flag with a default.
    #[must_use]
    pub const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// What its help calls the value; empty for a flag without one.
    pub fn type_name(&self) -> &'static str {
        self.shown_as.unwrap_or(self.kind.type_name())
    }
}

/// The flag that every command has and no help shows.
const HELP: Flag = flag("help", Kind::Bool, "Print usage").short('h');

/// The flags that were given and the arguments that are left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matches {
    given: Vec<(&'static str, Value)>,
    /// Words that are no flags.
    pub args: Vec<String>,
}

/// What is wrong with the flags of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagError {
    /// In pflag's words.
    pub message: String,
    /// The name of a flag that does not exist.
    pub unknown: Option<String>,
}

impl FlagError {
    fn new(message: String) -> Self {
        Self {
            message,
            unknown: None,
        }
    }
}

/// Reads the flags of a command. Where flags may not be `interspersed`, the first argument ends
/// them; `--` always does.
pub fn parse(
    flags: &[&[Flag]],
    interspersed: bool,
    words: &[String],
) -> Result<Matches, FlagError> {
    let mut matches = Matches::default();
    let mut rest = words.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        if let Some(long) = word.strip_prefix("--") {
            if long.is_empty() {
                matches.args.extend(rest.map(str::to_owned));
                break;
            }
            matches.read_long(flags, long, &mut rest)?;
        } else if word.len() > 1 && word.starts_with('-') {
            matches.read_short(flags, &word[1..], &mut rest)?;
        } else {
            matches.args.push(word.to_owned());
            if !interspersed {
                matches.args.extend(rest.map(str::to_owned));
                break;
            }
        }
    }
    Ok(matches)
}

impl Matches {
    fn read_long<'a>(
        &mut self,
        flags: &[&[Flag]],
        word: &str,
        rest: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), FlagError> {
        if word.starts_with(['-', '=']) {
            return Err(FlagError::new(format!("bad flag syntax: --{word}")));
        }
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let Some(flag) = find(flags, |flag| flag.name == name) else {
            return Err(FlagError {
                message: format!("unknown flag: --{name}"),
                unknown: Some(name.to_owned()),
            });
        };
        let value = match value {
            Some(value) => value,
            None if stands_alone(&flag) => "true",
            None => rest
                .next()
                .ok_or_else(|| FlagError::new(format!("flag needs an argument: --{name}")))?,
        };
        self.set(&flag, value)
    }

    fn read_short<'a>(
        &mut self,
        flags: &[&[Flag]],
        word: &str,
        rest: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), FlagError> {
        let mut letters = word;
        while let Some(letter) = letters.chars().next() {
            let after = &letters[letter.len_utf8()..];
            let Some(flag) = find(flags, |flag| flag.short == Some(letter)) else {
                return Err(FlagError {
                    message: format!("unknown shorthand flag: {letter:?} in -{letters}"),
                    unknown: None,
                });
            };
            let assigned = after.strip_prefix('=').filter(|value| !value.is_empty());
            if let Some(value) = assigned {
                return self.set(&flag, value);
            }
            if stands_alone(&flag) {
                self.set(&flag, "true")?;
                letters = after;
                continue;
            }
            if !after.is_empty() {
                return self.set(&flag, after);
            }
            let missing =
                || FlagError::new(format!("flag needs an argument: {letter:?} in -{letters}"));
            return self.set(&flag, rest.next().ok_or_else(missing)?);
        }
        Ok(())
    }

    fn set(&mut self, flag: &Flag, text: &str) -> Result<(), FlagError> {
        let value = values::read(flag.kind, text).map_err(|reason| {
            let name = match flag.short {
                Some(short) => format!("-{short}, --{}", flag.name),
                None => format!("--{}", flag.name),
            };
            FlagError::new(format!(
                "invalid argument {text:?} for \"{name}\" flag: {reason}"
            ))
        })?;
        self.given.push((flag.name, value));
        Ok(())
    }

    /// Whether a flag was given at all.
    pub fn changed(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| *given == name)
    }

    /// Whether any flag was given.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// The names of the flags that were given, in the order of the line.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.given.iter().map(|(name, _)| *name)
    }

    /// Changes the values that were given, one after the other.
    pub(super) fn edit<E>(
        &mut self,
        mut edit: impl FnMut(&str, &mut Value) -> Result<(), E>,
    ) -> Result<(), E> {
        self.given
            .iter_mut()
            .try_for_each(|(name, value)| edit(name, value))
    }

    /// The conditions of `--filter`.
    pub fn filters(&self) -> Vec<Filter> {
        self.all("filter")
            .filter_map(|value| match value {
                Value::Filter(filter) => Some(filter.clone()),
                _ => None,
            })
            .collect()
    }

    /// Every value that a flag was given, in the order of the line.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Value> {
        self.given
            .iter()
            .filter(move |(given, _)| *given == name)
            .map(|(_, value)| value)
    }

    /// The value that counts: the last one.
    pub fn last(&self, name: &str) -> Option<&Value> {
        self.given
            .iter()
            .rev()
            .find(|(given, _)| *given == name)
            .map(|(_, value)| value)
    }

    /// A switch; off unless given.
    pub fn flag(&self, name: &str) -> bool {
        self.bool(name).unwrap_or(false)
    }

    /// A switch, if it was given.
    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.last(name)? {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A text, if it was given.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.last(name)? {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// A text; empty unless given.
    pub fn text_or_empty(&self, name: &str) -> String {
        self.text(name).unwrap_or_default()
    }

    /// The texts of a list.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for value in self.all(name) {
            match value {
                Value::Text(text) => texts.push(text.clone()),
                Value::Texts(more) => texts.extend(more.iter().cloned()),
                _ => {}
            }
        }
        texts
    }

    /// A number, if it was given.
    pub fn uint(&self, name: &str) -> Option<u64> {
        match self.last(name)? {
            Value::Uint(value) => Some(*value),
            _ => None,
        }
    }

    /// A signed number (CPU and memory too), if it was given.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.last(name)? {
            Value::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// A duration in nanoseconds, if it was given.
    pub fn nanos(&self, name: &str) -> Option<u64> {
        match self.last(name)? {
            Value::Nanos(value) => Some(*value),
            _ => None,
        }
    }

    /// A share, if it was given.
    pub fn ratio(&self, name: &str) -> Option<f32> {
        match self.last(name)? {
            Value::Ratio(value) => Some(*value),
            _ => None,
        }
    }
}

fn find(flags: &[&[Flag]], test: impl Fn(&Flag) -> bool) -> Option<Flag> {
    let own = flags.iter().copied().flatten().copied().find(&test);
    own.or_else(|| test(&HELP).then_some(HELP))
}
