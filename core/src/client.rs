//! What a typed line finds on its own side of the socket: files, and the variables of the shell.
//!
//! What whoever sets the stage gives is there at every machine, as if it had been copied to all of
//! them before; what lines write is only at the machine where they were typed ([`Client::stand_at`]).
//! All of it belongs to the client: what a container finds in the file system of its node is
//! another matter. Relative names begin at [`WORKING_DIRECTORY`].
//!
//! Left out: directories, owners, permissions, symbolic links.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Where every terminal stands; also the home of the person at it.
pub const WORKING_DIRECTORY: &str = "/root";

/// A hostname, and the absolute name of a file there.
type AtMachine = (Arc<str>, String);

/// Files by their absolute names, and variables. Copies share what they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The machine at which the line is typed.
    machine: Arc<str>,
    files: Arc<BTreeMap<String, Arc<str>>>,
    /// What has been written at machines, by machine and name.
    written: Arc<BTreeMap<AtMachine, Arc<str>>>,
    variables: Arc<BTreeMap<String, String>>,
}

impl Default for Client {
    fn default() -> Self {
        let home = ("HOME".to_owned(), WORKING_DIRECTORY.to_owned());
        Self {
            machine: "".into(),
            files: Arc::default(),
            written: Arc::default(),
            variables: Arc::new(BTreeMap::from([home])),
        }
    }
}

impl Client {
    /// The next line is typed at the machine with this hostname.
    pub fn stand_at(&mut self, hostname: &str) {
        if *self.machine != *hostname {
            self.machine = hostname.into();
        }
    }

    /// Gives a file to every machine.
    pub fn give(&mut self, name: &str, content: impl Into<Arc<str>>) {
        Arc::make_mut(&mut self.files).insert(absolute(WORKING_DIRECTORY, name), content.into());
    }

    /// Writes a file, or a new version of it, at the machine where the line is typed.
    pub fn write(&mut self, name: &str, content: impl Into<Arc<str>>) {
        let name = (Arc::clone(&self.machine), absolute(WORKING_DIRECTORY, name));
        Arc::make_mut(&mut self.written).insert(name, content.into());
    }

    /// What a file holds; the reason as a program prints it if there is no such file.
    pub fn read(&self, name: &str) -> Result<&Arc<str>, String> {
        let full = absolute(WORKING_DIRECTORY, name);
        let given = self.files.get(&full);
        let key = (Arc::clone(&self.machine), full);
        self.written
            .get(&key)
            .or(given)
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
    fn what_is_written_stays_at_its_machine() {
        let mut client = Client::default();
        client.give("page", "given");
        client.stand_at("worker1");
        client.write("page", "of worker1");
        assert_eq!(client.read("/root/page").unwrap().as_ref(), "of worker1");
        client.stand_at("worker2");
        assert_eq!(client.read("page").unwrap().as_ref(), "given");
        client.write("own", "of worker2");
        client.stand_at("worker1");
        assert!(client.read("own").is_err());
        assert_eq!(client.read("page").unwrap().as_ref(), "of worker1");
    }

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
