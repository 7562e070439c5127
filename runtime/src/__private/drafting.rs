//! The first that is said of a call, and the questions about the type of its value that this takes.
//!
//! They are asked all at once (see `cache::probe` for how): whether a value can be absent, and whether it can be cloned. Each question of
//! its own would be a million instructions of the compiler more for each function.
#![allow(
    clippy::new_without_default,
    reason = "a probe is a question with its type written out, never a default"
)]
#![allow(
    clippy::unused_self,
    reason = "the look-up of a method is the question"
)]

use std::marker::PhantomData;
use std::ops::Deref;

use super::Draft;
use crate::cache::Declaration;
use crate::cache::probe::{Absent, Cloning};
use crate::key::CacheKey;

/// Begins a [`Draft`]; `V` is the stored type. What it says itself is for an `Option` that can be cloned.
#[derive(Debug)]
pub struct Drafting<V>(AnyOption<V>);

/// What [`Drafting`] is for any other `Option`.
#[derive(Debug)]
pub struct AnyOption<V>(Cloneable<V>);

/// What [`Drafting`] is for a value that is no `Option` and can be cloned.
#[derive(Debug)]
pub struct Cloneable<V>(Value<V>);

/// What [`Drafting`] is for any other value.
#[derive(Debug)]
pub struct Value<V>(PhantomData<fn() -> V>);

impl<V> Drafting<V> {
    /// The beginning.
    #[inline]
    pub const fn new() -> Self {
        Self(AnyOption(Cloneable(Value(PhantomData))))
    }
}

// The declaration comes last, and what goes before it is constant: whatever is worked out while there is a declaration would have to drop
// it should it panic, which each function and each type would say anew.

impl<T> Drafting<Option<T>>
where
    Option<T>: Clone + Send + Sync + 'static,
{
    /// A call with these arguments of the cache that is declared like this.
    #[inline]
    pub fn draft(&self, arguments: &[&dyn CacheKey], spec: Declaration) -> Draft<Option<T>> {
        Draft::new(
            const { Absent::none() },
            const { Cloning::by_clone() },
            arguments,
            spec,
        )
    }
}

impl<T: 'static> AnyOption<Option<T>> {
    /// A call with these arguments of the cache that is declared like this.
    #[inline]
    pub fn draft(&self, arguments: &[&dyn CacheKey], spec: Declaration) -> Draft<Option<T>> {
        Draft::new(
            const { Absent::none() },
            const { Cloning::none() },
            arguments,
            spec,
        )
    }
}

impl<V: Clone + Send + Sync + 'static> Cloneable<V> {
    /// A call with these arguments of the cache that is declared like this.
    #[inline]
    pub fn draft(&self, arguments: &[&dyn CacheKey], spec: Declaration) -> Draft<V> {
        Draft::new(
            const { Absent::never() },
            const { Cloning::by_clone() },
            arguments,
            spec,
        )
    }
}

impl<V> Value<V> {
    /// A call with these arguments of the cache that is declared like this.
    #[inline]
    pub fn draft(&self, arguments: &[&dyn CacheKey], spec: Declaration) -> Draft<V> {
        Draft::new(
            const { Absent::never() },
            const { Cloning::none() },
            arguments,
            spec,
        )
    }
}

impl<V> Deref for Drafting<V> {
    type Target = AnyOption<V>;

    fn deref(&self) -> &AnyOption<V> {
        &self.0
    }
}

impl<V> Deref for AnyOption<V> {
    type Target = Cloneable<V>;

    fn deref(&self) -> &Cloneable<V> {
        &self.0
    }
}

impl<V> Deref for Cloneable<V> {
    type Target = Value<V>;

    fn deref(&self) -> &Value<V> {
        &self.0
    }
}
