//! The recorded runs, step by step: can the model do what the real one did?
//!
//! A step is played from the recorded state before it, first with ties decided by name, then by
//! many seeds, until the outcome is the recorded one up to an exchange of tied nodes. Then tasks
//! are exchanged accordingly, so that the next step starts from the recorded state and no choice
//! of an earlier step can hide, or be taken for, a difference.

use std::collections::BTreeMap;

use swarmlab_core::ids::{NodeId, TaskId};

use super::cluster::Cluster;
use super::guided::{self, Order};
use super::interference::{self, Sign};
use super::ties;
use super::vector::{Outcome, Run, Vector};
use crate::conformance::Difference;

/// So many ways to decide the ties are tried before the recorded outcome counts as out of reach.
const SEEDS: u64 = 200;

pub(super) type Outcomes = BTreeMap<String, Outcome>;

/// A recorded run that the model cannot follow.
pub(super) struct Astray {
    pub(super) difference: Difference,
    /// What shows that the filters did not look at the task itself, if anything does.
    pub(super) sign: Option<Sign>,
    /// How often the run was seen.
    pub(super) times: u32,
}

/// The recorded runs that the model cannot follow.
pub(super) fn astray(vector: &Vector, start: &Cluster) -> Vec<Astray> {
    let runs = vector.runs.iter().enumerate();
    runs.filter_map(|(number, run)| {
        let (what, expected, actual, sign) = match replay(vector, run, start) {
            Ok(()) => return None,
            Err(Failure::Length) => {
                let (expected, actual) = (vector.steps.len(), run.after.len());
                let what = "steps".to_owned();
                (what, expected.to_string(), actual.to_string(), None)
            }
            Err(Failure::OutOfReach(step)) => {
                let Step {
                    index,
                    recorded,
                    by_name,
                    sign,
                } = *step;
                let what = format!("after step {} ({:?})", index + 1, vector.steps[index]);
                let (expected, actual) = (format!("{recorded:?}"), format!("{by_name:?}"));
                (what, expected, actual, sign)
            }
        };
        Some(Astray {
            difference: Difference {
                what: format!("run {}: {what}", number + 1),
                expected,
                actual,
            },
            sign,
            times: run.times,
        })
    })
    .collect()
}

enum Failure {
    /// The run does not have the steps of the vector.
    Length,
    OutOfReach(Box<Step>),
}

/// A step whose recorded outcome is out of reach.
struct Step {
    index: usize,
    recorded: Outcomes,
    by_name: Outcomes,
    sign: Option<Sign>,
}

fn replay(vector: &Vector, run: &Run, start: &Cluster) -> Result<(), Failure> {
    if run.after.len() != vector.steps.len() {
        return Err(Failure::Length);
    }
    let mut cluster = start.clone();
    let mut recorded = start.outcomes();
    for (index, (step, changed)) in vector.steps.iter().zip(&run.after).enumerate() {
        cluster.apply(step);
        recorded.extend(changed.clone());
        for outcome in recorded.values_mut() {
            *outcome = std::mem::take(outcome).padded(cluster.node_names.len());
        }
        cluster = reach(&cluster, &recorded).map_err(|by_name| {
            Failure::OutOfReach(Box::new(Step {
                index,
                sign: interference::sign(&cluster, &recorded, &by_name),
                recorded: recorded.clone(),
                by_name,
            }))
        })?;
    }
    Ok(())
}

/// Lets the scheduler react in the recorded way. The outcome by name is the error.
fn reach(applied: &Cluster, recorded: &Outcomes) -> Result<Cluster, Outcomes> {
    let classes = ties::classes(applied);
    let mut by_name = None;
    for seed in std::iter::once(None).chain((1..=SEEDS).map(Some)) {
        let mut tried = applied.clone();
        tried.decide_ties(seed);
        tried.come_to_rest();
        let outcomes = tried.outcomes();
        if let Some(exchange) = exchange(&classes, recorded, &outcomes) {
            tried.decide_ties(None);
            tried.exchange(applied, &exchange);
            return Ok(tried);
        }
        by_name.get_or_insert(outcomes);
    }
    for order in [Order::Total, Order::Gain] {
        let Some(mut tried) = guided::relabelled(applied, recorded, order) else {
            continue;
        };
        tried.come_to_rest();
        if let Some(exchange) = exchange(&classes, recorded, &tried.outcomes()) {
            guided::restore(&mut tried, applied);
            tried.exchange(applied, &exchange);
            return Ok(tried);
        }
    }
    Err(by_name.unwrap_or_default())
}

/// Where the new tasks of each node have to go for the outcome to be the recorded one, if an
/// exchange within the classes can do that. Nodes that keep theirs are left out.
fn exchange(
    classes: &[Vec<usize>],
    recorded: &Outcomes,
    outcomes: &Outcomes,
) -> Option<BTreeMap<NodeId, NodeId>> {
    let rest = |outcome: &Outcome| (outcome.un, outcome.errs.clone(), outcome.shutdown);
    let is_same_rest = recorded.len() == outcomes.len()
        && recorded.iter().all(|(service, outcome)| {
            outcomes
                .get(service)
                .is_some_and(|other| rest(outcome) == rest(other))
        });
    if !is_same_rest {
        return None;
    }
    let on = |outcomes: &Outcomes, place: usize| -> Vec<u32> {
        outcomes.values().map(|outcome| outcome.on[place]).collect()
    };
    let mut exchange = BTreeMap::new();
    for class in classes {
        // Whoever has what was recorded keeps it; the others look for it among themselves.
        let differs = |place: &usize| on(recorded, *place) != on(outcomes, *place);
        let mut givers: Vec<usize> = class.iter().copied().filter(differs).collect();
        for taker in givers.clone() {
            let wanted = on(recorded, taker);
            let found = givers
                .iter()
                .position(|&giver| on(outcomes, giver) == wanted)?;
            let giver = givers.swap_remove(found);
            exchange.insert(NodeId::from_index(giver), NodeId::from_index(taker));
        }
    }
    Some(exchange)
}

impl Cluster {
    /// Moves the tasks that were placed since `before` from node to node.
    fn exchange(&mut self, before: &Self, exchange: &BTreeMap<NodeId, NodeId>) {
        if exchange.is_empty() {
            return;
        }
        let was_free = |id: TaskId| {
            let task = before.swarm.kernel.store.task(id);
            task.is_none_or(|task| task.node_id.is_none())
        };
        let store = &self.swarm.kernel.store;
        let moves: Vec<_> = store
            .tasks()
            .filter_map(|task| {
                let node = *exchange.get(&task.node_id?)?;
                was_free(task.id).then(|| (task.id, node))
            })
            .collect();
        // The scheduler takes a task for one that stays where it is: a moved one is another task.
        self.swarm.write(|tx| {
            for (id, node) in moves {
                let Some(task) = tx.store().task(id) else {
                    continue;
                };
                let mut moved = (**task).clone();
                moved.node_id = Some(node);
                tx.delete_task(id);
                tx.create_task(moved);
            }
        });
        self.come_to_rest();
    }
}
