//! `topology_test.go`: where a volume can be reached.

use swarmlab_core::model::Labels;
use swarmlab_core::scheduler::volumes::is_in_topology;

use super::support::labels;

/// `R1,Z1` as segments: the letter names the segment.
fn segments(text: &str) -> Labels {
    let pairs: Vec<(&str, &str)> = text.split(',').map(|value| (&value[..1], value)).collect();
    labels(&pairs)
}

#[test]
fn test_is_in_topology() {
    for (node, accessible, expected) in [
        ("R1,Z1", &["R1,Z1"][..], true),
        ("R1,Z2", &["R1,Z1", "R1,Z2"], true),
        ("R1,Z3", &["R1"], true),
        ("R1,Z1", &["R2,Z1"], false),
        ("R1,Z1,S1", &["R1,Z1", "R1,Z2"], true),
        ("R1,Z1,S1", &["R1,Z1,S2", "R1,Z2,S1"], false),
        ("R1,Z1,S1", &["R1,Z1,S2", "R1,Z2,S1", "R1,Z1,S1"], true),
    ] {
        let listed: Vec<Labels> = accessible.iter().map(|text| segments(text)).collect();
        let is_in = is_in_topology(Some(&segments(node)), &listed);
        assert_eq!(is_in, expected, "{node} in {accessible:?}");
    }
    assert!(
        is_in_topology(None, &[segments("R1")]),
        "a node without topology"
    );
    assert!(
        is_in_topology(Some(&segments("R1")), &[]),
        "a volume without"
    );
}
