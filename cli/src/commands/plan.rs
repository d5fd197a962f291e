//! `swarmlab plan`

use std::io::{self, Write as _};
use std::path::Path;

use swarmlab_core::client::Client;
use swarmlab_core::plan::{self, Plan, Question};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::stack;

use crate::args::{self, Color, PlanFormat};
use crate::exit_code::ExitCode;
use crate::input;

pub(crate) fn run(arguments: &args::Plan, color: Color) -> io::Result<ExitCode> {
    let Some(mut scenario) = cluster(arguments, color)? else {
        return Ok(ExitCode::Input);
    };
    let here = std::env::current_dir()?;
    let here = here.to_string_lossy();
    let question = question(arguments, &here);
    bring_files(&mut scenario, arguments, &question)?;
    // What the scenario has in store for later is no part of the question.
    scenario.expectations.clear();
    scenario.until = None;
    if let Some(at) = arguments.at {
        scenario.steps.retain(|step| step.at <= at);
    }
    let mut simulation = match Simulation::new(&scenario, Options::default()) {
        Ok(simulation) => simulation,
        Err(mistakes) => {
            anstream::eprintln!("swarmlab: {mistakes}");
            return Ok(ExitCode::Input);
        }
    };
    match arguments.at {
        Some(at) => simulation.run_until(at),
        None => {
            simulation.run_to_end();
        }
    }
    let plan = plan::plan(&simulation, &scenario, &question);
    let mut out = anstream::AutoStream::new(io::stdout(), color.choice()).lock();
    match arguments.format {
        PlanFormat::Text => {
            // Names are shown as they are seen from here.
            let text = plan::render(&plan).replace(&format!("{here}/"), "");
            write!(out, "{text}")?;
        }
        PlanFormat::Json => {
            let value = serde_json::to_value(&plan).map_err(io::Error::other)?;
            writeln!(out, "{value:#}")?;
        }
    }
    Ok(exit_code(&plan, arguments.detailed_exitcode))
}

/// As other tools of this kind end: with the details, 2 says that there is something to do.
fn exit_code(plan: &Plan, detailed: bool) -> ExitCode {
    if !plan.succeeds() {
        ExitCode::Expectation
    } else if detailed && plan.has_changes() {
        ExitCode::Changes
    } else {
        ExitCode::Ok
    }
}

/// The cluster that is deployed to.
fn cluster(arguments: &args::Plan, color: Color) -> io::Result<Option<Scenario>> {
    let (text, name) = match &arguments.against {
        Some(path) => (input::read(path)?, path.to_string_lossy().into_owned()),
        None => {
            let (managers, workers) = arguments.nodes.unwrap_or((1, 2));
            let text = format!("cluster: {{managers: {managers}, workers: {workers}}}\n");
            (text, "--nodes".to_owned())
        }
    };
    match Scenario::parse(&text) {
        Ok((scenario, warnings)) => {
            input::report(&warnings, &text, &name, color);
            Ok(Some(scenario))
        }
        Err(mistakes) => {
            input::report(&mistakes, &text, &name, color);
            Ok(None)
        }
    }
}

fn question(arguments: &args::Plan, here: &str) -> Question {
    let files: Vec<String> = arguments
        .files
        .iter()
        .map(|path| swarmlab_core::client::absolute(here, &path.to_string_lossy()))
        .collect();
    let stem = arguments.files.first().and_then(|path| path.file_stem());
    let stem = stem.map(|stem| stem.to_string_lossy().into_owned());
    Question {
        stack: arguments.name.clone().or(stem).unwrap_or_default(),
        files,
        prune: arguments.prune,
    }
}

/// The simulator has no files of its own: it is given the stack files, and what they name.
fn bring_files(
    scenario: &mut Scenario,
    arguments: &args::Plan,
    question: &Question,
) -> io::Result<()> {
    let mut client = Client::default();
    for (name, value) in std::env::vars() {
        client.set_variable(&name, value.clone());
        scenario.environment.entry(name).or_insert(value);
    }
    for (path, name) in arguments.files.iter().zip(&question.files) {
        let text = input::read(path)?;
        client.give(name, text.as_str());
        scenario.files.insert(name.clone(), text);
    }
    for name in stack::further_files(&client, &question.files) {
        // One that is missing is for docker to complain about.
        if let Ok(bytes) = std::fs::read(Path::new(&name)) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            scenario.files.insert(name, text);
        }
    }
    Ok(())
}
