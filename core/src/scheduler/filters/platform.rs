//! A node's platform needs to be one that the image was built for.

use super::{Context, Evidence, Filter, Finding};
use crate::model::{Platform, Task};

/// Upstream: `PlatformFilter`.
#[derive(Clone, Debug)]
pub struct PlatformFilter {
    platforms: Vec<Platform>,
}

impl Filter for PlatformFilter {
    fn compile(task: &Task) -> Option<Self> {
        let platforms = &task.spec.placement.platforms;
        (!platforms.is_empty()).then(|| Self {
            platforms: platforms.clone(),
        })
    }

    fn check(&self, context: &Context<'_>, evidence: &mut impl Evidence) -> bool {
        let description = context.info.node.description.as_ref();
        let actual = description.and_then(|description| description.platform.as_ref());
        let fits = actual.is_some_and(|actual| {
            self.platforms
                .iter()
                .any(|wanted| is_compatible(wanted, actual))
        });
        if !fits {
            evidence.failed(|| Finding::Platform {
                wanted: self.platforms.iter().map(describe).collect(),
                actual: actual.map(describe),
            });
        }
        fits
    }
}

/// Empty parts of what is wanted fit everything; two spellings of two architectures are one.
fn is_compatible(wanted: &Platform, actual: &Platform) -> bool {
    let architecture = canonical_architecture(&wanted.architecture);
    (architecture.is_empty() || architecture == canonical_architecture(&actual.architecture))
        && (wanted.os.is_empty() || wanted.os == actual.os)
}

fn canonical_architecture(name: &str) -> &str {
    match name {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn describe(platform: &Platform) -> String {
    let part = |text: &str| {
        if text.is_empty() {
            "any".to_owned()
        } else {
            text.to_owned()
        }
    };
    format!("{}/{}", part(&platform.os), part(&platform.architecture))
}
