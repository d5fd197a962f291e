//! Reading a scenario: a file or standard input, and what to say when it is not right.

use std::io::{self, Read as _};
use std::path::Path;

use swarmlab_core::diagnostic::Diagnostics;
use swarmlab_core::kernel;
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};

use crate::args::{Color, Overrides, Ties};

/// What is wanted of the past of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Past {
    /// All of it.
    Kept,
    /// Its records, once.
    Passing,
    /// Nothing.
    Forgotten,
}

/// Reads a scenario and sets its stage. Absent if it is not right; why has been said.
pub(crate) fn load(
    path: &Path,
    overrides: &Overrides,
    past: Past,
    color: Color,
) -> Option<(Scenario, Simulation)> {
    let text = match read(path) {
        Ok(text) => text,
        Err(error) => {
            anstream::eprintln!("swarmlab: {error}");
            return None;
        }
    };
    let name = path.to_string_lossy();
    let report = |diagnostics: &Diagnostics| report(diagnostics, &text, &name, color);
    let scenario = match Scenario::parse(&text) {
        Ok((scenario, warnings)) => {
            report(&warnings);
            scenario
        }
        Err(diagnostics) => {
            report(&diagnostics);
            return None;
        }
    };
    let options = Options {
        seed: overrides.seed,
        ties: overrides.ties.map(|ties| match ties {
            Ties::ByName => kernel::Ties::ByName,
            Ties::Seeded => kernel::Ties::Seeded,
        }),
        until: overrides.until,
        forget_past: past != Past::Kept,
        hand_over_records: past == Past::Passing,
    };
    match Simulation::new(&scenario, options) {
        Ok(simulation) => Some((scenario, simulation)),
        Err(diagnostics) => {
            report(&diagnostics);
            None
        }
    }
}

/// Shows what is not right with a text.
pub(crate) fn report(diagnostics: &Diagnostics, text: &str, name: &str, color: Color) {
    for diagnostic in &**diagnostics {
        let rendered = diagnostic.render(text, name, true);
        let mut stream = anstream::AutoStream::new(io::stderr(), color.choice());
        let _ = io::Write::write_all(&mut stream, rendered.as_bytes());
    }
    if diagnostics.omitted() > 0 {
        anstream::eprintln!("... and {} more", diagnostics.omitted());
    }
}

pub(crate) fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        io::stdin().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(path).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        })?;
    }
    Ok(text)
}

impl Color {
    /// The choice as the stream understands it.
    pub(crate) fn choice(self) -> anstream::ColorChoice {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
    }
}
