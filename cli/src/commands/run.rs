//! `swarmlab run`

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use swarmlab_core::report::json;
use swarmlab_core::report::timeline::{self, Kind, Line};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{End, ExpectationOutcome, Simulation};
use swarmlab_core::time::SimTime;

use crate::args::{Color, Format, Run};
use crate::exit_code::ExitCode;
use crate::input;

pub(crate) fn run(arguments: &Run, color: Color) -> io::Result<ExitCode> {
    let mut worst = ExitCode::Ok;
    let mut out = anstream::AutoStream::new(io::stdout(), color.choice()).lock();
    for (index, path) in arguments.files.iter().enumerate() {
        let forget_past = arguments.format == Format::Json
            || (arguments.quiet && arguments.format == Format::Text);
        let loaded = input::load(path, &arguments.overrides, forget_past, color)?;
        let Some((scenario, mut simulation)) = loaded else {
            worst = ExitCode::Input;
            continue;
        };
        let end = simulation.run_to_end();
        let played = Played {
            path,
            scenario: &scenario,
            simulation: &simulation,
            end,
        };
        match arguments.format {
            Format::Text => {
                if index > 0 {
                    writeln!(out)?;
                }
                played.write_text(&mut out, arguments)?;
            }
            Format::Json => writeln!(out, "{}", played.result())?,
            Format::Jsonl => played.write_jsonl(&mut out)?,
        }
        if played.failed_count() > 0 {
            worst = worst.max(ExitCode::Expectation);
        }
    }
    Ok(worst)
}

/// A scenario that has been played to its end.
struct Played<'p> {
    path: &'p Path,
    scenario: &'p Scenario,
    simulation: &'p Simulation,
    end: End,
}

const HEADING: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const TYPED: Style = AnsiColor::Cyan.on_default();

impl Played<'_> {
    fn seed(&self) -> u64 {
        self.simulation.swarm().kernel.settings.seed
    }

    fn failed_count(&self) -> usize {
        let judgements = self.simulation.judgements().iter();
        judgements
            .filter(|judgement| judgement.outcome == ExpectationOutcome::Fails)
            .count()
    }

    fn write_text(&self, out: &mut impl Write, arguments: &Run) -> io::Result<()> {
        let title = self.scenario.title.as_deref().unwrap_or("Untitled");
        writeln!(
            out,
            "{HEADING}{title}{HEADING:#}  {DIM}{}{DIM:#}",
            self.path.display()
        )?;
        if arguments.quiet {
            self.write_failures(out)?;
        } else {
            if let Some(description) = &self.scenario.description {
                writeln!(out, "{}", description.trim())?;
            }
            writeln!(out)?;
            let store = &self.simulation.swarm().kernel.store;
            let lines = timeline::lines(self.simulation.records(), store, self.scenario);
            let mut last = None;
            for line in &lines {
                write_line(out, line, last)?;
                last = Some(line.at);
            }
            writeln!(out)?;
        }
        self.write_end(out, arguments)
    }

    /// The expectations that do not hold.
    fn write_failures(&self, out: &mut impl Write) -> io::Result<()> {
        let both = self
            .scenario
            .expectations
            .iter()
            .zip(self.simulation.judgements());
        for (expectation, judgement) in both {
            if judgement.outcome == ExpectationOutcome::Fails {
                let line = expectation.span.line;
                let (claim, seen) = (&expectation.claim, &judgement.seen);
                writeln!(out, "{BAD}✗{BAD:#} line {line}: {claim}: seen {seen}")?;
            }
        }
        Ok(())
    }

    fn write_end(&self, out: &mut impl Write, arguments: &Run) -> io::Result<()> {
        let count = self.scenario.expectations.len();
        let failed = self.failed_count();
        if failed > 0 {
            writeln!(out, "{BAD}✗ {failed} of {count} expectations fail{BAD:#}")?;
        } else if count > 0 {
            writeln!(out, "{GOOD}✓ {count} of {count} expectations hold{GOOD:#}")?;
        }
        let now = self.simulation.moment().time;
        let why = match self.end {
            End::Until => "as asked",
            End::Quiet => "nothing is left to happen",
            End::Overtime => "still busy long after the last step; --until goes on",
            End::TooManyEvents => "too many events",
        };
        writeln!(out, "{DIM}ended at {now}: {why}{DIM:#}")?;
        let mut again = format!(
            "swarmlab run {} --seed {}",
            self.path.display(),
            self.seed()
        );
        if let Some(ties) = arguments.overrides.ties {
            let word = clap::ValueEnum::to_possible_value(&ties);
            if let Some(word) = word {
                let _ = write!(again, " --ties {}", word.get_name());
            }
        }
        if let Some(until) = arguments.overrides.until {
            let until = swarmlab_core::time::format_duration(until.as_nanos());
            let _ = write!(again, " --until {until}");
        }
        let fingerprint = self.simulation.fingerprint();
        writeln!(
            out,
            "fingerprint {HEADING}{fingerprint}{HEADING:#}  {DIM}→ {again}{DIM:#}"
        )
    }

    fn write_jsonl(&self, out: &mut impl Write) -> io::Result<()> {
        let ids = &self.simulation.swarm().kernel.ids;
        for record in self.simulation.records() {
            writeln!(out, "{}", json::record(record, ids))?;
        }
        let mut result = self.result();
        result["kind"] = "result".into();
        writeln!(out, "{result}")
    }

    fn result(&self) -> Value {
        let both = self
            .scenario
            .expectations
            .iter()
            .zip(self.simulation.judgements());
        let expectations: Vec<Value> = both
            .map(|(expectation, judgement)| {
                json!({
                    "line": expectation.span.line,
                    "claim": expectation.claim.to_string(),
                    "why": expectation.why,
                    "outcome": judgement.outcome,
                    "at_ns": judgement.at.map(SimTime::as_nanos),
                    "seen": judgement.seen,
                })
            })
            .collect();
        let moment = self.simulation.moment();
        json!({
            "schema_version": json::SCHEMA_VERSION,
            "file": self.path.to_string_lossy(),
            "title": self.scenario.title,
            "seed": self.seed(),
            "fingerprint": self.simulation.fingerprint(),
            "ended_at_ns": moment.time.as_nanos(),
            "end": match self.end {
                End::Until => "until",
                End::Quiet => "quiet",
                End::Overtime => "overtime",
                End::TooManyEvents => "too-many-events",
            },
            "events": moment.events,
            "expectations": expectations,
            "failed": self.failed_count(),
        })
    }
}

/// A line of the time line; the moment is told once.
fn write_line(out: &mut impl Write, line: &Line, last: Option<SimTime>) -> io::Result<()> {
    let at = if last == Some(line.at) {
        String::new()
    } else {
        line.at.to_string()
    };
    let style = match line.kind {
        Kind::Command => TYPED,
        Kind::Output | Kind::Change => Style::new(),
        Kind::Error | Kind::Trouble | Kind::Fault => AnsiColor::Yellow.on_default(),
        Kind::Note => DIM,
        Kind::Holds => GOOD,
        Kind::Fails => BAD,
    };
    for (index, text) in line.text.lines().enumerate() {
        let (at, mark) = if index == 0 {
            (at.as_str(), line.kind.mark())
        } else {
            ("", ' ')
        };
        writeln!(out, "{DIM}{at:>9}{DIM:#}  {style}{mark} {text}{style:#}")?;
    }
    Ok(())
}
