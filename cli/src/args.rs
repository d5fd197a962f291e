//! The arguments: definitions alone, shared by the program, its completions and its man page.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use swarmlab_core::time::{SimTime, parse_duration};

/// A Docker Swarm in a bottle: simulate a cluster, see what happens, ask why
#[derive(Debug, Parser)]
#[command(version, about = ABOUT, after_help = START, after_long_help = MORE)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

const ABOUT: &str = "A Docker Swarm in a bottle: simulate a cluster, see what happens, ask why";

const START: &str = "\
Begin with `swarmlab shell`, or `swarmlab run FILE` if you have a scenario.";

const MORE: &str = "\
Examples:
  swarmlab shell                          a swarm to type docker commands at
  swarmlab run scenario.yaml              play a scenario
  swarmlab explain scenario.yaml web.3    why is this task where it is?

Exit codes:
  0  all went well
  1  an expectation does not hold, or a line fails under --strict
  2  the arguments or a file are not right";

const RUN: &str = "\
Examples:
  swarmlab run scenario.yaml
  swarmlab run --quiet scenarios/*.yaml
      only what fails, for many files
  swarmlab run --seed 7 --ties seeded scenario.yaml
      another placement that the real one could have made
  swarmlab run --until 25s --show raft scenario.yaml
      how the managers stand at that moment
  swarmlab run --format jsonl scenario.yaml | grep '\"kind\":\"fault\"'
      records as they happen, for programs";

const SHELL: &str = "\
Examples:
  swarmlab shell
  swarmlab shell --nodes 1+5
  swarmlab shell scenario.yaml            before its first step; `run until quiet` plays it
  swarmlab shell < lines.txt              prints what typing them would
  swarmlab shell --strict < lines.txt     and stops at the first line that fails

`help` inside lists all words. Lines are remembered in $XDG_STATE_HOME/swarmlab/history, or
below ~/.local/state.";

const EXPLAIN: &str = "\
Examples:
  swarmlab explain scenario.yaml web.3
  swarmlab explain --at 30s scenario.yaml web.3
  swarmlab explain scenario.yaml web.worker1      the task of a global service on worker1
  swarmlab explain scenario.yaml x7q2             by the beginning of an id, for old tasks";

const IMPORT: &str = "\
What it reads is printed by these lines at a manager of the cluster:
  docker node inspect $(docker node ls -q) > nodes.json
  docker service inspect $(docker service ls -q) > services.json
  docker network inspect $(docker network ls -q) > networks.json
  docker config inspect $(docker config ls -q) > configs.json
  docker secret inspect $(docker secret ls -q) > secrets.json
  docker info --format '{{json .}}' > info.json

Then a change can be rehearsed:
  swarmlab import *.json -o cluster.yaml
  swarmlab plan stack.yml --against cluster.yaml";

const SCHEMA: &str = "\
Editors with a YAML language server complete and check a scenario that begins with its place:

  swarmlab schema > scenario.schema.json

  # yaml-language-server: $schema=scenario.schema.json
  version: 1
  ...";

const COMPLETIONS: &str = "\
Where shells look for them:
  swarmlab completions bash > ~/.local/share/bash-completion/completions/swarmlab
  swarmlab completions zsh > \"${fpath[1]}/_swarmlab\"
  swarmlab completions fish > ~/.config/fish/completions/swarmlab.fish
  swarmlab completions elvish >> ~/.config/elvish/rc.elv
  swarmlab completions powershell >> $PROFILE";

const MAN: &str = "\
Examples:
  swarmlab man | man -l -
  swarmlab man run > swarmlab-run.1";

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play scenarios and show what happens
    #[command(after_long_help = RUN)]
    Run(Run),
    /// Type docker commands at a simulated swarm
    #[command(after_long_help = SHELL)]
    Shell(Shell),
    /// Say why a task is where it is, or why it is nowhere
    #[command(after_long_help = EXPLAIN)]
    Explain(Explain),
    /// Say what docker stack deploy would do to a cluster
    Plan(Plan),
    /// Write down a real cluster as a scenario, from what docker inspect prints
    #[command(after_long_help = IMPORT)]
    Import(Import),
    /// Explain a kind of mistake, such as E0013
    Diagnostic(Diagnostic),
    /// Print the JSON Schema of scenario files, for editors
    #[command(after_long_help = SCHEMA)]
    Schema(Schema),
    /// Print completions for a shell
    #[command(after_long_help = COMPLETIONS)]
    Completions(Completions),
    /// Print a man page
    #[command(after_long_help = MAN)]
    Man(Man),
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Scenario files; - reads from standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// What is printed; results on standard output, everything else on the error stream
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Only the result: expectations that fail, and the fingerprint
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// What is shown of the end beside the result
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) show: Vec<Show>,
}

/// What can be shown of the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Show {
    /// The managers: role, term, log, vote, whom each reaches.
    Raft,
}

#[derive(Debug, Args)]
pub(crate) struct Shell {
    /// The scenario file; one manager and two workers without it
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// So many managers and workers instead, such as 1+3
    #[arg(long, value_name = "M+W", conflicts_with = "file", value_parser = nodes)]
    pub(crate) nodes: Option<(u32, u32)>,
    /// Another seed
    #[arg(long, value_name = "N", env = "SWARMLAB_SEED")]
    pub(crate) seed: Option<u64>,
    /// Stop at the first line that fails, with exit code 1
    #[arg(long)]
    pub(crate) strict: bool,
}

/// What overrides a scenario.
#[derive(Clone, Debug, Args)]
pub(crate) struct Overrides {
    /// Another seed than that of the scenario
    #[arg(long, value_name = "N", env = "SWARMLAB_SEED")]
    pub(crate) seed: Option<u64>,
    /// What decides where SwarmKit leaves a choice to chance
    #[arg(long, value_enum, value_name = "RULE")]
    pub(crate) ties: Option<Ties>,
    /// Another end of the run, such as 90s
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) until: Option<SimTime>,
}

/// What decides where SwarmKit leaves a choice to chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ties {
    /// Names: predictable.
    ByName,
    /// The seed: every seed is another placement that the real one could have made.
    Seeded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A time line.
    Text,
    /// One object a file with the result.
    Json,
    /// One object a record as it happens, and the result at the end.
    Jsonl,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The scenario file; - reads from standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The task, such as web.3, or the beginning of its id
    #[arg(value_name = "TASK")]
    pub(crate) task: String,
    /// The moment to ask at; the end of the run by default
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<SimTime>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// What is printed
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub(crate) format: ExplainFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// Words and tables.
    Text,
    /// One object.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The command whose page it is; that of swarmlab itself without it
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}

const PLAN_EXIT_CODES: &str = "Exit codes: 0 the plan can be carried out, 1 docker refuses it or \
                               something finds no place, 2 the arguments or a file are not right. \
                               With --detailed-exitcode: 0 nothing would change, 1 as above, 2 \
                               something would.";

#[derive(Debug, Args)]
#[command(after_help = PLAN_EXIT_CODES)]
pub(crate) struct Plan {
    /// Stack files, the later over the earlier
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The name of the stack; that of the first file by default
    #[arg(long, value_name = "STACK")]
    pub(crate) name: Option<String>,
    /// The scenario whose cluster is deployed to, with what its steps have made there
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// So many managers and workers instead, such as 1+3
    #[arg(long, value_name = "M+W", conflicts_with = "against", value_parser = nodes)]
    pub(crate) nodes: Option<(u32, u32)>,
    /// The moment of the scenario at which it is deployed; its end by default
    #[arg(long, value_name = "TIME", value_parser = moment, requires = "against")]
    pub(crate) at: Option<SimTime>,
    /// Remove services that the files do not have
    #[arg(long)]
    pub(crate) prune: bool,
    /// What is printed
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub(crate) format: PlanFormat,
    /// Exit with 2 if anything would change
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

/// How a plan is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people.
    Text,
    /// As data.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Of what
    #[arg(value_enum, default_value_t = SchemaOf::Scenario, value_name = "WHAT")]
    pub(crate) of: SchemaOf,
}

/// What has a JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// Scenario files.
    Scenario,
    /// What `swarmlab plan --format json` prints.
    Plan,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// What docker inspect printed, of any kinds; standard input without a file
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Where the scenario is written; standard output by default
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace names, addresses and values by others, the same by the same
    #[arg(long)]
    pub(crate) redact: bool,
    /// What the scenario is called
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Diagnostic {
    /// The code; without one all are listed
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

fn moment(text: &str) -> Result<SimTime, String> {
    parse_duration(text)
        .map(SimTime)
        .map_err(|_| "write a time such as 90s, 1m30s or 200ms".to_owned())
}

fn nodes(text: &str) -> Result<(u32, u32), String> {
    let (managers, workers) = text.split_once('+').unwrap_or((text, "0"));
    match (managers.trim().parse(), workers.trim().parse()) {
        (Ok(managers), Ok(workers)) => Ok((managers, workers)),
        _ => Err("write managers and workers, such as 1+3".to_owned()),
    }
}
