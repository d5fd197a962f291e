//! As much of a shell as the recorded lines need: pipes, `$(...)`, `echo`, `head`, `grep`, `cut`
//! and `sed`.
//!
//! What a line writes into a pipe for docker to read becomes a file of the scenario ([`files`]),
//! since nobody types at the terminals of a simulation.

use std::collections::BTreeMap;

use swarmlab_core::simulation::Simulation;

use super::play::{Answer, Typed, answer_of};
use super::{Recording, Step};

/// Redirections that change nothing here: errors are compared where they are, nobody types.
const REDIRECTIONS: [&str; 2] = [" 2>&1", " </dev/null"];
/// What is typed into a pipe is read from a file of this name, with the text behind it.
const TYPED: &str = "typed-";

/// How columns are taken out of lines.
const CUT: &str = "cut -d' ' -f";

/// What stands between the first quotes of a text.
fn quoted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('\'')?;
    rest.split_once('\'').map(|(inside, _)| inside)
}

/// Whether the shell can run a line.
pub fn understands(line: &str) -> bool {
    stages(line).iter().enumerate().all(|(index, stage)| {
        let words: Vec<&str> = stage.split_whitespace().collect();
        let inner = substitution(stage).is_none_or(|(_, inner, _)| understands(inner));
        inner
            && match words[..] {
                ["docker", ..] => true,
                ["echo", _] => index == 0,
                ["head", count] => count.starts_with('-'),
                ["sed", ..] => Sed::parse(stage).is_some(),
                ["grep", ..] => quoted(stage).is_some(),
                ["cut", ..] => stage.trim().starts_with(CUT),
                _ => false,
            }
    })
}

/// The files of a recording, and those that stand for what its lines type.
pub fn files(recording: &Recording) -> BTreeMap<String, String> {
    let lines = recording.steps.iter().filter_map(|step| match step {
        Step::Command { line, .. } => stages(line)[0].trim().strip_prefix("echo "),
        Step::Fault { .. } => None,
    });
    let typed = lines.map(|text| {
        let text = text.trim();
        (format!("{TYPED}{text}"), format!("{text}\n"))
    });
    recording.files.clone().into_iter().chain(typed).collect()
}

/// Runs a line that [`understands`] accepts. Only its last docker line may hold its terminal.
pub fn run(simulation: &mut Simulation, on: &str, line: &str) -> Typed {
    let mut answer = Answer {
        exit_code: Some(0),
        ..Answer::default()
    };
    let mut typed = None;
    let mut errors = String::new();
    for stage in stages(line) {
        let mut stage = stage.trim().to_owned();
        for redirection in REDIRECTIONS {
            stage = stage.replace(redirection, "");
        }
        while let Some((before, inner, after)) = substitution(&stage) {
            let inner = match run(simulation, on, inner) {
                Typed::Answered(answer) => answer,
                Typed::Process(process) => answer_of(simulation, process),
                Typed::Nothing => Answer::default(),
            };
            errors.push_str(&inner.stderr);
            let words: Vec<&str> = inner.stdout.split_whitespace().collect();
            stage = format!("{before}{}{after}", words.join(" "));
        }
        if let Some(text) = stage.strip_prefix("echo ") {
            typed = Some(text.trim().to_owned());
        } else if let Some(count) = stage.strip_prefix("head -") {
            let count = count.trim().parse().unwrap_or(0);
            answer.stdout = answer.stdout.split_inclusive('\n').take(count).collect();
        } else if let Some(wanted) = stage.strip_prefix("grep ").and_then(quoted) {
            let kept = answer.stdout.split_inclusive('\n');
            answer.stdout = kept.filter(|line| line.contains(wanted)).collect();
        } else if let Some(field) = stage.strip_prefix(CUT) {
            let field: usize = field.trim().parse().unwrap_or(1);
            let lines = answer.stdout.lines().map(|line| {
                let word = line.split(' ').nth(field.saturating_sub(1));
                format!("{}\n", word.unwrap_or_default())
            });
            answer.stdout = lines.collect();
        } else if let Some(sed) = Sed::parse(&stage) {
            answer.stdout = sed.run(&answer.stdout);
        } else {
            if let (Some(text), Some(rest)) = (&typed, stage.strip_suffix(" -")) {
                stage = format!("{rest} {TYPED}{text}");
            }
            let process = simulation.type_line(on, &stage);
            if simulation.is_waiting(process) && errors.is_empty() {
                return Typed::Process(process);
            }
            answer = answer_of(simulation, process);
        }
    }
    answer.stderr.insert_str(0, &errors);
    Typed::Answered(answer)
}

/// The parts of a pipe.
fn stages(line: &str) -> Vec<&str> {
    let (mut depth, mut quote, mut start) = (0_u32, None, 0);
    let mut stages = Vec::new();
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, '|') if depth == 0 => {
                stages.push(&line[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    stages.push(&line[start..]);
    stages
}

/// What stands before, in and behind the first `$(...)`.
fn substitution(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("$(")?;
    let mut depth = 1_u32;
    for (at, c) in rest.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((before, &rest[..at], &rest[at + 1..]));
        }
    }
    None
}

/// The scripts of `sed` that occur.
enum Sed {
    /// Ids are replaced, which the comparison does as well.
    Mask,
    /// The lines from one that contains a text to one that contains another.
    Range(String, String),
}

impl Sed {
    fn parse(stage: &str) -> Option<Self> {
        let script = stage.trim().strip_prefix("sed ")?;
        if let Some(script) = script.strip_prefix("-n '/") {
            let (from, to) = script.strip_suffix("/p'")?.split_once("/,/")?;
            return Some(Self::Range(from.to_owned(), to.to_owned()));
        }
        let is_mask = script.starts_with("-E 's/") && script.contains("[0-9a-f]{12}")
            || script.contains("[a-z0-9]{25}");
        is_mask.then_some(Self::Mask)
    }

    fn run(&self, text: &str) -> String {
        let Self::Range(from, to) = self else {
            return text.to_owned();
        };
        let mut is_inside = false;
        let lines = text.split_inclusive('\n').filter(|line| {
            let was_inside = is_inside;
            is_inside = if was_inside {
                !line.contains(to)
            } else {
                line.contains(from)
            };
            was_inside || is_inside
        });
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart() {
        let line = "docker kill $(docker ps -q | head -1) 2>&1 | sed -E 's/[0-9a-f]{12}|x/<cid>/'";
        assert_eq!(stages(line).len(), 2);
        let (before, inner, after) = substitution(line).expect("a substitution");
        assert_eq!((before, inner), ("docker kill ", "docker ps -q | head -1"));
        assert!(after.starts_with(" 2>&1"));
        assert!(understands(line));
        assert!(!understands("docker ps && reboot | tee x"));
        assert!(!understands("rm x"));
    }

    #[test]
    fn a_range_of_lines() {
        let sed = Sed::parse(" sed -n '/b/,/d/p'").expect("a script");
        assert_eq!(sed.run("a\nb\nc\nd\ne\n"), "b\nc\nd\n");
    }
}
