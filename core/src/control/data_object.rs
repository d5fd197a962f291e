//! Secrets and configs: create, update, remove, and the references of services to them.
//!
//! Upstream: `manager/controlapi/{secret,config}.go`, and of `manager/controlapi/service.go`
//! validateSecretRefsSpec, validateConfigRefsSpec, checkSecretExistence, checkConfigExistence. The
//! two kinds differ in their names, their limits of size, and in that a secret is never shown.
//!
//! Left out: drivers of secrets, secrets that are internal.

use std::sync::Arc;

use super::error::{Code, ControlError};
use crate::collections::BTreeMap;
use crate::ids::{ConfigId, ObjectId, SecretId};
use crate::kernel::Kernel;
use crate::model::{
    Annotations, Config, Data, FileReference, Labels, Meta, RuntimeOptions, Secret, TaskSpec,
    Version,
};
use crate::store::{Store, Transaction};

/// What secrets and configs have in common.
pub trait DataObject: Clone + Sized + 'static {
    /// Its id.
    type Id: Copy + Into<ObjectId>;
    /// What it is called in texts.
    const WORD: &'static str;
    /// It has fewer bytes than this.
    const BYTES_END: usize;

    /// A new one. The store gives the id.
    fn new(annotations: Annotations, data: Data, template_driver: String) -> Self;
    /// Its id.
    fn id(&self) -> Self::Id;
    /// Version and times.
    fn meta(&self) -> Meta;
    /// Name and labels.
    fn annotations(&self) -> &Annotations;
    /// What it holds.
    fn data(&self) -> &Data;
    /// What fills in the data when a task gets it.
    fn template_driver(&self) -> &str;
    /// What its references say.
    fn references_mut(runtime: &mut RuntimeOptions) -> &mut Vec<FileReference>;
    /// The one with this id.
    fn get(store: &Store, id: Self::Id) -> Option<&Arc<Self>>;
    /// All of them in order of creation.
    fn all(store: &Store) -> impl Iterator<Item = &Arc<Self>>;
    /// The references of a task to objects of this kind.
    fn references(spec: &TaskSpec) -> &[FileReference];
    #[doc(hidden)]
    fn insert(self, tx: &mut Transaction<'_>) -> Self::Id;
    #[doc(hidden)]
    fn edit_labels(tx: &mut Transaction<'_>, id: Self::Id, labels: Labels);
    #[doc(hidden)]
    fn delete(tx: &mut Transaction<'_>, id: Self::Id);
}

macro_rules! data_object {
    ($kind:ident, $id:ident, $word:literal, $end:expr, $one:ident, $all:ident, $create:ident,
     $update:ident, $delete:ident) => {
        impl DataObject for $kind {
            type Id = $id;
            const WORD: &'static str = $word;
            const BYTES_END: usize = $end;

            fn new(annotations: Annotations, data: Data, template_driver: String) -> Self {
                Self {
                    id: $id(0),
                    meta: Meta::default(),
                    annotations,
                    data,
                    template_driver,
                }
            }
            fn id(&self) -> $id {
                self.id
            }
            fn meta(&self) -> Meta {
                self.meta
            }
            fn annotations(&self) -> &Annotations {
                &self.annotations
            }
            fn data(&self) -> &Data {
                &self.data
            }
            fn template_driver(&self) -> &str {
                &self.template_driver
            }
            fn get(store: &Store, id: $id) -> Option<&Arc<Self>> {
                store.$one(id)
            }
            fn all(store: &Store) -> impl Iterator<Item = &Arc<Self>> {
                store.$all()
            }
            fn references(spec: &TaskSpec) -> &[FileReference] {
                &spec.container.runtime.$all
            }
            fn references_mut(runtime: &mut RuntimeOptions) -> &mut Vec<FileReference> {
                &mut runtime.$all
            }
            fn insert(self, tx: &mut Transaction<'_>) -> $id {
                tx.$create(self)
            }
            fn edit_labels(tx: &mut Transaction<'_>, id: $id, labels: Labels) {
                tx.$update(id, |object| object.annotations.labels = labels);
            }
            fn delete(tx: &mut Transaction<'_>, id: $id) {
                tx.$delete(id);
            }
        }
    };
}

data_object!(
    Secret,
    SecretId,
    "secret",
    500 * 1024,
    secret,
    secrets,
    create_secret,
    update_secret,
    delete_secret
);
data_object!(
    Config,
    ConfigId,
    "config",
    1000 * 1024,
    config,
    configs,
    create_config,
    update_config,
    delete_config
);

/// Creates a secret or a config.
pub fn create_data<T: DataObject>(kernel: &mut Kernel, object: T) -> Result<T::Id, ControlError> {
    let (word, end) = (T::WORD, T::BYTES_END);
    if object.data().is_empty() || object.data().len() >= end {
        check_name(&object.annotations().name)?;
        return Err(ControlError::invalid(format!(
            "{word} data must be larger than 0 and less than {end} bytes"
        )));
    }
    create_data_of_any_size(kernel, object)
}

/// The same without a look at what it holds. Nothing stands for data that nobody knows: those of
/// a secret of a real cluster.
pub fn create_data_of_any_size<T: DataObject>(
    kernel: &mut Kernel,
    object: T,
) -> Result<T::Id, ControlError> {
    let word = T::WORD;
    check_name(&object.annotations().name)?;
    let name = object.annotations().name.clone();
    kernel.store.update(kernel.now, |tx| {
        if by_name::<T>(tx.store(), &name).is_some() {
            let message = format!("{word} {name} already exists");
            return Err(ControlError::new(Code::AlreadyExists, message));
        }
        Ok(object.insert(tx))
    })
}

/// The object that has a name already, whatever the case of its letters.
fn by_name<'s, T: DataObject>(store: &'s Store, name: &str) -> Option<&'s Arc<T>> {
    T::all(store).find(|object| object.annotations().name.eq_ignore_ascii_case(name))
}

fn check_name(name: &str) -> Result<(), ControlError> {
    const NAME_BYTES_MAX: usize = 64;
    if name.is_empty() {
        return Err(ControlError::invalid("name must be provided"));
    }
    let is_end = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.len() > NAME_BYTES_MAX
        || !is_end(name.bytes().next())
        || !is_end(name.bytes().last())
        || !name.bytes().all(is_inner)
    {
        return Err(ControlError::invalid(
            "invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end \
             character must be [a-zA-Z0-9]",
        ));
    }
    Ok(())
}

/// Gives a secret or a config other labels. Name and data must be those that it has.
pub fn update_data<T: DataObject>(
    kernel: &mut Kernel,
    id: T::Id,
    seen: Version,
    annotations: &Annotations,
    data: &Data,
) -> Result<(), ControlError> {
    let Some(current) = T::get(&kernel.store, id) else {
        return Err(not_found::<T>(kernel, id));
    };
    // What nobody knows may well be the same.
    let is_other = !current.data().is_empty() && current.data() != data;
    if current.annotations().name != annotations.name || is_other {
        return Err(ControlError::invalid("only updates to Labels are allowed"));
    }
    if current.meta().version != seen {
        return Err(ControlError::new(Code::Unknown, "update out of sequence"));
    }
    let labels = annotations.labels.clone();
    kernel.store.update(kernel.now, |tx| {
        T::edit_labels(tx, id, labels);
        Ok(())
    })
}

/// Removes a secret or a config that no service uses.
pub fn remove_data<T: DataObject>(kernel: &mut Kernel, id: T::Id) -> Result<(), ControlError> {
    let Some(object) = T::get(&kernel.store, id) else {
        return Err(not_found::<T>(kernel, id));
    };
    let object_id: ObjectId = id.into();
    let users: Vec<&str> = kernel
        .store
        .services()
        .filter(|service| {
            let references = T::references(&service.spec.task);
            references.iter().any(|own| own.id == Some(object_id))
        })
        .map(|service| service.name())
        .collect();
    if !users.is_empty() {
        let services = if users.len() == 1 {
            "service"
        } else {
            "services"
        };
        return Err(ControlError::invalid(format!(
            "{} '{}' is in use by the following {services}: {}",
            T::WORD,
            object.annotations().name,
            users.join(", ")
        )));
    }
    kernel.store.update(kernel.now, |tx| {
        T::delete(tx, id);
        Ok(())
    })
}

fn not_found<T: DataObject>(kernel: &Kernel, id: T::Id) -> ControlError {
    let message = format!("{} {} not found", T::WORD, kernel.ids.text(id));
    ControlError::new(Code::NotFound, message)
}

/// Checks the secrets and configs that a service asks for: first that they are named and land in
/// files of their own, later (with the rest of the cluster) that they exist.
pub(super) fn check_targets(spec: &TaskSpec) -> Result<(), ControlError> {
    targets::<Secret>(spec)?;
    targets::<Config>(spec)
}

fn targets<T: DataObject>(spec: &TaskSpec) -> Result<(), ControlError> {
    let word = T::WORD;
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for reference in T::references(spec) {
        if reference.id.is_none() || reference.source.is_empty() {
            return Err(ControlError::invalid(format!("malformed {word} reference")));
        }
        if reference.target.is_empty() {
            return Err(ControlError::invalid(format!(
                "malformed file {word} reference, no target is provided"
            )));
        }
        if let Some(other) = taken.insert(&reference.target, &reference.source) {
            return Err(ControlError::invalid(format!(
                "{word} references '{other}' and '{}' have a conflicting target: '{}'",
                reference.source, reference.target
            )));
        }
    }
    Ok(())
}

/// Refuses references to what does not exist.
pub(super) fn check_existence(store: &Store, spec: &TaskSpec) -> Result<(), ControlError> {
    exist::<Secret>(store, spec)?;
    exist::<Config>(store, spec)
}

fn exist<T: DataObject>(store: &Store, spec: &TaskSpec) -> Result<(), ControlError> {
    let is_there = |reference: &&FileReference| {
        T::all(store).any(|object| {
            reference.id == Some(object.id().into())
                && object.annotations().name == reference.source
        })
    };
    let missing: Vec<&str> = T::references(spec)
        .iter()
        .filter(|reference| !is_there(reference))
        .map(|reference| reference.source.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let plural = if missing.len() == 1 { "" } else { "s" };
    Err(ControlError::invalid(format!(
        "{}{plural} not found: {}",
        T::WORD,
        missing.join(", ")
    )))
}
