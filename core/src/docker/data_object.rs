//! `docker config` and `docker secret`: what their commands are asked to do. The two differ in
//! words only.
//!
//! Upstream: docker/cli `cli/command/{config,secret}`.

use super::Outcome;
use super::flags::Matches;
use super::print::{Format, InspectFormat};
use super::service::key_values;
use super::values::Filter;
use crate::model::Labels;

/// A command of `docker config` or `docker secret`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataCommand {
    /// `create`
    Create(DataCreate),
    /// `inspect`
    Inspect {
        /// The objects as they were typed.
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
        /// Ids alone.
        quiet: bool,
    },
    /// `rm`
    Rm {
        /// The objects as they were typed.
        names: Vec<String>,
    },
}

/// A config or a secret to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataCreate {
    /// Its name.
    pub name: String,
    /// The file that holds its content; `-` for what is typed, absent for none.
    pub file: Option<String>,
    /// Its labels.
    pub labels: Labels,
    /// What fills in the data when a task gets it; empty for nothing.
    pub template_driver: String,
    /// What provides a secret that is kept elsewhere; empty for nothing.
    pub driver: String,
}

impl DataCommand {
    /// Gives the flags of a command their meaning.
    pub(super) fn read(name: &str, matches: &Matches) -> Result<Self, Outcome> {
        let names = matches.args.clone();
        Ok(match name {
            "create" => Self::Create(DataCreate {
                name: names.first().cloned().unwrap_or_default(),
                file: names.get(1).cloned(),
                labels: key_values(&matches.texts("label")),
                template_driver: matches.text_or_empty("template-driver"),
                driver: matches.text_or_empty("driver"),
            }),
            "inspect" => Self::Inspect {
                names,
                format: InspectFormat::read(matches)?,
            },
            "ls" => Self::Ls {
                filters: matches.filters(),
                format: Format::of_list(matches)?,
                quiet: matches.flag("quiet"),
            },
            "rm" => Self::Rm { names },
            _ => unreachable!("the tree has no other command"),
        })
    }
}
