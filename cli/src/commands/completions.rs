//! `swarmlab completions`

use std::io;

use clap::CommandFactory as _;

use crate::args::{Arguments, Completions};
use crate::exit_code::ExitCode;

pub(crate) fn run(arguments: &Completions) -> io::Result<ExitCode> {
    let mut command = Arguments::command();
    // Into memory first: the generator panics when nobody reads on.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "swarmlab", &mut script);
    io::Write::write_all(&mut io::stdout(), &script)?;
    Ok(ExitCode::Ok)
}
