//! `docker volume`: the volumes of the engine that is asked, and of no other.
//!
//! Upstream: moby `daemon/server/router/volume`, `daemon/volume/service`.

use std::sync::Arc;

use super::inspect::{finish, look_up};
use super::{find, join};
use crate::agent::{LOCAL, LocalVolume, container_id};
use crate::docker::Outcome;
use crate::docker::print::{self, VolumeRow};
use crate::docker::values::Filter;
use crate::docker::volume::{VolumeCommand, VolumeCreate};
use crate::ids::{NodeId, engine_id};
use crate::kernel::Kernel;
use crate::model::{MountType, Task, TaskState};

/// Runs a command of `docker volume`.
pub(super) fn run(kernel: &mut Kernel, at: NodeId, command: &VolumeCommand) -> Outcome {
    match command {
        VolumeCommand::Create(create) => create_one(kernel, at, create),
        VolumeCommand::Inspect { names, format } => {
            let (found, refusal) = look_up(names, |name| {
                volume(kernel, at, name)
                    .map(Arc::new)
                    .ok_or_else(|| missing(name))
            });
            let objects: Vec<print::Object> =
                found.iter().map(|row| print::volume_json(row)).collect();
            finish(print::inspect(&objects, format), refusal)
        }
        VolumeCommand::Ls {
            filters,
            format,
            quiet,
        } => {
            let known = ["dangling", "driver", "label", "name"];
            if let Some(unknown) = filters.iter().find(|f| !known.contains(&f.key.as_str())) {
                return Outcome::refused_by_daemon(format!("invalid filter '{}'", unknown.key));
            }
            let rows = kernel.volumes.get(&at).into_iter().flatten();
            let rows = rows.map(|(name, volume)| VolumeRow {
                name: name.clone(),
                volume: volume.clone(),
            });
            let listed = rows
                .filter(|row| passes(kernel, at, row, filters))
                .collect();
            print::volume_ls(listed, format, *quiet)
                .map_or_else(|refusal| refusal, Outcome::printed)
        }
        VolumeCommand::Rm { names, force } => {
            join(names.iter().map(|name| rm(kernel, at, name, *force)))
        }
    }
}

fn volume(kernel: &Kernel, at: NodeId, name: &str) -> Option<VolumeRow> {
    let volume = kernel.volumes.get(&at)?.get(name)?;
    Some(VolumeRow {
        name: name.to_owned(),
        volume: volume.clone(),
    })
}

fn missing(name: &str) -> Outcome {
    Outcome::refused_by_daemon(format!("get {name}: no such volume"))
}

fn create_one(kernel: &mut Kernel, at: NodeId, create: &VolumeCreate) -> Outcome {
    let volumes = kernel.volumes.entry(at).or_default();
    let name = if create.name.is_empty() {
        let purpose = format!("volume {} of node {}", volumes.len(), at.0);
        engine_id(kernel.settings.seed, &purpose)
    } else {
        create.name.clone()
    };
    let is_right = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric())
        || name.len() < 2
        || !name.chars().all(is_right)
    {
        return Outcome::refused_by_daemon(format!(
            "create {name}: {name:?} includes invalid characters for a local volume name, only \
             \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, \
             use absolute path"
        ));
    }
    if create.driver != LOCAL {
        let driver = &create.driver;
        return Outcome::refused_by_daemon(format!(
            "create {name}: error looking up volume plugin {driver}: plugin {driver:?} not found"
        ));
    }
    // One that is there already is as good.
    volumes.entry(name.clone()).or_insert_with(|| LocalVolume {
        driver: create.driver.clone(),
        labels: create.labels.clone(),
        options: create.options.clone(),
        created_at: kernel.now,
    });
    Outcome::printed(format!("{name}\n"))
}

/// The tasks whose containers on a node have the volume mounted.
fn users<'k>(kernel: &'k Kernel, at: NodeId, name: &str) -> Vec<&'k Arc<Task>> {
    let mounts_it = |task: &&Arc<Task>| {
        let mut mounts = task.spec.container.mounts.iter();
        task.status.state >= TaskState::Ready
            && task.status.state != TaskState::Rejected
            && mounts.any(|mount| mount.kind == MountType::Volume && mount.source == name)
    };
    kernel.store.tasks_of_node(at).filter(mounts_it).collect()
}

fn passes(kernel: &Kernel, at: NodeId, row: &VolumeRow, filters: &[Filter]) -> bool {
    let any = |key: &str, holds: &dyn Fn(&str) -> bool| {
        let mut values = filters.iter().filter(|filter| filter.key == key).peekable();
        values.peek().is_none() || values.any(|filter| holds(&filter.value))
    };
    let is_dangling = users(kernel, at, &row.name).is_empty();
    any("name", &|value| row.name.contains(value))
        && any("driver", &|value| row.volume.driver == value)
        && any("dangling", &|value| {
            matches!(value, "1" | "true") == is_dangling
        })
        && filters
            .iter()
            .filter(|filter| filter.key == "label")
            .all(|filter| find::has_label(&row.volume.labels, &filter.value))
}

fn rm(kernel: &mut Kernel, at: NodeId, name: &str, force: bool) -> Outcome {
    if volume(kernel, at, name).is_none() {
        return if force {
            Outcome::printed(format!("{name}\n"))
        } else {
            missing(name)
        };
    }
    let containers: Vec<String> = users(kernel, at, name)
        .into_iter()
        .map(|task| container_id(kernel.settings.seed, task.id))
        .collect();
    if !containers.is_empty() {
        let containers = containers.join(", ");
        return Outcome::refused_by_daemon(format!(
            "remove {name}: volume is in use - [{containers}]"
        ));
    }
    if let Some(volumes) = kernel.volumes.get_mut(&at) {
        volumes.remove(name);
    }
    Outcome::printed(format!("{name}\n"))
}
