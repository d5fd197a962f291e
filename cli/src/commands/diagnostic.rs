//! `swarmlab diagnostic`

use std::io::{self, Write as _};

use swarmlab_core::diagnostic::Code;

use crate::args::Diagnostic;
use crate::exit_code::ExitCode;

pub(crate) fn run(arguments: &Diagnostic) -> io::Result<ExitCode> {
    let mut out = anstream::stdout();
    let Some(text) = &arguments.code else {
        for &code in Code::ALL {
            writeln!(out, "{code}  {}", code.title())?;
        }
        return Ok(ExitCode::Ok);
    };
    let Some(code) = Code::parse(text) else {
        anstream::eprintln!("there is no code {text}; `swarmlab diagnostic` lists them all");
        return Ok(ExitCode::Input);
    };
    writeln!(out, "{code}: {}\n\n{}", code.title(), code.explanation())?;
    Ok(ExitCode::Ok)
}
