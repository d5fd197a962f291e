//! The sources hold to the rules, and the generated files are current.

use xtask::{generate, tidy};

#[test]
fn sources_are_tidy() {
    if let Err(error) = tidy::check() {
        panic!("{error:#}");
    }
}

/// The page of the conformance is checked where the comparison is made.
#[test]
fn generated_files_are_current() {
    if let Err(error) = generate::check(&generate::pages()) {
        panic!("{error:#}");
    }
}
