//! `api/genericresource`: claiming, giving back, making fit.

use swarmlab_core::model::GenericResource;
use swarmlab_core::scheduler::generic::{claim, consume, has_enough, reclaim};

use super::support::{discrete, named, request};

fn names(kind: &str, values: &[&str]) -> Vec<GenericResource> {
    values.iter().map(|value| named(kind, value)).collect()
}

#[test]
fn test_claim_single_discrete() {
    let mut available = vec![discrete("apple", 3)];
    assert_eq!(
        claim(&mut available, &[request("apple", 2)]),
        [discrete("apple", 2)]
    );
    assert_eq!(available, [discrete("apple", 1)]);
}

#[test]
fn test_claim_multiple_discrete() {
    let mut available = vec![discrete("apple", 3), discrete("orange", 4)];
    let taken = claim(&mut available, &[request("apple", 3), request("orange", 1)]);
    assert_eq!(taken, [discrete("apple", 3), discrete("orange", 1)]);
    assert_eq!(
        available,
        [discrete("orange", 3)],
        "what is used up is gone"
    );
}

#[test]
fn test_claim_single_str() {
    let mut available = names("apple", &["red", "orange", "blue", "green"]);
    let taken = claim(&mut available, &[request("apple", 2)]);
    assert_eq!(taken, names("apple", &["red", "orange"]));
    assert_eq!(available, names("apple", &["blue", "green"]));
}

#[test]
fn test_claim_multiple_str() {
    let mut available = names("apple", &["red", "orange"]);
    available.extend(names("orange", &["blue", "green"]));
    let taken = claim(&mut available, &[request("apple", 1), request("orange", 2)]);
    let expected = [
        named("apple", "red"),
        named("orange", "blue"),
        named("orange", "green"),
    ];
    assert_eq!(taken, expected);
    assert_eq!(available, names("apple", &["orange"]));
}

#[test]
fn test_reclaim_discrete() {
    let described = [discrete("apple", 3), discrete("orange", 4)];
    let mut available = vec![discrete("apple", 2)];
    let back = vec![discrete("apple", 1), discrete("orange", 1)];
    reclaim(&mut available, &described, back);
    assert_eq!(available, [discrete("apple", 3), discrete("orange", 1)]);
}

#[test]
fn test_reclaim_str() {
    let described = names("apple", &["red", "orange", "blue"]);
    let mut available = names("apple", &["blue"]);
    reclaim(
        &mut available,
        &described,
        names("apple", &["red", "purple"]),
    );
    assert_eq!(
        available,
        names("apple", &["blue", "red"]),
        "purple is no longer described"
    );
}

#[test]
fn test_sanitize_kind_is_gone() {
    let mut available = vec![discrete("apple", 2)];
    reclaim(&mut available, &[discrete("orange", 1)], vec![]);
    assert_eq!(available, []);
}

#[test]
fn test_sanitize_described_less() {
    let mut available = vec![discrete("apple", 5), discrete("orange", 1)];
    let described = [discrete("apple", 3), discrete("orange", 2)];
    reclaim(&mut available, &described, vec![]);
    assert_eq!(available, [discrete("orange", 1), discrete("apple", 3)]);
}

#[test]
fn test_sanitize_other_form() {
    let mut available = vec![discrete("apple", 2)];
    let described = names("apple", &["red", "blue"]);
    reclaim(&mut available, &described, vec![]);
    assert_eq!(available, described);
    reclaim(&mut available, &[discrete("apple", 4)], vec![]);
    assert_eq!(available, [discrete("apple", 4)], "once a kind");
}

#[test]
fn test_consume_resources() {
    let mut available = vec![
        discrete("apple", 3),
        named("orange", "red"),
        named("orange", "blue"),
    ];
    let taken = [
        discrete("apple", 1),
        named("orange", "red"),
        discrete("orange", 1),
    ];
    consume(&mut available, &taken);
    assert_eq!(available, [discrete("apple", 2), named("orange", "blue")]);
    consume(&mut available, &[discrete("apple", 2)]);
    assert_eq!(available, [named("orange", "blue")]);
}

#[test]
fn test_has_enough() {
    let available = [discrete("apple", 2), named("orange", "red")];
    for (kind, value, expected) in [
        ("apple", 2, true),
        ("apple", 3, false),
        ("orange", 1, true),
        ("orange", 2, false),
        ("banana", 0, false),
    ] {
        assert_eq!(
            has_enough(&available, &request(kind, value)),
            expected,
            "{kind} {value}"
        );
    }
}
