//! The verbs of companions that need a value which can be stored.
//!
//! If it cannot be stored, the compiler says so at the function, once. The companions would say it again, each in other
//! words, so they ask by a probe (see `cache::probe`): where the bound does not hold they call a method that
//! does nothing, in a program that does not compile.

use std::fmt;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use crate::cache::shape::{CacheValue, Shape};
use crate::cache::{CacheCall, Entry, Policy, refreshed};
use crate::error::Result;

/// Asks for the verbs of a function's companions.
pub struct Companion<V>(Unstorable<V>);

/// What [`Companion`] answers for values that cannot be stored.
pub struct Unstorable<V>(PhantomData<fn() -> V>);

impl<V> Companion<V> {
    /// The verbs.
    #[allow(
        clippy::new_without_default,
        reason = "a probe is a question with its type written out, never a default"
    )]
    pub const fn new() -> Self {
        Self(Unstorable(PhantomData))
    }
}

impl<V: CacheValue> Companion<V> {
    /// The stored value.
    pub async fn peek(&self, entry: Entry<V>) -> Result<Option<V>> {
        entry.peek().await
    }

    /// Stores a value.
    pub async fn put(&self, entry: Entry<V>, value: &V) -> Result<()> {
        entry.put(value).await
    }

    /// Runs the body and stores what it answers.
    pub async fn refresh<S, F>(
        &self,
        call: CacheCall,
        policy: Policy<'_, S>,
        body: Pin<&mut F>,
    ) -> S::Return
    where
        S: Shape<Value = V>,
        F: Future<Output = S::Return>,
    {
        refreshed(call, policy, body).await
    }
}

impl<V> Unstorable<V> {
    /// Nothing.
    pub fn peek(&self, _entry: Entry<V>) -> Ready<Result<Option<V>>> {
        ready(Ok(None))
    }

    /// Nothing.
    pub fn put(&self, _entry: Entry<V>, _value: &V) -> Ready<Result<()>> {
        ready(Ok(()))
    }

    /// Runs the body.
    pub async fn refresh<S, F>(
        &self,
        _call: CacheCall,
        _policy: Policy<'_, S>,
        body: Pin<&mut F>,
    ) -> S::Return
    where
        S: Shape<Value = V>,
        F: Future<Output = S::Return>,
    {
        body.await
    }
}

impl<V> Deref for Companion<V> {
    type Target = Unstorable<V>;

    fn deref(&self) -> &Unstorable<V> {
        &self.0
    }
}

impl<V> fmt::Debug for Companion<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Companion")
    }
}

impl<V> fmt::Debug for Unstorable<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unstorable")
    }
}
