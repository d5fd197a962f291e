//! What the recorded services ran, as far as their typed lines tell.

use std::collections::{BTreeMap, BTreeSet};

use super::recording::{Recording, Step};

/// The services whose containers did something of their own.
#[derive(Debug, Default)]
pub struct Programs {
    checked: BTreeSet<String>,
    /// Services that were created with a command behind the image.
    commanded: BTreeSet<String>,
}

/// The images whose processes end by themselves.
const ENDING: [&str; 3] = ["app:bad", "job:ok", "job:fail"];
/// All images of the lab.
const IMAGES: [&str; 7] = [
    "app:1", "app:2", "app:3", "app:bad", "job:ok", "job:fail", "app:99",
];

impl Programs {
    /// Reads the lines of a recording.
    pub fn of(recording: &Recording) -> Self {
        let mut programs = Self::default();
        for step in &recording.steps {
            let Step::Command { line, .. } = step else {
                continue;
            };
            let words: Vec<&str> = line.split_whitespace().collect();
            if !line.starts_with("docker service create") {
                continue;
            }
            let Some(name) = words.windows(2).find(|pair| pair[0] == "--name") else {
                continue;
            };
            if words.contains(&"--health-cmd") {
                programs.checked.insert(name[1].to_owned());
            }
            let image = words.iter().position(|word| IMAGES.contains(word));
            if image.is_some_and(|image| image + 1 < words.len()) {
                programs.commanded.insert(name[1].to_owned());
            }
        }
        programs
    }

    /// Whether every process did what its image does.
    pub fn are_plain(&self) -> bool {
        self.checked.is_empty() && self.commanded.is_empty()
    }

    /// Whether its containers have a health check.
    pub fn has_health_check(&self, service: &str) -> bool {
        self.checked.contains(service)
    }

    /// Whether its processes can end without being told to.
    pub fn may_end(&self, service: &str, image: &str) -> bool {
        ends(image) || self.commanded.contains(service) || self.has_health_check(service)
    }
}

/// Whether the processes of an image end by themselves.
pub fn ends(image: &str) -> bool {
    ENDING.contains(&image)
}

/// The images of the lab, as a scenario declares them.
pub fn images() -> BTreeMap<String, swarmlab_core::scenario::Image> {
    use swarmlab_core::scenario::{Behaviour, Duration, Image};
    use swarmlab_core::time::SECOND;
    let exits = |code, seconds: u64| Image {
        behaviour: Behaviour::Exits {
            code,
            after: Duration(seconds * SECOND),
        },
        ..Image::default()
    };
    let missing = Image {
        missing: true,
        ..Image::default()
    };
    [
        ("app:bad", exits(1, 1)),
        ("job:ok", exits(0, 3)),
        ("job:fail", exits(1, 1)),
        ("app:99", missing),
    ]
    .into_iter()
    .map(|(name, image)| (name.to_owned(), image))
    .collect()
}
