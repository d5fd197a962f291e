//! The model beside the real SwarmKit: everything is compared, nothing disagrees, and the
//! comparison itself notices what is wrong.

use xtask::conformance::command::{page, page_path};
use xtask::conformance::placement::vector::{Spec, Step, Vector};
use xtask::conformance::{Source, Verdict, placement, run};

#[test]
fn nothing_disagrees_and_the_page_is_current() {
    let report = run(&Source::own(), None).expect("the project's own data can be read");
    assert_eq!(report.disagreements(), 0, "{}", report.disagreement_list());
    // agree, known difference, not yet, disagree
    assert_eq!(report.total("placement-exact"), [4000, 0, 0, 0]);
    assert_eq!(report.total("placement"), [1846, 209, 0, 0]);
    assert_eq!(report.total("constraints"), [1000, 0, 0, 0]);
    assert_eq!(report.total("orchestration"), [698, 2, 0, 0]);
    assert_eq!(report.total("recordings"), [63, 29, 0, 0]);
    let kept = std::fs::read_to_string(page_path()).unwrap_or_default();
    assert!(
        kept == page(&report),
        "docs/conformance.md is out of date: run `cargo xtask conformance --write`"
    );
}

/// The lines in which no filter has anything to say, so that no known difference can apply.
fn plain_vectors() -> Vec<Vector> {
    let vectors: Vec<Vector> = Source::own().vectors("placement").expect("readable data");
    let is_plain = |step: &Step| {
        let (Step::Create { spec, .. } | Step::Respec { spec, .. } | Step::Global { spec, .. }) =
            step
        else {
            return true;
        };
        let prefs = spec.prefs.clone();
        *spec
            == (Spec {
                prefs,
                ..Spec::default()
            })
    };
    vectors
        .into_iter()
        .filter(|vector| vector.steps.iter().all(is_plain))
        .collect()
}

fn is_disagreement(vector: &Vector) -> bool {
    matches!(placement::judge(vector), Verdict::Disagree(_))
}

#[test]
fn a_recorded_run_with_one_task_elsewhere_is_noticed() {
    let (mut changed, mut missed) = (0, Vec::new());
    for mut vector in plain_vectors() {
        let Some(outcome) = vector.runs[0].after[0].get_mut("s1") else {
            continue;
        };
        // From the node with the fewest tasks to the one with the most.
        let taken = outcome.on.iter().enumerate().filter(|&(_, &on)| on > 0);
        let (Some((fewest, _)), Some((most, _))) = (
            taken.clone().min_by_key(|&(_, &on)| on),
            taken.max_by_key(|&(_, &on)| on),
        ) else {
            continue;
        };
        if fewest == most || outcome.on[most] < 2 {
            continue;
        }
        outcome.on[fewest] -= 1;
        outcome.on[most] += 1;
        changed += 1;
        if !is_disagreement(&vector) {
            missed.push(vector.id);
        }
    }
    assert!(changed > 100, "only {changed} lines were changed");
    // With branches the changed placement is now and then another legal one.
    assert!(missed.len() * 50 < changed, "{missed:?} of {changed}");
}

#[test]
fn a_changed_summary_is_noticed() {
    let mut changed = [0; 4];
    for vector in plain_vectors() {
        let services: Vec<String> = vector.summary[0].keys().cloned().collect();
        for service in services {
            let mut edit = |kind: usize, edit: &dyn Fn(&mut placement::vector::Summary) -> bool| {
                let mut vector = vector.clone();
                let summary = vector.summary[0].get_mut(&service).expect("just listed");
                if !summary.incomplete && edit(summary) {
                    changed[kind] += 1;
                    assert!(is_disagreement(&vector), "{} was not noticed", vector.id);
                }
            };
            edit(0, &|summary| {
                let counts = summary.per_node_counts.as_mut();
                let first = counts.and_then(|counts| counts.values_mut().next());
                first.map(|count| *count += 1).is_some()
            });
            edit(1, &|summary| {
                summary.unassigned.iter_mut().for_each(|un| *un += 1);
                true
            });
            edit(2, &|summary| {
                let lists = summary.multisets.iter_mut().flatten();
                lists.map(|list| list[0] += 1).count() > 0
            });
            edit(3, &|summary| {
                summary.errs.push("no suitable node (nonsense)".to_owned());
                summary.stable
            });
        }
    }
    assert!(changed.iter().all(|&count| count > 10), "{changed:?}");
}

#[test]
fn changed_texts_and_numbers_of_a_run_are_noticed() {
    for vector in plain_vectors().into_iter().take(40) {
        let edits: [fn(&mut placement::vector::Outcome); 3] = [
            |outcome| outcome.un += 1,
            |outcome| outcome.shutdown += 1,
            |outcome| {
                outcome.errs.insert("nonsense".to_owned(), 1);
            },
        ];
        for edit in edits {
            let mut vector = vector.clone();
            let outcomes = &mut vector.runs[0].after[0];
            edit(outcomes.values_mut().next().expect("a service"));
            assert!(is_disagreement(&vector), "{} was not noticed", vector.id);
        }
    }
}

#[test]
fn a_known_difference_needs_a_filter_that_could_have_been_disturbed() {
    let line = |spec: &str, on: &str| {
        let text = format!(
            r#"{{"id":"x","kind":"x","nodes":[
                {{"id":"a","hostname":"a","labels":{{"disk":"ssd"}},"cpu":9,"mem":9}},
                {{"id":"b","hostname":"b","cpu":9,"mem":9}}],
                "steps":[{{"op":"create","service":"s1","version":1,"replicas":4,"spec":{spec}}}],
                "runs_total":20,"summary":[{{"s1":{{"stable":false,"multisets":[[4],[2,2]],
                "unassigned":[0],"incomplete":true}}}}],
                "runs":[{{"times":1,"after":[{{"s1":{{"on":{on},"un":0}}}}]}}]}}"#
        );
        placement::judge(&serde_json::from_str(&text).expect("a vector"))
    };
    let constraint = r#"{"constraints":["node.labels.disk==ssd"]}"#;
    assert_eq!(line(constraint, "[4]"), Verdict::Agree);
    assert!(matches!(line(constraint, "[2,2]"), Verdict::Known(_)));
    assert_eq!(line("{}", "[2,2]"), Verdict::Agree);
    assert!(matches!(line("{}", "[4]"), Verdict::Disagree(_)));
    // Everything on one of two nodes that can both take it: it may have been passed over, but
    // there is no other run that agrees.
    let both = r#"{"constraints":["node.labels.disk!=hdd"]}"#;
    assert_eq!(line(both, "[2,2]"), Verdict::Agree);
    assert!(matches!(line(both, "[4]"), Verdict::Disagree(_)));
}
