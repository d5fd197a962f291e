//! `docker volume`: what its commands are asked to do.
//!
//! Upstream: docker/cli `cli/command/volume`. Left out: `prune` and `update`, and volumes of the
//! cluster, which are known by their flags and refused.

use super::Outcome;
use super::flags::Matches;
use super::print::{Format, InspectFormat};
use super::service::key_values;
use super::values::Filter;
use crate::model::Labels;

/// A command of `docker volume`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeCommand {
    /// `create`
    Create(VolumeCreate),
    /// `inspect`
    Inspect {
        /// The volumes as they were typed.
        names: Vec<String>,
        /// In which form.
        format: InspectFormat,
    },
    /// `ls`
    Ls {
        /// Conditions; several of one key are alternatives.
        filters: Vec<Filter>,
        /// In which form.
        format: Format,
        /// Names alone.
        quiet: bool,
    },
    /// `rm`
    Rm {
        /// The volumes as they were typed.
        names: Vec<String>,
        /// Whether one that does not exist is no mistake.
        force: bool,
    },
}

/// A volume to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeCreate {
    /// Its name; the engine invents one if it is empty.
    pub name: String,
    /// Its driver.
    pub driver: String,
    /// Its labels.
    pub labels: Labels,
    /// The options of its driver.
    pub options: Labels,
}

/// The flags that make a volume one of the cluster.
const OF_CLUSTER: [&str; 10] = [
    "availability",
    "group",
    "limit-bytes",
    "required-bytes",
    "scope",
    "secret",
    "sharing",
    "topology-preferred",
    "topology-required",
    "type",
];

impl VolumeCommand {
    /// Gives the flags of a command their meaning; nothing for a command that is only read.
    pub(super) fn read(name: &str, matches: &Matches) -> Result<Option<Self>, Outcome> {
        let names = matches.args.clone();
        Ok(Some(match name {
            "create" => {
                if OF_CLUSTER.iter().any(|flag| matches.changed(flag)) {
                    return Err(Outcome::refused(
                        "volumes of the cluster are not simulated yet",
                    ));
                }
                Self::Create(VolumeCreate {
                    name: names.first().cloned().unwrap_or_default(),
                    driver: matches.text("driver").unwrap_or_else(|| "local".to_owned()),
                    labels: key_values(&matches.texts("label")),
                    options: key_values(&matches.texts("opt")),
                })
            }
            "inspect" => Self::Inspect {
                names,
                format: InspectFormat::read(matches)?,
            },
            "ls" if matches.flag("cluster") => {
                return Err(Outcome::refused(
                    "volumes of the cluster are not simulated yet",
                ));
            }
            "ls" => Self::Ls {
                filters: matches.filters(),
                format: Format::of_list(matches)?,
                quiet: matches.flag("quiet"),
            },
            "rm" => Self::Rm {
                names,
                force: matches.flag("force"),
            },
            _ => return Ok(None),
        }))
    }
}
