//! `docker config` and `docker secret`, and the names by which a service asks for them.
//!
//! Left out: `docker secret create --driver`, what is typed at `-`.

use std::sync::Arc;

use super::{find, join};
use crate::control::{self, DataObject};
use crate::docker::Outcome;
use crate::docker::data_object::{DataCommand, DataCreate};
use crate::docker::print::{self, DataPretty, DataRow, InspectFormat};
use crate::docker::values::Filter;
use crate::kernel::Kernel;
use crate::model::{Annotations, ServiceSpec};

/// Runs a command of `docker config` or `docker secret`.
pub(super) fn run<T: DataObject>(kernel: &mut Kernel, command: &DataCommand) -> Outcome {
    match command {
        DataCommand::Create(create) => create_one::<T>(kernel, create),
        DataCommand::Inspect { names, format } => inspect::<T>(kernel, names, format),
        DataCommand::Ls {
            filters,
            format,
            quiet,
        } => {
            let rows = match rows::<T>(kernel, filters) {
                Ok(rows) => rows,
                Err(refusal) => return refusal,
            };
            let printed = if shows_data::<T>() {
                print::config_ls(rows, format, *quiet)
            } else {
                print::secret_ls(rows, format, *quiet)
            };
            printed.map_or_else(|refusal| refusal, Outcome::printed)
        }
        DataCommand::Rm { names } => join(names.iter().map(|name| {
            let removed = find::data_object::<T>(kernel, name).and_then(|object| {
                control::remove_data::<T>(kernel, object.id())
                    .map_err(|error| Outcome::refused_by_daemon(error.to_string()))
            });
            match removed {
                Ok(()) => Outcome::printed(format!("{name}\n")),
                Err(refusal) => refusal,
            }
        })),
    }
}

/// Whether what it holds may be seen.
fn shows_data<T: DataObject>() -> bool {
    T::WORD == "config"
}

fn create_one<T: DataObject>(kernel: &mut Kernel, create: &DataCreate) -> Outcome {
    if !create.driver.is_empty() {
        return Outcome::refused("a secret that a driver provides is not simulated yet");
    }
    let data = match create.file.as_deref() {
        None | Some("") => return Outcome::refused(format!("{} file is required", T::WORD)),
        // Nobody types anything into a terminal of a simulation.
        Some("-") => return Outcome::refused("error reading from STDIN: data is empty"),
        Some(file) => match kernel.client.read(file) {
            Ok(content) if content.is_empty() => {
                return Outcome::refused(format!("error reading from {file}: data is empty"));
            }
            Ok(content) => Arc::clone(content),
            Err(why) => return Outcome::refused(format!("error reading from {file}: {why}")),
        },
    };
    let annotations = Annotations {
        name: create.name.clone(),
        labels: create.labels.clone(),
    };
    let object = T::new(
        annotations,
        data.as_bytes().into(),
        create.template_driver.clone(),
    );
    match control::create_data(kernel, object) {
        Ok(id) => Outcome::printed(format!("{}\n", kernel.ids.text(id))),
        Err(error) => Outcome::refused_by_daemon(error.to_string()),
    }
}

fn inspect<T: DataObject>(kernel: &Kernel, names: &[String], format: &InspectFormat) -> Outcome {
    super::inspect::objects(
        names,
        format,
        |name| find::data_object::<T>(kernel, name),
        |object| pretty(kernel, object),
        print::data_pretty,
        print::data_json,
    )
}

fn pretty<T: DataObject>(kernel: &Kernel, object: &T) -> DataPretty {
    DataPretty {
        id: kernel.ids.text(object.id()),
        meta: object.meta(),
        annotations: object.annotations().clone(),
        template_driver: object.template_driver().to_owned(),
        data: shows_data::<T>().then(|| object.data().to_vec()),
    }
}

fn rows<T: DataObject>(kernel: &Kernel, filters: &[Filter]) -> Result<Vec<DataRow>, Outcome> {
    let known = ["id", "name", "names", "label"];
    if let Some(unknown) = filters.iter().find(|f| !known.contains(&f.key.as_str())) {
        let message = format!("invalid filter '{}'", unknown.key);
        return Err(Outcome::refused_by_daemon(message));
    }
    let passes = |object: &T| {
        let is = |key: &str| filters.iter().any(|filter| filter.key == key);
        let any = |key: &str, holds: &dyn Fn(&str) -> bool| {
            !is(key) || filters.iter().any(|f| f.key == key && holds(&f.value))
        };
        let annotations = object.annotations();
        any("id", &|value| {
            kernel.ids.text(object.id()).starts_with(value)
        }) && any("name", &|value| annotations.name.starts_with(value))
            && any("names", &|value| annotations.name == value)
            && filters
                .iter()
                .filter(|filter| filter.key == "label")
                .all(|filter| find::has_label(&annotations.labels, &filter.value))
    };
    Ok(T::all(&kernel.store)
        .filter(|object| passes(object))
        .map(|object| DataRow {
            id: kernel.ids.text(object.id()),
            name: object.annotations().name.clone(),
            labels: object.annotations().labels.clone(),
            created_ago_ns: kernel.now.since(object.meta().created_at),
            updated_ago_ns: kernel.now.since(object.meta().updated_at),
        })
        .collect())
}

/// Looks up the secrets and configs that a service names and does not know yet
/// (docker/cli `cli/command/service/parse.go`).
pub(crate) fn look_up_references(kernel: &Kernel, spec: &mut ServiceSpec) -> Result<(), Outcome> {
    look_up::<crate::model::Secret>(kernel, spec)?;
    look_up::<crate::model::Config>(kernel, spec)
}

fn look_up<T: DataObject>(kernel: &Kernel, spec: &mut ServiceSpec) -> Result<(), Outcome> {
    let references = T::references(&spec.task);
    if references.iter().all(|reference| reference.id.is_some()) {
        return Ok(());
    }
    let word = T::WORD;
    let new: Vec<_> = references.iter().filter(|own| own.id.is_none()).collect();
    for (index, reference) in new.iter().enumerate() {
        if new[..index]
            .iter()
            .any(|other| other.target == reference.target)
        {
            let name = &reference.source;
            return Err(Outcome::refused(format!(
                "duplicate {word} target for {name} not allowed"
            )));
        }
    }
    let task = Arc::make_mut(&mut spec.task);
    for reference in T::references_mut(&mut task.container.runtime) {
        if reference.id.is_some() {
            continue;
        }
        let mut objects = T::all(&kernel.store);
        let found = objects.find(|object| object.annotations().name == reference.source);
        let Some(object) = found else {
            let name = &reference.source;
            return Err(Outcome::refused(format!("{word} not found: {name}")));
        };
        reference.id = Some(object.id().into());
    }
    Ok(())
}
