//! How long does a week take in which nothing happens?
//!
//! Seven managers and a thousand workers beat, tick and look for each other all the time; none of
//! it is an event, so the week costs what its first second costs.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};
use swarmlab_core::time::{DAY, SimTime};

const CLUSTER: &str = "cluster: {managers: 7, workers: 1000}";

fn quiet_week(criterion: &mut Criterion) {
    let (scenario, _) = Scenario::parse(CLUSTER).expect("a right file");
    let mut group = criterion.benchmark_group("quiet_week");
    group.sample_size(10);
    group.bench_function("7 managers, 1000 workers", |bencher| {
        bencher.iter(|| {
            let options = Options::default();
            let mut run = Simulation::new(&scenario, options).expect("it can be simulated");
            run.run_until(SimTime(7 * DAY));
            black_box(run.fingerprint())
        });
    });
    group.finish();
}

criterion_group!(benches, quiet_week);
criterion_main!(benches);
