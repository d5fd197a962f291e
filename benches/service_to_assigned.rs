//! How long does it take from a service that is created to the last of its tasks that has a node?
//!
//! Store, orchestrator, allocator and scheduler, with the trace hashed.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use swarmlab_benches::{create_service, time_placement, waiting_cluster};

fn service_to_assigned(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("service_to_assigned");
    group.sample_size(10);
    for (nodes, replicas, spread) in [
        (100_usize, 1_000_usize, false),
        (1_000, 10_000, false),
        (1_000, 10_000, true),
        (1_000, 100_000, false),
    ] {
        let variant = if spread { "spread" } else { "plain" };
        let id = BenchmarkId::new(variant, format!("{nodes} nodes, {replicas} replicas"));
        group.bench_function(id, |bencher| {
            let share = replicas / nodes..=replicas.div_ceil(nodes);
            let begin = |swarm: &mut _| create_service(swarm, replicas, spread);
            time_placement(bencher, || waiting_cluster(nodes), begin, share);
        });
    }
    group.finish();
}

criterion_group!(benches, service_to_assigned);
criterion_main!(benches);
