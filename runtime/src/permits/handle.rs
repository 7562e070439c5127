//! Permits by hand.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::engine::{Address, PermitEngine};
use super::permit::Permit;
use super::spec::PermitSpec;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{CacheKey, Feature, Key, Scope};

/// Permits by hand: made by [`Larder::permits`](crate::Larder::permits).
///
/// Of each key there are so many permits in the whole fleet. Whoever finds none free waits in a
/// queue, on the server, and is woken by a message when it is his turn: first come, first served.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{ErrorKind, Larder};
/// use std::time::Duration;
///
/// let larder = Larder::memory();
/// let exports = larder.permits("exports").wait(Duration::from_millis(5)).limit(2)?;
///
/// let (one, two) = (exports.acquire("ada").await?, exports.acquire("ada").await?);
/// assert_eq!(exports.in_use("ada").await?, 2);
/// assert!(exports.try_acquire("ada").await?.is_none());
/// assert_eq!(exports.acquire("ada").await.unwrap_err().kind(), ErrorKind::NoPermit);
/// assert!(exports.try_acquire("grace").await?.is_some());
///
/// one.release().await?;
/// let exported = exports.run("ada", async { "exported" }).await?;
/// # drop(two);
/// # Ok(())
/// # }
/// ```
///
/// # What is promised
/// At most so many hold a permit at a time. A process that dies leaves none behind: its permits end
/// with their lease, and its places in the queue are passed over, a second each at most. A permit
/// that cannot be kept is lost before another can have it; a body under it is dropped at its next
/// `await`. Redis replicates asynchronously: a failover may forget the last permits, and then more
/// may hold one for a while. All nodes should declare the same number; while a change is rolled out
/// each applies its own.
///
/// # When the server is away
/// An error, after at most the command timeout (1 s unless set). Whoever holds a permit keeps it
/// until its lease ends.
#[derive(Clone)]
pub struct Permits {
    engine: Arc<PermitEngine>,
    scope: Scope,
    spec: PermitSpec,
}

impl Permits {
    /// A permit; waits for it in the queue, as long as [`wait`](PermitsBuilder::wait) says.
    ///
    /// # Errors
    /// [`ErrorKind::NoPermit`] if none was free in time; the backend's.
    pub async fn acquire<K: CacheKey + ?Sized>(&self, key: &K) -> Result<Permit> {
        self.engine.acquire(self.spec, self.address(key)).await
    }

    /// A permit, if one is free and nobody waits. While this process itself holds all of them the
    /// server is not asked.
    ///
    /// # Errors
    /// The backend's.
    pub async fn try_acquire<K: CacheKey + ?Sized>(&self, key: &K) -> Result<Option<Permit>> {
        self.engine.try_acquire(self.spec, self.address(key)).await
    }

    /// Runs the body under a permit, which is given back then.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire); [`ErrorKind::LeaseLost`] if the permit was lost and the body
    /// dropped.
    pub async fn run<K, T>(&self, key: &K, body: impl Future<Output = T>) -> Result<T>
    where
        K: CacheKey + ?Sized,
    {
        let permit = self.acquire(key).await?;
        let output = permit.run(body).await?;
        // Dropped, it is given back in the background: the output does not wait for that.
        drop(permit);
        Ok(output)
    }

    /// How many permits are held now, by everybody.
    ///
    /// # Errors
    /// The backend's.
    pub async fn in_use<K: CacheKey + ?Sized>(&self, key: &K) -> Result<u64> {
        self.engine.in_use(&self.key(key)).await
    }

    fn key<K: CacheKey + ?Sized>(&self, key: &K) -> Key {
        let namespace = self.spec.namespace;
        self.scope
            .key_of(Feature::Permits, namespace, |writer| writer.arg(key))
    }

    fn address<K: CacheKey + ?Sized>(&self, key: &K) -> Address {
        Address::new(self.key(key))
    }
}

/// Settings for [`Permits`]; finished by [`limit`](Self::limit).
///
/// ```
/// # extern crate larder_runtime as larder;
/// # fn main() -> larder::Result<()> {
/// use larder::Larder;
/// use std::time::Duration;
///
/// let exports = Larder::memory()
///     .permits("exports")
///     .lease(Duration::from_secs(30))        // after which those of a dead process are free; 10 s unless said
///     .wait(Duration::from_secs(5))          // in the queue; 10 s unless said
///     .limit(10)?;
/// # Ok(())
/// # }
/// ```
#[must_use = "finish it by `limit`"]
#[derive(Debug)]
pub struct PermitsBuilder {
    engine: Arc<PermitEngine>,
    scope: Result<Scope>,
    spec: PermitSpec,
}

impl PermitsBuilder {
    pub(crate) fn new(
        engine: Arc<PermitEngine>,
        scope: Result<Scope>,
        namespace: &'static str,
    ) -> Self {
        Self {
            engine,
            scope,
            // Any number: whoever finishes the builder says which.
            spec: PermitSpec::new(namespace, 1),
        }
    }

    /// See [`PermitSpec::lease`].
    pub fn lease(mut self, lease: Duration) -> Self {
        self.spec = self.spec.lease(lease);
        self
    }

    /// See [`PermitSpec::wait`].
    pub fn wait(mut self, wait: Duration) -> Self {
        self.spec = self.spec.wait(wait);
        self
    }

    /// So many permits at a time for each key.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for none, and for a lease of less than 1 ms;
    /// [`ErrorKind::TenantRequired`].
    pub fn limit(mut self, limit: u32) -> Result<Permits> {
        if limit == 0 || self.spec.lease.as_millis() == 0 {
            let message = "there is at least one permit, and its lease is at least 1 ms long";
            return Err(Error::new(ErrorKind::Configuration, "permits", message));
        }
        self.spec.limit = limit;
        Ok(Permits {
            engine: self.engine,
            scope: self.scope?,
            spec: self.spec,
        })
    }
}

impl fmt::Debug for Permits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permits")
            .field("scope", &self.scope)
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}
