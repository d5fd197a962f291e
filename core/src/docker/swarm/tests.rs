//! Lines of `docker swarm`, and what they ask for.

use super::*;
use crate::docker::tests::{data, refusal};
use crate::docker::{Command, parse_line};
use crate::model::ClusterSpec;

fn update_of(line: &str) -> SwarmUpdate {
    match swarm(line) {
        SwarmCommand::Update(update) => update,
        other => panic!("{line}: {other:?}"),
    }
}

fn swarm(line: &str) -> SwarmCommand {
    match parse_line(line) {
        Ok(Command::Swarm(command)) => command,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn update_takes_only_what_is_said() {
    let update = update_of(
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
    let nothing = update_of("docker swarm update --autolock");
    let mut other = ClusterSpec::default();
    nothing.settings.apply(&mut other);
    assert!(other.encryption_config.auto_lock_managers);
    other.encryption_config.auto_lock_managers = false;
    assert_eq!(other, ClusterSpec::default());
}

#[test]
fn ways_into_a_swarm_and_out_of_it() {
    let SwarmCommand::Init(init) =
        swarm("docker swarm init --advertise-addr 10.0.0.1 --availability Drain --autolock")
    else {
        panic!("not init");
    };
    assert_eq!(init.availability, Some(Availability::Drain));
    assert_eq!(init.advertise_addr.as_deref(), Some("10.0.0.1"));
    assert_eq!(init.settings.autolock, Some(true));
    let SwarmCommand::Join(join) = swarm("docker swarm join --token T 10.0.0.1:2377") else {
        panic!("not join");
    };
    assert_eq!(
        (join.token.as_str(), join.remote.as_str()),
        ("T", "10.0.0.1:2377")
    );
    assert_eq!(
        swarm("docker swarm leave -f"),
        SwarmCommand::Leave(SwarmLeave { force: true })
    );
    assert_eq!(
        refusal("docker swarm init --availability off"),
        Outcome::refused(
            "invalid availability \"off\", only active, pause and drain are supported"
        )
    );
}

#[test]
fn a_look_at_the_certificate_needs_no_settings() {
    let check = |line: &str| match swarm(line) {
        SwarmCommand::Ca(ca) => ca.check().map_err(|refusal| refusal.stderr),
        other => panic!("{line}: {other:?}"),
    };
    assert_eq!(check("docker swarm ca"), Ok(()));
    assert_eq!(check("docker swarm ca --rotate --cert-expiry 48h"), Ok(()));
    for (line, begins) in [
        (
            "docker swarm ca --cert-expiry 48h",
            "`--cert-expiry` flag requires the `--rotate` flag to update the CA",
        ),
        (
            "docker swarm ca --rotate --external-ca protocol=cfssl,url=https://ca",
            "rotating to an external CA requires the `--ca-cert` flag",
        ),
        (
            "docker swarm ca --rotate --ca-cert a.pem",
            "the --ca-cert flag requires that a --ca-key flag",
        ),
    ] {
        let refusal = check(line).expect_err(line);
        assert!(refusal.starts_with(begins), "{line}: {refusal}");
    }
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
