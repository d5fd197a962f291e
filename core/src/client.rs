//! What a typed line finds on its own side of the socket: files, and the variables of the shell.
//!
//! Both are given by whoever sets the stage and are the same at every node, as if the home
//! directory were shared. They belong to the client: what a container finds in the file system of
//! its node is another matter. Relative names begin at [`WORKING_DIRECTORY`].
//!
//! Left out: directories, owners, permissions, symbolic links.

use std::sync::Arc;

use crate::collections::BTreeMap;

/// Where every terminal stands; also the home of the person at it.
pub const WORKING_DIRECTORY: &str = "/root";

/// Files by their absolute names, and variables. Copies share what they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    files: Arc<BTreeMap<String, Arc<str>>>,
    variables: Arc<BTreeMap<String, String>>,
}

impl Default for Client {
    fn default() -> Self {
        let home = ("HOME".to_owned(), WORKING_DIRECTORY.to_owned());
        Self {
            files: Arc::default(),
            variables: Arc::new(BTreeMap::from([home])),
        }
    }
}

impl Client {
    /// Writes a file, or a new version of it.
    pub fn write(&mut self, name: &str, content: impl Into<Arc<str>>) {
        Arc::make_mut(&mut self.files).insert(absolute(WORKING_DIRECTORY, name), content.into());
    }

    /// What a file holds; the reason as a program prints it if there is no such file.
    pub fn read(&self, name: &str) -> Result<&Arc<str>, String> {
        self.files
            .get(&absolute(WORKING_DIRECTORY, name))
            .ok_or_else(|| format!("open {name}: no such file or directory"))
    }

    /// Sets a variable.
    pub fn set_variable(&mut self, name: &str, value: impl Into<String>) {
        Arc::make_mut(&mut self.variables).insert(name.to_owned(), value.into());
    }

    /// The value of a variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
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
        let mut client = Client::default();
        client.write("./a/b.yml", "one");
        assert_eq!(client.read("/root/a//c/../b.yml").unwrap().as_ref(), "one");
        let older = client.clone();
        client.write("a/b.yml", "two");
        assert_eq!(older.read("a/b.yml").unwrap().as_ref(), "one");
        assert_eq!(client.read("a/b.yml").unwrap().as_ref(), "two");
        assert_eq!(
            client.read("b.yml").unwrap_err(),
            "open b.yml: no such file or directory"
        );
        assert_eq!(directory("/root/a/b.yml"), "/root/a");
        assert_eq!(directory("/b.yml"), "/");
    }
}
