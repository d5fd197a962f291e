//! Rows in, tables out: compared with what the real client printed of the same rows.

use expect_test::{Expect, expect};

use super::*;
use crate::docker::service::ServiceCommand;
use crate::docker::tests::data;
use crate::docker::{Command, parse_line};
use crate::model::{
    Availability, Engine, NodeDescription, NodeState, Platform, Plugin, PortConfig, PortProtocol,
    PublishMode, Resources, ServiceMode, ServiceSpec, TaskState, UpdateState,
};
use crate::time::{DAY, SECOND, SimTime};

fn output(name: &str) -> String {
    data(&format!("docker-output/{name}.txt"))
}

fn port(published: u32, target: u32, protocol: PortProtocol) -> PortConfig {
    PortConfig {
        protocol,
        target_port: target,
        published_port: published,
        publish_mode: PublishMode::Ingress,
    }
}

fn service(id: &str, name: &str, mode: ServiceMode, counts: (u64, u64, u64)) -> ServiceRow {
    ServiceRow {
        id: id.to_owned(),
        name: name.to_owned(),
        mode,
        running: counts.0,
        desired: counts.1,
        completed: counts.2,
        image: "app:1".to_owned(),
        ..ServiceRow::default()
    }
}

fn services() -> Vec<ServiceRow> {
    let replicated = ServiceMode::Replicated { replicas: 1 };
    let job = ServiceMode::ReplicatedJob {
        max_concurrent: 2,
        total_completions: 3,
    };
    vec![
        service("pi2jakzuqf0qub16o42i117ej", "tt", replicated, (2, 2, 0)),
        service("gfbhtvvv3iqyzaej2g4km6ahg", "jj", job, (0, 2, 3)),
        service(
            "lv189cowh0b5xxxxxxxxxxxxx",
            "gj",
            ServiceMode::GlobalJob,
            (0, 0, 3),
        ),
        ServiceRow {
            ports: vec![port(30000, 81, PortProtocol::Tcp)],
            ..service("7iu8et32yto6xxxxxxxxxxxxx", "ph3", replicated, (1, 1, 0))
        },
        service("jbrythdzdzl2xxxxxxxxxxxxx", "ph2", replicated, (3, 4, 0)),
        service(
            "yf60krmygt25dh0yydwzerlup",
            "gg",
            ServiceMode::Global,
            (3, 3, 0),
        ),
    ]
}

#[test]
fn service_lists() {
    let table = |rows| service_ls(rows, &Format::Table, false).expect("a table");
    assert_eq!(table(services()), output("service-ls"));
    assert_eq!(table(Vec::new()), output("service-ls-empty"));
    let row = ServiceRow {
        ports: vec![
            port(7001, 81, PortProtocol::Udp),
            port(30001, 82, PortProtocol::Tcp),
        ],
        ..service(
            "764ymuzwb6anllcw9v0j174y2",
            "uu",
            ServiceMode::Replicated { replicas: 1 },
            (1, 1, 0),
        )
    };
    assert_eq!(table(vec![row]), output("service-ls-ports"));
    let quiet = service_ls(services(), &Format::Table, true).expect("a list");
    assert!(quiet.starts_with("yf60krmygt25\nlv189cowh0b5\n"), "{quiet}");
}

#[test]
fn ports_join_into_ranges() {
    use PortProtocol::{Tcp, Udp};
    for (ports, want) in [
        (vec![], ""),
        (
            vec![port(90, 80, Tcp), port(91, 81, Tcp), port(92, 82, Tcp)],
            "*:90-92->80-82/tcp",
        ),
        (
            vec![port(81, 80, Tcp), port(80, 80, Tcp)],
            "*:80-81->80/tcp",
        ),
        (
            vec![port(80, 80, Udp), port(80, 80, Tcp)],
            "*:80->80/tcp, *:80->80/udp",
        ),
        (
            vec![port(80, 80, Tcp), port(82, 81, Tcp)],
            "*:80->80/tcp, *:82->81/tcp",
        ),
        (
            vec![port(80, 90, Tcp), port(81, 80, Tcp)],
            "*:80->90/tcp, *:81->80/tcp",
        ),
    ] {
        assert_eq!(ingress_ports(&ports), want);
    }
    let host = PortConfig {
        publish_mode: PublishMode::Host,
        ..port(32768, 80, Tcp)
    };
    assert_eq!(ingress_ports(&[host]), "");
    assert_eq!(host_ports(&[host, host]), "*:32768->80/tcp,*:32768->80/tcp");
}

fn nodes() -> Vec<NodeRow> {
    let node = |id: &str, hostname: &str| NodeRow {
        id: id.to_owned(),
        hostname: hostname.to_owned(),
        state: NodeState::Ready,
        engine_version: "28.2.2".to_owned(),
        ..NodeRow::default()
    };
    vec![
        NodeRow {
            state: NodeState::Down,
            ..node("znjxhulpylf1rx2zagae6mx2s", "worker2")
        },
        NodeRow {
            manager: Some(ManagerStatus::Reachable),
            ..node("q173f750y21hz4mk0t7qfafe8", "worker1")
        },
        NodeRow {
            is_self: true,
            manager: Some(ManagerStatus::Leader),
            ..node("31e3cxti3ecam2au0uueypk3o", "manager1")
        },
    ]
}

#[test]
fn node_lists() {
    let table = node_ls(nodes(), &Format::Table, false).expect("a table");
    assert_eq!(table, output("node-ls"));
    let json = node_ls(nodes(), &Format::Json, false).expect("lines");
    expect![[r#"
        {"Availability":"Active","EngineVersion":"28.2.2","Hostname":"manager1","ID":"31e3cxti3ecam2au0uueypk3o","ManagerStatus":"Leader","Self":true,"Status":"Ready","TLSStatus":"Ready"}"#]]
    .assert_eq(json.lines().next().expect("a line"));
}

fn task(id: &str, name: &str, node: &str, age: u64) -> TaskRow {
    TaskRow {
        id: id.to_owned(),
        name: name.to_owned(),
        created_at: SimTime(DAY - age * SECOND),
        image: "app:1@sha256:00".to_owned(),
        node: node.to_owned(),
        desired_state: TaskState::Shutdown,
        state: TaskState::Failed,
        age_ns: age * SECOND,
        error: "starting container failed: failed to create".to_owned(),
        ports: Vec::new(),
    }
}

fn tasks() -> Vec<TaskRow> {
    let running = |id: &str, node: &str, node_id: &str| TaskRow {
        image: "redis:7".to_owned(),
        desired_state: TaskState::Running,
        state: TaskState::Running,
        error: String::new(),
        ..task(id, &format!("my_db.{node_id}"), node, 29)
    };
    vec![
        task("pch971iy5irqx", "my_web.2", "worker2", 28),
        task("per9jtsiawerx", "my_web.2", "worker1", 23),
        task("idaaeatvob56x", "my_web.2", "worker1", 17),
        task("2y2s2fg1vh3kx", "my_web.2", "worker1", 11),
        task("6jt8e711lm67x", "my_web.1", "worker2", 11),
        task("uiypi8nu9802x", "my_web.1", "worker2", 17),
        task("7aqs3kg6gxx7x", "my_web.1", "worker2", 23),
        task("xaq7d51x32uhx", "my_web.1", "worker1", 28),
        running("9ppjj2bsfivix", "manager1", "31e3cxti3ecam2au0uueypk3o"),
        running("hx2ccvu1oqkvx", "worker1", "q173f750y21hz4mk0t7qfafe8"),
        running("ukkitoxwmz7qx", "worker2", "znjxhulpylf1rx2zagae6mx2s"),
    ]
}

fn check_tasks(line: &str, rows: Vec<TaskRow>, expect: &Expect) {
    let Ok(Command::Service(ServiceCommand::Ps(ps))) = parse_line(line) else {
        panic!("{line}: not ps");
    };
    expect.assert_eq(&match task_ls(rows, &ps.options) {
        Ok(text) => text,
        Err(outcome) => outcome.stderr,
    });
}

#[test]
fn task_lists() {
    let options = TaskListOptions {
        format: Format::Table,
        quiet: false,
        no_trunc: false,
        no_resolve: false,
    };
    assert_eq!(task_ls(tasks(), &options), Ok(output("stack-ps")));
    let two = || {
        vec![
            task("a1234567890123", "web.10", "n", 1),
            task("b", "web.9", "n", 61),
        ]
    };
    check_tasks("docker service ps --no-trunc web", two(), &expect![[r#"
        ID               NAME      IMAGE             NODE      DESIRED STATE   CURRENT STATE               ERROR                                           PORTS
        b                web.9     app:1@sha256:00   n         Shutdown        Failed about a minute ago   "starting container failed: failed to create"   
        a1234567890123   web.10    app:1@sha256:00   n         Shutdown        Failed 1 second ago         "starting container failed: failed to create"   
    "#]]);
    check_tasks("docker service ps -q web", two(), &expect![[r#"
        b
        a1234567890123
    "#]]);
    check_tasks(
        "docker service ps --format 'table {{.Name}}\\t{{.CurrentState}}' web",
        two(),
        &expect![[r#"
            NAME      CURRENT STATE
            web.9     Failed about a minute ago
            web.10    Failed 1 second ago
        "#]],
    );
    check_tasks(
        "docker service ps --format '{{.Name}} on {{upper .Node}}: {{.Error | json}}' web",
        two(),
        &expect![[r#"
            web.9 on N: "\"starting container failed: fa…\""
            web.10 on N: "\"starting container failed: fa…\""
        "#]],
    );
    check_tasks(
        "docker service ps --format '{{.Nme}}' web",
        two(),
        &expect![[r#"
            template parsing error: template: :1:2: executing "" at <.Nme>: can't evaluate field Nme in type *task.taskContext
        "#]],
    );
}

fn spec(line: &str) -> ServiceSpec {
    match parse_line(line) {
        Ok(Command::Service(ServiceCommand::Create(create))) => create.spec,
        other => panic!("{line}: {other:?}"),
    }
}

fn pretty(id: &str, line: &str) -> ServicePretty {
    ServicePretty {
        id: id.to_owned(),
        spec: spec(line),
        update_status: None,
        networks: Vec::new(),
        ports: Vec::new(),
    }
}

#[test]
fn services_are_pretty() {
    let web = ServicePretty {
        ports: vec![port(8080, 80, PortProtocol::Tcp)],
        ..pretty(
            "ould6oxbll1420dblcyhesdui",
            "docker service create --name web --replicas 2 -p 8080:80 --update-delay 1s \
             --label tier=front --env A=1 --constraint node.role==worker nginx:latest",
        )
    };
    assert_eq!(service_pretty(&[web]), output("service-inspect-pretty"));
    let paused = ServicePretty {
        update_status: Some(UpdateStatusPretty {
            state: UpdateState::Paused,
            started_ago_ns: Some(5 * SECOND),
            completed_ago_ns: None,
            message: "update paused due to failure or early termination of task \
                      iftizu00sub5l1d0tx918o2db"
                .to_owned(),
        }),
        ..pretty(
            "pu0otmmq14quutivuzjs9nwsn",
            "docker service create --name tt app:1 sh -c 'exit 4'",
        )
    };
    assert_eq!(
        service_pretty(&[paused]),
        output("service-inspect-pretty-paused")
    );
    let job = pretty(
        "gfbhtvvv3iqyzaej2g4km6ahg",
        "docker service create --name jj --mode replicated-job app:1 sh -c 'sleep 2'",
    );
    assert_eq!(service_pretty(&[job]), output("service-inspect-pretty-job"));
    let full = ServicePretty {
        networks: vec!["mynet".to_owned()],
        ..pretty(
            "ould6oxbll1420dblcyhesdui",
            "docker service create --name web --mode global --workdir /x --user u \
             --placement-pref spread=node.labels.zone --replicas-max-per-node 0 \
             --limit-cpu 0.5 --limit-memory 50m --limit-pids 9 --reserve-cpu 1.25 \
             --reserve-memory 1.5g --mount src=my_data,dst=/data --config source=my_c1,target=c1 \
             --secret source=my_s1,target=s1 --log-driver json-file --log-opt a=b \
             --health-cmd 'curl x' --health-interval 5s --update-max-failure-ratio 0.25 \
             --ulimit nofile=1:2 --sysctl a=b --cap-add sys_time nginx:1",
        )
    };
    expect![[r#"

        ID:		ould6oxbll1420dblcyhesdui
        Name:		web
        Service Mode:	Global
        Placement:
         Preferences:   [spread=node.labels.zone]
        UpdateConfig:
         Parallelism:	1
         On failure:	pause
         Monitoring Period: 5s
         Max failure ratio: 0.25
         Update order:      stop-first
        RollbackConfig:
         Parallelism:	1
         On failure:	pause
         Monitoring Period: 5s
         Max failure ratio: 0
         Rollback order:    stop-first
        ContainerSpec:
         Image:		nginx:1
         Dir:		/x
         Init:		false
         User: u
        Capabilities:
         Add: CAP_SYS_TIME
        SysCtls:
         a: b
        Ulimits:
         nofile: 1:2
        Mounts:
         Target:	/data
          Source:	my_data
          ReadOnly:	false
          Type:		volume
        Configs:
         Target:	c1
          Source:	my_c1
        Secrets:
         Target:	s1
          Source:	my_s1
        Log Driver:
         Name:		json-file
         LogOpts:
          a:       b

        Resources:
         Reservations:
          CPU:		1.25
          Memory:	1.5GiB
         Limits:
          CPU:		0.5
          Memory:	50MiB
          PIDs:		9
        Networks: mynet 
        Endpoint Mode:	vip
         Healthcheck:
          Interval = 5s
          Retries = 0
          StartPeriod =	0s
          Timeout =	0s
          Tests:
        	 Test = CMD-SHELL
        	 Test = curl x 

    "#]].assert_eq(&service_pretty(&[full]));
}

#[test]
fn nodes_are_pretty() {
    let plugins = |kind: &str, names: &str| -> Vec<Plugin> {
        names
            .split(' ')
            .map(|name| Plugin {
                kind: kind.to_owned(),
                name: name.to_owned(),
            })
            .collect()
    };
    let manager = NodePretty {
        id: "31e3cxti3ecam2au0uueypk3o".to_owned(),
        description: NodeDescription {
            hostname: "manager1".to_owned(),
            platform: Some(Platform {
                architecture: "x86_64".to_owned(),
                os: "linux".to_owned(),
            }),
            resources: Some(Resources {
                cpu_nano: 2_000_000_000,
                memory_bytes: 25_275_000_000,
                generic: Vec::new(),
            }),
            engine: Some(Engine {
                engine_version: "28.2.2".to_owned(),
                plugins: [
                    plugins(
                        "Log",
                        "awslogs fluentd gcplogs gelf journald json-file local splunk syslog",
                    ),
                    plugins("Network", "bridge host ipvlan macvlan null overlay"),
                    plugins("Volume", "local"),
                ]
                .concat(),
                ..Engine::default()
            }),
            ..NodeDescription::default()
        },
        state: NodeState::Ready,
        availability: Availability::Active,
        address: "10.99.0.15".to_owned(),
        manager: Some(ManagerPretty {
            address: "10.99.0.15:2377".to_owned(),
            reachable: true,
            leader: true,
        }),
        ..NodePretty::default()
    };
    // The second of two nodes there; times differ, and certificates are left out here.
    let real = output("node-inspect-pretty");
    let second = &real[real.rfind("ID:\t").expect("two nodes")..];
    let (second, _) = second.split_once("TLS Info:").expect("a certificate");
    let without_time = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with("Joined at:"));
        lines.map(str::to_owned).collect()
    };
    let ours = node_pretty(&[manager]);
    assert_eq!(without_time(&ours), without_time(second));
    assert!(
        ours.contains("\nJoined at:             \t2026-01-01 00:00:00 +0000 utc\n"),
        "{ours}"
    );
}

#[test]
fn waiting_is_told_line_by_line() {
    let mut screen = Screen::default();
    let mut printed = String::new();
    let mut say = |message| printed += &screen.show(message).unwrap_or_default();
    say(Message::overall(0, 2, false));
    say(Message::empty_row("1/2"));
    say(Message::empty_row("2/2"));
    for running in [0; 8] {
        say(Message::overall(running, 2, false));
        say(Message::state_row("1/2", TaskState::Preparing));
    }
    say(Message::overall(1, 2, false));
    say(Message::overall(2, 2, false));
    say(Message::state_row("1/2", TaskState::Running));
    say(Message::state_row("2/2", TaskState::Running));
    for (seconds, times) in [(4, 5), (3, 5), (2, 5), (1, 5), (0, 4)] {
        for _ in 0..times {
            say(Message::verifying(seconds * SECOND + 1));
        }
    }
    say(Message::converged("ould6oxbll1420dblcyhesdui"));
    let real = output("service-create");
    let (_, real) = real.split_once('\n').expect("an id first");
    assert_eq!(printed, real);
    expect![[r#"
        overall progress: 2 out of 2 tasks 
        1/2: running   [==================================================>] 
        2/2: running   [==================================================>] 
        verify: Service ould6oxbll1420dblcyhesdui converged 
    "#]].assert_eq(&screen.terminal(130));
    expect![[r#"
        overall progress: 2 out of 2 tasks 
        1/2: running   
        2/2: running   
        verify: Service ould6oxbll1420dblcyhesdui converged 
    "#]].assert_eq(&screen.terminal(80));
}

#[test]
fn errors_take_the_line_of_their_task() {
    let mut screen = Screen::default();
    let line = screen.show(Message::error_row("1/1", "No such image: nosuch:1"));
    assert_eq!(line.as_deref(), Some("1/1: No such image: nosuch:1\n"));
    let line = screen
        .show(Message::error_row("1/1", &"x\n".repeat(50)))
        .expect("a line");
    assert_eq!(line.chars().count(), "1/1: \n".len() + 75);
    let line = screen.show(Message::job_complete());
    assert_eq!(line.as_deref(), Some("job complete\n"));
    assert_eq!(screen.show(Message::job(1, 30)), None);
    let line = screen.show(Message::job_active(1, 10));
    assert_eq!(line.as_deref(), Some("active tasks:  1 out of 10 tasks\n"));
}

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
    expect![[r#"
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
    "#]].assert_eq(&version(&ServerVersion::default()));
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
