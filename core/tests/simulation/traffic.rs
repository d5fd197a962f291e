//! Traffic in, numbers out.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use swarmlab_core::kernel::What;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::{MILLISECOND, SimTime};

use crate::simulation;

/// A cluster of a manager that takes no tasks and workers, with a service of some replicas.
fn scenario(images: &str, service: &str, traffic: &str, steps: &str) -> String {
    format!(
        "cluster:
  managers: [{{name: m1, availability: drain}}]
  workers: [{{name: w1}}, {{name: w2}}]
until: 60s
images:
  app:1: {images}
  app:2: {images}
traffic:
- {traffic}
steps:
- at: 1s
  run: docker service create -d --name web {service} app:1
{steps}"
    )
}

fn played(text: &str) -> Simulation {
    let (_, mut run) = simulation(text, Options::default());
    run.run_to_end();
    run
}

/// What became of the requests of every client, and who answered them.
fn told(run: &Simulation) -> String {
    let store = &run.swarm().kernel.store;
    let mut told = String::new();
    for (name, sums) in run.swarm().traffic.sums() {
        let counts = sums.counts;
        let _ = write!(told, "{name}: {} sent, {} ok", counts.sent, counts.ok);
        for (count, what) in [
            (counts.refused, "refused"),
            (counts.reset, "reset"),
            (counts.timed_out, "timed out"),
            (counts.unresolved, "unresolved"),
            (counts.open(), "open"),
            (counts.retried, "retried"),
        ] {
            if count > 0 {
                let _ = write!(told, ", {count} {what}");
            }
        }
        let of = |permille| sums.latencies.permille_ns(permille) / MILLISECOND;
        let _ = writeln!(told, "; {}, {}, {} ms", of(500), of(950), of(1_000));
        let on = |node| store.node(node).map_or("?", |node| node.hostname());
        for (task, (node, count)) in &sums.tasks {
            let _ = writeln!(told, "  task {} on {} answered {count}", task.0, on(*node));
        }
        let nodes = sums.nodes.iter();
        let nodes: Vec<String> = nodes
            .map(|(node, count)| format!("{} {count}", on(*node)))
            .collect();
        let _ = writeln!(told, "  through {}", nodes.join(", "));
    }
    told
}

#[expect(clippy::needless_pass_by_value, reason = "as expect! makes it")]
fn check(text: &str, want: Expect) {
    want.assert_eq(&told(&played(text)));
}

const PUBLISHED: &str = "--replicas 2 -p 8080:80";
const CLIENT: &str = "{name: users, to: 8080, rate: 100, from: 10s, until: 50s}";

#[test]
fn a_quiet_cluster_answers_everything_in_turn() {
    check(
        &scenario("{}", PUBLISHED, CLIENT, ""),
        expect![[r#"
        users: 4000 sent, 4000 ok; 11, 11, 11 ms
          task 0 on w1 answered 2000
          task 1 on w2 answered 2000
          through m1 1334, w1 1333, w2 1333
    "#]],
    );
}

#[test]
fn a_port_that_nobody_has_is_refused() {
    check(
        &scenario("{}", "--replicas 2", CLIENT, ""),
        expect![[r#"
        users: 4000 sent, 0 ok, 4000 refused; 0, 0, 0 ms
          through m1 1334, w1 1333, w2 1333
    "#]],
    );
}

#[test]
fn a_slow_process_makes_requests_wait() {
    let slow = "{service_time: 30ms, capacity: 1}";
    check(
        &scenario(slow, PUBLISHED, CLIENT, ""),
        expect![[r#"
        users: 4000 sent, 993 ok, 3007 timed out; 2621, 4980, 5242 ms
          task 0 on w1 answered 496
          task 1 on w2 answered 497
          through m1 1334, w1 1333, w2 1333
    "#]],
    );
    let enough = "{service_time: 30ms, capacity: 2}";
    check(
        &scenario(enough, PUBLISHED, CLIENT, ""),
        expect![[r#"
        users: 4000 sent, 4000 ok; 31, 43, 43 ms
          task 0 on w1 answered 2000
          task 1 on w2 answered 2000
          through m1 1334, w1 1333, w2 1333
    "#]],
    );
    let one = "{service_time: 10ms, service_time_on: {w2: 200ms}}";
    check(
        &scenario(one, PUBLISHED, CLIENT, ""),
        expect![[r#"
        users: 4000 sent, 4000 ok; 11, 204, 204 ms
          task 0 on w1 answered 2000
          task 1 on w2 answered 2000
          through m1 1334, w1 1333, w2 1333
    "#]],
    );
}

const UPDATE: &str = "- {at: 20s, run: docker service update -d --image app:2 web}";

#[test]
fn an_update_refuses_requests_while_processes_warm_up() {
    let cold = "{warm_up: 3s}";
    check(
        &scenario(cold, PUBLISHED, CLIENT, UPDATE),
        expect![[r#"
        users: 4000 sent, 3622 ok, 378 refused; 11, 11, 11 ms
          task 0 on w1 answered 560
          task 1 on w2 answered 909
          task 2 on w1 answered 1208
          task 3 on w2 answered 945
          through m1 1334, w1 1333, w2 1333
    "#]],
    );
    let healthy = "--replicas 2 -p 8080:80 --health-cmd check --health-interval 1s";
    check(
        &scenario(cold, healthy, CLIENT, UPDATE),
        expect![[r#"
        users: 4000 sent, 4000 ok; 11, 11, 11 ms
          task 0 on w1 answered 560
          task 1 on w2 answered 1209
          task 2 on w1 answered 1439
          task 3 on w2 answered 792
          through m1 1334, w1 1333, w2 1333
    "#]],
    );
}

#[test]
fn requests_that_take_long_are_dropped_or_finished() {
    let dropping = "{service_time: 4s, on_sigterm: drop}";
    check(
        &scenario(dropping, PUBLISHED, CLIENT, UPDATE),
        expect![[r#"
            users: 4000 sent, 3755 ok, 245 reset; 4063, 4063, 4063 ms
              task 0 on w1 answered 458
              task 1 on w2 answered 766
              task 2 on w1 answered 1439
              task 3 on w2 answered 1092
              through m1 1334, w1 1333, w2 1333
        "#]],
    );
    let finishing = "{service_time: 4s, stop: 5s}";
    check(
        &scenario(finishing, PUBLISHED, CLIENT, UPDATE),
        expect![[r#"
            users: 4000 sent, 4000 ok; 4063, 4063, 4063 ms
              task 0 on w1 answered 560
              task 1 on w2 answered 1378
              task 2 on w1 answered 1439
              task 3 on w2 answered 623
              through m1 1334, w1 1333, w2 1333
        "#]],
    );
    let impatient = "--replicas 2 -p 8080:80 --stop-grace-period 1s";
    check(
        &scenario(finishing, impatient, CLIENT, UPDATE),
        expect![[r#"
            users: 4000 sent, 3894 ok, 106 reset; 4063, 4063, 4063 ms
              task 0 on w1 answered 507
              task 1 on w2 answered 925
              task 2 on w1 answered 1440
              task 3 on w2 answered 1022
              through m1 1334, w1 1333, w2 1333
        "#]],
    );
}

#[test]
fn a_node_that_dies_is_waited_for_until_the_others_give_it_up() {
    let crash = "- {at: 20s, crash: w2}";
    check(
        &scenario("{}", PUBLISHED, CLIENT, crash),
        expect![[r#"
        users: 4000 sent, 2866 ok, 1134 timed out; 11, 11, 3014 ms
          task 0 on w1 answered 1882
          task 1 on w2 answered 500
          task 2 on w1 answered 484
          through m1 1334, w1 1333, w2 1333
    "#]],
    );
    let retries = "{name: users, to: 8080, rate: 100, from: 10s, until: 50s, nodes: [m1, w1], \
                   timeout: 2s, retries: 3}";
    check(
        &scenario("{}", PUBLISHED, retries, crash),
        expect![[r#"
        users: 4000 sent, 4000 ok, 420 retried; 11, 2228, 7340 ms
          task 0 on w1 answered 2774
          task 1 on w2 answered 500
          task 2 on w1 answered 726
          through m1 2210, w1 2210
    "#]],
    );
    let checked = "{name: users, to: 8080, rate: 100, from: 10s, until: 50s, check_every: 2s}";
    check(
        &scenario("{}", PUBLISHED, checked, crash),
        expect![[r#"
        users: 4000 sent, 3767 ok, 233 timed out; 11, 11, 3014 ms
          task 0 on w1 answered 2541
          task 1 on w2 answered 500
          task 2 on w1 answered 726
          through m1 1800, w1 1800, w2 400
    "#]],
    );
}

#[test]
fn a_cut_network_loses_requests_until_it_is_whole() {
    let cut = "- {at: 20s, partition: w2}\n- {at: 25s, heal: network}";
    check(
        &scenario("{}", PUBLISHED, CLIENT, cut),
        expect![[r#"
        users: 4000 sent, 3867 ok, 133 timed out; 11, 1015, 3014 ms
          task 0 on w1 answered 1966
          task 1 on w2 answered 1901
          through m1 1334, w1 1333, w2 1333
    "#]],
    );
}

#[test]
fn kept_connections_stay_with_their_task() {
    let kept = "{name: users, to: 8080, rate: 100, from: 10s, until: 50s, keep_alive: 3}";
    check(
        &scenario("{}", PUBLISHED, kept, ""),
        expect![[r#"
        users: 4000 sent, 4000 ok; 11, 11, 11 ms
          task 0 on w1 answered 1333
          task 1 on w2 answered 2667
          through m1 1334, w1 1333, w2 1333
    "#]],
    );
    check(
        &scenario("{}", PUBLISHED, kept, UPDATE),
        expect![[r#"
        users: 4000 sent, 4000 ok; 11, 11, 11 ms
          task 0 on w1 answered 438
          task 1 on w2 answered 1287
          task 2 on w1 answered 2275
          through m1 1470, w1 1334, w2 1196
    "#]],
    );
}

#[test]
fn names_stand_for_an_address_or_for_those_of_the_tasks() {
    let network = "- {at: 0s, run: docker network create -d overlay back}";
    let inside = "{name: api, to: web, on: m1, rate: 100, from: 10s, until: 50s}";
    let remembers =
        "{name: api, to: web, on: m1, rate: 100, from: 10s, until: 50s, remembers_name: 15s}";
    let mut all = String::new();
    for (endpoint, client) in [("vip", inside), ("dnsrr", inside), ("dnsrr", remembers)] {
        let service = format!("--replicas 2 --network back --endpoint-mode {endpoint}");
        let text = scenario("{}", &service, client, UPDATE)
            .replace("steps:\n", &format!("steps:\n{network}\n"));
        let _ = write!(all, "{endpoint} {}", told(&played(&text)));
    }
    expect![[r#"
        vip api: 4000 sent, 4000 ok; 11, 11, 11 ms
          task 0 on w1 answered 560
          task 1 on w2 answered 912
          task 2 on w1 answered 1438
          task 3 on w2 answered 1090
          through m1 4000
        dnsrr api: 4000 sent, 4000 ok; 11, 11, 11 ms
          task 0 on w1 answered 561
          task 1 on w2 answered 911
          task 2 on w1 answered 1438
          task 3 on w2 answered 1090
          through m1 4000
        dnsrr api: 4000 sent, 3975 ok, 25 refused; 11, 11, 3014 ms
          task 0 on w1 answered 1315
          task 2 on w1 answered 2660
          through m1 4000
    "#]]
    .assert_eq(&all);
    check(
        &scenario("{}", "--replicas 2", inside, ""),
        expect![[r#"
        api: 4000 sent, 0 ok, 4000 unresolved; 0, 0, 0 ms
          through m1 4000
    "#]],
    );
}

#[test]
fn the_trace_holds_the_numbers_of_every_second() {
    let poisson = "{name: users, to: 8080, rate: 70, arrivals: poisson, until: 50s, retries: 1}";
    let text = scenario("{}", PUBLISHED, poisson, UPDATE);
    let run = played(&text);
    let (mut sent, mut ended) = (0, 0);
    for record in run.records() {
        if let What::Traffic(interval) = &record.what {
            sent += interval.counts.sent;
            ended += interval.counts.ok + interval.counts.failed();
            let latencies: u64 = interval.latencies.iter().map(|(_, count)| count).sum();
            let tasks: u64 = interval.tasks.iter().map(|(.., count)| count).sum();
            assert_eq!((latencies, tasks), (interval.counts.ok, interval.counts.ok));
        }
    }
    let (_, sums) = run.swarm().traffic.sums().next().expect("a client");
    assert_eq!((sent, ended), (sums.counts.sent, sums.counts.sent));
    // However often somebody stops and looks, the same happens.
    let (_, mut halting) = simulation(&text, Options::default());
    for step in 1..600 {
        halting.run_until(SimTime(step * 97 * MILLISECOND));
    }
    halting.run_to_end();
    assert_eq!(halting.fingerprint(), run.fingerprint());
    let (_, mut back) = simulation(&text, Options::default());
    back.run_to_end();
    back.seek(SimTime::from_secs(21));
    let early = told(&back);
    back.seek(SimTime::from_secs(60));
    assert_ne!(told(&back), early);
    assert_eq!(told(&back), told(&run));
}
