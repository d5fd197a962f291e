//! `swarmlab import`: a real cluster as a scenario.

use expect_test::expect;

use crate::plan::directory;
use crate::{check, run};

const NODES: &str = r#"[{
    "ID": "n1",
    "Spec": {"Labels": {"zone": "a"}, "Role": "manager", "Availability": "active"},
    "Description": {
        "Hostname": "alpha",
        "Platform": {"Architecture": "x86_64", "OS": "linux"},
        "Resources": {"NanoCPUs": 2000000000, "MemoryBytes": 4294967296},
        "Engine": {"EngineVersion": "28.2.2", "Plugins": [{"Type": "Volume", "Name": "local"}]}
    },
    "Status": {"State": "ready", "Addr": "10.0.0.1"},
    "ManagerStatus": {"Leader": true, "Reachability": "reachable", "Addr": "10.0.0.1:2377"}
}]
"#;

const SERVICES: &str = r#"[{
    "ID": "s1",
    "Spec": {
        "Name": "shop_web",
        "Labels": {
            "com.docker.stack.image": "shop/web:1",
            "com.docker.stack.namespace": "shop"
        },
        "TaskTemplate": {
            "ContainerSpec": {
                "Image": "shop/web:1@sha256:0123",
                "Labels": {"com.docker.stack.namespace": "shop"},
                "Env": ["KEY=hunter2"],
                "Privileges": {"CredentialSpec": null, "SELinuxContext": null},
                "Isolation": "default"
            },
            "Networks": [{"Target": "shop_default", "Aliases": ["web"]}]
        },
        "Mode": {"Replicated": {"Replicas": 2}},
        "EndpointSpec": {"Mode": "vip"}
    }
}]
"#;

#[test]
fn a_change_to_a_real_cluster_is_rehearsed() {
    let networks = r#"[{"Name": "shop_default", "Id": "shop_default", "Scope": "swarm",
        "Driver": "overlay", "IPAM": {"Driver": "default", "Options": null, "Config": null},
        "Labels": {"com.docker.stack.namespace": "shop"}}]"#;
    let directory = directory(
        "import",
        &[
            ("nodes.json", NODES),
            ("services.json", SERVICES),
            ("networks.json", networks),
            (
                "shop.yml",
                "services: {web: {image: 'shop/web:2', environment: {KEY: hunter2}, deploy: {replicas: 2}}}",
            ),
        ],
    );
    let path = |name: &str| directory.join(name).to_string_lossy().into_owned();
    let output = path("cluster.yaml");
    let (stdout, stderr, code) = run(
        &[
            "import",
            &path("services.json"),
            &path("networks.json"),
            &path("nodes.json"),
            "-o",
            &output,
        ],
        "",
    );
    assert_eq!((stdout.as_str(), stderr.as_str(), code), ("", "", Some(0)));
    let (stdout, _, _) = run(&["plan", &path("shop.yml"), "--against", &output], "");
    let (changes, _) = stdout.split_once("to remove.").unwrap_or((&stdout, ""));
    expect![[r#"
        Plan for stack shop

          = network shop_default
          ~ service shop_web  (2 of 2 tasks are replaced)
              Labels.com.docker.stack.image: shop/web:1 → shop/web:2
            * TaskTemplate.ContainerSpec.Image: shop/web:1 → shop/web:2

        0 to create, 1 to change, 0 "#]]
    .assert_eq(changes);
    std::fs::remove_dir_all(&directory).expect("it is there");
}

#[test]
fn a_cluster_is_read_from_standard_input_and_redacted() {
    let both = format!("{NODES}{SERVICES}");
    check(
        &["import", "--redact", "--title", "Ours"],
        &both,
        0,
        &expect![[r#"
            version: 1
            title: Ours
            cluster:
              nodes:
              - name: node1
                role: manager
                labels:
                  zone: value1
                cpus: 2
                memory: 4GiB
              networks:
              - Name: network1
                Driver: overlay
                Attachable: true
              services:
              - Name: stack1_service1
                Labels:
                  com.docker.stack.image: image1:1
                  com.docker.stack.namespace: stack1
                TaskTemplate:
                  ContainerSpec:
                    Image: image1:1
                    Labels:
                      com.docker.stack.namespace: stack1
                    Env:
                    - KEY=value2
                  Networks:
                  - Target: network1
                    Aliases:
                    - service1
                Mode:
                  Replicated:
                    Replicas: 2
                EndpointSpec:
                  Mode: vip
            standard input:15:13: warning[W0004]: the network shop_default is in none of the files: another stands for it
               |
            15 |     "Spec": {
               |             ^
        "#]],
    );
}

#[test]
fn what_is_no_cluster_is_refused() {
    check(
        &["import"],
        "[{\"a\": 1}]",
        2,
        &expect![[r#"
        standard input:1:2: error[E0023]: this is nothing that can be imported
          |
        1 | [{"a": 1}]
          |  ^^^^^^^^
          = help: give the JSON of docker node, service, network, config or secret inspect, or of docker info --format '{{json .}}'
    "#]],
    );
    check(
        &["import", "-"],
        SERVICES,
        2,
        &expect![[r#"
        standard input:1:2: error[E0023]: there is no node in what is imported
          |
        1 | [{
          |  ^
          = help: give the JSON of docker node, service, network, config or secret inspect, or of docker info --format '{{json .}}'
        standard input:3:13: warning[W0004]: the network shop_default is in none of the files: another stands for it
          |
        3 |     "Spec": {
          |             ^
    "#]],
    );
}
