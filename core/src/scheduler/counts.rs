//! How many tasks of one service each node has.

use crate::collections::BTreeMap;
use crate::ids::NodeId;

/// Numbers by node: a map while few nodes have any, an array once it is no larger.
#[derive(Clone, Debug)]
pub(super) enum Counts {
    Sparse(BTreeMap<NodeId, u32>),
    Dense(Vec<u32>),
}

/// A map entry takes about as much memory as so many array elements.
const ELEMENTS_PER_ENTRY: usize = 8;

impl Default for Counts {
    fn default() -> Self {
        Self::Sparse(BTreeMap::new())
    }
}

impl Counts {
    #[inline]
    pub(super) fn get(&self, node: NodeId) -> u32 {
        match self {
            Self::Sparse(map) => map.get(&node).copied().unwrap_or(0),
            Self::Dense(array) => array.get(node.index()).copied().unwrap_or(0),
        }
    }

    /// One more or one less; `width` is the number of nodes.
    pub(super) fn change(&mut self, node: NodeId, up: bool, width: usize) {
        if let Self::Sparse(map) = self
            && up
            && map.len() * ELEMENTS_PER_ENTRY >= width.max(64)
        {
            let mut array = vec![0; width];
            for (&node, &count) in map.iter() {
                array[node.index()] = count;
            }
            *self = Self::Dense(array);
        }
        match self {
            Self::Sparse(map) => {
                let count = map.entry(node).or_insert(0);
                *count = if up { *count + 1 } else { *count - 1 };
                if *count == 0 {
                    map.remove(&node);
                }
            }
            Self::Dense(array) => {
                if node.index() >= array.len() {
                    array.resize(width.max(node.index() + 1), 0);
                }
                let count = &mut array[node.index()];
                *count = if up { *count + 1 } else { *count - 1 };
            }
        }
    }

    /// Nothing on this node any more.
    pub(super) fn clear(&mut self, node: NodeId) {
        match self {
            Self::Sparse(map) => {
                map.remove(&node);
            }
            Self::Dense(array) => {
                if let Some(count) = array.get_mut(node.index()) {
                    *count = 0;
                }
            }
        }
    }
}
