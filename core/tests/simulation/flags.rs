//! What each flag of `docker service create` and `update` changes, beside what is written down.
//!
//! A story is played twice, without the flag and with it, and `service-flags.txt` holds what
//! happens from the first difference on. Flags whose effect is told by other tests, or that have
//! none outside of a container, are listed with the reason, so that none is forgotten.

mod stories;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use expect_test::{expect, expect_file};
use swarmlab_core::model::TaskState;
use swarmlab_core::report::timeline;
use swarmlab_core::simulation::Options;
use swarmlab_core::time::SimTime;

use self::stories::{STORIES, Story};
use crate::commands::typed;
use crate::simulation;

const CREATE_HELP: &str = include_str!("../data/docker-help/docker-service-create.txt");
const UPDATE_HELP: &str = include_str!("../data/docker-help/docker-service-update.txt");

/// So many lines are told of each run.
const LINE_COUNT_MAX: usize = 12;

/// Plays a story with a flag, or with nothing in its place.
fn play(story: &Story, flag: &str) -> Vec<String> {
    let mut text = format!(
        "cluster:
  managers: [{{name: m1, availability: drain}}]
  workers:
  - {{name: w1, labels: {{zone: a}}}}
  - {{name: w2, labels: {{zone: b}}}}
  - {{name: w3, labels: {{zone: b}}}}
images: {{{}}}
until: 90s
steps:
",
        story.images
    );
    for (at, step) in story.steps {
        let step = step.replace("{}", flag);
        let what = match step.strip_prefix("kill ") {
            Some(task) => format!("kill: {task}"),
            None => format!("run: \"docker service {step}\""),
        };
        let _ = writeln!(text, "- {{at: {at}s, {what}}}");
    }
    let (scenario, mut run) = simulation(&text, Options::default());
    run.run_to_end();
    let lines = timeline::lines(run.records(), &run.swarm().kernel.store, &scenario);
    let told = lines
        .iter()
        .filter(|line| line.kind != timeline::Kind::Command);
    told.map(|line| {
        format!(
            "{} {}",
            line.at,
            line.text.trim_end().replace('\n', "\n    ")
        )
    })
    .collect()
}

#[test]
fn a_flag_changes_what_happens() {
    let mut told = String::new();
    for story in STORIES {
        let runs = [
            ("without", play(story, "")),
            ("with", play(story, story.flag)),
        ];
        let [without, with] = [&runs[0].1, &runs[1].1];
        assert_ne!(without, with, "{} changes nothing", story.flag);
        let same = without.iter().zip(with).take_while(|(a, b)| a == b).count();
        let _ = writeln!(told, "# {}", story.flag);
        for (what, lines) in &runs {
            let _ = writeln!(told, "{what}");
            for line in lines.iter().skip(same).take(LINE_COUNT_MAX) {
                let _ = writeln!(told, "  {line}");
            }
            if lines.len() > same + LINE_COUNT_MAX {
                let _ = writeln!(told, "  ...");
            }
        }
        told.push('\n');
    }
    expect_file!["../data/service-flags.txt"].assert_eq(&told);
}

/// Flags that are not told of above, by what tells of them.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "what is in a container and has no effect outside of it; whether a change replaces tasks is \
         told below",
        "args cap-add cap-drop container-label credential-spec dns dns-option dns-search entrypoint \
         env env-file group host hostname init isolation limit-cpu limit-memory limit-pids \
         log-driver log-opt oom-score-adj read-only sysctl tty ulimit user with-registry-auth \
         workdir",
    ),
    ("names and tables", "label name"),
    ("networks and ports", "endpoint-mode network"),
    ("secrets, configs and volumes", "config mount secret"),
];

/// The flags that a help text names.
fn flags_of(help: &str) -> BTreeSet<&str> {
    let words = help.lines().filter_map(|line| {
        let flag = line.strip_prefix("  ")?;
        let flag = flag
            .strip_prefix("    ")
            .or(flag.get(4..))
            .filter(|_| !flag.is_empty())?;
        flag.strip_prefix("--")?.split(' ').next()
    });
    words.collect()
}

#[test]
fn every_flag_is_told_of() {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for story in STORIES {
        let name = story.flag.split(' ').next().unwrap_or_default();
        told.insert(name.trim_start_matches("--"));
    }
    for (_, names) in ELSEWHERE {
        told.extend(names.split_whitespace());
    }
    let of_create = flags_of(CREATE_HELP);
    let of_update = flags_of(UPDATE_HELP);
    assert!(
        of_create.len() > 70 && of_update.len() > 90,
        "the texts are read"
    );
    let all = of_create.union(&of_update);
    let stem = |flag: &str| {
        flag.trim_end_matches("-add")
            .trim_end_matches("-rm")
            .to_owned()
    };
    let forgotten: Vec<_> = all
        .filter(|flag| !told.contains(*flag) && !told.contains(stem(flag).as_str()))
        .collect();
    assert_eq!(forgotten, Vec::<&&str>::new());
}

/// Changes to a running service, one for each flag of `docker service update`.
const CHANGES: &[&str] = &[
    "--args b",
    "--cap-add NET_ADMIN",
    "--cap-drop MKNOD",
    "--config-add cfg",
    "--config-rm old-cfg",
    "--constraint-add node.role==worker",
    "--constraint-rm node.role==worker",
    "--container-label-add a=b",
    "--container-label-rm c",
    "--credential-spec file://x",
    "--dns-add 1.1.1.1",
    "--dns-option-add x",
    "--dns-option-rm y",
    "--dns-rm 9.9.9.9",
    "--dns-search-add a.b",
    "--dns-search-rm c.d",
    "--endpoint-mode dnsrr",
    "--entrypoint /x",
    "--env-add A=2",
    "--env-add A=1",
    "--env-rm A",
    "--force",
    "--generic-resource-add gpu=1",
    "--generic-resource-rm gpu",
    "--group-add g",
    "--group-rm h",
    "--health-cmd true",
    "--health-interval 1s",
    "--health-retries 2",
    "--health-start-interval 1s",
    "--health-start-period 1s",
    "--health-timeout 1s",
    "--host-add a:1.1.1.1",
    "--host-rm b:2.2.2.2",
    "--hostname h",
    "--image app:2",
    "--image app:1",
    "--init",
    "--isolation default",
    "--label-add a=b",
    "--label-rm c",
    "--limit-cpu 1",
    "--limit-memory 1GiB",
    "--limit-pids 9",
    "--log-driver none",
    "--log-opt a=b",
    "--max-concurrent 1",
    "--mount-add type=tmpfs,target=/x",
    "--mount-rm /y",
    "--network-add net",
    "--network-rm old-net",
    "--no-healthcheck",
    "--no-resolve-image",
    "--oom-score-adj 5",
    "--placement-pref-add spread=node.labels.a",
    "--placement-pref-rm spread=node.labels.b",
    "--publish-add 81:81",
    "--publish-rm 80",
    "--read-only",
    "--replicas 2",
    "--replicas-max-per-node 2",
    "--reserve-cpu 1",
    "--reserve-memory 1GiB",
    "--restart-condition on-failure",
    "--restart-delay 1s",
    "--restart-max-attempts 3",
    "--restart-window 1m",
    "--rollback-delay 1s",
    "--rollback-failure-action continue",
    "--rollback-max-failure-ratio 0.1",
    "--rollback-monitor 1s",
    "--rollback-order start-first",
    "--rollback-parallelism 2",
    "--secret-add sec",
    "--secret-rm old-sec",
    "--stop-grace-period 3s",
    "--stop-signal SIGINT",
    "--sysctl-add a=b",
    "--sysctl-rm c",
    "--tty",
    "--ulimit-add nofile=9",
    "--ulimit-rm nproc",
    "--update-delay 1s",
    "--update-failure-action continue",
    "--update-max-failure-ratio 0.1",
    "--update-monitor 1s",
    "--update-order start-first",
    "--update-parallelism 0",
    "--user u",
    "--with-registry-auth",
    "--workdir /w",
];

const RUNNING: &str = "
cluster: {managers: 1, workers: [{count: 3, generic: {gpu: 2}}]}
until: 10m
files: {s.txt: s3cr3t}
steps:
- run: docker network create -d overlay net
- run: docker network create -d overlay old-net
- run: docker secret create sec s.txt
- run: docker secret create old-sec s.txt
- run: docker config create cfg s.txt
- run: docker config create old-cfg s.txt
- at: 1s
  run: >-
    docker service create -d --name web --replicas 2 --constraint node.role==worker --label c=d
    --container-label c=d --dns 9.9.9.9 --dns-option y --dns-search c.d --env A=1 --group h
    --host b:2.2.2.2 --mount type=tmpfs,target=/y --network old-net --config old-cfg
    --secret old-sec --placement-pref spread=node.labels.b --sysctl c=d --ulimit nproc=5
    --publish 80:80 app:1 a
";

/// Which of the changes replace tasks: what `IsTaskDirty` decides, seen from the outside.
#[expect(clippy::too_many_lines, reason = "one line a flag")]
#[test]
fn some_changes_replace_tasks() {
    let mut replacing: Vec<String> = Vec::new();
    let mut others: Vec<String> = Vec::new();
    let mut refused = String::new();
    for change in CHANGES {
        let (_, mut run) = simulation(RUNNING, Options::default());
        run.run_until(SimTime::from_secs(20));
        let answer = typed(&mut run, &format!("docker service update -d {change} web"));
        if !answer.starts_with("exit 0") {
            let _ = writeln!(refused, "{change}: {}", answer.lines().nth(1).unwrap_or(""));
            continue;
        }
        run.run_until(SimTime::from_secs(120));
        let store = &run.swarm().kernel.store;
        let web = store.services().next().expect("the service");
        let tasks: Vec<_> = store.tasks_of_service(web.id).collect();
        let running = tasks
            .iter()
            .filter(|task| task.status.state == TaskState::Running);
        assert_eq!(running.count(), 2, "{change}");
        match tasks.len() {
            2 => others.push((*change).to_owned()),
            4 => replacing.push((*change).to_owned()),
            other => panic!("{change}: {other} tasks"),
        }
    }
    let told = format!(
        "refused:\n{refused}\nboth tasks are replaced:\n{}\n\nno task is replaced:\n{}\n",
        replacing.join("\n"),
        others.join("\n"),
    );
    expect![[r#"
        refused:
        --endpoint-mode dnsrr: 2|Error response from daemon: rpc error: code = InvalidArgument desc = EndpointSpec: port published with ingress mode can't be used with dnsrr mode
        --generic-resource-rm gpu: 2|could not find generic-resource `gpu` to remove it

        both tasks are replaced:
        --args b
        --cap-add NET_ADMIN
        --cap-drop MKNOD
        --config-add cfg
        --config-rm old-cfg
        --container-label-add a=b
        --container-label-rm c
        --credential-spec file://x
        --dns-add 1.1.1.1
        --dns-option-add x
        --dns-option-rm y
        --dns-rm 9.9.9.9
        --dns-search-add a.b
        --dns-search-rm c.d
        --entrypoint /x
        --env-add A=2
        --env-rm A
        --force
        --generic-resource-add gpu=1
        --group-add g
        --group-rm h
        --health-cmd true
        --health-interval 1s
        --health-retries 2
        --health-start-interval 1s
        --health-start-period 1s
        --health-timeout 1s
        --host-add a:1.1.1.1
        --host-rm b:2.2.2.2
        --hostname h
        --image app:2
        --init
        --isolation default
        --limit-cpu 1
        --limit-memory 1GiB
        --limit-pids 9
        --log-driver none
        --mount-add type=tmpfs,target=/x
        --mount-rm /y
        --network-add net
        --network-rm old-net
        --no-healthcheck
        --oom-score-adj 5
        --publish-add 81:81
        --publish-rm 80
        --read-only
        --reserve-cpu 1
        --reserve-memory 1GiB
        --restart-condition on-failure
        --restart-delay 1s
        --restart-max-attempts 3
        --restart-window 1m
        --secret-add sec
        --secret-rm old-sec
        --stop-grace-period 3s
        --stop-signal SIGINT
        --sysctl-add a=b
        --sysctl-rm c
        --tty
        --ulimit-add nofile=9
        --ulimit-rm nproc
        --user u
        --workdir /w

        no task is replaced:
        --constraint-add node.role==worker
        --constraint-rm node.role==worker
        --env-add A=1
        --image app:1
        --label-add a=b
        --label-rm c
        --log-opt a=b
        --max-concurrent 1
        --no-resolve-image
        --placement-pref-add spread=node.labels.a
        --placement-pref-rm spread=node.labels.b
        --replicas 2
        --replicas-max-per-node 2
        --rollback-delay 1s
        --rollback-failure-action continue
        --rollback-max-failure-ratio 0.1
        --rollback-monitor 1s
        --rollback-order start-first
        --rollback-parallelism 2
        --update-delay 1s
        --update-failure-action continue
        --update-max-failure-ratio 0.1
        --update-monitor 1s
        --update-order start-first
        --update-parallelism 0
        --with-registry-auth
    "#]].assert_eq(&told);
    // Every flag of the help was tried.
    let tried: BTreeSet<&str> = CHANGES
        .iter()
        .map(|change| change.split(' ').next().unwrap_or_default())
        .map(|flag| flag.trim_start_matches("--"))
        .collect();
    let left: Vec<_> = flags_of(UPDATE_HELP).difference(&tried).copied().collect();
    assert_eq!(left, ["detach", "quiet", "rollback"]);
}
