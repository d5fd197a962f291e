//! `swarmlab schema`

use std::io::{self, Write as _};

use crate::exit_code::ExitCode;

pub(crate) fn run() -> io::Result<ExitCode> {
    let schema = swarmlab_core::scenario::json_schema();
    writeln!(io::stdout(), "{schema:#}")?;
    Ok(ExitCode::Ok)
}
