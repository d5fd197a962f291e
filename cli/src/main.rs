//! The `swarmlab` program: a thin shell around the core.
//!
//! Arguments in `args`, one file a command in `commands`, how a run ends in `exit_code`. What a
//! swarm is, is none of this program's business.

mod args;
mod commands;
mod exit_code;
mod input;
mod output;
mod progress;

use std::path::Path;

use clap::Parser as _;
use clap::error::{ContextKind, ContextValue};

use args::{Arguments, Command};
use exit_code::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let Some(file) = lone_file(&error) else {
                error.exit()
            };
            anstream::eprintln!("swarmlab: {file} is a file: `swarmlab run {file}` plays it");
            return ExitCode::Input.into();
        }
    };
    let result = match arguments.command {
        Command::Run(run) => commands::run::run(&run, arguments.color),
        Command::Shell(shell) => commands::shell::run(&shell, arguments.color),
        Command::Plan(plan) => commands::plan::run(&plan, arguments.color),
        Command::Import(import) => commands::import::run(&import, arguments.color),
        Command::Explain(explain) => commands::explain::run(&explain, arguments.color),
        Command::Diagnostic(diagnostic) => commands::diagnostic::run(&diagnostic),
        Command::Schema(schema) => commands::schema::run(&schema),
        Command::Completions(completions) => commands::completions::run(&completions),
        Command::Man(man) => commands::man::run(&man),
    };
    match result {
        Ok(code) => code.into(),
        // Whoever reads has seen enough: not a failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::Ok.into(),
        Err(error) => {
            anstream::eprintln!("swarmlab: {error}");
            ExitCode::Input.into()
        }
    }
}

/// The file that stands where a command should: the first thing that people try.
fn lone_file(error: &clap::Error) -> Option<&str> {
    match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) if Path::new(word).is_file() => Some(word),
        _ => None,
    }
}
