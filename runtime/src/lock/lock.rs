//! Locks by plain calls.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::address::LockAddress;
use super::call::take;
use super::engines::LockEngines;
use super::guard::LockGuard;
use super::spec::{LockFairness, LockMode, LockPlacement, LockReentrance, LockSpec};
use crate::error::{ErrorKind, Result};
use crate::key::{CacheKey, Scope};

/// Locks by plain calls: made by [`Larder::lock`](crate::Larder::lock).
///
/// A lock over a Redis that replicates asynchronously saves work and cannot promise by itself that
/// nobody else ever runs at the same time: where two holders at once would do harm, hand the
/// [fence](LockGuard::fence) to what the lock protects, and have it refuse smaller ones than it has
/// seen.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{ErrorKind, Larder};
/// use std::time::Duration;
///
/// let larder = Larder::memory();
/// let orders = larder
///     .lock("orders")
///     .lease(Duration::from_secs(10))           // how long the others wait for a holder that has died
///     .wait(Duration::from_millis(20));         // how long to wait for a holder that lives
///
/// let guard = orders.acquire(&7_u64).await?;
/// assert!(orders.try_acquire(&7_u64).await?.is_none());
/// assert_eq!(orders.acquire(&7_u64).await.unwrap_err().kind(), ErrorKind::LockBusy);
/// guard.release().await?;
///
/// // Acquires, runs and releases; the body is stopped if the lock is lost.
/// let shipped = orders.run(&7_u64, async { true }).await?;
/// assert!(shipped);
///
/// // Many read, or one writes.
/// let (one, other) = (orders.read(&8_u64).await?, orders.read(&8_u64).await?);
/// assert!(orders.try_acquire(&8_u64).await?.is_none());
/// drop((one, other));
///
/// // All of them or none, whatever order others write them in.
/// let both = orders.acquire_all(&[1_u64, 2]).await?;
/// assert_eq!(both.fences().len(), 2);
///
/// // In the order of their coming, in the whole fleet; and a body that may take what it has.
/// let tickets = larder.lock("tickets").fair().reentrant();
/// tickets.run("a", tickets.run("a", async {})).await??;
/// # Ok(())
/// # }
/// ```
///
/// # Keys
/// Any [`CacheKey`]; the server sees `{app}:{tenant}:~{namespace}:1:{key}`, a hash that is kept for
/// four weeks or more after its last use, for the last fence. All processes should declare the
/// locks of a namespace alike.
///
/// # When the server is away
/// An error within the Larder's command timeout (1 s unless set): nothing runs without the lock.
/// While a call waits for its turn, errors that may pass are tried again until the wait ends.
#[derive(Clone)]
#[must_use = "acquire it"]
pub struct Lock {
    engines: Arc<LockEngines>,
    scope: Result<Scope>,
    spec: LockSpec,
}

impl Lock {
    pub(crate) fn new(
        engines: Arc<LockEngines>,
        scope: Result<Scope>,
        namespace: &'static str,
    ) -> Self {
        Self {
            engines,
            scope: scope.map(|scope| scope.of_locks()),
            spec: LockSpec::new(namespace),
        }
    }

    /// See [`LockSpec::lease`]. 30 s unless said.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.spec = self.spec.lease(lease);
        self
    }

    /// See [`LockSpec::wait`]. 5 s unless said.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.spec = self.spec.wait(wait);
        self
    }

    /// Those that wait get it in the order of their coming, in the whole fleet. One that has died
    /// costs the others a second.
    pub fn fair(mut self) -> Self {
        self.spec = self.spec.fairness(LockFairness::Fair);
        self
    }

    /// What runs within the lock, by [`run`](Self::run), [`LockGuard::run`] or `#[with_lock]`, may
    /// take it again. It goes on under the lock that it has, with the same fence.
    pub fn reentrant(mut self) -> Self {
        self.spec = self.spec.reentrance(LockReentrance::Allowed);
        self
    }

    /// It is kept by the [independent servers](crate::LarderBuilder::quorum) of which a majority
    /// decides, and not by the Larder's server: it outlives the loss of a minority of them, and
    /// costs two round trips instead of one. Readers who ask at the same moment may have the same
    /// fence; a writer's is his own. See [the module](crate::lock) for what that promises.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{Larder, MemoryServer};
    ///
    /// let servers = [MemoryServer::new(), MemoryServer::new(), MemoryServer::new()];     // or .quorum(["redis://a", "redis://b", "redis://c"])
    /// let larder = Larder::builder().quorum_on_memory(&servers).build().await?;
    /// let invoices = larder.lock("invoices").quorum();
    /// invoices.run("2030-01", async { /* one at a time */ }).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn quorum(mut self) -> Self {
        self.spec = self.spec.placement(LockPlacement::Quorum);
        self
    }

    /// Waits for the lock and takes it.
    ///
    /// # Errors
    /// [`ErrorKind::LockBusy`] when the wait is over; [`ErrorKind::Configuration`] for a lease of
    /// less than 30 ms (with a quorum 100 ms), for a quorum that is not declared or is to be fair,
    /// and for a body that would wait for itself; the backend's.
    pub async fn acquire<K: CacheKey + ?Sized>(&self, key: &K) -> Result<LockGuard> {
        self.take(self.spec, &[key]).await
    }

    /// Takes the lock if it is free now: one round trip. Of many that this process asks for at the
    /// same moment, most travel together: such a one may wait a round trip for those before it, and
    /// needs another one if somebody else has the lock.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire); that another has it is none.
    pub async fn try_acquire<K: CacheKey + ?Sized>(&self, key: &K) -> Result<Option<LockGuard>> {
        match self.take(self.spec.wait(Duration::ZERO), &[key]).await {
            Ok(guard) => Ok(Some(guard)),
            Err(error) if error.kind() == ErrorKind::LockBusy => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Waits for the lock and takes it, beside others that read. Those who write wait until all
    /// have left; unless the lock is [`fair`](Self::fair), more may come meanwhile.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    pub async fn read<K: CacheKey + ?Sized>(&self, key: &K) -> Result<LockGuard> {
        self.take(self.spec.mode(LockMode::Read), &[key]).await
    }

    /// Waits for all of these locks and takes them, or none. Whoever takes several at once, by
    /// whatever order of keys, does not wait in a circle with others. A round trip a key.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    pub async fn acquire_all<K: CacheKey>(&self, keys: &[K]) -> Result<LockGuard> {
        let keys: Vec<&K> = keys.iter().collect();
        self.take(self.spec, &keys).await
    }

    /// Waits for the lock, runs the body under it and gives it back.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire), without the body having run; [`ErrorKind::LockLost`] as
    /// [`LockGuard::run`].
    pub async fn run<K, F>(&self, key: &K, body: F) -> Result<F::Output>
    where
        K: CacheKey + ?Sized,
        F: Future,
    {
        let guard = self.acquire(key).await?;
        let output = guard.run(body).await;
        guard.end().await;
        output
    }

    async fn take<K: CacheKey + ?Sized>(&self, spec: LockSpec, keys: &[&K]) -> Result<LockGuard> {
        let scope = self.scope.as_ref().map_err(Clone::clone)?;
        let address =
            |key: &&K| LockAddress::new(scope.key(spec.namespace(), 1, |writer| writer.arg(*key)));
        let addresses = keys.iter().map(address).collect();
        // Boxed: what waits is larger than what most callers come by.
        Box::pin(take(self.engines.of(&spec)?, spec, addresses)).await
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock")
            .field("scope", &self.scope)
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}
