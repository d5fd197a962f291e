//! Asking the branches in the order that a recorded outcome suggests.
//!
//! With several levels of spreading there are so many orders in which the branches can be asked
//! that trying seeds does not find the recorded one. Branches are asked in order of their label
//! value, and the values themselves decide nothing else, so for one attempt the labels are
//! rewritten: the branch that ends with the most tasks goes first.

use std::collections::BTreeMap;
use std::sync::Arc;

use swarmlab_core::model::Node;

use super::cluster::Cluster;
use super::replay::Outcomes;
use super::summary::{Level, branch_value, effective_levels};
use super::ties;

/// What the branches are put in order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The tasks that they have in the end.
    Total,
    /// The tasks that they get.
    Gain,
}

/// The cluster with rewritten labels; none if there is nothing to put in order, or if a constraint
/// reads one of the labels.
pub(super) fn relabelled(applied: &Cluster, recorded: &Outcomes, order: Order) -> Option<Cluster> {
    let kernel = &applied.swarm.kernel;
    let groups = ties::waiting(kernel, applied.swarm.leader.scheduler.as_ref()?);
    let [group] = groups.as_slice() else {
        return None;
    };
    let placement = &group.sample.spec.placement;
    let levels = effective_levels(&placement.preferences);
    let is_read = |level: &Level<'_>| {
        let mut constraints = placement.constraints.iter();
        constraints.any(|text| text.contains(level.label()))
    };
    if levels.is_empty() || levels.iter().any(is_read) {
        return None;
    }
    let service = kernel.store.service(group.sample.service_id?)?;
    let before = applied.outcomes();
    let (had, has) = (before.get(service.name())?, recorded.get(service.name())?);
    let mut weights: BTreeMap<Vec<&str>, i64> = BTreeMap::new();
    for node in kernel.store.nodes() {
        let place = node.id.index();
        let mut weight = i64::from(has.on[place]);
        if order == Order::Gain {
            weight -= i64::from(had.on[place]);
        }
        for depth in 1..=levels.len() {
            *weights.entry(path(&levels[..depth], node)).or_default() += weight;
        }
    }
    let rewritten: Vec<Node> = kernel
        .store
        .nodes()
        .map(|node| {
            let mut new = (**node).clone();
            for depth in (1..=levels.len()).rev() {
                let rank = rank(&weights, &path(&levels[..depth], node));
                set_label(&mut new, levels[depth - 1], format!("{rank:04}"));
            }
            new
        })
        .collect();
    let mut cluster = applied.clone();
    cluster.swarm.write(|tx| {
        for node in rewritten {
            tx.update_node(node.id, |old| *old = node);
        }
    });
    Some(cluster)
}

/// Gives the nodes their own labels back.
pub(super) fn restore(cluster: &mut Cluster, applied: &Cluster) {
    cluster.swarm.write(|tx| {
        for node in applied.swarm.kernel.store.nodes() {
            tx.update_node(node.id, |new| *new = (**node).clone());
        }
    });
    cluster.come_to_rest();
}

fn path<'n>(levels: &[Level<'_>], node: &'n Node) -> Vec<&'n str> {
    let values = levels.iter();
    values.map(|&level| branch_value(level, node)).collect()
}

/// The place of a branch among its siblings: the heaviest first.
fn rank(weights: &BTreeMap<Vec<&str>, i64>, path: &[&str]) -> usize {
    let own = (-weights.get(path).copied().unwrap_or(0), path.last());
    let siblings = weights.iter().filter(|(other, _)| {
        other.len() == path.len() && other[..path.len() - 1] == path[..path.len() - 1]
    });
    siblings
        .filter(|(other, weight)| (-**weight, other.last()) < own)
        .count()
}

fn set_label(node: &mut Node, level: Level<'_>, value: String) {
    let labels = match level {
        Level::Node(_) => &mut node.spec.annotations.labels,
        Level::Engine(_) => {
            let description = node.description.get_or_insert_default();
            let engine = &mut Arc::make_mut(description).engine;
            &mut engine.get_or_insert_default().labels
        }
    };
    labels.insert(level.label().to_owned(), value);
}
