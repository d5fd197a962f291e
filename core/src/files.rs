//! The files that a typed line can name: stack files, env files, what a secret is made of.
//!
//! They are given by whoever sets the stage and are the same on every node, as if the directory
//! were shared. They belong to the client: what a container finds in the file system of its node is
//! another matter. Relative names begin at [`WORKING_DIRECTORY`].
//!
//! Left out: directories, owners, permissions, symbolic links.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Where every terminal stands; also the home of the person at it.
pub const WORKING_DIRECTORY: &str = "/root";

/// Files by their absolute names. Copies share what they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    by_name: Arc<BTreeMap<String, Arc<str>>>,
}

impl Files {
    /// Writes a file, or a new version of it.
    pub fn write(&mut self, name: &str, content: impl Into<Arc<str>>) {
        Arc::make_mut(&mut self.by_name).insert(absolute(WORKING_DIRECTORY, name), content.into());
    }

    /// What a file holds; the reason as a program prints it if there is no such file.
    pub fn read(&self, name: &str) -> Result<&Arc<str>, String> {
        self.by_name
            .get(&absolute(WORKING_DIRECTORY, name))
            .ok_or_else(|| format!("open {name}: no such file or directory"))
    }
}

/// A name as seen from a directory, without `.`, `..` and doubled slashes (Go's `filepath.Join`).
pub fn absolute(directory: &str, name: &str) -> String {
    let from = if name.starts_with('/') { "" } else { directory };
    let mut parts: Vec<&str> = Vec::new();
    for part in from.split('/').chain(name.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The directory that a file with this absolute name lies in.
pub fn directory(name: &str) -> &str {
    match name.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((directory, _)) => directory,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_the_same_file_however_they_are_written() {
        let mut files = Files::default();
        files.write("./a/b.yml", "one");
        assert_eq!(files.read("/root/a//c/../b.yml").unwrap().as_ref(), "one");
        let older = files.clone();
        files.write("a/b.yml", "two");
        assert_eq!(older.read("a/b.yml").unwrap().as_ref(), "one");
        assert_eq!(files.read("a/b.yml").unwrap().as_ref(), "two");
        assert_eq!(
            files.read("b.yml").unwrap_err(),
            "open b.yml: no such file or directory"
        );
        assert_eq!(directory("/root/a/b.yml"), "/root/a");
        assert_eq!(directory("/b.yml"), "/");
    }
}
