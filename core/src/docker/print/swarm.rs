//! What the commands of `docker swarm` say (docker/cli `cli/command/swarm`).

use std::fmt::Write;

use crate::model::NodeRole;

/// What a manager has to be told after a restart (`unlock_key.go` printUnlockCommand).
pub fn unlock_command(key: &str) -> String {
    format!(
        "To unlock a swarm manager after it restarts, run the `docker swarm unlock`\n\
         command and provide the following key:\n\
         \n\
         \x20   {key}\n\
         \n\
         Remember to store this key in a password manager, since without it you\n\
         will not be able to restart the manager.\n"
    )
}

/// How a machine joins in a role (`join_token.go` printJoinCommand).
pub fn join_command(role: NodeRole, token: &str, manager_address: &str) -> String {
    format!(
        "To add a {role} to this swarm, run the following command:\n\
         \n\
         \x20   docker swarm join --token {token} {manager_address}\n\
         \n"
    )
}

/// What is said when a swarm has begun (`init.go` runInit). `join` says how to join; `unlock_key`
/// is there with autolock.
pub fn swarm_initialized(node_id: &str, join: &str, unlock_key: Option<&str>) -> String {
    let unlock = unlock_key.map(unlock_command).unwrap_or_default();
    format!(
        "Swarm initialized: current node ({node_id}) is now a manager.\n\
         \n\
         {join}\
         To add a manager to this swarm, run 'docker swarm join-token manager' and follow the \
         instructions.\n\
         {unlock}"
    )
}

/// Why a manager should not leave (moby `daemon/cluster/swarm.go` Leave). The numbers are those of
/// managers that answer, this one included, and of others; nothing while nobody can tell.
pub fn leave_warning(managers: Option<(u64, u64)>) -> String {
    let mut text = "You are attempting to leave the swarm on a node that is participating as a \
                    manager. "
        .to_owned();
    if let Some((reachable, unreachable)) = managers
        && reachable <= unreachable + 2
    {
        if reachable == 1 && unreachable == 0 {
            return text
                + "Removing the last manager erases all current state of the swarm. Use `--force` \
                   to ignore this message. ";
        }
        let _ = write!(
            text,
            "Removing this node leaves {} managers out of {}. Without a Raft quorum your swarm \
             will be inaccessible. ",
            reachable.saturating_sub(1),
            reachable + unreachable
        );
    }
    text + "The only way to restore a swarm that has lost consensus is to reinitialize it with \
            `--force-new-cluster`. Use `--force` to suppress this message."
}

#[cfg(test)]
mod tests {
    use super::leave_warning;

    #[test]
    fn leaving_is_the_worse_the_fewer_managers_are_left() {
        let last = leave_warning(Some((1, 0)));
        assert!(
            last.ends_with("Use `--force` to ignore this message. "),
            "{last}"
        );
        let two = leave_warning(Some((2, 0)));
        assert!(two.contains("leaves 1 managers out of 2."), "{two}");
        let three = leave_warning(Some((3, 0)));
        assert!(!three.contains("leaves"), "{three}");
        assert!(three.contains("--force-new-cluster"), "{three}");
        assert_eq!(leave_warning(None), three);
    }
}
