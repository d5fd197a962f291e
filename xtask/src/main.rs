//! `cargo xtask ...`: all set-up and all checks of the project.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{bench, conformance, fuzz, generate, playground, test};

#[derive(Parser)]
#[command(about = "All set-up and all checks of the project")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Test(test::Arguments),
    Generate(generate::Arguments),
    Conformance(conformance::Arguments),
    Bench(bench::Arguments),
    Fuzz(fuzz::Arguments),
    Playground(playground::Arguments),
}

fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().command {
        Command::Test(arguments) => test::main(&arguments),
        Command::Generate(arguments) => generate::main(&arguments),
        Command::Conformance(arguments) => conformance::main(&arguments),
        Command::Bench(arguments) => bench::main(&arguments),
        Command::Fuzz(arguments) => fuzz::main(&arguments),
        Command::Playground(arguments) => playground::main(&arguments),
    }
}
