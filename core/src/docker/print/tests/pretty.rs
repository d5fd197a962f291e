//! Services and nodes for people.

use expect_test::expect;

use super::{description, output, port};
use crate::docker::print::{
    ManagerPretty, NodePretty, ServicePretty, TlsInfo, UpdateStatusPretty, node_pretty,
    service_pretty,
};
use crate::docker::service::ServiceCommand;
use crate::docker::{Command, parse_line};
use crate::model::{Availability, NodeState, PortProtocol, ServiceSpec, UpdateState};
use crate::time::SECOND;

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
}

#[test]
fn services_with_everything_are_pretty() {
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
    expect![[r"

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

    "]]
    .assert_eq(&service_pretty(&[full]));
}

#[test]
fn nodes_are_pretty() {
    let real = output("node-inspect-pretty");
    let after = |text: &str, words: &str| {
        let (_, rest) = text.rsplit_once(words).expect("the words");
        rest.lines().next().unwrap_or_default().to_owned()
    };
    let manager = NodePretty {
        id: "31e3cxti3ecam2au0uueypk3o".to_owned(),
        description: description("manager1"),
        state: NodeState::Ready,
        availability: Availability::Active,
        address: "10.99.0.15".to_owned(),
        manager: Some(ManagerPretty {
            address: "10.99.0.15:2377".to_owned(),
            reachable: true,
            leader: true,
        }),
        tls: Some(TlsInfo {
            trust_root: "<CERTIFICATE>\n".to_owned(),
            issuer_subject: "MBMxETAPBgNVBAMTCHN3YXJtLWNh".to_owned(),
            issuer_public_key: after(&real, " Issuer Public Key:\t"),
        }),
        ..NodePretty::default()
    };
    // The second of two nodes there; times differ.
    let second = &real[real.rfind("ID:\t").expect("two nodes")..];
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
