//! Diagnostics as text for people, in the form that editors and terminals make clickable.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity, Source};

const BOLD: &str = "\u{1b}[1m";
const RESET: &str = "\u{1b}[0m";

/// `file:line:col: error[E0003]: message`, the source line with a caret under it, the advice.
pub(super) fn render(diagnostic: &Diagnostic, text: &str, path: &str, colour: bool) -> String {
    let source = Source::new(text);
    let (line, line_start) = source.line(diagnostic.span.line);
    let line_number = diagnostic.span.line.max(1) as usize;
    let place = place_in_line(diagnostic, line, line_start);
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let snippet = Snippet::source(line)
        .line_start(line_number)
        .annotation(AnnotationKind::Primary.span(place));
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let drawn = renderer.render(&[Group::with_level(level).element(snippet)]);
    let mut out = header(diagnostic, path, colour);
    for line in drawn.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    let margin = " ".repeat(line_number.to_string().len());
    let mut add = |kind: &str, message: &str| {
        let kind = if colour {
            format!("{BOLD}{kind}{RESET}")
        } else {
            kind.to_owned()
        };
        out.push_str(&[&margin, " = ", &kind, ": ", message, "\n"].concat());
    };
    if let Some(help) = &diagnostic.help {
        add("help", help);
    }
    for note in &diagnostic.notes {
        match note.span {
            Some(span) => {
                let (line, column) = (span.line, span.column);
                let message = &note.message;
                add("note", &format!("line {line}, column {column}: {message}"));
            }
            None => add("note", &note.message),
        }
    }
    out
}

fn header(diagnostic: &Diagnostic, path: &str, colour: bool) -> String {
    let Diagnostic {
        code,
        severity,
        message,
        span,
        ..
    } = diagnostic;
    let (line, column) = (span.line.max(1), span.column.max(1));
    let kind = severity.as_str();
    if colour {
        let paint = match severity {
            Severity::Error => "\u{1b}[1;91m",
            Severity::Warning => "\u{1b}[1;93m",
        };
        format!("{path}:{line}:{column}: {paint}{kind}[{code}]{RESET}: {BOLD}{message}{RESET}\n")
    } else {
        format!("{path}:{line}:{column}: {kind}[{code}]: {message}\n")
    }
}

/// The part of the span that lies in its first line, in bytes of that line.
fn place_in_line(diagnostic: &Diagnostic, line: &str, line_start: usize) -> std::ops::Range<usize> {
    let range = diagnostic.span.range();
    let start = line.floor_char_boundary(range.start.saturating_sub(line_start));
    let end = line.floor_char_boundary(range.end.saturating_sub(line_start).max(start));
    start..end
}
