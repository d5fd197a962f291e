//! The model's own way through the steps, beside the summary of all real runs.

use std::collections::{BTreeMap, BTreeSet};

use swarmlab_core::model::Node;

use super::cluster::Cluster;
use super::vector::{Branches, Outcome, Summary, Vector};
use crate::conformance::Difference;

/// What differs from the summary of the real runs.
pub(super) fn differences(vector: &Vector, mut cluster: Cluster) -> Vec<Difference> {
    let mut differences = Vec::new();
    if vector.summary.len() != vector.steps.len() {
        let (steps, summaries) = (vector.steps.len(), vector.summary.len());
        differences.extend(Difference::between("summaries", &steps, &summaries));
    }
    let mut run = BTreeMap::new();
    for (index, (step, summary)) in vector.steps.iter().zip(&vector.summary).enumerate() {
        cluster.apply(step);
        cluster.come_to_rest();
        let outcomes = cluster.outcomes();
        if let Some(after) = vector.runs.first().and_then(|run| run.after.get(index)) {
            run.extend(after.clone());
        }
        for (service, summary) in summary {
            let judged = Judged {
                what: format!("after step {} ({service})", index + 1),
                summary,
                outcome: &outcomes[service],
                branches: branches(&cluster, service, &outcomes[service]),
                names: &cluster.node_names,
            };
            differences.extend(judged.differences(run.get(service)));
        }
    }
    differences
}

/// Whether the model's own way left tasks on a node that was removed later. The summary then
/// depends on a choice that chance made before, and may not show what follows from this one.
pub(super) fn has_tasks_on_gone_nodes(vector: &Vector, mut cluster: Cluster) -> bool {
    for step in &vector.steps {
        cluster.apply(step);
        cluster.come_to_rest();
    }
    let store = &cluster.swarm.kernel.store;
    store.tasks().any(|task| {
        task.node_id
            .is_some_and(|node| node.index() < cluster.nodes.len() && store.node(node).is_none())
    })
}

/// One service after one step.
struct Judged<'j> {
    what: String,
    summary: &'j Summary,
    outcome: &'j Outcome,
    /// The counts of the branches by path, for every level.
    branches: Vec<BTreeMap<String, u32>>,
    names: &'j [String],
}

impl Judged<'_> {
    fn differences(&self, a_run: Option<&Outcome>) -> Vec<Difference> {
        let mut differences = Vec::new();
        // The number of tasks is the same in every run, whatever chance decides.
        let total =
            |outcome: &Outcome| outcome.on.iter().sum::<u32>() + outcome.un + outcome.shutdown;
        let expected = a_run.map(total);
        differences.extend(self.difference("total", &expected, &Some(total(self.outcome))));
        if self.summary.incomplete {
            // The lists show some of the ways in which it can end. Another end is no mistake in
            // itself: whether the model decides as the real one is asked by playing its runs.
            if let Some(counts) = &self.summary.per_node_counts {
                differences.extend(self.difference("counts", counts, &self.counts()));
            }
            return differences;
        }
        differences.extend(self.placement());
        differences.extend(self.branch_differences());
        let Summary {
            stable,
            unassigned,
            errs,
            ..
        } = self.summary;
        if !unassigned.contains(&self.outcome.un) {
            differences.push(self.not_listed("unassigned", unassigned, &self.outcome.un));
        }
        let texts: BTreeSet<&String> = self.outcome.errs.keys().collect();
        let listed: BTreeSet<&String> = errs.iter().collect();
        if *stable {
            differences.extend(self.difference("texts", &listed, &texts));
        } else if !texts.is_subset(&listed) {
            differences.push(self.not_listed("texts", &listed, &texts));
        }
        differences
    }

    fn placement(&self) -> Option<Difference> {
        let nothing = BTreeMap::new();
        match (&self.summary.per_node_counts, &self.summary.multisets) {
            (Some(counts), _) => self.difference("counts", counts, &self.counts()),
            (None, None) => self.difference("counts", &nothing, &self.counts()),
            (None, Some(listed)) => {
                let actual = descending(self.counts().into_values());
                let is_listed = listed.contains(&actual);
                (!is_listed).then(|| self.not_listed("numbers on nodes", listed, &actual))
            }
        }
    }

    fn branch_differences(&self) -> Vec<Difference> {
        let judge = |expected: &Branches| {
            let what = format!("branches of level {}", expected.level);
            let Some(actual) = self.branches.get(expected.level.wrapping_sub(1)) else {
                return Some(self.not_listed(&what, expected, &"no such level"));
            };
            match (&expected.counts, &expected.multisets) {
                (Some(counts), _) => self.difference(&what, counts, actual),
                (None, Some(listed)) => {
                    let actual = descending(actual.values().copied());
                    (!listed.contains(&actual)).then(|| self.not_listed(&what, listed, &actual))
                }
                (None, None) => Some(self.not_listed(&what, expected, actual)),
            }
        };
        self.summary.branches.iter().filter_map(judge).collect()
    }

    /// The nodes that have tasks, with their number.
    fn counts(&self) -> BTreeMap<String, u32> {
        let counts = self.names.iter().zip(&self.outcome.on);
        counts
            .filter(|&(_, &count)| count > 0)
            .map(|(name, &count)| (name.clone(), count))
            .collect()
    }

    fn difference<T: PartialEq + std::fmt::Debug>(
        &self,
        what: &str,
        expected: &T,
        actual: &T,
    ) -> Option<Difference> {
        Difference::between(format!("{what} {}", self.what), expected, actual)
    }

    fn not_listed(
        &self,
        what: &str,
        listed: &dyn std::fmt::Debug,
        actual: &dyn std::fmt::Debug,
    ) -> Difference {
        Difference {
            what: format!("{what} {}", self.what),
            expected: format!("one of {listed:?}"),
            actual: format!("{actual:?}"),
        }
    }
}

fn descending(counts: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut counts: Vec<u32> = counts.collect();
    counts.sort_unstable_by(|left, right| right.cmp(left));
    counts
}

/// How many tasks each branch of each level has, on whatever nodes, even nodes that are gone.
fn branches(cluster: &Cluster, service: &str, outcome: &Outcome) -> Vec<BTreeMap<String, u32>> {
    let levels = effective_levels(cluster.spread(service));
    let mut counts = vec![BTreeMap::new(); levels.len()];
    for (node, on) in cluster.nodes.iter().zip(&outcome.on) {
        let mut path = String::new();
        for (depth, counts) in counts.iter_mut().enumerate() {
            if depth > 0 {
                path.push('|');
            }
            path.push_str(branch_value(levels[depth], node));
            *counts.entry(path.clone()).or_insert(0) += on;
        }
    }
    counts
}

/// A label over whose values a service is spread.
#[derive(Clone, Copy, Debug)]
pub(super) enum Level<'d> {
    Node(&'d str),
    Engine(&'d str),
}

impl<'d> Level<'d> {
    /// The name of the label.
    pub(super) const fn label(self) -> &'d str {
        match self {
            Self::Node(label) | Self::Engine(label) => label,
        }
    }
}

/// The descriptors that count, read anew here so that a mistake of the model is not repeated.
pub(super) fn effective_levels(descriptors: &[String]) -> Vec<Level<'_>> {
    descriptors
        .iter()
        .filter_map(|text| {
            let node = label_after(text, "node.labels.").map(Level::Node);
            node.or_else(|| label_after(text, "engine.labels.").map(Level::Engine))
        })
        .collect()
}

fn label_after<'d>(text: &'d str, prefix: &str) -> Option<&'d str> {
    let (start, label) = text.split_at_checked(prefix.len())?;
    (start.eq_ignore_ascii_case(prefix) && !label.is_empty()).then_some(label)
}

/// The branch of a level in which a node stands.
pub(super) fn branch_value<'n>(level: Level<'_>, node: &'n Node) -> &'n str {
    let value = match level {
        Level::Node(label) => node.spec.annotations.labels.get(label),
        Level::Engine(label) => node
            .description
            .as_ref()
            .and_then(|description| description.engine.as_ref())
            .and_then(|engine| engine.labels.get(label)),
    };
    value.map_or("", String::as_str)
}
