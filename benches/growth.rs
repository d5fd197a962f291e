//! How does the time of a placement grow with nodes, and how with tasks?
//!
//! One service, placed as a group: first with 10,000 tasks on ever more nodes, then with ever more
//! tasks on 1,000 nodes.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use swarmlab_benches::{one_service, time_placement};

fn growth(criterion: &mut Criterion) {
    let points: [usize; 7] = [100, 300, 1_000, 3_000, 10_000, 30_000, 100_000];
    for (name, sizes) in [
        (
            "growth with nodes",
            points.map(|nodes| (nodes, 10_000, nodes)),
        ),
        (
            "growth with tasks",
            points.map(|tasks| (1_000, tasks, tasks)),
        ),
    ] {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        for (nodes, tasks, size) in sizes {
            group.throughput(Throughput::Elements(tasks as u64));
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                let share = tasks / nodes..=tasks.div_ceil(nodes);
                time_placement(bencher, || one_service(nodes, tasks, false), |_| (), share);
            });
        }
        group.finish();
    }
}

criterion_group!(benches, growth);
criterion_main!(benches);
