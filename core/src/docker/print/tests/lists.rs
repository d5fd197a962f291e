//! Lists of services, nodes and tasks.

use expect_test::{Expect, expect};

use super::{output, port};
use crate::docker::print::{
    Format, ManagerStatus, NodeRow, ServiceRow, TaskListOptions, TaskRow, host_ports,
    ingress_ports, node_ls, service_ls, task_ls,
};
use crate::docker::service::ServiceCommand;
use crate::docker::{Command, parse_line};
use crate::model::{NodeState, PortConfig, PortProtocol, PublishMode, ServiceMode, TaskState};
use crate::time::{DAY, SECOND, SimTime};

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
    check_tasks(
        "docker service ps --no-trunc web",
        two(),
        &expect![[r#"
        ID               NAME      IMAGE             NODE      DESIRED STATE   CURRENT STATE               ERROR                                           PORTS
        b                web.9     app:1@sha256:00   n         Shutdown        Failed about a minute ago   "starting container failed: failed to create"   
        a1234567890123   web.10    app:1@sha256:00   n         Shutdown        Failed 1 second ago         "starting container failed: failed to create"   
    "#]],
    );
    check_tasks(
        "docker service ps -q web",
        two(),
        &expect![[r"
        b
        a1234567890123
    "]],
    );
    check_tasks(
        "docker service ps --format 'table {{.Name}}\\t{{.CurrentState}}' web",
        two(),
        &expect![[r"
            NAME      CURRENT STATE
            web.9     Failed about a minute ago
            web.10    Failed 1 second ago
        "]],
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
