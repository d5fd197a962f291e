//! Recordings of whole swarms: what was typed, and everything that the store then went through.
//!
//! A recording is [`play`]ed on the model and compared by its [`stories`] and printed [`texts`]:
//! with the [`choices`] that the real swarm left to chance and to its machines, exactly; and with
//! choices of the model's own, by what does not depend on them ([`free`]).

#![expect(missing_docs, reason = "the fields carry the names of the data")]

mod answers;
mod assignments;
pub mod choices;
pub mod free;
mod jobs;
mod join;
mod losses;
pub mod picture;
pub mod play;
mod probes;
pub mod programs;
mod recording;
pub mod shell;
pub mod stories;
pub mod texts;

pub use recording::{
    NewLeader, NodeAtStart, NodeChange, RecordedTask, Recording, ServiceChange, Step, TaskChange,
    UpdateStatus,
};

use self::play::Played;
use super::known::{JOB_TASKS_STAY, NETWORK_GONE, Rule};
use super::{Difference, Report, Source, Verdict};

/// What was found to differ.
#[derive(Debug, Default)]
pub struct Findings {
    /// What should not.
    pub unexplained: Vec<Difference>,
    /// What is meant to, under which rule.
    pub explained: Vec<(Difference, &'static Rule)>,
}

impl Findings {
    fn explain(&mut self, difference: Difference, rule: &'static Rule) {
        self.explained.push((difference, rule));
    }

    fn append(&mut self, mut other: Self) {
        self.unexplained.append(&mut other.unexplained);
        self.explained.append(&mut other.explained);
    }

    /// What follows from them.
    pub fn verdict(self) -> Verdict {
        match self.explained.first() {
            Some(&(_, rule)) if self.unexplained.is_empty() => Verdict::Known(rule),
            _ => Verdict::of(self.unexplained),
        }
    }
}

/// Words by which the program refuses what it does not simulate.
const REFUSAL: &str = "is not simulated yet";

/// Plays the recordings: the topic is the letter before the first dash of the name.
pub fn run(source: &Source, report: &mut Report) -> anyhow::Result<()> {
    let recordings: Vec<(String, Recording)> = source
        .recordings()?
        .into_iter()
        .map(|recording| {
            (
                format!("{} run {}", recording.name, recording.run),
                recording,
            )
        })
        .collect();
    report.judge_all(
        &recordings,
        |(name, recording)| {
            let topic = recording.name.split('-').next().unwrap_or_default();
            (format!("recordings/{topic}"), name)
        },
        |(_, recording)| judge(recording),
    );
    Ok(())
}

/// Plays a recording and compares.
pub fn judge(recording: &Recording) -> Verdict {
    if let Some(missing) = missing(recording) {
        return Verdict::NotYet(missing);
    }
    let runs = play::follow(recording, choices::of(recording))
        .and_then(|followed| Ok((followed, play::play_freely(recording)?)));
    let (followed, (free, pictures)) = match runs {
        Ok(runs) => runs,
        Err(problem) => {
            return Verdict::Disagree(vec![Difference {
                what: "the scenario".to_owned(),
                expected: "a run".to_owned(),
                actual: problem.to_string(),
            }]);
        }
    };
    if let Some(missing) = refused(recording, &followed) {
        return Verdict::NotYet(missing);
    }
    let mut findings = compare(recording, &followed);
    findings.append(free::compare(recording, &free, &pictures));
    findings.verdict()
}

/// The first thing that a recording has to wait for, as far as it can be told before it is played.
fn missing(recording: &Recording) -> Option<&'static str> {
    let mut steps = recording.steps.iter();
    steps.find_map(|step| match step {
        Step::Command { line, shell, .. } => {
            (*shell && !shell::understands(line)).then_some("a shell")
        }
        Step::Fault { fault, .. } => match fault.as_str() {
            "power-off" | "daemon-kill" | "daemon-stop" | "daemon-start" | "link-down"
            | "link-up" | "probe" => None,
            _ => Some("another kind of fault"),
        },
    })
}

/// The first line that the program refused as not simulated.
fn refused(recording: &Recording, played: &Played) -> Option<&'static str> {
    let answers = recording.steps.iter().zip(&played.answers);
    let mut lines = answers.filter_map(|(step, answer)| match (step, answer) {
        (Step::Command { line, .. }, Some(answer)) if answer.stderr.contains(REFUSAL) => {
            answers::not_of_the_model(line).is_none().then_some(line)
        }
        _ => None,
    });
    let line = lines.next()?;
    let words: Vec<&str> = line.split_whitespace().take(3).collect();
    Some(match words[..] {
        ["docker", "swarm", ..] => "docker swarm lines",
        ["docker", "network" | "service", ..] => "networks",
        ["docker", "ps" | "kill" | "stop" | "rm" | "exec" | "run", ..] => "container lines",
        ["docker", "secret" | "config", ..] => "secrets and configs",
        ["docker", "volume", ..] => "volumes",
        _ => "a docker line",
    })
}

/// Compares a recording with a run that followed its choices.
pub fn compare(recording: &Recording, played: &Played) -> Findings {
    let mut findings = Findings::default();
    let end = losses::watched_until(recording);
    let removed = jobs::removed(recording);
    let nodes = &recording.nodes;
    let stories = [
        (
            stories::of_tasks(&recording.tasks),
            stories::of_tasks(&played.tasks),
        ),
        (
            stories::of_services(&recording.services),
            stories::of_services(&played.services),
        ),
        (
            stories::of_nodes(&recording.node_changes, nodes),
            stories::of_nodes(&played.nodes, nodes),
        ),
    ];
    for (mut expected, mut actual) in stories {
        let told = expected.clone();
        if stories::forgive_networks(&mut expected)
            && let Some(difference) = stories::compare(&told, &expected, end).pop()
        {
            findings.explain(difference, &NETWORK_GONE);
        }
        for difference in stories::compare(&expected, &actual, end) {
            let service = stories::service_of(&difference.what);
            let Some(&removed_at) = service.and_then(|service| removed.get(service)) else {
                findings.unexplained.push(difference);
                continue;
            };
            stories::cut(&mut expected, &difference.what, removed_at);
            stories::cut(&mut actual, &difference.what, removed_at);
            findings.explain(difference, &JOB_TASKS_STAY);
        }
        findings.unexplained.extend(
            stories::compare(&expected, &actual, end)
                .into_iter()
                .filter(|difference| {
                    stories::service_of(&difference.what).is_some_and(|s| removed.contains_key(s))
                }),
        );
    }
    for (step, answer) in recording.steps.iter().zip(&played.answers) {
        match (step, answer) {
            (Step::Fault { t, words, .. }, Some(answer)) => {
                probes::compare(recording, (*t, words), answer, &mut findings);
            }
            (step, Some(answer)) => {
                answers::compare(recording, (step, answer), played, &mut findings);
            }
            (_, None) => {}
        }
    }
    findings
}
