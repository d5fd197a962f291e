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

/// The stack files of the recordings of the real client.
const RECORDED: &str = include_str!("../data/stack-files.yaml");

#[test]
fn a_stack_is_deployed_as_the_recorded_client_did() {
    check(
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
        expect![[r#"
            $ docker stack deploy -c a.yml my # wait
            exit 0
            1|Creating network my_default
            1|Creating network my_front
            1|Creating secret my_s1
            1|Creating config my_c1
            1|Creating service my_db
            1|Creating service my_web
            2|Ignoring unsupported options: build, restart
            2|
            2|Ignoring deprecated options:
            2|
            2|container_name: Setting the container name is not supported.
            2|
            2|Since --detach=false was not specified, tasks will be created in the background.
            2|In a future release, --detach=false will become the default.

            $ docker stack ls
            exit 0
            1|NAME      SERVICES
            1|my        2

            $ docker stack services my
            exit 0
            1|ID             NAME      MODE         REPLICAS   IMAGE     PORTS
            1|bwjt7vhofk0d   my_db     global       3/3        redis:7   
            1|73q4gxx25exi   my_web    replicated   2/2        app:1     *:9090->80/tcp

            $ docker stack ps --format '{{.Name}} {{.Image}} {{.Node}} {{.DesiredState}}' my
            exit 0
            1|my_db.<ID> redis:7 worker2 Running
            1|my_db.<ID> redis:7 manager1 Running
            1|my_db.<ID> redis:7 worker1 Running
            1|my_web.1 app:1 worker1 Running
            1|my_web.2 app:1 worker2 Running

            $ docker service inspect my_web
            exit 0
            1|[
            1|    {
            1|        "ID": "<ID>",
            1|        "Version": {
            1|            "Index": 7
            1|        },
            1|        "CreatedAt": "2026-01-01T00:00:01Z",
            1|        "UpdatedAt": "2026-01-01T00:00:01Z",
            1|        "Spec": {
            1|            "Name": "my_web",
            1|            "Labels": {
            1|                "com.docker.stack.image": "app:1",
            1|                "com.docker.stack.namespace": "my",
            1|                "sl": "v"
            1|            },
            1|            "TaskTemplate": {
            1|                "ContainerSpec": {
            1|                    "Image": "app:1",
            1|                    "Labels": {
            1|                        "cl": "v",
            1|                        "com.docker.stack.namespace": "my"
            1|                    },
            1|                    "Env": [
            1|                        "EF=1",
            1|                        "HOMEX",
            1|                        "X=1"
            1|                    ],
            1|                    "Mounts": [
            1|                        {
            1|                            "Type": "volume",
            1|                            "Source": "my_data",
            1|                            "Target": "/data",
            1|                            "VolumeOptions": {
            1|                                "Labels": {
            1|                                    "com.docker.stack.namespace": "my"
            1|                                }
            1|                            }
            1|                        },
            1|                        {
            1|                            "Type": "bind",
            1|                            "Source": "/root/conf",
            1|                            "Target": "/conf",
            1|                            "ReadOnly": true
            1|                        },
            1|                        {
            1|                            "Type": "tmpfs",
            1|                            "Target": "/t",
            1|                            "TmpfsOptions": {
            1|                                "SizeBytes": 1000000
            1|                            }
            1|                        }
            1|                    ],
            1|                    "StopGracePeriod": 10000000000,
            1|                    "Healthcheck": {
            1|                        "Test": [
            1|                            "CMD-SHELL",
            1|                            "echo ok"
            1|                        ],
            1|                        "Interval": 10000000000,
            1|                        "Retries": 3
            1|                    },
            1|                    "DNSConfig": {},
            1|                    "Secrets": [
            1|                        {
            1|                            "File": {
            1|                                "Name": "s1",
            1|                                "UID": "0",
            1|                                "GID": "0",
            1|                                "Mode": 292
            1|                            },
            1|                            "SecretID": "<ID>",
            1|                            "SecretName": "my_s1"
            1|                        },
            1|                        {
            1|                            "File": {
            1|                                "Name": "renamed",
            1|                                "UID": "0",
            1|                                "GID": "0",
            1|                                "Mode": 256
            1|                            },
            1|                            "SecretID": "<ID>",
            1|                            "SecretName": "my_s1"
            1|                        }
            1|                    ],
            1|                    "Configs": [
            1|                        {
            1|                            "File": {
            1|                                "Name": "c1",
            1|                                "UID": "0",
            1|                                "GID": "0",
            1|                                "Mode": 292
            1|                            },
            1|                            "ConfigID": "<ID>",
            1|                            "ConfigName": "my_c1"
            1|                        }
            1|                    ],
            1|                    "Isolation": "default"
            1|                },
            1|                "Resources": {
            1|                    "Limits": {
            1|                        "NanoCPUs": 500000000,
            1|                        "MemoryBytes": 52428800
            1|                    },
            1|                    "Reservations": {
            1|                        "MemoryBytes": 20971520
            1|                    }
            1|                },
            1|                "RestartPolicy": {
            1|                    "Condition": "on-failure",
            1|                    "Delay": 5000000000,
            1|                    "MaxAttempts": 3
            1|                },
            1|                "Placement": {
            1|                    "Constraints": [
            1|                        "node.role == worker"
            1|                    ],
            1|                    "Preferences": [
            1|                        {
            1|                            "Spread": {
            1|                                "SpreadDescriptor": "node.labels.zone"
            1|                            }
            1|                        }
            1|                    ]
            1|                },
            1|                "Networks": [
            1|                    {
            1|                        "Target": "<ID>",
            1|                        "Aliases": [
            1|                            "web"
            1|                        ]
            1|                    },
            1|                    {
            1|                        "Target": "<ID>",
            1|                        "Aliases": [
            1|                            "web"
            1|                        ]
            1|                    }
            1|                ],
            1|                "ForceUpdate": 0,
            1|                "Runtime": "container"
            1|            },
            1|            "Mode": {
            1|                "Replicated": {
            1|                    "Replicas": 2
            1|                }
            1|            },
            1|            "UpdateConfig": {
            1|                "Parallelism": 1,
            1|                "Delay": 2000000000,
            1|                "FailureAction": "pause",
            1|                "Monitor": 5000000000,
            1|                "MaxFailureRatio": 0,
            1|                "Order": "start-first"
            1|            },
            1|            "RollbackConfig": {
            1|                "Parallelism": 1,
            1|                "FailureAction": "pause",
            1|                "Monitor": 5000000000,
            1|                "MaxFailureRatio": 0,
            1|                "Order": "stop-first"
            1|            },
            1|            "EndpointSpec": {
            1|                "Mode": "vip",
            1|                "Ports": [
            1|                    {
            1|                        "Protocol": "tcp",
            1|                        "TargetPort": 80,
            1|                        "PublishedPort": 9090,
            1|                        "PublishMode": "ingress"
            1|                    },
            1|                    {
            1|                        "Protocol": "udp",
            1|                        "TargetPort": 81,
            1|                        "PublishedPort": 9091,
            1|                        "PublishMode": "host"
            1|                    }
            1|                ]
            1|            }
            1|        },
            1|        "Endpoint": {
            1|            "Spec": {
            1|                "Mode": "vip",
            1|                "Ports": [
            1|                    {
            1|                        "Protocol": "tcp",
            1|                        "TargetPort": 80,
            1|                        "PublishedPort": 9090,
            1|                        "PublishMode": "ingress"
            1|                    },
            1|                    {
            1|                        "Protocol": "udp",
            1|                        "TargetPort": 81,
            1|                        "PublishedPort": 9091,
            1|                        "PublishMode": "host"
            1|                    }
            1|                ]
            1|            },
            1|            "Ports": [
            1|                {
            1|                    "Protocol": "tcp",
            1|                    "TargetPort": 80,
            1|                    "PublishedPort": 9090,
            1|                    "PublishMode": "ingress"
            1|                },
            1|                {
            1|                    "Protocol": "udp",
            1|                    "TargetPort": 81,
            1|                    "PublishedPort": 9091,
            1|                    "PublishMode": "host"
            1|                }
            1|            ]
            1|        }
            1|    }
            1|]

            $ docker service inspect --format '{{json .Spec}}' my_db
            exit 0
            1|{"EndpointSpec":{"Mode":"dnsrr"},"Labels":{"com.docker.stack.image":"redis:7","com.docker.stack.namespace":"my"},"Mode":{"Global":{}},"Name":"my_db","RollbackConfig":{"FailureAction":"pause","MaxFailureRatio":0,"Monitor":5000000000,"Order":"stop-first","Parallelism":1},"TaskTemplate":{"ContainerSpec":{"DNSConfig":{},"Image":"redis:7","Isolation":"default","Labels":{"com.docker.stack.namespace":"my"},"StopGracePeriod":10000000000},"ForceUpdate":0,"Networks":[{"Aliases":["db"],"Target":"<ID>"}],"Placement":{},"Resources":{"Limits":{},"Reservations":{}},"RestartPolicy":{"Condition":"any","Delay":5000000000,"MaxAttempts":0},"Runtime":"container"},"UpdateConfig":{"FailureAction":"pause","MaxFailureRatio":0,"Monitor":5000000000,"Order":"stop-first","Parallelism":1}}

            $ docker network ls --filter label=com.docker.stack.namespace=my --format '{{.Name}}'
            exit 0
            1|my_default
            1|my_front

            $ docker secret ls --format '{{.Name}} {{.Labels}}'
            exit 0
            1|my_s1 com.docker.stack.namespace=my

            $ docker config ls --format '{{.Name}} {{.Labels}}'
            exit 0
            1|my_c1 com.docker.stack.namespace=my

        "#]],
    );
}

#[test]
fn a_stack_is_deployed_again_and_removed() {
    check(
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
        expect![[r#"
            $ docker stack deploy --detach -c a.yml my # wait
            exit 0
            1|Creating network my_default
            1|Creating network my_front
            1|Creating secret my_s1
            1|Creating config my_c1
            1|Creating service my_db
            1|Creating service my_web
            2|Ignoring unsupported options: build, restart
            2|
            2|Ignoring deprecated options:
            2|
            2|container_name: Setting the container name is not supported.
            2|

            $ docker stack deploy --prune --detach=true -c b.yml my # wait
            exit 0
            1|Removing service my_db
            1|Updating service my_web (id: <ID>)

            $ docker stack deploy --detach=true --resolve-image changed -c b.yml my
            exit 0
            1|Updating service my_web (id: <ID>)

            $ docker stack deploy --detach=true --resolve-image bogus -c b.yml my
            exit 1
            2|Invalid option bogus for flag --resolve-image

            $ docker stack ps --filter desired-state=running --format '{{.Name}}' my
            exit 0
            1|my_web.1

            $ docker stack ps nope
            exit 1
            2|nothing found in stack: nope

            $ docker stack services nope
            exit 0
            2|Nothing found in stack: nope

            $ docker stack rm nope
            exit 0
            2|Nothing found in stack: nope

            $ docker secret rm my_s1
            exit 1
            2|Error response from daemon: rpc error: code = InvalidArgument desc = secret 'my_s1' is in use by the following service: my_web

            $ docker stack rm my # wait
            exit 0
            1|Removing service my_web
            1|Removing secret my_s1
            1|Removing config my_c1
            1|Removing network my_default
            1|Removing network my_front

            $ docker stack ls
            exit 0
            1|NAME      SERVICES

            $ docker secret ls -q
            exit 0

            $ docker network ls --filter label=com.docker.stack.namespace --format '{{.Name}}'
            exit 0

            $ docker stack deploy --detach=false -c c.yml cc
            exit 0
            1|Creating network cc_default
            1|Creating service cc_a
            1|overall progress: 2 out of 2 tasks 
            1|1/2: running   
            1|2/2: running   
            1|verify: Service <ID> converged 

            $ docker stack rm --detach=false cc
            exit 1
            2|waiting until a stack is gone is not simulated yet (remove it with --detach)

            $ docker stack deploy -c nets.yml x
            exit 1
            2|Since --detach=false was not specified, tasks will be created in the background.
            2|In a future release, --detach=false will become the default.
            2|network "br1" is declared as external, but could not be found. You need to create a swarm-scoped network before the stack is deployed

            $ docker stack deploy -c t.yml x
            exit 1
            2|services.a.deploy.resources.limits.cpus must be a string
            2|hint: t.yml:1:64

            $ docker stack deploy -c u.yml x
            exit 1
            1|Creating network x_default
            2|Since --detach=false was not specified, tasks will be created in the background.
            2|In a future release, --detach=false will become the default.
            2|open /root/nofile: no such file or directory

            $ docker stack deploy x
            exit 1
            2|Specify a Compose file (with --compose-file)

            $ docker stack deploy -c nofile.yml x
            exit 1
            2|open nofile.yml: no such file or directory

            $ worker1> docker stack deploy --detach -c c.yml x
            exit 1
            2|this node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again

            $ worker1> docker stack ls
            exit 1
            2|Error response from daemon: This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.

            $ docker stack deploy -c c.yml ' '
            exit 1
            2|invalid stack name: " "

        "#]],
    );
}

#[test]
fn files_are_merged_and_printed() {
    check(
        RECORDED,
        "
        docker stack config -c c.yml
        docker stack config -c m1.yml -c m2.yml
        docker stack config -c m1.yml,m3.yml
        docker stack config -c a.yml
        ",
        expect![[r#"
            $ docker stack config -c c.yml
            exit 0
            1|version: "3.13"
            1|services:
            1|  a:
            1|    deploy:
            1|      replicas: 2
            1|    image: app:1

            $ docker stack config -c m1.yml -c m2.yml
            exit 0
            1|version: "3.8"
            1|services:
            1|  a:
            1|    cap_add:
            1|      - A
            1|      - B
            1|    command:
            1|      - b
            1|      - c
            1|    deploy:
            1|      replicas: 0
            1|      labels:
            1|        q: r
            1|        s: t
            1|      placement:
            1|        constraints:
            1|          - c1
            1|          - c2
            1|    dns:
            1|      - 1.1.1.1
            1|      - 2.2.2.2
            1|    environment:
            1|      A: "1"
            1|      B: "3"
            1|      C: "4"
            1|    healthcheck:
            1|      test:
            1|        - CMD
            1|        - x
            1|      interval: 7s
            1|    image: app:2
            1|    labels:
            1|      l: "1"
            1|    networks:
            1|      default: {}
            1|      "n":
            1|        aliases:
            1|          - w
            1|    ports:
            1|      - mode: ingress
            1|        target: 81
            1|        published: 81
            1|        protocol: tcp
            1|      - mode: ingress
            1|        target: 82
            1|        published: 82
            1|        protocol: tcp
            1|      - mode: ingress
            1|        target: 90
            1|        published: 8080
            1|        protocol: tcp
            1|    volumes:
            1|      - type: bind
            1|        source: /h
            1|        target: /y
            1|      - type: volume
            1|        target: d:/x
            1|      - type: volume
            1|        target: e:/x
            1|  b:
            1|    image: x
            1|networks:
            1|  "n": {}
            1|volumes:
            1|  d: {}
            1|  e: {}

            $ docker stack config -c m1.yml,m3.yml
            exit 1
            2|version mismatched between two composefiles : 3.8 and 3.7

            $ docker stack config -c a.yml
            exit 0
            1|version: "3.8"
            1|services:
            1|  db:
            1|    deploy:
            1|      mode: global
            1|      endpoint_mode: dnsrr
            1|    image: redis:7
            1|  web:
            1|    build:
            1|      context: .
            1|    configs:
            1|      - source: c1
            1|    container_name: foo
            1|    depends_on:
            1|      - db
            1|    deploy:
            1|      replicas: 2
            1|      labels:
            1|        sl: v
            1|      update_config:
            1|        delay: 2s
            1|        order: start-first
            1|      resources:
            1|        limits:
            1|          cpus: "0.5"
            1|          memory: "52428800"
            1|        reservations:
            1|          memory: "20971520"
            1|      placement:
            1|        constraints:
            1|          - node.role == worker
            1|        preferences:
            1|          - spread: node.labels.zone
            1|    environment:
            1|      EF: "1"
            1|      HOMEX: null
            1|      X: "1"
            1|    healthcheck:
            1|      test:
            1|        - CMD-SHELL
            1|        - echo ok
            1|      interval: 10s
            1|      retries: 3
            1|    image: app:1
            1|    labels:
            1|      cl: v
            1|    networks:
            1|      default: null
            1|      front: null
            1|    ports:
            1|      - mode: ingress
            1|        target: 80
            1|        published: 9090
            1|        protocol: tcp
            1|      - mode: host
            1|        target: 81
            1|        published: 9091
            1|        protocol: udp
            1|    restart: on-failure:3
            1|    secrets:
            1|      - source: s1
            1|      - source: s1
            1|        target: renamed
            1|        mode: 256
            1|    volumes:
            1|      - type: volume
            1|        source: data
            1|        target: /data
            1|      - type: bind
            1|        source: /root/conf
            1|        target: /conf
            1|        read_only: true
            1|      - type: tmpfs
            1|        target: /t
            1|        tmpfs:
            1|          size: 1000000
            1|networks:
            1|  front:
            1|    driver_opts:
            1|      encrypted: ""
            1|    labels:
            1|      nl: x
            1|volumes:
            1|  data: {}
            1|secrets:
            1|  s1:
            1|    file: /root/s1.txt
            1|configs:
            1|  c1:
            1|    file: /root/c1.txt

        "#]],
    );
}

/// A cluster and files under their names.
fn with_files(files: &[(&str, &str)]) -> Simulation {
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

macro_rules! stack_files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../data/stacks/", $name)))),*]
    };
}

/// The kinds of stack files that people have. Each is deployed to the same small cluster, deployed
/// once more, and removed.
#[test]
fn the_stack_files_that_people_have() {
    let files = stack_files!(
        "elk.yml",
        "gitea.yml",
        "gpu.yml",
        "jobs.yml",
        "kafka.yml",
        "minio.yml",
        "monitoring.yml",
        "nextcloud.yml",
        "portainer.yml",
        "registry.yml",
        "sentinel.yml",
        "traefik.yml",
        "visualizer.yml",
        "voting-app.yml",
        "wordpress.yml",
    );
    let mut text = String::new();
    for (name, content) in files {
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
    expect_test::expect_file!["../data/stacks/people.expected"].assert_eq(&text);
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
    expect_test::expect_file!["../data/stacks/mistakes.expected"].assert_eq(&text);
}
