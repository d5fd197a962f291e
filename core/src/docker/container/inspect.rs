//! `docker inspect` (docker/cli `cli/command/system/inspect.go`).

use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::docker::print::InspectFormat;

/// Objects of any kind to look at closely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspect {
    /// The objects as they were typed.
    pub objects: Vec<String>,
    /// Of which kind they have to be.
    pub kind: Option<ObjectType>,
    /// In which form.
    pub format: InspectFormat,
}

/// A kind of object that can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the kinds")]
pub enum ObjectType {
    Container,
    Service,
    Task,
    Node,
}

impl ObjectType {
    /// All of them, in the order in which they are tried.
    pub const ALL: [Self; 4] = [Self::Container, Self::Service, Self::Task, Self::Node];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Service => "service",
            Self::Task => "task",
            Self::Node => "node",
        }
    }
}

impl Inspect {
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        const WORDS: &str = "\"config\", \"container\", \"image\", \"network\", \"node\", \
                             \"plugin\", \"secret\", \"service\", \"task\", \"volume\"";
        let kind = match matches.text_or_empty("type").as_str() {
            "" if matches.changed("type") => {
                return Err(Outcome::refused(format!(
                    "type is empty: must be one of {WORDS}"
                )));
            }
            "" => None,
            word @ ("config" | "image" | "network" | "plugin" | "secret" | "volume") => {
                return Err(Outcome::refused(format!(
                    "docker inspect --type {word} is not simulated yet"
                )));
            }
            word => match ObjectType::ALL.iter().find(|kind| kind.as_str() == word) {
                Some(kind) => Some(*kind),
                None => {
                    return Err(Outcome::refused(format!(
                        "unknown type: {word:?}: must be one of {WORDS}"
                    )));
                }
            },
        };
        if matches.flag("size") {
            return Err(Outcome::refused(
                "docker inspect --size is not simulated yet",
            ));
        }
        Ok(Self {
            objects: matches.args.clone(),
            kind,
            format: InspectFormat::read(matches)?,
        })
    }
}
