//! Known differences: where the model is not meant to do what the real one did, and why.
//!
//! A rule speaks of behaviour and never of a line's name, so that it holds for data that nobody has
//! seen yet. The code that compares a kind of vector decides whether a rule applies.

/// A difference that is meant to be there.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// What differs, in a few words.
    pub title: &'static str,
    /// Why it does, in terms of behaviour.
    pub reason: &'static str,
}

/// Every rule. There is none at present.
pub const RULES: &[Rule] = &[];
