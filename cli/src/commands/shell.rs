//! `swarmlab shell`

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{Context, Editor, Helper};
use swarmlab_core::console::{Console, Request};
use swarmlab_core::scenario::Scenario;

use crate::args::{Color, Shell};
use crate::exit_code::ExitCode;
use crate::input;

pub(crate) fn run(arguments: &Shell, color: Color) -> io::Result<ExitCode> {
    let (text, name) = match &arguments.file {
        Some(path) => (input::read(path)?, path.to_string_lossy()),
        None => (cluster(arguments.nodes.unwrap_or((1, 2))), "--nodes".into()),
    };
    let console = Scenario::parse(&text).and_then(|(mut scenario, warnings)| {
        input::report(&warnings, &text, &name, color);
        scenario.seed = arguments.seed.unwrap_or(scenario.seed);
        Console::new(scenario)
    });
    let console = match console {
        Ok(console) => console,
        Err(mistakes) => {
            input::report(&mistakes, &text, &name, color);
            return Ok(ExitCode::Input);
        }
    };
    if io::stdin().is_terminal() {
        converse(console, arguments.strict)
    } else {
        transcribe(console, arguments.strict)
    }
}

/// A cluster of the shell's own.
fn cluster((managers, workers): (u32, u32)) -> String {
    let mut text = "cluster:\n  nodes:\n".to_owned();
    for number in 1..=managers {
        let suffix = if managers == 1 {
            String::new()
        } else {
            number.to_string()
        };
        let _ = writeln!(text, "  - {{name: swarm-manager{suffix}, role: manager}}");
    }
    for number in 1..=workers {
        let _ = writeln!(text, "  - {{name: swarm-worker{number}}}");
    }
    text
}

/// Whether to go on after a line.
enum Next {
    Line,
    /// The line failed.
    Failed,
    Exit,
}

/// Types a line and does what the console asks for.
///
/// `may_overwrite` is asked about a file that is there already.
fn enter(
    console: &mut Console,
    line: &str,
    may_overwrite: impl FnOnce(&str) -> io::Result<bool>,
) -> io::Result<Next> {
    let mut out = anstream::stdout().lock();
    let mut answer = console.type_line(line);
    match answer.request.take() {
        None => {}
        Some(Request::Exit) => return Ok(Next::Exit),
        Some(Request::Save {
            path,
            text,
            overwrites,
        }) => {
            if !overwrites && Path::new(&path).exists() && !may_overwrite(&path)? {
                answer.text = format!("{path} is there already; `save! {path}` overwrites it\n");
                answer.exit_code = 1;
            } else if let Err(error) = std::fs::write(&path, text) {
                (answer.text, answer.exit_code) = (format!("{path}: {error}\n"), 1);
            } else {
                answer.text = format!("saved in {path}\n");
            }
        }
        Some(Request::Load { path }) => match input::read(Path::new(&path)) {
            Ok(text) => answer = console.load(&text, &path),
            Err(error) => (answer.text, answer.exit_code) = (format!("{error}\n"), 1),
        },
    }
    write!(out, "{}", answer.text)?;
    out.flush()?;
    Ok(if answer.exit_code == 0 {
        Next::Line
    } else {
        Next::Failed
    })
}

/// Lines from a file or a pipe; they are echoed, so that the transcript reads as one.
fn transcribe(mut console: Console, strict: bool) -> io::Result<ExitCode> {
    let mut pending = String::new();
    for line in io::stdin().lock().lines() {
        let line = line?;
        writeln!(anstream::stdout(), "{}{line}", prompt(&console, &pending))?;
        pending.push_str(&line);
        if is_open(&pending) {
            pending.push('\n');
            continue;
        }
        match enter(&mut console, &std::mem::take(&mut pending), |_| Ok(false))? {
            Next::Failed if strict => return Ok(ExitCode::Expectation),
            Next::Line | Next::Failed => {}
            Next::Exit => return Ok(ExitCode::Ok),
        }
    }
    Ok(ExitCode::Ok)
}

/// Whether a backslash at its end says that the line goes on.
fn is_open(line: &str) -> bool {
    line.ends_with('\\')
}

fn prompt(console: &Console, pending: &str) -> String {
    if pending.is_empty() {
        console.prompt()
    } else {
        "> ".to_owned()
    }
}

/// Lines from a terminal.
fn converse(console: Console, strict: bool) -> io::Result<ExitCode> {
    let interrupter = console.interrupter();
    let pressed = interrupter.clone();
    // While a line is typed the editor sees Ctrl-C; while it is answered this does.
    ctrlc::set_handler(move || pressed.press()).map_err(io::Error::other)?;
    let mut editor: Editor<Typist, FileHistory> = Editor::new().map_err(io::Error::other)?;
    editor.set_helper(Some(Typist {
        console,
        hinter: HistoryHinter::new(),
    }));
    let history = history_file();
    if let Some(path) = &history {
        // The first time there is none.
        let _ = editor.load_history(path);
    }
    let greeting = "A simulated swarm. `help` lists what can be typed, Ctrl-D leaves.";
    writeln!(anstream::stdout(), "{greeting}")?;
    let mut pending = String::new();
    let mut code = ExitCode::Ok;
    while let Some(typist) = editor.helper() {
        let prompt = prompt(&typist.console, &pending);
        match editor.readline(&prompt) {
            Ok(line) => {
                pending.push_str(&line);
                if is_open(&pending) {
                    pending.push('\n');
                    continue;
                }
                let line = std::mem::take(&mut pending);
                let _ = editor.add_history_entry(&line);
                let Some(typist) = editor.helper_mut() else {
                    break;
                };
                // What was pressed while nothing went on is of no consequence now.
                interrupter.release();
                match enter(&mut typist.console, &line, ask_to_overwrite)? {
                    Next::Failed if strict => {
                        code = ExitCode::Expectation;
                        break;
                    }
                    Next::Line | Next::Failed => {}
                    Next::Exit => break,
                }
            }
            // The line is given up, as in any shell.
            Err(ReadlineError::Interrupted) => pending.clear(),
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(io::Error::other(error)),
        }
    }
    if let Some(path) = &history {
        if let Some(folder) = path.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        let _ = editor.save_history(path);
    }
    Ok(code)
}

/// Asks whoever sits in front of it.
fn ask_to_overwrite(path: &str) -> io::Result<bool> {
    let mut out = io::stdout();
    write!(out, "{path} is there already. Overwrite it? [y/N] ")?;
    out.flush()?;
    let mut reply = String::new();
    io::stdin().read_line(&mut reply)?;
    Ok(matches!(reply.trim(), "y" | "Y" | "yes"))
}

/// Where lines are remembered from one session to the next.
fn history_file() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").filter(|path| !path.is_empty());
    let state = state.map(PathBuf::from).or_else(|| {
        let home = std::env::home_dir()?;
        Some(home.join(".local").join("state"))
    })?;
    Some(state.join("swarmlab").join("history"))
}

/// What the line editor asks while a line is typed.
struct Typist {
    console: Console,
    hinter: HistoryHinter,
}

impl Helper for Typist {}
impl Validator for Typist {}

impl Completer for Typist {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        cursor: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let found = self.console.complete(line, cursor);
        Ok((found.range.start, found.words))
    }
}

impl Hinter for Typist {
    type Hint = String;

    fn hint(&self, line: &str, cursor: usize, context: &Context<'_>) -> Option<String> {
        self.hinter.hint(line, cursor, context)
    }
}

impl Highlighter for Typist {
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        let dim = anstyle::Style::new().dimmed();
        Cow::Owned(format!("{dim}{hint}{dim:#}"))
    }
}
