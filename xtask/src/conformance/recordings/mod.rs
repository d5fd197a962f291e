//! Recordings of whole swarms: what was typed, and everything that the store then went through.
//!
//! Not played yet. Every recording is read into its types and counted by topic, under the first
//! part that it needs beyond a player.

mod recording;

pub use recording::{
    NewLeader, NodeAtStart, NodeChange, RecordedTask, Recording, ServiceChange, Step, TaskChange,
    UpdateStatus,
};

use super::{Report, Source, Verdict};

const A_PLAYER: &str = "a player of recordings";

/// Words of typed lines, with the part of a swarm that they call for.
const PARTS: [(&str, &str); 4] = [
    ("docker stack", "stacks"),
    ("replicated-job", "jobs"),
    ("global-job", "jobs"),
    ("docker swarm join", "nodes that join"),
];

/// Counts the recordings: the topic is the letter before the first dash of the name.
pub fn run(source: &Source, report: &mut Report) -> anyhow::Result<()> {
    for recording in source.recordings()? {
        let topic = recording.name.split('-').next().unwrap_or_default();
        let row = format!("recordings/{topic}");
        let name = format!("{} run {}", recording.name, recording.run);
        report.judge(&row, &name, || Verdict::NotYet(missing(&recording)));
    }
    Ok(())
}

/// The first thing that a recording has to wait for.
fn missing(recording: &Recording) -> &'static str {
    let managers = recording.nodes.iter().filter(|node| node.role == "manager");
    if managers.count() > 1 {
        return "several managers";
    }
    let typed = |words: &str| {
        let mut steps = recording.steps.iter();
        steps.any(|step| matches!(step, Step::Command { line, .. } if line.contains(words)))
    };
    PARTS
        .iter()
        .find(|(words, _)| typed(words))
        .map_or(A_PLAYER, |&(_, part)| part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_waits_for_what_its_lines_call_for() {
        let recordings = Source::own().recordings().expect("readable data");
        let mut plain = recordings[0].clone();
        assert_eq!(missing(&plain), A_PLAYER);
        let Some(Step::Command { line, .. }) = plain.steps.first_mut() else {
            panic!("a recording begins with a command");
        };
        line.push_str(" && docker stack ls");
        assert_eq!(missing(&plain), "stacks");
        for node in &mut plain.nodes {
            "manager".clone_into(&mut node.role);
        }
        assert_eq!(missing(&plain), "several managers");
    }
}
