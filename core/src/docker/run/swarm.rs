//! `docker swarm`, as far as a manager answers it: settings, tokens, keys, the root certificate.
//!
//! Upstream: docker/cli `cli/command/swarm`, moby `daemon/cluster/swarm.go`. What changes to which
//! swarm a machine belongs (`init`, `join`, `leave`) is the business of whoever knows machines.

use crate::ca;
use crate::control::{self, Rotation};
use crate::docker::Outcome;
use crate::docker::print;
use crate::docker::swarm::{SwarmCa, SwarmCommand, SwarmJoinToken, SwarmUnlockKey, SwarmUpdate};
use crate::ids::NodeId;
use crate::kernel::Kernel;
use crate::model::{ClusterSpec, NodeRole};

use super::inspect::manager_address;
use super::{Execution, Wait};

/// Runs a command of the group at a manager.
pub(super) fn run(kernel: &mut Kernel, at: NodeId, command: &SwarmCommand) -> Execution {
    if let SwarmCommand::Ca(ca) = command {
        return self::ca(kernel, ca);
    }
    answer(kernel, at, command).into()
}

/// Runs a command that ends at once.
fn answer(kernel: &mut Kernel, at: NodeId, command: &SwarmCommand) -> Outcome {
    match command {
        SwarmCommand::JoinToken(token) => join_token(kernel, at, *token),
        SwarmCommand::UnlockKey(key) => unlock_key(kernel, *key),
        SwarmCommand::Update(update) => self::update(kernel, update),
        SwarmCommand::Unlock => Outcome::refused("Error: swarm is not locked"),
        SwarmCommand::Ca(_)
        | SwarmCommand::Init(_)
        | SwarmCommand::Join(_)
        | SwarmCommand::Leave(_) => {
            Outcome::refused("this line is not simulated here: it needs a machine")
        }
    }
}

/// Sends the settings with a change back to the manager, as the client does.
fn send(
    kernel: &mut Kernel,
    rotation: Rotation,
    change: impl FnOnce(&mut ClusterSpec),
) -> Result<(), Outcome> {
    let cluster = kernel.store.cluster();
    let (seen, mut spec) = (cluster.meta.version, cluster.spec.clone());
    change(&mut spec);
    control::update_cluster(kernel, seen, spec, rotation)
        .map_err(|error| Outcome::refused_by_daemon(error.to_string()))
}

/// `docker swarm update`
fn update(kernel: &mut Kernel, command: &SwarmUpdate) -> Outcome {
    let is_locked = |kernel: &Kernel| {
        let spec = &kernel.store.cluster().spec;
        spec.encryption_config.auto_lock_managers
    };
    let was_locked = is_locked(kernel);
    let sent = send(kernel, Rotation::default(), |spec| {
        command.settings.apply(spec);
    });
    if let Err(refusal) = sent {
        return refusal;
    }
    let mut printed = "Swarm updated.\n".to_owned();
    if is_locked(kernel) && !was_locked {
        printed += &print::unlock_command(&unlock_key_text(kernel));
    }
    Outcome::printed(printed)
}

/// `docker swarm join-token`
fn join_token(kernel: &mut Kernel, at: NodeId, command: SwarmJoinToken) -> Outcome {
    let role = command.role;
    let mut printed = String::new();
    if command.rotate {
        let rotation = Rotation {
            worker_token: role == NodeRole::Worker,
            manager_token: role == NodeRole::Manager,
            ..Rotation::default()
        };
        if let Err(refusal) = send(kernel, rotation, |_| ()) {
            return refusal;
        }
        if !command.quiet {
            printed = format!("Successfully rotated {role} join token.\n\n");
        }
    }
    let token = ca::join_token(kernel.settings.seed, kernel.store.cluster(), role);
    if command.quiet {
        return Outcome::printed(format!("{token}\n"));
    }
    if let Some(node) = kernel.store.node(at) {
        printed += &print::join_command(role, &token, &manager_address(node));
    }
    Outcome::printed(printed)
}

/// `docker swarm unlock-key`
fn unlock_key(kernel: &mut Kernel, command: SwarmUnlockKey) -> Outcome {
    let mut printed = String::new();
    if command.rotate {
        let spec = &kernel.store.cluster().spec;
        if !spec.encryption_config.auto_lock_managers {
            return Outcome::refused("cannot rotate because autolock is not turned on");
        }
        let rotation = Rotation {
            manager_unlock_key: true,
            ..Rotation::default()
        };
        if let Err(refusal) = send(kernel, rotation, |_| ()) {
            return refusal;
        }
        if !command.quiet {
            "Successfully rotated manager unlock key.\n".clone_into(&mut printed);
        }
    }
    let key = unlock_key_text(kernel);
    if key.is_empty() {
        return Outcome::refused("no unlock key is set");
    }
    Outcome::printed(if command.quiet {
        format!("{key}\n")
    } else {
        printed + &print::unlock_command(&key)
    })
}

/// The key that unlocks managers; empty if they are not locked.
pub(super) fn unlock_key_text(kernel: &Kernel) -> String {
    let key = kernel.store.cluster().unlock_key;
    key.map_or_else(String::new, |key| ca::unlock_key(kernel.settings.seed, key))
}

/// `docker swarm ca`
fn ca(kernel: &mut Kernel, command: &SwarmCa) -> Execution {
    if let Err(refusal) = command.check() {
        return refusal.into();
    }
    if !command.rotate {
        let root = kernel.store.cluster().root_ca.root;
        let text = ca::root_certificate(kernel.settings.seed, root);
        return Outcome::printed(text).into();
    }
    let sent = send(kernel, Rotation::default(), |spec| {
        command.settings.apply(spec);
        spec.ca_config.force_rotate += 1;
    });
    match sent {
        Err(refusal) => refusal.into(),
        Ok(()) if command.detach => Outcome::default().into(),
        Ok(()) => Execution::Waits(Outcome::default(), vec![Wait::roots(command.quiet)]),
    }
}
