//! `swarmlab man`

use std::io::{self, Write as _};

use clap::CommandFactory as _;

use crate::args::{Arguments, Man};
use crate::exit_code::ExitCode;

pub(crate) fn run(arguments: &Man) -> io::Result<ExitCode> {
    let mut command = Arguments::command();
    command.build();
    if let Some(name) = &arguments.command {
        let known: Vec<String> = command
            .get_subcommands()
            .map(|known| known.get_name().to_owned())
            .collect();
        let Some(found) = command.find_subcommand(name) else {
            let known = known.join(", ");
            anstream::eprintln!("swarmlab: there is no command {name}; there are {known}");
            return Ok(ExitCode::Input);
        };
        command = found.clone();
    }
    // Into memory first: nobody has to read on.
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    io::stdout().write_all(&page)?;
    Ok(ExitCode::Ok)
}
