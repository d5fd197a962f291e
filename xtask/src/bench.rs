//! `cargo xtask bench`: how fast it is.

use std::process::ExitCode;

use crate::process;

/// Runs the benches
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// One file of benches, such as `moments`; without it all are run
    name: Option<String>,
    /// What is handed on to criterion, such as a filter or `--save-baseline NAME`
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Runs them and prints what criterion prints.
pub fn main(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut command = process::cargo();
    command.args(["bench", "--package", "swarmlab-benches"]);
    if let Some(name) = &arguments.name {
        command.args(["--bench", name]);
    }
    command.arg("--").args(&arguments.rest);
    let status = command.status()?;
    Ok(ExitCode::from(u8::from(!status.success())))
}
