//! What a plain call says of values and errors: what the attribute's closures are to an annotated
//! function.

mod errors;
mod judge;
mod rule;

use std::any::Any;
use std::fmt;

use super::local::CloneOut;
use super::probe::{Absent, Cloning};

pub use errors::ErrorRules;
pub(crate) use judge::Judge;
pub(crate) use rule::Rule;

/// What the value decides.
pub(crate) struct ValueRules<V> {
    pub(super) judge: Judge,
    pub(super) clone_out: CloneOut<V>,
}

impl<V> ValueRules<V> {
    /// No rules: every value is present, and lives as long as the spec says.
    pub(crate) const fn new() -> Self {
        Self::of_type(Absent::never(), Cloning::none())
    }

    /// What the type of a value says, and no other rules.
    pub(crate) const fn of_type(absent: Absent<V>, cloning: Cloning<V>) -> Self {
        Self {
            judge: Judge::of_type(absent.tells, cloning.copying),
            clone_out: cloning.clone_out,
        }
    }

    /// What this judge says.
    #[inline]
    pub(crate) const fn of(judge: Judge, clone_out: CloneOut<V>) -> Self {
        Self { judge, clone_out }
    }

    /// Who decides, and does not know the type.
    pub(crate) fn judge(&self) -> &Judge {
        &self.judge
    }

    /// A clone of what a copy holds; nothing if that is no value of the type, or cannot be cloned.
    pub(super) fn clone_out_of(&self, held: &dyn Any) -> Option<V> {
        match self.clone_out {
            Some(clone_out) => clone_out(held),
            None => None,
        }
    }

    /// The same, to be told more.
    pub(crate) fn judge_mut(&mut self) -> &mut Judge {
        &mut self.judge
    }

    /// How to tell an absent value.
    pub(crate) fn absent(&mut self, absent: Absent<V>) {
        self.judge.absent = absent.tells;
    }

    /// How copies of a value are made in this process.
    pub(crate) fn cloning(&mut self, cloning: Cloning<V>) {
        self.judge.copying = cloning.copying;
        self.clone_out = cloning.clone_out;
    }
}

impl<V> Clone for ValueRules<V> {
    fn clone(&self) -> Self {
        Self {
            judge: self.judge.clone(),
            clone_out: self.clone_out,
        }
    }
}

impl<V> fmt::Debug for ValueRules<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.judge.fmt(f)
    }
}
