//! A plan as text for people.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Action, Change, Plan, WATCH_NS};
use crate::docker::print::binary_size;
use crate::scenario::Cpus;
use crate::time::format_duration;

/// How many lines of the way are told; a big deployment has many, and the first say the most.
const LINES_TOLD: usize = 60;

/// The plan as text. Writing to a text cannot fail.
pub fn render(plan: &Plan) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "Plan for stack {}\n", plan.stack);
    for change in &plan.changes {
        write_change(&mut text, change);
    }
    if !plan.changes.is_empty() {
        text.push('\n');
    }
    let count = |action: Action| {
        let changes = plan.changes.iter();
        changes.filter(|change| change.action == action).count()
    };
    let _ = writeln!(
        text,
        "{} to create, {} to change, {} to remove.",
        count(Action::Create),
        count(Action::Change),
        count(Action::Remove)
    );
    for warning in &plan.warnings {
        let _ = writeln!(text, "docker: {warning}");
    }
    if let Some(refusal) = &plan.refusal {
        text.push_str("\nDocker refuses");
        if plan.has_changes() {
            text.push_str(", after it has done what stands above");
        }
        text.push_str(":\n");
        for line in refusal.lines() {
            let _ = writeln!(text, "  {line}");
        }
        return text;
    }
    way(&mut text, plan);
    if !plan.unplaced.is_empty() {
        text.push_str("\nCannot be placed:\n");
        for task in &plan.unplaced {
            let _ = writeln!(text, "  {}: {}", task.task, task.why);
        }
    }
    if !plan.short.is_empty() {
        text.push_str("\nDo not have what they want:\n");
        for one in &plan.short {
            let why = if one.why.is_empty() {
                String::new()
            } else {
                format!(": {}", one.why)
            };
            let (service, running, wanted) = (&one.service, one.running, one.wanted);
            let _ = writeln!(text, "  {service}: {running} of {wanted} run{why}");
        }
    }
    if !plan.risks.is_empty() {
        text.push_str("\nRisks:\n");
        for risk in &plan.risks {
            let _ = writeln!(text, "  {} {}", risk.subject, risk.text);
        }
    }
    worst_loss(&mut text, plan);
    text
}

/// The node whose loss leaves the least room.
fn worst_loss(text: &mut String, plan: &Plan) {
    let losses = plan.losses.iter();
    let worst = losses.min_by_key(|loss| (loss.memory_left_bytes, loss.cpu_left_nano));
    if let Some(loss) = worst {
        let cores = ToString::to_string(&Cpus(loss.cpu_left_nano.max(0)));
        let memory = binary_size(loss.memory_left_bytes.max(0).unsigned_abs());
        let _ = writeln!(
            text,
            "\nAfter the loss of {} the other nodes have {cores} CPUs and {memory} left that no \
             task has reserved.",
            loss.node
        );
    }
}

fn write_change(text: &mut String, change: &Change) {
    let sign = match change.action {
        Action::Create => '+',
        Action::Change => '~',
        Action::Remove => '-',
        Action::Keep => '=',
    };
    let (kind, name) = (change.kind, &change.name);
    let _ = write!(text, "  {sign} {kind:<7} {name}");
    let (replaced, present) = (change.replaced_tasks, change.present_tasks);
    match change.action {
        Action::Change if kind == "service" && replaced == 0 => {
            text.push_str("  (no task is replaced)");
        }
        Action::Change if kind == "service" => {
            let _ = write!(text, "  ({replaced} of {present} tasks are replaced)");
        }
        Action::Remove if present > 0 => {
            let plural = if present == 1 { "" } else { "s" };
            let _ = write!(text, "  (with {present} task{plural})");
        }
        _ => {}
    }
    text.push('\n');
    for field in &change.fields {
        let mark = if field.replaces_tasks { '*' } else { ' ' };
        let (before, after) = (shown(field.before.as_ref()), shown(field.after.as_ref()));
        let _ = writeln!(text, "    {mark} {}: {before} → {after}", field.path);
    }
}

/// A value on one line.
fn shown(value: Option<&Value>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

fn way(text: &mut String, plan: &Plan) {
    if plan.timeline.is_empty() {
        return;
    }
    text.push_str("\nWhat happens:\n");
    let mut last = None;
    for moment in plan.timeline.iter().take(LINES_TOLD) {
        let at = if last == Some(moment.after_ns) {
            String::new()
        } else {
            format!(
                "+{}",
                format_duration(moment.after_ns / 1_000_000 * 1_000_000)
            )
        };
        last = Some(moment.after_ns);
        for (index, line) in moment.text.lines().enumerate() {
            let at = if index == 0 { at.as_str() } else { "" };
            let _ = writeln!(text, "{at:>10}  {line}");
        }
    }
    if plan.timeline.len() > LINES_TOLD {
        let more = plan.timeline.len() - LINES_TOLD;
        let _ = writeln!(text, "{:>10}  and {more} lines more", "");
    }
    match plan.settled_after_ns {
        Some(after_ns) => {
            let after = format_duration(after_ns / 1_000_000 * 1_000_000);
            let _ = writeln!(text, "Nothing is left to do after {after}.");
        }
        None => {
            let watched = format_duration(WATCH_NS);
            let _ = writeln!(text, "It is still busy after {watched}.");
        }
    }
}
