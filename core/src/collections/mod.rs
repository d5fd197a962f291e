//! The collections of the core: those of the standard library, save where code is sent over a wire.
//!
//! A browser fetches the core before it can show anything, and every pair of types makes its own
//! copy of a B-tree, as every slice makes its own copy of a sort: together they were more than a
//! third of the module. For WebAssembly there are smaller ones with the same names, which do the
//! same: an ordered map that is a sorted list, and a sort that all slices share. What comes out of
//! an ordered map or of a stable sort does not depend on how it is made, so a run is the same here
//! and there.
//!
//! Left out: what the core does not use.

#[cfg(any(test, target_family = "wasm"))]
mod map;
#[cfg(any(test, target_family = "wasm"))]
mod set;
mod sort;
#[cfg(test)]
mod tests;

#[cfg(target_family = "wasm")]
pub use map::BTreeMap;
#[cfg(target_family = "wasm")]
pub use set::BTreeSet;
pub use sort::Order;
#[cfg(not(target_family = "wasm"))]
pub use std::collections::{BTreeMap, BTreeSet};
pub use std::collections::{BinaryHeap, VecDeque, binary_heap};
