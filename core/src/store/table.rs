//! One kind of object: a dense table in order of creation.

use std::sync::Arc;

/// Objects by number. A number is never used again, so a deleted object leaves an empty row.
#[derive(Clone, Debug)]
pub(super) struct Table<T> {
    rows: Vec<Option<Arc<T>>>,
    live: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            live: 0,
        }
    }
}

impl<T> Table<T> {
    /// The number that the next new object gets.
    pub(super) fn next_index(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn len(&self) -> usize {
        self.live
    }

    pub(super) fn get(&self, index: usize) -> Option<&Arc<T>> {
        self.rows.get(index)?.as_ref()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<T>> {
        self.rows.iter().flatten()
    }

    /// Puts an object into a row or empties it, and returns what was there.
    pub(super) fn set(&mut self, index: usize, object: Option<Arc<T>>) -> Option<Arc<T>> {
        if index >= self.rows.len() {
            self.rows.resize(index + 1, None);
        }
        self.live += usize::from(object.is_some());
        let old = std::mem::replace(&mut self.rows[index], object);
        self.live -= usize::from(old.is_some());
        old
    }

    /// Gives back the number of an object whose creation was undone.
    pub(super) fn forget_last(&mut self, index: usize) {
        if index + 1 == self.rows.len() && self.rows[index].is_none() {
            self.rows.pop();
        }
    }
}
