//! `docker exec`: programs that are run in containers.
//!
//! Upstream: moby `daemon/exec.go`; busybox for the programs, `networking/nslookup.c` and
//! `coreutils/`. The programs are those with which people look around in a swarm. They print what
//! busybox prints (`getent`: glibc), in every image.
//!
//! Left out: other programs, an interactive shell, `nslookup` of addresses and with options, the
//! addresses that a container knows by IPv6 (there are none: the answer is empty).

use super::container;
use super::shell::{NGINX_ROOT, hostname, read};
use crate::agent::container_id;
use crate::client::{absolute, directory};
use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::ids::{NodeId, TaskId};
use crate::mesh;
use crate::swarm::Swarm;

/// The resolver that every container on a network of the swarm has.
const RESOLVER: &str = "127.0.0.11";

/// `docker exec`
pub(super) fn exec(swarm: &mut Swarm, at: NodeId, matches: &Matches) -> Outcome {
    let [name, command @ ..] = matches.args.as_slice() else {
        return Outcome::refused("docker exec needs a container");
    };
    let task = match container::find(swarm, at, name) {
        Ok(found) if !found.container.runs_at(swarm.kernel.now) => {
            let id = container_id(swarm.kernel.settings.seed, found.task);
            return Outcome::refused_by_daemon(format!("container {id} is not running"));
        }
        Ok(found) => found.task,
        Err(missing) => return Outcome::refused_by_daemon(missing),
    };
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["cat", names @ ..] => {
            super::join(
                names
                    .iter()
                    .map(|name| match read(swarm, task, &absolute("/", name)) {
                        Some(content) => Outcome::printed(content.as_ref()),
                        None => Outcome::refused(format!("cat: {name}: No such file or directory")),
                    }),
            )
        }
        ["echo", text @ ..] => Outcome::printed(format!("{}\n", text.join(" "))),
        ["hostname"] => Outcome::printed(format!("{}\n", hostname(swarm, task))),
        ["nslookup", name] => nslookup(swarm, task, name),
        ["nslookup", name, server] if *server == RESOLVER => nslookup(swarm, task, name),
        ["getent", "hosts", name] => match mesh::resolve(swarm, task, name) {
            Some(addresses) => {
                let lines = addresses.iter();
                let lines = lines.map(|address| format!("{:<15} {name}\n", address.to_string()));
                Outcome::printed(lines.collect::<String>())
            }
            None => Outcome::default().with_exit_code(2),
        },
        ["ls", names @ ..] if names.len() <= 1 => {
            let place = absolute("/", names.first().copied().unwrap_or("/"));
            let known = [
                format!("{NGINX_ROOT}/index.html"),
                "/etc/hostname".to_owned(),
            ];
            let known = known
                .into_iter()
                .filter(|name| read(swarm, task, name).is_some());
            let mut names: Vec<String> = known.chain(swarm.mesh.file_names(task)).collect();
            names.retain(|name| directory(name) == place);
            names.sort();
            names.dedup();
            let lines = names.iter().filter_map(|name| name.rsplit('/').next());
            Outcome::printed(lines.flat_map(|name| [name, "\n"]).collect::<String>())
        }
        [program, ..] => Outcome::refused(format!(
            "docker exec of {program} is not simulated yet (known are cat, echo, \
             getent hosts, hostname, ls, nslookup)"
        )),
        [] => Outcome::refused("docker exec needs a command"),
    }
}

/// Two questions are asked, for addresses of either kind, and two answers printed.
fn nslookup(swarm: &mut Swarm, task: TaskId, name: &str) -> Outcome {
    let head = format!("Server:\t\t{RESOLVER}\nAddress:\t{RESOLVER}:53\n\n");
    match mesh::resolve(swarm, task, name) {
        Some(addresses) => {
            let answer = "Non-authoritative answer:\n";
            let names = addresses
                .iter()
                .map(|address| format!("Name:\t{name}\nAddress: {address}\n"));
            let names: String = names.collect();
            Outcome::printed(format!("{head}{answer}{names}\n{answer}\n"))
        }
        None => {
            let nothing = format!("** server can't find {name}: NXDOMAIN\n\n");
            Outcome::printed(format!("{head}{nothing}{nothing}")).with_exit_code(1)
        }
    }
}
