//! What has happened at the limits of one namespace.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::hash::QuickHash;

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
pub(super) struct Tallies(Mutex<HashMap<&'static str, Tally, QuickHash>>);

/// The counts of one namespace.
#[derive(Debug, Default)]
struct Tally([u64; 5]);

impl Tallies {
    /// It has happened once more.
    pub(super) fn count(&self, namespace: &'static str, event: RateEvent) {
        self.tallies().entry(namespace).or_default().0[event as usize] += 1;
    }

    pub(super) fn stats(&self, namespace: &str) -> RateStats {
        let tallies = self.tallies();
        tallies.get(namespace).map(Tally::stats).unwrap_or_default()
    }

    fn tallies(&self) -> MutexGuard<'_, HashMap<&'static str, Tally, QuickHash>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tally {
    fn stats(&self) -> RateStats {
        let count = |event: RateEvent| self.0[event as usize];
        RateStats {
            allowed: count(RateEvent::Allowed),
            denied: count(RateEvent::Denied) + count(RateEvent::DeniedLocally),
            denied_locally: count(RateEvent::DeniedLocally),
            shadowed: count(RateEvent::Shadowed),
            degraded: count(RateEvent::Degraded),
        }
    }
}
