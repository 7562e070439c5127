//! How many values of an index something is: a question that generated code asks, since it sees
//! tokens and not types (see [`probe`](crate::cache::probe) for how it is asked).
//!
//! An `Option` is one or none, a `Vec`, a slice or an array is one for each item, and everything
//! else is one.
#![allow(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "the type of the reference is the question"
)]

use std::fmt;
use std::ops::Deref;

use super::values::IndexValues;
use crate::key::CacheKey;

/// Asks how many values of an index this is.
pub struct IndexProbe<'value, T: ?Sized>(IndexFallback<'value, T>);

/// What [`IndexProbe`] answers for everything that is one value.
pub struct IndexFallback<'value, T: ?Sized>(&'value T);

impl<'value, T: ?Sized> IndexProbe<'value, T> {
    /// The question.
    pub const fn new(value: &'value T) -> Self {
        Self(IndexFallback(value))
    }
}

impl<T: ?Sized> IndexFallback<'_, T> {
    /// One value.
    pub fn list(&self, values: &mut IndexValues)
    where
        T: CacheKey,
    {
        values.value(self.0);
    }
}

/// What is several values of an index, or none.
pub trait ManyValues {
    /// Each of them.
    fn list_each(&self, values: &mut IndexValues);
}

impl<T: ManyValues + ?Sized> IndexProbe<'_, T> {
    /// Each value.
    pub fn list(&self, values: &mut IndexValues) {
        self.0.0.list_each(values);
    }
}

impl<T: ManyValues + ?Sized> ManyValues for &T {
    fn list_each(&self, values: &mut IndexValues) {
        (**self).list_each(values);
    }
}

impl<T: CacheKey> ManyValues for Option<T> {
    fn list_each(&self, values: &mut IndexValues) {
        if let Some(value) = self {
            values.value(value);
        }
    }
}

impl<T: CacheKey> ManyValues for [T] {
    fn list_each(&self, values: &mut IndexValues) {
        for value in self {
            values.value(value);
        }
    }
}

impl<T: CacheKey> ManyValues for Vec<T> {
    fn list_each(&self, values: &mut IndexValues) {
        self.as_slice().list_each(values);
    }
}

impl<T: CacheKey, const N: usize> ManyValues for [T; N] {
    fn list_each(&self, values: &mut IndexValues) {
        self.as_slice().list_each(values);
    }
}

impl<'value, T: ?Sized> Deref for IndexProbe<'value, T> {
    type Target = IndexFallback<'value, T>;

    fn deref(&self) -> &IndexFallback<'value, T> {
        &self.0
    }
}

impl<T: ?Sized> fmt::Debug for IndexProbe<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexProbe")
    }
}

impl<T: ?Sized> fmt::Debug for IndexFallback<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexFallback")
    }
}
