//! Help texts, made from the tables of the [`tree`](super::tree).
//!
//! Upstream: `cli/cobra.go` (the templates) and `spf13/pflag` FlagUsagesWrapped. The width is
//! that of a client without a terminal: 80 columns.

use std::fmt::Write;

use crate::collections::Order as _;

use super::flags::Flag;
use super::tree::{CommandSpec, ROOT, SECTIONS};

/// The last column that a text may reach.
const WIDTH: usize = 79;

/// The usage line of a command, without `Usage:`.
pub fn usage_line(path: &str, spec: &CommandSpec) -> String {
    if spec.usage.is_empty() {
        path.to_owned()
    } else {
        format!("{path} {}", spec.usage)
    }
}

/// The help of a command.
pub fn help(path: &str, spec: &CommandSpec) -> String {
    if spec.name == ROOT.name {
        return root_help();
    }
    let usage = if spec.children.is_empty() {
        usage_line(path, spec)
    } else {
        format!("{path} COMMAND")
    };
    let about = if spec.long.is_empty() {
        spec.about
    } else {
        spec.long
    };
    let mut text = format!("Usage:  {usage}\n\n{about}\n");
    if !spec.aliases.is_empty() {
        let _ = writeln!(text, "\nAliases:\n  {}", spec.aliases);
    }
    let options = options(spec);
    if !options.is_empty() {
        let _ = write!(text, "\nOptions:\n{options}");
    }
    if !spec.children.is_empty() {
        text += "\nCommands:\n";
        for child in spec.children {
            text += &command_line(child);
        }
        let _ = writeln!(
            text,
            "\nRun '{path} COMMAND --help' for more information on a command."
        );
    }
    text
}

/// The help of `docker` itself.
fn root_help() -> String {
    let mut text = format!("Usage:  {} {}\n\n{}\n", ROOT.name, ROOT.usage, ROOT.about);
    for (title, names) in SECTIONS {
        let _ = writeln!(text, "\n{title}:");
        for name in *names {
            if let Some(child) = ROOT.child(ROOT.name, name) {
                text += &command_line(child);
            }
        }
    }
    let _ = write!(text, "\nGlobal Options:\n{}", options(&ROOT));
    text += "\nRun 'docker COMMAND --help' for more information on a command.\n\
             \nFor more help on how to use Docker, head to https://docs.docker.com/go/guides/\n";
    text
}

fn command_line(spec: &CommandSpec) -> String {
    format!("  {:<11} {}\n", spec.name, spec.about)
}

/// The table of flags, by name.
fn options(spec: &CommandSpec) -> String {
    let mut flags: Vec<&Flag> = spec.flags().collect();
    flags.order_by_key(|flag| flag.name);
    let heads: Vec<String> = flags.iter().map(|flag| head(flag)).collect();
    let column = heads.iter().map(String::len).max().unwrap_or(0) + 3;
    let mut text = String::new();
    for (flag, head) in flags.iter().zip(&heads) {
        let mut about = flag.about.to_owned();
        if !flag.default.is_empty() {
            let _ = write!(about, " (default {})", flag.default);
        }
        let about = wrap(column, &about);
        let _ = writeln!(text, "{head:<column$}{about}");
    }
    text
}

/// The left part of a row: `  -d, --detach` or `      --name string`.
fn head(flag: &Flag) -> String {
    let mut text = match flag.short {
        Some(short) => format!("  -{short}, --{}", flag.name),
        None => format!("      --{}", flag.name),
    };
    if !flag.type_name().is_empty() {
        let _ = write!(text, " {}", flag.type_name());
    }
    text
}

/// Breaks a text that begins at a column (pflag's `wrap`).
fn wrap(column: usize, text: &str) -> String {
    /// A last word may stick out this far rather than stand alone.
    const SLOP: usize = 5;
    let width = WIDTH.saturating_sub(column);
    let indent = " ".repeat(column);
    if width < 24 {
        return text.replace('\n', &format!("\n{indent}"));
    }
    let mut lines = Vec::new();
    let mut rest = text;
    loop {
        let (line, after) = break_line(width - SLOP, SLOP, rest);
        lines.push(line.replace('\n', &format!("\n{indent}")));
        if after.is_empty() {
            return lines.join(&format!("\n{indent}"));
        }
        rest = after;
    }
}

/// Cuts off the first line of a text (pflag's `wrapN`).
fn break_line(width: usize, slop: usize, text: &str) -> (&str, &str) {
    if width + slop > text.len() {
        return (text, "");
    }
    let head = &text[..floor_char_boundary(text, width)];
    let Some(blank) = head.rfind([' ', '\t', '\n']).filter(|&at| at > 0) else {
        return (text, "");
    };
    let at = match head.rfind('\n') {
        Some(newline) if newline > 0 && newline < blank => newline,
        _ => blank,
    };
    (&text[..at], &text[at + 1..])
}

fn floor_char_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
