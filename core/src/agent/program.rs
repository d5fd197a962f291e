//! Programs: what the command line of a container does, where that can be told by reading it.
//!
//! Upstream: POSIX.1 chapter 2 for the shell, busybox `coreutils/{echo,sleep}.c`; the kernel's
//! `pid_namespaces(7)` for what becomes of signals. People try a swarm with lines such as
//! `alpine sh -c "while true; do echo hello; sleep 3; done"`: such a line is run once, when the
//! container starts, and gives the moments of its output and its end. The first process of a
//! container that has no handler for SIGTERM does not hear it, which is why stopping these
//! containers takes the whole grace period; `--init` or a `trap` changes that.
//!
//! Left out: everything else that a shell can do. A command line that is not understood is taken to
//! do what its image does. `ping` and `top` run, and what they print is not known.

mod script;

use std::collections::BTreeMap;

use self::script::{List, Statement, parse};
use super::container::hostname_of;
use crate::ids::TaskId;
use crate::model::TaskSpec;
use crate::scenario::{Duration, Output};
use crate::time::SECOND;

/// So many steps are run at the most; a longer program is not understood.
const STEPS_MAX: u32 = 10_000;
/// Shells in shells are followed so far.
const DEPTH_MAX: u32 = 16;

/// What a program does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Program {
    /// What it prints.
    pub output: Vec<Output>,
    /// After how long it ends by itself, in nanoseconds, and with which exit code; if it does.
    pub end: Option<(u64, u8)>,
    /// Whether it does not hear SIGTERM.
    pub ignores_sigterm: bool,
}

impl Program {
    /// What the command line of a task's container does; nothing if there is none or it is not
    /// understood.
    pub(super) fn of(spec: &TaskSpec, seed: u64, task: TaskId) -> Option<Self> {
        let container = &spec.container;
        if container.command.is_empty() && container.args.is_empty() {
            return None;
        }
        let words: Vec<String> = [&container.command[..], &container.args[..]].concat();
        let mut variables: BTreeMap<String, String> = BTreeMap::new();
        for entry in &container.env {
            if let Some((name, value)) = entry.split_once('=') {
                variables.insert(name.to_owned(), value.to_owned());
            }
        }
        let hostname = hostname_of(spec, seed, task);
        variables.insert("HOSTNAME".to_owned(), hostname.clone());
        let mut machine = Machine {
            variables,
            hostname,
            hears_sigterm: container.runtime.init == Some(true),
            ..Machine::default()
        };
        let end = match machine.run(&words)? {
            Flow::Next => Some((machine.age_ns, machine.status)),
            Flow::Exit(code) => Some((machine.age_ns, code)),
            Flow::Forever => None,
            // Outside of a loop it is an error, and not worth more.
            Flow::Break => return None,
        };
        Some(Self {
            output: machine.output,
            end,
            ignores_sigterm: !machine.hears_sigterm,
        })
    }
}

/// How a program goes on after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Exit(u8),
    Forever,
}

/// A shell that runs a program ahead of time.
#[derive(Clone, Debug, Default)]
struct Machine {
    variables: BTreeMap<String, String>,
    hostname: String,
    output: Vec<Output>,
    /// What has been printed of a line that has not ended.
    line: String,
    age_ns: u64,
    status: u8,
    steps: u32,
    depth: u32,
    is_quiet: bool,
    hears_sigterm: bool,
}

impl Machine {
    fn print(&mut self, text: &str) {
        if self.is_quiet {
            return;
        }
        for part in text.split_inclusive('\n') {
            self.line.push_str(part.trim_end_matches('\n'));
            if part.ends_with('\n') {
                self.output.push(Output {
                    line: std::mem::take(&mut self.line),
                    after: Duration(self.age_ns),
                    every: None,
                });
            }
        }
    }

    fn step(&mut self) -> Option<()> {
        self.steps += 1;
        (self.steps <= STEPS_MAX).then_some(())
    }

    /// Runs one command, given as its words. Nothing if it is not understood.
    fn run(&mut self, words: &[String]) -> Option<Flow> {
        self.step()?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let [program, arguments @ ..] = words.as_slice() else {
            return Some(Flow::Next);
        };
        self.status = 0;
        let name = program.rsplit('/').next().unwrap_or(program);
        match (name, arguments) {
            ("sh" | "ash" | "bash" | "dash", ["-c", script, ..]) => {
                self.depth += 1;
                if self.depth > DEPTH_MAX {
                    return None;
                }
                let flow = self.list(&parse(script)?);
                self.depth -= 1;
                flow
            }
            ("exec", rest @ [_, ..]) => {
                let rest: Vec<String> = rest.iter().map(|&word| word.to_owned()).collect();
                match self.run(&rest)? {
                    Flow::Next => Some(Flow::Exit(self.status)),
                    flow => Some(flow),
                }
            }
            ("echo", ["-n", text @ ..]) => {
                self.print(&text.join(" "));
                Some(Flow::Next)
            }
            ("echo", [option, ..]) if matches!(*option, "-e" | "-ne" | "-en") => None,
            ("echo", text) => {
                self.print(&(text.join(" ") + "\n"));
                Some(Flow::Next)
            }
            ("printf", [text]) if !text.contains('%') => {
                let text = text.replace("\\n", "\n");
                (!text.contains('\\')).then(|| self.print(&text))?;
                Some(Flow::Next)
            }
            ("hostname", []) => {
                let hostname = format!("{}\n", self.hostname);
                self.print(&hostname);
                Some(Flow::Next)
            }
            ("sleep", ["infinity" | "inf"])
            | ("tail", ["-f" | "-F", "/dev/null"])
            | ("ping", [_, ..])
            | ("top", _) => Some(Flow::Forever),
            ("sleep", times @ [_, ..]) => {
                for time in times {
                    self.age_ns = self.age_ns.checked_add(pause_ns(time)?)?;
                }
                Some(Flow::Next)
            }
            ("true" | ":", _) | ("[" | "test", ["1", ..]) => Some(Flow::Next),
            ("false", _) => {
                self.status = 1;
                Some(Flow::Next)
            }
            ("exit", []) => Some(Flow::Exit(self.status)),
            ("exit", [code]) => Some(Flow::Exit(code.parse().ok()?)),
            ("break", []) => Some(Flow::Break),
            // What a handler does counts only if it does not end the process.
            ("trap", [handler, signals @ ..]) => {
                if signals
                    .iter()
                    .any(|s| matches!(*s, "TERM" | "SIGTERM" | "15"))
                {
                    self.hears_sigterm = handler.contains("exit");
                }
                Some(Flow::Next)
            }
            _ => None,
        }
    }

    fn list(&mut self, list: &List) -> Option<Flow> {
        for (needs, statement) in list {
            let runs = needs.is_none_or(|wanted| (self.status == 0) == wanted);
            if !runs {
                continue;
            }
            match self.statement(statement)? {
                Flow::Next => {}
                flow => return Some(flow),
            }
        }
        Some(Flow::Next)
    }

    fn statement(&mut self, statement: &Statement) -> Option<Flow> {
        self.step()?;
        match statement {
            Statement::Command { words, is_quiet } => {
                let words = words.iter().map(|word| word.expand(&self.variables));
                let words: Vec<String> = words.collect::<Option<_>>()?;
                let was_quiet = self.is_quiet;
                self.is_quiet |= is_quiet;
                let flow = self.run(&words);
                self.is_quiet = was_quiet;
                flow
            }
            Statement::Set { name, value } => {
                let value = value.expand(&self.variables)?;
                self.variables.insert(name.clone(), value);
                self.status = 0;
                Some(Flow::Next)
            }
            Statement::For { name, words, body } => {
                for word in words {
                    let word = word.expand(&self.variables)?;
                    self.variables.insert(name.clone(), word);
                    match self.list(body)? {
                        Flow::Next => {}
                        Flow::Break => break,
                        flow => return Some(flow),
                    }
                }
                Some(Flow::Next)
            }
            Statement::While {
                condition,
                wanted,
                body,
            } => self.repeat(condition, *wanted, body),
        }
    }

    /// A loop. Nothing in it can change from one round to the next but the time, so that one round
    /// tells all of them.
    fn repeat(&mut self, condition: &List, wanted: bool, body: &List) -> Option<Flow> {
        let (started_ns, first) = (self.age_ns, self.output.len());
        match self.list(condition)? {
            Flow::Next => {}
            flow => return Some(flow),
        }
        if (self.status == 0) != wanted {
            self.status = 0;
            return Some(Flow::Next);
        }
        let variables = self.variables.clone();
        match self.list(body)? {
            Flow::Next => {}
            Flow::Break => return Some(Flow::Next),
            flow => return Some(flow),
        }
        let round_ns = self.age_ns - started_ns;
        // A line that goes on in the next round, and rounds that differ, are not understood.
        if round_ns == 0 || !self.line.is_empty() || self.variables != variables {
            return None;
        }
        for output in &mut self.output[first..] {
            if output.every.is_some() {
                return None;
            }
            output.every = Some(Duration(round_ns));
        }
        Some(Flow::Forever)
    }
}

/// How long `sleep` waits: a decimal number of seconds, or of what its last letter says.
fn pause_ns(text: &str) -> Option<u64> {
    let (number, unit_ns) = match text.char_indices().next_back()? {
        (at, 's') => (&text[..at], SECOND),
        (at, 'm') => (&text[..at], 60 * SECOND),
        (at, 'h') => (&text[..at], 3_600 * SECOND),
        (at, 'd') => (&text[..at], 86_400 * SECOND),
        _ => (text, SECOND),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.len() > 9 {
        return None;
    }
    let digits = |text: &str| match text {
        "" => Some(0),
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse::<u64>().ok(),
        _ => None,
    };
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let total = u128::from(digits(whole)?) * scale + u128::from(digits(fraction)?);
    u64::try_from(total.checked_mul(u128::from(unit_ns))? / scale).ok()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::{Expect, expect};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "as `expect!` gives it")]
    fn check(words: &[&str], expected: Expect) {
        let mut spec = TaskSpec::default();
        spec.container.args = words.iter().map(|&word| word.to_owned()).collect();
        spec.container.env = vec!["WHO=world".to_owned()];
        spec.container.hostname = "box".to_owned();
        let mut text = String::new();
        match Program::of(&spec, 1, TaskId(1)) {
            None => text.push_str("not understood"),
            Some(program) => {
                for output in &program.output {
                    let _ = write!(text, "{} at {}", output.line, output.after);
                    let every = output.every.map(|every| format!(" every {every}"));
                    let _ = writeln!(text, "{}", every.unwrap_or_default());
                }
                match program.end {
                    Some((age, code)) => {
                        let _ = write!(text, "exit {code} at {}", Duration(age));
                    }
                    None => text.push_str("for ever"),
                }
                if !program.ignores_sigterm {
                    text.push_str(", hears SIGTERM");
                }
            }
        }
        expected.assert_eq(&text);
    }

    #[test]
    fn loops() {
        check(
            &[
                "/bin/ash",
                "-c",
                "while true; do echo 'Replicated Service'; sleep 3; done",
            ],
            expect![[r#"
                Replicated Service at 0s every 3s
                for ever"#]],
        );
        check(
            &[
                "sh",
                "-c",
                "echo up; while :; do sleep 0.5; echo \"hello $WHO\"; sleep 1m; done",
            ],
            expect![[r#"
                up at 0s
                hello world at 500ms every 1m0.5s
                for ever"#]],
        );
        check(
            &[
                "sh",
                "-c",
                "for i in 1 2; do echo $i from ${HOSTNAME}; sleep 1; done; exit 3",
            ],
            expect![[r#"
                1 from box at 0s
                2 from box at 1s
                exit 3 at 2s"#]],
        );
        check(
            &["sh", "-c", "until false\ndo\n  sleep 2\ndone"],
            expect!["for ever"],
        );
        check(
            &["sh", "-c", "while true; do echo x; done"],
            expect!["not understood"],
        );
        check(
            &["sh", "-c", "while false; do echo x; done; echo y"],
            expect![[r#"
                y at 0s
                exit 0 at 0s"#]],
        );
    }

    #[test]
    fn ends() {
        check(&["sleep", "5"], expect!["exit 0 at 5s"]);
        check(&["sleep", "infinity"], expect!["for ever"]);
        check(&["sh", "-c", "sleep 1; exit 42"], expect!["exit 42 at 1s"]);
        check(
            &["sh", "-c", "false && echo no || echo yes; false"],
            expect![[r#"
                yes at 0s
                exit 1 at 0s"#]],
        );
        check(
            &[
                "sh",
                "-c",
                "trap 'exit 0' TERM; while :; do echo $(hostname); sleep 1 & wait $!; done",
            ],
            expect![[r#"
                box at 0s every 1s
                for ever, hears SIGTERM"#]],
        );
        check(
            &["sh", "-c", "trap : TERM; while :; do sleep 1; done"],
            expect!["for ever"],
        );
        check(
            &["sh", "-c", "hostname > /srv/name; exec sleep 1d"],
            expect!["exit 0 at 24h0m0s"],
        );
    }

    #[test]
    fn what_is_not_understood() {
        for script in [
            "curl web | grep x",
            "sleep 5 &",
            "sleep 5 & waitress",
            "while true; do",
            "echo $(date)",
            "sleep forever",
            "echo 'x",
            "i=0; while true; do i=$i.; sleep 1; done",
        ] {
            check(&["sh", "-c", script], expect!["not understood"]);
        }
        check(&["nginx", "-g", "daemon off;"], expect!["not understood"]);
        check(&[], expect!["not understood"]);
    }
}
