//! What holds in every swarm: the guaranteed properties of the scheduler, laws of whole runs, and
//! laws of the kernel and the store, for thousands of random cases.
//!
//! What should be is computed anew in `oracle`, naively and from stored objects alone, so that a
//! mistake in the code under test cannot hide in the test. A case that fails is printed as a scene
//! or plan in words; the way to keep it is a test of its own that spells it out.

mod broken;
mod history;
mod load;
mod managers;
mod oracle;
mod placement;
mod queue;
mod raft;
mod run;
mod scene;
mod spread;
mod stack_files;
mod store;
mod stories;
mod traffic;
mod updates;

use proptest::prelude::*;
use swarmlab_core::kernel::{Components, Settings, Ties};

/// So many cases, and no files: a failure prints what is needed to write it down as a test.
fn cases(count: u32) -> ProptestConfig {
    ProptestConfig {
        cases: count,
        max_global_rejects: count,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Both ways to decide ties, with any seed.
fn settings(components: Components) -> impl Strategy<Value = Settings> {
    let ties = prop_oneof![Just(Ties::ByName), Just(Ties::Seeded)];
    (ties, any::<u64>()).prop_map(move |(ties, seed)| Settings {
        seed,
        ties,
        components,
        ..Settings::default()
    })
}
