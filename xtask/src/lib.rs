//! All set-up and all checks of the project, as a library so that tests can call them.

pub mod conformance;
