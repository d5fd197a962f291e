//! The sources hold to the rules, and the generated files are current.

use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{ExpectationOutcome, Options, Simulation};
use xtask::{generate, process, tidy};

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

/// What the README shows of the scenario language can be played, and holds what it promises.
#[test]
fn the_scenario_of_the_readme_holds() {
    let readme = std::fs::read_to_string(process::root().join("README.md")).expect("a README");
    let (_, rest) = readme.split_once("```yaml\n").expect("a scenario");
    let (text, _) = rest.split_once("```").expect("its end");
    let (scenario, warnings) = Scenario::parse(text).expect("a valid scenario");
    assert!(warnings.is_empty(), "{warnings}");
    let mut simulation = Simulation::new(&scenario, Options::default()).expect("no refusal");
    simulation.run_to_end();
    assert_eq!(simulation.judgements().len(), 2);
    for judgement in simulation.judgements() {
        assert_eq!(
            judgement.outcome,
            ExpectationOutcome::Holds,
            "{}",
            judgement.seen
        );
    }
}
