//! `cargo xtask test`: all set-up and all checks, stage by stage.
//!
//! A stage is quiet: one line with its time. The first one that fails stops the run, and what it
//! printed is shown.

mod stages;

use std::cell::OnceCell;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::conformance::{self, Report, Source};
use crate::wasm::{self, Toolchain};

use stages::{STAGES, Stage};

/// Does all set-up that the tests need and runs all of them
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Only these stages
    #[arg(long, value_name = "STAGE", value_delimiter = ',', value_parser = stage)]
    only: Vec<&'static Stage>,
    /// List the stages
    #[arg(long)]
    list: bool,
}

fn stage(name: &str) -> Result<&'static Stage, String> {
    let found = STAGES.iter().find(|stage| stage.name == name);
    found.ok_or_else(|| "there is no such stage; `cargo xtask test --list` names them".to_owned())
}

/// What several stages need: made once, by whoever needs it first.
#[derive(Debug, Default)]
struct Shared {
    toolchain: OnceCell<Toolchain>,
    package: OnceCell<wasm::Package>,
    report: OnceCell<Report>,
}

impl Shared {
    fn toolchain(&self) -> anyhow::Result<Toolchain> {
        or_try_init(&self.toolchain, Toolchain::set_up).copied()
    }

    fn package(&self) -> anyhow::Result<&wasm::Package> {
        or_try_init(&self.package, || wasm::build(self.toolchain()?))
    }

    fn report(&self) -> anyhow::Result<&Report> {
        or_try_init(&self.report, || conformance::run(&Source::own(), None))
    }
}

fn or_try_init<T>(
    cell: &OnceCell<T>,
    make: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<&T> {
    if cell.get().is_none() {
        let _ = cell.set(make()?);
    }
    Ok(cell.get().expect("it has just been set"))
}

/// Runs the stages.
pub fn main(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    if arguments.list {
        for stage in STAGES {
            writeln!(out, "{:<12} {}", stage.name, stage.about)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let stages: Vec<&Stage> = if arguments.only.is_empty() {
        STAGES.iter().collect()
    } else {
        arguments.only.clone()
    };
    let shared = Shared::default();
    let start = Instant::now();
    let mut test_counts = Vec::new();
    for (index, stage) in stages.iter().enumerate() {
        write!(out, "{:<12} ", stage.name)?;
        out.flush()?;
        let stage_start = Instant::now();
        let result = (stage.run)(&shared);
        let time = seconds(stage_start.elapsed());
        match result {
            Ok(note) => {
                writeln!(out, "ok {time:>8}  {note}")?;
                test_counts.extend(note.strip_suffix(" tests").map(str::to_owned));
            }
            Err(error) => {
                writeln!(out, "FAILED {time:>4}\n\n{error:#}\n")?;
                let (name, count) = (stage.name, stages.len());
                writeln!(out, "{name} failed; {index} of {count} stages passed")?;
                writeln!(out, "again: cargo xtask test --only {name}")?;
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    let (count, time) = (stages.len(), seconds(start.elapsed()));
    writeln!(out, "\nall {count} stages passed in {time}")?;
    // A stage passes only if none of its tests fails.
    let tests: u32 = test_counts
        .iter()
        .filter_map(|count| count.parse::<u32>().ok())
        .sum();
    if tests > 0 {
        writeln!(out, "{tests} passed, 0 failed")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
