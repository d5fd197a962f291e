//! Every file of `scenarios/`.

use std::fmt::Write as _;
use std::path::Path;

use expect_test::expect_file;
use swarmlab_core::kernel::Ties;
use swarmlab_core::report::timeline;
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{ExpectationOutcome, Options};
use swarmlab_core::time::SimTime;

use crate::simulation;

fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let entries = std::fs::read_dir(folder).expect("the folder of scenarios");
    let mut files: Vec<(String, String)> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .map(|path| {
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, std::fs::read_to_string(&path).expect("a text"))
        })
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn scenarios_go_as_they_went_before() {
    for (name, text) in files() {
        let (scenario, mut run) = simulation(&text, Options::default());
        run.run_to_end();
        let store = &run.swarm().kernel.store;
        let mut told = String::new();
        for line in timeline::lines(run.records(), store, &scenario) {
            let _ = writeln!(told, "{} {:?}: {}", line.at, line.kind, line.text);
        }
        let _ = writeln!(told, "fingerprint {}", run.fingerprint());
        expect_file![format!("../../../scenarios/expected/{name}.txt")].assert_eq(&told);
    }
}

#[test]
fn what_scenarios_expect_is_seen() {
    for (name, text) in files() {
        for ties in [Ties::ByName, Ties::Seeded] {
            let options = Options {
                ties: Some(ties),
                ..Options::default()
            };
            let (scenario, mut run) = simulation(&text, options);
            run.run_to_end();
            assert_eq!(run.judgements().len(), scenario.expectations.len());
            for (expectation, judgement) in scenario.expectations.iter().zip(run.judgements()) {
                let line = expectation.span.line;
                assert_eq!(
                    judgement.outcome,
                    ExpectationOutcome::Holds,
                    "{name}.yaml:{line} ({ties:?}): {}: seen {}",
                    expectation.claim,
                    judgement.seen
                );
            }
        }
    }
}

#[test]
fn scenarios_read_back_as_they_were_written() {
    for (name, text) in files() {
        let (scenario, mut run) = simulation(&text, Options::default());
        run.run_to_end();
        let (_, mut again) = simulation(&scenario.to_yaml(), Options::default());
        again.run_to_end();
        assert_eq!(run.fingerprint(), again.fingerprint(), "{name}");
        assert!(Scenario::parse(&scenario.to_yaml()).is_ok());
    }
}

#[test]
fn every_moment_can_be_reached_again() {
    for (name, text) in files() {
        let (_, mut run) = simulation(&text, Options::default());
        run.run_to_end();
        let (end, fingerprint) = (run.moment(), run.fingerprint());
        for eighth in [3, 7, 1, 5, 0, 6, 2] {
            let moment = SimTime(end.time.0 / 8 * eighth);
            run.seek(moment);
            let (_, mut straight) = simulation(&text, Options::default());
            straight.run_until(moment);
            assert_eq!(
                run.fingerprint(),
                straight.fingerprint(),
                "{name} at {moment}"
            );
        }
        run.seek(end.time);
        assert_eq!(run.fingerprint(), fingerprint, "{name}");
    }
}
