//! `scheduler/constraint_test.go` and `constraint/constraint_test.go`.

use std::sync::Arc;

use swarmlab_core::constraint::{Constraint, NodeProperties, parse_all};
use swarmlab_core::model::{Engine, Node, NodeDescription, Platform};
use swarmlab_core::scheduler::filters::{FilterKind, Pipeline};

use super::support::{labels, node, pending, with_spec};

const ID: &str = "nodeid-1";

fn base() -> Node {
    let mut node = node();
    "186.17.9.41".clone_into(&mut node.status.addr);
    describe(&mut node, |description| {
        description.engine = Some(Engine::default());
    });
    node
}

fn describe(node: &mut Node, edit: impl FnOnce(&mut NodeDescription)) {
    edit(Arc::make_mut(node.description.get_or_insert_default()));
}

fn holds(node: &Node, expressions: &[&str]) -> bool {
    let constraints = parse_all(expressions).expect("constraints that can be read");
    let properties = NodeProperties { node, id: ID };
    constraints
        .iter()
        .all(|constraint| constraint.matches(properties))
}

fn is_filter_enabled(expressions: &[&str]) -> bool {
    let task = with_spec(pending(), |spec| {
        let expressions = expressions.iter();
        spec.placement.constraints = expressions.map(|&text| text.to_owned()).collect();
    });
    Pipeline::new(&task).is_enabled(FilterKind::Constraint)
}

#[test]
fn test_constraint_set_task() {
    assert!(!is_filter_enabled(&[]));
    assert!(is_filter_enabled(&[
        "node.hostname == node-2",
        "node.labels.security != low"
    ]));
    assert!(is_filter_enabled(&[
        "node.id == nodeid-2",
        "engine.labels.operatingsystem != ubuntu"
    ]));
}

#[test]
fn test_wrong_syntax() {
    assert!(!holds(&base(), &["node.abc.bcd == high"]));
    assert!(!holds(&base(), &["node.abc.bcd != high"]));
}

#[test]
fn test_node_hostname() {
    let mut node = base();
    for (hostname, expected) in [
        ("", true),
        ("node-2", true),
        ("node-1", false),
        ("NODe-1", false),
    ] {
        describe(&mut node, |description| {
            hostname.clone_into(&mut description.hostname);
        });
        assert_eq!(
            holds(&node, &["node.hostname != node-1"]),
            expected,
            "{hostname}"
        );
    }
}

#[test]
fn test_node_ip() {
    let judge = |addr: &str, cases: &[(&str, bool)]| {
        let mut node = base();
        addr.clone_into(&mut node.status.addr);
        for &(expression, expected) in cases {
            assert_eq!(
                holds(&node, &[expression]),
                expected,
                "{addr}: {expression}"
            );
        }
    };
    judge(
        "186.17.9.41",
        &[
            ("node.ip == 186.17.9.41", true),
            ("node.ip != 186.17.9.41", false),
            ("node.ip == 186.17.9.42", false),
            ("node.ip == 186.17.9.4/24", true),
            ("node.ip == 186.17.8.41/24", false),
            ("node.ip == 186.17.9.41/34", false),
            ("node.ip != 266.17.9.41", false),
            ("node.ip != 0.0.0.0", true),
            ("node.ip == not_ip_addr", false),
        ],
    );
    assert!(!is_filter_enabled(&["node.ip == "]));
    judge(
        "2001:db8::2",
        &[
            ("node.ip == 2001:db8:0:0:0:0:0:2", true),
            ("node.ip != 2001:db8::2/128", false),
            ("node.ip == 2001:db8::/64", true),
            ("node.ip == 2001:db9::/64", false),
            ("node.ip != 2001:db9::/64", true),
        ],
    );
    judge(
        "",
        &[("node.ip == 0.0.0.0", false), ("node.ip != 0.0.0.0", true)],
    );
}

#[test]
fn test_node_id() {
    for (expression, expected) in [
        ("node.id == nodeid-1", true),
        ("node.id == nodeid-1extra", false),
        ("node.id == nodeid", false),
    ] {
        assert_eq!(holds(&base(), &[expression]), expected, "{expression}");
    }
}

#[test]
fn test_node_role() {
    assert!(holds(&base(), &["node.role == worker"]));
    assert!(!holds(&base(), &["node.role == manager"]));
    assert!(!holds(&base(), &["node.role == worker-manager"]));
}

#[test]
fn test_node_platform() {
    let mut node = base();
    assert!(!holds(&node, &["node.platform.os == linux"]));
    let mut set = |os: &str| {
        describe(&mut node, |description| {
            description.platform = Some(Platform {
                os: os.to_owned(),
                architecture: "x86_64".to_owned(),
            });
        });
        node.clone()
    };
    let linux = set("linux");
    assert!(holds(&linux, &["node.platform.os == linux"]));
    assert!(!holds(&set("windows"), &["node.platform.os == linux"]));
    assert!(!holds(&linux, &["node.platform.arch == amd64"]));
    assert!(holds(&linux, &["node.platform.arch != amd64"]));
}

fn set_engine_labels(node: &mut Node, pairs: &[(&str, &str)]) {
    describe(node, |description| {
        description.engine.get_or_insert_default().labels = labels(pairs);
    });
}

#[test]
fn test_node_label() {
    let expression = ["node.labels.security == high"];
    let mut node = base();
    assert!(!holds(&node, &expression));
    set_engine_labels(&mut node, &[("security", "high")]);
    assert!(!holds(&node, &expression));
    node.spec.annotations.labels = labels(&[("security", "high")]);
    assert!(holds(&node, &expression));
}

#[test]
fn test_engine_label() {
    let expression = ["engine.labels.disk != ssd"];
    let mut node = base();
    assert!(holds(&node, &expression));
    node.spec.annotations.labels = labels(&[("disk", "ssd")]);
    assert!(holds(&node, &expression));
    set_engine_labels(&mut node, &[("disk", "ssd")]);
    assert!(!holds(&node, &expression));
    set_engine_labels(&mut node, &[("disk", "ssd"), ("memory", "large")]);
    assert!(!holds(&node, &expression));
    set_engine_labels(&mut node, &[("memory", "large")]);
    assert!(holds(&node, &expression));
}

#[test]
fn test_multiple_constraints() {
    let mut expressions = vec![
        "node.hostname == node-1",
        "engine.labels.operatingsystem != Ubuntu 14.04",
    ];
    let mut node = base();
    assert!(!holds(&node, &expressions));
    describe(&mut node, |description| {
        "node-1".clone_into(&mut description.hostname);
    });
    assert!(holds(&node, &expressions));
    for (system, expected) in [
        ("Ubuntu 14.04", false),
        ("ubuntu 14.04", false),
        ("ubuntu 15.04", true),
    ] {
        set_engine_labels(&mut node, &[("operatingsystem", system)]);
        assert_eq!(holds(&node, &expressions), expected, "{system}");
    }
    expressions.push("node.labels.security == high");
    assert!(!holds(&node, &expressions));
    node.spec.annotations.labels = labels(&[("security", "low")]);
    assert!(!holds(&node, &expressions));
    node.spec.annotations.labels = labels(&[("security", "high")]);
    assert!(holds(&node, &expressions));
}

#[test]
fn test_parse() {
    for wrong in [
        "",
        " ",
        "nodeabc",
        "node ~ abc",
        "1node==a2",
        "no de== node1",
        "no*de==node1",
        "==node1",
        "node==",
        "node== ",
        "no$de==node1",
    ] {
        assert!(Constraint::parse(wrong).is_err(), "{wrong:?}");
    }
    for (text, key, value) in [
        (" node == node1", "node", "node1"),
        ("NoDe==node1", "NoDe", "node1"),
        ("no.de==node1", "no.de", "node1"),
        ("_node==_node1", "_node", "_node1"),
        ("node==[a-b]+c*(n|b)/", "node", "[a-b]+c*(n|b)/"),
        ("node==node 1", "node", "node 1"),
    ] {
        let constraint = Constraint::parse(text).expect(text);
        assert_eq!((constraint.key(), constraint.value()), (key, value));
    }
}

#[test]
fn test_match() {
    let judge = |value: &str, cases: &[(&str, bool)]| {
        for &(hostname, expected) in cases {
            let mut node = base();
            describe(&mut node, |description| {
                hostname.clone_into(&mut description.hostname);
            });
            let expression = format!("node.hostname{value}");
            assert_eq!(holds(&node, &[&expression]), expected, "{value} {hostname}");
        }
    };
    judge("==foo", &[("foo", true), ("fo", false), ("fooE", false)]);
    judge(
        "!=foo",
        &[
            ("foo", false),
            ("bar", true),
            ("fo", true),
            ("fooExtra", true),
        ],
    );
    let literal = [("f*o", true), ("F*o", true), ("fo", false), ("foo", false)];
    judge("==f*o", &literal);
    judge(
        "==f.-$o",
        &[("f.-$o", true), ("fx-$o", false), ("foo", false)],
    );
}
