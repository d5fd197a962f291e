//! `cargo xtask generate`: files that are written by programs, and kept in the project.
//!
//! Each is a function of the sources. The check, which is also a test, says which of them are out
//! of date.

mod diagnostics_page;
mod scenario_page;
mod typescript;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::conformance::{self, Report, Source};
use crate::process;

/// Writes the generated files: the JSON Schema and the reference pages
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Only say which files are out of date, and fail if there are any
    #[arg(long)]
    check: bool,
}

/// A generated file.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where it is kept.
    pub path: PathBuf,
    /// What it should contain.
    pub text: String,
}

impl Page {
    fn new(path: &str, text: String) -> Self {
        let path = process::root().join(path);
        Self { path, text }
    }

    /// The path as people call it.
    pub fn name(&self) -> String {
        let path = self.path.strip_prefix(process::root());
        path.unwrap_or(&self.path).display().to_string()
    }

    /// Whether the kept file is as it should be.
    pub fn is_current(&self) -> bool {
        std::fs::read_to_string(&self.path).is_ok_and(|kept| kept == self.text)
    }
}

/// Every page but that of the conformance, which takes its time.
pub fn pages() -> Vec<Page> {
    let schema = swarmlab_core::scenario::json_schema();
    let types = swarmlab_core::report::json_schema();
    vec![
        Page::new("scenario.schema.json", format!("{schema:#}\n")),
        Page::new("docs/scenario.md", scenario_page::text(&schema)),
        Page::new("docs/diagnostics.md", diagnostics_page::text()),
        Page::new("wasm/playground/src/core.ts", typescript::text(&types)),
    ]
}

/// The page of the conformance.
pub fn conformance_page(report: &Report) -> Page {
    Page {
        path: conformance::command::page_path(),
        text: conformance::command::page(report),
    }
}

/// Fails with the names of the pages that are out of date.
pub fn check(pages: &[Page]) -> anyhow::Result<()> {
    let old = pages.iter().filter(|page| !page.is_current());
    let old: Vec<String> = old.map(Page::name).collect();
    anyhow::ensure!(
        old.is_empty(),
        "out of date: {}; run `cargo xtask generate`",
        old.join(", ")
    );
    Ok(())
}

/// Writes or checks everything.
pub fn main(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut pages = pages();
    pages.push(conformance_page(&conformance::run(&Source::own(), None)?));
    if arguments.check {
        check(&pages)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = std::io::stdout().lock();
    for page in pages.iter().filter(|page| !page.is_current()) {
        std::fs::create_dir_all(page.path.parent().unwrap_or(Path::new(".")))?;
        std::fs::write(&page.path, &page.text)?;
        writeln!(out, "wrote {}", page.name())?;
    }
    Ok(ExitCode::SUCCESS)
}
