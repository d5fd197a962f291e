//! What our own docker prints is imported, and prints the same again.

use expect_test::expect;

use super::{Input, import};
use crate::diagnostic::Diagnostics;
use crate::plan::{Action, Question, plan};
use crate::scenario::Scenario;
use crate::simulation::{Options, Simulation};

/// A cluster with something of everything.
const CLUSTER: &str = r"
cluster:
  task_history_limit: 3
  nodes:
  - {name: alpha, role: manager, labels: {zone: a}, cpus: 2, memory: 4GiB, address: 10.1.0.1}
  - {name: beta, labels: {zone: b}, engine_labels: {disk: ssd}, generic: {gpu: [u1, u2], slot: 3}}
  - {name: gamma, availability: drain, platform: linux/aarch64, plugins: [Volume/rexray]}
files:
  key.txt: s3cret
  web.conf: listen 80
  shop.yml: |
    services:
      web:
        image: registry.example.com/shop/web:1.4
        command: [serve, --fast]
        environment: {DB: 'postgres://db', DEBUG: 'true'}
        ports: ['8080:80']
        networks: {front: {aliases: [www]}, back: {}}
        secrets: [key]
        configs: [{source: conf, target: /etc/web.conf, mode: 0440}]
        healthcheck: {test: [CMD, check], interval: 5s, retries: 2}
        stop_grace_period: 30s
        deploy:
          replicas: 2
          labels: {traefik.http.routers.web.rule: 'Host(`shop.example.com`)'}
          placement:
            constraints: [node.labels.zone == b]
            preferences: [{spread: node.labels.rack}]
          resources:
            limits: {cpus: '0.5', memory: 256M}
            reservations: {memory: 64M}
          update_config: {parallelism: 2, order: start-first, max_failure_ratio: 0.25}
          restart_policy: {condition: on-failure, max_attempts: 3, window: 2m}
      db:
        image: postgres:16
        volumes: ['data:/var/lib/postgresql/data', '/etc/ssl:/ssl:ro']
        networks: [back]
        deploy: {endpoint_mode: dnsrr}
    networks: {front: {}, back: {driver_opts: {encrypted: ''}, attachable: true}}
    volumes: {data: {}}
    secrets: {key: {file: key.txt}}
    configs: {conf: {file: web.conf}}
steps:
- {at: 1s, run: docker stack deploy --detach -c shop.yml shop}
- {at: 1s, run: docker network create -d overlay --subnet 10.9.0.0/16 --label a=b other}
- at: 2s
  run: >-
    docker service create -d --name agent --mode global --network other --log-driver syslog
    --log-opt tag=x --ulimit nofile=10:20 --sysctl a=1 --host h:10.0.0.9 --dns 10.0.0.53
    --mount type=tmpfs,dst=/t,tmpfs-size=1m --cap-add NET_ADMIN agent:2
- {at: 2s, run: docker service create -d --name batch --mode replicated-job --replicas 3 batch}
- {at: 3s, run: docker service scale -d shop_web=3}
- {at: 60s, run: docker node inspect alpha beta gamma}
- {at: 60s, run: docker service inspect agent batch shop_db shop_web}
- {at: 60s, run: docker network inspect ingress other shop_back shop_front}
- {at: 60s, run: docker config inspect shop_conf}
- {at: 60s, run: docker secret inspect shop_key}
";

const LINES: [&str; 5] = [
    "docker node inspect alpha beta gamma",
    "docker service inspect agent batch shop_db shop_web",
    "docker network inspect other shop_back shop_front",
    "docker config inspect shop_conf",
    "docker secret inspect shop_key",
];

fn play(text: &str) -> (Scenario, Simulation) {
    let scenario = match Scenario::parse(text) {
        Ok((scenario, _)) => scenario,
        Err(problems) => panic!("{}\n{text}", problems.render(text, "scenario", false)),
    };
    match Simulation::new(&scenario, Options::default()) {
        Ok(mut simulation) => {
            simulation.run_to_end();
            (scenario, simulation)
        }
        Err(problems) => panic!("{}\n{text}", problems.render(text, "scenario", false)),
    }
}

/// What the lines print at the first manager.
fn inspected(scenario: &Scenario, simulation: &Simulation) -> Vec<String> {
    let mut fork = simulation.fork();
    let printed = LINES.map(|line| {
        let first = fork.records().len();
        fork.type_line(scenario.first_manager(), line);
        let mut text = String::new();
        for record in &fork.records()[first..] {
            match &record.what {
                crate::kernel::What::Output { text: more, .. } => text += more,
                crate::kernel::What::Exit { code, .. } => assert_eq!(*code, 0, "{line}: {text}"),
                _ => {}
            }
        }
        text
    });
    printed.to_vec()
}

fn imported(texts: &[String], redact: bool) -> (Option<Scenario>, String) {
    let inputs: Vec<Input<'_>> = texts.iter().map(|text| Input { text }).collect();
    let imported = import(&inputs, redact);
    let said = |(text, one): (&String, &Diagnostics)| one.render(text, "input.json", false);
    let said = texts.iter().zip(&imported.diagnostics).map(said);
    (imported.scenario, said.collect())
}

/// Ids, versions, times and addresses that were handed out are different in another swarm.
fn comparable(printed: &[String]) -> Vec<serde_json::Value> {
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) => {
                for key in [
                    "ID",
                    "Id",
                    "Version",
                    "CreatedAt",
                    "UpdatedAt",
                    "Created",
                    "VirtualIPs",
                    "Target",
                    "SecretID",
                    "ConfigID",
                    "PreviousSpec",
                    "Peers",
                    "Containers",
                    "LastExecution",
                    "JobIteration",
                    "EnableIPv4",
                    "UpdateStatus",
                    "com.docker.network.driver.overlay.vxlanid_list",
                ] {
                    // The target of a mount or a port says something.
                    if key != "Target" || !fields.contains_key("Type") {
                        fields.remove(key);
                    }
                }
                fields.retain(|_, value| {
                    strip(value);
                    !value.is_null()
                });
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let read = |text: &String| {
        let mut value = serde_json::from_str(text).expect("JSON");
        strip(&mut value);
        value
    };
    printed.iter().map(read).collect()
}

#[test]
fn what_is_imported_is_the_same_cluster() {
    let (scenario, simulation) = play(CLUSTER);
    let printed = inspected(&scenario, &simulation);
    let (copy, said) = imported(&printed, false);
    assert_eq!(said, "");
    let text = copy.expect("a scenario").to_yaml();
    let (copy, copied) = play(&text);
    let again = inspected(&copy, &copied);
    for (one, other) in comparable(&printed).iter().zip(&comparable(&again)) {
        assert_eq!(format!("{one:#}"), format!("{other:#}"), "{text}");
    }
    // The same stack file changes what was scaled, and nothing else.
    let mut copy = copy;
    copy.files.clone_from(&scenario.files);
    let mut simulation = Simulation::new(&copy, Options::default()).expect("it can be simulated");
    simulation.run_to_end();
    let question = Question {
        stack: "shop".to_owned(),
        files: vec!["shop.yml".to_owned()],
        prune: false,
    };
    let plan = plan(&simulation, &copy, &question);
    assert_eq!(plan.refusal, None);
    let changed: Vec<_> = plan
        .changes
        .iter()
        .filter(|change| change.action != Action::Keep)
        .flat_map(|change| {
            change
                .fields
                .iter()
                .map(|field| (&change.name, &field.path))
        })
        .map(|(name, path)| format!("{name}: {path}"))
        .collect();
    assert_eq!(changed, ["shop_web: Mode.Replicated.Replicas"]);
}

#[test]
fn a_cluster_without_its_names() {
    let (scenario, simulation) = play(CLUSTER);
    let printed = inspected(&scenario, &simulation);
    let (copy, said) = imported(&printed, true);
    assert_eq!(said, "");
    let text = copy.expect("a scenario").to_yaml();
    for word in [
        "alpha", "shop", "postgres", "10.1.", "10.9.", "example", "s3cret", "www", "u1, u2",
        "c2VydmU", "bGlzdGVu",
    ] {
        assert!(!text.contains(word), "{word} in\n{text}");
    }
    let (_, copied) = play(&text);
    let services = copied.swarm().kernel.store.services().count();
    assert_eq!(services, 4);
    let (web, _) = text.split_at(text.find("  services:").expect("services"));
    expect![[r#"
        version: 1
        title: An imported cluster
        cluster:
          nodes:
          - name: node
            count: 1
            role: manager
            labels:
              zone: value1
            cpus: 2
            memory: 4GiB
          - name: node
            count: 1
            labels:
              zone: value2
            engine_labels:
              disk: value3
            generic:
              gpu:
              - unit1
              - unit2
              slot: 3
          - name: node3
            platform: linux/aarch64
            availability: drain
            plugins:
            - Volume/rexray
          networks:
          - Name: network1
            Driver: overlay
            Labels:
              a: value2
          - Name: stack1_network2
            Driver: overlay
            Attachable: true
            Options:
              encrypted: ''
            Labels:
              com.docker.stack.namespace: stack1
          - Name: stack1_network3
            Driver: overlay
            Labels:
              com.docker.stack.namespace: stack1
          configs:
          - Name: stack1_config1
            Labels:
              com.docker.stack.namespace: stack1
          secrets:
          - Name: stack1_secret1
            Labels:
              com.docker.stack.namespace: stack1
    "#]]
    .assert_eq(web);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one row for each mistake")]
fn what_is_wrong_is_said_with_its_place() {
    let node = r#"{"ID": "n1", "Spec": {"Role": "manager", "Availability": "active"},
  "Description": {"Hostname": "m"}, "Status": {"State": "ready", "Addr": "10.0.0.1"}}"#;
    let said = |text: &str| imported(&[text.to_owned()], false).1;
    let mut all = String::new();
    for text in [
        "",
        "[{\"ID\": \"n1\",\n  \"Spec\": {]",
        "[{\"Id\": \"abc\", \"State\": {\"Running\": true}}]",
        "[]",
        &node.replace("manager", "boss"),
        &node.replace("\"n1\"", "[7]"),
    ] {
        all += &said(text);
    }
    expect![[r#"
        input.json:1:1: error[E0023]: there is nothing in it
          |
        1 |
          | ^
          = help: give the JSON of docker node, service, network, config or secret inspect, or of docker info --format '{{json .}}'

        input.json:2:12: error[E0023]: this is not JSON: key must be a string
          |
        2 |   "Spec": {]
          |            ^
          = help: give the JSON of docker node, service, network, config or secret inspect, or of docker info --format '{{json .}}'

        input.json:1:2: error[E0023]: this is nothing that can be imported
          |
        1 | [{"Id": "abc", "State": {"Running": true}}]
          |  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = help: give the JSON of docker node, service, network, config or secret inspect, or of docker info --format '{{json .}}'

        input.json:1:31: error[E0006]: `Spec.Role`: there is no `boss`
          |
        1 | {"ID": "n1", "Spec": {"Role": "boss", "Availability": "active"},
          |                               ^^^^^^
          = help: expected `worker` or `manager`

        input.json:1:8: error[E0005]: `ID`: expected text, found a list
          |
        1 | {"ID": [7], "Spec": {"Role": "manager", "Availability": "active"},
          |        ^^^

    "#]].assert_eq(&all);
    let service = |spec: &str| {
        format!(
            "[{node}]\n[{{\"ID\": \"s1\", \"Spec\": {{\"Name\": \"web\", \"TaskTemplate\": \
             {spec}}}}}]\n[{{\"ID\": \"t1\", \"ServiceID\": \"s1\"}}]\n"
        )
    };
    let (scenario, warned) = imported(
        &[service(
            r#"{"ContainerSpec": {"Image": "a:1@sha256:12", "Privileges": {"NoNewPrivileges": true},
  "SELinux": null}, "Networks": [{"Target": "zzz"}],
  "Placement": {"Constraints": ["node.id == n1", "node.id == n2"]}}"#,
        )],
        false,
    );
    expect![[r#"
        input.json:3:23: warning[W0004]: no node here has the id of the constraint `node.id == n2`
          |
        3 | [{"ID": "s1", "Spec": {"Name": "web", "TaskTemplate": {"ContainerSpec": {"Image": "a:1@sha256:12", "Privileges": {"NoNewPrivileges": ...
          |                       ^

        input.json:3:23: warning[W0004]: the network zzz is in none of the files: another stands for it
          |
        3 | [{"ID": "s1", "Spec": {"Name": "web", "TaskTemplate": {"ContainerSpec": {"Image": "a:1@sha256:12", "Privileges": {"NoNewPrivileges": ...
          |                       ^

        input.json:3:100: warning[W0004]: `Privileges` is left out
          |
        3 | [{"ID": "s1", "Spec": {"Name": "web", "TaskTemplate": {"ContainerSpec": {"Image": "a:1@sha256:12", "Privileges": {"NoNewPrivileges": ...
          |                                                                                                    ^^^^^^^^^^^^

        input.json:6:2: warning[W0004]: tasks are left out: the scheduler places them anew
          |
        6 | [{"ID": "t1", "ServiceID": "s1"}]
          |  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    "#]].assert_eq(&warned);
    expect![[r#"
        version: 1
        title: An imported cluster
        cluster:
          nodes:
          - name: m
            role: manager
            address: 10.0.0.1
            cpus: 0
            memory: 0
          networks:
          - Name: network-zzz
            Driver: overlay
            Attachable: true
          services:
          - Name: web
            TaskTemplate:
              ContainerSpec:
                Image: a:1
              Placement:
                Constraints:
                - node.hostname == m
                - node.id == n2
              Networks:
              - Target: network-zzz
            Mode: {}
    "#]]
    .assert_eq(&scenario.expect("a scenario").to_yaml());
    all = said(&service(
        r#"{"ContainerSpec": {"Image": 7}, "RestartPolicy": {"Delay": "5s"}}"#,
    ));
    expect![[r#"
        input.json:3:114: error[E0005]: `TaskTemplate.RestartPolicy.Delay`: expected a whole number from 0 to 18446744073709551615, found the text `5s`
          |
        3 | [{"ID": "s1", "Spec": {"Name": "web", "TaskTemplate": {"ContainerSpec": {"Image": 7}, "RestartPolicy": {"Delay": "5s"}}}}]
          |                                                                                                                  ^^^^

        input.json:4:2: warning[W0004]: tasks are left out: the scheduler places them anew
          |
        4 | [{"ID": "t1", "ServiceID": "s1"}]
          |  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    "#]].assert_eq(&all);
}

#[test]
fn nodes_that_are_down_or_share_a_name() {
    let node = |id: &str, state: &str, leader: bool| {
        format!(
            "{{\"ID\": \"{id}\", \"Spec\": {{\"Role\": \"manager\"}}, \"Description\": \
             {{\"Hostname\": \"m\", \"Resources\": {{\"NanoCPUs\": 1500000000, \"MemoryBytes\": \
             1000}}}}, \"Status\": {{\"State\": \"{state}\", \"Addr\": \"0.0.0.0\"}}, \
             \"ManagerStatus\": {{\"Leader\": {leader}, \"Addr\": \"10.0.0.1:2377\"}}}}"
        )
    };
    let info = r#"{"Name": "m", "NCPU": 2, "Swarm": {"Cluster": {"Spec": {"Orchestration":
        {"TaskHistoryRetentionLimit": 2}, "Dispatcher": {"HeartbeatPeriod": 3000000000}}}}}"#;
    let text = format!(
        "{}\n{}\n{info}",
        node("a", "down", false),
        node("b", "ready", true)
    );
    let (scenario, said) = imported(&[text], false);
    expect![[r#"
        input.json:1:1: warning[W0004]: a second node is called `m`: this one becomes `m-2`
          |
        1 | {"ID": "a", "Spec": {"Role": "manager"}, "Description": {"Hostname": "m", "Resources": {"NanoCPUs": 1500000000, "MemoryBytes": 1000}}...
          | ^

        input.json:1:1: warning[W0004]: the address 10.0.0.1 is that of another node
          |
        1 | {"ID": "a", "Spec": {"Role": "manager"}, "Description": {"Hostname": "m", "Resources": {"NanoCPUs": 1500000000, "MemoryBytes": 1000}}...
          | ^

    "#]].assert_eq(&said);
    expect![[r#"
        version: 1
        title: An imported cluster
        cluster:
          nodes:
          - name: m
            role: manager
            address: 10.0.0.1
            cpus: 1.5
            memory: 1000
          - name: m-2
            role: manager
            cpus: 1.5
            memory: 1000
          task_history_limit: 2
        timing:
          heartbeat_period: 3s
        steps:
        - at: 0s
          crash: m-2
          note: It was down when the cluster was looked at.
    "#]]
    .assert_eq(&scenario.expect("a scenario").to_yaml());
}
