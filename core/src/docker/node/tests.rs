//! Lines in, changes of nodes out.

use super::NodeCommand;
use crate::docker::{Command, Outcome, parse_line};
use crate::model::{Availability, NodeRole, NodeSpec};

fn node(line: &str) -> NodeCommand {
    match parse_line(line) {
        Ok(Command::Node(command)) => command,
        other => panic!("{line}: {other:?}"),
    }
}

fn update(line: &str, current: &NodeSpec) -> Result<NodeSpec, Outcome> {
    match node(line) {
        NodeCommand::Update(update) => update.apply(current),
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn updates() {
    let spec = update(
        "docker node update --availability drain --label-add zone=a --label-add ssd worker1",
        &NodeSpec::default(),
    )
    .expect("accepted");
    assert_eq!(spec.availability, Availability::Drain);
    assert_eq!(spec.annotations.labels["zone"], "a");
    assert_eq!(spec.annotations.labels["ssd"], "");
    let spec =
        update("docker node update --label-rm ssd --role manager w", &spec).expect("accepted");
    assert_eq!(spec.desired_role, NodeRole::Manager);
    assert_eq!(spec.annotations.labels.len(), 1);
    for (flags, message) in [
        (
            "--label-rm nolabel",
            "key nolabel doesn't exist in node's labels\n",
        ),
        (
            "--availability foo",
            "Error response from daemon: invalid Availability: \"foo\"\n",
        ),
        (
            "--role foo",
            "Error response from daemon: invalid Role: \"foo\"\n",
        ),
    ] {
        let outcome = update(&format!("docker node update {flags} w"), &spec).unwrap_err();
        assert_eq!((outcome.stderr.as_str(), outcome.exit_code), (message, 1));
    }
}

#[test]
fn other_commands() {
    let NodeCommand::Ps(ps) = node("docker node ps -q --filter desired-state=running") else {
        panic!("not ps");
    };
    assert_eq!(ps.nodes, ["self"]);
    assert!(ps.options.quiet && !ps.options.no_trunc);
    assert_eq!(ps.filters[0].key, "desired-state");
    let NodeCommand::Promote(change) = node("docker node promote worker1 worker2") else {
        panic!("not promote");
    };
    assert_eq!(
        change.done("worker1"),
        "Node worker1 promoted to a manager in the swarm.\n"
    );
    assert_eq!(change.already("q173"), "Node q173 is already a manager.\n");
    let NodeCommand::Demote(change) = node("docker node demote worker1") else {
        panic!("not demote");
    };
    assert_eq!(
        change.done("worker1"),
        "Manager worker1 demoted in the swarm.\n"
    );
    assert!(matches!(node("docker node rm -f w"), NodeCommand::Rm(rm) if rm.force));
}
