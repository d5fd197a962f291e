//! How long does the scheduler take for the tasks of one service, placed as a group?
//!
//! The figures over the number of nodes and of tasks are the curve of growth.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use swarmlab_benches::{one_service, time_placement};

fn one_service_group(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one_service");
    group.sample_size(10);
    for (nodes, tasks, spread) in [
        (1_000_usize, 1_000_usize, false),
        (100_000, 1_000, false),
        (1_000, 10_000, false),
        (1_000, 10_000, true),
        (1_000, 100_000, false),
        (10_000, 100_000, false),
        (100_000, 100_000, false),
        (100_000, 1_000_000, false),
    ] {
        let variant = if spread { "spread" } else { "plain" };
        let id = BenchmarkId::new(variant, format!("{nodes} nodes, {tasks} tasks"));
        group.bench_function(id, |bencher| {
            let share = tasks / nodes..=tasks.div_ceil(nodes);
            time_placement(bencher, || one_service(nodes, tasks, spread), |_| (), share);
        });
    }
    group.finish();
}

criterion_group!(benches, one_service_group);
criterion_main!(benches);
