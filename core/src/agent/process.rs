//! The process of a container: what its command line does, or its image, or neither.
//!
//! What a scenario says of an image holds for all its containers. Where it says nothing of the
//! process, the command line of the service counts, as far as it is understood.

use std::borrow::Cow;

use super::image;
use super::program::Program;
use crate::ids::TaskId;
use crate::kernel::Settings;
use crate::model::TaskSpec;
use crate::scenario::{Behaviour, Duration, Output};

/// What a process does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Process<'s> {
    /// How it lives and ends by itself.
    pub(crate) behaviour: Behaviour,
    /// Whether it ends only when it is killed.
    pub(crate) ignores_sigterm: bool,
    /// What it prints.
    pub(crate) output: Cow<'s, [Output]>,
}

impl<'s> Process<'s> {
    /// The process of a task's container.
    pub(crate) fn of(settings: &'s Settings, spec: &TaskSpec, task: TaskId) -> Self {
        let declared = image::of(settings, spec).map(|image| Self {
            behaviour: image.behaviour,
            ignores_sigterm: image.ignores_sigterm,
            output: Cow::Borrowed(&image.output[..]),
        });
        let declared = declared.unwrap_or_default();
        if declared != Self::default() {
            return declared;
        }
        let Some(program) = Program::of(spec, settings.seed, task) else {
            return declared;
        };
        Self {
            behaviour: match program.end {
                Some((after_ns, code)) => Behaviour::Exits {
                    code,
                    after: Duration(after_ns),
                },
                None => Behaviour::Forever,
            },
            ignores_sigterm: program.ignores_sigterm,
            output: Cow::Owned(program.output),
        }
    }
}
