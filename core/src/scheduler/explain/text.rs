//! An explanation in words and tables, for terminals.

use std::fmt::Write as _;

use super::{BranchReport, Explanation, NodeReport, Ranked, Verdict, remedy};
use crate::scheduler::filters::Finding;
use crate::scheduler::placement::Turn;

/// Nodes and candidates are listed up to this number; more are counted.
const LINE_COUNT_MAX: usize = 40;

/// The whole explanation, line by line. `name` is what people call the task.
pub fn render(explanation: &Explanation, name: &str) -> String {
    let mut out = String::new();
    match &explanation.verdict {
        Verdict::Placed { hostname, turn, .. } => {
            let _ = writeln!(out, "{name} goes to {hostname}: {}.", why(*turn));
        }
        Verdict::Confirmed { hostname, .. } => {
            let _ = writeln!(out, "{name} belongs to {hostname}, which can take it.");
        }
        Verdict::Unplaced { err } => {
            let _ = writeln!(out, "{name} cannot be placed. SwarmKit says:");
            let _ = writeln!(out, "  {err}");
        }
    }
    let _ = writeln!(out, "\nWhat the filters say of each node:");
    for report in explanation.matrix.iter().take(LINE_COUNT_MAX) {
        write_node(&mut out, report, width_of(explanation));
    }
    write_rest(&mut out, explanation.matrix.len(), "nodes");
    if !explanation.branches.is_empty() {
        let _ = writeln!(
            out,
            "\nHow the group was divided by the spread preferences:"
        );
        for branch in explanation.branches.iter().take(LINE_COUNT_MAX) {
            write_branch(&mut out, branch);
        }
        write_rest(&mut out, explanation.branches.len(), "branches");
    }
    if !explanation.ranking.is_empty() {
        let _ = writeln!(
            out,
            "\nThe nodes that pass, best first (tasks of the service, all tasks):"
        );
        write_ranking(&mut out, &explanation.ranking);
    }
    if !explanation.remedies.is_empty() {
        let _ = writeln!(out, "\nAny of these would place it:");
        for remedy in &explanation.remedies {
            let _ = writeln!(out, "  - {remedy}");
        }
    }
    out
}

fn width_of(explanation: &Explanation) -> usize {
    explanation
        .matrix
        .iter()
        .map(|report| report.hostname.chars().count())
        .max()
        .unwrap_or(0)
}

fn write_rest(out: &mut String, count: usize, what: &str) {
    if count > LINE_COUNT_MAX {
        let _ = writeln!(out, "  ... and {} {what} more", count - LINE_COUNT_MAX);
    }
}

/// Why a task goes to one candidate and to no other.
pub fn why(turn: Turn) -> &'static str {
    match turn {
        Turn::Best => "the best of the nodes that pass",
        Turn::NextIsBetter => "after the last task this node had become the better one",
        Turn::Stay => "the node that got the task before is still no worse than the next",
        Turn::InTurn => "every candidate had its share, now they take turns",
        Turn::OthersAreFull => "the nodes before it have no room any more",
    }
}

fn write_node(out: &mut String, report: &NodeReport, width: usize) {
    let _ = write!(out, "  {:width$}  ", report.hostname);
    let Some(first) = report.first_failure() else {
        let _ = writeln!(out, "✓ passes");
        return;
    };
    for (index, filter) in report
        .filters
        .iter()
        .filter(|f| !f.failed.is_empty())
        .enumerate()
    {
        if index > 0 {
            let _ = write!(out, "\n  {:width$}  ", "");
        }
        let counted = if filter.filter == first { "✗" } else { "·" };
        let details: Vec<String> = filter.failed.iter().map(describe).collect();
        let _ = write!(
            out,
            "{counted} {}: {}",
            filter.filter.title(),
            details.join("; ")
        );
    }
    let _ = writeln!(out);
}

/// A failed comparison in words.
pub fn describe(finding: &Finding) -> String {
    match finding {
        Finding::NotAvailable {
            state,
            availability,
        } => {
            format!("the node is {state} and {availability}; it has to be ready and active")
        }
        Finding::Cpu {
            needs_nano,
            free_nano,
        } => {
            format!(
                "needs {} CPU, {} free",
                remedy::cpus(*needs_nano),
                remedy::cpus(*free_nano)
            )
        }
        Finding::Memory {
            needs_bytes,
            free_bytes,
        } => format!(
            "needs {} of memory, {} free",
            remedy::bytes(*needs_bytes),
            remedy::bytes(*free_bytes)
        ),
        Finding::Generic {
            resource,
            needs,
            free,
        } => {
            format!("needs {needs} {resource}, {free} free")
        }
        Finding::Plugin { plugin_type, name } => {
            format!("no {} plugin {name}", plugin_type.to_lowercase())
        }
        Finding::Constraint {
            expression,
            actual: None,
        } => {
            format!("{expression} names nothing that a node has, so it never holds")
        }
        Finding::Constraint {
            expression,
            actual: Some(actual),
        } if actual.is_empty() => {
            format!("{expression}, but it is not set here")
        }
        Finding::Constraint {
            expression,
            actual: Some(actual),
        } => {
            format!("{expression}, but it is {actual:?} here")
        }
        Finding::Platform { wanted, actual } => format!(
            "the image is for {}, the node is {}",
            wanted.join(" or "),
            actual.as_deref().unwrap_or("of an unknown platform")
        ),
        Finding::HostPort { protocol, port } => format!("port {port}/{protocol} is taken"),
        Finding::MaxReplicas { limit, has } => {
            format!("has {has} of at most {limit} tasks of the service")
        }
        Finding::Volume { source } => format!("no volume for {source} can be used here"),
    }
}

fn write_branch(out: &mut String, branch: &BranchReport) {
    let indent = "  ".repeat(branch.level + 1);
    let value = if branch.value.is_empty() {
        "(no label)"
    } else {
        &branch.value
    };
    let mark = if branch.has_task { "  ← here" } else { "" };
    let _ = writeln!(
        out,
        "{indent}{value}: has {}, each should have {}; asked for {}, took {}{mark}",
        branch.tasks, branch.target, branch.asked, branch.took
    );
}

fn write_ranking(out: &mut String, ranking: &[Ranked]) {
    let width = ranking
        .iter()
        .map(|ranked| ranked.hostname.chars().count())
        .max()
        .unwrap_or(0);
    let place = |ranked: &Ranked| (ranked.failures, ranked.service_tasks, ranked.active_tasks);
    for (index, ranked) in ranking.iter().take(LINE_COUNT_MAX).enumerate() {
        let before = index.checked_sub(1).map(|before| &ranking[before]);
        if !ranked.is_candidate && before.is_none_or(|before| before.is_candidate) {
            let _ = writeln!(
                out,
                "  and, in other branches or beyond the size of the group:"
            );
        }
        let mark = if ranked.is_chosen { "→" } else { " " };
        let failures = match ranked.failures {
            0 => String::new(),
            count => format!(", {count} recent failures"),
        };
        let is_tie = before.is_some_and(|before| {
            before.is_candidate == ranked.is_candidate && place(before) == place(ranked)
        });
        let tie = if is_tie { "  (tie)" } else { "" };
        let _ = writeln!(
            out,
            "  {mark} {:width$}  {}, {}{failures}{tie}",
            ranked.hostname, ranked.service_tasks, ranked.active_tasks
        );
    }
    write_rest(out, ranking.len(), "nodes");
}
