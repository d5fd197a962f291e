//! `swarmlab run`

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use swarmlab_core::report::availability::{Availability, Watch};
use swarmlab_core::report::json;
use swarmlab_core::report::timeline::{Kind, Line, Teller};
use swarmlab_core::report::traffic::{self, TrafficView};
use swarmlab_core::report::view::{raft, raft_table};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{End, ExpectationOutcome, Simulation};
use swarmlab_core::time::SimTime;

use crate::args::{Color, Format, Run, Show};
use crate::exit_code::ExitCode;
use crate::input::{self, Past};
use crate::output;
use crate::progress::Progress;

/// What has been told is flushed, and how far it is is shown, after so many events.
const EVENTS_PER_TURN: u64 = 256;

pub(crate) fn run(arguments: &Run, color: Color) -> io::Result<ExitCode> {
    let mut out = output::stdout(color);
    let mut tally = Tally::default();
    for (index, path) in arguments.files.iter().enumerate() {
        let is_first = index == 0;
        tally.count(play(path, is_first, arguments, color, &mut out)?);
        out.flush()?;
    }
    if arguments.files.len() > 1 && arguments.format == Format::Text {
        writeln!(out, "\n{tally}")?;
    }
    out.flush()?;
    Ok(tally.worst)
}

/// How the files went.
#[derive(Default)]
struct Tally {
    counts: [usize; 3],
    worst: ExitCode,
}

impl Tally {
    fn count(&mut self, code: ExitCode) {
        if let Some(count) = self.counts.get_mut(code as usize) {
            *count += 1;
        }
        self.worst = self.worst.max(code);
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [ok, failed, wrong] = self.counts;
        write!(
            f,
            "{HEADING}{} files{HEADING:#}: {ok} as expected",
            ok + failed + wrong
        )?;
        if failed > 0 {
            write!(f, ", {BAD}{failed} with expectations that fail{BAD:#}")?;
        }
        if wrong > 0 {
            write!(f, ", {BAD}{wrong} that cannot be played{BAD:#}")?;
        }
        Ok(())
    }
}

/// Plays one file and tells it while it goes on.
fn play(
    path: &Path,
    is_first: bool,
    arguments: &Run,
    color: Color,
    out: &mut impl Write,
) -> io::Result<ExitCode> {
    let is_told = !(arguments.quiet && arguments.format == Format::Text);
    let past = if is_told {
        Past::Passing
    } else {
        Past::Forgotten
    };
    let loaded = input::load(path, &arguments.overrides, past, color);
    let Some((scenario, mut simulation)) = loaded else {
        return Ok(ExitCode::Input);
    };
    let is_streamed = match arguments.format {
        Format::Text => !arguments.quiet,
        Format::Json => false,
        Format::Jsonl => true,
    };
    let mut progress = Progress::new(!(is_streamed && output::is_watched()));
    let mut watch = match arguments.format {
        Format::Json => Watch::default(),
        // Whoever reads records can draw it, and a long run has a long one.
        Format::Text | Format::Jsonl => Watch::without_series(),
    };
    let mut seconds = traffic::Watch::default();
    let mut teller = Teller::new(&scenario);
    let mut last = None;
    if arguments.format == Format::Text {
        if !is_first {
            writeln!(out)?;
        }
        write_head(out, &scenario, path, arguments)?;
    }
    let end = loop {
        let end = simulation.run_events(EVENTS_PER_TURN);
        for record in simulation.take_records() {
            watch.see(&record);
            match arguments.format {
                Format::Text => {
                    for line in teller.see(&record) {
                        write_line(out, &line, &mut last)?;
                    }
                }
                Format::Json => seconds.see(&record),
                Format::Jsonl => {
                    let ids = &simulation.swarm().kernel.ids;
                    writeln!(out, "{}", json::record(&record, ids))?;
                }
            }
        }
        if let Some(end) = end {
            break end;
        }
        out.flush()?;
        progress.show(&simulation);
    };
    drop(progress);
    let played = Played {
        path,
        scenario: &scenario,
        simulation: &simulation,
        services: watch.services(simulation.moment().time),
        traffic: seconds.with_sums(traffic::sums(&simulation)),
        end,
    };
    match arguments.format {
        Format::Text => {
            if is_told {
                for line in teller.finish() {
                    write_line(out, &line, &mut last)?;
                }
                writeln!(out)?;
            } else {
                played.write_failures(out)?;
            }
            if arguments.show.contains(&Show::Raft) {
                write!(out, "{}", raft_table(&simulation.swarm().kernel))?;
                writeln!(out)?;
            }
            played.write_end(out, arguments)?;
        }
        Format::Json => writeln!(out, "{}", played.result(arguments))?,
        Format::Jsonl => {
            let mut result = played.result(arguments);
            result["kind"] = "result".into();
            writeln!(out, "{result}")?;
        }
    }
    Ok(if played.failed_count() > 0 {
        ExitCode::Expectation
    } else {
        ExitCode::Ok
    })
}

/// A scenario that has been played to its end.
struct Played<'p> {
    path: &'p Path,
    scenario: &'p Scenario,
    simulation: &'p Simulation,
    /// What their users saw of the services. Nothing is known if nothing was told.
    services: Vec<Availability>,
    /// What became of the requests of clients.
    traffic: Vec<TrafficView>,
    end: End,
}

const HEADING: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const TROUBLE: Style = AnsiColor::Yellow.on_default();
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
        for service in self
            .services
            .iter()
            .filter(|service| service.lowest.is_some())
        {
            writeln!(out, "{TROUBLE}! {service}{TROUBLE:#}")?;
        }
        for client in &self.traffic {
            let (mark, style) = if client.counts.failed() > 0 {
                ('!', TROUBLE)
            } else {
                ('·', Style::new())
            };
            writeln!(out, "{style}{mark} {client}{style:#}")?;
            for share in client.tasks.iter().filter(|_| !arguments.quiet) {
                let node = share.node.as_deref().unwrap_or_default();
                let (name, count) = (&share.name, share.count);
                writeln!(out, "    {DIM}{name} on {node} answered {count}{DIM:#}")?;
            }
        }
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

    fn result(&self, arguments: &Run) -> Value {
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
        let mut result = json!({
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
            "services": self.services,
            "traffic": self.traffic,
        });
        if arguments.show.contains(&Show::Raft) {
            result["raft"] = json!(raft(&self.simulation.swarm().kernel));
        }
        result
    }
}

/// What is played.
fn write_head(
    out: &mut impl Write,
    scenario: &Scenario,
    path: &Path,
    arguments: &Run,
) -> io::Result<()> {
    let title = scenario.title.as_deref().unwrap_or("Untitled");
    let path = path.display();
    writeln!(out, "{HEADING}{title}{HEADING:#}  {DIM}{path}{DIM:#}")?;
    if arguments.quiet {
        return Ok(());
    }
    if let Some(description) = &scenario.description {
        writeln!(out, "{}", description.trim())?;
    }
    writeln!(out)
}

/// A line of the time line; the moment is told once.
fn write_line(out: &mut impl Write, line: &Line, last: &mut Option<SimTime>) -> io::Result<()> {
    let at = if last.replace(line.at) == Some(line.at) {
        String::new()
    } else {
        line.at.to_string()
    };
    let style = match line.kind {
        Kind::Command => TYPED,
        Kind::Output | Kind::Change => Style::new(),
        Kind::Error | Kind::Trouble | Kind::Fault => TROUBLE,
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
