//! Names: what containers find where, and the files of machines.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::SimTime;

use crate::commands::{typed, typed_at};
use crate::simulation;

const SCENARIO: &str = "
cluster: {managers: 1, workers: 2}
until: 600s
steps:
- {at: 1s, run: docker network create -d overlay front}
- {at: 1s, run: docker network create -d overlay back}
- at: 2s
  run: >-
    docker service create -d --name web --replicas 2 --constraint node.role==worker
    --network front --network name=back,alias=site nginx
- at: 2s
  run: >-
    docker service create -d --name db --replicas 2 --endpoint-mode dnsrr
    --constraint node.role==worker --network back postgres
- at: 2s
  run: >-
    docker service create -d --name probe --constraint node.hostname==worker1
    --network front --network back --publish 8080:80 alpine sleep infinity
";

/// Asks for names in the container of `probe`, and prints only what is found.
fn found(run: &mut Simulation, names: &[&str]) -> String {
    let ps = typed_at(run, "worker1", "docker ps -q --filter name=probe");
    let id = ps.lines().find_map(|line| line.strip_prefix("1|"));
    let id = id.expect("a container").to_owned();
    let mut text = String::new();
    for name in names {
        let answer = typed_at(run, "worker1", &format!("docker exec {id} nslookup {name}"));
        let addresses = answer
            .lines()
            .filter_map(|line| line.strip_prefix("1|Address: "));
        let addresses: Vec<&str> = addresses.collect();
        let code = answer.lines().next().unwrap_or_default();
        let _ = writeln!(text, "{name}: {} ({code})", addresses.join(" "));
    }
    text
}

#[expect(clippy::needless_pass_by_value, reason = "as `expect!` gives it")]
fn check(second: u64, lines: &[&str], names: &[&str], expected: Expect) {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    run.run_until(SimTime::from_secs(30));
    for line in lines {
        typed(&mut run, line);
    }
    run.run_until(SimTime::from_secs(second));
    expected.assert_eq(&found(&mut run, names));
}

#[test]
fn services_and_tasks_have_names_on_their_networks() {
    check(
        30,
        &[],
        &[
            "web",
            "WEB",
            "site",
            "web.front",
            "web.back",
            "web.Front",
            "tasks.web",
            "tasks.site",
            "tasks.web.back",
            "db",
            "db",
            "tasks.db",
            "db.front",
            "probe",
            "nobody",
        ],
        expect![[r#"
            web: 10.0.1.2 (exit 0)
            WEB: 10.0.1.2 (exit 0)
            site: 10.0.2.2 (exit 0)
            web.front: 10.0.1.2 (exit 0)
            web.back: 10.0.2.2 (exit 0)
            web.Front:  (exit 1)
            tasks.web: 10.0.1.4 10.0.1.3 (exit 0)
            tasks.site: 10.0.2.3 10.0.2.4 (exit 0)
            tasks.web.back: 10.0.2.4 10.0.2.3 (exit 0)
            db: 10.0.2.5 10.0.2.6 (exit 0)
            db: 10.0.2.6 10.0.2.5 (exit 0)
            tasks.db: 10.0.2.5 10.0.2.6 (exit 0)
            db.front:  (exit 1)
            probe: 10.0.1.5 (exit 0)
            nobody:  (exit 1)
        "#]],
    );
}

#[test]
fn a_name_ends_with_its_last_task() {
    let names = ["web", "tasks.web", "db"];
    check(
        90,
        &["docker service scale -d web=0 db=1"],
        &names,
        expect![[r#"
            web:  (exit 1)
            tasks.web:  (exit 1)
            db: 10.0.2.5 (exit 0)
        "#]],
    );
    // Those that stop are not found by `tasks.`, while one of them is known the service is.
    check(
        32,
        &["docker service scale -d web=0 db=1"],
        &names,
        expect![[r#"
            web: 10.0.1.2 (exit 0)
            tasks.web:  (exit 1)
            db: 10.0.2.5 (exit 0)
        "#]],
    );
}

#[test]
fn programs_print_what_theirs_print() {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    run.run_until(SimTime::from_secs(30));
    let ps = typed_at(&mut run, "worker1", "docker ps -q --filter name=probe");
    let id = ps
        .lines()
        .find_map(|line| line.strip_prefix("1|"))
        .unwrap()
        .to_owned();
    let mut text = String::new();
    for line in [
        "nslookup tasks.db",
        "nslookup nobody",
        "getent hosts web",
        "getent hosts nobody",
    ] {
        let _ = writeln!(text, "$ {line}");
        text += &typed_at(&mut run, "worker1", &format!("docker exec {id} {line}"));
    }
    expect![[r#"
        $ nslookup tasks.db
        exit 0
        1|Server:		127.0.0.11
        1|Address:	127.0.0.11:53
        1|
        1|Non-authoritative answer:
        1|Name:	tasks.db
        1|Address: 10.0.2.5
        1|Name:	tasks.db
        1|Address: 10.0.2.6
        1|
        1|Non-authoritative answer:
        1|
        $ nslookup nobody
        exit 1
        1|Server:		127.0.0.11
        1|Address:	127.0.0.11:53
        1|
        1|** server can't find nobody: NXDOMAIN
        1|
        1|** server can't find nobody: NXDOMAIN
        1|
        $ getent hosts web
        exit 0
        1|10.0.1.2        web
        $ getent hosts nobody
        exit 2
    "#]]
    .assert_eq(&text);
}

#[test]
fn each_machine_has_files_of_its_own() {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    assert_eq!(typed_at(&mut run, "worker1", "echo one > page"), "exit 0\n");
    assert_eq!(typed_at(&mut run, "worker2", "echo two > page"), "exit 0\n");
    assert_eq!(typed_at(&mut run, "worker1", "cat page"), "exit 0\n1|one\n");
    assert_eq!(typed_at(&mut run, "worker2", "cat page"), "exit 0\n1|two\n");
    let nothing = typed_at(&mut run, "manager1", "cat page");
    assert!(nothing.contains("No such file or directory"), "{nothing}");
}
