//! `docker swarm`: the settings of the swarm.
//!
//! Upstream: docker/cli `cli/command/swarm`, moby `daemon/cluster/swarm.go`.

use crate::ca;
use crate::control::{self, Rotation};
use crate::docker::Outcome;
use crate::docker::print;
use crate::docker::swarm::{SwarmCommand, SwarmUpdate};
use crate::kernel::Kernel;

/// Runs a command of the group.
pub(super) fn run(kernel: &mut Kernel, command: &SwarmCommand) -> Outcome {
    match command {
        SwarmCommand::Update(update) => self::update(kernel, update),
    }
}

/// `docker swarm update`
fn update(kernel: &mut Kernel, command: &SwarmUpdate) -> Outcome {
    let cluster = kernel.store.cluster();
    let was_locked = cluster.spec.encryption_config.auto_lock_managers;
    let (seen, mut spec) = (cluster.meta.version, cluster.spec.clone());
    command.settings.apply(&mut spec);
    let is_locked = spec.encryption_config.auto_lock_managers;
    if let Err(error) = control::update_cluster(kernel, seen, spec, Rotation::default()) {
        return Outcome::refused_by_daemon(error.to_string());
    }
    let mut printed = "Swarm updated.\n".to_owned();
    if is_locked && !was_locked {
        printed += &print::unlock_command(&unlock_key(kernel));
    }
    Outcome::printed(printed)
}

/// The key that unlocks managers; empty if they are not locked.
fn unlock_key(kernel: &Kernel) -> String {
    let key = kernel.store.cluster().unlock_key;
    key.map_or_else(String::new, |key| ca::unlock_key(kernel.settings.seed, key))
}
