//! Tasks that are placed one by one: those without a spec version.
//!
//! Upstream walks over all nodes for every such task. The outcome is the best node that passes, so
//! it is found here with a heap that equal tasks share: within a tick counts only rise, so a node
//! that is taken from the top with an outdated place goes back with its present one, and a node
//! that fails a filter is out for the rest of the tick.

use std::cmp::Reverse;
use std::sync::Arc;

use super::filters::Pipeline;
use super::order::OrderKey;
use super::placement::{Keys, Observer, Placed, Placement, Placing, Turn, place_task};
use crate::collections::BinaryHeap;
use crate::ids::NodeId;
use crate::model::Task;

/// Kinds of tasks that are kept apart at the most: beyond that the oldest is forgotten.
const SHAPE_COUNT_MAX: usize = 16;

/// The heaps of one tick.
#[derive(Default)]
pub(super) struct OneOffs {
    shapes: Vec<Shape>,
    ranked: Option<Arc<[NodeId]>>,
}

/// Tasks that are equal in everything that matters for placing them.
struct Shape {
    sample: Arc<Task>,
    keys: Keys,
    pipeline: Pipeline,
    heap: BinaryHeap<Reverse<OrderKey>>,
    ranked: Arc<[NodeId]>,
    /// The text for tasks of this shape that fit nowhere, and the picture that it is about.
    explanation: Option<(u64, String)>,
}

impl OneOffs {
    /// Places a task, or says why it cannot be placed.
    pub(super) fn place<O: Observer>(
        &mut self,
        placement: &mut Placement<'_, O>,
        task: &Arc<Task>,
    ) -> Result<Placed, String> {
        let ranked = self
            .ranked
            .get_or_insert_with(|| placement.ranked_nodes().into());
        let found = self
            .shapes
            .iter()
            .position(|shape| is_same_shape(&shape.sample, task));
        let index = found.unwrap_or_else(|| {
            if self.shapes.len() == SHAPE_COUNT_MAX {
                self.shapes.remove(0);
            }
            self.shapes
                .push(Shape::new(placement, task, Arc::clone(ranked)));
            self.shapes.len() - 1
        });
        self.shapes[index].place(placement, task)
    }
}

/// Whether two tasks without spec version are the same to every filter and in the order of nodes.
fn is_same_shape(left: &Task, right: &Task) -> bool {
    left.service_id == right.service_id
        && left.endpoint == right.endpoint
        && left.networks == right.networks
        && (Arc::ptr_eq(&left.spec, &right.spec) || left.spec == right.spec)
}

impl Shape {
    fn new<O>(placement: &Placement<'_, O>, task: &Arc<Task>, ranked: Arc<[NodeId]>) -> Self {
        let keys = Keys::new(placement.view, task, placement.now);
        let places = ranked.iter().enumerate();
        let heap = places.map(|(rank, &node)| Reverse(keys.key(placement.view, node, rank)));
        Self {
            sample: Arc::clone(task),
            pipeline: Pipeline::new(task),
            heap: heap.collect(),
            keys,
            ranked,
            explanation: None,
        }
    }

    fn place<O: Observer>(
        &mut self,
        placement: &mut Placement<'_, O>,
        task: &Arc<Task>,
    ) -> Result<Placed, String> {
        while let Some(mut top) = self.heap.peek_mut() {
            let Reverse(key) = *top;
            let node = self.ranked[key.rank() as usize];
            let present = self.keys.key(placement.view, node, key.rank() as usize);
            if present != key {
                *top = Reverse(present);
                continue;
            }
            let info = placement.view.node(node);
            let passes = info.is_some_and(|info| {
                self.pipeline
                    .first_failure(placement.view, info, placement.ids)
                    .is_none()
            });
            if !passes {
                crate::collections::binary_heap::PeekMut::pop(top);
                continue;
            }
            *top = Reverse(key.with_one_more());
            drop(top);
            placement.observer.placing(&Placing {
                task,
                node,
                turn: Turn::Best,
                candidates: &[],
                ranked: &self.ranked,
                view: placement.view,
                pipeline: &self.pipeline,
            });
            return Ok(place_task(placement.view, Arc::clone(task), node));
        }
        placement
            .observer
            .left_over(std::slice::from_ref(task), placement.view, &self.pipeline);
        Err(self.explain(placement))
    }

    /// Asks every node once more, as upstream does, to count who fails where.
    fn explain<O>(&mut self, placement: &Placement<'_, O>) -> String {
        let revision = placement.view.revision;
        if let Some((about, text)) = &self.explanation
            && *about == revision
        {
            return text.clone();
        }
        let mut pipeline = Pipeline::new(&self.sample);
        for &node in &*self.ranked {
            if let Some(info) = placement.view.node(node) {
                pipeline.process(placement.view, info, placement.ids);
            }
        }
        let text = pipeline.explain();
        self.explanation = Some((revision, text.clone()));
        text
    }
}
