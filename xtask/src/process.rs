//! Running other programs.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::Context as _;

/// The top of the project.
pub fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// Where builds are put.
pub fn target_dir() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR");
    named.map_or_else(|| root().join("target"), |named| root().join(named))
}

/// A program that is run at the top of the project.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    command
}

/// The cargo that runs this program.
pub fn cargo() -> Command {
    let named = std::env::var("CARGO");
    program(named.as_deref().unwrap_or("cargo"))
}

/// Runs a program to its end. What it prints is returned, or is part of the error.
pub fn run(command: &mut Command) -> anyhow::Result<String> {
    let line = describe(command);
    let output = command.output().with_context(|| format!("`{line}`"))?;
    let printed = printed(&output);
    anyhow::ensure!(
        output.status.success(),
        "{printed}\n`{line}`: {}",
        output.status
    );
    Ok(printed)
}

/// The first line that a program prints about its version; absent if there is no such program.
pub fn version(command: &mut Command) -> anyhow::Result<Option<String>> {
    let output = match command.arg("--version").output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        output => output.with_context(|| describe(command))?,
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let first = text.lines().next().map(str::to_owned);
    Ok(first.filter(|_| output.status.success()))
}

fn printed(output: &Output) -> String {
    let texts = [&output.stdout, &output.stderr];
    let texts = texts.map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned());
    texts.join("\n").trim().to_owned()
}

fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}
