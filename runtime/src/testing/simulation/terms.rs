//! What the simulated caches and Larders are declared with: what the rules hold them to.

use std::time::Duration;

use crate::cache::{CacheSpec, Ttl};

/// The declarations. Short, so that much happens within a second of virtual time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) ttl: Duration,
    pub(super) lease: Duration,
    pub(super) wait: Duration,
    pub(super) budget: Duration,
    pub(super) timeout: Duration,
}

/// The application whose keys ours are.
pub(super) const APP: &str = "simulated";

impl Terms {
    /// The same in every simulation.
    pub(super) const fn standard() -> Self {
        Self {
            ttl: Duration::from_millis(1500),
            lease: Duration::from_millis(120),
            wait: Duration::from_millis(400),
            budget: Duration::from_millis(40),
            timeout: Duration::from_millis(200),
        }
    }

    /// The cache of this namespace.
    pub(super) const fn spec(self, namespace: &'static str) -> CacheSpec {
        CacheSpec::new(namespace, Ttl::after(self.ttl))
            .lease(self.lease)
            .wait(self.wait)
            .budget(self.budget)
    }
}
