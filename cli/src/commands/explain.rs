//! `swarmlab explain`

use std::io::{self, Write as _};

use swarmlab_core::scheduler::explain::text;

use crate::args::{Color, Explain};
use crate::exit_code::ExitCode;
use crate::input::{self, Past};

pub(crate) fn run(arguments: &Explain, color: Color) -> io::Result<ExitCode> {
    let loaded = input::load(&arguments.file, &arguments.overrides, Past::Kept, color)?;
    let Some((_, mut simulation)) = loaded else {
        return Ok(ExitCode::Input);
    };
    match arguments.at {
        Some(at) => simulation.run_until(at),
        None => {
            simulation.run_to_end();
        }
    }
    let now = simulation.moment().time;
    let Some(subject) = simulation.find_task(&arguments.task) else {
        anstream::eprintln!("there is no task {} at {now}", arguments.task);
        return Ok(ExitCode::Input);
    };
    let Some((decided_at, explanation)) = simulation.explain(subject.task) else {
        anstream::eprintln!(
            "the scheduler has not decided about {} at {now}",
            subject.name
        );
        return Ok(ExitCode::Input);
    };
    let mut out = anstream::AutoStream::new(io::stdout(), color.choice()).lock();
    if arguments.json {
        let value = serde_json::to_value(&explanation).map_err(io::Error::other)?;
        writeln!(out, "{value:#}")?;
    } else {
        writeln!(out, "At {decided_at}:")?;
        write!(out, "{}", text::render(&explanation, &subject.name))?;
    }
    Ok(ExitCode::Ok)
}
