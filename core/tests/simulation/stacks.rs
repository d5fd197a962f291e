//! Configs, secrets, stacks and volumes, as a user types them.
//!
//! A session is a list of lines; what they print is compared with a golden text, which
//! `UPDATE_EXPECT=1` writes anew. Where the real client has been recorded doing the same, its text
//! stands in the golden file letter for letter (ids masked).

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::{SECOND, SimTime};

use crate::commands::typed_at;
use crate::simulation;

/// Types lines one after the other, at manager1 or at the node before a colon, and waits 30 s after
/// a line that ends in `# wait`.
fn session(run: &mut Simulation, lines: &str) -> String {
    let mut text = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (on, typed) = line.split_once("> ").unwrap_or(("manager1", line));
        let _ = writeln!(text, "$ {line}\n{}", typed_at(run, on, typed));
        if line.ends_with("# wait") {
            run.run_until(run.moment().time + 30 * SECOND);
        }
    }
    text
}

#[expect(clippy::needless_pass_by_value, reason = "as expect! makes it")]
fn check(scenario: &str, lines: &str, want: Expect) {
    let (_, mut run) = simulation(scenario, Options::default());
    run.run_until(SimTime::from_secs(1));
    want.assert_eq(&session(&mut run, lines));
}

const KEPT: &str = "
cluster: {managers: 1, workers: 2}
until: 1h
files: {s.txt: s3cr3t, new.txt: other, empty.txt: ''}
";

#[test]
fn secrets_and_configs_are_kept_and_cannot_be_changed() {
    check(
        KEPT,
        "
        docker secret create -l k=v mysec s.txt
        docker secret create mysec s.txt
        docker secret create 'a b' s.txt
        docker secret create other nofile.txt
        docker secret create other empty.txt
        docker secret create other
        docker secret create --driver vault other
        docker config create mycfg s.txt
        docker config create mycfg s.txt
        docker secret ls
        docker config ls --filter name=my
        docker config ls --filter label=none -q
        docker secret inspect --format '{{.Spec.Name}} {{json .Spec.Labels}}' mysec
        docker secret inspect --pretty mysec
        docker config inspect --pretty mycfg
        docker config inspect mycfg
        docker config inspect nope
        worker1> docker secret ls
        ",
        expect![[r#"
            $ docker secret create -l k=v mysec s.txt
            exit 0
            1|<ID>

            $ docker secret create mysec s.txt
            exit 1
            2|Error response from daemon: rpc error: code = AlreadyExists desc = secret mysec already exists

            $ docker secret create 'a b' s.txt
            exit 1
            2|Error response from daemon: rpc error: code = InvalidArgument desc = invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end character must be [a-zA-Z0-9]

            $ docker secret create other nofile.txt
            exit 1
            2|error reading from nofile.txt: open nofile.txt: no such file or directory

            $ docker secret create other empty.txt
            exit 1
            2|error reading from empty.txt: data is empty

            $ docker secret create other
            exit 1
            2|secret file is required

            $ docker secret create --driver vault other
            exit 1
            2|a secret that a driver provides is not simulated yet

            $ docker config create mycfg s.txt
            exit 0
            1|<ID>

            $ docker config create mycfg s.txt
            exit 1
            2|Error response from daemon: rpc error: code = AlreadyExists desc = config mycfg already exists

            $ docker secret ls
            exit 0
            1|ID                          NAME      DRIVER    CREATED                  UPDATED
            1|<ID>   mysec               Less than a second ago   Less than a second ago

            $ docker config ls --filter name=my
            exit 0
            1|ID                          NAME      CREATED                  UPDATED
            1|<ID>   mycfg     Less than a second ago   Less than a second ago

            $ docker config ls --filter label=none -q
            exit 0

            $ docker secret inspect --format '{{.Spec.Name}} {{json .Spec.Labels}}' mysec
            exit 0
            1|mysec {"k":"v"}

            $ docker secret inspect --pretty mysec
            exit 0
            1|ID:              <ID>
            1|Name:              mysec
            1|Labels:
            1| - k=v
            1|Driver:            
            1|Created at:        2026-01-01 00:00:01 +0000 utc
            1|Updated at:        2026-01-01 00:00:01 +0000 utc
            1|

            $ docker config inspect --pretty mycfg
            exit 0
            1|ID:			<ID>
            1|Name:			mycfg
            1|Created at:            	2026-01-01 00:00:01 +0000 utc
            1|Updated at:            	2026-01-01 00:00:01 +0000 utc
            1|Data:
            1|s3cr3t
            1|

            $ docker config inspect mycfg
            exit 0
            1|[
            1|    {
            1|        "ID": "<ID>",
            1|        "Version": {
            1|            "Index": 3
            1|        },
            1|        "CreatedAt": "2026-01-01T00:00:01Z",
            1|        "UpdatedAt": "2026-01-01T00:00:01Z",
            1|        "Spec": {
            1|            "Name": "mycfg",
            1|            "Labels": {},
            1|            "Data": "czNjcjN0"
            1|        }
            1|    }
            1|]

            $ docker config inspect nope
            exit 1
            1|[]
            2|Error response from daemon: config nope not found

            $ worker1> docker secret ls
            exit 1
            2|Error response from daemon: This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.

        "#]],
    );
}

#[test]
fn a_secret_in_use_stays_and_is_rotated_by_an_update() {
    check(
        KEPT,
        "
        docker service create -d --name x1 --secret nosec app:1
        docker service create -d --name x1 --config nocfg app:1
        docker secret create one s.txt
        docker config create mycfg s.txt
        docker service create -d --name web --secret source=one,target=key --config mycfg app:1 # wait
        docker secret rm one
        docker config rm mycfg
        docker secret create two new.txt
        docker service update -d --secret-add source=two,target=key web
        docker service update -d --secret-rm one --secret-add source=two,target=key web # wait
        docker service ps --format '{{.Name}} {{.DesiredState}}' web
        docker service inspect --format '{{json .Spec.TaskTemplate.ContainerSpec.Secrets}}' web
        docker secret rm one
        docker service rm web
        docker secret rm two nope
        docker config rm mycfg
        ",
        expect![[r#"
            $ docker service create -d --name x1 --secret nosec app:1
            exit 1
            2|secret not found: nosec

            $ docker service create -d --name x1 --config nocfg app:1
            exit 1
            2|config not found: nocfg

            $ docker secret create one s.txt
            exit 0
            1|<ID>

            $ docker config create mycfg s.txt
            exit 0
            1|<ID>

            $ docker service create -d --name web --secret source=one,target=key --config mycfg app:1 # wait
            exit 0
            1|<ID>

            $ docker secret rm one
            exit 1
            2|Error response from daemon: rpc error: code = InvalidArgument desc = secret 'one' is in use by the following service: web

            $ docker config rm mycfg
            exit 1
            2|Error response from daemon: rpc error: code = InvalidArgument desc = config 'mycfg' is in use by the following service: web

            $ docker secret create two new.txt
            exit 0
            1|<ID>

            $ docker service update -d --secret-add source=two,target=key web
            exit 1
            2|Error response from daemon: rpc error: code = InvalidArgument desc = secret references 'one' and 'two' have a conflicting target: 'key'

            $ docker service update -d --secret-rm one --secret-add source=two,target=key web # wait
            exit 0
            1|web

            $ docker service ps --format '{{.Name}} {{.DesiredState}}' web
            exit 0
            1|web.1 Running
            1|web.1 Shutdown

            $ docker service inspect --format '{{json .Spec.TaskTemplate.ContainerSpec.Secrets}}' web
            exit 0
            1|[{"File":{"GID":"0","Mode":292,"Name":"key","UID":"0"},"SecretID":"<ID>","SecretName":"two"}]

            $ docker secret rm one
            exit 0
            1|one

            $ docker service rm web
            exit 0
            1|web

            $ docker secret rm two nope
            exit 1
            1|two
            2|Error response from daemon: secret nope not found

            $ docker config rm mycfg
            exit 0
            1|mycfg

        "#]],
    );
}
