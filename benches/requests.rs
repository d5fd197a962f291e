//! How many requests are simulated in a second, and does it depend on the size of the cluster?
//!
//! A million requests a second come in at all nodes in turn, for two seconds of simulated time, to
//! ten tasks behind the routing mesh: in a cluster of 10 nodes and in one of 100, at equal and at
//! random distances.

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::SimTime;

const REQUESTS: u64 = 2_000_000;

/// A cluster that stands still before the first request.
fn ready(nodes: u32, arrivals: &str) -> Simulation {
    let text = format!(
        "until: 15s\ncluster: {{managers: 1, workers: {}}}\nimages:\n  app: {{service_time: 1ms}}\n\
         traffic:\n- {{to: 8080, rate: 1000000, arrivals: {arrivals}, from: 10s, until: 12s}}\n\
         steps:\n- {{at: 1s, run: docker service create -d --name web --replicas 10 -p 8080:80 app}}\n",
        nodes - 1
    );
    let (scenario, _) = Scenario::parse(&text).expect("a scenario");
    let options = Options {
        forget_past: true,
        ..Options::default()
    };
    let mut run = Simulation::new(&scenario, options).expect("it can be played");
    run.run_until(SimTime::from_secs(9));
    run
}

fn requests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("requests");
    group.sample_size(10);
    group.throughput(Throughput::Elements(REQUESTS));
    for (nodes, arrivals) in [(10, "constant"), (100, "constant"), (10, "poisson")] {
        let run = ready(nodes, arrivals);
        group.bench_function(format!("{nodes} nodes, {arrivals}"), |bencher| {
            bencher.iter_custom(|iterations| {
                let mut total = Duration::ZERO;
                for _ in 0..iterations {
                    let mut run = run.fork();
                    let start = Instant::now();
                    run.run_until(SimTime::from_secs(14));
                    total += start.elapsed();
                    let (_, sums) = run.swarm().traffic.sums().next().expect("a client");
                    assert_eq!(sums.counts.ok, sums.counts.sent);
                    assert!(sums.counts.sent.abs_diff(REQUESTS) < 10_000);
                }
                total
            });
        });
    }
    group.finish();
}

criterion_group!(benches, requests);
criterion_main!(benches);
