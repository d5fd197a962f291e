//! `docker swarm unlock`: the key comes from standard input (docker/cli
//! `cli/command/swarm/unlock.go`, moby `daemon/cluster/swarm.go` UnlockSwarm).

use super::machines::{Machine, Place};
use super::stage::Stage;
use crate::ca;
use crate::docker::swarm::SwarmCommand;
use crate::docker::{self, Command, Outcome, words};

/// What a locked engine says of `docker swarm leave`.
pub(super) const LEAVE_LOCKED: &str = "Swarm is encrypted and locked. Please unlock it first or \
                                       use `--force` to ignore this message.";
/// An unlock key is so long.
const KEY_LENGTH: usize = 52;

/// The key of a line `echo KEY | docker swarm unlock`.
pub(super) fn piped_key(line: &str) -> Option<&str> {
    let (echo, command) = line.split_once('|')?;
    let key = echo.trim().strip_prefix("echo ")?.trim();
    let is_unlock = matches!(
        docker::parse_line(command.trim()),
        Ok(Command::Swarm(SwarmCommand::Unlock))
    );
    let is_word = words::split(key).is_ok_and(|words| words.len() == 1);
    (is_unlock && is_word).then(|| key.trim_matches(['"', '\'']))
}

impl Stage {
    /// `docker swarm unlock`. The client looks at the state of the engine first.
    pub(super) fn unlock(&mut self, machine: Machine, key: &str) -> Outcome {
        let node = match self.machines.place(machine) {
            Place::Outside => {
                return Outcome::refused("Error: This node is not part of a swarm");
            }
            Place::Joining { .. } => return Outcome::refused("Error: swarm is not locked"),
            Place::Member(node) => node,
        };
        let kernel = &self.swarm.kernel;
        let Some(awaited) = kernel.raft.awaited_key(node) else {
            return Outcome::refused("Error: swarm is not locked");
        };
        if !key.starts_with("SWMKEY-1-") || key.len() != KEY_LENGTH {
            let mut refusal = Outcome::refused_by_daemon("invalid key string");
            if key.is_empty() {
                refusal.stderr += "hint: the key is read from standard input: echo KEY | docker \
                                   swarm unlock\n";
            }
            return refusal;
        }
        if key != ca::unlock_key(kernel.settings.seed, awaited) {
            let message = "swarm could not be unlocked: invalid key provided";
            return Outcome::refused_by_daemon(message);
        }
        self.swarm.unlock(node);
        Outcome::default()
    }
}

#[cfg(test)]
mod tests {
    use super::piped_key;

    #[test]
    fn a_key_comes_from_echo() {
        assert_eq!(piped_key("echo K | docker swarm unlock"), Some("K"));
        assert_eq!(piped_key("echo 'K'|docker swarm unlock"), Some("K"));
        assert_eq!(piped_key("echo K | docker swarm ca"), None);
        assert_eq!(piped_key("echo a b | docker swarm unlock"), None);
        assert_eq!(piped_key("docker swarm unlock"), None);
    }
}
