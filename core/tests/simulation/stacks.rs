//! Configs, secrets, stacks and volumes, as a user types them.
//!
//! A session is a list of lines; what they print is compared with a golden text, which
//! `UPDATE_EXPECT=1` writes anew. Where the real client has been recorded doing the same, its text
//! stands in the golden file letter for letter (ids masked).

use std::fmt::Write as _;

use expect_test::{Expect, ExpectFile, expect, expect_file};
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::{SECOND, SimTime};

use crate::commands::typed_at;
use crate::simulation;
use crate::stack_files::STACK_FILES;

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

/// Types lines at a new swarm.
fn play(scenario: &str, lines: &str) -> String {
    let (_, mut run) = simulation(scenario, Options::default());
    run.run_until(SimTime::from_secs(1));
    session(&mut run, lines)
}

#[expect(clippy::needless_pass_by_value, reason = "as expect! makes it")]
fn check(scenario: &str, lines: &str, want: Expect) {
    want.assert_eq(&play(scenario, lines));
}

/// The same, where what is printed is long.
#[expect(clippy::needless_pass_by_value, reason = "as expect_file! makes it")]
fn check_file(scenario: &str, lines: &str, want: ExpectFile) {
    want.assert_eq(&play(scenario, lines));
}

const KEPT: &str = "
cluster: {managers: 1, workers: 2}
until: 1h
files: {s.txt: s3cr3t, new.txt: other, empty.txt: ''}
";

#[expect(clippy::too_many_lines, reason = "one session and what it prints")]
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
            1|            "Index": 9
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
            1|[{"File":{"Name":"key","UID":"0","GID":"0","Mode":292},"SecretID":"<ID>","SecretName":"two"}]

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

/// The stack files of the recordings of the real client.
const RECORDED: &str = include_str!("../data/stack-files.yaml");

#[test]
fn a_stack_is_deployed_as_the_recorded_client_did() {
    check_file(
        RECORDED,
        "
        docker stack deploy -c a.yml my # wait
        docker stack ls
        docker stack services my
        docker stack ps --format '{{.Name}} {{.Image}} {{.Node}} {{.DesiredState}}' my
        docker service inspect my_web
        docker service inspect --format '{{json .Spec}}' my_db
        docker network ls --filter label=com.docker.stack.namespace=my --format '{{.Name}}'
        docker secret ls --format '{{.Name}} {{.Labels}}'
        docker config ls --format '{{.Name}} {{.Labels}}'
        ",
        expect_file!["../data/stacks/deploy.expected"],
    );
}

#[test]
fn a_stack_is_deployed_again_and_removed() {
    check_file(
        RECORDED,
        "
        docker stack deploy --detach -c a.yml my # wait
        docker stack deploy --prune --detach=true -c b.yml my # wait
        docker stack deploy --detach=true --resolve-image changed -c b.yml my
        docker stack deploy --detach=true --resolve-image bogus -c b.yml my
        docker stack ps --filter desired-state=running --format '{{.Name}}' my
        docker stack ps nope
        docker stack services nope
        docker stack rm nope
        docker secret rm my_s1
        docker stack rm my # wait
        docker stack ls
        docker secret ls -q
        docker network ls --filter label=com.docker.stack.namespace --format '{{.Name}}'
        docker stack deploy --detach=false -c c.yml cc
        docker stack rm --detach=false cc
        docker stack deploy -c nets.yml x
        docker stack deploy -c t.yml x
        docker stack deploy -c u.yml x
        docker stack deploy x
        docker stack deploy -c nofile.yml x
        worker1> docker stack deploy --detach -c c.yml x
        worker1> docker stack ls
        docker stack deploy -c c.yml ' '
        ",
        expect_file!["../data/stacks/deploy-again.expected"],
    );
}

#[test]
fn files_are_merged_and_printed() {
    check_file(
        RECORDED,
        "
        docker stack config -c c.yml
        docker stack config -c m1.yml -c m2.yml
        docker stack config -c m1.yml,m3.yml
        docker stack config -c a.yml
        ",
        expect_file!["../data/stacks/merged.expected"],
    );
}

/// A cluster and files under their names.
pub(crate) fn with_files(files: &[(&str, &str)]) -> Simulation {
    let (mut scenario, _) = swarmlab_core::scenario::Scenario::parse(RECORDED).expect("a scenario");
    for (name, text) in files {
        scenario
            .files
            .insert((*name).to_owned(), (*text).to_owned());
    }
    scenario
        .environment
        .insert("TAG".to_owned(), "v1".to_owned());
    let mut run = Simulation::new(&scenario, Options::default()).expect("a simulation");
    run.run_until(SimTime::from_secs(1));
    run
}

/// Each of the files that people have is deployed to the same small cluster, deployed
/// once more, and removed.
#[test]
fn the_stack_files_that_people_have() {
    let mut text = String::new();
    for &(name, content) in STACK_FILES {
        let mut run = with_files(&[(name, content)]);
        let stack = name.trim_end_matches(".yml");
        text += &session(
            &mut run,
            &format!(
                "
                docker network create -d overlay web
                docker secret create tls_key s1.txt
                docker stack deploy --detach -c {name} {stack} # wait
                docker stack services --format '{{{{.Name}}}} {{{{.Mode}}}} {{{{.Replicas}}}} {{{{.Image}}}} {{{{.Ports}}}}' {stack}
                docker stack deploy --detach -c {name} {stack} # wait
                docker stack ps --filter desired-state=shutdown --format '{{{{.Name}}}} {{{{.CurrentState}}}} {{{{.Error}}}}' {stack}
                docker stack config -c {name}
                docker stack rm {stack} # wait
                docker network ls --filter label=com.docker.stack.namespace -q
                "
            ),
        );
    }
    expect_file!["../data/stacks/people.expected"].assert_eq(&text);
}

/// Files with one mistake each, and what is said of it.
#[test]
fn mistakes_in_stack_files_are_told_as_docker_tells_them() {
    let mut text = String::new();
    for file in include_str!("../data/stacks/mistakes.txt").split("---\n") {
        let mut run = with_files(&[("x.yml", file)]);
        let answer = typed_at(
            &mut run,
            "manager1",
            "docker stack deploy --detach -c x.yml x",
        );
        let _ = writeln!(text, "{file}{answer}");
    }
    expect_file!["../data/stacks/mistakes.expected"].assert_eq(&text);
}

/// The client goes when the first task has ended.
#[test]
fn a_stack_that_is_waited_for_while_it_goes() {
    let files = [(
        "x.yml",
        "services: {a: {image: a, deploy: {replicas: 2}}, b: {image: 'gone:1'}}",
    )];
    let mut run = with_files(&files);
    let mut text = session(
        &mut run,
        "
        docker stack deploy --detach -c x.yml x # wait
        docker stack rm --detach=false x y
        docker stack rm --detach=false x # wait
        docker stack rm --detach=false x
        docker stack services x
        ",
    );
    let _ = writeln!(text, "{}", timed(&run, "docker stack rm --detach=false x "));
    expect![[r#"
        $ docker stack deploy --detach -c x.yml x # wait
        exit 0
        1|Creating network x_default
        1|Creating service x_a
        1|Creating service x_b

        $ docker stack rm --detach=false x y
        exit 1
        2|waiting until several stacks are gone is not simulated yet (remove one after the other, or with --detach)

        $ docker stack rm --detach=false x # wait
        exit 0
        1|Removing service x_a
        1|Removing service x_b
        1|Removing network x_default

        $ docker stack rm --detach=false x
        exit 0
        2|Nothing found in stack: x

        $ docker stack services x
        exit 0
        2|Nothing found in stack: x

        typed at 31.000s, ended at 31.000styped at 31.000s, ended at 34.600s
    "#]].assert_eq(&text);
}

/// When a line was typed and when it ended.
fn timed(run: &Simulation, line: &str) -> String {
    use swarmlab_core::kernel::What;
    let mut process = None;
    let mut text = String::new();
    for record in run.records() {
        match &record.what {
            What::Command {
                process: number,
                line: typed,
                ..
            } if typed.starts_with(line) => {
                process = Some(*number);
                let _ = write!(text, "typed at {}", record.at);
            }
            What::Exit {
                process: number, ..
            } if process == Some(*number) => {
                let _ = write!(text, ", ended at {}", record.at);
            }
            _ => {}
        }
    }
    text
}

/// A registry that does not have an image is told of when a service is updated.
#[test]
fn images_that_no_registry_has() {
    let scenario = "
cluster: {managers: 1, workers: 1}
until: 1h
images: {'gone:1': {missing: true}, 'gone:2': {missing: true}}
files:
  x.yml: 'services: {a: {image: \"gone:1\"}}'
  y.yml: 'services: {a: {image: \"gone:2\"}}'
";
    check(
        scenario,
        "
        docker stack deploy --detach -c x.yml x
        docker stack deploy --detach -c x.yml x
        docker stack deploy --detach --resolve-image changed -c x.yml x
        docker stack deploy --detach --resolve-image never -c y.yml x
        docker stack deploy --detach --resolve-image changed -c x.yml x
        ",
        expect![[r#"
            $ docker stack deploy --detach -c x.yml x
            exit 0
            1|Creating network x_default
            1|Creating service x_a

            $ docker stack deploy --detach -c x.yml x
            exit 0
            1|Updating service x_a (id: <ID>)
            2|image gone:1 could not be accessed on a registry to record
            2|its digest. Each node will access gone:1 independently,
            2|possibly leading to different nodes running different
            2|versions of the image.
            2|

            $ docker stack deploy --detach --resolve-image changed -c x.yml x
            exit 0
            1|Updating service x_a (id: <ID>)

            $ docker stack deploy --detach --resolve-image never -c y.yml x
            exit 0
            1|Updating service x_a (id: <ID>)

            $ docker stack deploy --detach --resolve-image changed -c x.yml x
            exit 0
            1|Updating service x_a (id: <ID>)
            2|image gone:1 could not be accessed on a registry to record
            2|its digest. Each node will access gone:1 independently,
            2|possibly leading to different nodes running different
            2|versions of the image.
            2|

        "#]],
    );
}

/// Volumes belong to the node at which the line is typed.
#[test]
#[expect(clippy::too_many_lines, reason = "texts, one after the other")]
fn volumes_of_a_node() {
    check(
        KEPT,
        "
        docker volume create data
        docker volume create data
        docker volume create -d nosuch other
        docker volume create --label a=b -o type=nfs -o device=:/x nfs
        docker volume create
        docker volume create 'a b'
        docker volume create --type block --availability active csi
        docker volume ls
        docker volume ls -q
        docker volume ls --filter label=a --format '{{.Name}} {{.Labels}} {{.Mountpoint}}'
        docker volume ls --filter dangling=true -q
        docker volume ls --filter nosuch=1
        docker volume inspect data nope
        docker volume inspect --format '{{json .Options}}' nfs
        docker service create -d --name db --mount type=volume,src=data,dst=/d --constraint node.hostname==manager1 db # wait
        docker volume rm data
        docker volume rm nfs nope
        docker volume rm -f nope
        docker volume prune -f
        worker1> docker volume ls
        worker1> docker volume inspect data
        ",
        expect![[r#"
            $ docker volume create data
            exit 0
            1|data

            $ docker volume create data
            exit 0
            1|data

            $ docker volume create -d nosuch other
            exit 1
            2|Error response from daemon: create other: error looking up volume plugin nosuch: plugin "nosuch" not found

            $ docker volume create --label a=b -o type=nfs -o device=:/x nfs
            exit 0
            1|nfs

            $ docker volume create
            exit 0
            1|89cbd185fb8957f083a126ef3a7cb9d8ed21089a53a46d9f38b12b4b5f244c9d

            $ docker volume create 'a b'
            exit 1
            2|Error response from daemon: create a b: "a b" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path

            $ docker volume create --type block --availability active csi
            exit 1
            2|volumes of the cluster are not simulated yet

            $ docker volume ls
            exit 0
            1|DRIVER    VOLUME NAME
            1|local     89cbd185fb8957f083a126ef3a7cb9d8ed21089a53a46d9f38b12b4b5f244c9d
            1|local     data
            1|local     nfs

            $ docker volume ls -q
            exit 0
            1|89cbd185fb8957f083a126ef3a7cb9d8ed21089a53a46d9f38b12b4b5f244c9d
            1|data
            1|nfs

            $ docker volume ls --filter label=a --format '{{.Name}} {{.Labels}} {{.Mountpoint}}'
            exit 0
            1|nfs a=b /var/lib/docker/volumes/nfs/_data

            $ docker volume ls --filter dangling=true -q
            exit 0
            1|89cbd185fb8957f083a126ef3a7cb9d8ed21089a53a46d9f38b12b4b5f244c9d
            1|data
            1|nfs

            $ docker volume ls --filter nosuch=1
            exit 1
            2|Error response from daemon: invalid filter 'nosuch'

            $ docker volume inspect data nope
            exit 1
            1|[
            1|    {
            1|        "CreatedAt": "2026-01-01T00:00:01Z",
            1|        "Driver": "local",
            1|        "Labels": null,
            1|        "Mountpoint": "/var/lib/docker/volumes/data/_data",
            1|        "Name": "data",
            1|        "Options": null,
            1|        "Scope": "local"
            1|    }
            1|]
            2|Error response from daemon: get nope: no such volume

            $ docker volume inspect --format '{{json .Options}}' nfs
            exit 0
            1|{"device":":/x","type":"nfs"}

            $ docker service create -d --name db --mount type=volume,src=data,dst=/d --constraint node.hostname==manager1 db # wait
            exit 0
            1|<ID>

            $ docker volume rm data
            exit 1
            2|Error response from daemon: remove data: volume is in use - [e0e0204403ca40d900ea7d2342461b4e970b18e70ad9e355bb3bce1a1d2cd748]

            $ docker volume rm nfs nope
            exit 1
            1|nfs
            2|Error response from daemon: get nope: no such volume

            $ docker volume rm -f nope
            exit 0
            1|nope

            $ docker volume prune -f
            exit 1
            2|docker volume prune is not simulated yet

            $ worker1> docker volume ls
            exit 0
            1|DRIVER    VOLUME NAME

            $ worker1> docker volume inspect data
            exit 1
            1|[]
            2|Error response from daemon: get data: no such volume

        "#]],
    );
}
