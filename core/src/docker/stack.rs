//! `docker stack`: what its commands are asked to do.
//!
//! Upstream: docker/cli `cli/command/stack`.

use super::Outcome;
use super::flags::Matches;
use super::print::{Format, TaskListOptions};
use super::values::Filter;

/// A command of `docker stack`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the commands")]
pub enum StackCommand {
    Config(StackConfigPrint),
    Deploy(StackDeploy),
    Ls { format: Format },
    Ps(StackPs),
    Rm { stacks: Vec<String>, detach: bool },
    Services(StackServices),
}

/// Stack files to print as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackConfigPrint {
    /// The files, the later over the earlier.
    pub files: Vec<String>,
    /// Leave variables as they are.
    pub skips_interpolation: bool,
}

/// A stack to deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackDeploy {
    /// The files, the later over the earlier.
    pub files: Vec<String>,
    /// The name of the stack.
    pub stack: String,
    /// Whether to wait until the services have converged; absent if nothing was said.
    pub detach: Option<bool>,
    /// Remove services that the files do not have.
    pub prune: bool,
    /// Print no progress.
    pub quiet: bool,
    /// When a registry is asked for the digests of images: `always`, `changed` or `never`.
    pub resolve_image: String,
}

/// A list of the tasks of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackPs {
    /// The stack.
    pub stack: String,
    /// Conditions on tasks; several of one key are alternatives.
    pub filters: Vec<Filter>,
    /// In which form.
    pub options: TaskListOptions,
}

/// A list of the services of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackServices {
    /// The stack.
    pub stack: String,
    /// Conditions; several of one key are alternatives.
    pub filters: Vec<Filter>,
    /// In which form.
    pub format: Format,
    /// Ids alone.
    pub quiet: bool,
}

impl StackCommand {
    /// Gives the flags of a command their meaning.
    pub(super) fn read(name: &str, matches: &Matches) -> Result<Self, Outcome> {
        let stack = || matches.args.first().cloned().unwrap_or_default();
        let files = || matches.texts("compose-file");
        Ok(match name {
            "config" => Self::Config(StackConfigPrint {
                files: files(),
                skips_interpolation: matches.flag("skip-interpolation"),
            }),
            "deploy" => {
                check_name(&stack())?;
                Self::Deploy(StackDeploy {
                    files: files(),
                    stack: stack(),
                    detach: matches.bool("detach"),
                    prune: matches.flag("prune"),
                    quiet: matches.flag("quiet"),
                    resolve_image: matches
                        .text("resolve-image")
                        .unwrap_or_else(|| "always".to_owned()),
                })
            }
            "ls" => Self::Ls {
                format: Format::of_list(matches)?,
            },
            "ps" => {
                check_name(&stack())?;
                Self::Ps(StackPs {
                    stack: stack(),
                    filters: matches.filters(),
                    options: TaskListOptions {
                        format: Format::of_list(matches)?,
                        quiet: matches.flag("quiet"),
                        no_trunc: matches.flag("no-trunc"),
                        no_resolve: matches.flag("no-resolve"),
                    },
                })
            }
            "rm" => {
                matches.args.iter().try_for_each(|name| check_name(name))?;
                Self::Rm {
                    stacks: matches.args.clone(),
                    detach: matches.bool("detach").unwrap_or(true),
                }
            }
            "services" => {
                check_name(&stack())?;
                Self::Services(StackServices {
                    stack: stack(),
                    filters: matches.filters(),
                    format: Format::of_list(matches)?,
                    quiet: matches.flag("quiet"),
                })
            }
            _ => unreachable!("the tree has no other command"),
        })
    }
}

/// A name of blanks and quotes is none; whatever else is wrong with one shows on the way.
fn check_name(name: &str) -> Result<(), Outcome> {
    if name.trim_matches([' ', '"', '\'']).is_empty() {
        return Err(Outcome::refused(format!("invalid stack name: {name:?}")));
    }
    Ok(())
}
