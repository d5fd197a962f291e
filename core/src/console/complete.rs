//! What could stand at a place of a line: commands, flags, and names of the present swarm.

use std::ops::Range;

use super::Console;
use super::words::WORDS;
use crate::collections::Order as _;
use crate::docker::tree::{CommandSpec, ROOT};

/// What could be put in place of a part of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// The bytes of the line (or its UTF-16 units) that are replaced.
    pub range: Range<usize>,
    /// By what, in order.
    pub words: Vec<String>,
}

impl Console {
    /// What could stand where the cursor is; `cursor` counts bytes.
    pub fn complete(&self, line: &str, cursor: usize) -> Completions {
        let mut cursor = cursor.min(line.len());
        while !line.is_char_boundary(cursor) {
            cursor -= 1;
        }
        let before = &line[..cursor];
        let start = before
            .char_indices()
            .rev()
            .find(|(_, c)| c.is_whitespace())
            .map_or(0, |(at, c)| at + c.len_utf8());
        let typed = &before[start..];
        let mut earlier: Vec<&str> = before[..start].split_whitespace().collect();
        if earlier.first().is_some_and(|word| word.starts_with('@')) {
            earlier.remove(0);
        }
        let mut words = self.candidates(&earlier, typed);
        words.retain(|word| word.starts_with(typed));
        words.order();
        words.dedup();
        Completions {
            range: start..cursor,
            words,
        }
    }

    /// The same for whoever counts in UTF-16 units, as browsers do.
    pub fn complete_utf16(&self, line: &str, cursor: usize) -> Completions {
        let mut left = cursor;
        let bytes: usize = line
            .chars()
            .take_while(|c| {
                let fits = c.len_utf16() <= left;
                left = left.saturating_sub(c.len_utf16());
                fits
            })
            .map(char::len_utf8)
            .sum();
        let found = self.complete(line, bytes);
        let units = |bytes: usize| line[..bytes].encode_utf16().count();
        Completions {
            range: units(found.range.start)..units(found.range.end),
            words: found.words,
        }
    }

    fn candidates(&self, earlier: &[&str], typed: &str) -> Vec<String> {
        let owned = |words: &mut dyn Iterator<Item = &'static str>| -> Vec<String> {
            words.map(str::to_owned).collect()
        };
        match earlier {
            [] if typed.starts_with('@') => {
                let nodes = self.node_names().into_iter();
                nodes.map(|name| format!("@{name}")).collect()
            }
            [] | ["help"] => owned(&mut WORDS.iter().map(|word| word.name)),
            ["docker", rest @ ..] => self.docker_words(rest, typed),
            ["partition" | "mute", ..]
            | ["slow", _]
            | [
                "on" | "crash" | "kill-engine" | "stop-engine" | "recover" | "join" | "freeze"
                | "thaw" | "interrupt" | "slow" | "wipe",
            ] => self.node_names(),
            ["explain" | "kill"] => self.task_names(),
            ["run"] => vec!["until".to_owned()],
            ["run", "until"] => owned(&mut ["converged", "quiet"].into_iter()),
            _ => Vec::new(),
        }
    }

    fn docker_words(&self, words: &[&str], typed: &str) -> Vec<String> {
        let mut spec: &'static CommandSpec = &ROOT;
        let mut path = ROOT.name.to_owned();
        for word in words {
            if let Some(child) = spec.child(&path, word) {
                spec = child;
                path = format!("{path} {}", child.name);
            }
        }
        if typed.starts_with('-') {
            return spec
                .flags()
                .map(|flag| format!("--{}", flag.name))
                .collect();
        }
        if !spec.children.is_empty() {
            let known = spec.children.iter().filter(|child| child.modelled);
            return known.map(|child| child.name.to_owned()).collect();
        }
        match path.strip_prefix("docker ").unwrap_or_default() {
            "service scale" => {
                let services = self.service_names().into_iter();
                services.map(|name| format!("{name}=")).collect()
            }
            text if text.starts_with("service ") && text != "service create" => {
                self.service_names()
            }
            text if text.starts_with("node ") => self.node_names(),
            _ => Vec::new(),
        }
    }
}
