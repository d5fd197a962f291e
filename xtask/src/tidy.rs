//! Rules about the text of the sources that no lint can hold.

use std::path::Path;

use anyhow::Context as _;

use crate::process;

/// More lines than this are too many for one file.
const LINE_COUNT_MAX: usize = 700;
/// Longer files that may be, with the reason.
const LONG_FILES: [(&str, &str); 0] = [];

/// What would make core more than a function of its inputs. Clippy sees types and methods; this
/// also sees macros, and code that is not compiled.
const NOT_IN_CORE: [&str; 7] = [
    concat!("Hash", "Map"),
    concat!("Hash", "Set"),
    concat!("Inst", "ant"),
    concat!("System", "Time"),
    concat!("std::", "env"),
    concat!("std::", "thread"),
    concat!("print", "ln!"),
];
/// Ordered collections come from `core::collections`, so that the module for browsers stays small.
const LARGE: [&str; 1] = [concat!("std::", "collections")];
/// Where the large ones are meant: where the small ones are made, and the queue, which takes out at
/// its front.
const LARGE_ALLOWED: [&str; 2] = ["core/src/collections/", "core/src/kernel/queue.rs"];
/// What is not finished, or not run.
const NOT_IN_RUST: [&str; 3] = [
    concat!("to", "do!"),
    concat!("un", "implemented!"),
    concat!("#[ign", "ore"),
];
/// Paths of one machine. The home of the simulated machines' `root` is none of them.
const PLACES: [&str; 6] = [
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/.cargo"),
    concat!("/ro", "ot/.rustup"),
    concat!("/Us", "ers/"),
    concat!("/t", "mp/"),
];
/// Texts of docker, and of SwarmKit's own tests, in which such paths are meant to be.
const PLACES_ALLOWED: [&str; 1] = [concat!("\"/ho", "me/\")")];

/// Checks every tracked file and says how many there are, or what is wrong with them.
pub fn check() -> anyhow::Result<usize> {
    let list =
        process::run(process::program("git").args(["ls-files", "-co", "--exclude-standard"]))
            .context("the rules are about the files that git knows")?;
    let mut wrong = Vec::new();
    let mut count = 0;
    for name in list.lines() {
        // Compressed data is not text, and a file may be deleted and not yet be committed so.
        if let Ok(text) = std::fs::read_to_string(process::root().join(name)) {
            count += 1;
            wrong.extend(findings(name, &text));
        }
    }
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    anyhow::ensure!(count > 0, "git knows no files here");
    Ok(count)
}

/// What is wrong with a file.
fn findings(name: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let is_rust = Path::new(name).extension() == Some("rs".as_ref());
    if is_rust && !text.starts_with("//!") {
        wrong.push(format!(
            "{name}: does not say what it is about: begin with //!"
        ));
    }
    let line_count = text.lines().count();
    let may_be_long = LONG_FILES.iter().any(|(file, _)| *file == name);
    if is_rust && line_count > LINE_COUNT_MAX && !may_be_long {
        wrong.push(format!(
            "{name}: {line_count} lines; {LINE_COUNT_MAX} are enough"
        ));
    }
    for (index, line) in text.lines().enumerate() {
        let place = format!("{name}:{}", index + 1);
        let mut forbid = |words: &[&str], why: &str| {
            if let Some(word) = words.iter().find(|word| line.contains(*word)) {
                wrong.push(format!("{place}: {word}: {why}"));
            }
        };
        if is_rust && name.starts_with("core/src/") {
            forbid(&NOT_IN_CORE, "core does not know its host");
        }
        let may_be_large = LARGE_ALLOWED.iter().any(|place| name.starts_with(place));
        if is_rust && name.starts_with("core/src/") && !may_be_large {
            forbid(&LARGE, "take it from crate::collections");
        }
        if is_rust {
            forbid(&NOT_IN_RUST, "finish it, or leave it out");
        }
        if !PLACES_ALLOWED.iter().any(|allowed| line.contains(allowed)) {
            forbid(&PLACES, "a path of one machine");
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_found() {
        let long = format!("//! x\n{}", "\n".repeat(LINE_COUNT_MAX));
        let cases = [
            ("core/src/a.rs", format!("//! x\nuse {};\n", NOT_IN_CORE[0])),
            (
                "cli/src/a.rs",
                format!("//! x\nfn f() {{ {}() }}\n", NOT_IN_RUST[0]),
            ),
            ("core/src/a.rs", format!("//! x\nuse {};\n", LARGE[0])),
            ("README.md", format!("in {}here\n", PLACES[0])),
            ("cli/src/a.rs", "use x;\n".to_owned()),
            ("cli/src/a.rs", long),
        ];
        for (name, text) in cases {
            assert_eq!(findings(name, &text).len(), 1, "{name}: {text}");
        }
        let clock = format!("//! x\nuse std::time::{};\n", NOT_IN_CORE[2]);
        assert_eq!(findings("xtask/src/a.rs", &clock), Vec::<String>::new());
    }
}
