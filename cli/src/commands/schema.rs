//! `swarmlab schema`

use std::io::{self, Write as _};

use crate::args::{Schema, SchemaOf};
use crate::exit_code::ExitCode;

pub(crate) fn run(arguments: &Schema) -> io::Result<ExitCode> {
    let schema = match arguments.of {
        SchemaOf::Scenario => swarmlab_core::scenario::json_schema(),
        SchemaOf::Plan => swarmlab_core::plan::json_schema(),
    };
    writeln!(io::stdout(), "{schema:#}")?;
    Ok(ExitCode::Ok)
}
