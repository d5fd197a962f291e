//! The `swarmlab` program.

fn main() {}
