//! Lines of `docker swarm`, and what they ask for.

use super::*;
use crate::docker::tests::{data, refusal};
use crate::docker::{Command, parse_line};
use crate::model::ClusterSpec;

fn swarm(line: &str) -> SwarmCommand {
    match parse_line(line) {
        Ok(Command::Swarm(command)) => command,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn update_takes_only_what_is_said() {
    let SwarmCommand::Update(update) = swarm(
        "docker swarm update --task-history-limit -1 --dispatcher-heartbeat 3s --autolock=false \
         --max-snapshots 2 --snapshot-interval 500 --cert-expiry 48h \
         --external-ca protocol=CFSSL,url=https://ca,profile=x",
    );
    let mut spec = ClusterSpec::default();
    update.settings.apply(&mut spec);
    assert_eq!(spec.orchestration.task_history_retention_limit, -1);
    assert_eq!(spec.dispatcher.heartbeat_period_ns, 3_000_000_000);
    assert_eq!(spec.raft.keep_old_snapshots, 2);
    assert_eq!(spec.raft.snapshot_interval, 500);
    assert_eq!(spec.ca_config.node_cert_expiry_ns, 172_800_000_000_000);
    let ca = &spec.ca_config.external_cas[0];
    assert_eq!(
        (ca.protocol.as_str(), ca.url.as_str()),
        ("cfssl", "https://ca")
    );
    assert_eq!(ca.options["profile"], "x");
    let SwarmCommand::Update(nothing) = swarm("docker swarm update --autolock");
    let mut other = ClusterSpec::default();
    nothing.settings.apply(&mut other);
    assert!(other.encryption_config.auto_lock_managers);
    other.encryption_config.auto_lock_managers = false;
    assert_eq!(other, ClusterSpec::default());
}

#[test]
fn update_without_flags_prints_its_help() {
    let help = data("docker-help/docker-swarm-update.txt");
    assert_eq!(refusal("docker swarm update"), Outcome::printed(help));
}

#[test]
fn wrong_values_are_told_in_dockers_words() {
    let first_line = |line: &str| {
        let outcome = refusal(line);
        assert_eq!(outcome.exit_code, 125, "{line}");
        outcome.stderr.lines().next().unwrap_or("").to_owned()
    };
    for (line, message) in [
        (
            "docker swarm update --dispatcher-heartbeat 1x",
            r#"invalid argument "1x" for "--dispatcher-heartbeat" flag: time: unknown unit "x" in duration "1x""#,
        ),
        (
            "docker swarm update --cert-expiry -1y",
            r#"invalid argument "-1y" for "--cert-expiry" flag: time: unknown unit "y" in duration "-1y""#,
        ),
        (
            "docker swarm update --external-ca url=x",
            r#"invalid argument "url=x" for "--external-ca" flag: the external-ca option needs a protocol= parameter"#,
        ),
        (
            "docker swarm update --external-ca protocol=acme",
            r#"invalid argument "protocol=acme" for "--external-ca" flag: unrecognized external CA protocol acme"#,
        ),
        (
            "docker swarm update --external-ca x",
            r#"invalid argument "x" for "--external-ca" flag: invalid field 'x' must be a key=value pair"#,
        ),
    ] {
        assert_eq!(first_line(line), message);
    }
}
