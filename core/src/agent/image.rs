//! Images: which declared image a task runs, and which images a node has.
//!
//! Upstream: `distribution/reference` for the names, `moby daemon/images` for the store. A node
//! pulls an image once; a task that needs it meanwhile waits for the same pull. Pulls of one node
//! do not share its line. An image that no scenario declares, and one without a size, is on every
//! node from the beginning.

use super::timing;
use crate::collections::BTreeMap;
use crate::ids::NodeId;
use crate::kernel::Settings;
use crate::model::TaskSpec;
use crate::scenario::Image;
use crate::time::SimTime;

/// The familiar name of a reference, with a tag and without a digest: `web:latest` for
/// `docker.io/library/web@sha256:...`.
pub fn familiar(reference: &str) -> String {
    let name = reference.split('@').next().unwrap_or_default();
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let last = name.rsplit('/').next().unwrap_or_default();
    if last.contains(':') {
        name.to_owned()
    } else {
        format!("{name}:latest")
    }
}

/// The declared image that a task runs.
pub(crate) fn of<'s>(settings: &'s Settings, spec: &TaskSpec) -> Option<&'s Image> {
    if settings.images.is_empty() {
        return None;
    }
    settings.images.get(&familiar(&spec.container.image))
}

/// The images of a node that it had to pull: when each is, or will be, complete.
#[derive(Clone, Debug, Default)]
pub(super) struct ImageCache {
    complete_at: BTreeMap<String, SimTime>,
}

impl ImageCache {
    /// When the image of a task is there, or at which moment it turns out that it cannot be had.
    pub(super) fn demand(
        &mut self,
        settings: &Settings,
        node: NodeId,
        now: SimTime,
        spec: &TaskSpec,
    ) -> Result<SimTime, SimTime> {
        let Some(image) = of(settings, spec) else {
            return Ok(now);
        };
        if image.missing {
            return Err(now + timing::refuse_ns(settings));
        }
        let Some(size) = image.size.filter(|_| !image.preloaded) else {
            return Ok(now);
        };
        let complete_at = self
            .complete_at
            .entry(familiar(&spec.container.image))
            .or_insert_with(|| now + timing::pull_ns(settings, node, size.0));
        Ok((*complete_at).max(now))
    }

    /// The images that it has, by familiar name.
    pub(super) fn names(&self, now: SimTime) -> impl Iterator<Item = &str> {
        let there = self.complete_at.iter().filter(move |(_, at)| **at <= now);
        there.map(|(name, _)| name.as_str())
    }

    /// The power is gone: half an image is none.
    pub(super) fn crash(&mut self, now: SimTime) {
        self.complete_at
            .retain(|_, complete_at| *complete_at <= now);
    }

    /// Nobody needs the image of a task any more: its pull, if it goes on, ends.
    pub(super) fn cancel(&mut self, now: SimTime, reference: &str) {
        let name = familiar(reference);
        if self.complete_at.get(&name).is_some_and(|at| *at > now) {
            self.complete_at.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::familiar;

    #[test]
    fn names() {
        let names = [
            ("web", "web:latest"),
            ("web:1", "web:1"),
            ("docker.io/library/web:1@sha256:ab", "web:1"),
            ("library/web", "web:latest"),
            ("host:5000/web", "host:5000/web:latest"),
            ("", ":latest"),
        ];
        for (reference, name) in names {
            assert_eq!(familiar(reference), name);
        }
    }
}
