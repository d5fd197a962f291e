//! The stages, in their order: what fails fast comes first.

use super::Shared;
use crate::{generate, playground, process, tidy, wasm};

/// One check.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Gives a note for its line.
    pub(super) run: fn(&Shared) -> anyhow::Result<String>,
}

pub(super) const STAGES: &[Stage] = &[
    Stage {
        name: "setup",
        about: "the target wasm32-unknown-unknown is installed, node is there",
        run: set_up,
    },
    Stage {
        name: "tidy",
        about: "rules about the text of the sources",
        run: |_| tidy::check().map(|count| format!("{count} files")),
    },
    Stage {
        name: "fmt",
        about: "rustfmt has nothing to change",
        run: |_| process::run(process::cargo().args(["fmt", "--all", "--check"])),
    },
    Stage {
        name: "clippy",
        about: "no lint has anything to say",
        run: clippy,
    },
    Stage {
        name: "test",
        about: "the tests of all crates",
        run: tests,
    },
    Stage {
        name: "doctest",
        about: "the examples in the documentation",
        run: doc_tests,
    },
    Stage {
        name: "wasm",
        about: "the core for browsers builds, and lets in neither clock nor entropy",
        run: build_wasm,
    },
    Stage {
        name: "fingerprint",
        about: "every scenario does the same natively and in WebAssembly",
        run: compare_fingerprints,
    },
    Stage {
        name: "conformance",
        about: "everything is compared with what the real SwarmKit did, and nothing disagrees",
        run: compare_with_swarmkit,
    },
    Stage {
        name: "playground",
        about: "the page for browsers builds, is small, and works in a browser",
        run: check_playground,
    },
    Stage {
        name: "generate",
        about: "the generated files are current",
        run: check_generated,
    },
];

fn set_up(shared: &Shared) -> anyhow::Result<String> {
    let toolchain = shared.toolchain()?;
    let node = wasm::node_version()?;
    Ok(format!(
        "wasm32 by the {toolchain:?} toolchain, node {node}"
    ))
}

fn clippy(_: &Shared) -> anyhow::Result<String> {
    let mut cargo = process::cargo();
    cargo.args(["clippy", "--workspace", "--all-targets", "--all-features"]);
    cargo.args(["--locked", "--quiet", "--", "--deny", "warnings"]);
    process::run(&mut cargo)
}

/// With cargo-nextest if it is there. The conformance has a stage of its own.
fn tests(_: &Shared) -> anyhow::Result<String> {
    let mut nextest = process::cargo();
    let nextest = process::version(nextest.arg("nextest"))?;
    let mut cargo = process::cargo();
    let targets = [
        "--workspace",
        "--all-features",
        "--lib",
        "--bins",
        "--tests",
    ];
    if nextest.is_some() {
        cargo.args(["nextest", "run"]).args(targets).arg("--locked");
        cargo.args([
            "--no-fail-fast",
            "--status-level",
            "fail",
            "--hide-progress-bar",
        ]);
    } else {
        cargo
            .arg("test")
            .args(targets)
            .args(["--no-fail-fast", "--locked", "--quiet"]);
    }
    let printed = process::run(&mut cargo)?;
    Ok(passed(&printed))
}

/// How many tests passed, from what cargo or nextest prints.
fn passed(printed: &str) -> String {
    let mut count = 0;
    for line in printed.lines().filter(|line| line.contains(" passed")) {
        let before = line.split(" passed").next().unwrap_or_default();
        let word = before.rsplit(' ').next().unwrap_or_default();
        count += word.parse().unwrap_or(0);
    }
    format!("{count} tests")
}

fn doc_tests(_: &Shared) -> anyhow::Result<String> {
    let mut cargo = process::cargo();
    cargo.args(["test", "--doc", "--workspace", "--all-features"]);
    let printed = process::run(cargo.args(["--locked", "--quiet"]))?;
    Ok(passed(&printed))
}

fn build_wasm(shared: &Shared) -> anyhow::Result<String> {
    let package = shared.package()?;
    let kib = |bytes: u64| bytes.div_ceil(1024);
    let (raw, gzip) = (kib(package.raw_bytes), kib(package.gzip_bytes));
    Ok(format!("{raw} KiB, {gzip} KiB with gzip"))
}

fn compare_fingerprints(shared: &Shared) -> anyhow::Result<String> {
    wasm::node_version()?;
    let count = shared.package()?.compare()?;
    Ok(format!("{count} texts"))
}

fn compare_with_swarmkit(shared: &Shared) -> anyhow::Result<String> {
    let report = shared.report()?;
    anyhow::ensure!(
        report.disagreements() == 0,
        "{}{}",
        report.table(),
        report.disagreement_list()
    );
    let [agree, known, not_yet, _] = report.sum();
    anyhow::ensure!(not_yet == 0, "{not_yet} not yet\n{}", report.table());
    Ok(format!("{agree} agree, {known} known differences"))
}

fn check_playground(shared: &Shared) -> anyhow::Result<String> {
    playground::check(shared.toolchain()?)
}

fn check_generated(shared: &Shared) -> anyhow::Result<String> {
    let mut pages = generate::pages();
    pages.push(generate::conformance_page(shared.report()?));
    generate::check(&pages)?;
    Ok(format!("{} files", pages.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_counted_in_both_forms() {
        let nextest = "     Summary [   1.2s] 321 tests run: 321 passed, 0 skipped";
        assert_eq!(passed(nextest), "321 tests");
        let cargo = "test result: ok. 3 passed; 0 failed\ntest result: ok. 4 passed; 0 failed";
        assert_eq!(passed(cargo), "7 tests");
    }

    #[test]
    fn stages_have_names_of_their_own() {
        let mut names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STAGES.len());
    }
}
