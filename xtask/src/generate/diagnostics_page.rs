//! The catalogue of mistakes as a page.

use std::fmt::Write as _;

use swarmlab_core::diagnostic::{Code, Severity};

const INTRODUCTION: &str = "\
# Diagnostics

<!-- Written by `cargo xtask generate`. -->

What can be wrong with a scenario. Codes with `E` are errors: the file is refused. Codes with `W` are
warnings. A code never changes its meaning. `swarmlab diagnostic E0003` prints the same text.
";

pub(super) fn text() -> String {
    let mut text = INTRODUCTION.to_owned();
    for (severity, title) in [(Severity::Error, "Errors"), (Severity::Warning, "Warnings")] {
        let _ = writeln!(text, "\n## {title}");
        for code in Code::ALL.iter().filter(|code| code.severity() == severity) {
            let title = code.title().trim_end_matches('.');
            let _ = writeln!(text, "\n### {code}: {title}\n\n{}", code.explanation());
        }
    }
    text
}
