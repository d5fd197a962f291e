//! The settings of a run.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Choices;
use crate::agent::Timing;
use crate::collections::{BTreeMap, BTreeSet};
use crate::scenario::Image;

/// Everything that decides how a run goes, besides what happens in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The seed of all randomness.
    pub seed: u64,
    /// What decides where SwarmKit leaves a choice to chance.
    pub ties: Ties,
    /// Which parts of a swarm take part.
    pub components: Components,
    /// How long things take.
    pub timing: Timing,
    /// What containers do, by familiar name of their image ([`crate::agent::familiar`]).
    pub images: BTreeMap<String, Image>,
    /// What is taken from a recording instead of being decided.
    pub choices: Option<Arc<Choices>>,
    /// Paths that are not on every node: the hostnames of those that have them.
    pub paths: BTreeMap<String, BTreeSet<String>>,
    /// Whether the records of the trace are kept, or only hashed.
    pub keep_records: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            ties: Ties::default(),
            components: Components::ALL,
            timing: Timing::default(),
            images: BTreeMap::new(),
            choices: None,
            paths: BTreeMap::new(),
            keep_records: true,
        }
    }
}

/// What decides where SwarmKit leaves a choice to chance (it walks over Go maps, whose order is
/// random).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Ties {
    /// Names: nodes in order of hostname and then of id, branches in order of their label value,
    /// tasks in order of slot. Predictable, for teaching and for comparing.
    #[default]
    ByName,
    /// The seed: every seed is another placement that the real one could have made.
    Seeded,
}

/// Which parts of a swarm take part in a run: to look at one of them alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one switch a component")]
pub struct Components {
    /// The allocator moves new tasks to PENDING.
    pub allocator: bool,
    /// The scheduler places tasks.
    pub scheduler: bool,
    /// The orchestrators create and remove tasks.
    pub orchestrators: bool,
    /// The reaper deletes old tasks.
    pub reaper: bool,
    /// The dispatcher and the agents run tasks.
    pub agents: bool,
}

impl Components {
    /// A whole swarm.
    pub const ALL: Self = Self {
        allocator: true,
        scheduler: true,
        orchestrators: true,
        reaper: true,
        agents: true,
    };

    /// The scheduler alone.
    pub const SCHEDULER: Self = Self {
        allocator: false,
        scheduler: true,
        orchestrators: false,
        reaper: false,
        agents: false,
    };
}
