//! `swarmlab import`

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use swarmlab_core::import::{Input, import};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};

use crate::args::{self, Color};
use crate::exit_code::ExitCode;
use crate::input;

pub(crate) fn run(arguments: &args::Import, color: Color) -> io::Result<ExitCode> {
    let standard_input = [PathBuf::from("-")];
    let files = match arguments.files.as_slice() {
        [] => &standard_input[..],
        files => files,
    };
    let texts: Vec<String> = files
        .iter()
        .map(|path| input::read(path))
        .collect::<io::Result<_>>()?;
    let inputs: Vec<Input<'_>> = texts.iter().map(|text| Input { text }).collect();
    let imported = import(&inputs, arguments.redact);
    for ((path, text), diagnostics) in files.iter().zip(&texts).zip(&imported.diagnostics) {
        let name = if path == Path::new("-") {
            "standard input".into()
        } else {
            path.to_string_lossy()
        };
        input::report(diagnostics, text, &name, color);
    }
    let Some(mut scenario) = imported.scenario else {
        return Ok(ExitCode::Input);
    };
    if let Some(title) = &arguments.title {
        scenario.title = Some(title.clone());
    }
    let text = scenario.to_yaml();
    let name = match &arguments.output {
        Some(path) => path.to_string_lossy(),
        None => "the scenario".into(),
    };
    // What a simulation would refuse is told now, and written all the same: it can be mended.
    let mut code = ExitCode::Ok;
    match Scenario::parse(&text).and_then(|(scenario, warnings)| {
        Simulation::new(&scenario, Options::default()).map(|_| warnings)
    }) {
        Ok(warnings) => input::report(&warnings, &text, &name, color),
        Err(mistakes) => {
            input::report(&mistakes, &text, &name, color);
            code = ExitCode::Input;
        }
    }
    match &arguments.output {
        Some(path) => std::fs::write(path, text).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        })?,
        None => anstream::stdout().write_all(text.as_bytes())?,
    }
    Ok(code)
}
