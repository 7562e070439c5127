//! What has happened to the locks of one namespace.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What has happened to the locks of one namespace since the Larder was made.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// let larder = larder::Larder::memory();
/// let orders = larder.lock("orders");
/// let guard = orders.acquire("7").await?;
/// assert!(orders.try_acquire("7").await?.is_none());
/// assert_eq!((larder.lock_stats("orders").acquired, larder.lock_stats("orders").busy), (1, 1));
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LockStats {
    /// Locks that were taken.
    pub acquired: u64,
    /// Calls that did not get theirs in time, because another had it.
    pub busy: u64,
    /// Bodies that were stopped because their lock was lost.
    pub lost: u64,
    /// Calls that did not get theirs because the server could not be asked.
    pub failed: u64,
}

/// What can happen to a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LockEvent {
    Acquired,
    Busy,
    Lost,
    Failed,
}

/// Counts, by namespace.
#[derive(Debug, Default)]
pub(super) struct Tallies(Mutex<HashMap<&'static str, Arc<Tally>>>);

/// The counts of one namespace.
#[derive(Debug, Default)]
pub(super) struct Tally([AtomicU64; 4]);

impl Tallies {
    pub(super) fn of(&self, namespace: &'static str) -> Arc<Tally> {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tallies.entry(namespace).or_default())
    }

    pub(super) fn stats(&self, namespace: &str) -> LockStats {
        let tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = tallies.get(namespace);
        tally.map(|tally| tally.stats()).unwrap_or_default()
    }
}

impl Tally {
    pub(super) fn count(&self, event: LockEvent) {
        self.0[event as usize].fetch_add(1, Ordering::Relaxed);
    }

    fn stats(&self) -> LockStats {
        let count = |event: LockEvent| self.0[event as usize].load(Ordering::Relaxed);
        LockStats {
            acquired: count(LockEvent::Acquired),
            busy: count(LockEvent::Busy),
            lost: count(LockEvent::Lost),
            failed: count(LockEvent::Failed),
        }
    }
}
