//! What a function writes to the caches of others when it has answered.

use std::fmt;

use futures_util::future::join_all;

use crate::cache::shape::{CacheValue, Chosen, Shape};
use crate::cache::{CacheOperation, Entries, Entry, InvalidationToken, Pairs};
use crate::error::{Error, ErrorKind, Result};
use crate::global::complain_once;

/// Writes, none of which has begun.
#[derive(Default)]
pub struct Writes(Vec<CacheOperation<()>>);

/// What an attribute can tell a cache to forget.
#[diagnostic::on_unimplemented(
    message = "this invalidates nothing",
    label = "name an entry here, such as `user(id)`, or what invalidates several, such as `user::invalidate_team(team)`"
)]
pub trait Invalidates {
    /// The invalidation, as one of several.
    fn invalidation(self) -> CacheOperation<()>;
}

impl Invalidates for CacheOperation<InvalidationToken> {
    fn invalidation(self) -> CacheOperation<()> {
        CacheOperation::new("invalidate", async move { self.await.map(drop) })
    }
}

impl Invalidates for CacheOperation<u64> {
    fn invalidation(self) -> CacheOperation<()> {
        CacheOperation::new("invalidate", async move { self.await.map(drop) })
    }
}

impl<V> Invalidates for Entry<V> {
    fn invalidation(self) -> CacheOperation<()> {
        let call = self.into_call();
        CacheOperation::new(
            "invalidate",
            async move { call.invalidate().await.map(drop) },
        )
    }
}

impl<C: Pairs<Id: Send + Sync + 'static>> Invalidates for Entries<C> {
    fn invalidation(self) -> CacheOperation<()> {
        let call = self.into_call();
        CacheOperation::new(
            "invalidate",
            async move { call.invalidate().await.map(drop) },
        )
    }
}

impl Writes {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// And this invalidation.
    #[must_use]
    pub fn invalidate(mut self, it: impl Invalidates) -> Self {
        self.0.push(it.invalidation());
        self
    }

    /// And this value.
    #[must_use]
    pub fn put<V: CacheValue>(mut self, entry: &Entry<V>, value: &V) -> Self {
        self.0.push(entry.putting(value));
        self
    }

    /// Carries out all of them at the same time; answers the first error.
    async fn carry_out(self) -> Result<()> {
        let outcomes = join_all(self.0).await;
        let errors = outcomes.into_iter().filter_map(Result::err);
        let mut first = Ok(());
        for error in errors {
            say(&error);
            if first.is_ok() {
                first = Err(error);
            }
        }
        first
    }
}

/// Writes when the function has answered, unless that is an error. What could not be written is
/// said in the log, and tried again if the server was away.
pub async fn written<S: Shape>(
    _shape: Chosen<S>,
    writes: Writes,
    returned: S::Return,
    more: impl FnOnce(&S::Value, Writes) -> Writes,
) -> S::Return {
    let (outcome, writes) = split::<S>(returned, writes, more);
    // What went wrong was said.
    let _ = writes.carry_out().await;
    S::join(outcome)
}

/// The same, and what could not be written is returned.
pub async fn written_or_failed<S: Shape<Error: From<Error>>>(
    _shape: Chosen<S>,
    writes: Writes,
    returned: S::Return,
    more: impl FnOnce(&S::Value, Writes) -> Writes,
) -> S::Return {
    let (outcome, writes) = split::<S>(returned, writes, more);
    let written = writes.carry_out().await;
    S::join(outcome.and_then(|value| written.map(|()| value).map_err(From::from)))
}

fn split<S: Shape>(
    returned: S::Return,
    writes: Writes,
    more: impl FnOnce(&S::Value, Writes) -> Writes,
) -> (Result<S::Value, S::Error>, Writes) {
    match S::split(returned) {
        Ok(value) => {
            let writes = more(&value, writes);
            (Ok(value), writes)
        }
        Err(error) => (Err(error), Writes::new()),
    }
}

/// One that is queued is said when it is.
fn say(error: &Error) {
    match error.kind() {
        ErrorKind::NotInstalled => complain_once(error),
        _ if error.is_queued() => {}
        _ => tracing::error!(%error, "what a function has changed could not be told to a cache"),
    }
}

impl fmt::Debug for Writes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Writes").field(&self.0.len()).finish()
    }
}
