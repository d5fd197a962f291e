//! The containers of a node: `docker ps`, `kill`, `stop`, `rm`, `inspect`.

use std::fmt::Write as _;

use expect_test::expect;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::{SECOND, SimTime};

use crate::commands::{typed, typed_at};
use crate::simulation;

const SCENARIO: &str = "
cluster: {managers: 1, workers: 2}
images:
  deaf:1: {ignores_sigterm: true}
  slow:1: {stop: 3s}
  sick:1: {health: {fails_after: 20s}}
until: 300s
steps:
- at: 1s
  run: >-
    docker service create -d --name web --replicas 3 -p 8080:80 -p mode=host,published=99,target=9
    --container-label tier=front app:1 sh -c 'sleep \"9d\"'
";

fn started() -> Simulation {
    let (_, mut run) = simulation(SCENARIO, Options::default());
    run.run_until(SimTime::from_secs(10));
    run
}

fn wait(run: &mut Simulation, seconds: u64) {
    run.run_until(run.moment().time + seconds * SECOND);
}

/// The id of the newest container of a service on a node.
fn container(run: &mut Simulation, on: &str, service: &str) -> String {
    let line = format!("docker ps -q -n 1 --filter label=com.docker.swarm.service.name={service}");
    let found = typed_at(run, on, &line);
    let id = found.lines().nth(1).expect("a container");
    id.trim_start_matches("1|").to_owned()
}

/// What has become of the tasks of a service.
fn tasks(run: &mut Simulation, service: &str) -> String {
    let format = "{{.Name}} {{.Node}} {{.DesiredState}} {{.CurrentState}} {{.Error}}";
    typed(
        run,
        &format!("docker service ps --format '{format}' {service}"),
    )
}

#[test]
fn containers_are_listed_on_their_node() {
    let mut run = started();
    let mut text = String::new();
    for line in [
        "docker ps",
        "docker ps -a --no-trunc",
        "docker ps -q",
        "docker ps --format '{{.Names}} {{.Status}} {{.State}} {{.CreatedAt}} {{.RunningFor}}'",
        "docker ps --format '{{.Labels}}'",
        "docker ps -q --filter label=tier=front --filter status=running",
        "docker ps -q --filter label=tier=back",
        "docker ps -q --filter name=^/web",
        "docker ps -q --filter name=eb$",
        "docker ps -q --filter ancestor=app:1",
        "docker ps -q --filter is-task=false",
        "docker ps --filter status=foo",
        "docker ps --filter foo=bar",
        "docker ps --filter since=nope",
        "docker ps --filter network=ingress",
        "docker ps -s",
    ] {
        let _ = writeln!(text, "$ {line}\n{}", typed_at(&mut run, "worker1", line));
    }
    expect![[r#"
        $ docker ps
        exit 0
        1|CONTAINER ID   IMAGE     COMMAND                  CREATED         STATUS         PORTS                                       NAMES
        1|66b4624ba43e   app:1     "sh -c 'sleep \"9d\"'"   8 seconds ago   Up 8 seconds   0.0.0.0:99->9/tcp, [::]:99->9/tcp, 80/tcp   web.2.<ID>

        $ docker ps -a --no-trunc
        exit 0
        1|CONTAINER ID                                                       IMAGE     COMMAND                  CREATED         STATUS         PORTS                                       NAMES
        1|66b4624ba43ec4a9de65b1540cdcdcbde1dfa073b75e31e16614b2cc94377834   app:1     "sh -c 'sleep \"9d\"'"   8 seconds ago   Up 8 seconds   0.0.0.0:99->9/tcp, [::]:99->9/tcp, 80/tcp   web.2.<ID>

        $ docker ps -q
        exit 0
        1|66b4624ba43e

        $ docker ps --format '{{.Names}} {{.Status}} {{.State}} {{.CreatedAt}} {{.RunningFor}}'
        exit 0
        1|web.2.<ID> Up 8 seconds running 2026-01-01 00:00:01 +0000 UTC 8 seconds ago

        $ docker ps --format '{{.Labels}}'
        exit 0
        1|com.docker.swarm.node.id=<ID>,com.docker.swarm.service.id=<ID>,com.docker.swarm.service.name=web,com.docker.swarm.task=,com.docker.swarm.task.id=<ID>,com.docker.swarm.task.name=web.2.<ID>,tier=front

        $ docker ps -q --filter label=tier=front --filter status=running
        exit 0
        1|66b4624ba43e

        $ docker ps -q --filter label=tier=back
        exit 0

        $ docker ps -q --filter name=^/web
        exit 0
        1|66b4624ba43e

        $ docker ps -q --filter name=eb$
        exit 0

        $ docker ps -q --filter ancestor=app:1
        exit 0
        1|66b4624ba43e

        $ docker ps -q --filter is-task=false
        exit 0

        $ docker ps --filter status=foo
        exit 1
        2|Error response from daemon: invalid filter 'status=foo'

        $ docker ps --filter foo=bar
        exit 1
        2|Error response from daemon: invalid filter 'foo'

        $ docker ps --filter since=nope
        exit 1
        2|Error response from daemon: No such container: nope

        $ docker ps --filter network=ingress
        exit 1
        2|docker ps --filter network is not simulated yet

        $ docker ps -s
        exit 1
        2|docker ps --size is not simulated yet

    "#]].assert_eq(&text);
}

#[test]
fn a_killed_container_fails_its_task() {
    let mut run = started();
    let id = container(&mut run, "worker1", "web");
    let killed = typed_at(&mut run, "worker1", &format!("docker kill {id}"));
    assert_eq!(killed, format!("exit 0\n1|{id}\n"));
    wait(&mut run, 8);
    expect![[r#"
        exit 0
        1|web.1 manager1 Running Running 16 seconds ago 
        1|web.2 worker1 Running Running 2 seconds ago 
        1|web.2 worker1 Shutdown Failed 8 seconds ago "task: non-zero exit (137)"
        1|web.3 worker2 Running Running 16 seconds ago 
    "#]]
    .assert_eq(&tasks(&mut run, "web"));
    let listed = typed_at(
        &mut run,
        "worker1",
        "docker ps -a --format '{{.Names}} {{.Status}}'",
    );
    expect![[r#"
        exit 0
        1|web.2.<ID> Up 2 seconds
        1|web.2.<ID> Exited (137) 8 seconds ago
    "#]]
    .assert_eq(&listed);
    let mut text = String::new();
    for line in [
        format!("docker kill {id}"),
        "docker kill nope".to_owned(),
        "docker kill -s FOO nope".to_owned(),
        format!(
            "docker kill -s HUP {}",
            container(&mut run, "worker2", "web")
        ),
    ] {
        let answer = typed_at(&mut run, "worker2", &line);
        let _ = writeln!(text, "{answer}");
    }
    expect![[r#"
        exit 1
        2|Error response from daemon: cannot kill container: 66b4624ba43e: No such container: 66b4624ba43e

        exit 1
        2|Error response from daemon: cannot kill container: nope: No such container: nope

        exit 1
        2|Error response from daemon: cannot kill container: nope: invalid signal: FOO

        exit 0
        1|d76454c23dea

    "#]].assert_eq(&text);
}

#[test]
fn a_removed_container_is_gone_and_its_task_failed() {
    let mut run = started();
    let id = container(&mut run, "worker2", "web");
    let mut text = String::new();
    for line in [
        format!("docker rm {id}"),
        format!("docker rm -f {id}"),
        format!("docker rm -f {id}"),
        format!("docker rm {id}"),
    ] {
        let _ = writeln!(text, "{}", typed_at(&mut run, "worker2", &line));
    }
    wait(&mut run, 8);
    text += &tasks(&mut run, "web");
    text += &typed_at(&mut run, "worker2", "docker ps -a --format '{{.Status}}'");
    expect![[r#"
        exit 1
        2|Error response from daemon: cannot remove container "/web.3.<ID>": container is running: stop the container before removing or force remove

        exit 0
        1|d76454c23dea

        exit 0
        2|Error response from daemon: No such container: d76454c23dea

        exit 1
        2|Error response from daemon: No such container: d76454c23dea

        exit 0
        1|web.1 manager1 Running Running 16 seconds ago 
        1|web.2 worker1 Running Running 16 seconds ago 
        1|web.3 worker2 Running Running 2 seconds ago 
        1|web.3 worker2 Shutdown Failed 8 seconds ago "task: non-zero exit (137)"
        exit 0
        1|Up 2 seconds
    "#]].assert_eq(&text);
}

#[test]
fn a_stopped_container_completes_its_task_or_is_killed() {
    let mut run = started();
    for image in ["deaf", "slow"] {
        let line = format!(
            "docker service create -d --name {image} --constraint node.hostname==worker1 \
             --restart-condition none {image}:1"
        );
        typed(&mut run, &line);
    }
    wait(&mut run, 10);
    let mut text = String::new();
    let (deaf, slow) = (
        container(&mut run, "worker1", "deaf"),
        container(&mut run, "worker1", "slow"),
    );
    let before = run.moment().time;
    let line = format!("docker stop -t 5 {deaf} {slow} nope");
    let answer = typed_at(&mut run, "worker1", &line);
    let _ = writeln!(
        text,
        "{}after {} ms",
        answer.replace(&deaf, "<DEAF>").replace(&slow, "<SLOW>"),
        run.moment().time.since(before) / 1_000_000
    );
    wait(&mut run, 1);
    text += &tasks(&mut run, "deaf");
    text += &tasks(&mut run, "slow");
    // One that does not run any more is stopped already.
    let again = typed_at(&mut run, "worker1", &format!("docker stop {deaf}"));
    assert_eq!(again, format!("exit 0\n1|{deaf}\n"));
    expect![[r#"
        exit 1
        1|<DEAF>
        1|<SLOW>
        2|Error response from daemon: No such container: nope
        after 5000 ms
        exit 0
        1|deaf.1 worker1 Shutdown Failed 1 second ago "task: non-zero exit (137)"
        exit 0
        1|slow.1 worker1 Shutdown Complete 3 seconds ago 
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_container_is_looked_at() {
    let mut run = started();
    typed(
        &mut run,
        "docker service create -d --name sick --constraint node.hostname==worker1 \
         --health-cmd true --health-interval 5s --health-retries 2 sick:1",
    );
    wait(&mut run, 10);
    let id = container(&mut run, "worker1", "sick");
    let mut text = String::new();
    let format = "{{.Name}} {{.State.Status}} {{.State.Health.Status}} {{.Config.Image}}";
    for line in [
        format!("docker inspect --format '{format}' {id}"),
        "docker inspect nope".to_owned(),
        "docker inspect --type container web".to_owned(),
        "docker inspect --type foo web".to_owned(),
        "docker ps --filter health=healthy --format '{{.Status}}'".to_owned(),
    ] {
        let _ = writeln!(text, "{}", typed_at(&mut run, "worker1", &line));
    }
    let service = typed(&mut run, "docker inspect --format '{{.Spec.Name}}' web");
    let _ = writeln!(text, "{service}");
    let id = container(&mut run, "worker1", "web");
    let whole = typed_at(&mut run, "worker1", &format!("docker inspect {id}"));
    text += &whole.replace(
        &whole[whole.find("\"Id\": \"").unwrap_or(0) + 7..][..64],
        "<LONG ID>",
    );
    expect![[r#"
        exit 0
        1|/sick.1.<ID> running healthy sick:1

        exit 1
        1|[]
        2|Error: No such object: nope

        exit 1
        1|[]
        2|Error response from daemon: No such container: web

        exit 1
        2|unknown type: "foo": must be one of "config", "container", "image", "network", "node", "plugin", "secret", "service", "task", "volume"

        exit 0
        1|Up 9 seconds (healthy)

        exit 0
        1|web

        exit 0
        1|[
        1|    {
        1|        "Id": "<LONG ID>",
        1|        "Created": "2026-01-01T00:00:01.6Z",
        1|        "Path": "sh",
        1|        "Args": [
        1|            "-c",
        1|            "sleep \"9d\""
        1|        ],
        1|        "State": {
        1|            "Status": "running",
        1|            "Running": true,
        1|            "Paused": false,
        1|            "Restarting": false,
        1|            "OOMKilled": false,
        1|            "Dead": false,
        1|            "Pid": 2001,
        1|            "ExitCode": 0,
        1|            "Error": "",
        1|            "StartedAt": "2026-01-01T00:00:02Z",
        1|            "FinishedAt": "0001-01-01T00:00:00Z"
        1|        },
        1|        "Name": "/web.2.<ID>",
        1|        "RestartCount": 0,
        1|        "HostConfig": {
        1|            "AutoRemove": false,
        1|            "ReadonlyRootfs": false,
        1|            "Memory": 0,
        1|            "NanoCpus": 0
        1|        },
        1|        "Config": {
        1|            "Hostname": "",
        1|            "User": "",
        1|            "Tty": false,
        1|            "Env": [],
        1|            "Cmd": [
        1|                "sh",
        1|                "-c",
        1|                "sleep \"9d\""
        1|            ],
        1|            "Image": "app:1",
        1|            "WorkingDir": "",
        1|            "Entrypoint": [],
        1|            "Labels": {
        1|                "com.docker.swarm.node.id": "<ID>",
        1|                "com.docker.swarm.service.id": "<ID>",
        1|                "com.docker.swarm.service.name": "web",
        1|                "com.docker.swarm.task": "",
        1|                "com.docker.swarm.task.id": "<ID>",
        1|                "com.docker.swarm.task.name": "web.2.<ID>",
        1|                "tier": "front"
        1|            }
        1|        }
        1|    }
        1|]
    "#]]
    .assert_eq(&text);
}
