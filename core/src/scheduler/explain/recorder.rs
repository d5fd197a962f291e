//! Takes notes while the scheduler decides.

use std::sync::Arc;

use super::{BranchReport, Explanation, FilterReport, NodeReport, Ranked, Verdict, remedy};
use crate::collections::Order as _;
use crate::ids::{IdTexts, NodeId, TaskId};
use crate::model::Task;
use crate::scheduler::filters::Pipeline;
use crate::scheduler::no_suitable_node_text;
use crate::scheduler::placement::{BranchAsked, Keys, Observer, Placing};
use crate::scheduler::view::{NodeInfo, View};
use crate::time::SimTime;

/// Watches for one task.
pub(super) struct Recorder<'r> {
    task: TaskId,
    ids: &'r IdTexts,
    /// What has been asked for the group that is being placed.
    branches: Vec<BranchReport>,
    /// Those that have not answered yet, the innermost last.
    open: Vec<usize>,
    explanation: Option<Explanation>,
    /// The group of the task is done: what comes after it is of no interest.
    is_done: bool,
    /// The moment of the decision, by which failures are recent or not.
    now: SimTime,
}

impl<'r> Recorder<'r> {
    pub(super) fn new(task: TaskId, ids: &'r IdTexts, now: SimTime) -> Self {
        let (branches, open) = (Vec::new(), Vec::new());
        Self {
            task,
            ids,
            branches,
            open,
            explanation: None,
            is_done: false,
            now,
        }
    }

    pub(super) fn into_explanation(self) -> Option<Explanation> {
        let mut explanation = self.explanation?;
        // What a branch took is known only when it is full or done.
        for (report, seen) in explanation.branches.iter_mut().zip(&self.branches) {
            report.took = seen.took;
        }
        Some(explanation)
    }

    fn matrix(&self, view: &View, pipeline: &Pipeline, order: &[NodeId]) -> Vec<NodeReport> {
        let infos = order.iter().filter_map(|&node| view.node(node));
        infos
            .map(|info| node_report(pipeline, view, info, self.ids))
            .collect()
    }

    /// All nodes that pass, candidates first.
    fn ranked(&self, placing: &Placing<'_>) -> Vec<Ranked> {
        // A task without a group can go to every node that passes.
        let all_are_candidates = placing.candidates.is_empty();
        let of_task = Keys::new(placing.view, placing.task, self.now);
        let mut ranked: Vec<Ranked> = Vec::new();
        for (rank, &node) in placing.ranked.iter().enumerate() {
            let Some(info) = placing.view.node(node) else {
                continue;
            };
            if placing
                .pipeline
                .first_failure(placing.view, info, self.ids)
                .is_some()
            {
                continue;
            }
            let key = of_task.key(placing.view, node, rank);
            let is_candidate = all_are_candidates
                || placing
                    .candidates
                    .iter()
                    .any(|candidate| candidate.rank() == key.rank());
            ranked.push(Ranked {
                node,
                hostname: info.node.hostname().to_owned(),
                failures: key.failures(),
                service_tasks: key.service_tasks(),
                active_tasks: key.active_tasks(),
                rank: key.rank(),
                is_candidate,
                is_chosen: node == placing.node,
            });
        }
        ranked.order_by_key(|ranked| {
            let Ranked {
                failures,
                service_tasks,
                active_tasks,
                rank,
                ..
            } = ranked;
            (
                !ranked.is_candidate,
                *failures,
                *service_tasks,
                *active_tasks,
                *rank,
            )
        });
        ranked
    }
}

/// What the filters say of one node.
pub(super) fn node_report(
    pipeline: &Pipeline,
    view: &View,
    info: &NodeInfo,
    ids: &IdTexts,
) -> NodeReport {
    let findings = pipeline.findings(view, info, ids).into_iter();
    NodeReport {
        node: info.node.id,
        hostname: info.node.hostname().to_owned(),
        filters: findings
            .map(|(filter, failed)| FilterReport { filter, failed })
            .collect(),
    }
}

impl Observer for Recorder<'_> {
    fn group_begins(&mut self) {
        if self.explanation.is_some() {
            self.is_done = true;
        } else {
            self.branches.clear();
        }
    }

    fn branch_asked(&mut self, asked: &BranchAsked<'_>) {
        if self.is_done {
            return;
        }
        self.open.push(self.branches.len());
        self.branches.push(BranchReport {
            level: asked.level,
            value: asked.value.to_owned(),
            tasks: asked.tasks,
            target: asked.target,
            asked: asked.asked,
            took: 0,
            has_task: false,
        });
    }

    fn branch_took(&mut self, count: i64) {
        if let Some(branch) = self.open.pop() {
            self.branches[branch].took = count;
        }
    }

    fn placing(&mut self, placing: &Placing<'_>) {
        if placing.task.id != self.task {
            return;
        }
        for &branch in &self.open {
            self.branches[branch].has_task = true;
        }
        let hostname = placing
            .view
            .node(placing.node)
            .map_or("", |info| info.node.hostname());
        let verdict = Verdict::Placed {
            node: placing.node,
            hostname: hostname.to_owned(),
            turn: placing.turn,
        };
        self.explanation = Some(Explanation {
            task: self.task,
            verdict,
            matrix: self.matrix(placing.view, placing.pipeline, placing.ranked),
            ranking: self.ranked(placing),
            branches: self.branches.clone(),
            remedies: Vec::new(),
        });
    }

    fn left_over(&mut self, tasks: &[Arc<Task>], view: &View, pipeline: &Pipeline) {
        let Some(task) = tasks.iter().find(|task| task.id == self.task) else {
            return;
        };
        let order = view.ordered_nodes();
        let err = no_suitable_node_text(&pipeline.explain());
        self.explanation = Some(Explanation {
            task: self.task,
            verdict: Verdict::Unplaced { err },
            matrix: self.matrix(view, pipeline, &order),
            ranking: Vec::new(),
            branches: self.branches.clone(),
            remedies: remedy::find(task, view, self.ids, None),
        });
    }
}
