//! `cargo xtask ...`: all set-up and all checks of the project.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::conformance;

#[derive(Parser)]
#[command(about = "All set-up and all checks of the project")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Conformance(conformance::Arguments),
}

fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().command {
        Command::Conformance(arguments) => conformance::main(&arguments),
    }
}
