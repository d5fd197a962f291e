//! The commands, a file each.

pub(crate) mod completions;
pub(crate) mod diagnostic;
pub(crate) mod explain;
pub(crate) mod import;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod shell;
