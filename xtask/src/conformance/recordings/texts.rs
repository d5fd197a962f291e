//! Printed texts, with what differs from run to run taken out of them.

use std::collections::BTreeMap;

use super::{Findings, Recording, jobs};
use crate::conformance::Difference;
use crate::conformance::known::{
    CERTIFICATES, DEMOTED_ENGINE, EMPTY_PARTS, ENGINE, HINTS, HOST_PORTS_TWICE, JOB_TASKS_STAY,
    LOG_DRIVERS, NEWER_CLIENT, OUTPUT, PROGRESS, Rule,
};

/// Replaces ids of 25 characters.
pub fn mask_ids(text: &str) -> String {
    mask_words(text, |word, _| is_id(word).then_some("<id>"))
}

/// Takes ids, ages, times and the version of the engine out of a printed text, and the widths of
/// columns with them.
pub fn mask(text: &str) -> String {
    let text = text
        .replace("20.10.24+dfsg1", "<engine>")
        .replace("28.2.2", "<engine>")
        .replace("<task-id>", "<id>");
    let lines = text.trim_end().lines().map(|line| {
        let line = mask_words(&mask_tokens(line), |word, at| {
            let is_short_id = at == 0 && word.len() == 12 && is_base36(word);
            if is_id(word) || is_short_id {
                Some("<id>")
            } else if word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                Some("<hex>")
            } else {
                None
            }
        });
        narrow(&mask_times(&line))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Compares two texts. What differs by a rule is taken out of both first.
pub fn compare(
    printed: Printed<'_>,
    what: &str,
    [expected, actual]: [&str; 2],
    findings: &mut Findings,
) {
    let Some(plain) = difference(what, expected, actual) else {
        return;
    };
    if printed.line.starts_with("docker service logs") {
        return findings.explain(plain, &OUTPUT);
    }
    if let Some(rule) = printed.whole_rule(expected, actual) {
        return findings.explain(plain, rule);
    }
    let mut texts = [expected.to_owned(), actual.to_owned()];
    let mut applied = None;
    for (rule, apply) in RULES {
        let changed = texts.each_ref().map(|text| apply(text));
        if changed != texts {
            applied = applied.or(Some(rule));
            texts = changed;
        }
    }
    match (applied, difference(what, &texts[0], &texts[1])) {
        (Some(rule), None) => findings.explain(plain, rule),
        (_, left) => findings.unexplained.extend(left),
    }
}

/// Where a text comes from.
#[derive(Clone, Copy, Debug)]
pub struct Printed<'r> {
    pub recording: &'r Recording,
    pub t: f64,
    pub line: &'r str,
}

impl Printed<'_> {
    /// The rule by which two texts of certain lines differ, if they do not differ otherwise.
    fn whole_rule(self, expected: &str, actual: &str) -> Option<&'static Rule> {
        let Self { recording, t, line } = self;
        if expected.contains("control.sock: connect: no such file or directory")
            && actual.contains("This node is not a swarm manager.")
        {
            return Some(&DEMOTED_ENGINE);
        }
        if line.starts_with("docker info") {
            return (swarm_of_info(expected) == swarm_of_info(actual)).then_some(&ENGINE);
        }
        let mut removed = jobs::removed(recording).into_iter();
        let is_list = line.starts_with("docker node ps") || line.starts_with("docker ps");
        if is_list && removed.any(|(_, at)| at <= t) {
            let kept = |text: &str| without_tasks_of(&jobs::removed(recording), text);
            return (kept(expected) == kept(actual)).then_some(&JOB_TASKS_STAY);
        }
        None
    }
}

/// What `docker info` says of the swarm, but for its address pool.
fn swarm_of_info(text: &str) -> Vec<&str> {
    let lines = text.lines().skip_while(|line| !line.contains("Swarm:"));
    let mut lines = lines.enumerate();
    let is_part = |(index, line): &(usize, &str)| *index == 0 || line.starts_with("  ");
    let swarm = lines.by_ref().take_while(is_part).map(|(_, line)| line);
    let pool = ["Default Address Pool:", "SubnetSize:"];
    swarm
        .filter(|line| !pool.iter().any(|word| line.contains(word)))
        .collect()
}

/// A list of tasks or containers without those of services that were removed: a task whose service
/// is gone is named after its id.
fn without_tasks_of(removed: &BTreeMap<&str, f64>, text: &str) -> String {
    let is_of = |line: &str, name: &str| {
        line.split_whitespace().any(|word| {
            word.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('.'))
        })
    };
    let is_gone = |line: &&str| is_of(line, "<id>") || removed.keys().any(|name| is_of(line, name));
    let lines = text.lines().filter(|line| !is_gone(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// Takes out of a text what a rule is about.
type Change = fn(&str) -> String;

/// What the model prints otherwise, by rule.
const RULES: [(&Rule, Change); 9] = [
    (&PROGRESS, without_progress),
    (&LOG_DRIVERS, |text| text.replace("logentries, ", "")),
    (&CERTIFICATES, without_certificates),
    (&HOST_PORTS_TWICE, with_ports_once),
    (&NEWER_CLIENT, of_any_client),
    (&NEWER_CLIENT, of_any_engine),
    (&NEWER_CLIENT, in_any_words),
    (&HINTS, without_hints),
    (&EMPTY_PARTS, without_empty_parts),
];

/// Without what only some versions of the client print.
fn of_any_client(text: &str) -> String {
    let has_orchestrators = text.starts_with("NAME  SERVICES  ORCHESTRATOR");
    let lines = text.lines().filter(|line| {
        !line.starts_with("Since --detach=false was not specified")
            && !line.starts_with("In a future release, --detach=false")
            && *line != "exit status 1"
    });
    let lines = lines.map(|line| match line.rsplit_once("  ") {
        Some((before, _)) if has_orchestrators => before,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The texts of one kind of refusal, of engines and clients of any version, in a form of our own.
fn of_any_engine(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.strip_prefix("Status: ").unwrap_or(line);
        let line = line.strip_suffix(", Code: 1").unwrap_or(line);
        for kind in ["node", "service", "network", "secret", "config"] {
            let today = line.split_once(&format!("Error response from daemon: {kind} "));
            let today = today.and_then(|(before, rest)| {
                rest.strip_suffix(" not found").map(|name| (before, name))
            });
            let once = ["Error: No", "Error: no", "no"]
                .iter()
                .find_map(|no| line.split_once(&format!("{no} such {kind}: ")));
            if let Some((before, name)) = today.or(once) {
                return format!("{before}<no such {kind}: {name}>");
            }
        }
        line.to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A refusal by the client without what it says of its use, and what the wording of versions
/// differs in.
fn in_any_words(text: &str) -> String {
    let says_how = |line: &&str| {
        line.starts_with("See 'docker ")
            || line.starts_with("Usage:  docker ") && !line.ends_with(" COMMAND")
            || line.starts_with("Run 'docker ") && line.ends_with("for more information")
    };
    let is_misuse = text.lines().any(|line| says_how(&line));
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if is_misuse && says_how(&line) {
            break;
        }
        let line = line.strip_prefix("docker: ").unwrap_or(line);
        let line = match line.split_once(" requires at least ") {
            Some((command, count)) => format!(
                "{} requires at least {}",
                command.trim_matches(['"', '\'']),
                count.trim_end_matches('.')
            ),
            None => line.to_owned(),
        };
        if line.ends_with("invalid network config:") {
            continue;
        }
        let line = match (line.find("nvalid subnet "), line.find("reading ")) {
            (Some(at), _) => {
                let range = line[at..].split([' ', ':']).nth(2).unwrap_or_default();
                format!("<invalid subnet {range}>")
            }
            (_, Some(_)) if line.contains(": open ") => {
                let (_, file) = line.rsplit_once(": open ").unwrap_or_default();
                format!("<cannot read {file}>")
            }
            _ => line.replace("Invalid ", "invalid "),
        };
        lines.push(line.replace("Manage services", "Manage Swarm services"));
    }
    lines.join("\n")
}

fn without_hints(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("hint: "));
    lines.collect::<Vec<_>>().join("\n")
}

fn without_empty_parts(text: &str) -> String {
    [
        (r#""Privileges":{"CredentialSpec":null,"SELinuxContext":null},"#, ""),
        (
            r#""Privileges":{"CredentialSpec":null,"SELinuxContext":null,"NoNewPrivileges":false},"#,
            "",
        ),
        (r#""Resources":{"Limits":{},"Reservations":{}}"#, r#""Resources":{}"#),
    ]
    .iter()
    .fold(text.to_owned(), |text, (part, instead)| {
        text.replace(part, instead)
    })
}

/// Without the lines that say how far an update is.
fn without_progress(text: &str) -> String {
    let is_place = |line: &str| {
        let place = line.split(':').next().unwrap_or_default();
        let is_of_node = place == "<id>" && line.contains(": ");
        is_of_node
            || place.split_once('/').is_some_and(|(place, count)| {
                let is_number =
                    |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                is_number(place) && is_number(count)
            })
    };
    let is_progress = |line: &str| {
        let words = [
            "overall progress:",
            "verify: Waiting",
            "job progress:",
            "active tasks:",
        ];
        words.iter().any(|words| line.starts_with(words)) || is_place(line)
    };
    let lines = text.lines().filter(|line| !is_progress(line)).map(|line| {
        if line.starts_with("verify: Service ") && line.ends_with(" converged") {
            "verify: Service converged"
        } else {
            line
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn without_certificates(text: &str) -> String {
    let mut is_inside = false;
    let lines = text.lines().filter(|line| {
        is_inside |= *line == "TLS Info:";
        let is_part = is_inside;
        is_inside &= !line.starts_with(" Issuer Public Key:");
        !is_part
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Ports in the last column of a list of tasks, each once.
fn with_ports_once(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let Some((before, ports)) = line.rsplit_once("  ") else {
            return line.to_owned();
        };
        if !ports.starts_with("*:") {
            return line.to_owned();
        }
        let mut once: Vec<&str> = Vec::new();
        for port in ports.split(',') {
            if !once.contains(&port) {
                once.push(port);
            }
        }
        format!("{before}  {}", once.join(","))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The lines in which two texts differ, if they do.
fn difference(what: &str, expected: &str, actual: &str) -> Option<Difference> {
    if expected == actual {
        return None;
    }
    let only = |text: &str, other: &str| {
        let lines = text
            .lines()
            .filter(|line| !other.lines().any(|there| there == *line));
        lines.collect::<Vec<_>>().join("\n")
    };
    let (mut more, mut less) = (only(expected, actual), only(actual, expected));
    if more.is_empty() && less.is_empty() {
        (more, less) = (expected.to_owned(), actual.to_owned());
    }
    Some(Difference {
        what: what.to_owned(),
        expected: more,
        actual: less,
    })
}

/// Replaces join tokens; those of the recordings are symbolic already.
fn mask_tokens(line: &str) -> String {
    let mut words = line.split(' ').map(|word| {
        let is_token = word.starts_with("SWMTKN-1-") && word.len() > 40;
        if is_token || word.starts_with("SWMTKN-1-<") || word.starts_with("{token:") {
            "<token>"
        } else {
            word
        }
    });
    let mut masked = words.next().unwrap_or_default().to_owned();
    for word in words {
        masked.push(' ');
        masked.push_str(word);
    }
    masked
}

fn is_base36(word: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    word.bytes().all(is_digit)
}

fn is_id(word: &str) -> bool {
    word.len() == 25 && is_base36(word)
}

/// Replaces words of letters and digits, given with their place in the text.
fn mask_words(text: &str, replacement: impl Fn(&str, usize) -> Option<&'static str>) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        let is_word = |c: char| c.is_ascii_alphanumeric();
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if length == 0 {
            let other = rest.find(is_word).unwrap_or(rest.len());
            masked.push_str(&rest[..other]);
            rest = &rest[other..];
            continue;
        }
        let word = &rest[..length];
        masked.push_str(replacement(word, at).unwrap_or(word));
        rest = &rest[length..];
    }
    masked
}

/// Replaces ages such as `3 seconds ago`, and times of day.
fn mask_times(line: &str) -> String {
    let mut line = line.to_owned();
    for unit in ["second", "minute", "hour"] {
        for ending in [format!(" {unit}s ago"), format!(" {unit} ago")] {
            while let Some(end) = line.find(&ending) {
                let before = &line[..end];
                let start = [
                    "Less than a",
                    "About a",
                    "About an",
                    "less than a",
                    "about a",
                ]
                .iter()
                .filter_map(|words| before.strip_suffix(words))
                .map(str::len)
                .next()
                .unwrap_or_else(|| before.trim_end_matches(|c: char| c.is_ascii_digit()).len());
                line.replace_range(start..end + ending.len(), "<age>");
            }
        }
    }
    mask_moments(&line)
}

/// Replaces moments such as `2026-01-01T10:00:00.123456789Z` and `2026-01-01 10:00:00.1 +0000 utc`.
fn mask_moments(line: &str) -> String {
    let is_part = |c: char| c.is_ascii_digit() || "-:.TZ+".contains(c);
    let words = line.split_inclusive(|c: char| !is_part(c));
    let mut masked = String::new();
    for word in words {
        let core = word.trim_end_matches(|c: char| !is_part(c));
        let looks = core.len() >= 8
            && core.bytes().filter(u8::is_ascii_digit).count() >= 6
            && (core.matches(':').count() == 2 || core.matches('-').count() == 2);
        if looks {
            masked.push_str("<time>");
            masked.push_str(&word[core.len()..]);
        } else {
            masked.push_str(word);
        }
    }
    masked
}

/// Two blanks for any number from two on, none at the end.
fn narrow(line: &str) -> String {
    let mut narrowed = String::new();
    let mut blanks = 0;
    for c in line.trim_end().chars() {
        if c == ' ' {
            blanks += 1;
            if blanks > 2 {
                continue;
            }
        } else {
            blanks = 0;
        }
        narrowed.push(c);
    }
    narrowed
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn what_differs_from_run_to_run_is_taken_out() {
        let line = "u1i4gbz8wuyg   web.2     app:1     swarm-worker1   Running         Running 1 \
                    second ago             ";
        assert_eq!(
            mask(line),
            "<id>  web.2  app:1  swarm-worker1  Running  Running <age>"
        );
        assert_eq!(mask("Started 5 seconds ago"), "Started <age>");
        assert_eq!(mask("Shutdown About a minute ago"), "Shutdown <age>");
        assert_eq!(mask("Shutdown Less than a second ago"), "Shutdown <age>");
        assert_eq!(
            mask(r#"{"State":"completed","StartedAt":"2026-10-01T10:11:12.3456Z"}"#),
            r#"{"State":"completed","StartedAt":"<time>"}"#
        );
        assert_eq!(mask("id p7q6prva0y4qxuypd9cq1j0iz."), "id <id>.");
        assert_eq!(mask("10.99.0.11"), "10.99.0.11");
    }
}
