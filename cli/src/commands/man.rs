//! `swarmlab man`

use std::io;

use clap::CommandFactory as _;

use crate::args::Arguments;
use crate::exit_code::ExitCode;

pub(crate) fn run() -> io::Result<ExitCode> {
    clap_mangen::Man::new(Arguments::command()).render(&mut io::stdout())?;
    Ok(ExitCode::Ok)
}
