//! `docker info`, `docker version`, and the small texts of all tables.

use expect_test::expect;

use super::output;
use crate::docker::print::{
    EngineInfo, ServerVersion, SwarmInfo, SwarmManagerInfo, binary_size, capitalised,
    familiar_image, info, natural, unresolved_image, version,
};
use crate::time::{DAY, SECOND};

#[test]
fn engines_introduce_themselves() {
    let engine = EngineInfo {
        server_version: "28.2.2".to_owned(),
        name: "manager1".to_owned(),
        swarm: Some(SwarmInfo {
            node_id: "31e3cxti3ecam2au0uueypk3o".to_owned(),
            manager: Some(SwarmManagerInfo {
                cluster_id: "u2x8csydf66yhkksyysd8vdfp".to_owned(),
                managers: 2,
                nodes: 3,
                task_history_limit: 5,
                snapshot_interval: 10_000,
                heartbeat_tick: 1,
                election_tick: 10,
                dispatcher_heartbeat_ns: 5 * SECOND,
                certificate_expiry_ns: 90 * DAY,
                ..SwarmManagerInfo::default()
            }),
            node_address: "10.99.0.15".to_owned(),
            manager_addresses: vec!["10.99.0.16:2377".to_owned(), "10.99.0.15:2377".to_owned()],
            ..SwarmInfo::default()
        }),
        ..EngineInfo::default()
    };
    let outcome = info(&engine);
    assert!(
        outcome.stdout.contains(&output("info-swarm")),
        "{}",
        outcome.stdout
    );
    assert_eq!(outcome.stderr, output("info-warning"));
    assert_eq!(outcome.exit_code, 0);
    expect![[r"
        Client:
         Version:           28.2.2
         API version:       1.50
         Go version:        go1.24.3
         Git commit:        e6534b4
         Built:             Fri May 30 12:07:14 2025
         OS/Arch:           linux/amd64
         Context:           default

        Server:
         Engine:
          Version:          28.2.2
          API version:      1.50 (minimum version 1.24)
          Go version:       go1.24.3
          Git commit:       45873be
          Built:            Fri May 30 12:07:14 2025
          OS/Arch:          linux/amd64
          Experimental:     false
    "]]
    .assert_eq(&version(&ServerVersion::default()));
}

#[test]
fn notices() {
    assert_eq!(
        unresolved_image("nginx:latest"),
        output("service-create-notice")
    );
}

#[test]
fn small_texts() {
    for (bytes, want) in [
        (0, "0B"),
        (1023, "1023B"),
        (1024, "1KiB"),
        (50 << 20, "50MiB"),
        (3 << 29, "1.5GiB"),
        (25_275_000_000, "23.54GiB"),
        (1 << 60, "1EiB"),
    ] {
        assert_eq!(binary_size(bytes), want);
    }
    assert_eq!(capitalised("READY"), "Ready");
    for (image, want) in [
        ("docker.io/library/nginx:1@sha256:00", "nginx:1"),
        ("nginx@sha256:00", "nginx@sha256:00"),
        ("reg:5000/a/b:2", "reg:5000/a/b:2"),
    ] {
        assert_eq!(familiar_image(image), want);
    }
    let mut names = ["a10", "a2", "a02", "b1", "a", "a2x"];
    names.sort_by(|a, b| natural(a, b));
    assert_eq!(names, ["a", "a2", "a2x", "a02", "a10", "b1"]);
}
