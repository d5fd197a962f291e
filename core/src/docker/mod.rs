//! The docker command language: from a line to a typed command, from typed rows to tables.
//!
//! Upstream: docker/cli 28.2.2 (`cli/command`, `opts`, `templates`) and the libraries that give
//! it its manners (cobra, pflag, text/tabwriter, go-units). Texts, tables and exit codes are
//! docker's, letter for letter; hints after them are our own.
//!
//! This module is pure: it has no store and no clock. A [`Command`] says what is asked for, and
//! what cannot be asked is an [`Outcome`] already. Nothing here knows a swarm.
//!
//! Left out: commands without a part in a swarm (they are known by name), plugins, contexts,
//! credentials, Go templates beyond fields.

pub mod container;
pub mod data_object;
pub mod flags;
pub mod help;
pub mod network;
pub mod node;
mod outcome;
pub mod print;
pub mod run;
pub mod service;
pub mod stack;
pub mod swarm;
pub mod tree;
pub mod values;
pub mod volume;
pub mod words;

pub use outcome::Outcome;

use flags::Matches;
use outcome::nearest;
use tree::{CommandSpec, ROOT};
use words::Word;

/// The version of the client whose manners these are.
pub const CLIENT_VERSION: &str = "28.2.2";

/// The commit from which that client was built.
pub const CLIENT_COMMIT: &str = "e6534b4";

/// A command that has been understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// `docker ps`, `docker kill` and what else concerns the containers of a node.
    Container(container::ContainerCommand),
    /// `docker service ...`
    Service(service::ServiceCommand),
    /// `docker node ...`
    Node(node::NodeCommand),
    /// `docker swarm ...`
    Swarm(swarm::SwarmCommand),
    /// `docker network ...`
    Network(network::NetworkCommand),
    /// `docker config ...`
    Config(data_object::DataCommand),
    /// `docker volume ...`
    Volume(volume::VolumeCommand),
    /// `docker stack ...`
    Stack(stack::StackCommand),
    /// `docker secret ...`
    Secret(data_object::DataCommand),
    /// `docker info`
    Info(EngineFormat),
    /// `docker version`
    Version(EngineFormat),
    /// Any other command whose flags are known: read, and typed by nobody yet.
    Other(Invocation),
}

/// In which form an engine introduces itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineFormat {
    /// The usual text.
    Text,
    /// An object on a line.
    Json,
    /// This text.
    Template(print::Template),
}

impl EngineFormat {
    fn read(matches: &Matches) -> Result<Self, Outcome> {
        Ok(match matches.text_or_empty("format").as_str() {
            "" => Self::Text,
            "json" => Self::Json,
            text => Self::Template(print::Template::parse(text).map_err(Outcome::refused)?),
        })
    }
}

/// A command as its flags and arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The words that name it, without `docker`: `["swarm", "init"]`. Aliases are resolved.
    pub path: Vec<&'static str>,
    /// What it was given.
    pub matches: Matches,
}

/// Reads a line. A leading `docker` may be left out; a line without words is a success without
/// output.
pub fn parse_line(line: &str) -> Result<Command, Outcome> {
    match words::split(line) {
        Ok(words) => parse(&words),
        Err(error) => Err(Outcome {
            stderr: format!("{}: {error}\n", error.at + 1),
            exit_code: 2,
            ..Outcome::default()
        }),
    }
}

/// Reads the words of a line. A leading `docker` may be left out.
pub fn parse(words: &[Word]) -> Result<Command, Outcome> {
    let words = match words {
        [] => return Err(Outcome::default()),
        [docker, rest @ ..] if docker.text == ROOT.name => rest,
        words => words,
    };
    let words: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
    typed(invocation(&words)?)
}

/// Gives a command its type.
fn typed(invocation: Invocation) -> Result<Command, Outcome> {
    let matches = &invocation.matches;
    Ok(match invocation.path.as_slice() {
        ["service", name] => Command::Service(service::ServiceCommand::read(name, matches)?),
        ["node", name] => Command::Node(node::NodeCommand::read(name, matches)?),
        ["swarm", name] => Command::Swarm(swarm::SwarmCommand::read(name, matches)?),
        ["network", name] => match network::NetworkCommand::read(name, matches)? {
            Some(command) => Command::Network(command),
            None => Command::Other(invocation),
        },
        ["volume", name] => match volume::VolumeCommand::read(name, matches)? {
            Some(command) => Command::Volume(command),
            None => Command::Other(invocation),
        },
        ["config", name] => Command::Config(data_object::DataCommand::read(name, matches)?),
        ["stack", name] => Command::Stack(stack::StackCommand::read(name, matches)?),
        ["secret", name] => Command::Secret(data_object::DataCommand::read(name, matches)?),
        ["info"] | ["system", "info"] => Command::Info(EngineFormat::read(matches)?),
        ["version"] => Command::Version(EngineFormat::read(matches)?),
        ["container", name] | [name] => {
            match container::ContainerCommand::read(name, matches, invocation.path.len() > 1) {
                Some(command) => Command::Container(command?),
                None => Command::Other(invocation),
            }
        }
        _ => Command::Other(invocation),
    })
}

/// Finds the command and reads its flags, as cobra does.
fn invocation(words: &[String]) -> Result<Invocation, Outcome> {
    let mut spec: &'static CommandSpec = &ROOT;
    let mut path = vec![ROOT.name];
    let mut words = words;
    let mut help_wanted = false;
    if words.first().is_some_and(|word| word == "help") {
        return Err(help_command(&words[1..]));
    }
    // Flags may stand before the name of a command; they belong to the group it is in.
    while let Some((index, child)) = next_command(spec, &path.join(" "), words) {
        let matches = read_flags(spec, &path, &words[..index])?;
        help_wanted |= matches.flag("help");
        words = &words[index + 1..];
        spec = child;
        path.push(child.name);
    }
    if !spec.modelled {
        let name = path.join(" ");
        return Err(Outcome::refused(format!(
            "docker: '{name}' has no part in a swarm and is not simulated"
        )));
    }
    let matches = read_flags(spec, &path, words)?;
    let name = path.join(" ");
    if help_wanted || matches.flag("help") {
        return Err(Outcome::printed(help::help(&name, spec)));
    }
    if !spec.children.is_empty() {
        return Err(group_alone(spec, &name, &matches));
    }
    if let Some((complaint, verb)) = spec.args.complaint(matches.args.len()) {
        let message = format!("docker: '{name}' {complaint}");
        return Err(Outcome::misused(&message, &name, spec, verb));
    }
    Ok(Invocation {
        path: path.split_off(1),
        matches,
    })
}

/// The next word that names a command of the group, and where it is (cobra's `Traverse`).
fn next_command(
    spec: &CommandSpec,
    path: &str,
    words: &[String],
) -> Option<(usize, &'static CommandSpec)> {
    let alone = |test: &dyn Fn(&flags::Flag) -> bool| {
        spec.flags()
            .any(|flag| test(flag) && tree::stands_alone(flag))
    };
    let mut value_follows = false;
    for (index, word) in words.iter().enumerate() {
        let has_value = word.contains('=');
        if let Some(name) = word.strip_prefix("--") {
            value_follows = !has_value && name != "help" && !alone(&|flag| flag.name == name);
        } else if word.len() > 1 && word.starts_with('-') {
            let letter = word[1..].chars().next();
            value_follows = !has_value
                && word.len() == 2
                && letter != Some('h')
                && !alone(&|flag| flag.short == letter);
        } else if value_follows {
            value_follows = false;
        } else {
            return spec.child(path, word).map(|child| (index, child));
        }
    }
    None
}

fn read_flags(spec: &CommandSpec, path: &[&str], words: &[String]) -> Result<Matches, Outcome> {
    flags::parse(spec.flags, spec.interspersed, words).map_err(|error| {
        let path = path.join(" ");
        let hint = error.unknown.as_deref().and_then(|unknown| {
            let names = spec.flags().map(|flag| flag.name);
            nearest(unknown, names).map(|name| format!("did you mean --{name}?"))
        });
        let shown = if spec.name == ROOT.name {
            // The one usage line that differs from that of the help.
            &CommandSpec {
                usage: "[OPTIONS] COMMAND [ARG...]",
                ..ROOT
            }
        } else {
            spec
        };
        Outcome::misused(&error.message, &path, shown, "Run")
            .with_exit_code(125)
            .with_hint(hint)
    })
}

/// What a group says when no command of it was named.
fn group_alone(spec: &CommandSpec, path: &str, matches: &Matches) -> Outcome {
    let Some(word) = matches.args.first() else {
        if spec.name == ROOT.name && matches.flag("version") {
            return Outcome::printed(format!(
                "Docker version {CLIENT_VERSION}, build {CLIENT_COMMIT}\n"
            ));
        }
        return Outcome {
            stderr: help::help(path, spec),
            ..Outcome::default()
        };
    };
    let names = spec.children.iter().map(|child| child.name);
    let hint = nearest(word, names).map(|name| format!("did you mean {path} {name}?"));
    let message = format!("docker: unknown command: {path} {word}");
    let refusal = if spec.name == ROOT.name {
        Outcome::refused(format!(
            "{message}\n\nRun '{path} --help' for more information"
        ))
    } else {
        Outcome::misused(&message, path, spec, "Run")
    };
    refusal.with_hint(hint)
}

/// `docker help [command]`.
fn help_command(words: &[String]) -> Outcome {
    const HELP: CommandSpec = CommandSpec {
        name: "help",
        usage: "[command]",
        about: "Help about the command",
        flags: &[],
        children: &[],
        ..ROOT
    };
    let words = match read_flags(&HELP, &[ROOT.name, HELP.name], words) {
        Ok(matches) if !matches.flag("help") => matches.args,
        Ok(_) => vec![HELP.name.to_owned()],
        Err(outcome) => return outcome,
    };
    if words == [HELP.name] {
        return Outcome::printed(help::help("docker help", &HELP));
    }
    let mut spec: &'static CommandSpec = &ROOT;
    let mut path = ROOT.name.to_owned();
    let mut rest = words.as_slice();
    while let [word, after @ ..] = rest {
        let Some(child) = spec.child(&path, word) else {
            break;
        };
        spec = child;
        path = format!("{path} {}", child.name);
        rest = after;
    }
    if !rest.is_empty() {
        return Outcome::refused(format!("unknown help topic: {}", rest.join(" ")));
    }
    Outcome::printed(help::help(&path, spec))
}

#[cfg(test)]
mod tests;
