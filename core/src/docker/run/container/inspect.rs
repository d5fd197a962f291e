//! `docker inspect`: an object of any kind, looked at closely.
//!
//! Upstream: docker/cli `cli/command/system/inspect.go`, moby `daemon/inspect.go`. A container is
//! shown as far as anything is known of it. Left out: tasks, and the objects that have no kind in
//! [`ObjectType`].

use super::ps::{health, state, words};
use super::{find, id_of, labels_of, name_of};
use crate::agent::ContainerOf;
use crate::docker::Outcome;
use crate::docker::container::{Inspect, ObjectType};
use crate::docker::print::{self, Object};
use crate::docker::run::inspect::{finish, node_json};
use crate::docker::run::{find as store, join};
use crate::ids::NodeId;
use crate::model::NodeRole;
use crate::swarm::Swarm;
use crate::time::SimTime;

/// `docker inspect`: the first kind of object that knows a name shows it.
pub(super) fn inspect(swarm: &Swarm, at: NodeId, command: &Inspect) -> Outcome {
    let kernel = &swarm.kernel;
    // A node that is no manager knows its containers alone.
    let is_manager = kernel
        .store
        .node(at)
        .is_some_and(|node| node.role == NodeRole::Manager);
    let mut found = Vec::new();
    let mut refusal: Option<Outcome> = None;
    for name in &command.objects {
        let kinds = ObjectType::ALL
            .into_iter()
            .filter(|kind| command.kind.is_none_or(|wanted| wanted == *kind))
            .filter(|kind| is_manager || *kind == ObjectType::Container);
        let mut object = None;
        for kind in kinds {
            object = match kind {
                ObjectType::Container => find(swarm, at, name).ok().map(|of| json(swarm, at, &of)),
                ObjectType::Service => store::service(kernel, name).ok().map(|service| {
                    print::service_json(&service, &kernel.ids.text(service.id), &kernel.ids, &[])
                }),
                ObjectType::Task if store::task(kernel, name).is_ok() => {
                    return Outcome::refused("docker inspect of a task is not simulated yet");
                }
                ObjectType::Task => None,
                ObjectType::Node => {
                    let node = store::node(kernel, name, Some(at)).ok();
                    node.map(|node| node_json(kernel, &node))
                }
            };
            if object.is_some() {
                break;
            }
        }
        let Some(object) = object else {
            let missing = match command.kind {
                None => Outcome::refused(format!("Error: No such object: {name}")),
                Some(ObjectType::Container) => {
                    Outcome::refused_by_daemon(format!("No such container: {name}"))
                }
                Some(kind) => {
                    let kind = kind.as_str();
                    Outcome::refused_by_daemon(format!("{kind} {name} not found"))
                }
            };
            refusal = Some(match refusal.take() {
                Some(before) => join([before, missing]),
                None => missing,
            });
            continue;
        };
        found.push(object);
    }
    finish(print::inspect(&found, &command.format), refusal)
}

/// A container as `docker inspect` shows it, as far as anything is known of it.
fn json(swarm: &Swarm, at: NodeId, of: &ContainerOf<'_>) -> Object {
    let now = swarm.kernel.now;
    let word = state(of, now);
    let container = of.container;
    // Go's time of nothing.
    let moment = |at: Option<SimTime>| match at.filter(|at| *at <= now) {
        Some(at) => at.to_rfc3339(),
        None => "0001-01-01T00:00:00Z".to_owned(),
    };
    let code = container.exit_code_at(now).unwrap_or(0);
    let mut status = Object::default()
        .with("Status", word)
        .with("Running", word == "running")
        .with("Paused", false)
        .with("Restarting", false)
        .with("OOMKilled", false)
        .with("Dead", false)
        .with("Pid", of.pid_at(now))
        .with("ExitCode", code)
        .with("Error", "")
        .with("StartedAt", moment(container.started_at))
        .with("FinishedAt", moment(container.end.map(|(at, _)| at)));
    if container.health_at(now).is_some() {
        let health = Object::default().with("Status", health(of, now));
        status = status.with("Health", health);
    }
    let words = words(&swarm.kernel.settings, of);
    let spec = &of.spec.container;
    // What comes from the image is its command.
    let is_said = !spec.command.is_empty() || !spec.args.is_empty();
    let args = if is_said { &spec.args } else { &words };
    let labels = serde_json::to_value(labels_of(swarm, at, of)).unwrap_or_default();
    let config = Object::default()
        .with("Hostname", spec.hostname.as_str())
        .with("User", spec.runtime.user.as_str())
        .with("Tty", spec.runtime.tty)
        .with("Env", spec.env.clone())
        .with("Cmd", args.clone())
        .with("Image", spec.image.as_str())
        .with("WorkingDir", spec.runtime.dir.as_str())
        .with("Entrypoint", spec.command.clone())
        .with("Labels", labels)
        .with_some("StopSignal", spec.stop_signal.as_str());
    let limits = &of.spec.resources.limits;
    let host = Object::default()
        .with("AutoRemove", false)
        .with("ReadonlyRootfs", spec.runtime.read_only)
        .with("Memory", limits.memory_bytes)
        .with("NanoCpus", limits.cpu_nano);
    Object::default()
        .with("Id", id_of(swarm, of))
        .with("Created", container.created_at.to_rfc3339())
        .with("Path", words.first().cloned().unwrap_or_default())
        .with("Args", words.get(1..).unwrap_or_default().to_vec())
        .with("State", status)
        .with("Name", format!("/{}", name_of(swarm, at, of)))
        .with("RestartCount", 0)
        .with("HostConfig", host)
        .with("Config", config)
}
