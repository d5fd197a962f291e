//! What a line needs of the managers, and what it prints when there is none that can help.

use crate::docker::data_object::DataCommand;
use crate::docker::network::NetworkCommand;
use crate::docker::node::NodeCommand;
use crate::docker::service::ServiceCommand;
use crate::docker::stack::StackCommand;
use crate::docker::{Command, Outcome, parse_line};

/// What a line needs of the managers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: the engine answers by itself.
    Nothing,
    /// A leader that answers.
    Answer,
    /// A leader that can write.
    Write,
}

/// What a line needs of the managers.
pub fn needs(line: &str) -> Needs {
    let Ok(command) = parse_line(line) else {
        return Needs::Nothing;
    };
    match command {
        Command::Info(_)
        | Command::Version(_)
        | Command::Container(_)
        | Command::Stack(StackCommand::Config(_))
        | Command::Network(NetworkCommand::Ls(_) | NetworkCommand::Inspect(_))
        | Command::Other(_) => Needs::Nothing,
        Command::Service(
            ServiceCommand::Ls(_)
            | ServiceCommand::Ps(_)
            | ServiceCommand::Inspect(_)
            | ServiceCommand::Logs(_),
        )
        | Command::Stack(
            StackCommand::Ls { .. } | StackCommand::Ps(_) | StackCommand::Services(_),
        )
        | Command::Config(DataCommand::Ls { .. } | DataCommand::Inspect { .. })
        | Command::Secret(DataCommand::Ls { .. } | DataCommand::Inspect { .. })
        | Command::Node(NodeCommand::Ls(_) | NodeCommand::Ps(_) | NodeCommand::Inspect(_)) => {
            Needs::Answer
        }
        _ => Needs::Write,
    }
}

/// What a line prints that the managers could not answer.
pub fn unavailable(line: &str, why: &str) -> Outcome {
    match parse_line(line) {
        Ok(Command::Service(ServiceCommand::Scale(scale))) => {
            let names = scale.services.iter().map(|(name, _)| name);
            let errors: Vec<String> = names
                .map(|name| format!("{name}: Error response from daemon: {why}"))
                .collect();
            Outcome::refused(errors.join("\n"))
        }
        Ok(
            Command::Node(NodeCommand::Inspect(_)) | Command::Service(ServiceCommand::Inspect(_)),
        ) => {
            let mut outcome = Outcome::refused(format!(
                "Status: Error response from daemon: {why}, Code: 1"
            ));
            outcome.stdout.push_str("[]\n");
            outcome
        }
        _ => Outcome::refused_by_daemon(why),
    }
}
