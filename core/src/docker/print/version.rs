//! `docker version` (docker/cli `cli/command/system/version.go`).

use std::fmt::Write;

use crate::docker::{CLIENT_COMMIT, CLIENT_VERSION};

/// What an engine says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerVersion {
    /// `28.2.2`.
    pub version: String,
    /// `1.50`.
    pub api_version: String,
    /// The oldest API that it understands.
    pub api_version_min: String,
    /// The compiler of the engine.
    pub go_version: String,
    /// The commit from which it was built.
    pub git_commit: String,
    /// When it was built.
    pub built: String,
    /// `linux`.
    pub os: String,
    /// `amd64`.
    pub arch: String,
    /// What it brings along.
    pub components: Vec<Component>,
}

/// A program beside the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The commit from which it was built.
    pub git_commit: String,
}

impl Default for ServerVersion {
    /// The engine whose behaviour is modelled.
    fn default() -> Self {
        Self {
            version: CLIENT_VERSION.to_owned(),
            api_version: "1.50".to_owned(),
            api_version_min: "1.24".to_owned(),
            go_version: "go1.24.3".to_owned(),
            git_commit: "45873be".to_owned(),
            built: "Fri May 30 12:07:14 2025".to_owned(),
            os: "linux".to_owned(),
            arch: "amd64".to_owned(),
            components: Vec::new(),
        }
    }
}

/// Prints the versions of the client and of an engine.
pub fn version(server: &ServerVersion) -> String {
    let mut text = format!(
        "Client:\n\
         \x20Version:           {CLIENT_VERSION}\n\
         \x20API version:       1.50\n\
         \x20Go version:        go1.24.3\n\
         \x20Git commit:        {CLIENT_COMMIT}\n\
         \x20Built:             Fri May 30 12:07:14 2025\n\
         \x20OS/Arch:           linux/amd64\n\
         \x20Context:           default\n\
         \n\
         Server:\n\
         \x20Engine:\n"
    );
    let api = format!(
        "{} (minimum version {})",
        server.api_version, server.api_version_min
    );
    let platform = format!("{}/{}", server.os, server.arch);
    for (name, value) in [
        ("Version:", server.version.as_str()),
        ("API version:", &api),
        ("Go version:", &server.go_version),
        ("Git commit:", &server.git_commit),
        ("Built:", &server.built),
        ("OS/Arch:", &platform),
        ("Experimental:", "false"),
    ] {
        let _ = writeln!(text, "  {name:<17} {value}");
    }
    for component in &server.components {
        let _ = writeln!(text, " {}:", component.name);
        let _ = writeln!(text, "  {:<17} {}", "Version:", component.version);
        let _ = writeln!(text, "  {:<17} {}", "GitCommit:", component.git_commit);
    }
    text
}
