//! What lines printed, compared.

use super::play::{Answer, Played};
use super::{Findings, Recording, Step, losses, texts};
use crate::conformance::Difference;
use crate::conformance::known::{CERTIFICATES, CONTAINERS_OF_ONE_NODE, Rule};

/// A look sees what was there at most so long after it was typed: clients take their time to start.
const LATE_S: [f64; 8] = [0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, -0.1];

/// Compares what a line printed. What a look shows depends on its moment, which is not known well.
pub(super) fn compare(
    recording: &Recording,
    (step, answer): (&Step, &Answer),
    played: &Played,
    findings: &mut Findings,
) {
    let Step::Command {
        t,
        line,
        exit_code,
        stdout,
        stderr,
        unsettled,
        changes,
        ..
    } = step
    else {
        return;
    };
    let what = format!("at {t} {line}");
    if *unsettled {
        let code = Difference::between(&*what, &Some(*exit_code), &answer.exit_code);
        findings.unexplained.extend(code);
        return;
    }
    let judge = |answer: &Answer| {
        let mut found = Findings::default();
        let code = Difference::between(&*what, &Some(*exit_code), &answer.exit_code);
        found.unexplained.extend(code);
        for (expected, actual) in [(stdout, &answer.stdout), (stderr, &answer.stderr)] {
            let (expected, actual) = (texts::mask(expected), texts::mask(actual));
            let (mut expected, mut actual) = (in_order(line, &expected), in_order(line, &actual));
            if line == "docker node ls" && losses::has_manager_returned(recording, *t) {
                for text in [&mut expected, &mut actual] {
                    *text = text.replace("  Unreachable  ", "  Reachable  ");
                }
            }
            let printed = texts::Printed {
                recording,
                t: *t,
                line,
            };
            texts::compare(printed, &what, [&expected, &actual], &mut found);
        }
        found
    };
    if let Some(rule) = not_of_the_model(line) {
        let code = Difference::between(&*what, &Some(*exit_code), &answer.exit_code);
        if let Some(difference) = code {
            findings.explain(difference, rule);
        }
        return;
    }
    let mut found = judge(answer);
    if !changes && !found.unexplained.is_empty() {
        let again = LATE_S.into_iter().find_map(|late| {
            let found = judge(&played.look(recording, step, t + late));
            found.unexplained.is_empty().then_some(found)
        });
        found = again.unwrap_or(found);
    }
    findings.unexplained.append(&mut found.unexplained);
    findings.explained.append(&mut found.explained);
}

/// The rule by which a line is not simulated at all.
pub(super) fn not_of_the_model(line: &str) -> Option<&'static Rule> {
    if line.starts_with("docker run ") {
        Some(&CONTAINERS_OF_ONE_NODE)
    } else if line.starts_with("docker swarm ca --rotate") {
        Some(&CERTIFICATES)
    } else {
        None
    }
}

/// Tasks that are named after a node, or after the id of a service that is gone, come in the order
/// of that random id: here in that of the text, each with the older ones of its place below it. What
/// a stack consists of is deployed and removed in any order.
pub(super) fn in_order(line: &str, text: &str) -> String {
    let is_line = |words: &str| line.starts_with(words);
    if is_line("docker stack deploy") || is_line("docker stack rm") {
        let lines = text.lines().filter(|line| !line.is_empty());
        let mut lines: Vec<&str> = lines.collect();
        lines.sort_unstable();
        return lines.join("\n");
    }
    // Nodes of one name come in the order of their ids, containers of one moment in any.
    if line == "docker node ls" || is_line("docker ps") {
        let mut rows: Vec<&str> = text.lines().collect();
        let has_heading = !line.contains("--format");
        let first = usize::from(has_heading && !rows.is_empty());
        rows[first..].sort_unstable();
        return rows.join("\n");
    }
    let lists_tasks = ["docker service ps", "docker node ps", "docker stack ps"];
    let is_by_id = is_line("docker node ps") || text.contains(".<id>") || text.contains("<id>.");
    if !lists_tasks.iter().any(|words| is_line(words)) || !is_by_id {
        return text.to_owned();
    }
    let mut blocks: Vec<String> = Vec::new();
    for row in text.lines() {
        match blocks.last_mut() {
            Some(block) if row.contains(" \\_ ") => {
                block.push('\n');
                block.push_str(row);
            }
            _ => blocks.push(row.to_owned()),
        }
    }
    if let Some((_, rows)) = blocks.split_first_mut() {
        rows.sort();
    }
    blocks.join("\n")
}
