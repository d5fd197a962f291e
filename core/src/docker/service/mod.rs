//! `docker service`: what each of its commands is asked to do.
//!
//! Upstream: docker/cli `cli/command/service`. A file for every command with rules of its own;
//! `spec.rs` holds what `create` and `update` do alike.

mod create;
mod inspect;
mod logs;
mod ls;
mod ps;
mod rm;
mod rollback;
mod scale;
mod spec;
mod update;

pub use create::ServiceCreate;
pub use inspect::ServiceInspect;
pub use logs::ServiceLogs;
pub use ls::ServiceLs;
pub use ps::ServicePs;
pub use rm::ServiceRm;
pub use rollback::ServiceRollback;
pub use scale::{ServiceScale, scaled};
pub(super) use spec::key_values;
pub use update::ServiceUpdate;

use super::Outcome;
use super::flags::Matches;

/// A command of `docker service`.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are the commands")]
pub enum ServiceCommand {
    Create(Box<ServiceCreate>),
    Inspect(ServiceInspect),
    Logs(ServiceLogs),
    Ls(ServiceLs),
    Ps(ServicePs),
    Rm(ServiceRm),
    Rollback(ServiceRollback),
    Scale(ServiceScale),
    Update(ServiceUpdate),
}

impl ServiceCommand {
    /// Gives the flags of a command their meaning.
    pub(super) fn read(name: &str, matches: &Matches) -> Result<Self, Outcome> {
        Ok(match name {
            "create" => Self::Create(Box::new(ServiceCreate::read(matches)?)),
            "inspect" => Self::Inspect(ServiceInspect::read(matches)?),
            "logs" => Self::Logs(ServiceLogs::read(matches)),
            "ls" => Self::Ls(ServiceLs::read(matches)?),
            "ps" => Self::Ps(ServicePs::read(matches)?),
            "rm" => Self::Rm(ServiceRm::read(matches)),
            "rollback" => Self::Rollback(ServiceRollback::read(matches)),
            "scale" => Self::Scale(ServiceScale::read(matches)?),
            "update" => Self::Update(ServiceUpdate::read(matches)),
            _ => unreachable!("the tree has no other command"),
        })
    }
}

#[cfg(test)]
mod tests;
