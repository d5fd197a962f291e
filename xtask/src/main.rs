//! All set-up and all checks of the project.
fn main() {}
