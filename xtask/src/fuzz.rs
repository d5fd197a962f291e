//! `cargo xtask fuzz`: broken texts for as long as is wanted.
//!
//! The property tests of the core try a few hundred broken stack files, scenarios, docker lines and
//! inspected objects in every run of `cargo xtask test`. Here they are run again and again with
//! many more, each time with others. What fails is printed as the smallest text that does.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;

use crate::process;

/// Try broken stack files, scenarios, docker lines and inspected objects
#[derive(Clone, Debug, Args)]
pub struct Arguments {
    /// How long; a round that has begun is finished
    #[arg(long, default_value_t = 10, value_name = "N")]
    minutes: u64,
    /// How many texts of each kind are tried in one round
    #[arg(long, default_value_t = 5_000, value_name = "N")]
    cases: u32,
    /// Only tests whose names contain this, such as `lines`
    #[arg(long, default_value = "broken_", value_name = "TEXT")]
    only: String,
}

/// Runs rounds until the time is over or something fails.
pub fn main(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let until = Instant::now() + Duration::from_secs(arguments.minutes.saturating_mul(60));
    let mut out = std::io::stdout();
    let mut rounds = 0_u64;
    loop {
        let mut cargo = process::cargo();
        cargo.args(["test", "--package", "swarmlab-core", "--test", "properties"]);
        cargo.args(["--quiet", "--", &arguments.only]);
        cargo.env("PROPTEST_CASES", arguments.cases.to_string());
        if let Err(error) = process::run(&mut cargo) {
            writeln!(out, "round {}:\n{error}", rounds + 1)?;
            return Ok(ExitCode::FAILURE);
        }
        rounds += 1;
        writeln!(
            out,
            "round {rounds}: {} texts of each kind",
            arguments.cases
        )?;
        if Instant::now() >= until {
            return Ok(ExitCode::SUCCESS);
        }
    }
}
