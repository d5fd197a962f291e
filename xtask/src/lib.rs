//! All set-up and all checks of the project, as a library so that tests can call them.
//!
//! One module a subcommand ([`test`], [`generate`], [`fuzz`], [`bench`],
//! [`conformance`], [`playground`]), and what they
//! share: [`process`] runs programs, [`wasm`] builds and plays the core for browsers, [`tidy`]
//! holds the rules about the text of the sources.

pub mod bench;
pub mod conformance;
pub mod fuzz;
pub mod generate;
pub mod playground;
pub mod process;
pub mod test;
pub mod tidy;
pub mod wasm;
