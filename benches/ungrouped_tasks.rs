//! How long does the scheduler take for tasks that are placed one by one?
//!
//! The workloads of SwarmKit's own `BenchmarkScheduler*`, among them the one of which the real
//! scheduler would take the better part of an hour.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use swarmlab_benches::{time_placement, ungrouped};

fn ungrouped_tasks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ungrouped_tasks");
    group.sample_size(10);
    for (nodes, tasks, constrained) in [
        (1_000_usize, 1_000_usize, false),
        (1_000, 10_000, false),
        (1_000, 100_000, false),
        (100_000, 1_000, false),
        (1_000, 1_000, true),
        (1_000, 10_000, true),
        (1_000, 100_000, true),
        (5_000, 100_000, true),
        (100_000, 100_000, false),
    ] {
        let variant = if constrained { "network" } else { "plain" };
        let id = BenchmarkId::new(variant, format!("{nodes} nodes, {tasks} tasks"));
        group.bench_function(id, |bencher| {
            // Only every third node fits the constrained tasks.
            let share = if constrained {
                0..=tasks.div_ceil(nodes.div_ceil(3))
            } else {
                tasks / nodes..=tasks.div_ceil(nodes)
            };
            time_placement(
                bencher,
                || ungrouped(nodes, tasks, constrained),
                |_| (),
                share,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, ungrouped_tasks);
criterion_main!(benches);
