//! The command line of the comparison, and the page that it keeps up to date.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::known::RULES;
use super::{Report, Source, run};

/// Compares the model with what the real SwarmKit did
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Directory with `oracle/*.jsonl` (or `.jsonl.gz`) and `recordings.jsonl` [default: the
    /// project's own data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Only the rows of this name, such as `placement-exact`, `placement` or `placement/basic`
    #[arg(long, value_name = "KIND")]
    only: Option<String>,
    /// Fail also if something cannot be compared yet
    #[arg(long)]
    strict: bool,
    /// Write docs/conformance.md (with the project's own data and all rows)
    #[arg(long, conflicts_with_all = ["data", "only"])]
    write: bool,
}

/// Compares, prints the table and says whether all is well.
pub fn main(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let source = arguments.data.as_ref().map_or_else(Source::own, Source::at);
    let report = run(&source, arguments.only.as_deref())?;
    let mut out = std::io::stdout().lock();
    write!(out, "{}", report.table())?;
    for (missing, lines) in report.missing() {
        writeln!(out, "not yet, {lines} lines: {missing}")?;
    }
    for (rule, lines) in report.known() {
        writeln!(out, "known difference, {lines} lines: {rule}")?;
    }
    write!(out, "{}", report.disagreement_list())?;
    if report.rows().next().is_none() {
        anyhow::bail!("there is nothing to compare: no such directory, or no such kind");
    }
    if arguments.write {
        std::fs::write(page_path(), page(&report))?;
    }
    let fails = report.disagreements() > 0 || (arguments.strict && report.not_yet() > 0);
    Ok(ExitCode::from(u8::from(fails)))
}

/// Where the page is kept.
pub fn page_path() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    workspace
        .unwrap_or(Path::new("."))
        .join("docs/conformance.md")
}

const INTRODUCTION: &str = "\
# Conformance

<!-- Written by `cargo xtask conformance --write`. -->

Does the model do what the real SwarmKit does? `xtask/data` holds what SwarmKit (commit
3e72cb64da35) itself decided; every line is played on the model and the answers are compared.

    cargo xtask conformance                        the table
    cargo xtask conformance --only placement       some rows
    cargo xtask conformance --data DIR             other data: oracle/*.jsonl, recordings.jsonl
    cargo xtask conformance --strict               fails also for what cannot be compared yet
    cargo xtask conformance --write                writes this page

The command fails if anything disagrees, and lists it.

- *agree*: the model gives an answer that the real one gave or could have given.
- *known difference*: another answer, by one of the rules below.
- *not yet*: the model lacks a part that the line is about.
- *disagree*: another answer.

What counts as the same answer:

- `placement-exact`: the real scheduler with its random choices pinned. Per node, the number that
  is left over and both error texts are equal, with ties decided by name.
- `placement`: the real scheduler with its random choices left random. Where all its runs gave one
  answer, that is the model's; where the list of answers is complete, the model's is among them. And
  every step of every recorded run is played again from the very state before it: there is a way to
  decide the ties in which the model does the same, counts and texts, up to an exchange of nodes
  that are tied in everything the scheduler looks at.
- `constraints`: the error text, or whether the node matches, is equal.
- `recordings`: whole runs of a real swarm, typed line by line; see below.
";

const RECORDINGS: &str = "
## Recordings

Every recording is played twice. Its lines are typed at the recorded moments at the recorded nodes,
and its faults happen.

- With the recorded choices: what the real swarm left to chance or to its machines is taken from the
  recording, where the model has a choice. That is which of several equally good nodes gets a task,
  the order of slots in an update, how long an engine takes to make, start and stop a container and
  how a process ends, when reports are written, when a silent node is given up, who wins an election
  and when, and when an agent that lost its leader is back. A node that the
  model's own rules exclude is not chosen. Then every task (the k-th of its place in the service), with
  its node, desired states, states, messages, errors and exit codes in order, every change of a
  service and of its update, and every printed text and exit code have to be equal; times may differ
  by 0.7 s. Between ASSIGNED and RUNNING a store may have missed states, so they count as one.
- Freely: the model makes its own choices and takes its own time. Whenever the recorded swarm had
  settled, the number of tasks in each condition and the sorted numbers of running tasks per node are
  equal, and the slots where all runs of the recording agree in them; further the sequence of
  states of every update, what stopped tasks went through, and printed texts but for names of nodes.
  While a loss has not had all its consequences nothing is compared in this way.

Connections that were tried at published ports are tried at the model, too: somebody answers or
nobody does. What a container is told by `docker exec` is read from what became of it.

In printed texts ids, join tokens, ages, times of day, the version of the engine and the width of columns do not
count, nor does a look that shows a task in the middle of a transition.
";

/// The text of the page.
pub fn page(report: &Report) -> String {
    let mut text = format!("{INTRODUCTION}\n## The table\n\n{}", report.table());
    text.push_str(RECORDINGS);
    text.push_str("\n## Known differences\n\n");
    let known = report.known();
    for rule in RULES {
        let lines = known.get(rule.title).copied().unwrap_or(0);
        let _ = writeln!(
            text,
            "- **{}** ({lines} lines): {}",
            rule.title, rule.reason
        );
    }
    if RULES.is_empty() {
        text.push_str("None.\n");
    }
    text.push_str("\n## Not yet\n\n");
    for (missing, lines) in report.missing() {
        let _ = writeln!(text, "- {lines} lines need {missing}.");
    }
    text
}
