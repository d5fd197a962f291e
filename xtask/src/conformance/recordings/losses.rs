//! When nodes and managers of a recording were lost, and what can be said of the swarm then.
//!
//! How long it takes until a loss is noticed, until a leader is found and until an agent is back is
//! up to chance. Meanwhile two swarms that are both right need not look alike.

use super::{Recording, Step};

/// When a loss has had all its consequences: the node is given up, its tasks run elsewhere.
const SEEN_S: f64 = 26.0;
/// The same where a new leader has to be found before.
const SEEN_BY_ANOTHER_S: f64 = 75.0;
/// When a node that comes back is where it was.
const BACK_S: f64 = 12.0;
/// The same with managers.
const MANAGER_BACK_S: f64 = 35.0;

/// Whether what the swarm looks like at a moment is up to chance.
pub(super) fn is_uncertain(recording: &Recording, t: f64) -> bool {
    let managers = recording.nodes.iter().filter(|node| node.role == "manager");
    let has_several = managers.count() > 1;
    let [seen_s, back_s] = if has_several {
        [SEEN_BY_ANOTHER_S, MANAGER_BACK_S]
    } else {
        [SEEN_S, BACK_S]
    };
    let is_within = |from: f64, length: f64| (from..from + length).contains(&t);
    let is_stuck = stuck(recording).any(|(_, at)| at <= t);
    is_stuck
        || recording.steps.iter().any(|step| match step {
            Step::Fault { t: at, fault, .. } => match fault.as_str() {
                "power-off" | "daemon-kill" | "daemon-stop" | "link-down" => is_within(*at, seen_s),
                "daemon-start" | "link-up" => is_within(*at, back_s),
                _ => false,
            },
            Step::Command {
                t: at,
                line,
                exit_code: 0,
                ..
            } if line.starts_with("docker swarm leave") => is_within(*at, seen_s),
            Step::Command { t: at, line, .. } if line.starts_with("docker node demote") => {
                has_several && is_within(*at, back_s)
            }
            Step::Command { .. } => false,
        })
}

/// Until when anybody watched: the last manager that leaves takes all with it.
pub(super) fn watched_until(recording: &Recording) -> f64 {
    let managers = recording.nodes.iter().filter(|node| node.role == "manager");
    let managers: Vec<&str> = managers.map(|node| node.hostname.as_str()).collect();
    let mut steps = recording.steps.iter();
    let left_at = steps.find_map(|step| match step {
        Step::Command {
            t,
            on,
            line,
            exit_code: 0,
            ..
        } if line == "docker swarm leave --force" && managers == [on] => Some(*t),
        _ => None,
    });
    left_at.unwrap_or(recording.end)
}

/// From when to when a node could not be told anything: until it was ready again.
pub(super) fn away(recording: &Recording, hostname: &str) -> Vec<(f64, f64)> {
    let of_node = |step: &Step| match step {
        Step::Fault {
            t, fault, nodes, ..
        } if nodes.iter().any(|node| node == hostname) => match fault.as_str() {
            "power-off" | "daemon-kill" | "daemon-stop" | "link-down" => Some(*t),
            _ => None,
        },
        _ => None,
    };
    let losses = recording.steps.iter().filter_map(of_node);
    losses
        .filter_map(|from| {
            let mut changes = recording.node_changes.iter();
            let back = changes.find(|change| {
                change.node == hostname && change.t > from && change.state == "ready"
            });
            back.map(|back| (from, back.t))
        })
        .collect()
}

/// Whether a manager has come back so lately that its connections need not be there again: they are
/// tried at growing intervals.
pub(super) fn has_manager_returned(recording: &Recording, t: f64) -> bool {
    let is_manager = |name: &String| {
        let mut nodes = recording.nodes.iter();
        nodes.any(|node| node.hostname == *name && node.role == "manager")
    };
    recording.steps.iter().any(|step| {
        matches!(step, Step::Fault { t: at, fault, nodes, .. }
            if fault == "daemon-start"
                && nodes.iter().any(is_manager)
                && (*at..*at + MANAGER_BACK_S).contains(&t))
    })
}

/// Whether anything was done to machines or to their network.
pub(super) fn has_any(recording: &Recording) -> bool {
    let is_fault = |step: &Step| match step {
        Step::Fault { fault, .. } => fault != "probe",
        Step::Command {
            line, exit_code: 0, ..
        } => line.starts_with("docker swarm leave"),
        Step::Command { .. } => false,
    };
    recording.steps.iter().any(is_fault)
}

/// Workers that were promoted and never came to be managers, and since when: a later list of the
/// nodes does not name them as such. Their engines hang in the attempt to join.
pub(super) fn stuck(recording: &Recording) -> impl Iterator<Item = (&str, f64)> {
    let changes = recording.node_changes.iter();
    let promotions = changes.filter(|change| {
        let was_worker =
            |node: &&super::NodeAtStart| node.hostname == change.node && node.role == "worker";
        change.desired_role == "manager"
            && change.state == "ready"
            && recording.nodes.iter().any(|node| was_worker(&node))
    });
    let mut seen: Vec<(&str, f64)> = Vec::new();
    for change in promotions {
        if seen.iter().all(|(name, _)| *name != change.node) {
            seen.push((&change.node, change.t));
        }
    }
    seen.into_iter().filter(|(name, at)| {
        let mut lists = recording.steps.iter().filter_map(|step| match step {
            Step::Command {
                t, line, stdout, ..
            } if line == "docker node ls" && *t > at + 1.0 => Some(stdout),
            _ => None,
        });
        let says_so = |list: &String| {
            let mut rows = list.lines();
            rows.any(|row| {
                let is_its = row.split_whitespace().any(|word| word == *name);
                is_its && (row.contains("Reachable") || row.contains("Leader"))
            })
        };
        let has_rows = lists.clone().next().is_some();
        has_rows && !lists.any(says_so)
    })
}
