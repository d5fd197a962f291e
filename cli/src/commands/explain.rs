//! `swarmlab explain`

use std::io::{self, Write as _};

use swarmlab_core::report::why;

use crate::args::{Color, Explain, ExplainFormat};
use crate::exit_code::ExitCode;
use crate::input::{self, Past};
use crate::output;

pub(crate) fn run(arguments: &Explain, color: Color) -> io::Result<ExitCode> {
    let loaded = input::load(&arguments.file, &arguments.overrides, Past::Kept, color);
    let Some((_, mut simulation)) = loaded else {
        return Ok(ExitCode::Input);
    };
    match arguments.at {
        Some(at) => simulation.run_until(at),
        None => {
            simulation.run_to_end();
        }
    }
    let why = match why::ask(&simulation, &arguments.task) {
        Ok(why) => why,
        Err(refusal) => {
            anstream::eprintln!("swarmlab: {refusal}");
            return Ok(ExitCode::Input);
        }
    };
    let mut out = output::stdout(color);
    match arguments.format {
        ExplainFormat::Text => write!(out, "{}", why::render(&why))?,
        ExplainFormat::Json => {
            let value = serde_json::to_value(&why).map_err(io::Error::other)?;
            writeln!(out, "{value:#}")?;
        }
    }
    out.flush()?;
    Ok(ExitCode::Ok)
}
