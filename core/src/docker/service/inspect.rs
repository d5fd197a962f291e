//! `docker service inspect` (docker/cli `cli/command/service/inspect.go`).

use crate::docker::Outcome;
use crate::docker::flags::Matches;
use crate::docker::print::InspectFormat;

/// A close look at services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceInspect {
    /// The services as they were typed.
    pub services: Vec<String>,
    /// In which form.
    pub format: InspectFormat,
}

impl ServiceInspect {
    pub(super) fn read(matches: &Matches) -> Result<Self, Outcome> {
        if matches.flag("pretty") && !matches.text_or_empty("format").is_empty() {
            return Err(Outcome::refused(
                "--format is incompatible with human friendly format",
            ));
        }
        Ok(Self {
            services: matches.args.clone(),
            format: InspectFormat::read(matches)?,
        })
    }
}
