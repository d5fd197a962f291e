//! Lines in, specs out.

use expect_test::{Expect, expect};

use super::{ServiceCommand, ServiceCreate, ServiceUpdate, scaled};
use crate::docker::tests::refusal;
use crate::docker::{Command, parse_line};
use crate::model::{ServiceMode, ServiceSpec};

fn create(line: &str) -> ServiceCreate {
    match parse_line(line) {
        Ok(Command::Service(ServiceCommand::Create(create))) => *create,
        other => panic!("{line}: {other:?}"),
    }
}

fn update(line: &str) -> ServiceUpdate {
    match parse_line(line) {
        Ok(Command::Service(ServiceCommand::Update(update))) => update,
        other => panic!("{line}: {other:?}"),
    }
}

/// The spec as JSON, without what is as in an empty spec.
fn shown(spec: &ServiceSpec) -> String {
    let value = serde_json::to_value(spec).expect("a spec is JSON");
    let empty = serde_json::to_value(ServiceSpec::default()).expect("a spec is JSON");
    let mut lines = String::new();
    differences("", &value, &empty, &mut lines);
    lines
}

fn differences(
    path: &str,
    value: &serde_json::Value,
    empty: &serde_json::Value,
    lines: &mut String,
) {
    match (value, empty) {
        (serde_json::Value::Object(fields), serde_json::Value::Object(other)) => {
            for (name, value) in fields {
                let empty = other.get(name).unwrap_or(&serde_json::Value::Null);
                differences(&format!("{path}.{name}"), value, empty, lines);
            }
        }
        _ if value == empty => {}
        _ => *lines = format!("{lines}{path}: {value}\n"),
    }
}

fn check_create(line: &str, expect: &Expect) {
    expect.assert_eq(&shown(&create(line).spec));
}

fn check_update(before: &str, line: &str, expect: &Expect) {
    let spec = create(before).spec;
    expect.assert_eq(&match update(line).apply(&spec) {
        Ok(spec) => shown(&spec),
        Err(outcome) => outcome.stderr,
    });
}

#[test]
fn the_least_and_the_usual() {
    check_create(
        "docker service create nginx",
        &expect![[r#"
        .Endpoint: {"Mode":"vip"}
        .Task.Container.Image: "nginx:latest"
        .Task.Container.Runtime.Init: false
    "#]],
    );
    check_create(
        "docker service create --name web --replicas 2 -p 8080:80 --update-delay 1s \
         --label tier=front --env A=1 --constraint node.role==worker nginx:latest",
        &expect![[r#"
            .Annotations.Labels: {"tier":"front"}
            .Annotations.Name: "web"
            .Endpoint: {"Mode":"vip","Ports":[{"Protocol":"tcp","PublishMode":"ingress","PublishedPort":8080,"TargetPort":80}]}
            .Mode.Replicated.replicas: 2
            .Task.Container.Env: ["A=1"]
            .Task.Container.Image: "nginx:latest"
            .Task.Container.Runtime.Init: false
            .Task.Placement.Constraints: ["node.role==worker"]
            .Update: {"DelayNs":1000000000,"FailureAction":"pause","MaxFailureRatio":0.0,"MonitorNs":5000000000,"Order":"stop-first","Parallelism":1}
        "#]],
    );
    check_create(
        "docker service create --name jj --mode replicated-job --replicas 3 --max-concurrent 2 \
         app:1 sh -c 'sleep 2'",
        &expect![[r#"
            .Annotations.Name: "jj"
            .Endpoint: {"Mode":"vip"}
            .Mode.ReplicatedJob: {"max_concurrent":2,"total_completions":3}
            .Task.Container.Args: ["sh","-c","sleep 2"]
            .Task.Container.Image: "app:1"
            .Task.Container.Runtime.Init: false
        "#]],
    );
}

#[test]
fn flags_end_at_the_image() {
    let create =
        create("docker service create -dq --name=a --no-resolve-image app:1 ls -d --name b");
    assert!(create.detach && create.quiet && create.no_resolve_image);
    assert_eq!(create.spec.annotations.name, "a");
    assert_eq!(create.spec.task.container.args, ["ls", "-d", "--name", "b"]);
}

#[test]
fn one_flag_of_a_family_brings_all_of_it() {
    check_create(
        "docker service create --restart-max-attempts 3 --update-failure-action rollback \
         --rollback-order start-first --health-cmd 'curl localhost' --health-interval 2s app:1",
        &expect![[r#"
            .Endpoint: {"Mode":"vip"}
            .Rollback: {"DelayNs":0,"FailureAction":"pause","MaxFailureRatio":0.0,"MonitorNs":5000000000,"Order":"start-first","Parallelism":1}
            .Task.Container.Healthcheck: {"IntervalNs":2000000000,"Retries":0,"StartIntervalNs":0,"StartPeriodNs":0,"Test":["CMD-SHELL","curl localhost"],"TimeoutNs":0}
            .Task.Container.Image: "app:1"
            .Task.Container.Runtime.Init: false
            .Task.Restart: {"Condition":"any","DelayNs":5000000000,"MaxAttempts":3,"WindowNs":0}
            .Update: {"DelayNs":0,"FailureAction":"rollback","MaxFailureRatio":0.0,"MonitorNs":5000000000,"Order":"stop-first","Parallelism":1}
        "#]],
    );
}

#[test]
fn everything_else_finds_its_place() {
    check_create(
        "docker service create --env A=1 --env B=2 --env A=3 --limit-cpu 1.5 --limit-memory 64m \
         --reserve-cpu 1/2 --reserve-memory 32m --generic-resource gpu=2 --generic-resource a=1 \
         --placement-pref spread=node.labels.zone --placement-pref spread=node.labels.rack \
         --replicas-max-per-node 2 --network back --network name=app,alias=x --secret key \
         --config source=conf,target=/etc/conf,mode=0440 --mount src=data,dst=/data,ro \
         --host db:10.0.0.1 --dns 8.8.8.8 --stop-grace-period 1m --stop-signal SIGINT \
         --user u --workdir /x --tty --read-only --init --entrypoint 'sh -c' --hostname h \
         --log-driver syslog --log-opt a=b --cap-add net_admin --ulimit nofile=1:2 \
         --sysctl net.x=1 --group g --endpoint-mode dnsrr --limit-pids 7 app:1",
        &expect![[r#"
            .Endpoint: {"Mode":"dnsrr"}
            .Task.Container.Command: ["sh","-c"]
            .Task.Container.Env: ["B=2","A=3"]
            .Task.Container.Hostname: "h"
            .Task.Container.Image: "app:1"
            .Task.Container.Mounts: [{"ReadOnly":true,"Source":"data","Target":"/data","Type":"volume","VolumeDriver":""}]
            .Task.Container.Runtime.CapabilityAdd: ["CAP_NET_ADMIN"]
            .Task.Container.Runtime.Configs: [{"GID":"0","Mode":288,"Source":"conf","Target":"/etc/conf","UID":"0"}]
            .Task.Container.Runtime.DNSConfig.Nameservers: ["8.8.8.8"]
            .Task.Container.Runtime.Dir: "/x"
            .Task.Container.Runtime.Groups: ["g"]
            .Task.Container.Runtime.Hosts: ["10.0.0.1 db"]
            .Task.Container.Runtime.Init: true
            .Task.Container.Runtime.PidsLimit: 7
            .Task.Container.Runtime.ReadOnly: true
            .Task.Container.Runtime.Secrets: [{"GID":"0","Mode":292,"Source":"key","Target":"key","UID":"0"}]
            .Task.Container.Runtime.Sysctls: {"net.x":"1"}
            .Task.Container.Runtime.TTY: true
            .Task.Container.Runtime.Ulimits: [{"Hard":2,"Name":"nofile","Soft":1}]
            .Task.Container.Runtime.User: "u"
            .Task.Container.StopGracePeriodNs: 60000000000
            .Task.Container.StopSignal: "SIGINT"
            .Task.LogDriver: {"Name":"syslog","Options":{"a":"b"}}
            .Task.Networks: [{"Aliases":["x"],"Target":"app"},{"Target":"back"}]
            .Task.Placement.MaxReplicas: 2
            .Task.Placement.Preferences: ["node.labels.zone","node.labels.rack"]
            .Task.Resources.Limits.MemoryBytes: 67108864
            .Task.Resources.Limits.NanoCPUs: 1500000000
            .Task.Resources.Reservations.Generic: [{"Kind":"a","Value":1},{"Kind":"gpu","Value":2}]
            .Task.Resources.Reservations.MemoryBytes: 33554432
            .Task.Resources.Reservations.NanoCPUs: 500000000
        "#]],
    );
}

#[test]
fn what_the_engine_refuses() {
    for (line, message) in [
        (
            "--restart-condition foo",
            "invalid RestartCondition: \"foo\"",
        ),
        ("--update-order foo", "unrecognized update order foo"),
        (
            "--rollback-failure-action foo",
            "unrecognized update failure action foo",
        ),
        ("--endpoint-mode foo", "invalid resolution mode: \"foo\""),
        ("--mount type=foo,target=/x", "invalid MountType: \"foo\""),
    ] {
        let outcome = refusal(&format!("docker service create {line} app:1"));
        assert_eq!(
            outcome.stderr,
            format!("Error response from daemon: {message}\n")
        );
        assert_eq!(outcome.exit_code, 1);
    }
}

#[test]
fn updates_add_remove_and_sort() {
    check_update(
        "docker service create --env B=2 --env A=1 --label x=1 --label y=2 \
         --constraint node.role==worker --host b:2.2.2.2 --mount src=z,dst=/z app:1",
        "docker service update --env-add A=3 --env-add C=4 --env-rm B --label-rm x \
         --label-add z=3 --constraint-add node.hostname==a --constraint-rm node.role==worker \
         --host-add a:1.1.1.1 --host-rm b:2.2.2.2 --mount-add src=a,dst=/a --image app --args 'x y' \
         --force web",
        &expect![[r#"
            .Annotations.Labels: {"y":"2","z":"3"}
            .Endpoint: {"Mode":"vip"}
            .Task.Container.Args: ["x","y"]
            .Task.Container.Env: ["A=3","C=4"]
            .Task.Container.Image: "app:latest"
            .Task.Container.Mounts: [{"ReadOnly":false,"Source":"a","Target":"/a","Type":"volume","VolumeDriver":""},{"ReadOnly":false,"Source":"z","Target":"/z","Type":"volume","VolumeDriver":""}]
            .Task.Container.Runtime.Hosts: ["1.1.1.1 a"]
            .Task.Container.Runtime.Init: false
            .Task.ForceUpdate: 1
            .Task.Placement.Constraints: ["node.hostname==a"]
        "#]],
    );
    check_update(
        "docker service create -p 7000:80 -p 9000:90 -p 53:53/udp app:1",
        "docker service update --publish-rm 80 --publish-rm 53 --publish-add 10000:81/udp \
         --publish-add 82 --publish-add 9000:90 web",
        &expect![[r#"
            .Endpoint: {"Mode":"vip","Ports":[{"Protocol":"tcp","PublishMode":"ingress","PublishedPort":0,"TargetPort":82},{"Protocol":"udp","PublishMode":"ingress","PublishedPort":10000,"TargetPort":81},{"Protocol":"udp","PublishMode":"ingress","PublishedPort":53,"TargetPort":53},{"Protocol":"tcp","PublishMode":"ingress","PublishedPort":9000,"TargetPort":90}]}
            .Task.Container.Image: "app:1"
            .Task.Container.Runtime.Init: false
        "#]],
    );
    check_update(
        "docker service create --secret a --config c --network n --generic-resource gpu=1 \
         --placement-pref spread=x --ulimit nofile=1 --dns 1.1.1.1 app:1",
        "docker service update --secret-rm a --secret-add source=b,target=a --config-rm c \
         --network-rm n --network-add m --generic-resource-rm gpu --generic-resource-add ssd=2 \
         --placement-pref-rm spread=x --placement-pref-add spread=y --ulimit-rm nofile \
         --dns-add 1.1.1.1 --dns-add 0.0.0.1 web",
        &expect![[r#"
            .Endpoint: {"Mode":"vip"}
            .Task.Container.Image: "app:1"
            .Task.Container.Runtime.DNSConfig.Nameservers: ["0.0.0.1","1.1.1.1"]
            .Task.Container.Runtime.Init: false
            .Task.Container.Runtime.Secrets: [{"GID":"0","Mode":292,"Source":"b","Target":"a","UID":"0"}]
            .Task.Networks: [{"Target":"m"}]
            .Task.Placement.Preferences: ["y"]
            .Task.Resources.Reservations.Generic: [{"Kind":"ssd","Value":2}]
        "#]],
    );
}

#[test]
fn updates_change_one_thing_of_a_config() {
    check_update(
        "docker service create --update-parallelism 2 --update-delay 3s --limit-cpu 1 app:1",
        "docker service update --update-delay 5s --limit-memory 10m --restart-delay 1s \
         --replicas 7 --no-healthcheck web",
        &expect![[r#"
            .Endpoint: {"Mode":"vip"}
            .Mode.Replicated.replicas: 7
            .Task.Container.Healthcheck: {"IntervalNs":0,"Retries":0,"StartIntervalNs":0,"StartPeriodNs":0,"Test":["NONE"],"TimeoutNs":0}
            .Task.Container.Image: "app:1"
            .Task.Container.Runtime.Init: false
            .Task.Resources.Limits.MemoryBytes: 10485760
            .Task.Resources.Limits.NanoCPUs: 1000000000
            .Task.Restart: {"Condition":"any","DelayNs":1000000000,"MaxAttempts":0,"WindowNs":0}
            .Update: {"DelayNs":5000000000,"FailureAction":"pause","MaxFailureRatio":0.0,"MonitorNs":5000000000,"Order":"stop-first","Parallelism":2}
        "#]],
    );
}

#[test]
fn updates_know_what_was_there() {
    check_update(
        "docker service create --host a:1.1.1.1 --host a:2.2.2.2 --host b:1.1.1.1 \
         --cap-add net_admin --cap-drop CAP_CHOWN --label x=1 --sysctl k=v app:1",
        "docker service update --host-rm a:1.1.1.1 --host-add a:0.0.0.0 --cap-drop net_admin \
         --cap-drop kill --cap-add chown --label-rm x --label-add x=2 --sysctl-rm k=other web",
        &expect![[r#"
            .Annotations.Labels: {"x":"2"}
            .Endpoint: {"Mode":"vip"}
            .Task.Container.Image: "app:1"
            .Task.Container.Runtime.CapabilityDrop: ["CAP_KILL"]
            .Task.Container.Runtime.Hosts: ["2.2.2.2 a","1.1.1.1 b","0.0.0.0 a"]
            .Task.Container.Runtime.Init: false
        "#]],
    );
}

#[test]
fn updates_that_cannot_be() {
    check_update(
        "docker service create --mode global app:1",
        "docker service update --replicas 3 web",
        &expect![[r"
            replicas can only be used with replicated mode
        "]],
    );
    check_update(
        "docker service create app:1",
        "docker service update --rollback --image app:2 web",
        &expect![[r"
            other flags may not be combined with --rollback
        "]],
    );
    check_update(
        "docker service create app:1",
        "docker service update --generic-resource-rm gpu web",
        &expect![[r"
            could not find generic-resource `gpu` to remove it
        "]],
    );
    check_update(
        "docker service create --network n app:1",
        "docker service update --network-add n web",
        &expect![[r"
            service is already attached to network n
        "]],
    );
}

#[test]
fn nothing_asked_nothing_changed() {
    let spec = create("docker service create --env A=1 --replicas 3 -p 80:80 app:1").spec;
    assert_eq!(
        update("docker service update -d web").apply(&spec),
        Ok(spec)
    );
}

#[test]
fn scaling_keeps_wrong_numbers_for_the_end() {
    let Ok(Command::Service(ServiceCommand::Scale(scale))) =
        parse_line("docker service scale nope=3 api=x")
    else {
        panic!("not a command");
    };
    let wrong = "api: invalid replicas value x: strconv.ParseUint: parsing \"x\": invalid syntax";
    assert_eq!(
        scale.services,
        [
            ("nope".to_owned(), Ok(3)),
            ("api".to_owned(), Err(wrong.to_owned()))
        ]
    );
    let spec = create("docker service create --mode replicated-job --replicas 2 app:1").spec;
    assert_eq!(
        scaled(&spec, 5).map(|spec| spec.mode),
        Ok(ServiceMode::ReplicatedJob {
            max_concurrent: 2,
            total_completions: 5
        })
    );
    let spec = create("docker service create --mode global app:1").spec;
    assert_eq!(
        scaled(&spec, 5),
        Err("scale can only be used with replicated or replicated-job mode".to_owned())
    );
}
