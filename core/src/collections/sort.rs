//! Sorting, with one sort for all slices where that matters.
//!
//! All of these are stable, so that what comes out depends on what went in alone.

use std::cmp::Ordering;

/// Slices that can be put in order.
pub trait Order<T> {
    /// Puts what is smaller first.
    fn order(&mut self)
    where
        T: Ord;

    /// Puts first what is called less.
    fn order_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// Puts first what has the smaller key.
    fn order_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K);
}

#[cfg(not(target_family = "wasm"))]
impl<T> Order<T> for [T] {
    fn order(&mut self)
    where
        T: Ord,
    {
        self.sort();
    }

    fn order_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering) {
        self.sort_by(compare);
    }

    fn order_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K) {
        self.sort_by_key(key);
    }
}

#[cfg(target_family = "wasm")]
impl<T> Order<T> for [T] {
    fn order(&mut self)
    where
        T: Ord,
    {
        order_by(self, T::cmp);
    }

    fn order_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering) {
        order_by(self, compare);
    }

    fn order_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        order_by(self, |a, b| key(a).cmp(&key(b)));
    }
}

/// Sorts the places instead of what stands in them: that is the same code for every type.
#[cfg(any(test, target_family = "wasm"))]
pub(super) fn order_by<T>(list: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let mut from = places(list.len(), &mut |a, b| {
        compare(&list[a as usize], &list[b as usize])
    });
    // Each place takes what belongs there, along the circles that this makes.
    for first in 0..u32::try_from(from.len()).unwrap_or(u32::MAX) {
        let mut place = first;
        loop {
            let next = std::mem::replace(&mut from[place as usize], place);
            if next == first {
                break;
            }
            list.swap(place as usize, next as usize);
            place = next;
        }
    }
}

/// Which place of the list comes first, second, and so on.
#[cfg(any(test, target_family = "wasm"))]
fn places(count: usize, compare: &mut dyn FnMut(u32, u32) -> Ordering) -> Vec<u32> {
    let mut places: Vec<u32> = (0..u32::try_from(count).unwrap_or(u32::MAX)).collect();
    places.sort_by(|&a, &b| compare(a, b));
    places
}
