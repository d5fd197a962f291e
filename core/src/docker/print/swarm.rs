//! What the commands of `docker swarm` say (docker/cli `cli/command/swarm`).

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
