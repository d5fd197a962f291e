//! How long does it take to stand at another moment of a run, and what does idle time cost?
//!
//! - seeking to moments all over a run of 100 nodes and 1,000 tasks, in random order;
//! - a day in the life of 1,000 nodes and 10,000 tasks in which nothing happens;
//! - events per second of a cluster in which services come, grow and go;
//! - a scenario of 20 steps, from its text to its fingerprint.

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use swarmlab_benches::{busy_scenario, simulation, small_scenario};
use swarmlab_core::time::{DAY, MILLISECOND, SimTime};

fn seek(criterion: &mut Criterion) {
    let mut run = simulation(&busy_scenario(100, 10, 100));
    run.run_to_end();
    let end = run.moment();
    let fingerprint = run.fingerprint();
    let moments: Vec<SimTime> = (0..101)
        .map(|step| SimTime(end.time.0 / 101 * (step * 37 % 101)))
        .collect();
    let mut next = 0;
    criterion.bench_function("seek in a run of 100 nodes and 1000 tasks", |bencher| {
        bencher.iter(|| {
            next = (next + 1) % moments.len();
            run.seek(moments[next]);
            assert_eq!(run.moment().time, moments[next]);
        });
    });
    run.seek(end.time);
    assert_eq!(run.fingerprint(), fingerprint);
}

fn idle_day(criterion: &mut Criterion) {
    let mut run = simulation(&busy_scenario(1_000, 10, 1_000));
    run.run_to_end();
    let quiet = run.moment();
    let running = |run: &swarmlab_core::simulation::Simulation| {
        let tasks = run.swarm().kernel.store.tasks();
        tasks
            .filter(|task| task.status.state == swarmlab_core::model::TaskState::Running)
            .count()
    };
    assert_eq!(running(&run), 10_000);
    criterion.bench_function("an idle day of 1000 nodes and 10000 tasks", |bencher| {
        bencher.iter_custom(|iterations| {
            let mut total = Duration::ZERO;
            for _ in 0..iterations {
                let mut day = run.fork();
                let start = Instant::now();
                day.run_until(quiet.time + DAY);
                total += start.elapsed();
                assert_eq!(day.moment().time, quiet.time + DAY);
                assert_eq!(running(&day), 10_000);
            }
            total
        });
    });
}

fn busy(criterion: &mut Criterion) {
    let text = busy_scenario(100, 50, 100);
    let mut run = simulation(&text);
    run.run_to_end();
    let (events, fingerprint) = (run.moment().events, run.fingerprint());
    let records = run.records().len() as u64;
    let mut group = criterion.benchmark_group("a busy cluster of 100 nodes");
    group.sample_size(10);
    group.throughput(Throughput::Elements(events));
    group.bench_function(format!("{events} events, {records} records"), |bencher| {
        bencher.iter_custom(|iterations| {
            let mut total = Duration::ZERO;
            for _ in 0..iterations {
                let mut run = simulation(&text);
                let start = Instant::now();
                run.run_to_end();
                total += start.elapsed();
                assert_eq!(run.fingerprint(), fingerprint);
            }
            total
        });
    });
    group.finish();
}

fn small(criterion: &mut Criterion) {
    let text = small_scenario();
    criterion.bench_function(
        "a scenario of 20 steps, from text to fingerprint",
        |bencher| {
            bencher.iter(|| {
                let mut run = simulation(&text);
                run.run_to_end();
                assert!(run.moment().time > SimTime(MILLISECOND));
                run.fingerprint()
            });
        },
    );
}

criterion_group!(benches, seek, idle_day, busy, small);
criterion_main!(benches);
