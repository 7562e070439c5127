//! What has happened at the limits of one namespace.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How often calls passed and did not, in one namespace, since the Larder was made.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// let larder = larder::Larder::memory();
/// let limiter = larder.limiter("api").limits("1/h")?;
/// limiter.check("ada").await?;
/// limiter.check("ada").await?;
/// assert_eq!((larder.rate_stats("api").allowed, larder.rate_stats("api").denied), (1, 1));
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateStats {
    /// Calls that passed.
    pub allowed: u64,
    /// Calls that did not.
    pub denied: u64,
    /// Of those, the ones that the server was not asked about, because the denial was remembered.
    pub denied_locally: u64,
    /// Calls that passed because the limit only rehearses.
    pub shadowed: u64,
    /// Calls that were decided without the server because it could not be asked.
    pub degraded: u64,
}

/// What can happen at a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RateEvent {
    Allowed,
    Denied,
    DeniedLocally,
    Shadowed,
    Degraded,
}

/// Counts, by namespace.
#[derive(Debug, Default)]
pub(super) struct Tallies(Mutex<HashMap<&'static str, Arc<Tally>>>);

/// The counts of one namespace.
#[derive(Debug, Default)]
pub(super) struct Tally([AtomicU64; 5]);

impl Tallies {
    pub(super) fn of(&self, namespace: &'static str) -> Arc<Tally> {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tallies.entry(namespace).or_default())
    }

    pub(super) fn stats(&self, namespace: &str) -> RateStats {
        let tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = tallies.get(namespace);
        tally.map(|tally| tally.stats()).unwrap_or_default()
    }
}

impl Tally {
    pub(super) fn count(&self, event: RateEvent) {
        self.0[event as usize].fetch_add(1, Ordering::Relaxed);
    }

    fn stats(&self) -> RateStats {
        let count = |event: RateEvent| self.0[event as usize].load(Ordering::Relaxed);
        RateStats {
            allowed: count(RateEvent::Allowed),
            denied: count(RateEvent::Denied) + count(RateEvent::DeniedLocally),
            denied_locally: count(RateEvent::DeniedLocally),
            shadowed: count(RateEvent::Shadowed),
            degraded: count(RateEvent::Degraded),
        }
    }
}
