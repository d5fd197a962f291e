//! Lines of a shell beside docker's: `curl`, `cat`, `echo TEXT > FILE`; and `docker cp`, which
//! meets the files of containers.
//!
//! Upstream: curl `lib/connect.c` for its texts, moby `daemon/archive.go`. A container has the
//! files that it was given, and those that its image is known for: nginx serves
//! `/usr/share/nginx/html`, the visualizer a page of the nodes and their tasks.
//!
//! Left out: the time that curl waits before it gives up, options of curl, directories.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Execution, container};
use crate::agent::{familiar, hostname_of};
use crate::client::absolute;
use crate::docker::flags::Matches;
use crate::docker::{Outcome, words};
use crate::ids::{NodeId, TaskId};
use crate::mesh::{self, Answer};
use crate::model::{NodeRole, TaskSpec, TaskState};
use crate::swarm::Swarm;

/// Where nginx finds what it serves.
pub(super) const NGINX_ROOT: &str = "/usr/share/nginx/html";

/// What nginx serves before anybody has changed it.
const NGINX_WELCOME: &str = "<!DOCTYPE html>\n<html>\n<head>\n\
    <title>Welcome to nginx!</title>\n</head>\n<body>\n\
    <h1>Welcome to nginx!</h1>\n</body>\n</html>\n";

/// The words that begin a line of this kind.
pub const WORDS: [&str; 3] = ["cat", "curl", "echo"];

/// Whether a line is one of these.
pub fn is_shell_line(line: &str) -> bool {
    let word = line.split_whitespace().next();
    word.is_some_and(|word| WORDS.contains(&word))
}

/// Runs such a line at a node.
pub(super) fn run(swarm: &mut Swarm, at: NodeId, line: &str) -> Execution {
    let (line, target) = match line.rsplit_once('>') {
        Some((line, target)) if !target.contains(['"', '\'']) => (line, Some(target.trim())),
        _ => (line, None),
    };
    let words = match words::split(line) {
        Ok(words) => words,
        Err(error) => return Outcome::refused(error.to_string()).with_exit_code(2).into(),
    };
    let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let outcome = match words.as_slice() {
        ["echo", text @ ..] => Outcome::printed(format!("{}\n", text.join(" "))),
        ["cat", names @ ..] => super::join(names.iter().map(|name| cat(swarm, name))),
        ["curl", arguments @ ..] => curl(swarm, at, arguments),
        _ => Outcome::refused("this line is not simulated yet"),
    };
    match target {
        Some("") => Outcome::refused("syntax error near unexpected token `newline'")
            .with_exit_code(2)
            .into(),
        Some(name) => {
            swarm.kernel.client.write(name, outcome.stdout.as_str());
            Outcome {
                stdout: String::new(),
                ..outcome
            }
            .into()
        }
        None => outcome.into(),
    }
}

fn cat(swarm: &Swarm, name: &str) -> Outcome {
    match swarm.kernel.client.read(name) {
        Ok(content) => Outcome::printed(content.as_ref()),
        Err(_) => Outcome::refused(format!("cat: {name}: No such file or directory")),
    }
}

fn curl(swarm: &mut Swarm, at: NodeId, arguments: &[&str]) -> Outcome {
    let mut urls = Vec::new();
    for argument in arguments {
        match *argument {
            "-s" | "-sS" | "-S" | "--silent" | "--show-error" => {}
            option if option.starts_with('-') => {
                return Outcome::refused(format!("curl {option} is not simulated yet"));
            }
            url => urls.push(url),
        }
    }
    if urls.is_empty() {
        return Outcome::refused(
            "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more \
             information",
        )
        .with_exit_code(2);
    }
    urls.into_iter()
        .map(|url| get(swarm, at, url))
        .fold(Outcome::default(), |all, one| Outcome {
            stdout: all.stdout + &one.stdout,
            stderr: all.stderr + &one.stderr,
            // The last answer counts.
            exit_code: one.exit_code,
        })
}

fn get(swarm: &mut Swarm, at: NodeId, url: &str) -> Outcome {
    let failed = |code: u8, text: String| {
        Outcome::refused(format!("curl: ({code}) {text}")).with_exit_code(code)
    };
    let rest = match url.split_once("://") {
        Some(("http", rest)) => rest,
        Some((scheme, _)) => {
            return Outcome::refused(format!("curl of {scheme} addresses is not simulated yet"));
        }
        None => url,
    };
    let (place, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, "/"),
    };
    let (host, port) = place.split_once(':').unwrap_or((place, "80"));
    let Some(port) = port.parse().ok().filter(|port: &u32| *port <= 65_535) else {
        return failed(
            3,
            "URL rejected: Port number was not a decimal number between 0 and 65535".to_owned(),
        );
    };
    let to = match host {
        "localhost" | "127.0.0.1" => Some(at),
        host => {
            let mut nodes = swarm.kernel.store.nodes();
            let found = nodes.find(|node| node.hostname() == host || node.status.addr == host);
            found.map(|node| node.id)
        }
    };
    let is_address = host.parse::<std::net::Ipv4Addr>().is_ok();
    let answer = match to {
        Some(to) => mesh::connect(swarm, at, to, port),
        // Nobody has this address.
        None if is_address => Answer::TimedOut,
        None => return failed(6, format!("Could not resolve host: {host}")),
    };
    let no_connection = |after_ms: u32| {
        format!(
            "Failed to connect to {host} port {port} after {after_ms} ms: Couldn't connect to server"
        )
    };
    match answer {
        Answer::Served(task) => served(swarm, task, path),
        Answer::Refused => failed(7, no_connection(0)),
        Answer::TimedOut => failed(28, no_connection(133_000)),
    }
}

/// The familiar name of a task's image, without its tag.
fn image_of(swarm: &Swarm, task: TaskId) -> String {
    let task = swarm.kernel.store.task(task);
    let image = task.map_or("", |task| task.spec.container.image.as_str());
    let name = familiar(image);
    let name = name.split('@').next().unwrap_or_default();
    let (bare, tag) = name.rsplit_once(':').unwrap_or((name, ""));
    if tag.contains('/') { name } else { bare }.to_owned()
}

/// What a container answers.
fn served(swarm: &Swarm, task: TaskId, path: &str) -> Outcome {
    let image = image_of(swarm, task);
    let path = path.split(['?', '#']).next().unwrap_or("/");
    match image.as_str() {
        "nginx" => {
            let name = if path.ends_with('/') {
                format!("{path}index.html")
            } else {
                path.to_owned()
            };
            let file = read(swarm, task, &format!("{NGINX_ROOT}{name}"));
            Outcome::printed(
                file.unwrap_or_else(|| {
                    "<html>\n<head><title>404 Not Found</title></head>\n<body>\n\
                 <center><h1>404 Not Found</h1></center>\n<hr><center>nginx</center>\n\
                 </body>\n</html>\n"
                        .into()
                })
                .as_ref(),
            )
        }
        "dockersamples/visualizer" => Outcome::printed(visualizer(swarm)),
        "traefik/whoami" | "containous/whoami" => {
            Outcome::printed(format!("Hostname: {}\n", hostname(swarm, task)))
        }
        image => Outcome::refused(format!(
            "{image} has been reached; what it answers is not simulated yet"
        )),
    }
}

/// The page of the visualizer: each node with the tasks that are on it now.
fn visualizer(swarm: &Swarm) -> String {
    let store = &swarm.kernel.store;
    let mut page =
        "<!DOCTYPE html>\n<html>\n<head>\n<title>Visualizer</title>\n</head>\n<body>\n".to_owned();
    let mut nodes: Vec<_> = store.nodes().collect();
    nodes.sort_by_key(|node| (node.role != NodeRole::Manager, node.hostname().to_owned()));
    for node in nodes {
        let _ = writeln!(page, "<h2>{} ({})</h2>\n<ul>", node.hostname(), node.role);
        let tasks = store.tasks_of_node(node.id).filter(|task| {
            task.desired_state == TaskState::Running && task.status.state <= TaskState::Running
        });
        for task in tasks {
            let name = super::find::task_name(&swarm.kernel, task);
            let (state, image) = (task.status.state, &task.spec.container.image);
            let _ = writeln!(page, "<li>{name} {image} {state}</li>");
        }
        page += "</ul>\n";
    }
    page + "</body>\n</html>\n"
}

/// A file of a container.
pub(super) fn read(swarm: &Swarm, task: TaskId, name: &str) -> Option<Arc<str>> {
    if let Some(content) = swarm.mesh.file(task, name) {
        return Some(Arc::clone(content));
    }
    match (image_of(swarm, task).as_str(), name) {
        ("nginx", "/usr/share/nginx/html/index.html") => Some(NGINX_WELCOME.into()),
        (_, "/etc/hostname") => Some(format!("{}\n", hostname(swarm, task)).into()),
        _ => None,
    }
}

pub(super) fn hostname(swarm: &Swarm, task: TaskId) -> String {
    let seed = swarm.kernel.settings.seed;
    match swarm.kernel.store.task(task) {
        Some(stored) => hostname_of(&stored.spec, seed, task),
        None => hostname_of(&TaskSpec::default(), seed, task),
    }
}

/// `docker cp`
pub(super) fn cp(swarm: &mut Swarm, at: NodeId, matches: &Matches) -> Outcome {
    let [source, target] = matches.args.as_slice() else {
        return Outcome::refused("docker cp needs a source and a destination");
    };
    let in_container = |text: &str| -> Option<(String, String)> {
        let (name, path) = text.split_once(':')?;
        let is_name = !name.is_empty() && !name.starts_with(['/', '.']);
        is_name.then(|| (name.to_owned(), absolute("/", path)))
    };
    match (in_container(source), in_container(target)) {
        (None, Some((name, path))) => {
            let task = match container::find(swarm, at, &name) {
                Ok(found) => found.task,
                Err(missing) => return Outcome::refused_by_daemon(missing),
            };
            let content = match swarm.kernel.client.read(source) {
                Ok(content) => Arc::clone(content),
                Err(_) => {
                    let name = absolute(crate::client::WORKING_DIRECTORY, source);
                    return Outcome::refused(format!("lstat {name}: no such file or directory"));
                }
            };
            // A destination that is a directory keeps the name of the file.
            let is_directory = target.ends_with('/') || path == "/" || path == NGINX_ROOT;
            let path = if is_directory {
                let name = source.rsplit('/').next().unwrap_or(source);
                absolute(&path, name)
            } else {
                path
            };
            swarm.mesh.write_file(task, path, content);
            Outcome::default()
        }
        (Some((name, path)), None) => {
            let task = match container::find(swarm, at, &name) {
                Ok(found) => found.task,
                Err(missing) => return Outcome::refused_by_daemon(missing),
            };
            let Some(content) = read(swarm, task, &path) else {
                return Outcome::refused_by_daemon(format!(
                    "Could not find the file {path} in container {name}"
                ));
            };
            let own = path.rsplit('/').next().unwrap_or(&path);
            let target = if target.ends_with('/') || matches!(target.as_str(), "." | "..") {
                absolute(&absolute(crate::client::WORKING_DIRECTORY, target), own)
            } else {
                target.clone()
            };
            swarm.kernel.client.write(&target, content);
            Outcome::default()
        }
        (Some(_), Some(_)) => Outcome::refused("copying between containers is not supported"),
        (None, None) => Outcome::refused("must specify at least one container source"),
    }
}
